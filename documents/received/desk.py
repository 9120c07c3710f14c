"""Which inbox a merchant has, and its rows as the values of `hacienda.inbox`. No rules here."""

from __future__ import annotations

from accounts.models import Merchant
from documents.models import Decision, ReceivedDocument
from hacienda import inbox, values
from hacienda.inbox import Inbox
from hacienda.registry import authority


def inbox_of(merchant: Merchant) -> Inbox:
    """Where the merchant's authority is told; raises `LookupError` in a country where it is not."""
    found = authority(merchant.country).inbox
    if found is None:
        raise LookupError(f"{merchant.country} has no inbox")
    return found


def has_inbox(merchant: Merchant) -> bool:
    return authority(merchant.country).inbox is not None


def said(row: ReceivedDocument) -> inbox.Received:
    """What the document says."""
    return inbox.Received(
        type_code=row.type_code,
        generation_code=row.generation_code,
        control_number=row.control_number,
        issuer_name=row.issuer_name,
        issuer_id_type=row.issuer_id_type,
        issuer_tax_id=row.issuer_tax_id,
        receiver_id_type=row.receiver_id_type,
        issued_at=row.issued_at,
        currency=row.currency,
        total=row.total,
        tax=row.tax,
    )


def decided(row: Decision) -> inbox.Decision:
    """What the merchant said."""
    return inbox.Decision(
        kind=inbox.Kind(row.kind),
        reason=row.reason,
        condition=row.condition or None,
        tax_credit=row.tax_credit,
        expense=row.expense,
        activity=row.activity or None,
    )


def envelope(row: Decision) -> inbox.MessageEnvelope:
    """The message, for the authority's client."""
    return inbox.MessageEnvelope(
        environment=values.Environment(row.environment),
        generation_code=row.received.generation_code,
        control_number=row.control_number,
        issuer_id_type=row.received.issuer_id_type,
        receiver_id_type=row.received.receiver_id_type,
        signature=row.signature,
    )

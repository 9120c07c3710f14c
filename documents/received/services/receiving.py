"""Taking in a supplier's document: read, found to be this merchant's, and stored as it came, once."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import ApiKey, Merchant
from documents.errors import Conflict
from documents.models import ReceivedDocument
from documents.received import desk
from hacienda.inbox import Received
from hacienda.messages import gettext_noop
from hacienda.values import Environment

OTHER_CONTENT = gettext_noop("Another document with this key was received before.")


def opened(xml: str, *, merchant: Merchant, environment: str) -> Received:
    """What the document says, without leaving a trace. Raises `Invalid`."""
    inbox = desk.inbox_of(merchant)
    return inbox.read(xml.encode(), tax_id=merchant.tax_id, environment=Environment(environment))


def receive(
    xml: str,
    said: Received,
    *,
    merchant: Merchant,
    environment: str,
    api_key: ApiKey | None = None,
    now: datetime,
) -> tuple[ReceivedDocument, bool]:
    """The stored document, and whether it is new; `said` is what `opened` has read in `xml`.

    The same document again is the one that is there. Raises `Conflict` for another one with the same code: of two
    that claim to be one document the first is kept, and a person has to look.
    """
    mine = ReceivedDocument.objects.filter(merchant=merchant, environment=environment)
    try:
        with transaction.atomic():
            row = ReceivedDocument.objects.create(
                merchant=merchant,
                environment=environment,
                api_key=api_key,
                type_code=said.type_code,
                generation_code=said.generation_code,
                control_number=said.control_number,
                issuer_name=said.issuer_name,
                issuer_id_type=said.issuer_id_type,
                issuer_tax_id=said.issuer_tax_id,
                receiver_id_type=said.receiver_id_type,
                issued_at=said.issued_at,
                currency=said.currency,
                total=said.total,
                tax=said.tax,
                due=desk.inbox_of(merchant).due(said),
                xml=xml,
                created_at=now,
                changed_at=now,
            )
    except IntegrityError:
        row = mine.select_related("merchant").get(generation_code=said.generation_code)
        if row.xml != xml:
            raise Conflict("another_received", OTHER_CONTENT) from None
        return row, False
    return row, True

"""What the dashboard's templates need in order to say amounts, types and states."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django import template

from accounts.models import Merchant
from documents import field_names, figures, spans, wording
from documents.deadlines import Deadline
from documents.models import Attempt, Document, Invalidation, Status
from hacienda.registry import authority

register = template.Library()

TONES = {
    Status.TRANSMITTING.value: "moving",
    Status.ACCEPTED.value: "ok",
    Status.REJECTED.value: "bad",
    Status.CONTINGENCY.value: "warn",
    Status.INVALIDATED.value: "bad",
}


def _decimal(value: object) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


@register.filter
def money(value: object, currency: str = "USD") -> str:
    """An amount with its currency and every decimal that it has; empty for what is no number."""
    number = _decimal(value)
    return "" if number is None else figures.money(number, currency)


@register.filter
def type_name(merchant: Merchant, type_code: str) -> str:
    """The name of one of the types of the merchant's country."""
    return str(wording.label(merchant.country, type_code))


@register.filter
def total_of(document: Document) -> str:
    """The document's amount in its own currency."""
    currency = document.currency or authority(document.merchant.country).rules.currency
    return figures.money(document.total, currency)


@register.filter
def exact_total_of(document: Document) -> str:
    """The same to the last decimal; a list's row has two at most."""
    currency = document.currency or authority(document.merchant.country).rules.currency
    return figures.money(Decimal(document.content["totals"]["payable"]), currency)


@register.filter
def sums(amounts: Mapping[str, Decimal]) -> str:
    """Amounts by currency: those that come to nothing are told only where there is no other."""
    told = [figures.money(amount, currency) for currency, amount in amounts.items() if amount]
    return " + ".join(told or [figures.money(amount, currency) for currency, amount in list(amounts.items())[:1]])


@register.filter
def type_label(document: Document) -> str:
    """The name of the document's type in the reader's language."""
    return str(wording.label(document.merchant.country, document.type_code))


@register.filter
def total_label(document: Document) -> str:
    """What the document's amount is; empty where it is what the customer pays."""
    return str(wording.total(document.merchant.country, document.type_code))


@register.filter
def status_label(status: str) -> str:
    """The name of a state as people say it; what is not known stays as it is."""
    return str(Status(status).label) if status in Status.values else status


@register.filter
def tone(status: str) -> str:
    """Which of the palette's tones belongs to a state: ok, warn, bad, moving or quiet."""
    return TONES.get(status, "quiet")


@register.filter
def kind_label(kind: str) -> str:
    """The name of a kind of invalidation."""
    return str(Invalidation.Kind(kind).label) if kind in Invalidation.Kind.values else kind


@register.filter
def outcome_label(attempt: Attempt) -> str:
    """What came of one exchange with the authority, as people say it."""
    return str(wording.OUTCOMES.get(attempt.outcome, attempt.outcome))


@register.filter
def field_label(pointer: str, merchant: Merchant) -> str:
    """The field of a request that a pointer leads to, in words; empty for the whole request."""
    return field_names.described(pointer, merchant.country)


@register.filter
def who_label(who: str) -> str:
    """Who can mend a rejection."""
    return str(wording.MENDERS.get(who, who))


@register.filter
def deadline_label(deadline: Deadline) -> str:
    """What may or must be done until then."""
    return str(wording.DEADLINES[deadline.name])


@register.filter
def until(moment: datetime, now: datetime) -> str:
    """The time that is left, or by how much it is late."""
    return spans.span(moment - now)


@register.filter
def reason_label(document: Document) -> str:
    """Why the document was issued in contingency."""
    return str(wording.reason(document.merchant.country, document.contingency_reason))

"""Numbers without gaps: one locked row per series, taken in the transaction that seals."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from accounts.models import Merchant
from documents.models import Sequence


def scope(merchant: Merchant, *, type_code: str, establishment: str, point_of_sale: str) -> str:
    """Which series a document belongs to, as the merchant's setting has it.

    By default one per establishment over all types and points of sale; the narrower ones need the authority's leave.
    """
    match merchant.number_scope:
        case Merchant.NumberScope.TYPE:
            return f"{establishment}-{type_code}"
        case Merchant.NumberScope.POINT_OF_SALE:
            return f"{establishment}{point_of_sale}-{type_code}"
    return establishment


def take(*, merchant: Merchant, environment: str, series: str, year: int) -> int:
    """The next number of the series. The row stays locked until the surrounding transaction ends.

    A transaction that is rolled back gives its number back, which is why there are no gaps.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a number is taken in the transaction that uses it")
    row = Sequence.objects.filter(merchant=merchant, environment=environment, scope=series, year=year)
    if not row.update(last=F("last") + 1):
        # The first of the year. Somebody may be creating the same row: then ours waits for it and counts on.
        Sequence.objects.get_or_create(merchant=merchant, environment=environment, scope=series, year=year)
        row.update(last=F("last") + 1)
    return row.values_list("last", flat=True).get()

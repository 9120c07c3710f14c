"""Numbers without gaps: one locked row per series, taken in the transaction that seals."""

from __future__ import annotations

from django.db import transaction

from accounts.models import Merchant


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
    connection = transaction.get_connection()
    if not connection.in_atomic_block:
        raise RuntimeError("a number is taken in the transaction that uses it")
    # One statement makes the year's first row or locks and counts on; SQLite and PostgreSQL read it alike.
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO documents_sequence (merchant_id, environment, scope, year, last) VALUES (%s, %s, %s, %s, 1) "
            "ON CONFLICT (merchant_id, environment, scope, year) DO UPDATE SET last = documents_sequence.last + 1 "
            "RETURNING last",
            [merchant.pk, environment, series, year],
        )
        number: int = cursor.fetchone()[0]
    return number

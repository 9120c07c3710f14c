"""Numbers without gaps: one locked row per series, taken in the transaction that seals."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Merchant
from documents.errors import NumbersHeld
from documents.models import Restoration, Sequence


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

    A transaction that is rolled back gives its number back, which is why there are no gaps. Raises `NumbersHeld`
    where a restored backup left it unknown which number comes next.
    """
    connection = transaction.get_connection()
    if not connection.in_atomic_block:
        raise RuntimeError("a number is taken in the transaction that uses it")
    # One statement makes the year's first row or locks and counts on; SQLite and PostgreSQL read it alike.
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO documents_sequence (merchant_id, environment, scope, year, last) VALUES (%s, %s, %s, %s, 1) "
            "ON CONFLICT (merchant_id, environment, scope, year) DO UPDATE SET last = documents_sequence.last + 1 "
            "RETURNING last, held, confirmed_at",
            [merchant.pk, environment, series, year],
        )
        number, is_held, confirmed_at = cursor.fetchone()
    # The series may have begun between the backup and the loss, so that nothing here remembers it.
    if is_held or (number == 1 and confirmed_at is None and _may_be_lost(year)):
        raise NumbersHeld
    return int(number)


def _may_be_lost(year: int) -> bool:
    """Whether a series of `year` may have been used without this database knowing."""
    since = Restoration.objects.filter(closed_at__isnull=True).order_by("backup_at").first()
    # A document may be dated in the year before its sending, never after it.
    return since is not None and since.backup_at.year - 1 <= year <= since.restored_at.year + 1


def held() -> QuerySet[Sequence]:
    """The series that wait for an operator, in the order in which they are shown."""
    return Sequence.objects.filter(held=True).select_related("merchant").order_by("merchant", "environment", "scope")


def confirm(
    *, merchant: Merchant, environment: str, series: str, year: int, upcoming: int, now: datetime
) -> Sequence:
    """Let the series go on with the number `upcoming`; it need not be known here yet.

    Raises `ValueError` for a number that has been given out already.
    """
    with transaction.atomic():
        row, _made = Sequence.objects.select_for_update().get_or_create(
            merchant=merchant, environment=environment, scope=series, year=year
        )
        if upcoming <= row.last:
            raise ValueError(f"number {row.last} was given out already: the next one is {row.last + 1} or higher")
        row.last, row.held, row.confirmed_at = upcoming - 1, False, now
        row.save(update_fields=["last", "held", "confirmed_at"])
    return row


def skip(sequence: Sequence, margin: int, *, now: datetime) -> Sequence:
    """Let a held series go on `margin` numbers further than it is known to have come."""
    return confirm(
        merchant=sequence.merchant,
        environment=sequence.environment,
        series=sequence.scope,
        year=sequence.year,
        upcoming=sequence.last + margin + 1,
        now=now,
    )


def close_restoration(now: datetime) -> int:
    """Say that every series is accounted for: those that begin from now on begin with 1. How many were closed.

    Raises `ValueError` while a series is held.
    """
    waiting = held().count()
    if waiting:
        raise ValueError(f"{waiting} series wait for their next number")
    return Restoration.objects.filter(closed_at__isnull=True).update(closed_at=now)

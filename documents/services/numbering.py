"""Numbers without gaps: one locked row per series, taken in the transaction that seals; and where a series begins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Max, QuerySet

from accounts.audit import SMARTBILL, Action, Actor, record_change
from accounts.models import Environment, Merchant, User
from documents.errors import NumbersHeld
from documents.models import Decision, Document, NumberStart, Restoration, Sequence
from hacienda.authority import NumberScope
from hacienda.messages import gettext_noop
from hacienda.registry import authority
from hacienda.values import Fault, Invalid

_PLACE: Final = re.compile(r"(?P<establishment>[A-Z]\d{3}|\d{3})(?P<point_of_sale>.*)")  # of all countries

USED = gettext_noop("The numbers up to %(last)s are used already.")
TOO_HIGH = gettext_noop("A control number has no room for this number.")
NO_SERIES = gettext_noop("This merchant has no such series.")


@dataclass(frozen=True, slots=True)
class Parts:
    """What a series is of; empty for all types, or all points of sale."""

    establishment: str
    point_of_sale: str
    type_code: str

    def meets(self, other: Parts) -> bool:
        """Whether one document could belong to both: then both could give out one control number."""
        return self.establishment == other.establishment and all(
            not mine or not theirs or mine == theirs
            for mine, theirs in ((self.point_of_sale, other.point_of_sale), (self.type_code, other.type_code))
        )


def parts(series: str) -> Parts:
    """The reverse of `scope`."""
    place, _dash, type_code = series.partition("-")
    found = _PLACE.fullmatch(place)
    if found is None:
        raise ValueError(f"{series} is no series")
    return Parts(found["establishment"], found["point_of_sale"], type_code)


def scope(merchant: Merchant, *, type_code: str, establishment: str, point_of_sale: str) -> str:
    """Which series a document belongs to, as the merchant's setting has it.

    A setting that the merchant's country does not know counts as none: then it is the country's usual one.
    """
    scopes = authority(merchant.country).rules.numbering.scopes
    match NumberScope(merchant.number_scope) if merchant.number_scope in scopes else scopes[0]:
        case NumberScope.TYPE:
            return f"{establishment}-{type_code}"
        case NumberScope.POINT_OF_SALE:
            return f"{establishment}{point_of_sale}-{type_code}"
    return establishment


def scopes(merchant: Merchant) -> tuple[NumberScope, ...]:
    """What a series of the merchant's may be of; with one there is nothing to choose."""
    return authority(merchant.country).rules.numbering.scopes


def possible(merchant: Merchant) -> list[str]:
    """Every series that the merchant's documents and decisions can belong to as its setting is now, in order."""
    rules = authority(merchant.country).rules
    types = sorted((set(rules.names.values()) - set(rules.unnumbered)) | of_decisions(merchant.country))
    return sorted(
        {
            scope(merchant, type_code=code, establishment=shop.code, point_of_sale=till.code)
            for shop in merchant.establishments.prefetch_related("points_of_sale")
            for till in shop.points_of_sale.all()
            for code in types
        }
    )


def of_decisions(country: str) -> frozenset[str]:
    """The type codes of the series that number what is said about received documents; empty where nothing is."""
    inbox = authority(country).inbox
    return frozenset() if inbox is None else frozenset(inbox.series.values())


def is_of_decisions(row: Sequence) -> bool:
    """Whether a series numbers decisions, and no documents."""
    codes = of_decisions(row.merchant.country)
    return bool(codes) and parts(row.scope).type_code in codes


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


# --- Where a series begins --------------------------------------------------------------------------------------
def begin_at(
    *,
    merchant: Merchant,
    environment: str,
    series: str,
    number: int,
    year: int,
    by: Actor = SMARTBILL,
    now: datetime,
) -> NumberStart | None:
    """Let the series go on with `number`, because the ones before it were used elsewhere; None where it does anyway.

    It may be mended, downwards too, as long as no document has a number from it on. Raises `Invalid` for a number
    that is used, or has been given out by another series with the same control numbers.
    """
    if series not in possible(merchant):
        raise Invalid((Fault(("series",), "unknown_series", NO_SERIES),))
    if number > authority(merchant.country).rules.numbering.highest:
        raise Invalid((Fault(("number",), "too_high", TOO_HIGH),))
    with transaction.atomic():
        row = _locked(merchant, environment, series, year)
        used = _used(row)
        lowest = max(used, _elsewhere(row))
        if number <= lowest:
            raise Invalid((Fault(("number",), "number_used", USED, {"last": lowest}),))
        if number == row.last + 1:
            return None
        _record(row, number, by)
        return _begin(row, used, number, NumberStart.Why.MERCHANT, by.user, now)


def step_over(
    *, merchant: Merchant, environment: str, series: str, year: int, user: User | None = None, now: datetime
) -> bool:
    """Bring a series past the numbers that another one has used for the same control numbers; whether it had to."""
    with transaction.atomic():
        row = _locked(merchant, environment, series, year)
        number = _elsewhere(row) + 1
        if number <= row.last + 1:
            return False
        _begin(row, row.last, number, NumberStart.Why.OVERLAP, user, now)
        return True


def rescope(*, merchant: Merchant, number_scope: str, by: Actor = SMARTBILL, now: datetime) -> None:
    """Number by another scope from now on. What the series of before have used is passed over by the new ones.

    Raises `Invalid` for a scope that there is not.
    """
    rules = authority(merchant.country).rules
    if number_scope not in rules.numbering.scopes:
        raise Invalid((Fault(("number_scope",), "unknown_scope", NO_SERIES),))
    year = rules.numbering.year(now.astimezone(rules.zone))
    with transaction.atomic():
        before = Merchant.objects.select_for_update().values_list("number_scope", flat=True).get(pk=merchant.pk)
        Merchant.objects.filter(pk=merchant.pk).update(number_scope=number_scope)
        merchant.number_scope = number_scope
        record_change(
            Action.NUMBERING_CHANGED,
            by=by,
            merchant=merchant,
            before={"number_scope": before},
            after={"number_scope": number_scope},
        )
        used = Sequence.objects.filter(merchant=merchant, year=year, last__gt=0)
        for environment in Environment.values:
            if used.filter(environment=environment).exists():
                for series in possible(merchant):
                    step_over(
                        merchant=merchant, environment=environment, series=series, year=year, user=by.user, now=now
                    )


def _locked(merchant: Merchant, environment: str, series: str, year: int) -> Sequence:
    """The locked row of a series, made where it has none yet."""
    key = {"merchant": merchant, "environment": environment, "scope": series, "year": year}
    Sequence.objects.bulk_create([Sequence(**key)], ignore_conflicts=True)
    return Sequence.objects.select_for_update().get(**key)


def _record(row: Sequence, number: int, by: Actor) -> None:
    """Write down that somebody lets a series go on with another number."""
    record_change(
        Action.NUMBERING_CHANGED,
        by=by,
        merchant=row.merchant,
        environment=row.environment,
        subject=str(row),
        before={"next": row.last + 1},
        after={"next": number},
    )


def _used(row: Sequence) -> int:
    """The highest number that a document of the series has, or a decision."""
    table = Decision if is_of_decisions(row) else Document
    mine = table._default_manager.filter(
        merchant=row.merchant_id, environment=row.environment, series=row.scope, year=row.year
    )
    return mine.aggregate(highest=Max("number"))["highest"] or 0


def _elsewhere(row: Sequence) -> int:
    """The highest number that other series have used for control numbers which this one could give out."""
    others = Sequence.objects.filter(merchant=row.merchant_id, environment=row.environment, year=row.year)
    mine = parts(row.scope)
    return max((_used(one) for one in others.exclude(pk=row.pk) if mine.meets(parts(one.scope))), default=0)


def _begin(row: Sequence, after: int, number: int, why: str, user: User | None, now: datetime) -> NumberStart:
    Sequence.objects.filter(pk=row.pk).update(last=number - 1, counted=min(row.counted, after))
    return NumberStart.objects.create(sequence=row, after=after, number=number, why=why, user=user, at=now)


# --- After a restored backup ---------------------------------------------------------------------------------------
def _may_be_lost(year: int) -> bool:
    """Whether a series of `year` may have been used without this database knowing."""
    since = Restoration.objects.filter(closed_at__isnull=True).order_by("backup_at").first()
    # A document may be dated in the year before its sending, never after it; some series are of no year.
    return since is not None and (not year or since.backup_at.year - 1 <= year <= since.restored_at.year + 1)


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
        row = _locked(merchant, environment, series, year)
        if upcoming <= row.last:
            raise ValueError(f"number {row.last} was given out already: the next one is {row.last + 1} or higher")
        _record(row, upcoming, SMARTBILL)
        if upcoming > row.last + 1:
            _begin(row, row.last, upcoming, NumberStart.Why.RESTORED, None, now)
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

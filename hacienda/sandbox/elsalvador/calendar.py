"""Working days of El Salvador's tax calendar, and the terms that are counted in them."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

SATURDAY = 5
# Asuetos of the Calendario Tributario: month, first and last day. Holy week moves with Easter.
FIXED_ASUETOS = ((1, 1, 2), (5, 1, 1), (6, 17, 17), (8, 3, 6), (9, 15, 15), (11, 2, 2), (12, 24, 31))
# Years whose list is published (PROTOCOL.md section 6). The others follow the same pattern and are
# provisional until Hacienda publishes theirs.
PUBLISHED_YEARS = frozenset({2026})
INVALIDATION_WORKING_DAYS = 10
INVALIDATION_MONTHS = 3


def easter(year: int) -> date:
    """Return Easter Sunday of a year of the Gregorian calendar (Meeus, Jones, Butcher)."""
    century, rest = divmod(year, 100)
    moon = (19 * (year % 19) + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    correction = (year % 19 + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * correction + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=16)
def asuetos(year: int) -> frozenset[date]:
    """Return the days of the year on which the administration does not work, besides weekends."""
    fixed = {date(year, month, day) for month, first, last in FIXED_ASUETOS for day in range(first, last + 1)}
    # Monday of Holy week to Easter Monday: 30 March to 6 April in 2026.
    holy_week = {easter(year) + timedelta(days=shift) for shift in range(-6, 2)}
    return frozenset(fixed | holy_week)


def is_working_day(day: date) -> bool:
    """Tell whether the day is one from Monday to Friday and not an asueto."""
    return day.weekday() < SATURDAY and day not in asuetos(day.year)


def _days_of(year: int, month: int) -> Iterator[date]:
    for day in range(1, calendar.monthrange(year, month)[1] + 1):
        yield date(year, month, day)


def nth_working_day(year: int, month: int, count: int) -> date:
    """Return the month's working day of that rank, the first being 1."""
    return [day for day in _days_of(year, month) if is_working_day(day)][count - 1]


def add_months(day: date, months: int) -> date:
    """Return the same day months later, or the last of that month when it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def last_invalidation_day(*, stamped_on: date, months: bool) -> date:
    """Return the last day on which an invalidation may be transmitted (until 23:59:59).

    With `months`, three calendar months after the stamp (01, 11 and 14); otherwise the tenth working day of
    the month after the stamp's. Source: Manual Funcional v2.0 p. 11-12, PROTOCOL.md section 6.
    """
    if months:
        return add_months(stamped_on, INVALIDATION_MONTHS)
    following = add_months(stamped_on.replace(day=1), 1)
    return nth_working_day(following.year, following.month, INVALIDATION_WORKING_DAYS)

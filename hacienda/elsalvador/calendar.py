"""Business days of El Salvador's tax calendar: Monday to Friday without the `asuetos` (Calendario Tributario).

`data/holidays.json` has them by year. A year that is not in it is reckoned by the pattern of those that are, so that
a term can always be told; it is provisional then, like the years that the file marks so.
"""

from __future__ import annotations

import calendar
import json
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final

_DATA: Final = Path(__file__).with_name("data") / "holidays.json"
_SATURDAY: Final = 5
# Month, first and last day: the days that do not move.
_FIXED: Final = ((1, 1, 2), (5, 1, 1), (6, 17, 17), (8, 3, 6), (9, 15, 15), (11, 2, 2), (12, 24, 31))
# Days from Easter Sunday: Monday of Holy Week to Easter Monday.
_HOLY_WEEK: Final = range(-6, 2)


def is_business_day(day: date) -> bool:
    """Whether the administration works on that day."""
    return day.weekday() < _SATURDAY and day not in holidays(day.year)


def business_day(year: int, month: int, rank: int) -> date:
    """The `rank`th business day of a month, counted from 1. Raises `ValueError` where the month has fewer."""
    days = (date(year, month, day) for day in range(1, calendar.monthrange(year, month)[1] + 1))
    working = [day for day in days if is_business_day(day)]
    if not 1 <= rank <= len(working):
        raise ValueError(f"{year}-{month:02} has {len(working)} business days")
    return working[rank - 1]


def add_months(day: date, months: int) -> date:
    """The same day so many months later; the last of that month where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@cache
def holidays(year: int) -> frozenset[date]:
    """The `asuetos` of a year, weekends among them included."""
    row = _years().get(str(year))
    if row is None:
        return expected_holidays(year)
    return frozenset(date.fromisoformat(f"{year}-{day}") for day in row["days"])


def is_provisional(year: int) -> bool:
    """Whether Hacienda's own list of that year is still awaited."""
    row = _years().get(str(year))
    return row is None or row["status"] != "published"


def expected_holidays(year: int) -> frozenset[date]:
    """The `asuetos` as they fall by the pattern of the published years."""
    fixed = {date(year, month, day) for month, first, last in _FIXED for day in range(first, last + 1)}
    sunday = easter(year)
    return frozenset(fixed | {sunday + timedelta(days=shift) for shift in _HOLY_WEEK})


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous algorithm, Nature 1876)."""
    golden = year % 19
    century, rest = divmod(year, 100)
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - correction + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


@cache
def _years() -> Mapping[str, Mapping[str, list[str] | str]]:
    years: Mapping[str, Mapping[str, list[str] | str]] = json.loads(
        _DATA.read_text(encoding="utf-8"), parse_float=Decimal
    )["years"]
    return years

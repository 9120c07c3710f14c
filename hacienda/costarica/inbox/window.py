"""Until when a receptor can say something: the first eight business days of the month after the document's (R)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from hacienda.costarica.facts import ZONE
from hacienda.costarica.rules import HOLIDAYS

BUSINESS_DAYS: Final = 8
_SATURDAY: Final = 5


def last_day(issued_on: date) -> date:
    """The last day of the window; beyond the years whose holidays are known, without them."""
    day = (issued_on.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    left = BUSINESS_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY and day not in HOLIDAYS
    return day


def due(issued_at: datetime) -> datetime:
    """The end of that day; `issued_at` is aware."""
    return datetime.combine(last_day(issued_at.astimezone(ZONE).date()), time(23, 59, 59), ZONE)

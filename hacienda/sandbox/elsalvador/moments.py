"""Days and hours of documents: when one is issued, how far ahead, how long after another (DOCUMENTS.md 2.5, 3.4)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

DAYS_AHEAD = 5
LAST_DAY_GRACE = timedelta(minutes=30)


def post_dated(issued: datetime, at: datetime) -> bool:
    """Tell whether a date of issue lies further ahead than Hacienda takes (PROTOCOL.md section 7).

    Up to five days, never into the next month; on the month's last day half an hour.
    """
    if issued.date() <= at.date():
        on_last_day = (at + timedelta(days=1)).month != at.month
        return on_last_day and issued - at > LAST_DAY_GRACE
    ahead = (issued.date() - at.date()).days
    return ahead > DAYS_AHEAD or (issued.year, issued.month) != (at.year, at.month)


def moment_of(day: str, hour: str, at: datetime) -> datetime:
    """Return the moment of a date and an hour, in the zone of `at`; the hour's last digit may be missing."""
    hours, minutes, seconds = (int(part) for part in hour.split(":"))
    return datetime.combine(date.fromisoformat(day), time(hours, minutes, seconds), at.tzinfo)


def months_between(earlier: date, later: date) -> int:
    """Return how many months after the earlier day's month the later day's lies."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month

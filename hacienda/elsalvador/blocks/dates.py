"""When a document may be dated (Normativa v2.0, Annex IV). El Salvador has no summer time."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime

from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.rules import DAYS_AHEAD, DAYS_BACK, LAST_DAY_GRACE, ZONE


def check_issue(at: datetime, now: datetime, faults: Faults) -> datetime:
    """The time of issue in El Salvador; a fault where it lies too far from `now`.

    Up to five days ahead inside the month; on the month's last day thirty minutes. How far back a document
    may be dated is laid down nowhere; the bound is ours, because a year mistyped would open a series of numbers
    of its own.
    """
    if at.tzinfo is None:
        faults.add(("issued_at",), "time_zone_required")
        return at.replace(tzinfo=ZONE)
    today = now.astimezone(ZONE)
    if at < now - DAYS_BACK:
        faults.add(("issued_at",), "issued_too_long_ago", days=DAYS_BACK.days)
        return today
    local = at.astimezone(ZONE)
    if local <= today:
        return local
    same_month = (local.year, local.month) == (today.year, today.month)
    if is_last_day(today):
        if not same_month or local - today > LAST_DAY_GRACE:
            minutes = int(LAST_DAY_GRACE.total_seconds()) // 60
            faults.add(("issued_at",), "issued_after_month_end", minutes=minutes)
    elif not same_month or (local.date() - today.date()).days > DAYS_AHEAD:
        faults.add(("issued_at",), "issued_too_far_ahead", days=DAYS_AHEAD)
    return local


def is_last_day(moment: datetime) -> bool:
    """Whether the day is the last of its month."""
    return moment.day == monthrange(moment.year, moment.month)[1]

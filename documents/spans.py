"""Spans of time as people say them, in the reader's language."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _


def span(length: timedelta) -> str:
    """2 d 3 h, 23 h 10 min, 5 min: the two largest units, cut off and not rounded up. A term is never flattered."""
    minutes = int(abs(length).total_seconds()) // 60
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = {"days": days, "hours": hours, "minutes": minutes}
    if days:
        return (_("%(days)s d %(hours)s h") if hours else _("%(days)s d")) % parts
    if hours:
        return (_("%(hours)s h %(minutes)s min") if minutes else _("%(hours)s h")) % parts
    return _("%(minutes)s min") % parts if minutes else _("less than a minute")

"""Short tasks that django-q2 runs for the whole installation: telling operators what needs them, and pruning."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q
from django.utils import timezone

from documents.services import heartbeats
from hacienda.alarms import Alarm
from smartbill import alarms, pruning
from smartbill.models import RaisedAlarm

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=90)
LONGEST_MAIL = 50  # lines


def watch() -> int:
    """Look for alarms: each is logged and mailed once when it begins and once when it ends. How many there are."""
    now = timezone.now()
    found = alarms.found(now)
    note(found, now)
    if settings.ALARM_EMAIL:
        mail(now)
    RaisedAlarm.objects.filter(ended_at__lt=now - KEPT_FOR).delete()
    heartbeats.prune(now)
    return len(found)


def note(found: Sequence[Alarm], now: datetime) -> None:
    """Write down which alarms have begun and which have ended, and log both."""
    still = {
        (row.code, row.tax_id, row.environment): row for row in RaisedAlarm.objects.filter(ended_at__isnull=True)
    }
    for alarm in found:
        row = still.pop((alarm.code, alarm.tax_id, alarm.environment), None)
        said = {"text": alarm.text[:500], "count": alarm.count}
        if row is not None:
            RaisedAlarm.objects.filter(pk=row.pk).update(**said)
            continue
        place = {"code": alarm.code, "tax_id": alarm.tax_id, "environment": alarm.environment}
        row, is_new = RaisedAlarm.objects.get_or_create(**place, ended_at=None, defaults={"raised_at": now, **said})
        if is_new:
            log.error("alarm: %s", row)
    for row in still.values():
        if RaisedAlarm.objects.filter(pk=row.pk, ended_at__isnull=True).update(ended_at=now):
            log.warning("alarm over: %s", row)


def mail(now: datetime) -> int:
    """Tell operators by mail what they have not been told yet; how many lines that took.

    Raises what the mail server's refusal raises; then the next look tries again.
    """
    begun = list(RaisedAlarm.objects.filter(mailed_at__isnull=True).order_by("pk"))
    ended = list(RaisedAlarm.objects.filter(ended_at__isnull=False, end_mailed_at__isnull=True).order_by("pk"))
    lines = [f"begun  {row.raised_at:%Y-%m-%d %H:%M} UTC  {row}" for row in begun]
    lines += [f"over   {row.ended_at:%Y-%m-%d %H:%M} UTC  {row}" for row in ended]
    if not lines:
        return 0
    left = len(lines) - LONGEST_MAIL
    body = "\n".join([*lines[:LONGEST_MAIL], *([f"... and {left} more: manage.py alarms"] if left > 0 else [])])
    subject = f"SmartBill: {len(begun)} alarms begun, {len(ended)} over"
    send_mail(subject, f"{body}\n\n{settings.PUBLIC_URL}, docs/runbook.md\n", None, [settings.ALARM_EMAIL])
    keys = [row.pk for row in (*begun, *ended)]
    told = RaisedAlarm.objects.filter(pk__in=keys)
    told.filter(mailed_at__isnull=True).update(mailed_at=now)
    told.filter(Q(pk__in=[row.pk for row in ended])).update(end_mailed_at=now)
    return len(lines)


def prune() -> int:
    """Remove what has had its time; how many rows. What is left over is removed by the next one."""
    removed = pruning.prune(timezone.now())
    if removed:
        log.info("pruned: %s rows", removed)
    return removed

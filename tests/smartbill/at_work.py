"""An installation whose every process is at work, as far as the database tells."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django_q.models import Schedule

from documents.models import Heartbeat
from smartbill.readiness import SCHEDULED


def set_up_installation() -> None:
    now = timezone.now()
    for kind in Heartbeat.Kind.values:
        Heartbeat.objects.create(kind=kind, process="here:1", started_at=now, at=now)
    Schedule.objects.all().delete()
    soon = now + timedelta(minutes=1)
    for func in SCHEDULED:
        Schedule.objects.create(name=func, func=func, schedule_type="I", minutes=1, next_run=soon)

"""After a backup was restored: events and batches may have been sent since, and are asked about first."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from contingency.models import Batch, Event, Exchange, Run, RunDocument
from contingency.services import line
from documents.services import doubting


def doubt(*, now: datetime) -> dict[str, int]:
    """Mark events and batches as perhaps sent; how many of each. In the caller's transaction."""
    return {"events": _events(now), "batches": _batches(now), "runs": doubting.free(Run, now)}


def _events(now: datetime) -> int:
    keys = Event.objects.filter(Event.ACTIVE).values_list("pk", flat=True)
    Exchange.objects.bulk_create([Exchange(event_id=pk, action=line.SUBMIT, started_at=now) for pk in keys])
    return doubting.free(Event, now)


def _batches(now: datetime) -> int:
    """One that had not left may have left since: it counts as sent, and each of its documents is asked about."""
    waiting = list(Batch.objects.filter(state=Batch.State.WAITING).values_list("pk", flat=True))
    RunDocument.objects.filter(batch__in=waiting).update(sendings=F("sendings") + 1)
    Exchange.objects.bulk_create([Exchange(batch_id=pk, action=line.SUBMIT, started_at=now) for pk in waiting])
    Batch.objects.filter(pk__in=waiting).update(state=Batch.State.SENT, sent_at=now)
    return doubting.free(Batch, now)

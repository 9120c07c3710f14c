"""What of contingency time alone does not mend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, F, Max, Min, QuerySet
from django.db.models.functions import Coalesce, Greatest

from contingency.models import Run, RunDocument
from contingency.services import clocks
from documents.models import Document
from documents.states import State
from hacienda import availability
from hacienda.alarms import Alarm

NEARLY: Final = timedelta(hours=3)  # before a term ends: events and documents should have gone by themselves by then
STUCK: Final = timedelta(hours=1)  # a run in which nothing has moved for so long, while Hacienda answers
UNMENDED: Final = timedelta(hours=1)  # time for the merchant to see to a refused event


def found(now: datetime) -> Iterator[Alarm]:
    """Late and nearly late events and documents, refused events, runs that do not move, long outages."""
    yield from _terms(now)
    yield from _refused_events(now)
    yield from _stuck_runs(now)
    yield from _long_outages(now)


def _terms(now: datetime) -> Iterator[Alarm]:
    waiting = Document.objects.filter(state=State.CONTINGENCY.value)
    unreported = waiting.filter(event_accepted_at__isnull=True)
    for rows, column, late, nearly, what in (
        (unreported, "event_due", "event_late", "event_nearly_late", "contingency event"),
        (waiting, "documents_due", "documents_late", "documents_nearly_late", "sending"),
    ):
        for group in _by_merchant(rows.filter(**{f"{column}__lte": now}), column):
            text = f"The {what} of {group.count} documents is late since {group.since:%Y-%m-%d %H:%M} UTC."
            yield Alarm(late, text, group.tax_id, group.environment, group.since, group.count)
        near = rows.filter(**{f"{column}__gt": now, f"{column}__lte": now + NEARLY})
        for group in _by_merchant(near, column):
            text = f"The {what} of {group.count} documents is due at {group.since:%Y-%m-%d %H:%M} UTC and not done."
            yield Alarm(nearly, text, group.tax_id, group.environment, group.since, group.count)


@dataclass(frozen=True, slots=True)
class _Group:
    tax_id: str
    environment: str
    count: int
    since: datetime


def _by_merchant(rows: QuerySet[Document], column: str) -> list[_Group]:
    grouped = rows.order_by("merchant__tax_id", "environment").values("merchant__tax_id", "environment")
    found = grouped.annotate(count=Count("pk"), since=Min(column))
    return [_Group(*row) for row in found.values_list("merchant__tax_id", "environment", "count", "since")]


def _refused_events(now: datetime) -> Iterator[Alarm]:
    for event in clocks.unmended().order_by("pk"):
        refusal = event.refusal or {}
        since = datetime.fromisoformat(refusal["at"]) if refusal.get("at") else event.created_at
        if since <= now - UNMENDED:
            text = f"Hacienda refused a contingency event ({refusal.get('code', '')}) and nobody has mended it."
            yield Alarm("event_refused", text, event.merchant.tax_id, event.environment, since)


def _stuck_runs(now: datetime) -> Iterator[Alarm]:
    """Runs whose last batch began or ended long ago. One that waits for the end of an outage is not stuck."""
    rows = Run.objects.filter(Run.ACTIVE, created_at__lte=now - STUCK).select_related("merchant")
    moved = Greatest(*(Coalesce(Max(f"batches__{what}"), F("created_at")) for what in ("sent_at", "finished_at")))
    for run in rows.annotate(moved_at=moved).filter(moved_at__lte=now - STUCK).order_by("pk"):
        merchant = run.merchant
        if availability.current(merchant.country, run.environment, merchant.tax_id) is None:
            left = run.entries.filter(outcome=RunDocument.Outcome.OPEN).count()
            text = f"Run {run.public_id} has not moved since {run.moved_at:%Y-%m-%d %H:%M} UTC; {left} are left."
            yield Alarm("run_stuck", text, merchant.tax_id, run.environment, run.moved_at, left)


def _long_outages(now: datetime) -> Iterator[Alarm]:
    for outage, due in clocks.long_ones(now):
        text = (
            f"The outage that began at {outage.began_at:%Y-%m-%d %H:%M} UTC lasted more than four days: each "
            f"merchant that issued in it owes the DGII a technical report until {due:%Y-%m-%d %H:%M} UTC."
        )
        yield Alarm("outage_long", text, outage.tax_id, outage.environment, outage.began_at)

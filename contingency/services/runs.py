"""Runs: one sending of everything that waits, whoever asked for it and however often."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.audit import SMARTBILL, Action, Actor, record
from accounts.models import ApiKey, Merchant, User
from contingency import selectors
from contingency.models import Batch, Event, EventDocument, Run, RunDocument
from contingency.services import planning, reporting, verdicts
from documents.models import Document
from documents.services import moves, turns
from documents.states import State
from hacienda import availability
from hacienda.registry import authority

log = logging.getLogger(__name__)

BUSY_REST: Final = timedelta(seconds=0.5)  # while an event or a batch of the run is under way
IDLE_REST: Final = timedelta(seconds=2)  # while what it waits for is not ours to hasten
_CHUNK: Final = 500
_BY_PEOPLE: Final = frozenset({Run.Trigger.BUTTON, Run.Trigger.API})


def start(
    *,
    merchant: Merchant,
    environment: str,
    trigger: str,
    now: datetime,
    started_by: User | None = None,
    api_key: ApiKey | None = None,
    documents: QuerySet[Document] | None = None,
    by: Actor = SMARTBILL,
) -> tuple[Run, bool]:
    """A run over all that waits now, or those of `documents` that do; and whether it was made by this call.

    One that is not done yet is returned in its place: what it does not hold follows in another one after it. With
    nothing to send the run is done at once.
    """
    wanted = selectors.waiting(merchant, environment)
    if documents is not None:
        wanted = wanted.filter(pk__in=documents.order_by().values("pk"))
    while True:
        under_way = _joined(merchant, environment, wanted)
        if under_way is not None:
            return under_way, False
        try:
            with transaction.atomic():
                run = _made(merchant, environment, trigger, now, started_by, api_key, wanted)
                if trigger in _BY_PEOPLE:
                    _retry_refused_events(merchant, environment, now, by)
                record(
                    Action.RUN_STARTED,
                    by=by,
                    merchant=merchant,
                    environment=environment,
                    subject=run.public_id,
                    trigger=str(trigger),
                    documents=run.total,
                )
                return run, True
        except IntegrityError:
            # Somebody else's was first. It is joined, unless it is over already.
            log.info("merchant %s, %s: a run was started at the same moment", merchant.pk, environment)


def _joined(merchant: Merchant, environment: str, wanted: QuerySet[Document]) -> Run | None:
    """The run that is not done yet, which now knows of everything that is wanted."""
    run = Run.objects.filter(Run.ACTIVE, merchant=merchant, environment=environment).first()
    if run is None:
        return None
    held = RunDocument.objects.filter(run=run, outcome=RunDocument.Outcome.OPEN).values("document_id")
    if not run.again and wanted.exclude(pk__in=held).exists():
        run.again = bool(Run.objects.filter(Run.ACTIVE, pk=run.pk).update(again=True))
        return run if run.again else None
    return run


def _made(
    merchant: Merchant,
    environment: str,
    trigger: str,
    now: datetime,
    started_by: User | None,
    api_key: ApiKey | None,
    wanted: QuerySet[Document],
) -> Run:
    keys = list(wanted.order_by("pk").values_list("pk", flat=True))
    run = Run.objects.create(
        merchant=merchant,
        environment=environment,
        trigger=trigger,
        state=Run.State.QUEUED if keys else Run.State.DONE,
        total=len(keys),
        started_by=started_by,
        api_key=api_key,
        created_at=now,
        finished_at=None if keys else now,
        next_attempt_at=now if keys else None,
    )
    RunDocument.objects.bulk_create([RunDocument(run=run, document_id=key) for key in keys], batch_size=_CHUNK)
    return run


def _retry_refused_events(merchant: Merchant, environment: str, now: datetime, by: Actor) -> None:
    """Whoever asks for a run wants the events before it tried again, too: something may have been mended since."""
    held = EventDocument.objects.filter(event=OuterRef("pk"), alive=True, document__state=State.CONTINGENCY.value)
    refused = Event.objects.filter(merchant=merchant, environment=environment, state=Event.State.REJECTED)
    for event in refused.filter(Exists(held)):
        reporting.correct(event, now, by=by)


def advance(run_pk: int, owner: str) -> None:
    """The errand of one claimed run. Never raises."""
    run = Run.objects.select_related("merchant", "started_by", "api_key").get(pk=run_pk)
    turns.take(run, owner, partial(_advanced, run, owner))


def _advanced(run: Run, owner: str) -> timedelta | None:
    """One step, harmless when repeated; None when the run is over, else when to look at it again."""
    now = timezone.now()
    turns.afresh(run)
    _settle_elsewhere(run)
    if _is_over(run):
        _finish(run, now)
        return None
    merchant = run.merchant
    if availability.current(merchant.country, run.environment, merchant.tax_id) is not None:
        _to(run, Run.State.WAITING_FOR_HACIENDA)
        return turns.OUTAGE_REST
    reporting.gather(now)
    plan = planning.plan(run, now=now)
    _to(run, Run.State.WAITING_FOR_HACIENDA if plan.is_waiting and not plan.ready else Run.State.RUNNING)
    _leave(run, plan.left)
    if plan.ready:
        _make_batches(run, owner, plan.ready, now)
    if plan.left and _is_over(run):
        _finish(run, now)
        return None
    return BUSY_REST if plan.ready or _is_busy(run) else IDLE_REST


def _settle_elsewhere(run: Run) -> None:
    """What became of documents without our batches: asked about one by one, adopted, rejected."""
    open_ones = run.entries.filter(outcome=RunDocument.Outcome.OPEN)
    # Looked at first: writing nothing would still keep everybody else on SQLite from writing.
    settled = open_ones.exclude(document__state=State.CONTINGENCY.value).order_by()
    for state in list(settled.values_list("document__state", flat=True).distinct()):
        open_ones.filter(document__state=state).update(outcome=verdicts.OUTCOMES[state])


def _is_over(run: Run) -> bool:
    if run.entries.filter(outcome=RunDocument.Outcome.OPEN).exists():
        return False
    return not run.batches.filter(Batch.ACTIVE).exists()


def _is_busy(run: Run) -> bool:
    """Whether something of the run moves: a batch, or the event of one of its documents."""
    if run.batches.filter(Batch.ACTIVE).exists():
        return True
    reported = EventDocument.objects.filter(
        document=OuterRef("document"), alive=True, event__refusal__isnull=True, event__stamped_at__isnull=True
    )
    return run.entries.filter(Exists(reported), outcome=RunDocument.Outcome.OPEN).exists()


def _to(run: Run, state: Run.State, **columns: object) -> bool:
    if run.state == state and not columns:
        return True
    won = bool(Run.objects.filter(Run.ACTIVE, pk=run.pk).update(state=state, **columns))
    if won:
        run.state = state
    return won


def _finish(run: Run, now: datetime) -> None:
    """The run ends, and if it was asked for again meanwhile the next one begins in the same breath."""
    left = run.entries.filter(outcome=RunDocument.Outcome.LEFT).exists()
    with transaction.atomic():
        state = Run.State.FAILED if left else Run.State.DONE
        if not _to(run, state, finished_at=now, **turns.SETTLED):
            return
        # Read again: somebody may have asked since this turn began.
        if Run.objects.filter(pk=run.pk, again=True).exists():
            start(
                merchant=run.merchant,
                environment=run.environment,
                trigger=run.trigger,
                now=now,
                started_by=run.started_by,
                api_key=run.api_key,
            )


def _leave(run: Run, left: dict[int, str]) -> None:
    """These cannot go in this run, for the reasons given."""
    for why in sorted(set(left.values())):
        for chunk in moves.batched((pk for pk, told in left.items() if told == why), _CHUNK):
            rows = run.entries.filter(pk__in=chunk, outcome=RunDocument.Outcome.OPEN)
            rows.update(outcome=RunDocument.Outcome.LEFT, why=why)


def _make_batches(run: Run, owner: str, ready: list[int], now: datetime) -> None:
    """Put what is ready into batches, unless another sender holds the run by now."""
    law = authority(run.merchant.country)
    chunks = list(moves.batched(ready, law.rules.contingency.documents_per_batch))
    with transaction.atomic():
        if not Run.objects.select_for_update().filter(pk=run.pk, lease_owner=owner).exists():
            return
        batches = Batch.objects.bulk_create(
            [
                Batch(run=run, sending_id=law.new_code(), size=len(chunk), created_at=now, next_attempt_at=now)
                for chunk in chunks
            ]
        )
        for batch, chunk in zip(batches, chunks, strict=True):
            run.entries.filter(pk__in=chunk, batch__isnull=True).update(batch=batch)

"""The journey of one batch: sent once, read until every document is judged; after a lost answer each is asked about.

"Sent" is stored before the bytes leave: a batch in that state may have arrived, and none of its documents goes again
before the authority was asked about it and said no.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db.models import F
from django.utils import timezone

from contingency import facts
from contingency.models import Batch, Exchange, RunDocument
from contingency.services import line, verdicts
from documents import mapping
from documents.services import evidence, exchange, turns
from documents.services.errands import rejection
from documents.states import State
from hacienda import availability
from hacienda.authority import ContingencyDesk
from hacienda.errors import Cause, Refused, Throttled, Unreachable
from hacienda.messages import gettext_noop
from hacienda.policy import Outcome
from hacienda.registry import authority
from hacienda.values import BatchEnvelope, Environment, Login
from hacienda.verdicts import Absent, BatchResults, Received, Rejected, Unknown, Verdict

log = logging.getLogger(__name__)

FIRST_READING: Final = timedelta(seconds=1)
READING_PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (2, 4, 8, 15, 30))
LONGEST_READING: Final = timedelta(minutes=30)  # ten times what the authority says that a batch takes
ABSENCES_TO_BELIEVE: Final = 3

BATCH_REFUSED = gettext_noop("Hacienda refused the batch.")


def send(batch_pk: int, owner: str) -> None:
    """The errand of one claimed batch. Never raises."""
    batch = Batch.objects.select_related("run__merchant").get(pk=batch_pk)
    turns.take(batch, owner, partial(_bring, batch))


def _bring(batch: Batch) -> timedelta | None:
    """As far as it goes now; None when the batch is over, else how long to rest."""
    now = timezone.now()
    merchant, environment = batch.run.merchant, batch.run.environment
    desk = authority(merchant.country).contingency
    if desk is None:
        raise LookupError(f"{merchant.country} has no contingency")
    if availability.current(merchant.country, environment, merchant.tax_id) is not None:
        turns.afresh(batch)
        return turns.OUTAGE_REST
    login = line.login(merchant, environment, now=now)
    if isinstance(login, line.NoLogin):
        return login.rest
    entries = _open_entries(batch)
    if not entries:
        _over(batch, now)
        return None
    if batch.state == Batch.State.WAITING:
        return _submit(batch, entries, desk, login)
    if batch.state == Batch.State.RECEIVED:
        return _read(batch, entries, desk, login)
    return _ask_each(batch, entries, login)


def _open_entries(batch: Batch) -> list[RunDocument]:
    """What the batch still has to find out about; a document that was settled elsewhere is none of it."""
    rows = batch.entries.filter(outcome=RunDocument.Outcome.OPEN, document__state=State.CONTINGENCY.value)
    # All but the texts: they are most of a row's weight and only their signatures travel.
    light = rows.select_related("document__current_sealing").defer(
        "document__content", "document__request", "document__current_sealing__payload"
    )
    entries = list(light.order_by("id"))
    for entry in entries:
        entry.document.merchant = batch.run.merchant  # one and the same: no join for each
    return entries


def _over(batch: Batch, now: datetime) -> None:
    """Every document is settled or free to go again."""
    lost = batch.state == Batch.State.SENT
    _to(batch, Batch.State.LOST if lost else Batch.State.DONE, finished_at=now, **turns.SETTLED)


def _to(batch: Batch, state: Batch.State, **columns: object) -> bool:
    """Move the batch on, if it still is where it was read."""
    columns["state"] = state
    won = bool(Batch.objects.filter(pk=batch.pk, state=batch.state).update(**columns))
    if won:
        for name, value in columns.items():
            setattr(batch, name, value)
    return won


# --- Sending ------------------------------------------------------------------------------------------------
def _submit(batch: Batch, entries: list[RunDocument], desk: ContingencyDesk, login: Login) -> timedelta | None:
    record = _marked_sent(batch, entries)
    if record is None:
        return turns.FAILED_REST
    envelope = BatchEnvelope(
        environment=Environment(batch.run.environment),
        tax_id=batch.run.merchant.tax_id,
        sending_id=batch.sending_id,
        signatures=tuple(mapping.envelope(entry.document).signature for entry in entries),
    )
    result = line.hear(record, partial(desk.submit_batch, envelope, login))
    now = timezone.now()
    log.info("batch %s of %s: %s", batch.pk, len(entries), line.outcome(result))
    with evidence.recording():
        line.finished(record, result)
        match result:
            case Received(code=code):
                turns.afresh(batch)
                _to(batch, Batch.State.RECEIVED, code=code)
                return _until_reading(batch)
            case Rejected():
                _refused(batch, entries, result, now)
                return None
            case Unreachable(cause=Cause.NOT_WRITTEN):
                _unsent(batch, entries)
                return line.pause(batch.rounds)
    exchange.stop_issuer(batch.run.merchant, batch.run.environment, result, login, now=now)
    turns.afresh(batch)
    return FIRST_READING


def _marked_sent(batch: Batch, entries: list[RunDocument]) -> Exchange | None:
    """Store that the batch may have arrived, before it leaves; None where it is not ours to send any more."""
    now = timezone.now()
    with evidence.recording():
        if not _to(batch, Batch.State.SENT, sent_at=now):
            return None
        RunDocument.objects.filter(pk__in=[entry.pk for entry in entries]).update(sendings=F("sendings") + 1)
        record = line.begun(line.SUBMIT, at=now, batch=batch)
        for entry in entries:
            evidence.tell(entry.document, facts.sent_in(batch))
    for entry in entries:
        entry.sendings += 1
    return record


def _unsent(batch: Batch, entries: list[RunDocument]) -> None:
    """Nothing left the house: the same batch may go again."""
    RunDocument.objects.filter(pk__in=[entry.pk for entry in entries]).update(sendings=F("sendings") - 1)
    for entry in entries:
        evidence.tell(entry.document, facts.not_sent_in(batch))
    _to(batch, Batch.State.WAITING, sent_at=None)


def _refused(batch: Batch, entries: list[RunDocument], verdict: Rejected, now: datetime) -> None:
    """Refused as a whole: none of its documents was judged, and the same batch would be refused again."""
    refusal = rejection(verdict, at=now)
    _to(batch, Batch.State.REFUSED, refusal=refusal, finished_at=now, **turns.SETTLED)
    rows = RunDocument.objects.filter(pk__in=[entry.pk for entry in entries], outcome=RunDocument.Outcome.OPEN)
    rows.update(outcome=RunDocument.Outcome.LEFT, why=BATCH_REFUSED)


# --- Reading ------------------------------------------------------------------------------------------------
def _read(batch: Batch, entries: list[RunDocument], desk: ContingencyDesk, login: Login) -> timedelta | None:
    """Read what was judged so far and apply all of it at once."""
    record = line.begun(line.READ, at=timezone.now(), batch=batch)
    documents = [mapping.envelope(entry.document) for entry in entries]
    result = line.hear(record, partial(desk.read_batch, batch.code, documents, login))
    now = timezone.now()
    told: Mapping[str, Verdict] = result.verdicts if isinstance(result, BatchResults) else {}
    with evidence.recording():
        line.finished(record, result)
        verdicts.apply(batch, entries, told, now=now)
    exchange.stop_issuer(batch.run.merchant, batch.run.environment, result, login, now=now)
    left = [entry for entry in entries if entry.outcome == RunDocument.Outcome.OPEN]
    doubtful = [entry for entry in left if isinstance(told.get(entry.document.generation_code), Unknown)]
    if doubtful:
        _ask(batch, doubtful, login, told)
        left = [entry for entry in left if entry.batch_id and entry.outcome == RunDocument.Outcome.OPEN]
    if not left:
        _over(batch, now)
        return None
    # What is known by its results would be forgotten with them.
    if _gave_no_results(batch, now) and not all(entry in doubtful for entry in left):
        _to(batch, Batch.State.SENT)
        turns.afresh(batch)
        return timedelta(0)
    return _until_reading(batch)


def _until_reading(batch: Batch) -> timedelta:
    """How long to rest before the next reading: what the authority judges one by one is asked about as elsewhere."""
    run = batch.run
    polling = authority(run.merchant.country).rules.polling.get(Environment(run.environment))
    pauses = polling or (FIRST_READING, *READING_PAUSES)
    return pauses[min(max(batch.rounds + 1, 0), len(pauses) - 1)]  # -1 rounds: it was taken just now


def _gave_no_results(batch: Batch, now: datetime) -> bool:
    """Whether the authority does not know the batch, or has taken far too long: then each document is asked about."""
    if batch.sent_at is not None and now - batch.sent_at > LONGEST_READING:
        return True
    last = batch.exchange.filter(action=line.READ).order_by("-id").values_list("outcome", flat=True)
    return list(last[:ABSENCES_TO_BELIEVE]) == [Outcome.ABSENT] * ABSENCES_TO_BELIEVE


# --- Asking -------------------------------------------------------------------------------------------------
def _ask_each(batch: Batch, entries: list[RunDocument], login: Login) -> timedelta | None:
    """The answer was lost: what became of each document?"""
    _ask(batch, entries, login, {})
    if any(entry.batch_id and entry.outcome == RunDocument.Outcome.OPEN for entry in entries):
        return line.pause(batch.rounds)
    _over(batch, timezone.now())
    return None


def _ask(batch: Batch, entries: list[RunDocument], login: Login, told: Mapping[str, Verdict]) -> None:
    """Ask about one after the other, as far as the authority answers; each answer is applied as it comes.

    `told` is what the batch's results said of them without saying enough.
    """
    for entry in entries:
        began = timezone.now()
        believed = _absence_counts(batch, began)
        result = verdicts.ask(batch, entry, login, told.get(entry.document.generation_code), believed=believed)
        exchange.stop_issuer(batch.run.merchant, batch.run.environment, result, login, now=timezone.now())
        if isinstance(result, Unreachable | Throttled | Refused):
            return
        if isinstance(result, Absent) and not believed and not told:
            # Not judged yet, or never arrived: the rest of the batch shares its fate.
            return


def _absence_counts(batch: Batch, now: datetime) -> bool:
    """Whether a document that the authority does not know can no longer be on its way through it."""
    last = batch.exchange.filter(action=line.SUBMIT).order_by("-id").first()
    if last is None or (last.outcome not in line.UNANSWERED and not batch.code):
        return True  # answered, if with nothing good: it was not taken
    terms = authority(batch.run.merchant.country).rules.contingency.judged_within
    return now - last.started_at > terms[Environment(batch.run.environment)]

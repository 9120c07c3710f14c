"""What the authority said of the documents of a batch, applied to them and to the run that sent them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from django.db.models import F
from django.utils import timezone

from contingency import facts
from contingency.models import Batch, RunDocument
from documents import mapping
from documents.models import Attempt
from documents.services import evidence, exchange, judged, moves
from documents.services.errands import SendDocument
from documents.states import State
from hacienda.errors import NoAnswer
from hacienda.policy import Outcome
from hacienda.registry import authority
from hacienda.values import Login
from hacienda.verdicts import Absent, Accepted, Rejected, Unknown, Verdict

OUTCOMES = {
    State.ACCEPTED.value: RunDocument.Outcome.ACCEPTED,
    State.INVALIDATED.value: RunDocument.Outcome.ACCEPTED,
    State.REJECTED.value: RunDocument.Outcome.REJECTED,
    # On its way again: it was rejected, and corrected since.
    State.TRANSMITTING.value: RunDocument.Outcome.REJECTED,
}


def apply(batch: Batch, entries: Sequence[RunDocument], told: Mapping[str, Verdict], *, now: datetime) -> None:
    """Settle every document that was judged; part of the caller's transaction.

    A document that is not in contingency any more is left as it is: the run finds out.
    """
    wanted = []
    for entry in entries:
        errand = SendDocument(entry.document)
        verdict = told.get(entry.document.generation_code)
        if verdict is not None:
            evidence.tell(entry.document, *facts.told_by(batch, verdict))
        match verdict:
            case Accepted():
                wanted.append(errand.acceptance(verdict))
            case Rejected():
                wanted.append(errand.refusal(verdict, at=now))
    moved = {document.pk for document in moves.move_all(wanted, at=now)}
    for entry in entries:
        verdict = told.get(entry.document.generation_code)
        if entry.document_id in moved and isinstance(verdict, Accepted | Rejected):
            judged.follow(entry.document, verdict, at=now)
    _settle(batch, [entry for entry in entries if entry.document_id in moved])


def _settle(batch: Batch, entries: Sequence[RunDocument]) -> None:
    """Write the outcomes of documents that were just moved, and count them in their batch."""
    counted = {RunDocument.Outcome.ACCEPTED: 0, RunDocument.Outcome.REJECTED: 0}
    for outcome in counted:
        rows = [entry for entry in entries if OUTCOMES[entry.document.state] == outcome]
        if not rows:
            continue
        counted[outcome] = RunDocument.objects.filter(
            pk__in=[entry.pk for entry in rows], outcome=RunDocument.Outcome.OPEN
        ).update(outcome=outcome)
        for entry in rows:
            entry.outcome = outcome
    if any(counted.values()):
        Batch.objects.filter(pk=batch.pk).update(
            accepted=F("accepted") + counted[RunDocument.Outcome.ACCEPTED],
            rejected=F("rejected") + counted[RunDocument.Outcome.REJECTED],
        )


def ask(
    batch: Batch, entry: RunDocument, login: Login, told: Verdict | None, *, believed: bool
) -> Verdict | NoAnswer:
    """Network. Ask about one document and apply what comes back; it is free to go again only after a clear no.

    `believed`: whether a no counts, because the document can no longer be on its way. `told` is what was said of it
    in the batch's results, where that left a doubt.
    """
    document = entry.document
    attempt = exchange.started(document, Attempt.Action.ASK, at=timezone.now())
    result, milliseconds = exchange.timed(partial(SendDocument(document).ask, login))
    now = timezone.now()
    known = isinstance(told, Unknown) and exchange.outcome(told) == Outcome.KNOWN_ALREADY
    if known and isinstance(result, Absent) and result.of_question:
        result = Unknown(exchange.QUESTION_FAILED, result.answer)  # the document may be in force all the while
    with evidence.recording():
        exchange.finished(attempt, result, milliseconds=milliseconds)
        errand = SendDocument(document)
        match result:
            case Accepted() if known and _first_sending(entry):
                errand.adopt(result, at=now)
            case Accepted():
                errand.accept(result, at=now)
            case Rejected():
                errand.reject(result, at=now)
            case Absent() if believed and known:
                _give_up(errand, told, now=now)
            case Absent() if believed:
                _free(entry)
        if document.state != State.CONTINGENCY:
            _settle(batch, [entry])
    return result


def _first_sending(entry: RunDocument) -> bool:
    """Whether what was known already cannot be a contingency copy of an earlier batch."""
    earlier = RunDocument.objects.filter(document_id=entry.document_id, sendings__gt=0).exclude(pk=entry.pk)
    return entry.sendings <= 1 and not earlier.exists()


def _give_up(errand: SendDocument, told: Verdict | None, *, now: datetime) -> None:
    """Refused because such a record exists, and that record is not this document: the refusal was meant for it."""
    refusal = None
    if isinstance(told, Unknown):
        law = authority(errand.document.merchant.country)
        refusal = law.rejection(mapping.envelope(errand.document), told.answer)
    if refusal is not None:
        errand.reject(refusal, at=now)


def _free(entry: RunDocument) -> None:
    """The authority does not have it: it may go again, in another batch."""
    RunDocument.objects.filter(pk=entry.pk, outcome=RunDocument.Outcome.OPEN).update(batch=None)
    entry.batch = None

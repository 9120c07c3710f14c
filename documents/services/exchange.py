"""The record of what was said to the authority and what it said, written around every request."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from django.db import connection
from django.db.models import QuerySet

from accounts import vault
from accounts.models import Merchant
from documents import facts
from documents.models import Attempt, Document, Invalidation, Said
from documents.services import evidence
from hacienda import measures, policy
from hacienda.compiled import insert
from hacienda.errors import NoAnswer, Refused, Throttled, Unreachable
from hacienda.policy import Outcome, Try
from hacienda.values import Login
from hacienda.verdicts import Absent, Accepted, Answer, Pending, Rejected, Unknown, Verdict

Told = TypeVar("Told")
Reread = Callable[[Answer], Rejected | None]  # the refusal that a kept answer is, if that can be told from it
TOLD_ONCE: Final = "told_once"  # reasons of an Unknown
QUESTION_FAILED: Final = "question_failed"
IN_DOUBT: Final = "in_doubt"


@dataclass(frozen=True, slots=True)
class First:
    """A first sending that was written down with what it sends, so that it may leave at once.

    `login` is None where there was none to be had then: it is looked for again.
    """

    attempt: Attempt
    login: Login | None = None
    is_trial: bool = False  # let through in an outage, to see whether it is over


def started(
    document: Document, action: Attempt.Action, *, at: datetime, invalidation: Invalidation | None = None
) -> Attempt:
    """Written before the request leaves: after a crash it says that something may have arrived."""
    with evidence.recording():
        attempt = insert(Attempt(document=document, invalidation=invalidation, action=action, started_at=at))
        evidence.tell(document, facts.started(attempt))
    return attempt


def withdrawn(attempt: Attempt) -> None:
    """The request has not left and will not: nothing may look like one that may have arrived."""
    with evidence.recording():
        evidence.tell(attempt.document, facts.withdrawn(attempt))
        attempt.delete()


def outcome(result: Verdict | NoAnswer) -> Outcome:
    """The policy's word for what came back."""
    match result:
        case Accepted():
            return Outcome.ACCEPTED
        case Rejected():
            return Outcome.REJECTED
        case Absent():
            return Outcome.ABSENT
        case Unknown(reason="known_already"):
            return Outcome.KNOWN_ALREADY
        case Unknown(reason=reason) if reason == IN_DOUBT:
            return Outcome.REFUSED_IN_DOUBT
        case Unknown(reason=reason) if reason == TOLD_ONCE:
            return Outcome.TOLD_ONCE
        case Pending():
            return Outcome.RECEIVED
        case Unknown():
            return Outcome.UNKNOWN
        case Unreachable(cause=cause):
            return Outcome(cause.value)
        case Throttled():
            return Outcome.THROTTLED
        case Refused(lasting=True):
            return Outcome.REFUSED
    return Outcome.UNAUTHORIZED


def finished(attempt: Said, result: Verdict | NoAnswer, *, milliseconds: int) -> None:
    """Complete the record with what came back; part of the transaction that applies it."""
    assert isinstance(attempt, Attempt)  # it is what `started` has made
    subject = "invalidation" if attempt.invalidation_id else "document"
    with evidence.recording():
        complete(attempt, result, milliseconds=milliseconds, subject=subject)
        evidence.tell(attempt.document, facts.finished(attempt))


def complete(row: Said, result: Verdict | NoAnswer, *, milliseconds: int, subject: str) -> None:
    """Write down what came back; `subject` is what it is measured under."""
    answer = getattr(result, "answer", None) or Answer(http_status=None, body=str(result), milliseconds=milliseconds)
    row.outcome = outcome(result)
    measures.answers.labels(subject, row.action, row.outcome).observe(milliseconds / 1000)
    row.http_status = answer.http_status
    row.answer = answer.body
    row.milliseconds = milliseconds
    row.pause = math.ceil(result.retry_after.total_seconds()) if isinstance(result, Throttled) else None
    row.save(update_fields=["outcome", "http_status", "answer", "milliseconds", "pause"])


def tries(
    document: Document,
    reread: Reread,
    invalidation: Invalidation | None = None,
) -> tuple[Try, ...]:
    """What was tried so far since the document was last sealed, oldest first, for the policy."""
    return tuple(tried(row, reread) for row in _since_sealed(document, invalidation))


def _since_sealed(document: Document, invalidation: Invalidation | None) -> QuerySet[Attempt]:
    rows = Attempt.objects.filter(document=document, invalidation=invalidation)
    if invalidation is None and document.current_sealing is not None:
        rows = rows.filter(started_at__gte=document.current_sealing.created_at)
    return rows.order_by("id")


def confirmed(verdict: Verdict, document: Document, invalidation: Invalidation | None = None) -> Verdict:
    """What a question was told; a refusal counts only when it is told a second time.

    A question can fail for reasons of its own in the very words in which a document is refused, and to believe it
    would be to reject, or to send again, what was accepted long ago. In doubt a question that may have failed has
    heard nothing: what was sent may be in force all the while.
    """
    if isinstance(verdict, Absent) and verdict.of_question:
        outcomes = list(_since_sealed(document, invalidation).values_list("outcome", flat=True))
        if policy.last_doubt(outcomes) is not None:
            return Unknown(QUESTION_FAILED, verdict.answer)
    return believed(verdict, Attempt.objects.filter(document=document, invalidation=invalidation))


def undoubted(verdict: Verdict | NoAnswer, tries: Sequence[Try], reread: Reread) -> Verdict | NoAnswer:
    """What a sending was told; a refusal is none yet while an earlier sending, among `tries`, may be on its way.

    That one may be accepted after all, and the document would be refused here and in force there. In the end the
    refusal is read again from what was kept of it; where `reread` cannot, it counts at once. That what was asked for
    is done already is no refusal to doubt.
    """
    if not (isinstance(verdict, Rejected) and policy.may_be_on_its_way(tries)) or verdict.already_done:
        return verdict
    return Unknown(IN_DOUBT, verdict.answer) if reread(verdict.answer) else verdict


def believed(verdict: Verdict, said: QuerySet[Any]) -> Verdict:
    """The same of anything that was asked about, and in doubt a third time; `said` is what was said about it so far.

    Doubt needs as much as an absence does: until then an earlier sending may arrive, and be accepted.
    """
    if not (isinstance(verdict, Rejected) or (isinstance(verdict, Absent) and verdict.refused)):
        return verdict
    told = 1  # and as often since the last sending, which may have been told itself
    for action, outcome in said.order_by("-id").values_list("action", "outcome"):
        if outcome == Outcome.REFUSED_IN_DOUBT:
            return verdict if told >= policy.ABSENCES_TO_GIVE_UP else Unknown(TOLD_ONCE, verdict.answer)
        told += outcome in (Outcome.TOLD_ONCE, Outcome.KNOWN_ALREADY)
        if action == Attempt.Action.SUBMIT:
            break
    return verdict if told > 1 else Unknown(TOLD_ONCE, verdict.answer)


def tried(row: Said, reread: Reread) -> Try:
    """An exchange as the policy knows it; a doubtful refusal is read again from what was kept of it."""
    rejected = None
    if row.outcome in policy.DOUBTFUL:
        rejected = reread(Answer(http_status=row.http_status, body=row.answer, milliseconds=row.milliseconds or 0))
    return Try(
        action=row.action,
        outcome=row.outcome,
        at=row.started_at,
        milliseconds=row.milliseconds,
        retry_after=None if row.pause is None else timedelta(seconds=row.pause),
        rejected=rejected,
    )


def timed(call: Callable[[], Told]) -> tuple[Told | NoAnswer, int]:
    """Network. What came back, or the failure as a value; and how many milliseconds it took."""
    _lend_connection()
    began = time.monotonic()
    result: Told | NoAnswer
    try:
        result = call()
    except NoAnswer as failure:
        result = failure
    return result, int((time.monotonic() - began) * 1000)


def stop_issuer(merchant: Merchant, environment: str, result: object, login: Login, *, now: datetime) -> None:
    """What concerns the issuer and not what was sent stops everything that it sends, for a while or for good."""
    match result:
        case Refused(lasting=True):
            vault.hold(merchant, environment, str(result), now, refused=login)
        case Refused():
            vault.pause(merchant, environment, until=now + policy.UNAUTHORIZED_REST)
        case Throttled(retry_after=rest):
            vault.pause(merchant, environment, until=now + rest)


def _lend_connection() -> None:
    """Give a pooled connection back while we wait: held through every slow answer, the pool would run dry."""
    if not connection.in_atomic_block and "pool" in connection.settings_dict.get("OPTIONS", {}):
        connection.close()

"""Speaking with the authority about events and batches: the login, one request, and the record of it.

The same manners as of `documents.services.transmit`: a request is written down before it leaves, no transaction is
open while it is under way, and what concerns the issuer stops everything that it sends.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from accounts import vault
from accounts.models import Merchant
from contingency import facts
from contingency.models import Batch, Event, Exchange
from documents.services import evidence, turns
from documents.services import exchange as documents_exchange
from hacienda import measures, policy
from hacienda.errors import NoAnswer, Refused
from hacienda.policy import Outcome
from hacienda.values import Login
from hacienda.verdicts import Answer, BatchResults, Received, Verdict

log = logging.getLogger(__name__)

SUBMIT: Final = "submit"
ASK: Final = "ask"
READ: Final = "read"
SHORTEST_REST: Final = timedelta(seconds=0.5)

Result = Verdict | Received | BatchResults | NoAnswer
Told = TypeVar("Told")

# What says nothing about whether a request arrived, or whether it still will.
UNANSWERED: Final = frozenset(
    {Outcome.STARTED, Outcome.CLOSED, Outcome.SILENT, Outcome.UNKNOWN, Outcome.KNOWN_ALREADY}
)


@dataclass(frozen=True, slots=True)
class NoLogin:
    """Nothing can be sent now: when to look again, and what a person must do (empty where time alone mends it)."""

    rest: timedelta
    why: str = ""


def login(merchant: Merchant, environment: str, *, now: datetime) -> Login | NoLogin:
    """What to log in with, or for how long there is nothing to log in with."""
    try:
        return vault.login(merchant, environment)
    except vault.Paused as paused:
        return NoLogin(max(paused.until - now, SHORTEST_REST))
    except Refused as refused:
        log.warning("merchant %s, %s: contingency waits: %s", merchant.pk, environment, refused)
        return NoLogin(turns.HELD_REST, str(refused))


def pause(rounds: int) -> timedelta:
    """How long to rest after having rested so often before."""
    return policy.BACKOFF[min(max(rounds, 0), len(policy.BACKOFF) - 1)]


def begun(action: str, *, at: datetime, event: Event | None = None, batch: Batch | None = None) -> Exchange:
    """Written before the request leaves: after a crash it says that something may have arrived."""
    with evidence.recording():
        record = Exchange.objects.create(event=event, batch=batch, action=action, started_at=at)
        evidence.tell_of(facts.subject(record), facts.started(record))
    return record


def hear(record: Exchange, call: Callable[[], Told]) -> Told | NoAnswer:
    """Network. Make the request once; what came back, or the failure as a value."""
    result, record.milliseconds = documents_exchange.timed(call)
    return result


def finished(record: Exchange, result: Result) -> None:
    """Complete the record with what came back; part of the transaction that applies it."""
    answer = getattr(result, "answer", None)
    if not isinstance(answer, Answer):
        answer = Answer(http_status=None, body=str(result), milliseconds=record.milliseconds or 0)
    record.outcome = outcome(result)
    subject = "event" if record.event_id else "batch"
    measures.answers.labels(subject, record.action, record.outcome).observe((record.milliseconds or 0) / 1000)
    record.http_status = answer.http_status
    record.answer = answer.body
    with evidence.recording():
        record.save(update_fields=["outcome", "http_status", "answer", "milliseconds"])
        evidence.tell_of(facts.subject(record), facts.finished(record))


def outcome(result: Result) -> str:
    """The policy's word for what came back, and two more for batches."""
    match result:
        case Received():
            return "received"
        case BatchResults():
            return "read"
    return documents_exchange.outcome(result).value

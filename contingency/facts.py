"""What chains of evidence tell of contingency events and batches, made from their rows; see `documents.facts`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from contingency.models import Batch, Event, Exchange
from documents.chain import digest, moment
from documents.services.evidence import Subject
from hacienda.verdicts import Accepted, Answer, Rejected, Verdict

Fact = dict[str, Any]

EVENT: Final = "event/"  # what the names of their chains begin with
BATCH: Final = "batch/"
ONCE: Final = frozenset({"started", "finished"})


def chain_of(row: Event | Batch) -> str:
    return f"{EVENT}{row.generation_code}" if isinstance(row, Event) else f"{BATCH}{row.sending_id}"


def subject_of(row: Event | Batch) -> Subject:
    """Whose chain it is."""
    owner = row if isinstance(row, Event) else row.run
    return Subject(chain_of(row), owner.merchant_id, owner.environment, row)


def subject(record: Exchange) -> Subject:
    """The chain that an exchange belongs to."""
    about = record.event or record.batch
    if about is None:
        raise ValueError("an exchange is about an event or a batch")
    return subject_of(about)


def made(event: Event, documents: int) -> Fact:
    return {
        "fact": "made",
        "generation_code": event.generation_code,
        "establishment": event.establishment,
        "reason": event.reason,
        "note": event.note,
        "began_at": moment(event.began_at),
        "ended_at": moment(event.ended_at),
        "due_at": moment(event.due_at),
        "documents": documents,
    }


def sealed(event: Event) -> Fact:
    """The bytes that were signed."""
    return {
        "fact": "sealed",
        "at": moment(event.sealed_at),
        "payload": digest(event.payload),
        "signature": digest(event.signature),
    }


def settled(event: Event) -> Fact:
    return {
        "fact": "settled",
        "state": str(event.state),
        "stamp": event.stamp,
        "stamped_at": moment(event.stamped_at),
        "refusal": event.refusal,
    }


def given_up() -> Fact:
    """Nobody has seen the event, and none of its documents needs it any more: its row is gone."""
    return {"fact": "given_up"}


def started(record: Exchange) -> Fact:
    """A request that is about to leave, or a person's correction."""
    return {
        "fact": "started",
        "exchange": record.pk,
        "action": record.action,
        "at": moment(record.started_at),
    }


def finished(record: Exchange) -> Fact:
    """What came back."""
    return {
        "fact": "finished",
        "exchange": record.pk,
        "outcome": str(record.outcome),
        "http_status": record.http_status,
        "milliseconds": record.milliseconds,
        "answer": digest(record.answer),
    }


def sent_in(batch: Batch) -> Fact:
    """Of a document: that it is about to leave in a batch."""
    return {"fact": "batch", "batch": batch.sending_id, "at": moment(batch.sent_at)}


def not_sent_in(batch: Batch) -> Fact:
    """Of a document: that nothing of the batch left the house."""
    return {"fact": "batch_not_sent", "batch": batch.sending_id}


def told_by(batch: Batch, verdict: Verdict) -> list[Fact]:
    """Of a document: its own part of the batch's results, word for word."""
    answer = getattr(verdict, "answer", None)
    if not isinstance(verdict, Accepted | Rejected) or not isinstance(answer, Answer):
        return []
    return [{"fact": "batch_answer", "batch": batch.sending_id, "code": batch.code, "answer": answer.body}]


def stored(row: Event | Batch) -> Iterator[Fact]:
    """What the rows of an event's or a batch's exchange tell now."""
    for record in row.exchange.order_by("pk"):
        yield started(record)
        if record.outcome != "started":
            yield finished(record)

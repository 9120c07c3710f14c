"""What chains of evidence tell of decisions, made from their rows; see `documents.facts`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from documents.chain import digest, moment
from documents.facts import finished as finished
from documents.models import Decision, DecisionAttempt
from documents.services.evidence import Subject

Fact = dict[str, Any]

DECISION: Final = "decision/"  # what the names of their chains begin with


def chain_of(row: Decision) -> str:
    return f"{DECISION}{row.received.public_id}/{row.control_number}"


def subject_of(row: Decision) -> Subject:
    """Whose chain it is."""
    return Subject(chain_of(row), row.merchant_id, row.environment, row)


def made(row: Decision) -> Fact:
    """What was said about which bytes, and the message that was signed."""
    return {
        "fact": "made",
        "generation_code": row.received.generation_code,
        "document": digest(row.received.xml),
        "kind": str(row.kind),
        "control_number": row.control_number,
        "at": moment(row.at),
        "payload": digest(row.payload),
        "signature": digest(row.signature),
    }


def started(attempt: DecisionAttempt) -> Fact:
    """A request that is about to leave."""
    return {
        "fact": "started",
        "attempt": attempt.pk,
        "action": str(attempt.action),
        "at": moment(attempt.started_at),
    }


def settled(row: Decision) -> Fact:
    return {
        "fact": "settled",
        "status": str(row.status),
        "stamp": row.stamp,
        "stamped_at": moment(row.stamped_at),
        "rejection": row.rejection,
        "receipt": digest(row.receipt),
    }


def stored(row: Decision) -> Iterator[Fact]:
    """Everything that the rows of a decision tell now."""
    yield made(row)
    for attempt in row.exchange.order_by("pk"):
        yield started(attempt)
        if attempt.outcome != "started":
            yield finished(attempt)
    if row.status != Decision.Status.TRANSMITTING:
        yield settled(row)

"""What chains of evidence tell of a document, made from its rows: so that the rows can be compared with it later.

Long texts are named by their digest. Facts with a key of their own are told once; of the others the last one holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from documents.chain import canonical, digest, moment
from documents.models import Attempt, Document, HistoryEntry, Invalidation, Receipt, Said, Sealing
from documents.states import State

Fact = dict[str, Any]

DOCUMENT: Final = "document/"  # what the names of their chains begin with
ONCE: Final = frozenset(
    {"issued", "sealed", "started", "finished", "history", "invalidation", "invalidation_settled", "receipt"}
)
LATEST: Final = ("stamped", "refused", "contingency", "reported")


def chain_of(document: Document) -> str:
    """The name of a document's chain."""
    return f"{DOCUMENT}{document.generation_code}"


def issued(document: Document) -> Fact:
    return {
        "fact": "issued",
        "environment": document.environment,
        "type": document.type_code,
        "generation_code": document.generation_code,
        "control_number": document.control_number,
        "series": document.series,
        "year": document.year,
        "number": document.number,
    }


def sealed(sealing: Sealing) -> Fact:
    """The bytes that were signed."""
    return {
        "fact": "sealed",
        "sealing": sealing.pk,
        "at": moment(sealing.created_at),
        "reason": sealing.reason,
        "payload": digest(sealing.payload),
        "signature": digest(sealing.signature),
    }


def started(attempt: Attempt) -> Fact:
    """A request that is about to leave."""
    return {
        "fact": "started",
        "attempt": attempt.pk,
        "action": str(attempt.action),
        "at": moment(attempt.started_at),
        "invalidation": attempt.invalidation_id,
    }


def finished(attempt: Said) -> Fact:
    """What came back."""
    return {
        "fact": "finished",
        "attempt": attempt.pk,
        "outcome": str(attempt.outcome),
        "http_status": attempt.http_status,
        "milliseconds": attempt.milliseconds,
        "pause": attempt.pause,
        "answer": digest(attempt.answer),
    }


def withdrawn(attempt: Attempt) -> Fact:
    """A request that was written down and never left; its row is gone."""
    return {"fact": "withdrawn", "attempt": attempt.pk}


def history(entry: HistoryEntry) -> Fact:
    return {
        "fact": "history",
        "entry": entry.pk,
        "status": entry.status,
        "at": moment(entry.at),
        "detail": entry.detail,
    }


def stamped(document: Document) -> Fact:
    """The authority's stamp, and the sealing that it is on."""
    return {
        "fact": "stamped",
        "stamp": document.received_stamp,
        "stamped_at": moment(document.stamped_at),
        "sealing": document.current_sealing_id,
        "observations": list(document.observations),
    }


def receipt(row: Receipt) -> Fact:
    """What the authority signed about it when it judged it."""
    return {"fact": "receipt", "receipt": row.pk, "at": moment(row.at), "content": digest(row.content)}


def refused(document: Document) -> Fact:
    return {"fact": "refused", "rejection": document.rejection}


def in_contingency(document: Document) -> Fact:
    return {
        "fact": "contingency",
        "reason": document.contingency_reason,
        "note": document.contingency_note,
        "since": moment(document.contingency_since),
    }


def reported(document: Document) -> Fact:
    """That its contingency event was accepted."""
    return {
        "fact": "reported",
        "stamp": document.event_stamp,
        "accepted_at": moment(document.event_accepted_at),
        "until": moment(document.documents_due),
    }


def invalidation(row: Invalidation) -> Fact:
    """The invalidation that was signed."""
    return {
        "fact": "invalidation",
        "invalidation": row.pk,
        "generation_code": row.generation_code,
        "kind": str(row.kind),
        "reason": row.reason,
        "at": moment(row.at),
        "payload": digest(row.payload),
        "signature": digest(row.signature),
        **({} if row.note_id is None else {"note": row.note_id}),
    }


def invalidation_settled(row: Invalidation) -> Fact:
    return {
        "fact": "invalidation_settled",
        "invalidation": row.pk,
        "status": str(row.status),
        "stamp": row.stamp,
        "stamped_at": moment(row.stamped_at),
        "rejection": row.rejection,
    }


def at_state(document: Document) -> list[Fact]:
    """What goes with the state that a document has just come into."""
    match State(document.state):
        case State.ACCEPTED:
            return [stamped(document)]
        case State.REJECTED:
            return [refused(document)]
        case State.CONTINGENCY:
            return [in_contingency(document)]
    return []


def stored(document: Document) -> list[Fact]:
    """Everything that the rows of a document tell now."""
    return list(_stored(document))


def _stored(document: Document) -> Iterator[Fact]:
    yield issued(document)
    for sealing in document.sealings.order_by("pk"):
        yield sealed(sealing)
    for row in document.invalidations.order_by("pk"):
        yield invalidation(row)
        if row.status != Invalidation.Status.TRANSMITTING:
            yield invalidation_settled(row)
    for attempt in document.exchange.order_by("pk"):
        yield started(attempt)
        if attempt.outcome != "started":
            yield finished(attempt)
    for paper in document.receipts.order_by("pk"):
        yield receipt(paper)
    for entry in document.history.order_by("pk"):
        yield history(entry)
    if document.rejection is not None:
        yield refused(document)
    if document.contingency_reason is not None:
        yield in_contingency(document)
    if document.event_accepted_at is not None:
        yield reported(document)
    if document.received_stamp:
        yield stamped(document)


def differences(name: str, told: Iterable[Mapping[str, Any]], now: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """How what is stored now differs from what the chain tells; nothing where they agree."""
    told, now = list(told), list(now)
    gone = {fact.get("attempt") for fact in told if fact.get("fact") == "withdrawn"}
    written = Counter(canonical(fact) for fact in told if fact.get("fact") in ONCE and not _is_gone(fact, gone))
    kept = Counter(canonical(fact) for fact in now if fact.get("fact") in ONCE)
    for text in written - kept:
        yield f"{name}: changed or removed since it was written down: {text}"
    for text in kept - written:
        yield f"{name}: stored and never written down so: {text}"
    for kind in LATEST:
        last = next((fact for fact in reversed(told) if fact.get("fact") == kind), None)
        present = next((fact for fact in now if fact.get("fact") == kind), None)
        # What concerns the contingency leaves the row again when a correction goes the normal way.
        if (last is None and present is None) or (present is None and kind == "contingency"):
            continue
        if last is None or present is None or canonical(last) != canonical(present):
            yield f"{name}: {kind} is not as it was written down"


def _is_gone(fact: Mapping[str, Any], gone: set[Any]) -> bool:
    return fact.get("fact") in ("started", "finished") and fact.get("attempt") in gone

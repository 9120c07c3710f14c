"""The one writer of a document's state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django_q.tasks import async_task

from documents import facts, selectors, states
from documents.models import Document, HistoryEntry, Notice
from documents.services import evidence
from documents.states import State
from hacienda.compiled import insert

_MARKS = frozenset({"uncertain", "event_due", "event_accepted_at", "event_stamp", "documents_due", "next_attempt_at"})
_CHUNK = 500
_CHUNK_OF_ROWS = 100  # a database takes only so many values in one statement
_REPORTED = (
    "generation_code",
    "merchant_id",
    "environment",
    "event_stamp",
    "event_accepted_at",
    "documents_due",
)
_ANNOUNCED = {
    State.ACCEPTED.value: Notice.Type.ACCEPTED,
    State.REJECTED.value: Notice.Type.REJECTED,
    State.CONTINGENCY.value: Notice.Type.CONTINGENCY,
    State.INVALIDATED.value: Notice.Type.INVALIDATED,
}


@dataclass(frozen=True, slots=True)
class Move:
    """Where a document is to go, what its history says of it, and the columns that are set with it."""

    document: Document
    state: State
    why: str = ""
    columns: Mapping[str, Any] = field(default_factory=dict)


def opening(document: Document, *, at: datetime, why: str = "") -> HistoryEntry:
    """The first entry of a document's history, written in the transaction that creates it."""
    entry = _tell(document, document.state, at, why)
    evidence.tell(document, *facts.at_state(document))
    _announce(document, at)
    if _wants_mail(document, State(document.state)):
        Document.objects.filter(pk=document.pk).update(notified_at=at)
        document.notified_at = at
        async_task("documents.tasks.mail_link", document.pk)
    return entry


def move(document: Document, state: State, *, at: datetime, why: str = "", **columns: object) -> bool:
    """Move `document` to `state` if it still is where it was read, and set `columns` with it.

    Returns whether this caller won; the loser's document is unchanged and should be read again. The history and
    the customer's one mail belong to the same transaction. Raises `IllegalMove` for a move not in the table.
    """
    old = State(document.state)
    states.check(old, state)
    changes: dict[str, object] = {"state": state.value, "changed_at": at, **columns}
    tell = _wants_mail(document, state)
    if tell:
        changes["notified_at"] = at
    with evidence.recording():
        if not Document.objects.filter(pk=document.pk, state=old.value).update(**changes):
            return False
        for name, value in changes.items():
            setattr(document, name, value)
        _tell(document, state, at, why)
        evidence.tell(document, *facts.at_state(document))
        _announce(document, at)
        if tell:
            async_task("documents.tasks.mail_link", document.pk)
    return True


def move_all(wanted: Sequence[Move], *, at: datetime) -> list[Document]:
    """`move` for many documents in a few statements; the documents that this caller won. One document once."""
    for one in wanted:
        states.check(State(one.document.state), one.state)
    if not wanted:
        return []
    keys = [one.document.pk for one in wanted]
    with evidence.recording():
        rows = Document.objects.select_for_update().filter(pk__in=keys).order_by("pk")
        stored = dict(rows.values_list("pk", "state"))
        won = [one for one in wanted if stored.get(one.document.pk) == one.document.state]
        _write_all(won, at)
        _tell_all(won, at)
        for one in won:
            if _wants_mail(one.document, one.state):
                Document.objects.filter(pk=one.document.pk).update(notified_at=at)
                one.document.notified_at = at
                async_task("documents.tasks.mail_link", one.document.pk)
    return [one.document for one in won]


def _write_all(won: Sequence[Move], at: datetime) -> None:
    """The columns of rows that are locked: what is the same for all at once, the rest by rows."""
    changes = [{"state": one.state.value, "changed_at": at, **one.columns} for one in won]
    for one, columns in zip(won, changes, strict=True):
        for name, value in columns.items():
            setattr(one.document, name, value)
    names = {name for columns in changes for name in columns}
    same = {name for name in names if _is_same(name, changes)}
    if same:
        keys = [one.document.pk for one in won]
        Document.objects.filter(pk__in=keys).update(**{name: changes[0][name] for name in same})
    by_names: dict[frozenset[str], list[Document]] = {}
    for one, columns in zip(won, changes, strict=True):
        by_names.setdefault(frozenset(columns.keys() - same), []).append(one.document)
    for own, documents in by_names.items():
        if own:
            Document.objects.bulk_update(documents, sorted(own), batch_size=_CHUNK_OF_ROWS)


def _is_same(name: str, changes: Sequence[Mapping[str, Any]]) -> bool:
    return all(name in columns and columns[name] == changes[0][name] for columns in changes)


def _tell_all(won: Sequence[Move], at: datetime) -> None:
    """The history of many documents and the notices about them."""
    entries = HistoryEntry.objects.bulk_create(
        [
            HistoryEntry(document_id=one.document.pk, status=one.state.value, at=at, detail=one.why[:500])
            for one in won
        ]
    )
    for one, entry in zip(won, entries, strict=True):
        one.document.lived += (entry,)
        evidence.tell(one.document, facts.history(entry), *facts.at_state(one.document))
    announced = [one.document for one in won if one.document.state in _ANNOUNCED]
    Notice.objects.bulk_create([notice(one, _ANNOUNCED[one.state], at) for one in announced])


def replace(document: Document, successor: Document, *, at: datetime, why: str) -> None:
    """Write down that another document has taken the place of one whose state stays as it is."""
    Document.objects.filter(pk=document.pk).update(replaced_by=successor)
    document.replaced_by = successor
    note(document, at=at, why=why)


def note(document: Document, *, at: datetime, why: str) -> None:
    """Write into the history something that happened without a change of state."""
    with evidence.recording():
        _tell(document, document.state, at, why)
        touch(document, at=at)


def _wants_mail(document: Document, state: State) -> bool:
    """Whether the customer is to get the one mail now."""
    return state in states.DELIVERABLE and bool(document.customer_email) and document.notified_at is None


def _announce(document: Document, at: datetime) -> None:
    """Tell programs that follow along what has become of the document."""
    if document.state in _ANNOUNCED:
        insert(notice(document, _ANNOUNCED[document.state], at))


def notice(document: Document, kind: Notice.Type, at: datetime, **more: object) -> Notice:
    """A notice to be stored; its `data` says in a few words what the document was then."""
    return Notice(
        merchant_id=document.merchant_id,
        environment=document.environment,
        type=kind,
        document=document,
        at=at,
        data={
            "id": document.public_id,
            "status": str(document.state),
            "generation_code": document.generation_code,
            "control_number": document.control_number,
            "external_id": document.external_id,
            "received_stamp": document.received_stamp or None,
            "url": selectors.page_url(document),
            **more,
        },
    )


def _tell(document: Document, status: str, at: datetime, why: str) -> HistoryEntry:
    entry = insert(HistoryEntry(document_id=document.pk, status=str(status), at=at, detail=why[:500]))
    evidence.tell(document, facts.history(entry))
    document.lived += (entry,)
    return entry


def mark(keys: Iterable[int], *, at: datetime, **columns: object) -> None:
    """Write what contingency has to show on documents (the keys are theirs): its report, its terms, its doubts.

    That the event was accepted is evidence of each of them.
    """
    unknown = columns.keys() - _MARKS
    if unknown:
        raise ValueError(f"not a mark of contingency: {', '.join(sorted(unknown))}")
    for chunk in batched(keys, _CHUNK):
        with evidence.recording():
            rows = Document.objects.filter(pk__in=chunk)
            rows.update(changed_at=at, **columns)
            if "event_accepted_at" in columns:
                for document in rows.only(*_REPORTED):
                    evidence.tell(document, facts.reported(document))


def batched(keys: Iterable[int], size: int) -> Iterator[list[int]]:
    """The keys in lists of at most `size`: a database takes only so many in one statement."""
    rest = iter(keys)
    while chunk := list(islice(rest, size)):
        yield chunk


def touch(document: Document, *, at: datetime) -> None:
    """Mark that something a reader can see has changed without a change of state."""
    Document.objects.filter(pk=document.pk).update(changed_at=at)
    document.changed_at = at

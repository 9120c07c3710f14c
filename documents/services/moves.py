"""The one writer of a document's state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from django.db import transaction
from django_q.tasks import async_task

from documents import selectors, states
from documents.models import Document, HistoryEntry, Notice
from documents.states import State
from hacienda.compiled import insert

_MARKS = frozenset({"uncertain", "event_due", "event_accepted_at", "event_stamp", "documents_due", "next_attempt_at"})
_CHUNK = 500
_ANNOUNCED = {
    State.ACCEPTED.value: Notice.Type.ACCEPTED,
    State.REJECTED.value: Notice.Type.REJECTED,
    State.CONTINGENCY.value: Notice.Type.CONTINGENCY,
    State.INVALIDATED.value: Notice.Type.INVALIDATED,
}


def opening(document: Document, *, at: datetime, why: str = "") -> HistoryEntry:
    """The first entry of a document's history, written in the transaction that creates it."""
    entry = _tell(document, document.state, at, why)
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
    with transaction.atomic(savepoint=False):
        if not Document.objects.filter(pk=document.pk, state=old.value).update(**changes):
            return False
        for name, value in changes.items():
            setattr(document, name, value)
        _tell(document, state, at, why)
        _announce(document, at)
        if tell:
            async_task("documents.tasks.mail_link", document.pk)
    return True


def replace(document: Document, successor: Document, *, at: datetime, why: str) -> None:
    """Write down that another document has taken the place of one whose state stays as it is."""
    Document.objects.filter(pk=document.pk).update(replaced_by=successor)
    document.replaced_by = successor
    note(document, at=at, why=why)


def note(document: Document, *, at: datetime, why: str) -> None:
    """Write into the history something that happened without a change of state."""
    _tell(document, document.state, at, why)
    touch(document, at=at)


def _wants_mail(document: Document, state: State) -> bool:
    """Whether the customer is to get the one mail now."""
    return state in states.DELIVERABLE and bool(document.customer_email) and document.notified_at is None


def warn(document: Document, deadline: str, until: datetime, *, at: datetime) -> None:
    """Announce that a term of the document is about to end."""
    _notice(document, Notice.Type.DEADLINE, at, deadline=deadline, until=until.isoformat(timespec="seconds"))


def _announce(document: Document, at: datetime) -> None:
    """Tell programs that follow along what has become of the document."""
    if document.state in _ANNOUNCED:
        _notice(document, _ANNOUNCED[document.state], at)


def _notice(document: Document, kind: Notice.Type, at: datetime, **more: str) -> None:
    """`data` says in a few words what the document was then."""
    notice = Notice(
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
            "url": selectors.links(document).page,
            **more,
        },
    )
    insert(notice)


def _tell(document: Document, status: str, at: datetime, why: str) -> HistoryEntry:
    entry = insert(HistoryEntry(document_id=document.pk, status=str(status), at=at, detail=why[:500]))
    document.lived += (entry,)
    return entry


def mark(keys: Iterable[int], *, at: datetime, **columns: object) -> None:
    """Write what contingency has to show on documents (the keys are theirs): its report, its terms, its doubts."""
    unknown = columns.keys() - _MARKS
    if unknown:
        raise ValueError(f"not a mark of contingency: {', '.join(sorted(unknown))}")
    for chunk in batched(keys, _CHUNK):
        Document.objects.filter(pk__in=chunk).update(changed_at=at, **columns)


def batched(keys: Iterable[int], size: int) -> Iterator[list[int]]:
    """The keys in lists of at most `size`: a database takes only so many in one statement."""
    rest = iter(keys)
    while chunk := list(islice(rest, size)):
        yield chunk


def touch(document: Document, *, at: datetime) -> None:
    """Mark that something a reader can see has changed without a change of state."""
    Document.objects.filter(pk=document.pk).update(changed_at=at)
    document.changed_at = at

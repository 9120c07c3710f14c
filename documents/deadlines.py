"""The legal clocks of documents: those that a document shows, and those that are to be announced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from documents import rejections
from documents.models import Document, Invalidation
from documents.services.announcing import Running, of_document
from documents.services.invalidable import issued
from documents.states import State
from hacienda.clocks import CLOCKS, Clock
from hacienda.registry import authority

# How long the end of a term is told of after it has passed, where that has to be looked for.
AFTERWARDS: Final = timedelta(days=2)
# No invalidation is possible longer than this after the stamp, whatever the type.
LONGEST_INVALIDATION: Final = timedelta(days=93)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A term of a document. `demand` is what the law wants of whoever is late: an English template."""

    clock: Clock
    until: datetime
    is_late: bool

    @property
    def name(self) -> str:
        return self.clock.name

    @property
    def demand(self) -> str:
        return self.clock.demand if self.is_late else ""


def of(document: Document, *, now: datetime) -> list[Deadline]:
    """What may or must still be done about the document, and until when."""
    rules = authority(document.merchant.country).rules
    return [Deadline(rules.clock(name), until, until <= now) for name, until in _terms(document)]


def _terms(document: Document) -> Iterator[tuple[str, datetime]]:
    match State(document.state):
        case State.ACCEPTED:
            until = _invalidable_until(document)
            if until is not None:
                yield "invalidation", until
        case State.CONTINGENCY:
            if document.event_accepted_at is None and document.event_due is not None:
                yield "contingency_event", document.event_due
            if document.documents_due is not None:
                yield "contingency_document", document.documents_due
        case State.REJECTED:
            until = rejections.correctable_until(document)
            if until is not None:
                yield "correction", until


def _invalidable_until(document: Document) -> datetime | None:
    stamped = issued(document, payload="")
    if stamped is None:
        return None
    return authority(document.merchant.country).invalidation_term(stamped).until


def corrections(now: datetime) -> Iterator[Running]:
    """Rejected documents that keep code and number if they are corrected soon."""
    rows = Document.objects.filter(state=State.REJECTED.value, changed_at__gte=now - timedelta(days=1) - AFTERWARDS)
    recent = rows.select_related("merchant").defer("content", "request")
    for document in recent.order_by("changed_at").iterator(chunk_size=500):
        until = rejections.correctable_until(document)
        if until is not None and until > now - AFTERWARDS:
            yield of_document(CLOCKS["correction"], document, until)


def invalidations(now: datetime) -> Iterator[Running]:
    """Stamped documents that somebody wants to invalidate and that are not invalidated yet.

    Of all others the term is shown and not announced: hardly any document is ever invalidated.
    """
    # From the few invalidations, and not from all that was ever stamped.
    recent = Invalidation.objects.filter(created_at__gte=now - LONGEST_INVALIDATION - AFTERWARDS)
    wanted = recent.exclude(status=Invalidation.Status.ACCEPTED).values("document")
    rows = Document.objects.filter(pk__in=wanted, state=State.ACCEPTED.value)
    for document in rows.select_related("merchant").defer("content", "request").order_by("pk").iterator(500):
        until = _invalidable_until(document)
        if until is not None and until > now - AFTERWARDS:
            yield of_document(CLOCKS["invalidation"], document, until)

"""Which documents of a run may go now, which must wait, and which cannot go in it at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from contingency.models import Batch, Event, EventDocument, Run, RunDocument
from contingency.services import line
from documents.models import Document, Sealing
from documents.services import moves
from documents.states import State
from hacienda.messages import gettext_noop
from hacienda.registry import authority

MOST_SENDINGS: Final = 10
EVENT_REFUSED = gettext_noop("Hacienda refused its contingency event.")
NO_OUTAGE = gettext_noop("It is not known when its outage began and ended.")
NOT_TAKEN = gettext_noop("Hacienda did not take it.")
REFERS_TO_UNSENT = gettext_noop("It refers to a document that was not sent.")


@dataclass(slots=True)
class Plan:
    """`ready` are keys of `RunDocument`, in the order of the documents; `left` those that cannot go, and why."""

    ready: list[int] = field(default_factory=list)
    left: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Entry:
    pk: int
    document: int
    code: str
    sealing: int | None
    sendings: int


def plan(run: Run, *, now: datetime) -> Plan:
    """What to do with the documents of the run that are neither settled nor in a batch."""
    made = Plan()
    for why, rows in ((EVENT_REFUSED, _in_refused_events(run)), (NO_OUTAGE, _without_outage(run))):
        made.left.update(dict.fromkeys(rows, why))
    reported = _free(run).filter(document__event_accepted_at__isnull=False, document__uncertain=False)
    # What is free to go again goes together, once no batch is left whose documents are still being asked about.
    again_at = run.batches.aggregate(last=Max("finished_at"))["last"] or now
    asking = run.batches.filter(state=Batch.State.SENT).exists()
    entries = []
    for row in reported.order_by("document_id").values_list(
        "pk", "document_id", "document__generation_code", "document__current_sealing_id", "sendings"
    ):
        entry = _Entry(*row)
        if entry.sendings >= MOST_SENDINGS:
            made.left[entry.pk] = NOT_TAKEN
        elif not entry.sendings or (not asking and now >= again_at + line.pause(entry.sendings - 1)):
            entries.append(entry)
    _by_reference(run, entries, made)
    return made


def _free(run: Run) -> QuerySet[RunDocument]:
    return run.entries.filter(
        outcome=RunDocument.Outcome.OPEN, batch__isnull=True, document__state=State.CONTINGENCY.value
    )


def _in_refused_events(run: Run) -> Iterable[int]:
    refused = EventDocument.objects.filter(
        document=OuterRef("document"), alive=True, event__state=Event.State.REJECTED
    )
    rows = _free(run).filter(Exists(refused), document__uncertain=False)
    return rows.values_list("pk", flat=True)


def _without_outage(run: Run) -> Iterable[int]:
    untold = Q(document__contingency_from__isnull=True) | Q(document__contingency_to__isnull=True)
    rows = _free(run).filter(untold, document__outage__isnull=True, document__event_accepted_at__isnull=True)
    return rows.values_list("pk", flat=True)


def _by_reference(run: Run, entries: list[_Entry], made: Plan) -> None:
    """A document that refers to another goes after it has been stamped, not beside it (Normativa 2.0, 9.2)."""
    mentioned = _mentioned(run, entries)
    on_their_way: set[str] = set()
    if mentioned:
        # Read first: what is stamped by another thread between the two reads is then found to be stamped. The other
        # way round it would be unstamped and on its way no more, and what refers to it would be left for nothing.
        rows = run.entries.filter(outcome=RunDocument.Outcome.OPEN).exclude(pk__in=made.left)
        on_their_way = set(rows.values_list("document__generation_code", flat=True))
    unstamped = set(_unstamped(run, {code for codes in mentioned.values() for code in codes}))
    for entry in entries:
        waits_for = mentioned.get(entry.document, frozenset()) & unstamped
        if not waits_for:
            made.ready.append(entry.pk)
        elif not waits_for & on_their_way:
            made.left[entry.pk] = REFERS_TO_UNSENT


def _mentioned(run: Run, entries: list[_Entry]) -> dict[int, frozenset[str]]:
    """The other documents that each one names, by generation code; only of those that name any."""
    law = authority(run.merchant.country)
    own = {entry.document: entry.code for entry in entries}
    found = {}
    for chunk in moves.batched((entry.sealing for entry in entries if entry.sealing), 500):
        for document, payload in Sealing.objects.filter(pk__in=chunk).values_list("document_id", "payload"):
            codes = law.codes_in(payload) - {own[document]}
            if codes:
                found[document] = codes
    return found


def _unstamped(run: Run, codes: Iterable[str]) -> Iterator[str]:
    """Those of the codes that are documents of the same merchant and still in contingency."""
    wanted = sorted(codes)
    documents = Document.objects.filter(
        merchant_id=run.merchant_id, environment=run.environment, state=State.CONTINGENCY.value
    )
    for start in range(0, len(wanted), 500):
        rows = documents.filter(generation_code__in=wanted[start : start + 500])
        yield from rows.values_list("generation_code", flat=True)

"""Which documents of a run may go now, which must wait, and which cannot go in it at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from contingency.models import Batch, Event, EventDocument, Run, RunDocument
from contingency.services import line
from documents.models import Document, Sealing
from documents.services import moves
from documents.states import State
from hacienda import policy
from hacienda.messages import gettext_noop
from hacienda.registry import authority

# So often a document goes in batches that Hacienda takes without judging it. While it takes none at all nothing is
# given up: that is an outage of this one service.
MOST_SENDINGS: Final = 10
EVENT_REFUSED = gettext_noop("Hacienda refused its contingency event.")
NO_OUTAGE = gettext_noop("It is not known when its outage began and ended.")
NOT_TAKEN = gettext_noop("Hacienda did not take it.")
REFERS_TO_UNSENT = gettext_noop("It refers to a document that was not sent.")


@dataclass(slots=True)
class Plan:
    """`ready` are keys of `RunDocument`, in the order of the documents; `left` those that cannot go, and why.

    `is_waiting`: the service for batches does not work, and what it did not take rests for a while.
    """

    ready: list[int] = field(default_factory=list)
    left: dict[int, str] = field(default_factory=dict)
    is_waiting: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    pk: int
    document: int
    code: str
    sealing: int | None
    sendings: int
    due_at: datetime | None


def plan(run: Run, *, now: datetime) -> Plan:
    """What to do with the documents of the run that are neither settled nor in a batch."""
    made = Plan()
    for why, rows in ((EVENT_REFUSED, _in_refused_events(run)), (NO_OUTAGE, _without_outage(run))):
        made.left.update(dict.fromkeys(rows, why))
    reported = _free(run).filter(document__event_accepted_at__isnull=False, document__uncertain=False)
    again = _Again(run, now)
    entries = []
    for row in reported.order_by("document_id").values_list(
        "pk",
        "document_id",
        "document__generation_code",
        "document__current_sealing_id",
        "sendings",
        "document__documents_due",
    ):
        entry = _Entry(*row)
        if not entry.sendings:
            entries.append(entry)
        elif again.is_given_up(entry):
            made.left[entry.pk] = NOT_TAKEN
        elif again.is_time(entry):
            entries.append(entry)
        else:
            made.is_waiting |= again.is_out
    _by_reference(run, entries, made)
    return made


class _Again:
    """When documents that are free to go again do so: together, once no batch is left that is still asked about.

    While the service for batches takes nothing, one batch goes ahead to try and the others wait for it.
    """

    def __init__(self, run: Run, now: datetime) -> None:
        last = run.batches.filter(finished_at__isnull=False).order_by("-finished_at", "-pk").first()
        self._now = now
        self._since = last.finished_at if last is not None and last.finished_at is not None else now
        self._trial = authority(run.merchant.country).rules.contingency.documents_per_batch
        self.is_out = last is not None and last.state == Batch.State.LOST
        held_up_by = Batch.ACTIVE if self.is_out else Q(state=Batch.State.SENT)
        self._asking = run.batches.filter(held_up_by).exists()
        # Of an outage of the service the one that tried most often knows most.
        self._most = (run.entries.aggregate(most=Max("sendings"))["most"] or 0) if self.is_out else 0

    def is_given_up(self, entry: _Entry) -> bool:
        is_late = entry.due_at is not None and entry.due_at <= self._now
        return entry.sendings >= MOST_SENDINGS and (is_late or not self.is_out)

    def is_time(self, entry: _Entry) -> bool:
        """Whether the document goes now; each that is told so counts."""
        if self._asking or self._now < self._since + _pause(max(entry.sendings, self._most)):
            return False
        if self.is_out:
            self._trial -= 1
        return self._trial >= 0


def _pause(sendings: int) -> timedelta:
    """After so many sendings: seconds first, then longer and longer, a quarter of an hour at most."""
    beyond = sendings - len(policy.BACKOFF)
    if beyond <= 0:
        return line.pause(sendings - 1)
    doubled: int = 2**beyond
    return min(policy.BACKOFF[-1] * doubled, policy.LONGEST_REST)


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

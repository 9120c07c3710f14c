"""Reading contingency: what waits, which legal clocks run, what was reported and sent. One merchant, one environment.

No question here costs a query per document: what waits is grouped by the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import reduce
from typing import Any

from django.db.models import Case, Count, IntegerField, Min, Q, QuerySet, Sum, Value, When
from django_q.models import Schedule

from accounts.models import Merchant
from contingency.models import Batch, Event, EventDocument, Run, RunDocument
from documents import selectors as documents
from documents.models import Document
from documents.states import State
from hacienda import availability
from hacienda.authority import Authority
from hacienda.models import Outage
from hacienda.registry import authority

EVENT, DOCUMENTS = "event", "documents"  # names of clocks
MONTH_END = "contingency: month end"  # the schedule's name
LATEST_EVENTS = 20
LATEST_RUNS = 5


@dataclass(frozen=True, slots=True)
class Establishment:
    """What waits in one establishment. Of the two terms each is the nearest one, None while it has not begun."""

    code: str
    name: str
    waiting: int
    amounts: Mapping[str, Decimal]  # by currency, the country's own first and always there
    oldest: datetime  # the earliest time of issue
    since: datetime | None  # when the first of them came into contingency
    uncertain: int
    event_due: datetime | None
    documents_due: datetime | None

    @property
    def amount(self) -> Decimal:
        """In the country's own currency."""
        return next(iter(self.amounts.values()))


@dataclass(frozen=True, slots=True)
class Clock:
    """A legal term that concerns waiting documents. `until` is None while the outage lasts: it has not begun.

    Where nothing is reported, documents that only the authority's own outage holds up have no other term.
    """

    name: str  # event, documents
    until: datetime | None
    waiting: int
    establishments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reported:
    """An event and how many documents stand in it."""

    event: Event
    documents: int


@dataclass(frozen=True, slots=True)
class Progress:
    """A run and how far it is. `left` are the remaining ones that this run gave up."""

    run: Run
    accepted: int
    rejected: int
    left: int

    @property
    def remaining(self) -> int:
        """The documents that Hacienda has not judged in this run."""
        return max(self.run.total - self.settled, 0)

    @property
    def settled(self) -> int:
        return self.accepted + self.rejected

    @property
    def is_over(self) -> bool:
        return self.run.state in (Run.State.DONE, Run.State.FAILED)


@dataclass(frozen=True, slots=True)
class Queue:
    """Everything that waits, by establishment, with its clocks, the nearest first."""

    establishments: tuple[Establishment, ...]
    clocks: tuple[Clock, ...]
    currency: str

    @property
    def waiting(self) -> int:
        return sum(one.waiting for one in self.establishments)

    @property
    def uncertain(self) -> int:
        return sum(one.uncertain for one in self.establishments)

    @property
    def amounts(self) -> dict[str, Decimal]:
        """By currency, the country's own first."""
        return reduce(_added_up, (one.amounts for one in self.establishments), {self.currency: Decimal(0)})

    @property
    def amount(self) -> Decimal:
        """In the country's own currency."""
        return self.amounts[self.currency]

    @property
    def oldest(self) -> datetime | None:
        return min((one.oldest for one in self.establishments), default=None)

    @property
    def since(self) -> datetime | None:
        return min((one.since for one in self.establishments if one.since), default=None)


@dataclass(frozen=True, slots=True)
class Board:
    """What the board and `GET /contingency` tell. `events`: unsettled ones first; `runs`: the newest first."""

    outage: Outage | None
    last_outage: Outage | None
    queue: Queue
    events: tuple[Reported, ...]
    runs: tuple[Progress, ...]
    next_run_at: datetime | None
    is_held: bool  # Hacienda refused the merchant's access: nothing is sent until a person acts


def board(merchant: Merchant, environment: str) -> Board:
    """The whole picture in nine queries, however many documents wait."""
    return Board(
        outage=availability.current(merchant.country, environment, merchant.tax_id),
        last_outage=availability.latest(merchant.country, environment, merchant.tax_id),
        queue=queue(merchant, environment),
        events=latest_events(merchant, environment),
        runs=tuple(measured(runs(merchant, environment)[:LATEST_RUNS])),
        next_run_at=next_run_at(),
        is_held=merchant.credentials.filter(environment=environment, refused_at__isnull=False).exists(),
    )


def next_run_at() -> datetime | None:
    """When the month's end sends next; None where that is not scheduled."""
    row = Schedule.objects.filter(name=MONTH_END).first()
    moment: datetime | None = row.next_run if row else None
    return moment


# --- What waits -------------------------------------------------------------------------------------------------
def waiting(merchant: Merchant, environment: str) -> QuerySet[Document]:
    """The documents in contingency."""
    return documents.documents(merchant, environment).filter(state=State.CONTINGENCY.value)


def queue(merchant: Merchant, environment: str) -> Queue:
    """What waits, grouped by the database into one row per establishment and term."""
    law = authority(merchant.country)
    currency = law.rules.currency
    rows = (
        waiting(merchant, environment)
        .order_by()
        .values(
            "establishment",
            "currency",
            "event_accepted_at",
            "event_due",
            "documents_due",
            "outage_id",
            "outage__ended_at",
            "contingency_to",
        )
        .annotate(
            count=Count("pk"),
            amount=Sum("total"),
            oldest=Min("issued_at"),
            since=Min("contingency_since"),
            doubts=Count("pk", filter=Q(uncertain=True)),
        )
    )
    names = {one.code: one.name for one in merchant.establishments.all()}
    places: dict[str, Establishment] = {}
    clocks: dict[tuple[str, datetime | None], Clock] = {}
    for row in rows:
        code = row["establishment"]
        name, until = _term(row, law)
        clocks[name, until] = _added(clocks.get((name, until)), name, until, row["count"], code)
        part = Establishment(
            code=code,
            name=names.get(code, ""),
            waiting=row["count"],
            amounts={currency: Decimal(0)} | {row["currency"] or currency: row["amount"]},
            oldest=row["oldest"],
            since=row["since"],
            uncertain=row["doubts"],
            event_due=until if name == EVENT else None,
            documents_due=until if name == DOCUMENTS else None,
        )
        places[code] = _together(places[code], part) if code in places else part
    return Queue(
        establishments=tuple(places[code] for code in sorted(places)),
        clocks=tuple(sorted(clocks.values(), key=_urgency)),
        currency=currency,
    )


def _term(row: Mapping[str, Any], law: Authority) -> tuple[str, datetime | None]:
    """The term that the documents of a row have next, and its end."""
    if row["event_accepted_at"] is not None:
        return DOCUMENTS, row["documents_due"]
    if law.rules.contingency.has_events:
        return EVENT, _event_due(row, law.rules.contingency.event_term)
    # Nothing is reported: an outage of the issuer's own has its term from the sale on.
    return DOCUMENTS, None if row["outage_id"] is not None else law.sending_due(row["oldest"])


def _event_due(row: Mapping[str, Any], term: timedelta | None) -> datetime | None:
    """Until when a document's event must be sent; None while what it reports is not over, or is not reported."""
    due: datetime | None = row["event_due"]
    if due is not None or term is None:
        return due
    # The event is about to be gathered: its term runs already.
    end: datetime | None = row["outage__ended_at"] if row["outage_id"] is not None else row["contingency_to"]
    return end + term if end is not None else None


def _added(clock: Clock | None, name: str, until: datetime | None, count: int, code: str) -> Clock:
    if clock is None:
        return Clock(name, until, count, (code,))
    codes = tuple(sorted({*clock.establishments, code}))
    return replace(clock, waiting=clock.waiting + count, establishments=codes)


def _urgency(clock: Clock) -> tuple[bool, float, str]:
    return clock.until is None, clock.until.timestamp() if clock.until else 0, clock.name


def _together(one: Establishment, other: Establishment) -> Establishment:
    return replace(
        one,
        waiting=one.waiting + other.waiting,
        amounts=_added_up(one.amounts, other.amounts),
        oldest=min(one.oldest, other.oldest),
        since=_first(one.since, other.since),
        uncertain=one.uncertain + other.uncertain,
        event_due=_first(one.event_due, other.event_due),
        documents_due=_first(one.documents_due, other.documents_due),
    )


def _added_up(one: Mapping[str, Decimal], other: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Two sums by currency as one."""
    return {name: one.get(name, Decimal(0)) + other.get(name, Decimal(0)) for name in {**one, **other}}


def _first(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


# --- Events -----------------------------------------------------------------------------------------------------
def events(merchant: Merchant, environment: str) -> QuerySet[Event]:
    """The merchant's events, without what was signed: pages and lists never show it."""
    mine = Event.objects.filter(merchant=merchant, environment=environment)
    return mine.select_related("merchant").defer("payload", "signature")


def latest_events(merchant: Merchant, environment: str) -> tuple[Reported, ...]:
    """Those that somebody may have to look at, then the newest of the accepted ones."""
    settled = Case(When(state=Event.State.ACCEPTED, then=Value(1)), default=Value(0), output_field=IntegerField())
    rows = events(merchant, environment).annotate(settled=settled).order_by("settled", "-pk")
    return _counted(rows[:LATEST_EVENTS], Q(alive=True))


def events_of(run: Run) -> tuple[Reported, ...]:
    """The events in which documents of a run stand, each with how many of them."""
    mine = events(run.merchant, run.environment)
    rows = mine.filter(entries__alive=True, entries__document__run_entries__run=run).distinct().order_by("pk")
    return _counted(rows, Q(alive=True, document__run_entries__run=run))


def _counted(rows: Iterable[Event], which: Q) -> tuple[Reported, ...]:
    found = list(rows)
    entries = EventDocument.objects.filter(which, event__in=found)
    counts = dict(entries.order_by().values_list("event").annotate(Count("pk")))
    return tuple(Reported(one, counts.get(one.pk, 0)) for one in found)


# --- Runs -------------------------------------------------------------------------------------------------------
def runs(merchant: Merchant, environment: str) -> QuerySet[Run]:
    """The merchant's runs, newest first."""
    mine = Run.objects.filter(merchant=merchant, environment=environment)
    return mine.select_related("started_by", "api_key", "merchant").order_by("-pk")


def measured(rows: Iterable[Run]) -> list[Progress]:
    """How far each run is: one query for all of them."""
    found = list(rows)
    entries = RunDocument.objects.filter(run__in=found).exclude(outcome=RunDocument.Outcome.OPEN).order_by()
    counts = {
        (run, outcome): count for run, outcome, count in entries.values_list("run", "outcome").annotate(Count("pk"))
    }
    outcomes = RunDocument.Outcome
    return [
        Progress(
            run=one,
            accepted=counts.get((one.pk, outcomes.ACCEPTED.value), 0),
            rejected=counts.get((one.pk, outcomes.REJECTED.value), 0),
            left=counts.get((one.pk, outcomes.LEFT.value), 0),
        )
        for one in found
    ]


def progress(run: Run) -> Progress:
    """How far one run is."""
    return measured([run])[0]


def beyond(run: Run) -> int:
    """How many documents wait that a run which is not over will not send."""
    held = RunDocument.objects.filter(run=run, outcome=RunDocument.Outcome.OPEN).values("document_id")
    return waiting(run.merchant, run.environment).exclude(pk__in=held).count()


def batches_of(run: Run) -> list[Batch]:
    """The batches of a run in the order in which they were made; none where each document goes by itself."""
    if not authority(run.merchant.country).rules.contingency.has_batches:
        return []
    return list(run.batches.order_by("pk"))


def documents_of(run: Run, outcome: str | None = None) -> QuerySet[RunDocument]:
    """A run's documents with what became of each, in the order in which they were issued."""
    entries = run.entries.select_related("document", "document__merchant", "batch").order_by("pk")
    entries = entries.defer("document__content", "document__observations")
    return entries if outcome is None else entries.filter(outcome=outcome)

"""What became of every number of a series. Runs of numbers with one fate are one line, however many they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Merchant
from documents import rejections
from documents.models import Decision, Document, NumberStart, Sequence
from documents.services.numbering import is_of_decisions
from documents.states import State
from hacienda.registry import authority

CHUNK: Final = 5000
LONGEST_PAGE: Final = 100_000  # numbers that are looked at for one page


class Fate(StrEnum):
    """What a number is explained by; the last two explain nothing."""

    ACCEPTED = "accepted"
    INVALIDATED = "invalidated"
    CONTINGENCY = "contingency"
    TRANSMITTING = "transmitting"
    CORRECTABLE = "correctable"  # rejected: a correction brings the number back until the term ends
    ABANDONED = "abandoned"  # rejected for good
    NOT_USED = "not_used"  # before the number that the series was set to start from
    MISSING = "missing"  # given out, and no document has it
    AHEAD = "ahead"  # a document has it, and it was never given out: it will be given out again


UNEXPLAINED: Final = frozenset({Fate.MISSING, Fate.AHEAD})
_FATES: Final = {
    State.ACCEPTED.value: Fate.ACCEPTED,
    State.INVALIDATED.value: Fate.INVALIDATED,
    State.CONTINGENCY.value: Fate.CONTINGENCY,
    State.TRANSMITTING.value: Fate.TRANSMITTING,
}
# What has numbers, and the column that says what became of it; and the column of its public name.
_TABLES: Final[tuple[tuple[type[Document | Decision], str], ...]] = ((Document, "state"), (Decision, "status"))
_NAME: Final = {Document: "public_id", Decision: "received__public_id"}
_REJECTED: Final = ("number", "public_id", "type_code", "version", "rejection", "replaced_by__public_id")


@dataclass(frozen=True, slots=True)
class Span:
    """The numbers `first` to `last`, both included, which have the same fate.

    `reason`: of what was abandoned `term_ended`, `replaced`, `refused` (the code or the number was), `spent` (no
    correction brings a number back there) or `message` (what was said about a received document), of what was
    not used `merchant` or `overlap`. `until`: of a correctable one, the end of its term. `document`: of what was
    rejected, whose lines are never joined; `replaced_by`: the one that took its place.
    """

    first: int
    last: int
    fate: Fate
    reason: str = ""
    until: datetime | None = None
    document: str = ""
    replaced_by: str = ""

    @property
    def count(self) -> int:
        return self.last - self.first + 1

    @property
    def is_unexplained(self) -> bool:
        return self.fate in UNEXPLAINED

    def goes_on(self, other: Span) -> bool:
        """Whether the other one is the same line going on."""
        return other == replace(self, first=self.last + 1, last=other.last)


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines of a ledger; `next` is the number after which the next page goes on, None at the end."""

    spans: list[Span]
    next: int | None


@dataclass(frozen=True, slots=True)
class Summary:
    """A series in figures. `states` counts its documents by state; `unexplained`: what nothing explains."""

    series: Sequence
    states: dict[str, int]
    unexplained: int

    @property
    def accepted(self) -> int:
        return self.states.get(State.ACCEPTED.value, 0) + self.states.get(State.INVALIDATED.value, 0)

    @property
    def rejected(self) -> int:
        return self.states.get(State.REJECTED.value, 0)

    @property
    def waiting(self) -> int:
        return self.states.get(State.TRANSMITTING.value, 0) + self.states.get(State.CONTINGENCY.value, 0)


# --- All series -------------------------------------------------------------------------------------------------
def series(merchant: Merchant, environment: str, *, year: int | None = None) -> QuerySet[Sequence]:
    """The merchant's series that have begun, the latest year first."""
    mine = Sequence.objects.filter(merchant=merchant, environment=environment)
    if year is not None:
        mine = mine.filter(year=year)
    return mine.select_related("merchant").prefetch_related("starts").order_by("-year", "scope")


def find(merchant: Merchant, environment: str, reference: str) -> Sequence | None:
    """The series that is called so: its scope and year, such as M001-2026."""
    scope, _dash, year = reference.rpartition("-")
    if not (year.isascii() and year.isdecimal() and 1 <= len(year) <= 4):
        return None
    return series(merchant, environment, year=int(year)).filter(scope=scope).first()


def summaries(merchant: Merchant, environment: str, *, year: int | None = None) -> list[Summary]:
    """Every series with its counts: three queries, however many documents there are."""
    return _summed(merchant, environment, series(merchant, environment, year=year), year)


def summary(row: Sequence) -> Summary:
    """One series with its counts."""
    mine = series(row.merchant, row.environment, year=row.year).filter(pk=row.pk)
    return _summed(row.merchant, row.environment, mine, row.year, row.scope)[0]


def _summed(
    merchant: Merchant, environment: str, rows: QuerySet[Sequence], year: int | None, scope: str | None = None
) -> list[Summary]:
    counts: dict[tuple[str, int], dict[str, int]] = {}
    for table, column in _TABLES:
        mine = table._default_manager.filter(merchant=merchant, environment=environment, number__isnull=False)
        if year is not None:
            mine = mine.filter(year=year)
        if scope is not None:
            mine = mine.filter(series=scope)
        for name, of, state, count in mine.order_by().values_list("series", "year", column).annotate(Count("pk")):
            counts.setdefault((name, of), {})[state] = count
    return [Summary(row, counts.get((row.scope, row.year), {}), unexplained(row)) for row in counted(rows)]


def counted(rows: QuerySet[Sequence], *, after: str | None = None) -> QuerySet[Sequence]:
    """The series with `used`, their documents up to the last number, and the first number `ahead` of it, if any.

    Of a series of decisions it is those. In one statement, so that what is issued meanwhile cannot look like a gap.
    `after` names the column from whose number on they are counted; None for all of them.
    """
    counts, ahead = [], []
    for table, _column in _TABLES:
        mine = table._default_manager.filter(
            merchant=OuterRef("merchant"),
            environment=OuterRef("environment"),
            series=OuterRef("scope"),
            year=OuterRef("year"),
        )
        begun = mine.filter(number__gt=OuterRef(after)) if after else mine
        used = begun.filter(number__lte=OuterRef("last")).order_by().values("series").annotate(used=Count("number"))
        counts.append(Coalesce(Subquery(used.values("used")), 0))
        # Not `Exists`: PostgreSQL may choose to answer that for all rows at once, and reads every document for it.
        ahead.append(Subquery(mine.filter(number__gt=OuterRef("last")).order_by("number").values("number")[:1]))
    # A series is of documents or of decisions, never of both.
    return rows.annotate(used=sum(counts[1:], counts[0]), ahead=Coalesce(*ahead))


def unexplained(row: Any, *, after: int = 0) -> int:
    """How many numbers behind `after` nothing explains, of a series that `counted` has read."""
    given: int = row.last - row.used - after
    idle = sum(max(min(end, row.last) - max(begin, after), 0) for begin, end in not_used(row))
    missing: int = max(given - idle, 0)
    return missing + int(row.ahead is not None)


def not_used(row: Sequence, *, why: str | None = None) -> list[tuple[int, int]]:
    """The numbers that were never to be used: after the first of each pair, up to the second."""
    found: list[tuple[int, int, str]] = []
    for start in sorted(row.starts.all(), key=lambda one: one.pk):
        # A start that was mended before it was used holds no longer.
        found = [(begin, min(end, start.after), told) for begin, end, told in found if begin < start.after]
        if start.number - 1 > start.after:
            found.append((start.after, start.number - 1, start.why))
    return [(begin, end) for begin, end, told in found if why is None or told == why]


# --- One series -------------------------------------------------------------------------------------------------
def spans(row: Sequence, *, now: datetime, after: int = 0, until: int | None = None) -> Iterator[Span]:
    """The ledger of the numbers behind `after`, up to `until`, in one query that is read as it comes."""
    last: int = Sequence.objects.values_list("last", flat=True).get(pk=row.pk)
    end = last if until is None else min(until, last)
    documents = _numbered(row).filter(number__gt=after).order_by("number")
    yield from joined(_filled(_runs(row, documents.filter(number__lte=end), now), row, after, end))
    if until is None or until >= last:
        # Number and row of the series are written together: at no moment can a document rightly be ahead of it.
        ahead = documents.filter(number__gt=Sequence.objects.filter(pk=row.pk).values("last")[:1])
        for number, document in ahead.values_list("number", _NAME[documents.model]):
            if number is not None:
                yield Span(number, number, Fate.AHEAD, document=document)


def page(row: Sequence, *, now: datetime, after: int = 0, limit: int) -> Page:
    """At most `limit` lines, over no more than `LONGEST_PAGE` documents: a line may go on on the next page."""
    beyond = _numbered(row).filter(number__gt=after).order_by("number").values_list("number", flat=True)
    until = next((number - 1 for number in beyond[LONGEST_PAGE : LONGEST_PAGE + 1] if number is not None), None)
    found: list[Span] = []
    for span in spans(row, now=now, after=after, until=until):
        if len(found) == limit:
            return Page(found, found[-1].last)
        found.append(span)
    return Page(found, until)


def _numbered(row: Sequence) -> QuerySet[Any]:
    """What has the numbers of a series: documents, or decisions about received ones."""
    table: type[Document | Decision] = Decision if is_of_decisions(row) else Document
    return table._default_manager.filter(
        merchant=row.merchant_id, environment=row.environment, series=row.scope, year=row.year
    )


def _runs(row: Sequence, numbered: QuerySet[Any], now: datetime) -> Iterator[Span]:
    return _of_decisions(numbered) if numbered.model is Decision else _of_documents(row.merchant, numbered, now)


def _of_decisions(decisions: QuerySet[Decision]) -> Iterator[Span]:
    """One by one: there are as many as a merchant has suppliers' documents. A refusal has used its number."""
    rows = decisions.values_list("number", "status", "received__public_id").iterator(chunk_size=CHUNK)
    for number, status, received in rows:
        if status == Decision.Status.REJECTED:
            yield Span(number, number, Fate.ABANDONED, reason="message", document=received)
        else:
            yield Span(number, number, _FATES[status])


def _of_documents(merchant: Merchant, documents: QuerySet[Document], now: datetime) -> Iterator[Span]:
    """Numbers of one state that follow each other; each rejected one by itself. Lean: it may see millions of rows."""
    refused = documents.filter(state=State.REJECTED.value)
    stories = {row[0]: row for row in refused.values_list(*_REJECTED)}
    first, last, state = 0, 0, ""
    rows: Iterator[Any] = documents.values_list("number", "state").iterator(chunk_size=CHUNK)
    for number, present in rows:
        if present == state and number == last + 1:
            last = number
            continue
        if state:
            yield Span(first, last, _FATES[state])
        first, last, state = number, number, present
        if present == State.REJECTED.value:
            # One that was rejected since the stories were read is read by itself; it may be corrected by then.
            story = stories.get(number) or refused.filter(number=number).values_list(*_REJECTED).first()
            state = State.TRANSMITTING.value if story is None else ""
            if story is not None:
                yield _rejected(merchant, story, now)
    if state:
        yield Span(first, last, _FATES[state])


def _rejected(merchant: Merchant, row: tuple[Any, ...], now: datetime) -> Span:
    number, public_id, type_code, version, rejection, replaced_by = row
    document = Document(
        merchant=merchant,
        type_code=type_code,
        version=version,
        state=State.REJECTED.value,
        rejection=rejection,
    )
    until = rejections.correctable_until(document)
    if replaced_by is None and until is not None and now < until:
        return Span(number, number, Fate.CORRECTABLE, until=until, document=public_id)
    # Where no correction brings a number back, nothing was refused about it, and no term has ended.
    refused = "refused" if authority(merchant.country).rules.correction_term else "spent"
    reason = "replaced" if replaced_by else refused if until is None else "term_ended"
    return Span(
        number, number, Fate.ABANDONED, reason=reason, until=until, document=public_id, replaced_by=replaced_by or ""
    )


def _filled(found: Iterator[Span], row: Sequence, after: int, last: int) -> Iterator[Span]:
    """The same with what no document has in between, up to the last number given out."""
    reached = after
    for span in found:
        yield from _between(row, reached, span.first - 1)
        yield span
        reached = span.last
    yield from _between(row, reached, last)


def _between(row: Sequence, after: int, last: int) -> Iterator[Span]:
    """The numbers behind `after` up to `last`, which no document has."""
    told = sorted((begin, end, why) for why in NumberStart.Why.values for begin, end in not_used(row, why=why))
    for begin, end, why in told:
        first, idle = max(begin, after), min(end, last)
        if first >= idle:
            continue
        if first > after:
            yield Span(after + 1, first, Fate.MISSING)
        yield Span(first + 1, idle, Fate.NOT_USED, reason=why)
        after = idle
    if after < last:
        yield Span(after + 1, last, Fate.MISSING)


def joined(found: Iterable[Span]) -> Iterator[Span]:
    """Neighbours with the same fate as one; what was rejected stays apart, for each has a story of its own."""
    line: Span | None = None
    for span in found:
        if line is not None and not line.document and line.goes_on(span):
            line = replace(line, last=span.last)
            continue
        if line is not None:
            yield line
        line = span
    if line is not None:
        yield line


# --- The daily count --------------------------------------------------------------------------------------------
def count(now: datetime) -> int:
    """Look at every number of every series, and note how far all of them are explained; how many series are not."""
    broken = 0
    for row in Sequence.objects.select_related("merchant").prefetch_related("starts").order_by("pk"):
        gap = next((span for span in spans(row, now=now) if span.is_unexplained), None)
        reached = row.last if gap is None else min(gap.first - 1, row.last)
        Sequence.objects.filter(pk=row.pk, last__gte=F("counted")).update(counted=reached)
        broken += gap is not None
    return broken

"""Writing the chains of evidence: what one transaction does to a document becomes one link of its chain.

Facts are gathered while the transaction runs and written at its end, in one statement for all chains that grow. Of
two writers of one chain the later one finds the place taken and continues what the first has written: the unique
constraint lets no chain fork.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Concat
from django.utils import timezone

from documents import chain, facts
from documents.chain import Link
from documents.models import Document, EvidenceLink, Queued

BEGINNINGS: Final = frozenset({"issued", "made"})  # facts with which a chain begins as early as what it is about
GATHERED: Final = "gathered"
_ROWS: Final = 100  # in one statement
_INTO: Final = (
    "INSERT INTO documents_evidencelink (chain, position, merchant_id, environment, at, body, digest) VALUES"
)
_PLACES: Final = "(%s, %s, %s, %s, %s, %s, %s)"
_UNLESS_TAKEN: Final = "ON CONFLICT (chain, position) DO NOTHING RETURNING chain"
End = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a chain is about: `row` is a document, or what belongs to contingency."""

    chain: str
    merchant_id: int
    environment: str
    row: Queued


@dataclass(slots=True)
class _Page:
    """What is to be written into one chain."""

    subject: Subject
    told: list[Mapping[str, Any]] = field(default_factory=list)


class _Pending(threading.local):
    """The facts of this thread's running transaction; None outside of one that records."""

    facts: list[tuple[Subject, Mapping[str, Any]]] | None = None


_pending = _Pending()


@contextmanager
def recording(*, savepoint: bool = False) -> Iterator[None]:
    """A transaction at whose end everything told in it is written, and nothing of it if it is undone.

    What is told in one inside another is written by the outer one. With a `savepoint` the inner one can be undone by
    itself; without, the outer one is undone with it.
    """
    if _pending.facts is not None:
        with _part(_pending.facts, savepoint):
            yield
        return
    _pending.facts = []
    try:
        with transaction.atomic():
            yield
            if not connection.needs_rollback:
                _write(_pending.facts)
    finally:
        _pending.facts = None


@contextmanager
def _part(told: list[tuple[Subject, Mapping[str, Any]]], savepoint: bool) -> Iterator[None]:
    before = len(told)
    try:
        with transaction.atomic(savepoint=savepoint):
            yield
            if connection.needs_rollback:
                del told[before:]
    except BaseException:
        del told[before:]
        raise


def tell(document: Document, *told: Mapping[str, Any]) -> None:
    """Write facts about a document into its chain, with the transaction that records."""
    subject = Subject(facts.chain_of(document), document.merchant_id, document.environment, document)
    tell_of(subject, *told)


def tell_of(subject: Subject, *told: Mapping[str, Any]) -> None:
    """The same of anything that has a chain."""
    if not told:
        return
    if _pending.facts is None:
        with recording():
            tell_of(subject, *told)
    else:
        _pending.facts.extend((subject, fact) for fact in told)


def with_end(documents: QuerySet[Document]) -> QuerySet[Document]:
    """The documents with the end of each one's chain, which saves reading it when they are written about."""
    name = Concat(Value(facts.DOCUMENT), OuterRef("generation_code"))
    last = EvidenceLink.objects.filter(chain=name).order_by("-position")
    return documents.annotate(
        end_position=Subquery(last.values("position")[:1]), end_digest=Subquery(last.values("digest")[:1])
    )


def end_read(document: Any) -> None:
    """Keep what `with_end` has read beside the row."""
    if document.end_position is not None:
        document.chain_end = (document.end_position, document.end_digest)


def gather(document: Document) -> bool:
    """Begin the chain of a document that is older than the chains, with what is stored; whether that was needed."""
    if EvidenceLink.objects.filter(chain=facts.chain_of(document)).exists():
        return False
    with recording():
        tell(document, _gathered())
    return True


def _gathered() -> dict[str, Any]:
    """What the first link of such a chain says before everything else."""
    return {"fact": GATHERED, "at": chain.moment(timezone.now())}


# --- Writing ----------------------------------------------------------------------------------------------------
def _write(told: Iterable[tuple[Subject, Mapping[str, Any]]]) -> None:
    pages: dict[str, _Page] = {}
    for subject, fact in told:
        pages.setdefault(subject.chain, _Page(subject)).told.append(fact)
    ends = {name: end for name, page in pages.items() if (end := page.subject.row.chain_end) is not None}
    while pages:
        ends |= _ends([name for name, page in pages.items() if name not in ends and not _begins(page)])
        at = timezone.now()
        links = [_next(page, ends.get(name), at) for name, page in pages.items()]
        written = _inserted([(pages[link.chain].subject, link) for link in links], at)
        for link in links:
            if link.chain in written:
                _remember(pages.pop(link.chain).subject.row, (link.position, link.digest))
        # Somebody else wrote first: what is left goes on after that.
        ends = _ends(list(pages))


def _begins(page: _Page) -> bool:
    return page.told[0].get("fact") in BEGINNINGS


def _next(page: _Page, end: End | None, at: datetime) -> Link:
    told = page.told
    document = page.subject.row
    if end is None and isinstance(document, Document) and not _begins(page):
        # Older than the chains: it begins with everything that its rows tell.
        new = {chain.canonical(fact) for fact in told}
        fresh = Document.objects.select_related("merchant").get(pk=document.pk)
        before = [fact for fact in facts.stored(fresh) if chain.canonical(fact) not in new]
        head = [told[0]] if told[0].get("fact") == GATHERED else [_gathered()]
        told = [*head, *before, *(fact for fact in told if fact.get("fact") != GATHERED)]
    return chain.link(page.subject.chain, told, at=at, after=end)


def _remember(row: Queued, end: End) -> None:
    """Once it is committed: a chain that was not written must not be continued."""
    row.chain_end = None
    transaction.on_commit(lambda: setattr(row, "chain_end", end))


def _ends(names: list[str]) -> dict[str, End]:
    """Where these chains end; those that have not begun are left out."""
    found: dict[str, End] = {}
    last = EvidenceLink.objects.filter(chain=OuterRef("chain")).order_by("-position").values("position")[:1]
    for start in range(0, len(names), _ROWS):
        rows = EvidenceLink.objects.filter(chain__in=names[start : start + _ROWS], position=Subquery(last))
        found |= {name: (position, end) for name, position, end in rows.values_list("chain", "position", "digest")}
    return found


def _inserted(rows: list[tuple[Subject, Link]], at: datetime) -> set[str]:
    """Insert the links; the chains in which the place was still free."""
    rows = sorted(rows, key=lambda row: row[1].chain)  # always in the same order, so that no two wait for each other
    free: set[str] = set()
    now = connection.ops.adapt_datetimefield_value(at)
    for start in range(0, len(rows), _ROWS):
        chunk = rows[start : start + _ROWS]
        values: list[str | int | datetime | None] = []
        for subject, link in chunk:
            values += [link.chain, link.position, subject.merchant_id, subject.environment]
            values += [now, link.body, link.digest]
        with connection.cursor() as cursor:
            cursor.execute(" ".join((_INTO, ", ".join([_PLACES] * len(chunk)), _UNLESS_TAKEN)), values)
            free |= {name for (name,) in cursor.fetchall()}
    return free

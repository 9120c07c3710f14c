"""What people type into a search, as conditions that an index answers, however many documents there are.

A part of the customer's name is looked for among the names (`CustomerName`), of which there are few; the documents
are then found by whole names. Numbers are found by their end or beginning, a tax id whole, a caller's reference by
its beginning: that is how they are read off a paper, and what an index can find. An index over every three letters of
a million documents (pg_trgm) would cost each of them while it is issued, knows nothing shorter, and is not there on
SQLite.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.models import Merchant
from documents.models import CustomerName, Document
from hacienda.catalogs import folded

# With more of either, going through the newest documents finds some of them soon.
MOST_NAMES = 300
MOST_DOCUMENTS = 5000
_LONGEST_NUMBER = 15
_LAST = "\U0010ffff"  # nothing sorts after it


def matching(q: str, *, merchant: Merchant, environment: str) -> Q:
    """The merchant's documents that somebody who types `q` may mean."""
    mine = Document.objects.filter(merchant=merchant, environment=environment).order_by()
    found: set[int] = set()
    # Found first and by their keys, each way by its own index: what a database guesses of such a condition together
    # with an order and a limit is often wrong, and a wrong guess reads everything.
    for way in _ways(q, merchant, environment):
        found.update(mine.filter(way).values_list("pk", flat=True)[: MOST_DOCUMENTS + 1])
        if len(found) > MOST_DOCUMENTS:
            return _common(q, merchant, environment)
    return Q(pk__in=found)


def _common(q: str, merchant: Merchant, environment: str) -> Q:
    """What many documents match, put so that no index fits: the newest are gone through until enough are found."""
    wanted = Q(external_id__istartswith=q) | Q(control_number__icontains=q) | Q(customer_tax_id__iexact=_bare(q))
    names = _names(q, merchant, environment)
    return wanted if names is None else wanted | _has_name(names)


def _ways(q: str, merchant: Merchant, environment: str) -> Iterator[Q]:
    """The conditions any one of which is enough, each for one index."""
    yield from _by_name(q, merchant, environment)
    yield from _beginnings("external_id", q)
    yield from _beginnings("control_number", q)
    yield Q(customer_tax_id=_bare(q)) & ~Q(customer_tax_id="")
    if q.startswith("doc_"):
        yield Q(public_id=q)
    if re.fullmatch(r"[0-9A-Za-z-]{20,60}", q, re.ASCII):
        yield Q(generation_code=q.upper())
    yield from _by_number(q)


def _bare(q: str) -> str:
    return q.replace("-", "").replace(" ", "") or q


def _names(q: str, merchant: Merchant, environment: str) -> QuerySet[CustomerName, str] | None:
    """The whole names that contain it, however they are accented; None where it holds no letter or figure."""
    part = folded(q)
    if not part:
        return None
    known = CustomerName.objects.filter(merchant=merchant, environment=environment, folded__contains=part)
    return known.values_list("name", flat=True)


def _has_name(names: QuerySet[CustomerName, str]) -> Q:
    """In their own words where they are few: a database plans better with what it sees."""
    few = list(names[: MOST_NAMES + 1])
    return Q(customer_name__in=few if len(few) <= MOST_NAMES else names) & ~Q(customer_name="")


def _by_name(q: str, merchant: Merchant, environment: str) -> Iterator[Q]:
    names = _names(q, merchant, environment)
    if names is not None:
        yield _has_name(names)


def _by_number(q: str) -> Iterator[Q]:
    """By the last digits of a control number, with what stands before them if that is given."""
    end = re.search(rf"(?<!\d)\d{{1,{_LONGEST_NUMBER}}}\Z", q, re.ASCII)
    if end is not None:
        found = Q(number=int(end[0]))
        yield found if end[0] == q else found & Q(control_number__icontains=q)


def _beginnings(column: str, text: str) -> Iterator[Q]:
    """As it is typed, or all in capital or in small letters."""
    for one in sorted({text, text.upper(), text.lower()}):
        if connection.vendor == "sqlite":  # its LIKE is of no case and so of no use to an index
            yield Q(**{f"{column}__gte": one, f"{column}__lt": one + _LAST})
        else:
            yield Q(**{f"{column}__startswith": one})

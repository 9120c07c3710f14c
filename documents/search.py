"""What people type into a search, as conditions that an index answers, however many documents there are.

A part of the customer's name is looked for among the names (`CustomerName`), of which there are few; the documents
are then found by whole names. Numbers are found by their end, a tax id whole, a caller's reference by its beginning:
that is how they are read off a paper, and what an index can find. An index over every three letters of a million
documents (pg_trgm) would cost each of them while it is issued, knows nothing shorter, and is not there on SQLite.
"""

from __future__ import annotations

import re

from django.db import connection
from django.db.models import Q

from accounts.models import Merchant
from documents.models import CustomerName
from hacienda.catalogs import folded

MOST_NAMES = 300  # with more of them, going through the newest documents finds some sooner
_LONGEST_NUMBER = 15
_LAST = "\U0010ffff"  # nothing sorts after it


def matching(q: str, *, merchant: Merchant, environment: str) -> Q:
    """The merchant's documents that somebody who types `q` may mean."""
    wanted = _by_name(q, merchant, environment) | _begins("external_id", q)
    bare = q.replace("-", "").replace(" ", "")
    wanted |= Q(customer_tax_id=bare) & ~Q(customer_tax_id="")
    if q.startswith("doc_"):
        wanted |= Q(public_id=q)
    if re.fullmatch(r"[0-9A-Za-z-]{20,60}", q, re.ASCII):
        # With the environment, which is beside it in the index.
        wanted |= Q(generation_code=q.upper(), environment=environment)
    return wanted | _by_number(q)


def _by_name(q: str, merchant: Merchant, environment: str) -> Q:
    part = folded(q)
    if not part:
        return Q(pk__in=())
    known = CustomerName.objects.filter(merchant=merchant, environment=environment, folded__contains=part)
    names = list(known.values_list("name", flat=True)[: MOST_NAMES + 1])
    if len(names) > MOST_NAMES:
        return Q(customer_name__icontains=q)
    return Q(customer_name__in=names) & ~Q(customer_name="")


def _by_number(q: str) -> Q:
    """By the last digits of a control number, with what stands before them if that is given."""
    end = re.search(rf"\d{{1,{_LONGEST_NUMBER}}}\Z", q, re.ASCII)
    if end is None:
        return Q(pk__in=())
    found = Q(number=int(end[0]))
    return found if end[0] == q else found & Q(control_number__icontains=q)


def _begins(column: str, text: str) -> Q:
    """As it is typed, or all in capital or in small letters."""
    found = Q()
    for one in {text, text.upper(), text.lower()}:
        if connection.vendor == "sqlite":  # its LIKE is of no case and so of no use to an index
            found |= Q(**{f"{column}__gte": one, f"{column}__lt": one + _LAST})
        else:
            found |= Q(**{f"{column}__startswith": one})
    return found

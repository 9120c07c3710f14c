"""Reading: every question starts from one merchant in one environment, so nobody sees anybody else's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Prefetch, Q, QuerySet

from accounts.models import Merchant
from documents import cursors
from documents.cursors import BadCursor as BadCursor
from documents.models import Document, HistoryEntry, Invalidation
from documents.states import DELIVERABLE
from hacienda.registry import authority
from hacienda.values import Sealed


@dataclass(frozen=True, slots=True)
class Links:
    """The public addresses of a document; they never change."""

    page: str
    pdf: str
    json: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some documents, newest first, and cursors to the ones after and before; None at an end."""

    results: list[Document]
    next: str | None
    previous: str | None


def documents(merchant: Merchant, environment: str) -> QuerySet[Document]:
    """This merchant's documents in this environment."""
    mine = Document.objects.filter(merchant=merchant, environment=environment)
    return mine.select_related("merchant").defer("request")  # long, and of use only where it is corrected


def with_story(queryset: QuerySet[Document]) -> QuerySet[Document]:
    """The same with what the API shows beside the row: history and invalidations, without a query each."""
    rows = queryset.select_related("merchant", "replaced_by").defer("request", "replaced_by__request")
    return rows.prefetch_related(
        Prefetch("history", HistoryEntry.objects.order_by("id")),
        Prefetch("invalidations", Invalidation.objects.select_related("replacement").order_by("id")),
    )


def find(queryset: QuerySet[Document], reference: str) -> Document | None:
    """The document with this id or generation code."""
    if re.fullmatch(r"doc_[0-9a-f]{24}", reference, re.ASCII):
        return queryset.filter(public_id=reference).first()
    if re.fullmatch(r"[0-9A-Za-z-]{1,60}", reference, re.ASCII):
        return queryset.filter(generation_code=reference.upper()).first()
    return None


def search(
    queryset: QuerySet[Document],
    *,
    status: str | None = None,
    type_code: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    q: str | None = None,
    external_id: str | None = None,
) -> QuerySet[Document]:
    """Narrow down; `start` and `end` bound the time of issue, `end` excluded. `q` looks at names and numbers."""
    if status:
        queryset = queryset.filter(state=status)
    if type_code:
        queryset = queryset.filter(type_code=type_code)
    if start:
        queryset = queryset.filter(issued_at__gte=start)
    if end:
        queryset = queryset.filter(issued_at__lt=end)
    if external_id:
        queryset = queryset.filter(external_id=external_id)
    if q := (q or "").strip():
        queryset = queryset.filter(_matching(q))
    return queryset


def _matching(q: str) -> Q:
    wanted = Q(customer_name__icontains=q) | Q(control_number__icontains=q) | Q(external_id__icontains=q)
    if digits := re.sub(r"\D", "", q):
        wanted |= Q(customer_tax_id=digits)
    return wanted | Q(generation_code=q.upper()) | Q(public_id=q)


def page(queryset: QuerySet[Document], *, cursor: str | None, limit: int) -> Page:
    """One page by key, newest first: as fast on the thousandth page as on the first. Raises `BadCursor`."""
    direction, key = cursors.read(cursor)
    if direction == "p":
        rows = list(queryset.filter(pk__gt=key).order_by("pk")[: limit + 1])
        more_before, more_after = len(rows) > limit, True
        rows = rows[:limit][::-1]
    else:
        rows = list((queryset.filter(pk__lt=key) if key else queryset).order_by("-pk")[: limit + 1])
        more_before, more_after = bool(key), len(rows) > limit
        rows = rows[:limit]
    if not rows:
        return Page([], None, None)
    return Page(
        rows,
        next=cursors.write("n", rows[-1].pk) if more_after else None,
        previous=cursors.write("p", rows[0].pk) if more_before else None,
    )


def links(document: Document) -> Links:
    base = f"{settings.PUBLIC_URL}/d/{document.token}"
    return Links(page=base, pdf=f"{base}.pdf", json=f"{base}.json")


def delivered_json(document: Document) -> str | None:
    """The file that the customer receives, as it is now; None while there is nothing legal to hand out."""
    if document.state not in DELIVERABLE or document.current_sealing is None:
        return None
    sealed = Sealed(document.current_sealing.payload, document.current_sealing.signature)
    return authority(document.merchant.country).delivered(sealed, document.received_stamp or None)

"""Reading: every question starts from one merchant in one environment, so nobody sees anybody else's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.models import Prefetch, QuerySet

from accounts.models import Merchant
from documents import cursors
from documents.cursors import BadCursor as BadCursor
from documents.models import Document, HistoryEntry, Invalidation
from documents.search import MOST_DOCUMENTS, matching
from documents.states import ANSWERED, DELIVERABLE
from hacienda.registry import authority
from hacienda.values import Sealed

BY_KEY = ("-pk",)
BY_ISSUE = ("-issued_at", "-pk")


@dataclass(frozen=True, slots=True)
class Links:
    """The public addresses of a document; they never change.

    `xml` is None where documents are not XML, `receipt` while the authority has signed nothing to be handed over.
    """

    page: str
    pdf: str
    json: str
    xml: str | None
    receipt: str | None


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
        Prefetch("invalidations", Invalidation.objects.select_related("note", "replacement").order_by("id")),
    )


def find(queryset: QuerySet[Document], reference: str) -> Document | None:
    """The document with this id or generation code."""
    if re.fullmatch(r"doc_[0-9a-f]{24}", reference, re.ASCII):
        return queryset.filter(public_id=reference).first()
    if re.fullmatch(r"[0-9A-Za-z-]{1,60}", reference, re.ASCII):
        return queryset.filter(generation_code=reference.upper()).first()
    return None


def search(
    merchant: Merchant,
    environment: str,
    *,
    status: str | None = None,
    type_code: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    q: str | None = None,
    external_id: str | None = None,
) -> QuerySet[Document]:
    """The merchant's documents, narrowed down, newest first; `q` is what somebody typed, see `documents.search`.

    `start` and `end` bound the time of issue, `end` excluded; the order is then that of the issue, so that a month of
    long ago is where its documents begin and not behind everything that came after it.
    """
    queryset = documents(merchant, environment)
    if status:
        queryset = queryset.filter(state=status)
    if type_code:
        queryset = queryset.filter(type_code=type_code)
    if (start or end) and (status or type_code) and connection.vendor == "sqlite":
        queryset = _by_keys_if_few(queryset)
    if start:
        queryset = queryset.filter(issued_at__gte=start)
    if end:
        queryset = queryset.filter(issued_at__lt=end)
    if external_id:
        queryset = queryset.filter(external_id=external_id)
    if q := (q or "").strip():
        queryset = queryset.filter(matching(q, merchant=merchant, environment=environment))
    return queryset.order_by(*(BY_ISSUE if start or end else BY_KEY))


def _by_keys_if_few(queryset: QuerySet[Document]) -> QuerySet[Document]:
    """The same, by keys where there are few: SQLite does not know which states and types are rare, and would look for
    one of them through all the days asked for."""
    keys = list(queryset.order_by().values_list("pk", flat=True)[: MOST_DOCUMENTS + 1])
    return queryset if len(keys) > MOST_DOCUMENTS else queryset.filter(pk__in=keys)


def page(queryset: QuerySet[Document], *, cursor: str | None, limit: int) -> Page:
    """One page of what `search` found: as fast on the thousandth page as on the first. Raises `BadCursor`."""
    place = cursors.read_place(cursor)
    is_dated = queryset.query.order_by == BY_ISSUE
    if place.key and is_dated != (place.moment is not None):
        raise BadCursor(cursor)  # of another question
    rows = list((_beyond(queryset, place) if place.key else queryset)[: limit + 1])
    more = len(rows) > limit
    rows = rows[:limit]
    if not rows:
        return Page([], None, None)
    more_before, more_after = bool(place.key), more
    if place.direction == "p":
        rows.reverse()
        more_before, more_after = more, True

    def mark(direction: str, row: Document) -> str:
        return cursors.write(direction, row.pk, row.issued_at if is_dated else None)

    return Page(
        rows,
        next=mark("n", rows[-1]) if more_after else None,
        previous=mark("p", rows[0]) if more_before else None,
    )


def _beyond(queryset: QuerySet[Document], place: cursors.Place) -> QuerySet[Document]:
    """What follows after the place, or precedes it; then nearest first."""
    key, moment = place.key, place.moment
    if place.direction == "n":
        if moment is None:
            return queryset.filter(pk__lt=key)
        return queryset.filter(issued_at__lte=moment).exclude(issued_at=moment, pk__gte=key)
    if moment is None:
        return queryset.filter(pk__gt=key).order_by("pk")
    later = queryset.filter(issued_at__gte=moment).exclude(issued_at=moment, pk__lte=key)
    return later.order_by("issued_at", "pk")


def page_url(document: Document) -> str:
    """Where anybody who holds the link sees the document."""
    return f"{settings.PUBLIC_URL}/d/{document.token}"


def links(document: Document) -> Links:
    base = page_url(document)
    has_xml = authority(document.merchant.country).rules.xml_files is not None
    has_receipt = has_xml and document.state in ANSWERED and bool(document.received_stamp)
    return Links(
        page=base,
        pdf=f"{base}.pdf",
        json=f"{base}.json",
        xml=f"{base}.xml" if has_xml else None,
        receipt=f"{base}.receipt.xml" if has_receipt else None,
    )


def delivered_json(document: Document) -> str | None:
    """The file that the customer receives, as it is now; None while there is nothing legal to hand out."""
    if document.state not in DELIVERABLE or document.current_sealing is None:
        return None
    sealed = Sealed(document.current_sealing.payload, document.current_sealing.signature)
    law = authority(document.merchant.country)
    signed = receipt(document) if law.rules.xml_files else ""
    return law.delivered(sealed, document.received_stamp or None, signed)


def delivered_xml(document: Document) -> str | None:
    """The same where documents are XML: what was signed, to the byte; None where they are not."""
    if document.state not in DELIVERABLE or document.current_sealing is None:
        return None
    sealed = Sealed(document.current_sealing.payload, document.current_sealing.signature)
    return authority(document.merchant.country).xml(sealed)


def receipt(document: Document) -> str:
    """What the authority signed about the document, as it judged it last; empty where it signs nothing."""
    row = document.receipts.order_by("-pk").first()
    return row.content if row is not None else ""

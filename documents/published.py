"""Reading what stands behind a public link: nobody is asked who they are, the token is the key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Subquery

from documents import selectors
from documents.models import Document, Invalidation, Receipt
from documents.presentation import Contents, Other, Presentation, Revocation, contents, present
from documents.states import State
from hacienda.authority import Authority
from hacienda.registry import authority
from hacienda.values import Environment


@dataclass(frozen=True, slots=True)
class Mark:
    """Everything that can change what a link shows, in one row: the ground of its ETag."""

    document_id: int
    changed_at: datetime
    state: str
    sealing_id: int
    invalidation_id: int | None
    invalidation_status: str | None
    country: str
    receipt_id: int | None


def mark(token: str) -> Mark | None:
    """The present mark of a token, in one query; None if there is no sealed document behind it."""
    alive = Invalidation.objects.filter(document=OuterRef("pk")).exclude(status=Invalidation.Status.REJECTED)
    receipts = Receipt.objects.filter(document=OuterRef("pk")).order_by("-pk")
    row = (
        Document.objects.filter(token=token, current_sealing__isnull=False)
        .annotate(
            alive_id=Subquery(alive.values("pk")[:1]),
            alive_status=Subquery(alive.values("status")[:1]),
            receipt_id=Subquery(receipts.values("pk")[:1]),
        )
        .values_list(
            "pk",
            "changed_at",
            "state",
            "current_sealing_id",
            "alive_id",
            "alive_status",
            "merchant__country",
            "receipt_id",
        )
        .first()
    )
    return Mark(*row) if row else None


def document(document_id: int) -> Document:
    """The row with its merchant and what was signed, without what only the API shows."""
    rows = Document.objects.select_related("merchant", "current_sealing")
    return rows.defer("content", "observations", "rejection", "request").get(pk=document_id)


def said(document: Document) -> Contents | None:
    """What `document` lists and comes to, as it is signed, in the active language; None for one never sealed."""
    if document.current_sealing is None:
        return None
    return said_in(document.current_sealing.payload, document.merchant.country, document.environment)


def said_in(payload: str, country: str, environment: str) -> Contents:
    """The same of any document of a country: a supplier's, too."""
    return contents(authority(country).read(payload, Environment(environment)))


def presentation(document: Document) -> Presentation:
    """What `document` says now, in the active language; `LookupError` for one that was never sealed."""
    if document.current_sealing is None:
        raise LookupError("nothing was sealed")
    country = authority(document.merchant.country)
    readable = country.read(document.current_sealing.payload, Environment(document.environment))
    invalidation = _alive_invalidation(document)
    is_accepted = invalidation is not None and invalidation.status == Invalidation.Status.ACCEPTED
    return present(
        readable,
        state=State(document.state),
        zone=country.rules.zone,
        query_url=country.public_query_url(
            Environment(document.environment),
            document.generation_code,
            readable.issued_at.astimezone(country.rules.zone).date(),
        ),
        page_url=selectors.page_url(document),
        stamp=document.received_stamp,
        stamped_at=document.stamped_at,
        gives_stamp=country.rules.xml_files is None,
        revocation=_revocation(invalidation) if invalidation and is_accepted else None,
        is_revocation_pending=invalidation is not None and not is_accepted,
        takes_back=_taken_back(document, country),
    )


def _alive_invalidation(document: Document) -> Invalidation | None:
    rows = document.invalidations.exclude(status=Invalidation.Status.REJECTED)
    return rows.select_related("note", "replacement").defer("payload", "signature").first()


def _revocation(invalidation: Invalidation) -> Revocation:
    """Of an event the time and the stamp are its own; a note counts from when it was accepted, under its number."""
    note, replacement = invalidation.note, invalidation.replacement
    return Revocation(
        at=invalidation.at if note is None else invalidation.stamped_at or invalidation.at,
        kind=invalidation.get_kind_display(),
        reason=invalidation.reason,
        stamp=invalidation.stamp if note is None else "",
        replacement=_other(replacement) if replacement else None,
        note=_other(note) if note else None,
    )


def _taken_back(document: Document, country: Authority) -> Other | None:
    """What a note was made for; no question asked of documents that can be none."""
    if document.type_code != country.rules.voided_by:
        return None
    row = document.voids.select_related("document").defer("payload", "signature").first()
    return None if row is None else _other(row.document)


def _other(document: Document) -> Other:
    return Other(document.control_number, selectors.page_url(document))

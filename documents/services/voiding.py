"""Invalidating by a document: in some countries nothing is cancelled, another document takes the first one back.

The note is a document like any other: it is numbered, sealed and sent, and waits out an outage. Only once it is
accepted is the first one void (`voided`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from accounts.audit import Action, Actor, record
from documents import facts
from documents.models import Document, Invalidation
from documents.services import evidence, moves
from documents.services.errands import SendDocument
from documents.services.invalidable import Invalidating, refuse_if_impossible
from documents.services.issue import issue
from hacienda.drafts import Draft
from hacienda.values import Invalid, Path


def void(
    *,
    document: Document,
    draft: Draft,
    kind: str,
    reason: str | None,
    replacement: Document | None,
    by: Actor,
    now: datetime,
) -> Invalidating:
    """Issue the note that takes `document` back; `draft` is it. Nothing is sent yet.

    Raises what issuing raises, with paths into the wish and not into the note, and `Conflict` where the state of the
    document does not allow it any more.
    """
    found: list[Invalidation] = []

    def along(note: Document) -> None:
        # Whoever adjusts the document holds the same row: it is done and seen here, or it comes after.
        refuse_if_impossible(Document.objects.select_for_update().get(pk=document.pk), but=note)
        found.append(_kept(document, note, kind, reason, replacement, by, now))

    try:
        issued = issue(
            merchant=document.merchant,
            environment=document.environment,
            draft=draft,
            api_key=by.api_key,
            establishment=document.establishment,
            point_of_sale=document.point_of_sale,
            along=along,
            now=now,
        )
    except Invalid as error:
        # Another one may have taken it back meanwhile, and left nothing for this note.
        refuse_if_impossible(Document.objects.get(pk=document.pk))
        raise Invalid(tuple(replace(fault, path=_wished(fault.path)) for fault in error.faults)) from None
    return Invalidating(found[-1], SendDocument(issued.document), issued.owner, issued.first)


def _kept(
    document: Document,
    note: Document,
    kind: str,
    reason: str | None,
    replacement: Document | None,
    by: Actor,
    now: datetime,
) -> Invalidation:
    """The wish as a row, and in evidence and audit log; part of the transaction that makes the note."""
    invalidation = Invalidation.objects.create(
        document=document,
        note=note,
        kind=kind,
        reason=reason or "",
        replacement=replacement,
        requested_by={},
        responsible={},
        generation_code=note.generation_code,
        payload="",
        signature="",
        at=now,
        created_at=now,
    )
    evidence.tell(document, facts.invalidation(invalidation))
    moves.touch(document, at=now)
    record(
        Action.INVALIDATION_ASKED,
        by=by,
        merchant=document.merchant,
        environment=document.environment,
        subject=document.public_id,
        number=str(document),
        kind=kind,
        note=note.public_id,
    )
    return invalidation


def _wished(path: Path) -> Path:
    """Where in the wish something wrong with the note stands: all but its reason follows from the document."""
    if path[:1] == ("related",) and path[-1] == "reason":
        return ("reason",)
    return () if path[:1] in (("related",), ("items",), ("customer",), ("payment",)) else path

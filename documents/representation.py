"""A document as the API shows it, wherever it is shown: answers, errors, lists."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext

from documents import deadlines, rejections, selectors
from documents.models import Document, Invalidation
from documents.rejections import Diagnosis
from hacienda.authority import ContingencyRules
from hacienda.registry import authority


def represent(document: Document, *, is_new: bool = False) -> dict[str, Any]:
    """The document in the contract's form. Reads its history and invalidations: prefetch them for lists.

    `is_new`: this very object was issued a moment ago, so it knows its history and cannot be invalidated.
    """
    law = authority(document.merchant.country)
    links = selectors.links(document)
    invalidation = None if is_new else _latest(document)
    return {
        "id": document.public_id,
        "type": law.rules.type_name(document.type_code),
        "type_code": document.type_code,
        "status": document.state,
        "environment": document.environment,
        "generation_code": document.generation_code,
        "control_number": document.control_number or None,
        "received_stamp": document.received_stamp or None,
        "stamped_at": _local(document.stamped_at, document),
        "issued_at": _local(document.issued_at, document),
        "customer": document.content["customer"],
        "items": document.content["items"],
        "totals": document.content["totals"],
        "url": links.page,
        "pdf_url": links.pdf,
        "json_url": links.json,
        "xml_url": links.xml,
        "receipt_url": links.receipt,
        "contingency": _contingency(document),
        "invalidation": invalidation and _invalidation(invalidation),
        "invalidation_rejection": None if is_new else _refused_invalidation(document),
        "rejection": _rejection(document),
        "replaced_by": document.replaced_by.public_id if document.replaced_by else None,
        "observations": document.observations,
        "external_id": document.external_id,
        "deadlines": _deadlines(document),
        "history": [
            {
                "status": entry.status,
                "at": _local(entry.at, document),
                "detail": gettext(entry.detail) if entry.detail else "",
            }
            for entry in (document.lived if is_new else document.history.all())
        ],
    }


def _local(moment: datetime | None, document: Document) -> str | None:
    """ISO 8601 in the country's own time, to the second."""
    if moment is None:
        return None
    zone = authority(document.merchant.country).rules.zone
    return moment.astimezone(zone).isoformat(timespec="seconds")


def _rejection(document: Document) -> dict[str, Any] | None:
    """The refusal and its remedy; null for a document that is not rejected, or not any more."""
    found = rejections.diagnosis(document)
    if found is None or document.rejection is None:
        return None
    until = _local(found.correctable_until, document)
    return _explained(document.rejection, found, document) | {"correctable_until": until}


def _explained(stored: dict[str, Any], found: Diagnosis, document: Document) -> dict[str, Any]:
    """The authority's own words, and what they mean."""
    return {
        "code": stored["code"],
        "message": stored["message"],
        "observations": stored.get("observations") or [],
        "at": _local(datetime.fromisoformat(stored["at"]), document),
        "errors": stored.get("errors") or [],
        "cause": found.cause,
        "remedy": found.remedy,
        "who": found.who.value,
    }


def _refused_invalidation(document: Document) -> dict[str, Any] | None:
    """The refusal of the latest invalidation and its remedy; pointers lead into the body that asked for it."""
    row = rejections.refused_invalidation(document)
    found = None if row is None else rejections.of_invalidation(row)
    if row is None or found is None or row.rejection is None:
        return None
    return {"kind": row.kind} | _explained(row.rejection, found, document)


def _contingency(document: Document) -> dict[str, Any] | None:
    """How it was issued in contingency; null for a document that was not.

    While the outage lasts its clocks have not begun: then the terms are the earliest that are possible.
    """
    if document.contingency_reason is None:
        return None
    rules = authority(document.merchant.country).rules.contingency
    now = timezone.now()
    return {
        "reason": document.contingency_reason,
        "note": document.contingency_note or None,
        "since": _local(document.contingency_since, document),
        "uncertain": document.uncertain,
        "event_stamp": document.event_stamp or None,
        "event_due": _local(_event_due(document, rules, now), document),
        "documents_due": _local(document.documents_due or _documents_due(document, rules, now), document),
    }


def _event_due(document: Document, rules: ContingencyRules, now: datetime) -> datetime | None:
    if document.event_due is not None or rules.event_term is None:
        return document.event_due
    return now + rules.event_term


def _documents_due(document: Document, rules: ContingencyRules, now: datetime) -> datetime:
    if rules.event_term is None:
        return authority(document.merchant.country).sending_due(document.issued_at)
    return now + rules.documents_term


def _latest(document: Document) -> Invalidation | None:
    """The invalidation that stands or is on its way; a refused one has a place of its own."""
    alive = (row for row in document.invalidations.all() if row.status != Invalidation.Status.REJECTED)
    return next(alive, None)


def _invalidation(row: Invalidation) -> dict[str, Any]:
    return {
        "status": row.status,
        "stamp": row.stamp or None,
        "note": row.note.public_id if row.note else None,
        "kind": row.kind,
        "reason": row.reason or None,
        "at": _local(row.stamped_at or row.at, row.document),
        "replacement": row.replacement.public_id if row.replacement else None,
    }


def _deadlines(document: Document) -> list[dict[str, Any]]:
    """What may or must still be done, and until when; of what is late, what the law demands."""
    return [
        {
            "name": one.name,
            "until": _local(one.until, document),
            "is_late": one.is_late,
            "demand": gettext(one.demand) if one.demand else None,
        }
        for one in deadlines.of(document, now=timezone.now())
    ]

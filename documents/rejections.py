"""What a rejection of a document or of its invalidation means, what to do about it, and until when.

Read from what is stored: the advice is made when it is asked for and not kept, so that what was rejected before it
was known has one too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from documents.models import Document, Invalidation
from documents.states import State
from hacienda.authority import INVALIDATION
from hacienda.registry import authority
from hacienda.verdicts import Advice, Mender


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """In the reader's language. `correctable_until`: the end of the term in which code and number stay the same;
    None where the document needs new ones, or another one has taken its place."""

    cause: str
    remedy: str
    who: Mender
    correctable_until: datetime | None


def advice(document: Document) -> Advice | None:
    """The authority's refusal explained; None for a document that is not rejected."""
    stored = document.rejection
    if document.state != State.REJECTED or stored is None:
        return None
    law = authority(document.merchant.country)
    observations = stored.get("observations") or []
    return law.advice(document.type_code, document.version, stored["code"], stored["message"], observations)


def diagnosis(document: Document) -> Diagnosis | None:
    """What to tell the merchant of a rejected document; None for any other."""
    found = advice(document)
    return None if found is None else told(found, correctable_until=_until(document, found))


def told(advice: Advice, *, correctable_until: datetime | None = None) -> Diagnosis:
    """An advice in the reader's language."""
    return Diagnosis(
        cause=" ".join(gettext(cause) for cause in advice.causes),
        remedy=" ".join(gettext(remedy) % {"version": advice.other_version} for remedy in advice.remedies),
        who=advice.who,
        correctable_until=correctable_until,
    )


def refused_invalidation(document: Document) -> Invalidation | None:
    """The latest invalidation, where the authority refused it and no other one stands or is on its way."""
    rows = list(document.invalidations.all())
    return rows[-1] if rows and all(row.status == Invalidation.Status.REJECTED for row in rows) else None


def of_invalidation(invalidation: Invalidation) -> Diagnosis | None:
    """What to tell of an invalidation that was refused; None for any other. Another one can always be asked for."""
    stored = invalidation.rejection
    if stored is None:
        return None
    law = authority(invalidation.document.merchant.country)
    observations = stored.get("observations") or []
    return told(law.event_advice(INVALIDATION, invalidation.payload, stored["code"], stored["message"], observations))


def correctable_until(document: Document) -> datetime | None:
    """Until when a rejected document keeps its code and number when it is corrected; None where it cannot.

    Counted from the latest rejection: the term is that of the notice, and each rejection is one.
    """
    found = advice(document)
    return None if found is None else _until(document, found)


def _until(document: Document, found: Advice) -> datetime | None:
    if document.rejection is None or not found.same_document or document.replaced_by_id is not None:
        return None
    if document.rejection.get("code_is_spent"):  # a restored backup: a correction of it may have been accepted
        return None
    term = authority(document.merchant.country).rules.correction_term
    return datetime.fromisoformat(document.rejection["at"]) + term

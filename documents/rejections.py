"""What a rejection of a document means, what to do about it, and until when: read from what is stored.

The advice is made when it is asked for and not kept, so that what was rejected before it was known has one too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from documents.models import Document
from documents.states import State
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
    if found is None:
        return None
    return Diagnosis(
        cause=" ".join(gettext(cause) for cause in found.causes),
        remedy=" ".join(gettext(remedy) % {"version": found.other_version} for remedy in found.remedies),
        who=found.who,
        correctable_until=_until(document, found),
    )


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

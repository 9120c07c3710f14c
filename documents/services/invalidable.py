"""What may be invalidated, and an invalidation that is on its way."""

from __future__ import annotations

from dataclasses import dataclass

from documents.errors import Conflict
from documents.models import Document, Invalidation
from documents.services import originals
from documents.services.errands import Errand
from documents.services.exchange import First
from documents.states import State
from hacienda.messages import gettext_noop
from hacienda.values import IssuedDocument


@dataclass(frozen=True, slots=True)
class Invalidating:
    """An invalidation, and what brings it to the authority, claimed by `owner` for its first sending.

    `first` is None where it waits out an outage: nothing of it is to be sent yet.
    """

    invalidation: Invalidation
    errand: Errand
    owner: str
    first: First | None


def issued(document: Document, *, payload: str | None = None) -> IssuedDocument | None:
    """What the authority has stamped, as a value; None while it has not.

    `payload` saves reading the sealed text where only the dates and codes matter.
    """
    if not document.received_stamp or document.stamped_at is None:
        return None
    if payload is None:
        payload = document.current_sealing.payload if document.current_sealing else ""
    return IssuedDocument(
        type_code=document.type_code,
        generation_code=document.generation_code,
        control_number=document.control_number,
        received_stamp=document.received_stamp,
        stamped_at=document.stamped_at,
        issued_at=document.issued_at,
        payload=payload,
    )


def refuse_if_impossible(document: Document, *, but: Document | None = None) -> None:
    """Raise `Conflict` where the document's state does not allow an invalidation at all.

    `but` is an adjustment that does not count: the one that is to take it back.
    """
    match State(document.state):
        case State.INVALIDATED:
            raise Conflict("already_invalidated", gettext_noop("The document is invalidated already."))
        case State.REJECTED:
            message = gettext_noop("Hacienda rejected this document, so there is nothing to invalidate.")
            raise Conflict("not_invalidable", message)
        case State.TRANSMITTING | State.CONTINGENCY:
            raise Conflict("not_stamped_yet", gettext_noop("Hacienda has not stamped the document yet."))
    if document.invalidations.filter(status=Invalidation.Status.TRANSMITTING).exists():
        raise Conflict("invalidation_in_progress", gettext_noop("An invalidation of this document is on its way."))
    taken_back = document.voids.exclude(status=Invalidation.Status.REJECTED).select_related("document").first()
    if taken_back is not None:
        message = gettext_noop("It takes back %(document)s: issue that one anew instead.")
        raise Conflict("takes_back", message, {"document": str(taken_back.document)}, taken_back.document)
    adjusting = originals.adjusting(document)
    if but is not None:
        adjusting = adjusting.exclude(pk=but.pk)
    first = adjusting.order_by("pk").first()
    if first is not None:
        message = gettext_noop("%(document)s adjusts this document: invalidate that one first.")
        raise Conflict("adjusted", message, {"document": str(first)}, first)

"""What follows from a judgement beyond the document that was judged: its receipt, and what it takes back."""

from __future__ import annotations

from datetime import datetime

from documents import facts
from documents.models import Document, Invalidation, Receipt
from documents.services import evidence, moves, turns
from documents.states import State
from hacienda.messages import gettext_noop
from hacienda.registry import authority
from hacienda.verdicts import Accepted, Rejected

VOIDED = gettext_noop("Taken back by another document that Hacienda accepted.")
NOT_VOIDED = gettext_noop("Hacienda rejected the document that was to take this one back.")


def follow(document: Document, verdict: Accepted | Rejected, *, at: datetime) -> None:
    """Part of the transaction that applied `verdict` to `document`."""
    if verdict.receipt:
        receipt = Receipt.objects.create(document=document, content=verdict.receipt, at=at)
        evidence.tell(document, facts.receipt(receipt))
    if authority(document.merchant.country).rules.voided_by is not None:
        _void(document, at=at)


def _void(note: Document, *, at: datetime) -> None:
    """The document that `note` was to take back, if it was made for that, is void; or is not after all."""
    waiting = Invalidation.objects.filter(note=note, status=Invalidation.Status.TRANSMITTING)
    row = waiting.select_related("document__merchant", "replacement").first()
    if row is None:
        return
    is_accepted = note.state == State.ACCEPTED
    columns = (
        {"status": Invalidation.Status.ACCEPTED, "stamp": note.received_stamp, "stamped_at": note.stamped_at}
        if is_accepted
        else {"status": Invalidation.Status.REJECTED, "rejection": note.rejection}
    )
    for name, value in (columns | turns.SETTLED).items():
        setattr(row, name, value)
    row.save(update_fields=[*columns, *turns.SETTLED])
    evidence.tell(row.document, facts.invalidation_settled(row))
    if is_accepted:
        moves.move(row.document, State.INVALIDATED, at=at, why=VOIDED, replaced_by=row.replacement)
    else:
        moves.note(row.document, at=at, why=NOT_VOIDED)

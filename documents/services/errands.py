"""What can be on its way to the authority: a document, or the invalidation of one. Both travel alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from documents.models import Attempt, Document, Invalidation
from documents.services import exchange, moves
from documents.services.queue import Row
from documents.states import State
from hacienda.policy import Outcome, Try
from hacienda.registry import authority
from hacienda.values import Envelope, Environment, Fault, Login, Sealed
from hacienda.verdicts import Accepted, Rejected, Verdict


def rejection(verdict: Rejected, *, at: datetime) -> dict[str, object]:
    """A refusal as it is stored and shown: the authority's words, and where in the caller's body they point."""
    return {
        "code": verdict.code,
        "message": verdict.message,
        "observations": list(verdict.observations),
        "at": at.isoformat(),
        "errors": [_stored(fault) for fault in verdict.faults],
    }


def _stored(fault: Fault) -> dict[str, str]:
    return {"pointer": fault.pointer, "code": fault.code, "message": fault.text}


class Errand(Protocol):
    """One thing to bring to the authority, whatever it is."""

    @property
    def document(self) -> Document: ...

    @property
    def row(self) -> Row: ...

    @property
    def invalidation(self) -> Invalidation | None: ...

    def tries(self) -> tuple[Try, ...]: ...

    def submit(self, login: Login) -> Verdict: ...

    def ask(self, login: Login) -> Verdict: ...

    def accept(self, verdict: Accepted, *, at: datetime) -> None:
        """Apply an acceptance; runs inside the caller's transaction."""

    def reject(self, verdict: Rejected, *, at: datetime) -> None:
        """Apply a refusal; runs inside the caller's transaction."""


_SETTLED: dict[str, object] = {"next_attempt_at": None, "lease_until": None, "lease_owner": ""}


@dataclass(slots=True)
class SendDocument:
    document: Document
    invalidation: None = None

    @property
    def row(self) -> Row:
        return self.document

    def tries(self) -> tuple[Try, ...]:
        return exchange.tries(self.document, self._envelope())

    def _envelope(self) -> Envelope:
        document = self.document
        return Envelope(
            environment=Environment(document.environment),
            type_code=document.type_code,
            version=document.version,
            generation_code=document.generation_code,
            tax_id=document.merchant.tax_id,
            signature=document.current_sealing.signature if document.current_sealing else "",
        )

    def submit(self, login: Login) -> Verdict:
        return authority(self.document.merchant.country).submit(self._envelope(), login)

    def ask(self, login: Login) -> Verdict:
        return authority(self.document.merchant.country).ask(self._envelope(), login)

    def accept(self, verdict: Accepted, *, at: datetime, **columns: object) -> None:
        moves.move(
            self.document,
            State.ACCEPTED,
            at=at,
            why=verdict.message,
            received_stamp=verdict.stamp,
            stamped_at=verdict.stamped_at,
            observations=list(verdict.observations),
            **_SETTLED,
            **columns,
        )

    def adopt(self, verdict: Accepted, *, at: datetime) -> None:
        """What was accepted is an earlier, normal copy of a document in contingency: that copy is the legal one."""
        earlier = self.document.sealings.filter(reason__isnull=True).order_by("-id").first()
        if earlier is not None and earlier.pk != self.document.current_sealing_id:
            self.accept(verdict, at=at, current_sealing=earlier, contingency_reason=None, uncertain=False)
        else:
            self.accept(verdict, at=at)

    def reject(self, verdict: Rejected, *, at: datetime) -> None:
        moves.move(
            self.document,
            State.REJECTED,
            at=at,
            why=f"{verdict.code} {verdict.message}",
            rejection=rejection(verdict, at=at),
            **_SETTLED,
        )


@dataclass(slots=True)
class SendInvalidation:
    invalidation: Invalidation

    @property
    def document(self) -> Document:
        return self.invalidation.document

    @property
    def row(self) -> Row:
        return self.invalidation

    def tries(self) -> tuple[Try, ...]:
        return exchange.tries(self.document, self._envelope(), self.invalidation)

    def submit(self, login: Login) -> Verdict:
        sealed = Sealed(payload=self.invalidation.payload, signature=self.invalidation.signature)
        return authority(self.document.merchant.country).invalidate(sealed, login)

    def _envelope(self) -> Envelope:
        return Envelope(
            environment=Environment(self.document.environment),
            type_code=self.document.type_code,
            version=self.document.version,
            generation_code=self.invalidation.generation_code,
            tax_id=self.document.merchant.tax_id,
            signature=self.invalidation.signature,
        )

    def ask(self, login: Login) -> Verdict:
        return authority(self.document.merchant.country).ask(self._envelope(), login)

    def accept(self, verdict: Accepted, *, at: datetime) -> None:
        won = self._settle(status=Invalidation.Status.ACCEPTED, stamp=verdict.stamp, stamped_at=verdict.stamped_at)
        if won:
            moves.move(
                self.document,
                State.INVALIDATED,
                at=at,
                why=verdict.message,
                replaced_by=self.invalidation.replacement,
            )

    def reject(self, verdict: Rejected, *, at: datetime) -> None:
        if verdict.already_done and self._may_have_arrived():
            # Ours arrived and its answer was lost; the authority does not tell the event's stamp twice.
            if self._settle(status=Invalidation.Status.ACCEPTED):
                moves.move(
                    self.document,
                    State.INVALIDATED,
                    at=at,
                    why=verdict.message,
                    replaced_by=self.invalidation.replacement,
                )
        elif self._settle(status=Invalidation.Status.REJECTED, rejection=rejection(verdict, at=at)):
            moves.note(self.document, at=at, why=f"{verdict.code} {verdict.message}")

    def _may_have_arrived(self) -> bool:
        """Whether an earlier sending of this event ended without an answer."""
        unanswered = (Outcome.STARTED, Outcome.CLOSED, Outcome.SILENT, Outcome.UNKNOWN)
        return self.invalidation.exchange.filter(action=Attempt.Action.SUBMIT, outcome__in=unanswered).exists()

    def _settle(self, **columns: object) -> bool:
        columns |= _SETTLED
        waiting = Invalidation.objects.filter(pk=self.invalidation.pk, status=Invalidation.Status.TRANSMITTING)
        won = bool(waiting.update(**columns))
        if won:
            for name, value in columns.items():
                setattr(self.invalidation, name, value)
        return won


def load(row_type: type[Row], pk: int) -> Errand:
    """The errand of a row, with all that its journey needs, in one query."""
    if row_type is Document:
        return SendDocument(Document.objects.select_related("merchant", "current_sealing").get(pk=pk))
    return SendInvalidation(
        Invalidation.objects.select_related("document__merchant", "document__current_sealing", "replacement").get(
            pk=pk
        )
    )

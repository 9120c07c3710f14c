"""What can be on its way to the authority: a document, or the invalidation of one. Both travel alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from accounts.models import Merchant
from documents import facts, mapping
from documents.models import Attempt, Document, Invalidation, Queued, Said
from documents.services import callbacks, contingency, evidence, exchange, judged, moves, turns
from documents.services.queue import Row
from documents.states import State
from hacienda import availability, policy
from hacienda.errors import NoAnswer
from hacienda.policy import Decision, Leave, Outcome, Rest, Try, Why
from hacienda.registry import authority
from hacienda.values import Envelope, Fault, Login, Sealed
from hacienda.verdicts import Absent, Accepted, Answer, Rejected, Verdict


def rejection(verdict: Rejected, *, at: datetime) -> dict[str, object]:
    """A refusal as it is stored and shown: the authority's words, and where in the caller's body they point."""
    return {
        "code": verdict.code,
        "message": verdict.message,
        "observations": list(verdict.observations),
        "at": at.isoformat(),
        "errors": [_stored(fault) for fault in verdict.faults],
    }


def is_told_again(verdict: Rejected, stored: Mapping[str, Any] | None) -> bool:
    """Whether a refusal is the one that is stored already: same words, of the same moment as far as it is known."""
    if stored is None:
        return False
    words = (verdict.code, verdict.message, list(verdict.observations))
    if words != (stored["code"], stored["message"], stored["observations"]):
        return False
    return "judged_at" not in stored or _judged_at(verdict) == stored["judged_at"]


def _judged_at(verdict: Rejected) -> str | None:
    return None if verdict.judged_at is None else verdict.judged_at.isoformat()


def _stored(fault: Fault) -> dict[str, str]:
    return {"pointer": fault.pointer, "code": fault.code, "message": fault.text}


class Owned(Protocol):
    """What an errand is about: a document, by the name that people know, and whose it is."""

    @property
    def public_id(self) -> str: ...

    @property
    def merchant(self) -> Merchant: ...

    @property
    def merchant_id(self) -> int: ...

    @property
    def environment(self) -> str: ...


class Errand(Protocol):
    """One thing to bring to the authority, whatever it is."""

    @property
    def document(self) -> Owned: ...

    @property
    def row(self) -> Queued: ...

    @property
    def invalidation(self) -> Invalidation | None: ...

    def tries(self) -> tuple[Try, ...]: ...

    def started(self, action: Said.Action, *, at: datetime) -> Said:
        """Write down that a request is about to leave."""

    def finished(self, said: Said, result: Verdict | NoAnswer, *, milliseconds: int) -> None:
        """Write down what came back; part of the transaction that applies it."""

    def reread(self, kept: Answer) -> Rejected | None:
        """The refusal that a kept answer is; None where it cannot be told from it."""

    def submit(self, login: Login) -> Verdict: ...

    def ask(self, login: Login) -> Verdict: ...

    def accept(self, verdict: Accepted, *, at: datetime) -> None:
        """Apply an acceptance; runs inside the caller's transaction."""

    def reject(self, verdict: Rejected, *, at: datetime) -> None:
        """Apply a refusal; runs inside the caller's transaction."""

    def absent(self, *, at: datetime) -> bool:
        """The authority has no such document; whether that settles the errand. Inside the caller's transaction."""

    def decide(self, tries: tuple[Try, ...], *, now: datetime, mended_at: datetime | None) -> Decision | Leave:
        """What the policy wants done next."""

    def leave(self, decision: Leave, tries: tuple[Try, ...], *, at: datetime) -> None:
        """Go on in contingency."""


@dataclass(slots=True)
class SendDocument:
    document: Document
    invalidation: None = None

    @property
    def row(self) -> Row:
        return self.document

    def tries(self) -> tuple[Try, ...]:
        return exchange.tries(self.document, self.reread)

    def started(self, action: Said.Action, *, at: datetime) -> Said:
        return exchange.started(self.document, action, at=at)

    def finished(self, said: Said, result: Verdict | NoAnswer, *, milliseconds: int) -> None:
        exchange.finished(said, result, milliseconds=milliseconds)

    def reread(self, kept: Answer) -> Rejected | None:
        return authority(self.document.merchant.country).rejection(mapping.envelope(self.document), kept)

    def submit(self, login: Login) -> Verdict:
        envelope = replace(mapping.envelope(self.document), callback_url=callbacks.url(self.document))
        return authority(self.document.merchant.country).submit(envelope, login)

    def ask(self, login: Login) -> Verdict:
        """What the authority says of the document as it is sealed now; a refusal only where it says so twice.

        Of a corrected one it may still tell the refusal that was corrected: then the correction has not reached it.
        """
        verdict = authority(self.document.merchant.country).ask(mapping.envelope(self.document), login)
        if isinstance(verdict, Rejected) and is_told_again(verdict, self.document.rejection):
            return Absent(verdict.answer)
        return exchange.confirmed(verdict, self.document)

    def accept(self, verdict: Accepted, *, at: datetime) -> None:
        self._accepted(verdict, at)

    def _accepted(self, verdict: Accepted, at: datetime, **columns: object) -> None:
        move = self.acceptance(verdict)
        if moves.move(self.document, move.state, at=at, why=move.why, **move.columns, **columns):
            judged.follow(self.document, verdict, at=at)

    def acceptance(self, verdict: Accepted) -> moves.Move:
        """The move that an acceptance is."""
        columns = {
            "received_stamp": verdict.stamp,
            "stamped_at": verdict.stamped_at,
            "observations": list(verdict.observations),
            **turns.SETTLED,
        }
        return moves.Move(self.document, State.ACCEPTED, verdict.message, columns)

    def refusal(self, verdict: Rejected, *, at: datetime) -> moves.Move:
        """The move that a refusal is."""
        stored = rejection(verdict, at=at) | {"judged_at": _judged_at(verdict)}
        why = f"{verdict.code} {verdict.message}"
        return moves.Move(self.document, State.REJECTED, why, {"rejection": stored, **turns.SETTLED})

    def absent(self, *, at: datetime) -> bool:
        return False

    def decide(self, tries: tuple[Try, ...], *, now: datetime, mended_at: datetime | None) -> Decision | Leave:
        rounds = self.document.rounds
        polling = mapping.polling(self.document)
        called_at = callbacks.called_at(self.document) if polling and tries else None
        down = contingency.outage(self.document) if tries else None
        if contingency.is_allowed(self.document):
            return policy.decide_or_leave(
                tries,
                now=now,
                rounds=rounds,
                mended_at=mended_at,
                polling=polling,
                called_at=called_at,
                outage=bool(down),
            )
        if down is not None and not availability.let_through(down, now=now):
            return Rest(now + policy.OUTAGE_REST, Why.OUTAGE)
        decision = policy.decide(
            tries, now=now, rounds=rounds, mended_at=mended_at, polling=polling, called_at=called_at
        )
        # Who refuses in whatever words can be reached.
        unreached = isinstance(decision, Rest) and decision.why in (Why.EXHAUSTED, Why.NO_ANSWER)
        if unreached and not policy.is_in_doubt(tries):
            contingency.failed(self.document, tries, at=now)
        return decision

    def leave(self, decision: Leave, tries: tuple[Try, ...], *, at: datetime) -> None:
        contingency.leave(self.document, tries, uncertain=decision.uncertain, at=at)

    def adopt(self, verdict: Accepted, *, at: datetime) -> None:
        """What was accepted is an earlier, normal copy of a document in contingency: that copy is the legal one."""
        copies = self.document.sealings.filter(reason__isnull=True)
        if self.document.rejection is not None:  # what was refused and corrected since cannot be the legal one
            copies = copies.filter(created_at__gte=datetime.fromisoformat(self.document.rejection["at"]))
        earlier = copies.order_by("-id").first()
        if earlier is not None and earlier.pk != self.document.current_sealing_id:
            self._accepted(verdict, at, current_sealing=earlier, contingency_reason=None, uncertain=False)
        else:
            self._accepted(verdict, at)

    def reject(self, verdict: Rejected, *, at: datetime) -> None:
        move = self.refusal(verdict, at=at)
        if moves.move(self.document, move.state, at=at, why=move.why, **move.columns):
            judged.follow(self.document, verdict, at=at)


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
        return exchange.tries(self.document, self.reread, self.invalidation)

    def started(self, action: Said.Action, *, at: datetime) -> Said:
        return exchange.started(self.document, action, at=at, invalidation=self.invalidation)

    def finished(self, said: Said, result: Verdict | NoAnswer, *, milliseconds: int) -> None:
        exchange.finished(said, result, milliseconds=milliseconds)

    def absent(self, *, at: datetime) -> bool:
        return False

    def decide(self, tries: tuple[Try, ...], *, now: datetime, mended_at: datetime | None) -> Decision:
        return policy.decide(tries, now=now, rounds=self.invalidation.rounds, mended_at=mended_at)

    def leave(self, decision: Leave, tries: tuple[Try, ...], *, at: datetime) -> None:
        raise RuntimeError("an invalidation has no contingency")  # and its decisions know none

    def reread(self, kept: Answer) -> Rejected | None:
        return authority(self.document.merchant.country).rejection(self._envelope(), kept)

    def submit(self, login: Login) -> Verdict:
        sealed = Sealed(payload=self.invalidation.payload, signature=self.invalidation.signature)
        return authority(self.document.merchant.country).invalidate(sealed, login)

    def _envelope(self) -> Envelope:
        """As the authority knows the event: by its own code."""
        event = self.invalidation
        return replace(
            mapping.envelope(self.document), generation_code=event.generation_code, signature=event.signature
        )

    def ask(self, login: Login) -> Verdict:
        verdict = authority(self.document.merchant.country).ask(self._envelope(), login)
        return exchange.confirmed(verdict, self.document, self.invalidation)

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
        columns |= turns.SETTLED
        waiting = Invalidation.objects.filter(pk=self.invalidation.pk, status=Invalidation.Status.TRANSMITTING)
        won = bool(waiting.update(**columns))
        if won:
            for name, value in columns.items():
                setattr(self.invalidation, name, value)
            evidence.tell(self.document, facts.invalidation_settled(self.invalidation))
        return won


@dataclass(slots=True)
class Clarify(SendDocument):
    """Asking about a document in contingency whose normal copy may have arrived before."""

    def decide(self, tries: tuple[Try, ...], *, now: datetime, mended_at: datetime | None) -> Decision:
        if contingency.outage(self.document) is not None:
            return Rest(now + policy.OUTAGE_REST, Why.OUTAGE)
        return policy.clarify(tries, now=now, rounds=self.document.rounds)

    def accept(self, verdict: Accepted, *, at: datetime) -> None:
        # After a restored backup everything is asked about; then it can be the copy of the contingency that arrived.
        if self._normal_copy_may_have_arrived():
            self.adopt(verdict, at=at)
        else:
            self._accepted(verdict, at)

    def _normal_copy_may_have_arrived(self) -> bool:
        """Whether a sending before the contingency has had no clear negative after it."""
        sealing = self.document.current_sealing
        rows = self.document.exchange.filter(invalidation__isnull=True)
        earlier = rows.filter(started_at__lt=sealing.created_at) if sealing is not None else rows
        return policy.is_uncertain(
            [Try(row.action, row.outcome, row.started_at, row.milliseconds) for row in earlier.order_by("id")]
        )

    def absent(self, *, at: datetime) -> bool:
        moves.mark([self.document.pk], at=at, uncertain=False, next_attempt_at=None)
        return True


def load(row_type: type[Row], pk: int) -> Errand:
    """The errand of a row, with all that its journey needs, in one query."""
    if row_type is Document:
        rows = Document.objects.select_related("merchant", "current_sealing").defer("request")
        document = evidence.with_end(rows).get(pk=pk)
        evidence.end_read(document)
        return Clarify(document) if document.state == State.CONTINGENCY else SendDocument(document)
    return SendInvalidation(
        Invalidation.objects.select_related("document__merchant", "document__current_sealing", "replacement").get(
            pk=pk
        )
    )

"""Bringing a decision to the authority: an errand like a document's, with records of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from documents.models import Decision, DecisionAttempt, ReceivedDocument, Said
from documents.received import desk, facts
from documents.services import evidence, exchange, transmit, turns
from documents.services.errands import rejection
from hacienda import availability, policy
from hacienda.errors import NoAnswer
from hacienda.policy import Decision as Step
from hacienda.policy import Leave, Rest, Try, Why
from hacienda.registry import authority
from hacienda.values import Environment, Login
from hacienda.verdicts import Accepted, Answer, Rejected, Verdict


@dataclass(slots=True)
class SendDecision:
    """Implements `documents.services.errands.Errand`. Nothing is decided in contingency: it waits out an outage."""

    decision: Decision
    invalidation: None = None

    @property
    def document(self) -> ReceivedDocument:
        return self.decision.received

    @property
    def row(self) -> Decision:
        return self.decision

    def tries(self) -> tuple[Try, ...]:
        return tuple(exchange.tried(row, self.reread) for row in self._said().order_by("id"))

    def _said(self) -> QuerySet[DecisionAttempt]:
        return DecisionAttempt.objects.filter(decision=self.decision)

    def started(self, action: Said.Action, *, at: datetime) -> Said:
        with evidence.recording():
            row = DecisionAttempt.objects.create(decision=self.decision, action=action, started_at=at)
            evidence.tell_of(facts.subject_of(self.decision), facts.started(row))
        return row

    def finished(self, said: Said, result: Verdict | NoAnswer, *, milliseconds: int) -> None:
        assert isinstance(said, DecisionAttempt)  # it is what `started` has made
        with evidence.recording():
            exchange.complete(said, result, milliseconds=milliseconds, subject="decision")
            evidence.tell_of(facts.subject_of(self.decision), facts.finished(said))

    def reread(self, kept: Answer) -> Rejected | None:
        """Nothing of a message's refusal is read again: it counts at once."""

    def submit(self, login: Login) -> Verdict:
        return desk.inbox_of(self.decision.merchant).submit(desk.envelope(self.decision), login)

    def ask(self, login: Login) -> Verdict:
        verdict = desk.inbox_of(self.decision.merchant).ask(desk.envelope(self.decision), login)
        return exchange.believed(verdict, self._said())

    def accept(self, verdict: Accepted, *, at: datetime) -> None:
        self._settle(
            at,
            status=Decision.Status.ACCEPTED,
            stamp=verdict.stamp,
            stamped_at=verdict.stamped_at,
            observations=list(verdict.observations),
            receipt=verdict.receipt,
        )

    def reject(self, verdict: Rejected, *, at: datetime) -> None:
        self._settle(
            at,
            status=Decision.Status.REJECTED,
            rejection=rejection(verdict, at=at),
            receipt=verdict.receipt,
        )

    def _settle(self, at: datetime, **columns: object) -> None:
        """Part of the transaction that applies the verdict; of two answers the first one counts."""
        columns |= turns.SETTLED
        waiting = Decision.objects.filter(pk=self.decision.pk, status=Decision.Status.TRANSMITTING)
        if not waiting.update(**columns):
            return
        for name, value in columns.items():
            setattr(self.decision, name, value)
        ReceivedDocument.objects.filter(pk=self.decision.received_id).update(changed_at=at)
        self.decision.received.changed_at = at
        evidence.tell_of(facts.subject_of(self.decision), facts.settled(self.decision))

    def absent(self, *, at: datetime) -> bool:
        return False

    def decide(self, tries: tuple[Try, ...], *, now: datetime, mended_at: datetime | None) -> Step:
        row = self.decision
        down = availability.current(row.merchant.country, row.environment, row.merchant.tax_id)
        if down is not None and not availability.let_through(down, now=now):
            return Rest(now + policy.OUTAGE_REST, Why.OUTAGE)
        pauses = authority(row.merchant.country).rules.polling.get(Environment(row.environment), ())
        return policy.decide(tries, now=now, rounds=row.rounds, mended_at=mended_at, polling=pauses)

    def leave(self, decision: Leave, tries: tuple[Try, ...], *, at: datetime) -> None:
        raise RuntimeError("nothing is decided in contingency")  # and these errands know none


def load(pk: int) -> SendDecision:
    """The errand of a row, with all that its journey needs."""
    rows = Decision.objects.select_related("merchant", "received__merchant").defer("received__xml", "payload")
    return SendDecision(rows.get(pk=pk))


def send(pk: int, owner: str) -> None:
    """The errand of one claimed decision. Never raises."""
    transmit.work(load(pk), owner)

"""Invalidating through the client, against the sandbox."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from hacienda.drafts import Draft
from hacienda.elsalvador.authority import ElSalvador
from hacienda.elsalvador.rules import ZONE
from hacienda.elsalvador.transport.client import Client
from hacienda.errors import Cause
from hacienda.values import Invalid, InvalidationDraft, Person
from hacienda.verdicts import Accepted, Rejected
from tests.actors import Sandbox, SigningFile
from tests.hacienda.drafts import INVOICE, TAX_CREDIT
from tests.hacienda.sender import HASTE, Sender, failing, reason

PERSON = Person("PERSONA DE PRUEBA", "13", "000000000")


@pytest.fixture
def sender(sandbox: Sandbox, signing_file: SigningFile) -> Sender:
    return Sender(sandbox, signing_file, ElSalvador(Client(patience=HASTE)))


class TestInvalidating:
    @pytest.mark.parametrize("draft", [INVOICE, TAX_CREDIT], ids=["invoice", "tax credit"])
    def test_what_was_rescinded(self, sender: Sender, draft: Draft) -> None:
        document = sender.accepted(draft)
        event = sender.event(InvalidationDraft(document, "rescinded", None, PERSON, PERSON))
        verdict = sender.law.invalidate(event, sender.login)
        assert isinstance(verdict, Accepted), verdict
        assert verdict.stamp != document.received_stamp
        assert abs(verdict.stamped_at - datetime.now(UTC)) < timedelta(minutes=1)

    @pytest.mark.parametrize("kind", ["error", "other"])
    def test_what_was_replaced(self, sender: Sender, kind: str) -> None:
        document, replacement = sender.accepted(TAX_CREDIT), sender.accepted(TAX_CREDIT)
        draft = InvalidationDraft(document, kind, "Cambio de mercadería", PERSON, PERSON, replacement)
        verdict = sender.law.invalidate(sender.event(draft), sender.login)
        assert isinstance(verdict, Accepted), verdict

    def test_twice_is_a_rejection(self, sender: Sender) -> None:
        draft = InvalidationDraft(sender.accepted(), "rescinded", None, PERSON, PERSON)
        sender.law.invalidate(sender.event(draft), sender.login)
        verdict = sender.law.invalidate(sender.event(draft), sender.login)
        assert isinstance(verdict, Rejected)

    def test_the_wrong_date_would_be_rejected_and_is_therefore_never_sent(self, sender: Sender) -> None:
        document = sender.accepted(TAX_CREDIT)
        event = json.loads(sender.event(InvalidationDraft(document, "rescinded", None, PERSON, PERSON)).payload)
        assert event["identificacion"]["fecEmi"] == document.issued_at.astimezone(ZONE).date().isoformat()
        with pytest.raises(Invalid):
            sender.event(InvalidationDraft(document, "error", None, PERSON, PERSON))

    @pytest.mark.parametrize(("fault", "cause"), [("drop_answer", Cause.CLOSED), ("hang", Cause.SILENT)])
    def test_without_an_answer(self, sender: Sender, fault: str, cause: Cause) -> None:
        event = sender.event(InvalidationDraft(sender.accepted(), "rescinded", None, PERSON, PERSON))
        sender.sandbox.fault(fault, "anulardte")
        with failing(cause):
            sender.law.invalidate(event, sender.login)

    @pytest.mark.parametrize(("fault", "told"), [("unavailable", "gateway"), ("no_seal", "no_stamp")])
    def test_an_answer_that_says_nothing(self, sender: Sender, fault: str, told: str) -> None:
        event = sender.event(InvalidationDraft(sender.accepted(), "rescinded", None, PERSON, PERSON))
        sender.sandbox.fault(fault, "anulardte")
        assert reason(sender.law.invalidate(event, sender.login)) == told

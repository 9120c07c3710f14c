"""Costa Rica's documents on their way: taken at once, judged later, asked about until they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import services as accounts
from accounts import vault
from accounts.models import Merchant
from documents import selectors
from documents.models import Attempt, Document
from documents.services import dispatch
from hacienda.policy import ABSENCES_TO_GIVE_UP
from hacienda.registry import authority
from hacienda.values import Environment
from tests import books
from tests.actors import HACIENDA_PASSWORD, Caller, Sandbox, SigningFile, eventually
from tests.documents.costarica.conftest import Work
from tests.ticos import TICO_USER, cr_invoice, ticket

pytestmark = pytest.mark.django_db(transaction=True)


def said(document: Document | None = None) -> list[tuple[str, str]]:
    """What was said about the one document there is, and what came back."""
    rows = Attempt.objects.filter(document=document or Document.objects.get()).order_by("pk")
    return [(one.action, one.outcome) for one in rows]


def state() -> str:
    return str(Document.objects.get().state)


@pytest.mark.parametrize("body", [ticket(), cr_invoice()], ids=["ticket", "invoice"])
def test_a_document_is_judged_while_its_caller_waits(
    tico_manager: Caller, sandbox: Sandbox, body: dict[str, object]
) -> None:
    answer = tico_manager.send(body)

    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert told["status"] == "accepted"
    document = Document.objects.get()
    receipt = selectors.receipt(document)
    assert "<MensajeHacienda" in receipt
    assert document.received_stamp in answer.content.decode()
    assert len(sandbox.received("recepcion")) == 1
    assert said()[0] == ("submit", "received")
    assert books.wrong(sandbox.received()) == []


def test_what_is_not_judged_in_time_is_told_later(tico_manager: Caller, sandbox: Sandbox, work: Work) -> None:
    sandbox.fault("stuck", "consulta")
    answer = tico_manager.send(ticket(), Prefer="wait=1")

    assert answer.status_code == 202, answer.content
    assert answer.json()["status"] == "transmitting"
    sandbox.heal()
    work(books.at_rest)
    assert state() == "accepted"
    assert [one for one, _ in said()].count("submit") == 1
    assert len(sandbox.received("recepcion")) == 1
    assert books.wrong(sandbox.received()) == []


def test_questions_are_really_as_far_apart_as_they_should_be(tico_manager: Caller, sandbox: Sandbox) -> None:
    """What is written of a question tells when it left, after the wait for it and not before."""
    sandbox.fault("stuck", "consulta", count=3)
    tico_manager.send(ticket())

    tries = list(Attempt.objects.order_by("pk"))
    pauses = authority("CR").rules.polling[Environment.SANDBOX]
    assert [one.outcome for one in tries][:4] == ["received"] * 4
    for earlier, later, pause in zip(tries, tries[1:], pauses, strict=False):
        ended_at = earlier.started_at.timestamp() + earlier.milliseconds / 1000
        assert later.started_at.timestamp() - ended_at >= pause.total_seconds() - 0.001, pause


def test_what_was_taken_is_never_sent_again_while_hacienda_has_it(
    tico_manager: Caller, sandbox: Sandbox, work: Work
) -> None:
    for fault in ("unavailable", "garbage", "no_seal", "drop_answer", "truncated", "stuck"):
        sandbox.fault(fault, "consulta", count=1)
    answer = tico_manager.send(ticket())
    if answer.status_code == 202:
        work(books.at_rest)

    assert state() == "accepted"
    assert [one for one, _ in said()].count("submit") == 1
    assert len(said()) == 8


def test_a_lost_answer_is_asked_about_and_nothing_is_sent_twice(tico_manager: Caller, sandbox: Sandbox) -> None:
    sandbox.fault("drop_answer", "recepcion", count=1)
    answer = tico_manager.send(ticket())

    assert answer.json()["status"] == "accepted", answer.content
    assert [one for one, _ in said()].count("submit") == 1
    assert books.wrong(sandbox.received()) == []


def test_what_hacienda_forgot_goes_again_after_three_negatives_with_the_same_bytes(
    tico_manager: Caller, sandbox: Sandbox, tico: Merchant, work: Work, seldom: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.fault("stuck", "consulta")
    answer = tico_manager.send(ticket(), Prefer="wait=1")
    assert answer.status_code == 202
    assert eventually(lambda: len(said()) > 1 and not dispatch.busy())
    sandbox.control("DELETE", "state")
    accounts.register_in_sandbox(merchant=tico)
    sandbox.heal()
    soon = (timedelta(seconds=0.05),)
    monkeypatch.setitem(authority("CR").rules.polling, Environment.SANDBOX, soon)
    Document.objects.update(next_attempt_at=timezone.now())
    before = Document.objects.get()
    work(books.at_rest)

    after = Document.objects.get()
    assert after.state == "accepted", said()
    assert (after.generation_code, after.current_sealing_id) == (before.generation_code, before.current_sealing_id)
    absences = [outcome for action, outcome in said() if outcome == "absent"]
    assert len(absences) == ABSENCES_TO_GIVE_UP
    assert [one for one, _ in said()].count("submit") == 2


def test_a_failure_of_hacienda_s_own_is_waited_out_and_the_same_bytes_go_again(
    tico_manager: Caller, sandbox: Sandbox, work: Work
) -> None:
    sandbox.fault("error", "consulta", count=ABSENCES_TO_GIVE_UP + 1)
    answer = tico_manager.send(ticket())
    if answer.status_code == 202:
        work(books.at_rest)

    assert state() == "accepted", said()
    assert len(sandbox.received("recepcion")) <= 2
    assert books.wrong(sandbox.received()) == []


def test_a_throttle_is_obeyed(tico_manager: Caller, sandbox: Sandbox, work: Work) -> None:
    sandbox.fault("throttled", "recepcion", count=1)
    answer = tico_manager.send(ticket())

    assert answer.status_code in (201, 202), answer.content
    work(books.at_rest)
    assert state() == "accepted"
    first, second = Attempt.objects.order_by("pk")[:2]
    assert first.outcome == "throttled"
    assert (second.started_at - first.started_at).total_seconds() >= 1


def test_a_refused_login_holds_until_a_person_acts(
    tico_manager: Caller, sandbox: Sandbox, tico: Merchant, tico_signing_file: SigningFile, work: Work
) -> None:
    credential = tico.credentials.get()
    vault.store(
        merchant=tico,
        environment=Environment.SANDBOX,
        certificate=tico_signing_file.opened,
        content=tico_signing_file.content,
        password="Otra.Clave-2026",
        user=TICO_USER,
        now=timezone.now(),
    )
    answer = tico_manager.send(ticket())

    assert answer.status_code == 202, answer.content
    credential.refresh_from_db()
    assert credential.refused_at is not None
    assert sandbox.received("recepcion") == []
    logins = len(sandbox.received("idp"))
    vault.store(
        merchant=tico,
        environment=Environment.SANDBOX,
        certificate=tico_signing_file.opened,
        content=tico_signing_file.content,
        password=HACIENDA_PASSWORD,
        user=TICO_USER,
        now=timezone.now(),
    )
    work(books.at_rest)
    assert state() == "accepted"
    assert logins == 1


def test_a_token_that_is_refused_is_replaced(tico_manager: Caller, sandbox: Sandbox) -> None:
    assert tico_manager.send(ticket()).status_code == 201
    sandbox.fault("unauthorized", "recepcion", count=1)
    answer = tico_manager.send(ticket())

    assert answer.status_code == 201, answer.content
    assert len(sandbox.received("recepcion")) == 3


def test_a_rejection_is_told_in_hacienda_s_words(tico_manager: Caller, sandbox: Sandbox) -> None:
    sandbox.fault("reject", "recepcion", count=1, code="-400", message="El código CABYS no existe.")
    answer: Any = tico_manager.send(ticket())

    assert answer.status_code == 422, answer.content
    document = answer.json()["document"]
    assert document["status"] == "rejected"
    assert "CABYS" in answer.content.decode()
    assert selectors.receipt(Document.objects.get()) != ""

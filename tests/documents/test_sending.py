"""Sending a document, as a caller sees it, against the real sandbox."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest
from django.core import mail
from django.db import OperationalError
from django.utils import timezone

from accounts import vault
from accounts.models import Environment, Merchant
from contingency.management.commands.sender import Sender
from documents.models import Attempt, Document, Sequence
from documents.services import exchange, moves, queue
from tests.actors import Caller, Sandbox, caller, eventually, invoice, tax_credit

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_smallest_invoice_is_accepted(manager: Caller, sandbox: Sandbox) -> None:
    answer = manager.send(invoice())

    body = answer.json()
    assert answer.status_code == 201, body
    assert body["status"] == "accepted"
    assert body["type"] == "invoice"
    assert body["type_code"] == "01"
    assert body["environment"] == "sandbox"
    assert re.fullmatch(
        r"[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}", body["generation_code"]
    )
    assert body["control_number"] == "DTE-01-M001P001-000000000000001"
    assert re.fullmatch(r"20\d{2}[0-9A-Z]{36}", body["received_stamp"])
    assert body["stamped_at"].endswith("-06:00")
    assert body["customer"] is None
    assert body["totals"]["taxed"] == "7.00"
    assert body["totals"]["tax"] == "0.81"
    assert body["totals"]["payable"] == "7.00"
    assert body["totals"]["in_words"] == "SIETE DÓLARES CON 00/100"
    assert [entry["status"] for entry in body["history"]] == ["transmitting", "accepted"]
    assert answer["Location"].endswith(f"/api/v1/documents/{body['id']}")
    assert body["pdf_url"] == body["url"] + ".pdf"
    assert body["contingency"] is body["invalidation"] is body["rejection"] is None


def test_a_tax_credit_document_is_accepted_with_tax_on_top(manager: Caller, sandbox: Sandbox) -> None:
    body = manager.send(tax_credit()).json()

    assert body["status"] == "accepted", body
    assert body["totals"]["taxed"] == "1000.00"
    assert body["totals"]["tax"] == "130.00"
    assert body["totals"]["payable"] == "1130.00"


def test_types_are_known_by_code_too(manager: Caller, sandbox: Sandbox) -> None:
    assert manager.send(invoice(type="01")).json()["type"] == "invoice"


def test_one_series_counts_over_all_types(manager: Caller, sandbox: Sandbox) -> None:
    numbers = [manager.send(body).json()["control_number"][-3:] for body in (invoice(), tax_credit(), invoice())]

    assert numbers == ["001", "002", "003"]


def test_what_was_signed_is_what_arrived(manager: Caller, sandbox: Sandbox) -> None:
    body = manager.send().json()

    sealing = Document.objects.get(public_id=body["id"]).current_sealing
    assert sealing is not None
    [received] = sandbox.received("recepciondte")
    assert received["generation_code"] == body["generation_code"]
    payload = json.loads(sealing.payload, parse_float=Decimal)
    assert payload["identificacion"]["codigoGeneracion"] == body["generation_code"]
    assert payload["identificacion"]["version"] == 2
    assert payload["resumen"]["totalPagar"] == 7


def test_keys_of_two_environments_do_not_share_numbers(merchant: Merchant, manager: Caller, sandbox: Sandbox) -> None:
    tester = caller(merchant, environment=Environment.TEST)

    first = manager.send().json()
    sandbox.control("DELETE", "state")  # both keys talk to the same Hacienda here

    assert tester.send().json()["control_number"] == first["control_number"]


def test_the_customer_gets_one_mail_with_the_link(
    manager: Caller, sandbox: Sandbox, run_tasks: Callable[[], int]
) -> None:
    body = manager.send(invoice(customer={"name": "Ana", "email": "ana@example.com"})).json()
    run_tasks()

    [message] = mail.outbox
    assert message.to == ["ana@example.com"]
    assert body["url"] in message.body
    assert not message.attachments


class TestWhenHaciendaDoesNotAnswer:
    def test_it_answers_transmitting_at_the_wait_and_the_late_answer_lands(
        self, manager: Caller, sandbox: Sandbox
    ) -> None:
        sandbox.fault("slow", "recepciondte", delay_ms=1500, count=1)

        began = time.monotonic()
        answer = manager.send(invoice(), Prefer="wait=1")

        assert time.monotonic() - began < 1.5
        assert answer.status_code == 202
        assert answer.json()["status"] == "transmitting"
        assert answer.json()["received_stamp"] is None
        assert eventually(lambda: manager.get(f"documents/{answer.json()['id']}").json()["status"] == "accepted")

    def test_it_asks_before_resending_after_a_dropped_answer(self, manager: Caller, sandbox: Sandbox) -> None:
        sandbox.fault("drop_answer", "recepciondte", count=1)

        answer = manager.send()

        assert answer.json()["status"] == "accepted"
        assert [one["service"] for one in sandbox.received()][-2:] == ["recepciondte", "consultadte"]
        assert len(sandbox.received("recepciondte")) == 1

    def test_it_resends_after_a_clear_negative(self, manager: Caller, sandbox: Sandbox) -> None:
        sandbox.fault("down", "recepciondte", count=1)

        answer = manager.send()

        assert answer.json()["status"] == "accepted"
        services = [one["service"] for one in sandbox.received() if one["service"] != "auth"]
        assert services == ["recepciondte", "consultadte", "recepciondte"]

    @pytest.mark.parametrize("code", ["020", "099"])
    def test_a_refusal_that_a_question_was_told_is_asked_about_once_more(
        self, manager: Caller, sandbox: Sandbox, code: str
    ) -> None:
        """It may be the question's own: what was accepted would be rejected here, or sent again."""
        sandbox.fault("drop_answer", "recepciondte", count=1)
        sandbox.fault("reject", "consultadte", count=1, code=code)

        assert manager.send().json()["status"] == "accepted"
        assert len(sandbox.received("recepciondte")) == 1

    def test_a_refusal_that_is_told_twice_counts(self, manager: Caller, sandbox: Sandbox) -> None:
        sandbox.fault("down", "recepciondte", count=1)
        sandbox.fault("reject", "consultadte", code="020", message="[resumen.totalPagar] CALCULO INCORRECTO")

        answer = manager.send()

        assert answer.status_code == 422
        assert answer.json()["document"]["rejection"]["code"] == "020"
        assert len(sandbox.received("consultadte")) == 2

    def test_a_seal_is_not_believed_without_its_stamp(self, manager: Caller, sandbox: Sandbox) -> None:
        sandbox.fault("no_seal", "recepciondte", count=1)

        body = manager.send().json()

        assert body["status"] == "accepted"
        assert len(sandbox.received("recepciondte")) == 1
        assert sandbox.received("consultadte")

    def test_one_new_login_after_a_refused_token(self, manager: Caller, sandbox: Sandbox) -> None:
        manager.send()
        sandbox.fault("unauthorized", "recepciondte", count=1)

        assert manager.send().json()["status"] == "accepted"

    @pytest.mark.parametrize("fault", ["unauthorized", "throttled"])
    def test_what_concerns_the_issuer_stops_all_it_sends(self, manager: Caller, sandbox: Sandbox, fault: str) -> None:
        sandbox.fault(fault, "recepciondte")
        answers = [manager.send() for _ in range(5)]

        assert {answer.status_code for answer in answers} == {202}
        assert len(sandbox.received("recepciondte")) <= 2  # the one repeat after a new login

    def test_what_never_left_is_sent_without_asking(
        self, manager: Caller, merchant: Merchant, sandbox: Sandbox
    ) -> None:
        vault.hold(merchant, "sandbox", "refused", timezone.now())
        assert manager.send().status_code == 202

        vault.release(merchant, "sandbox")
        Document.objects.update(next_attempt_at=timezone.now())
        sender = Sender(threads=1)
        assert eventually(lambda: sender.turn() == 0 and Document.objects.get().state == "accepted")
        sender.stopping.set()
        sender.run()
        assert not sandbox.received("consultadte")

    def test_a_database_that_fails_the_worker_does_not_undo_the_document(
        self, manager: Caller, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_args: object, **_kwargs: object) -> None:
            raise OperationalError("database is locked")

        monkeypatch.setattr(exchange, "finished", broken)
        monkeypatch.setattr(queue, "release", broken)

        answer = manager.send()

        assert answer.status_code == 202
        assert Document.objects.get().state == "transmitting"

    def test_what_could_not_be_stored_is_not_told(
        self, manager: Caller, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        announce = moves._announce

        def broken(document: Document, at: datetime) -> None:
            if document.state == "accepted":
                raise OperationalError("the server closed the connection")
            announce(document, at)

        monkeypatch.setattr(moves, "_announce", broken)

        answer = manager.send()

        assert (answer.status_code, answer.json()["status"]) == (202, "transmitting")
        assert answer.json()["received_stamp"] is None
        assert Document.objects.get().state == "transmitting"


class TestWhenHaciendaRejects:
    def test_it_says_why_with_the_document_as_it_is_stored(self, manager: Caller, sandbox: Sandbox) -> None:
        sandbox.fault(
            "reject", "recepciondte", code="020", message="[resumen.totalPagar] CALCULO INCORRECTO", count=1
        )

        answer = manager.send()

        problem = answer.json()
        assert answer.status_code == 422
        assert answer["Content-Type"] == "application/problem+json"
        assert problem["code"] == "hacienda_rejected"
        assert problem["document"]["status"] == "rejected"
        assert problem["document"]["rejection"]["code"] == "020"
        assert "CALCULO INCORRECTO" in problem["detail"]
        assert problem["document"]["deadlines"][0]["name"] == "correction"


class TestReading:
    def test_a_document_is_found_by_id_and_by_generation_code(self, manager: Caller, sandbox: Sandbox) -> None:
        made = manager.send().json()

        for reference in (made["id"], made["generation_code"], made["generation_code"].lower()):
            assert manager.get(f"documents/{reference}").json() == made

    def test_the_list_pages_back_and_forth(self, manager: Caller, sandbox: Sandbox) -> None:
        made = [manager.send().json()["id"] for _ in range(5)][::-1]

        first = manager.get("documents?limit=2").json()
        second = manager.get(f"documents?limit=2&cursor={first['next']}").json()
        third = manager.get(f"documents?limit=2&cursor={second['next']}").json()
        back = manager.get(f"documents?limit=2&cursor={third['previous']}").json()

        assert [[one["id"] for one in page["results"]] for page in (first, second, third)] == [
            made[:2],
            made[2:4],
            made[4:],
        ]
        assert first["previous"] is None
        assert third["next"] is None
        assert [one["id"] for one in back["results"]] == made[2:4]

    def test_the_list_is_searched(self, manager: Caller, sandbox: Sandbox) -> None:
        customer = {"name": "Ana Gómez", "tax_id": "0614-150299-101-3"}
        ana = manager.send(invoice(customer=customer, external_id="A-1")).json()
        manager.send(tax_credit())

        for query in (
            "q=gómez",
            "external_id=A-1",
            "type=invoice",
            "type=01",
            "q=0614-150299-101-3",
            f"q={ana['control_number']}",
        ):
            found = manager.get(f"documents?{query}").json()["results"]
            assert [one["id"] for one in found] == [ana["id"]], query
        assert len(manager.get("documents?status=accepted").json()["results"]) == 2

    def test_nobody_sees_anybody_elses(
        self, manager: Caller, stranger: Caller, merchant: Merchant, sandbox: Sandbox
    ) -> None:
        made = manager.send().json()
        tester = caller(merchant, environment=Environment.TEST)

        for outsider in (stranger, tester):
            assert outsider.get(f"documents/{made['id']}").status_code == 404
            assert outsider.get("documents").json()["results"] == []
            assert outsider.post(f"documents/{made['id']}/invalidate", {"kind": "rescinded"}).status_code == 404

    def test_me_says_who_the_key_is(self, transmitter: Caller) -> None:
        body = transmitter.get("me").json()

        assert body["role"] == "transmitter"
        assert body["environment"] == "sandbox"
        assert body["merchant"]["tax_id"] == "06140101010019"


class TestPreview:
    def test_it_leaves_no_trace(self, manager: Caller, sandbox: Sandbox) -> None:
        answer = manager.post("documents/preview", invoice())

        assert answer.status_code == 200, answer.content
        assert answer.json()["totals"]["payable"] == "7.00"
        assert answer.json()["document"]["resumen"]["totalPagar"] == 7
        assert answer.json()["document"]["cuerpoDocumento"][0]["precioUni"] == 3.5
        assert not Document.objects.exists()
        assert not Sequence.objects.exists()
        assert not Attempt.objects.exists()
        assert not sandbox.received()

"""Correcting a rejected document: the same one within the term, another one after it, never two of them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Merchant
from documents.models import Attempt, Document, Sequence
from hacienda import availability
from tests.actors import TAX_ID, Caller, Sandbox, SigningFile, eventually, invoice, tax_credit

pytestmark = pytest.mark.django_db(transaction=True)


def rejected(caller: Caller, sandbox: Sandbox, body: dict[str, Any] | None = None, **fault: Any) -> dict[str, Any]:
    """A document that Hacienda has just refused, as the API returns it."""
    sandbox.fault("reject", "recepciondte", count=1, **{"code": "003", "message": "[receptor.nombre] NO", **fault})
    answer = caller.send(body or invoice(customer={"name": "Ana"}))
    assert answer.status_code == 422, answer.json()
    document: dict[str, Any] = answer.json()["document"]
    return document


def correct(caller: Caller, document: dict[str, Any], body: dict[str, Any] | None = None, **headers: str) -> Any:
    fixed = body or invoice(customer={"name": "Ana María"})
    return caller.post(f"documents/{document['id']}/correct", fixed, **headers)


def age(document: dict[str, Any], **by: float) -> None:
    """Let the rejection have happened earlier."""
    row = Document.objects.get(public_id=document["id"])
    assert row.rejection is not None
    row.rejection["at"] = (timezone.now() - timedelta(**by)).isoformat()
    row.save(update_fields=["rejection"])


def states(document: dict[str, Any]) -> list[str]:
    return [entry["status"] for entry in document["history"]]


class TestWithinTheTerm:
    def test_it_stays_the_same_document_and_is_accepted(self, manager: Caller, sandbox: Sandbox) -> None:
        made = rejected(manager, sandbox)

        answer = correct(manager, made)

        body = answer.json()
        assert answer.status_code == 200, body
        assert body["status"] == "accepted"
        for same in ("id", "generation_code", "control_number", "url", "issued_at"):
            assert body[same] == made[same]
        assert body["customer"]["name"] == "Ana María"
        assert body["rejection"] is None
        assert body["deadlines"][0]["name"] != "correction"
        assert states(body) == ["transmitting", "rejected", "transmitting", "accepted"]
        row = Document.objects.get()
        assert row.sealings.count() == 2
        assert row.request == invoice(customer={"name": "Ana María"})
        assert manager.send().json()["control_number"].endswith("002")

    def test_a_signature_that_hacienda_does_not_know_is_mended_there_and_sent_again(
        self, manager: Caller, sandbox: Sandbox, signing_file: SigningFile, other_signing_file: SigningFile
    ) -> None:
        sandbox.register(TAX_ID, other_signing_file.public_key)
        made = manager.send().json()["document"]
        sandbox.register(TAX_ID, signing_file.public_key)
        assert (made["rejection"]["code"], made["rejection"]["who"]) == ("802", "merchant")

        answer = correct(manager, made, invoice())

        assert (answer.status_code, answer.json()["status"]) == (200, "accepted")

    def test_a_transmitter_may(self, transmitter: Caller, sandbox: Sandbox) -> None:
        assert correct(transmitter, rejected(transmitter, sandbox)).status_code == 200

    def test_what_is_sent_is_the_correction(self, manager: Caller, sandbox: Sandbox) -> None:
        made = rejected(manager, sandbox)
        correct(manager, made)

        row = Document.objects.select_related("current_sealing").get()
        assert row.current_sealing is not None
        payload = json.loads(row.current_sealing.payload)
        assert payload["receptor"]["nombre"] == "Ana María"
        assert [one["generation_code"] for one in sandbox.received("recepciondte")] == [made["generation_code"]] * 2
        assert not sandbox.received("consultadte")

    def test_sending_again_with_its_external_id_corrects_it(self, manager: Caller, sandbox: Sandbox) -> None:
        made = rejected(manager, sandbox, invoice(external_id="A-1", customer={"name": "Ana"}))

        answer = manager.send(invoice(external_id="A-1"))

        assert answer.status_code == 201, answer.json()
        assert answer.json()["id"] == made["id"]
        assert states(answer.json()) == ["transmitting", "rejected", "transmitting", "accepted"]
        assert Document.objects.count() == 1
        assert manager.send(invoice(external_id="A-1")).json()["code"] == "external_id_taken"

    def test_a_second_rejection_begins_another_term(self, manager: Caller, sandbox: Sandbox) -> None:
        made = rejected(manager, sandbox)
        age(made, hours=23)
        sandbox.fault("reject", "recepciondte", code="005", message="[receptor.telefono] FALTA", count=1)

        again = correct(manager, made)

        assert again.status_code == 422
        assert again.json()["document"]["rejection"]["code"] == "005"
        age(made, hours=23)  # 46 hours after the first one
        done = correct(manager, made).json()
        assert (done["status"], done["generation_code"]) == ("accepted", made["generation_code"])

    def test_a_changed_type_or_place_is_refused(self, manager: Caller, merchant: Merchant, sandbox: Sandbox) -> None:
        made = rejected(manager, sandbox)

        for body, pointer, code in (
            (tax_credit(), "/type", "type_is_fixed"),
            (invoice(establishment="S002"), "/establishment", "place_is_fixed"),
            (invoice(point_of_sale="P009"), "/point_of_sale", "place_is_fixed"),
            (invoice(issued_at="2025-12-31T10:00:00-06:00"), "/issued_at", "year_is_fixed"),
        ):
            answer = correct(manager, made, body)
            assert answer.status_code == 422
            assert {"pointer": pointer, "code": code}.items() <= answer.json()["errors"][0].items()
        assert Document.objects.get().state == "rejected"

    def test_every_fault_comes_in_one_answer(self, manager: Caller, sandbox: Sandbox) -> None:
        made = rejected(manager, sandbox)

        answer = correct(manager, made, tax_credit(customer=None))

        assert {error["pointer"] for error in answer.json()["errors"]} == {"/type", "/customer"}

    def test_a_refused_time_of_issue_is_given_anew(self, manager: Caller, sandbox: Sandbox) -> None:
        # Seconds, not hours: a correction keeps its year, and this may run just after midnight.
        body = invoice(issued_at=(timezone.now() - timedelta(seconds=2)).isoformat())
        made = rejected(manager, sandbox, body, code="017", message="[identificacion.fecEmi] FECHA NO ES CORRECTA")

        assert correct(manager, made).json()["issued_at"] > made["issued_at"]

    def test_a_silent_hacienda_answers_transmitting(self, manager: Caller, sandbox: Sandbox) -> None:
        made = rejected(manager, sandbox)
        sandbox.fault("slow", "recepciondte", delay_ms=1200, count=1)

        answer = correct(manager, made, Prefer="wait=0")

        assert answer.status_code == 202
        assert answer.json()["status"] == "transmitting"
        assert answer.json()["rejection"] is None
        assert eventually(lambda: manager.get(f"documents/{made['id']}").json()["status"] == "accepted")


class TestWhatWasSentBefore:
    def test_an_old_refusal_is_not_taken_for_an_answer_to_the_correction(
        self, manager: Caller, sandbox: Sandbox
    ) -> None:
        made = rejected(manager, sandbox)
        # The first sending of the correction is lost; asked, Hacienda tells the refusal that it remembers.
        sandbox.fault("unavailable", "recepciondte", count=1)

        answer = correct(manager, made, Prefer="wait=10")

        assert answer.json()["status"] == "accepted", answer.json()
        services = [one["service"] for one in sandbox.received() if one["service"] != "auth"]
        assert services == ["recepciondte", "recepciondte", "consultadte", "recepciondte"]

    def test_a_lost_answer_is_asked_for(self, manager: Caller, sandbox: Sandbox) -> None:
        made = rejected(manager, sandbox)
        sandbox.fault("drop_answer", "recepciondte", count=1)

        assert correct(manager, made, Prefer="wait=10").json()["status"] == "accepted"
        services = [one["service"] for one in sandbox.received() if one["service"] != "auth"]
        assert services == ["recepciondte", "recepciondte", "consultadte"]

    def test_tries_before_the_correction_do_not_count(self, manager: Caller, sandbox: Sandbox) -> None:
        made = rejected(manager, sandbox)
        row = Document.objects.get()
        for _ in range(5):
            Attempt.objects.create(
                document=row, action="submit", started_at=row.created_at, outcome="silent", milliseconds=1
            )

        assert correct(manager, made).json()["status"] == "accepted"
        assert not sandbox.received("consultadte")


class TestAfterTheTerm:
    def test_a_new_document_takes_its_place(self, manager: Caller, sandbox: Sandbox) -> None:
        made = rejected(manager, sandbox, invoice(external_id="A-1"))
        age(made, hours=24, seconds=1)
        assert manager.get(f"documents/{made['id']}").json()["rejection"]["correctable_until"] is not None

        answer = correct(manager, made)

        new = answer.json()
        assert answer.status_code == 200, new
        assert new["status"] == "accepted"
        assert new["external_id"] == "A-1"
        assert new["id"] != made["id"]
        assert new["generation_code"] != made["generation_code"]
        assert new["control_number"].endswith("002")
        old = manager.get(f"documents/{made['id']}").json()
        assert (old["status"], old["replaced_by"], old["external_id"]) == ("rejected", new["id"], None)
        assert old["deadlines"] == []
        again = correct(manager, made)
        assert (again.status_code, again.json()["code"]) == (409, "already_replaced")

    def test_sending_again_with_its_external_id_makes_the_new_one(self, manager: Caller, sandbox: Sandbox) -> None:
        made = rejected(manager, sandbox, invoice(external_id="A-1"))
        age(made, hours=25)

        answer = manager.send(tax_credit(external_id="A-1"))  # its type may change: it has another number

        assert answer.status_code == 201, answer.json()
        assert answer.json()["id"] != made["id"]
        assert manager.get("documents?external_id=A-1").json()["results"][0]["id"] == answer.json()["id"]

    def test_a_refusal_leaves_everything_as_it_was(self, manager: Caller, sandbox: Sandbox) -> None:
        made = rejected(manager, sandbox, invoice(external_id="A-1"))
        age(made, hours=25)

        assert correct(manager, made, invoice(items=[{"description": "x", "price": "-1"}])).status_code == 422
        assert Document.objects.get().external_id == "A-1"

    @pytest.mark.parametrize("field", ["codigoGeneracion", "numeroControl"])
    def test_a_code_or_number_that_was_refused_is_given_anew_at_once(
        self, manager: Caller, sandbox: Sandbox, field: str
    ) -> None:
        made = rejected(manager, sandbox, code="004", message=f"[identificacion.{field}] YA EXISTE UN REGISTRO")
        assert made["rejection"]["correctable_until"] is None
        assert made["deadlines"] == []

        new = correct(manager, made).json()

        assert new["status"] == "accepted"
        assert new["generation_code"] != made["generation_code"]
        assert new["control_number"] != made["control_number"]

    def test_a_number_that_hacienda_has_already_is_given_anew(self, manager: Caller, sandbox: Sandbox) -> None:
        manager.send()
        # Another system has numbered for the company: Hacienda knows a number that we do not.
        Document.objects.update(number=1001, control_number="DTE-01-M001P001-000000000001001")
        Sequence.objects.update(last=0)
        made = manager.send(Prefer="wait=10").json()["document"]
        assert (made["rejection"]["code"], made["control_number"][-3:]) == ("004", "001")

        new = correct(manager, made).json()

        assert (new["status"], new["control_number"][-3:]) == ("accepted", "002")


class TestWhatCannotBeCorrected:
    def test_a_document_that_is_not_rejected(self, manager: Caller, sandbox: Sandbox) -> None:
        made = manager.send().json()

        answer = correct(manager, made)

        assert answer.status_code == 409
        assert answer.json()["code"] == "not_rejected"
        assert answer.json()["document"]["id"] == made["id"]

    def test_a_document_of_somebody_else(self, manager: Caller, stranger: Caller, sandbox: Sandbox) -> None:
        assert correct(stranger, rejected(manager, sandbox)).status_code == 404

    @pytest.mark.parametrize("hours", [0, 25])
    def test_of_two_corrections_at_once_one_wins(self, manager: Caller, sandbox: Sandbox, hours: int) -> None:
        made = rejected(manager, sandbox)
        age(made, hours=hours)

        def one(_number: int) -> int:
            try:
                return int(correct(manager, made).status_code)
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as threads:
            answers = sorted(threads.map(one, range(4)))

        assert answers == [200, 409, 409, 409]
        assert Document.objects.filter(state="accepted").count() == 1
        assert Document.objects.count() == (2 if hours else 1)
        assert len(sandbox.received("recepciondte")) == 2


class TestIdempotency:
    def test_the_same_correction_twice_is_made_once(self, manager: Caller, sandbox: Sandbox) -> None:
        made = rejected(manager, sandbox)
        first = correct(manager, made, **{"Idempotency-Key": "k1"})

        again = correct(manager, made, **{"Idempotency-Key": "k1"})

        assert (first.status_code, again.status_code) == (200, 200)
        assert again["Idempotent-Replayed"] == "true"
        assert again.json() == first.json()
        assert len(sandbox.received("recepciondte")) == 2

    def test_a_key_of_another_request_is_not_a_corrections(self, manager: Caller, sandbox: Sandbox) -> None:
        body = invoice(customer={"name": "Ana"})
        sandbox.fault("reject", "recepciondte", code="003", message="NO", count=1)
        made = manager.send(body, **{"Idempotency-Key": "k1"}).json()["document"]

        answer = correct(manager, made, body, **{"Idempotency-Key": "k1"})

        assert answer.json()["code"] == "idempotency_key_reused"
        assert correct(manager, made, body, **{"Idempotency-Key": "k2"}).status_code == 200


class TestContingency:
    def test_in_an_outage_it_goes_there_as_a_first_sending_would(
        self, manager: Caller, merchant: Merchant, sandbox: Sandbox
    ) -> None:
        made = rejected(manager, sandbox)
        now = timezone.now()
        availability.failed("SV", "sandbox", TAX_ID, began_at=now, at=now, cause="closed", accepted_at=None)
        sandbox.fault("down")

        body = correct(manager, made).json()

        assert body["status"] == "contingency", body
        assert body["generation_code"] == made["generation_code"]
        assert body["contingency"]["reason"] == 1
        assert body["contingency"]["uncertain"] is False
        assert states(body) == ["transmitting", "rejected", "transmitting", "contingency"]

    def test_what_an_event_has_reported_keeps_its_manner(
        self, manager: Caller, merchant: Merchant, sandbox: Sandbox
    ) -> None:
        made = rejected(manager, sandbox)
        Document.objects.update(
            contingency_reason=3, contingency_since=timezone.now(), event_accepted_at=timezone.now(), event_stamp="X"
        )
        # Hacienda knows of no event in this test: what counts is what it is sent.
        answer = correct(manager, made).json()

        assert answer["document"]["rejection"]["code"] == "012"
        assert answer["document"]["contingency"]["reason"] == 3
        row = Document.objects.select_related("current_sealing").get()
        assert row.current_sealing is not None
        assert row.current_sealing.reason == 3
        told = json.loads(row.current_sealing.payload, parse_float=Decimal)["identificacion"]
        assert (told["tipoModelo"], told["tipoOperacion"], told["tipoContingencia"]) == (2, 2, 3)

    def test_it_keeps_its_manner_through_another_outage(self, manager: Caller, sandbox: Sandbox) -> None:
        made = rejected(manager, sandbox)
        since = timezone.now() - timedelta(hours=2)
        Document.objects.update(contingency_reason=3, contingency_since=since, event_accepted_at=since)
        sandbox.fault("down")

        body = correct(manager, made, Prefer="wait=10").json()

        assert body["status"] == "contingency", body
        row = Document.objects.select_related("current_sealing").get()
        assert row.current_sealing is not None
        assert (row.contingency_reason, row.current_sealing.reason, row.contingency_since) == (3, 3, since)


def test_what_a_rejection_means_is_told_in_the_callers_language(manager: Caller, sandbox: Sandbox) -> None:
    sandbox.fault("reject", "recepciondte", code="009", message="[receptor.nit] NIT CONTRIBUYENTE NO EXISTE", count=1)

    problem = manager.send(tax_credit()).json()

    told = problem["document"]["rejection"]
    assert told["cause"] == problem["cause"] == "Hacienda has no taxpayer with this NIT."
    assert told["remedy"] == problem["remedy"]
    assert told["who"] == problem["who"] == "merchant"
    assert told["errors"][0]["pointer"] == "/customer/tax_id"
    assert told["correctable_until"] == problem["document"]["deadlines"][0]["until"]


def test_an_old_rejection_has_a_meaning_too(manager: Caller, sandbox: Sandbox) -> None:
    made = rejected(manager, sandbox)
    row = Document.objects.get()
    assert row.rejection is not None
    row.rejection = {name: row.rejection[name] for name in ("code", "message", "observations", "at", "errors")}
    row.request = None
    row.save()

    assert manager.get(f"documents/{made['id']}").json()["rejection"]["cause"]
    sandbox.fault("unavailable", "recepciondte", count=1)
    assert correct(manager, made, Prefer="wait=10").json()["status"] == "accepted"

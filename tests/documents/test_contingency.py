"""What becomes of a document when Hacienda fails: the front door, the executor and the sender's questions."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import Merchant
from documents.models import Document, Notice
from documents.services import errands, probing, queue, transmit
from hacienda import availability, registry
from hacienda.elsalvador.authority import ElSalvador
from hacienda.elsalvador.transport.client import Client
from hacienda.http import Patience
from hacienda.models import Outage
from tests.actors import Caller, Sandbox, eventually, invoice

pytestmark = pytest.mark.django_db(transaction=True)

FAST_FAULTS = ("down", "unavailable", "garbage", "truncated")


def sealed(document: Document) -> dict[str, Any]:
    assert document.current_sealing is not None
    identification: dict[str, Any] = json.loads(document.current_sealing.payload)["identificacion"]
    return identification


def stored() -> Document:
    return Document.objects.select_related("current_sealing", "merchant", "outage").latest("id")


def recover(sandbox: Sandbox) -> None:
    """Hacienda is back, and two probes have seen it."""
    sandbox.heal()
    for _ in range(2):
        Outage.objects.filter(ended_at=None).update(next_probe_at=timezone.now())
        probing.look(timezone.now())


def ask_again() -> None:
    """What a sender does with a document that is due."""
    Document.objects.filter(state="contingency", uncertain=True).update(next_attempt_at=timezone.now())
    for pk in queue.due(Document, now=timezone.now()).values_list("pk", flat=True):
        owner, won = queue.claim_all(Document, [pk], now=timezone.now())
        assert won
        transmit.work(errands.load(Document, pk), owner)


class TestAFreshOutage:
    @pytest.mark.parametrize("fault", FAST_FAULTS)
    def test_it_answers_contingency_within_two_seconds(self, manager: Caller, sandbox: Sandbox, fault: str) -> None:
        sandbox.fault(fault)

        began = time.monotonic()
        answer = manager.send()
        took = time.monotonic() - began

        assert answer.status_code == 201, answer.content
        assert took < 2
        body = answer.json()
        assert body["status"] == "contingency"
        assert body["received_stamp"] is None
        assert body["contingency"]["reason"] == 1
        assert body["contingency"]["event_stamp"] is None
        assert body["url"]
        assert Outage.objects.get().ended_at is None
        assert len(sandbox.received("recepciondte")) <= 3

    def test_the_document_is_sealed_anew_and_keeps_its_codes(self, manager: Caller, sandbox: Sandbox) -> None:
        sandbox.fault("down")
        body = manager.send().json()

        document = stored()
        normal, contingency = document.sealings.order_by("id")
        assert document.current_sealing == contingency
        before, after = (json.loads(one.payload) for one in (normal, contingency))
        changed = {name for name, value in after["identificacion"].items() if value != before["identificacion"][name]}
        assert changed == {"tipoModelo", "tipoOperacion", "tipoContingencia"}
        assert (after["identificacion"]["tipoModelo"], after["identificacion"]["tipoOperacion"]) == (2, 2)
        assert after["identificacion"]["tipoContingencia"] == 1
        assert after["identificacion"]["motivoContin"] is None
        assert {**after, "identificacion": None} == {**before, "identificacion": None}
        assert body["generation_code"] == after["identificacion"]["codigoGeneracion"]
        assert contingency.signature != normal.signature

    def test_nothing_written_leaves_no_doubt_and_no_question(
        self, manager: Caller, sandbox: Sandbox, settings: Any
    ) -> None:
        settings.AUTHORITY_URLS = {"SV": dict.fromkeys(settings.AUTHORITY_URLS["SV"], "http://127.0.0.1:9")}
        body = manager.send().json()
        assert body["status"] == "contingency"
        assert body["contingency"]["uncertain"] is False
        assert [one.outcome for one in stored().exchange.all()] == ["not_written"] * 3

    def test_a_login_that_cannot_be_reached_is_nothing_written(
        self, manager: Caller, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Without a token from before.
        monkeypatch.setattr(registry, "_AUTHORITIES", {**registry._AUTHORITIES, "SV": ElSalvador()})
        sandbox.fault("down", "auth")
        body = manager.send().json()
        assert (body["status"], body["contingency"]["uncertain"]) == ("contingency", False)
        assert not sandbox.received("recepciondte")

    def test_what_may_have_arrived_is_uncertain_where_nobody_can_be_asked(
        self, manager: Caller, sandbox: Sandbox
    ) -> None:
        sandbox.fault("drop_answer", "recepciondte")
        sandbox.fault("down", "consultadte")
        body = manager.send().json()
        assert (body["status"], body["contingency"]["uncertain"]) == ("contingency", True)
        assert len(sandbox.received("recepciondte")) == 1

    def test_it_resends_only_after_a_clear_negative_and_at_most_twice(
        self, manager: Caller, sandbox: Sandbox
    ) -> None:
        sandbox.fault("down", "recepciondte")
        body = manager.send().json()
        assert (body["status"], body["contingency"]["uncertain"]) == ("contingency", False)
        services = [one["service"] for one in sandbox.received() if one["service"] != "auth"]
        assert services == ["recepciondte", "consultadte"] * 3

    def test_a_silent_hacienda_is_waited_for_and_then_left(
        self, manager: Caller, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        impatient = ElSalvador(Client(patience=Patience(connect=0.5, total=0.5)))
        monkeypatch.setattr(registry, "_AUTHORITIES", {**registry._AUTHORITIES, "SV": impatient})
        manager.send()
        sandbox.fault("hang")
        answer = manager.send(Prefer="wait=0")
        assert (answer.status_code, answer.json()["status"]) == (202, "transmitting")
        assert not Outage.objects.exists()  # the law's tries are not used up yet

        assert eventually(lambda: stored().state == "contingency")
        assert [(one.action, one.outcome) for one in stored().exchange.order_by("id")] == [
            ("submit", "silent"),
            ("ask", "silent"),
            ("ask", "silent"),
        ]
        assert stored().uncertain

    @pytest.mark.parametrize("fault", ["unauthorized", "throttled"])
    def test_refused_credentials_and_a_throttle_open_no_outage(
        self, manager: Caller, sandbox: Sandbox, fault: str
    ) -> None:
        sandbox.fault(fault)
        answer = manager.send()
        assert (answer.status_code, answer.json()["status"]) == (202, "transmitting")
        assert not Outage.objects.exists()


class TestAKnownOutage:
    def test_documents_are_in_contingency_at_once_and_nothing_is_sent(
        self, manager: Caller, sandbox: Sandbox
    ) -> None:
        sandbox.fault("down")
        manager.send()
        sandbox.control("DELETE", "received")

        body = manager.send().json()

        assert body["status"] == "contingency"
        assert [entry["status"] for entry in body["history"]] == ["contingency"]
        assert not sandbox.received()
        document = stored()
        assert document.sealings.count() == 1
        assert sealed(document)["tipoOperacion"] == 2
        assert document.outage == Outage.objects.get()
        assert document.next_attempt_at is None

    def test_another_emitter_still_tries(self, manager: Caller, stranger: Caller, sandbox: Sandbox) -> None:
        sandbox.fault("down", nit="06140101010019")
        assert manager.send().json()["status"] == "contingency"
        assert stranger.send().json()["status"] == "accepted"

    def test_when_a_second_emitter_fails_it_is_everybodys(
        self, manager: Caller, stranger: Caller, sandbox: Sandbox
    ) -> None:
        sandbox.fault("down")
        manager.send()
        stranger.send()
        everybodys = availability.current("SV", "sandbox", "99999999999999")
        assert everybodys is not None

    def test_after_a_good_probe_one_document_tries_and_ends_the_outage(
        self, manager: Caller, sandbox: Sandbox
    ) -> None:
        sandbox.fault("down")
        manager.send()
        sandbox.heal()
        Outage.objects.update(next_probe_at=timezone.now())
        probing.look(timezone.now())
        assert Outage.objects.get().ended_at is None

        assert manager.send().json()["status"] == "accepted"
        assert Outage.objects.get().ended_at is not None
        assert manager.send().json()["status"] == "accepted"

    def test_a_trial_that_fails_is_answered_within_a_second(
        self, manager: Caller, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        impatient = ElSalvador(Client(patience=Patience(connect=0.5, total=1.5)))
        monkeypatch.setattr(registry, "_AUTHORITIES", {**registry._AUTHORITIES, "SV": impatient})
        sandbox.fault("down")
        manager.send()
        Outage.objects.update(good_probes=1)
        sandbox.heal()
        sandbox.fault("hang", "recepciondte")

        began = time.monotonic()
        answer = manager.send()
        assert time.monotonic() - began < 1
        assert answer.json()["status"] == "transmitting"
        assert manager.send().json()["status"] == "contingency"  # one at a time
        # Asked about once, and told that it never arrived: in an open outage nothing is sent again.
        assert eventually(lambda: not Document.objects.exclude(state="contingency").exists())

    def test_probes_close_it_and_see_reception_itself(self, manager: Caller, sandbox: Sandbox) -> None:
        sandbox.fault("down")
        manager.send()
        sandbox.heal()
        sandbox.fault("down", "recepciondte")
        for _ in range(3):
            Outage.objects.update(next_probe_at=timezone.now())
            assert probing.look(timezone.now()) == 0
        assert Outage.objects.get().tax_id == ""  # not even a stranger is answered: everybody's

        recover(sandbox)
        outage = Outage.objects.get()
        assert outage.ended_at is not None
        assert outage.began_at < outage.ended_at

    @pytest.mark.parametrize("service", ["auth", "consultadte"])
    def test_a_probe_is_good_only_if_login_and_question_are_answered(
        self, manager: Caller, sandbox: Sandbox, service: str
    ) -> None:
        sandbox.fault("down")
        manager.send()
        sandbox.heal()
        sandbox.fault("garbage", service)
        Outage.objects.update(next_probe_at=timezone.now())
        probing.look(timezone.now())
        outage = Outage.objects.get()
        assert (outage.good_probes, outage.failed_probes) == (0, 1)


class TestDoubt:
    def test_an_earlier_copy_that_arrived_is_adopted(self, manager: Caller, sandbox: Sandbox) -> None:
        sandbox.fault("drop_answer", "recepciondte")
        sandbox.fault("down", "consultadte")
        body = manager.send().json()
        link = body["url"].removeprefix("http://127.0.0.1:8000")
        delivered = Browser().get(f"{link}.json").json()
        assert delivered["identificacion"]["tipoOperacion"] == 2
        recover(sandbox)

        ask_again()

        now = manager.get(f"documents/{body['id']}").json()
        assert (now["status"], now["contingency"]) == ("accepted", None)
        assert now["received_stamp"]
        assert sealed(stored())["tipoOperacion"] == 1
        delivered = Browser().get(f"{link}.json").json()
        assert delivered["identificacion"]["tipoOperacion"] == 1
        assert delivered["selloRecibido"] == now["received_stamp"]
        assert len(sandbox.received("recepciondte")) - len(sandbox.received("auth")) < 3

    def test_one_that_never_arrived_becomes_certain_and_waits(self, manager: Caller, sandbox: Sandbox) -> None:
        sandbox.fault("down")
        body = manager.send().json()
        assert body["contingency"]["uncertain"] is True
        recover(sandbox)
        ask_again()
        document = stored()
        assert (document.state, document.uncertain, document.next_attempt_at) == ("contingency", False, None)

    def test_nobody_is_asked_while_the_outage_lasts(self, manager: Caller, sandbox: Sandbox) -> None:
        sandbox.fault("down")
        manager.send()
        sandbox.control("DELETE", "received")
        ask_again()
        assert not sandbox.received()
        assert stored().next_attempt_at > timezone.now() + timedelta(seconds=3)


class TestWhatTheBuyerHolds:
    def test_the_link_is_valid_at_once(self, manager: Caller, sandbox: Sandbox) -> None:
        sandbox.fault("down")
        body = manager.send(invoice(customer={"name": "Ana", "email": "ana@example.com"})).json()
        link = body["url"].removeprefix("http://127.0.0.1:8000")

        page = Browser().get(link).content.decode()
        assert "ontingencia" in page
        delivered = Browser().get(f"{link}.json").json()
        assert delivered["firmaElectronica"]
        assert "selloRecibido" not in delivered
        assert Browser().get(f"{link}.pdf").content.startswith(b"%PDF")

    def test_the_customer_gets_one_mail_at_once_in_a_known_outage(
        self, manager: Caller, sandbox: Sandbox, run_tasks: Callable[[], int]
    ) -> None:
        sandbox.fault("down")
        manager.send()
        manager.send(invoice(customer={"name": "Ana", "email": "ana@example.com"}))
        run_tasks()
        assert [message.to for message in mail.outbox] == [["ana@example.com"]]


def test_what_happens_is_announced_in_the_transaction_that_makes_it_happen(
    manager: Caller, sandbox: Sandbox, merchant: Merchant
) -> None:
    accepted = manager.send().json()
    sandbox.fault("reject", "recepciondte", code="020", message="[resumen.totalPagar] X", count=1)
    manager.send()
    sandbox.fault("down")
    first, known = manager.send().json(), manager.send().json()

    notices = Notice.objects.filter(merchant=merchant).order_by("id")
    assert [one.type for one in notices] == [
        "document.accepted",
        "document.rejected",
        "document.contingency",
        "document.contingency",
    ]
    assert notices[0].data["received_stamp"] == accepted["received_stamp"]
    assert [one.data["id"] for one in notices[2:]] == [first["id"], known["id"]]


class TestTheMerchantsOwnOutage:
    def body(self, **more: Any) -> dict[str, Any]:
        now = timezone.now()
        own = {
            "reason": 4,
            "from": (now - timedelta(hours=5)).isoformat(),
            "to": (now - timedelta(hours=1)).isoformat(),
        }
        return invoice(contingency=own | more, issued_at=(now - timedelta(hours=2)).isoformat())

    def test_it_is_sealed_with_its_reason_and_its_own_time(self, manager: Caller, sandbox: Sandbox) -> None:
        body = manager.send(self.body(reason=5, note="Se inundó el local")).json()

        assert body["status"] == "contingency"
        assert body["contingency"]["reason"] == 5
        identification = sealed(stored())
        assert identification["tipoContingencia"] == 5
        assert identification["motivoContin"] == "Se inundó el local"
        due = datetime.fromisoformat(body["contingency"]["event_due"])
        assert timedelta(hours=22.9) < due - timezone.now() < timedelta(hours=23.1)
        assert not sandbox.received()
        assert not Outage.objects.exists()

    def test_what_is_wrong_with_it_is_told_with_everything_else(self, manager: Caller, sandbox: Sandbox) -> None:
        now = timezone.now()

        def faults(body: dict[str, Any]) -> set[tuple[str, str]]:
            answer = manager.send(body)
            assert answer.status_code == 422
            return {(one["pointer"], one["code"]) for one in answer.json()["errors"]}

        assert faults(self.body(reason=1)) == {("/contingency/reason", "contingency_reason_not_own")}
        assert faults(self.body(reason=7)) == {("/contingency/reason", "contingency_reason_unknown")}
        assert faults(self.body(reason=5)) == {("/contingency/note", "contingency_note_required")}
        assert faults(self.body(to=(now + timedelta(hours=1)).isoformat())) == {
            ("/contingency/to", "outage_not_over")
        }
        assert faults(self.body(to=(now - timedelta(hours=6)).isoformat())) == {
            ("/contingency/to", "outage_ends_before_it_begins")
        }
        late = {
            "from": (now - timedelta(hours=40)).isoformat(),
            "to": (now - timedelta(hours=30)).isoformat(),
        }
        assert faults(self.body(**late)) == {("/contingency/to", "contingency_term_over")}
        wrong = self.body(**{"from": "yesterday"})
        del wrong["contingency"]["to"]
        wrong["customer"] = {"tax_id": "1"}
        assert faults(wrong) == {
            ("/contingency/from", "invalid"),
            ("/contingency/to", "required"),
            ("/customer/id_type", "id_type_required"),
        }
        outside = self.body()
        del outside["issued_at"]
        assert faults(outside) == {("/issued_at", "issued_outside_contingency")}


def test_a_document_on_its_way_when_the_outage_opens_follows_into_contingency(
    manager: Caller, sandbox: Sandbox
) -> None:
    sandbox.fault("slow", "recepciondte", delay_ms=1500, count=1)
    late = manager.send(Prefer="wait=0").json()
    sandbox.fault("down", "recepciondte")
    sandbox.fault("down", "consultadte")
    assert manager.send().json()["status"] == "contingency"

    assert eventually(lambda: manager.get(f"documents/{late['id']}").json()["status"] == "accepted")

"""Costa Rica's outages: the same bytes go later by themselves, and what was issued in an own outage says so."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contingency import tasks
from contingency.models import Batch, Event, Run
from documents.models import Document
from documents.services import probing
from hacienda.costarica import clave
from hacienda.models import Outage
from hacienda.registry import authority
from tests import books
from tests.actors import Caller, Sandbox
from tests.documents.costarica.conftest import Work
from tests.ticos import cr_invoice, ticket

pytestmark = pytest.mark.django_db(transaction=True)
LAW = authority("CR")


def recover(sandbox: Sandbox) -> None:
    """Hacienda is back, and two probes have seen it."""
    sandbox.heal()
    for _ in range(2):
        Outage.objects.filter(ended_at=None).update(next_probe_at=timezone.now())
        probing.look(timezone.now())


def ours() -> list[Document]:
    return list(Document.objects.order_by("pk"))


def own(reason: int, *, hours: float = 2, **more: Any) -> dict[str, Any]:
    """What is told of an outage of the issuer's own that ended a few minutes ago."""
    now = timezone.now()
    began, ended = now - timedelta(hours=hours), now - timedelta(minutes=5)
    at = now - timedelta(minutes=30)
    return {
        "contingency": {"reason": reason, "from": began.isoformat(), "to": ended.isoformat()},
        "issued_at": at.isoformat(),
        **more,
    }


def paper(**more: Any) -> dict[str, Any]:
    """The receipt on paper that was given out meanwhile."""
    today = timezone.now().astimezone(LAW.rules.zone).date()
    return {"type": "08", "number": "0012345", "issued_at": today.isoformat(), "reference_code": "05", **more}


class TestHaciendaDown:
    @pytest.mark.parametrize("fault", ["down", "unavailable", "garbage"])
    def test_the_caller_has_a_document_within_two_seconds(
        self, tico_manager: Caller, sandbox: Sandbox, fault: str
    ) -> None:
        tico_manager.post("documents/preview", ticket())  # a process that has read its lists of codes
        sandbox.fault(fault)
        began = time.monotonic()
        answer = tico_manager.send(ticket())
        took = time.monotonic() - began

        assert answer.status_code == 201, answer.content
        assert took < 2
        told = answer.json()
        assert told["status"] == "contingency"
        assert told["contingency"]["event_stamp"] is None
        assert clave.read(told["generation_code"]).situation == "1"
        [document] = ours()
        assert document.sealings.count() == 1, "the same bytes go later"
        assert Event.objects.count() == 0

    def test_in_a_known_outage_nothing_is_tried(self, tico_manager: Caller, sandbox: Sandbox) -> None:
        sandbox.fault("down")
        tico_manager.send(ticket())
        before = len(sandbox.received())
        began = time.monotonic()
        answer = tico_manager.send(cr_invoice())
        took = time.monotonic() - began

        assert (answer.status_code, answer.json()["status"]) == (201, "contingency")
        assert took < 1
        assert len(sandbox.received()) == before
        document = ours()[-1]
        assert clave.read(document.generation_code).situation == "1"
        assert document.current_sealing is not None
        assert document.sealings.count() == 1

    def test_all_goes_by_itself_once_hacienda_is_back(
        self, tico_manager: Caller, sandbox: Sandbox, work: Work
    ) -> None:
        sandbox.fault("down")
        for body in (ticket(), cr_invoice(), ticket()):
            assert tico_manager.send(body).json()["status"] == "contingency"
        before = [(one.generation_code, one.control_number, one.current_sealing_id) for one in ours()]
        recover(sandbox)
        work(books.at_rest)

        assert [one.state for one in ours()] == ["accepted"] * 3
        assert [(one.generation_code, one.control_number, one.current_sealing_id) for one in ours()] == before
        [run] = Run.objects.all()
        assert (run.trigger, run.state, run.total) == ("on_recovery", "done", 3)
        assert all(one.received_stamp for one in ours())
        assert Event.objects.count() == 0
        assert books.wrong(sandbox.received()) == []

    def test_a_short_outage_is_over_within_a_minute_by_the_sender_alone(
        self, tico_manager: Caller, sandbox: Sandbox, work: Work
    ) -> None:
        sandbox.fault("down")
        tico_manager.send(ticket())
        sandbox.heal()
        began = time.monotonic()
        work(books.at_rest)

        assert ours()[0].state == "accepted"
        assert time.monotonic() - began < 60

    @pytest.mark.parametrize("arrived", [True, False])
    def test_what_may_have_arrived_is_asked_about_first(
        self, tico_manager: Caller, sandbox: Sandbox, work: Work, arrived: bool
    ) -> None:
        sandbox.fault("drop_answer" if arrived else "down", "recepcion")
        sandbox.fault("down", "consulta")
        told = tico_manager.send(ticket()).json()
        assert (told["status"], told["contingency"]["uncertain"]) == ("contingency", True)
        recover(sandbox)
        sandbox.control("DELETE", "received")
        work(books.at_rest)

        services = [one["service"] for one in sandbox.received() if one["service"] != "idp"]
        assert services[0] == "consulta"
        assert services.count("recepcion") == (0 if arrived else 1)
        assert ours()[0].state == "accepted"

    def test_what_a_run_sends_and_hacienda_refuses_is_rejected(
        self, tico_manager: Caller, sandbox: Sandbox, work: Work
    ) -> None:
        sandbox.fault("down")
        tico_manager.send(ticket())
        tico_manager.send(ticket())
        recover(sandbox)
        sandbox.fault("reject", "recepcion", count=1, code="-400", message="El código CABYS no existe.")
        work(books.at_rest)

        assert sorted(one.state for one in ours()) == ["accepted", "rejected"]
        told = tico_manager.get("contingency/runs").json()["results"][0]
        assert (told["state"], told["total"], told["accepted"], told["rejected"]) == ("done", 2, 1, 1)
        assert Batch.objects.exclude(state="done").count() == 0


class TestAnOutageOfTheIssuersOwn:
    @pytest.mark.parametrize(
        ("reason", "situation", "more"), [(3, "3", {}), (2, "2", {"related": [paper()]})], ids=["internet", "paper"]
    )
    def test_the_document_says_so_and_waits_for_its_sending(
        self, tico_manager: Caller, sandbox: Sandbox, work: Work, reason: int, situation: str, more: dict[str, Any]
    ) -> None:
        answer = tico_manager.send(ticket(**own(reason, **more)))

        assert answer.status_code == 201, answer.content
        told = answer.json()
        assert told["status"] == "contingency"
        assert clave.read(told["generation_code"]).situation == situation
        assert sandbox.received("recepcion") == []
        work(lambda: ours()[0].documents_due is not None)
        due = ours()[0].documents_due
        assert due == LAW.sending_due(ours()[0].issued_at)
        assert ours()[0].state == "contingency", "it waits for the button"
        board = tico_manager.get("contingency").json()
        assert (board["waiting"], board["outage"], board["events"]) == (1, None, [])
        assert [(one["name"], one["waiting"]) for one in board["deadlines"]] == [("documents", 1)]
        run = tico_manager.post("contingency/runs")
        assert (run.status_code, run.json()["total"]) == (202, 1), run.content
        work(lambda: Run.objects.get().state == "done")
        run = tico_manager.get(f"contingency/runs/{run.json()['id']}")
        assert (run.json()["accepted"], run.json()["remaining"], run.json()["events"]) == (1, 0, [])
        assert tico_manager.get("contingency").json()["waiting"] == 0
        assert ours()[0].state == "accepted"
        assert Event.objects.count() == 0

    def test_it_goes_before_its_term_ends_whatever_nobody_does(
        self, tico_manager: Caller, sandbox: Sandbox, work: Work
    ) -> None:
        tico_manager.send(ticket(**own(3)))
        work(lambda: ours()[0].documents_due is not None)
        Document.objects.update(documents_due=timezone.now() + timedelta(hours=1))
        work(lambda: ours()[0].state == "accepted")
        work(books.at_rest)

        assert Run.objects.get().trigger == "by_deadline"

    def test_it_goes_at_the_month_s_end(self, tico_manager: Caller, sandbox: Sandbox, work: Work) -> None:
        tico_manager.send(ticket(**own(3)))
        work(lambda: ours()[0].documents_due is not None)
        assert tasks.send_month() == 1
        work(lambda: ours()[0].state == "accepted")
        work(books.at_rest)

        assert Run.objects.get().trigger == "month_end"

    @pytest.mark.parametrize(
        ("wrong", "pointer", "code"),
        [
            (own(1), "/contingency/reason", "contingency_reason_not_own"),
            (own(5), "/contingency/reason", "contingency_reason_unknown"),
            (own(2), "/related", "paper_required"),
            (own(2, related=[paper(reference_code="04")]), "/related", "paper_required"),
            (own(3, issued_at="2026-01-02T10:00:00-06:00"), "/issued_at", "issued_outside_contingency"),
            (
                own(3)
                | {
                    "contingency": {
                        "reason": 3,
                        "from": "2026-11-02T10:00:00-06:00",
                        "to": "2026-11-01T10:00:00-06:00",
                    }
                },
                "/contingency/to",
                "outage_ends_before_it_begins",
            ),
            (
                own(3)
                | {
                    "contingency": {
                        "reason": 3,
                        "from": "2026-11-02T10:00:00-06:00",
                        "to": "2099-11-01T10:00:00-06:00",
                    }
                },
                "/contingency/to",
                "outage_not_over",
            ),
        ],
    )
    def test_what_is_wrong_with_it_is_told(
        self, tico_manager: Caller, wrong: dict[str, Any], pointer: str, code: str
    ) -> None:
        answer = tico_manager.send(ticket(**wrong))

        assert answer.status_code == 422, answer.content
        assert (pointer, code) in [(one["pointer"], one["code"]) for one in answer.json()["errors"]]
        assert ours() == []

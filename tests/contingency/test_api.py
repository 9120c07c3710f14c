"""Contingency in the public API: what waits, starting a run, following it."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone
from django_q.models import Schedule
from drf_spectacular.generators import SchemaGenerator

from accounts.models import Environment, Merchant, Role
from contingency import selectors
from contingency.models import Run
from documents.models import Document
from tests.actors import Caller, caller
from tests.contingency.rows import ago, ahead, batch, branch, event, go, outage, settle, waiting
from tests.documents.test_openapi import fits

pytestmark = pytest.mark.django_db(transaction=True)

RUN = {
    "id",
    "state",
    "total",
    "accepted",
    "rejected",
    "remaining",
    "trigger",
    "created_at",
    "finished_at",
    "events",
    "batches",
}


def moment(text: str) -> datetime:
    assert text.endswith("-06:00"), text
    return datetime.fromisoformat(text)


# --- What waits -------------------------------------------------------------------------------------------------
def test_it_is_quiet_when_nothing_waits(manager: Caller) -> None:
    Schedule.objects.all().delete()
    answer = manager.get("contingency").json()

    assert answer["hacienda"] == {"status": "up", "outage": None, "last_outage": None}
    assert answer["outage"] is None
    assert answer["waiting"] == 0
    assert answer["amount"] == "0.00"
    assert answer["establishments"] == answer["deadlines"] == answer["events"] == answer["runs"] == []
    assert answer["oldest"] is None
    assert answer["next_run_at"] is None
    assert answer["sending"] == "by_deadline"


def test_an_open_outage_is_told_and_no_term_runs(manager: Caller, merchant: Merchant) -> None:
    down = outage(began=ago(minutes=10))
    waiting(merchant, down)

    answer = manager.get("contingency").json()

    assert answer["hacienda"]["status"] == "down"
    assert answer["hacienda"]["outage"] == answer["outage"]
    assert answer["outage"]["scope"] == "everybody"
    assert answer["outage"]["ended_at"] is None
    assert moment(answer["outage"]["began_at"]) == down.began_at.replace(microsecond=0)
    assert answer["deadlines"] == []
    assert answer["establishments"][0]["event_due"] is None


def test_an_outage_of_another_emitter_is_not_ours(manager: Caller) -> None:
    outage(tax_id="06149999999999")

    assert manager.get("contingency").json()["hacienda"]["status"] == "up"


def test_ones_own_outage_is_told_as_such(manager: Caller, merchant: Merchant) -> None:
    outage(tax_id=merchant.tax_id)

    assert manager.get("contingency").json()["outage"]["scope"] == "emitter"


def test_what_waits_is_told_by_establishment_with_its_terms(manager: Caller, merchant: Merchant) -> None:
    branch(merchant)
    over = outage(ended=ago(hours=1))
    due, later = ahead(hours=23), ahead(hours=70)
    oldest = waiting(merchant, over, event_due=due)
    waiting(merchant, over, event_due=due, uncertain=True)
    reported = {
        "event_due": due,
        "event_accepted_at": ago(minutes=5),
        "event_stamp": "S" * 40,
        "documents_due": later,
    }
    waiting(merchant, over, establishment="S002", **reported)

    answer = manager.get("contingency").json()

    assert answer["waiting"] == 3
    assert answer["amount"] == "21.00"
    assert answer["uncertain"] == 1
    main, second = answer["establishments"]
    assert (main["establishment"], main["waiting"], main["amount"], main["uncertain"]) == ("M001", 2, "14.00", 1)
    assert moment(main["oldest_issued_at"]) == oldest.issued_at.replace(microsecond=0)
    assert moment(main["event_due"]) == due.replace(microsecond=0)
    assert main["documents_due"] is None
    assert (second["establishment"], second["waiting"]) == ("S002", 1)
    assert second["event_due"] is None
    assert moment(second["documents_due"]) == later.replace(microsecond=0)
    assert [(one["name"], one["waiting"], one["is_late"]) for one in answer["deadlines"]] == [
        ("event", 2, False),
        ("documents", 1, False),
    ]
    assert answer["deadlines"][1]["establishments"] == ["S002"]
    assert answer["oldest"] == main["oldest_issued_at"]


def test_the_term_runs_from_the_end_of_the_outage_even_before_the_event_is_gathered(
    manager: Caller, merchant: Merchant
) -> None:
    ended = ago(hours=25)
    waiting(merchant, outage(began=ago(hours=30), ended=ended))
    waiting(merchant, None, contingency_reason=4, contingency_from=ago(hours=3), contingency_to=ago(hours=2))

    late, running = manager.get("contingency").json()["deadlines"]

    assert late["is_late"]
    assert (moment(late["until"]) - ended).total_seconds() // 60 in (1439, 1440)
    assert not running["is_late"]


def test_settled_documents_do_not_wait(manager: Caller, merchant: Merchant) -> None:
    waiting(merchant, outage(ended=ago(hours=1)))
    Document.objects.update(state="accepted")

    assert manager.get("contingency").json()["waiting"] == 0


def test_the_next_scheduled_run_is_told(manager: Caller) -> None:
    at = ahead(days=3).replace(microsecond=0)
    Schedule.objects.filter(name=selectors.MONTH_END).delete()  # the one of the migration
    Schedule.objects.create(name=selectors.MONTH_END, func="contingency.tasks.month_end", next_run=at)

    assert moment(manager.get("contingency").json()["next_run_at"]) == at


def test_a_refused_event_is_told_with_haciendas_words(manager: Caller, merchant: Merchant) -> None:
    row = waiting(merchant, outage(ended=ago(hours=1)))
    refusal = {"code": "013", "message": "FECHA FUERA DE RANGO", "observations": ["x"], "errors": []}
    event(merchant, [row], state="rejected", refusal=refusal | {"at": ago(minutes=1).isoformat()})
    event(merchant, [], state="accepted", stamp="S" * 40, stamped_at=timezone.now())

    refused, accepted = manager.get("contingency").json()["events"]

    assert (refused["state"], refused["documents"], refused["refusal"]["code"]) == ("rejected", 1, "013")
    moment(refused["refusal"]["at"])
    assert refused["refusal"]["cause"] == "A document was issued outside the period that the event tells."
    assert refused["refusal"]["remedy"].startswith("There is nothing that you could correct.")
    assert refused["refusal"]["who"] == "operator"
    assert (accepted["stamp"], accepted["refusal"]) == ("S" * 40, None)


def test_nothing_of_others_is_told(manager: Caller, stranger: Caller, merchant: Merchant) -> None:
    row = waiting(merchant, outage(ended=ago(hours=1)))
    event(merchant, [row])
    manager.post("contingency/runs")

    theirs = stranger.get("contingency").json()
    elsewhere = caller(merchant, environment=Environment.TEST).get("contingency").json()

    for answer in (theirs, elsewhere):
        assert answer["waiting"] == 0
        assert answer["events"] == answer["runs"] == []


# --- Runs -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", [Role.MANAGER, Role.TRANSMITTER])
def test_a_run_takes_all_that_waits(role: Role, merchant: Merchant) -> None:
    somebody = caller(merchant, role)
    for _one in range(2):
        waiting(merchant, outage(ended=ago(hours=1), tax_id=merchant.tax_id))

    answer = somebody.post("contingency/runs", {})

    made = answer.json()
    assert answer.status_code == 202
    assert answer.headers["Location"].endswith(f"/api/v1/contingency/runs/{made['id']}")
    assert made.keys() == RUN
    assert (made["state"], made["trigger"]) == ("queued", "api")
    assert (made["total"], made["accepted"], made["rejected"], made["remaining"]) == (2, 0, 0, 2)
    assert made["finished_at"] is None
    assert Run.objects.get().api_key == somebody.key
    assert somebody.get(f"contingency/runs/{made['id']}").json() == made


def test_a_run_that_is_not_done_is_returned_and_not_doubled(manager: Caller, merchant: Merchant) -> None:
    waiting(merchant, outage(ended=ago(hours=1)))

    answers = [manager.post("contingency/runs") for _time in range(5)]

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == Run.objects.count() == 1


def test_with_nothing_to_send_a_run_of_none_is_done(manager: Caller) -> None:
    answer = manager.post("contingency/runs")

    assert answer.status_code == 202
    made = answer.json()
    assert (made["state"], made["total"], made["remaining"]) == ("done", 0, 0)
    moment(made["finished_at"])


def test_nothing_can_be_told_a_run(manager: Caller) -> None:
    answer = manager.post("contingency/runs", {"only": "doc_1"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/only"
    assert not Run.objects.exists()


def test_starting_needs_a_key(client: Client) -> None:
    assert client.post("/api/v1/contingency/runs").status_code == 401
    assert client.get("/api/v1/contingency").status_code == 401


def test_progress_is_counted_with_events_and_batches(manager: Caller, merchant: Merchant) -> None:
    rows = [waiting(merchant, None, contingency_to=ago(hours=1)) for _one in range(4)]
    event(merchant, rows[:3], state="accepted", stamp="S" * 40, stamped_at=timezone.now())
    event(merchant, [], establishment="S002")
    made = manager.post("contingency/runs").json()
    run = Run.objects.get()
    batch(run, list(run.entries.all()[:3]), state="done", code="LOTE", accepted=2, rejected=1)
    settle(run, "accepted", 2)
    settle(run, "rejected", 1)
    go(run, "running")

    answer = manager.get(f"contingency/runs/{made['id']}").json()

    assert (answer["state"], answer["total"]) == ("running", 4)
    assert (answer["accepted"], answer["rejected"], answer["remaining"]) == (2, 1, 1)
    assert [(one["documents"], one["stamp"]) for one in answer["events"]] == [(3, "S" * 40)]
    [sent] = answer["batches"]
    assert (sent["code"], sent["state"], sent["size"], sent["accepted"], sent["rejected"]) == (
        "LOTE",
        "done",
        3,
        2,
        1,
    )


def test_what_a_run_gave_up_remains(manager: Caller, merchant: Merchant) -> None:
    waiting(merchant, outage(ended=ago(hours=1)))
    made = manager.post("contingency/runs").json()
    run = Run.objects.get()
    settle(run, "left", 1)
    go(run, "failed", finished_at=timezone.now())

    answer = manager.get(f"contingency/runs/{made['id']}").json()

    assert (answer["state"], answer["accepted"], answer["rejected"], answer["remaining"]) == ("failed", 0, 0, 1)


def test_others_runs_are_not_there(manager: Caller, stranger: Caller, merchant: Merchant) -> None:
    made = manager.post("contingency/runs").json()

    assert stranger.get(f"contingency/runs/{made['id']}").status_code == 404
    elsewhere = caller(merchant, environment=Environment.TEST)
    assert elsewhere.get(f"contingency/runs/{made['id']}").status_code == 404
    assert manager.get("contingency/runs/run_none").status_code == 404
    assert stranger.get("contingency/runs").json() == {"next": None, "results": []}


def test_runs_are_listed_newest_first_page_by_page(manager: Caller) -> None:
    ids = [manager.post("contingency/runs").json()["id"] for _one in range(3)]

    first = manager.get("contingency/runs?limit=2").json()
    second = manager.get(f"contingency/runs?limit=2&cursor={first['next']}").json()

    assert [one["id"] for one in first["results"]] == ids[:0:-1]
    assert [one["id"] for one in second["results"]] == ids[:1]
    assert second["next"] is None
    refused = manager.get("contingency/runs?cursor=run_none")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/cursor"


def test_answers_fit_the_published_description(manager: Caller, merchant: Merchant) -> None:
    openapi = SchemaGenerator().get_schema(request=None, public=True)
    over = outage(ended=ago(hours=1))
    row = waiting(merchant, over, event_due=ahead(hours=3))
    event(merchant, [row], over)
    made = manager.post("contingency/runs").json()
    run = Run.objects.get()
    batch(run, list(run.entries.all()))

    fits(openapi, "Contingency", manager.get("contingency").json())
    fits(openapi, "ShownRun", manager.get(f"contingency/runs/{made['id']}").json())
    fits(openapi, "RunPage", manager.get("contingency/runs").json())
    for operation, example in (
        ("/api/v1/contingency", "Contingency"),
        ("/api/v1/contingency/runs/{public_id}", "ShownRun"),
    ):
        content = openapi["paths"][operation]["get"]["responses"]["200"]["content"]["application/json"]
        [shown] = content["examples"].values()
        fits(openapi, example, shown["value"])

"""Invalidating: managers only, rules before anything is sent, the event's stamp kept apart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Merchant
from contingency.management.commands.sender import Sender
from documents.models import Document, Invalidation
from tests.actors import Caller, Sandbox, eventually, invoice, tax_credit

pytestmark = pytest.mark.django_db(transaction=True)

RESCINDED = {"kind": "rescinded", "reason": "El cliente desistió"}


def invalidate(caller: Caller, made: dict[str, Any], body: dict[str, Any] | None = None, **headers: str) -> Any:
    return caller.post(f"documents/{made['id']}/invalidate", body or RESCINDED, **headers)


@pytest.mark.parametrize("draft", [invoice(), tax_credit()])
def test_a_stamped_document_is_invalidated(manager: Caller, sandbox: Sandbox, draft: dict[str, Any]) -> None:
    made = manager.send(draft).json()

    answer = invalidate(manager, made)

    body = answer.json()
    assert answer.status_code == 200, body
    assert body["status"] == "invalidated"
    assert body["received_stamp"] == made["received_stamp"]
    assert body["invalidation"]["status"] == "accepted"
    assert len(body["invalidation"]["stamp"]) == 40
    assert body["invalidation"]["stamp"] != made["received_stamp"]
    assert body["invalidation"]["kind"] == "rescinded"
    assert [entry["status"] for entry in body["history"]] == ["transmitting", "accepted", "invalidated"]


def test_a_transmitter_may_not(manager: Caller, transmitter: Caller, sandbox: Sandbox) -> None:
    made = manager.send().json()

    answer = invalidate(transmitter, made)

    assert answer.status_code == 403
    assert answer.json()["code"] == "role_not_allowed"
    assert not sandbox.received("anulardte")


def test_an_error_needs_a_stamped_replacement(manager: Caller, sandbox: Sandbox) -> None:
    made = manager.send().json()

    without = invalidate(manager, made, {"kind": "error", "reason": "Precio equivocado"})
    assert without.status_code == 422
    assert without.json()["errors"][0]["pointer"] == "/replacement"
    assert not sandbox.received("anulardte")

    replacement = manager.send().json()
    done = invalidate(manager, made, {"kind": "error", "reason": "x", "replacement": replacement["id"]})
    assert done.json()["invalidation"]["replacement"] == replacement["id"], done.json()


def test_a_replacement_of_somebody_else_does_not_exist(manager: Caller, stranger: Caller, sandbox: Sandbox) -> None:
    made, theirs = manager.send().json(), stranger.send().json()

    answer = invalidate(manager, made, {"kind": "error", "replacement": theirs["id"]})

    assert answer.json()["errors"][0] == {
        "pointer": "/replacement",
        "code": "unknown_document",
        "message": "There is no such document of yours in this environment.",
    }


def test_a_replacement_is_of_the_same_type(manager: Caller, sandbox: Sandbox) -> None:
    made, other = manager.send().json(), manager.send(tax_credit()).json()

    answer = invalidate(manager, made, {"kind": "error", "replacement": other["id"]})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/replacement"
    assert not sandbox.received("anulardte")


def test_a_replacement_without_stamp_is_refused_whatever_the_kind(manager: Caller, sandbox: Sandbox) -> None:
    made = manager.send().json()
    sandbox.fault("down")
    waiting = manager.send(Prefer="wait=0").json()

    for kind in ("error", "rescinded"):
        answer = invalidate(manager, made, {"kind": kind, "replacement": waiting["id"]})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["code"] == "replacement_not_stamped"


def test_people_come_from_the_merchants_settings_or_the_body(
    manager: Caller, merchant: Merchant, sandbox: Sandbox
) -> None:
    made = manager.send().json()
    Merchant.objects.filter(pk=merchant.pk).update(responsible_name="", responsible_id_number="")

    refused = invalidate(manager, made)
    assert {error["pointer"].split("/")[1] for error in refused.json()["errors"]} == {
        "requested_by",
        "responsible",
    }

    person = {"name": "ANA PRUEBA", "id_type": "13", "id_number": "012345678"}
    done = invalidate(manager, made, {**RESCINDED, "requested_by": person, "responsible": person})
    assert done.status_code == 200, done.json()


def test_a_document_without_stamp_is_409(manager: Caller, sandbox: Sandbox) -> None:
    sandbox.fault("down")
    made = manager.send(Prefer="wait=0").json()

    answer = invalidate(manager, made)

    assert answer.status_code == 409
    assert answer.json()["code"] == "not_stamped_yet"


def test_it_is_done_once(manager: Caller, sandbox: Sandbox) -> None:
    made = manager.send().json()
    invalidate(manager, made)

    again = invalidate(manager, made)

    assert again.status_code == 409
    assert again.json()["code"] == "already_invalidated"


def test_the_term_is_kept(manager: Caller, sandbox: Sandbox) -> None:
    made = manager.send().json()
    document = Document.objects.get(public_id=made["id"])
    Document.objects.update(stamped_at=document.stamped_at - timedelta(days=100))  # type: ignore[operator]

    answer = invalidate(manager, made)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "term_over"
    assert not sandbox.received("anulardte")


def test_haciendas_refusal_is_told_and_the_document_stays(manager: Caller, sandbox: Sandbox) -> None:
    made = manager.send().json()
    sandbox.fault("reject", "anulardte", code="028", message="DTE RELACIONADO A OTRO DTE", count=1)

    answer = invalidate(manager, made)

    assert answer.status_code == 422
    assert answer.json()["code"] == "hacienda_rejected"
    assert answer.json()["document"]["status"] == "accepted"
    assert answer.json()["document"]["invalidation"] is None
    assert "028" in answer.json()["document"]["history"][-1]["detail"]
    assert invalidate(manager, made).status_code == 200  # and may be tried again


def test_a_refusal_says_what_it_means_who_mends_it_and_where(manager: Caller, sandbox: Sandbox) -> None:
    made = manager.send().json()
    sandbox.fault("reject", "anulardte", code="003", message="[motivo.numDocSolicita] VALOR NO VALIDO", count=1)

    answer = invalidate(manager, made, **{"Accept-Language": "es"}).json()

    [error] = answer["errors"]
    assert error["pointer"] == "/requested_by/id_number"
    assert answer["cause"].startswith("Hacienda no reconoce el valor de este campo")
    assert answer["remedy"] == "Corrija los campos que se indican y pida la invalidación otra vez."
    assert answer["who"] == "merchant"
    kept = manager.get(f"documents/{made['id']}").json()["invalidation_rejection"]
    assert (kept["kind"], kept["code"], kept["errors"]) == ("rescinded", "003", [error])
    assert kept["remedy"] == "Correct the fields that are listed and ask for the invalidation again."

    done = invalidate(manager, made).json()
    assert (done["status"], done["invalidation_rejection"]) == ("invalidated", None)


def test_where_the_version_was_refused_the_other_one_is_named_and_works(
    manager: Caller, merchant: Merchant, sandbox: Sandbox
) -> None:
    made = manager.send().json()
    version = "Campo #/identificacion/version contiene un valor inválido"
    sandbox.fault("reject", "anulardte", code="096", message=version, count=1)

    told = invalidate(manager, made).json()

    assert "Choose version 2 of the invalidation event" in told["remedy"]
    accounts.set_schema_versions(merchant=merchant, environment="sandbox", versions={"invalidation": 2})
    assert invalidate(manager, made).json()["status"] == "invalidated"
    assert '"version":2' in Invalidation.objects.latest("id").payload


def test_a_silent_hacienda_gives_202_and_the_late_answer_lands(manager: Caller, sandbox: Sandbox) -> None:
    made = manager.send().json()
    sandbox.fault("slow", "anulardte", delay_ms=1500, count=1)

    answer = invalidate(manager, made, Prefer="wait=1")

    assert answer.status_code == 202
    assert answer.json()["status"] == "accepted"
    assert answer.json()["invalidation"]["status"] == "transmitting"
    assert invalidate(manager, made).json()["code"] == "invalidation_in_progress"
    assert eventually(lambda: manager.get(f"documents/{made['id']}").json()["status"] == "invalidated")


def test_a_dropped_answer_is_asked_about_and_not_sent_again(manager: Caller, sandbox: Sandbox) -> None:
    made = manager.send().json()
    sandbox.fault("drop_answer", "anulardte", count=1)

    body = invalidate(manager, made).json()

    assert body["status"] == "invalidated"
    assert len(body["invalidation"]["stamp"]) == 40
    assert len(sandbox.received("anulardte")) == 1
    assert Invalidation.objects.count() == 1


def test_a_refusal_that_a_question_was_told_is_asked_about_once_more(manager: Caller, sandbox: Sandbox) -> None:
    made = manager.send().json()
    sandbox.fault("drop_answer", "anulardte", count=1)
    sandbox.fault("reject", "consultadte", count=1, code="020")

    answer = manager.post(f"documents/{made['id']}/invalidate", {"kind": "rescinded"})

    assert answer.status_code == 202
    Invalidation.objects.update(next_attempt_at=timezone.now())
    sender = Sender(threads=1)
    assert eventually(lambda: sender.turn() == 0 and Document.objects.get().state == "invalidated")
    sender.stopping.set()
    sender.run()
    assert len(sandbox.received("anulardte")) == 1


def test_an_event_that_hacienda_had_already_counts_although_its_answer_was_lost(
    manager: Caller, sandbox: Sandbox
) -> None:
    """The query does not find events: then the refusal of the second sending tells that the first arrived."""
    made = manager.send().json()
    sandbox.fault("drop_answer", "anulardte", count=1)
    sandbox.fault("reject", "consultadte", code="014", message="NO EXISTE REGISTRO CON ESE VALOR", count=1)

    body = invalidate(manager, made).json()

    assert body["status"] == "invalidated"
    assert body["invalidation"]["status"] == "accepted"
    assert body["invalidation"]["stamp"] is None
    assert len(sandbox.received("anulardte")) == 2

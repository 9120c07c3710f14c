"""What people and keys ask for of documents, events and runs stands in the audit log; and the API shows it."""

from __future__ import annotations

from typing import Any

import pytest

from accounts import audit
from accounts.models import AuditEntry, Environment, Merchant, Role
from contingency.models import Event, Run
from contingency.services import reporting, runs
from documents.models import Document
from tests.actors import Caller, Sandbox, caller, invoice, tax_credit
from tests.contingency import rows
from tests.people import visitor


def log(merchant: Merchant, action: str) -> list[AuditEntry]:
    return list(audit.entries(merchant, action=action))


def test_an_invalidation_by_a_key(manager: Caller, merchant: Merchant, sandbox: Sandbox) -> None:
    made = manager.send().json()
    answer = manager.post(f"documents/{made['id']}/invalidate", {"kind": "rescinded"})
    (entry,) = log(merchant, "document.invalidation_asked")
    assert (entry.actor, entry.address) == (manager.key.public_key, "127.0.0.1")
    assert (entry.subject, entry.details["kind"]) == (made["id"], "rescinded")
    assert entry.request_id == answer["Request-Id"]


def test_a_correction_by_a_key_and_by_a_person(manager: Caller, merchant: Merchant, sandbox: Sandbox) -> None:
    sandbox.fault("reject", "recepciondte", code="009", message="[receptor.nit] NO EXISTE", count=2)
    refused = manager.send(tax_credit()).json()["document"]
    assert manager.post(f"documents/{refused['id']}/correct", tax_credit()).status_code == 422
    assert manager.post(f"documents/{refused['id']}/correct", tax_credit()).status_code == 200
    entries = log(merchant, "document.corrected")
    assert [entry.subject for entry in entries] == [refused["id"]] * 2
    assert {entry.actor for entry in entries} == {manager.key.public_key}
    assert manager.post(f"documents/{refused['id']}/correct", tax_credit()).status_code == 409
    assert len(log(merchant, "document.corrected")) == 2


def test_runs(manager: Caller, merchant: Merchant, sandbox: Sandbox) -> None:
    run = manager.post("contingency/runs").json()
    (entry,) = log(merchant, "contingency.run_started")
    assert (entry.subject, entry.actor) == (run["id"], manager.key.public_key)
    visitor(merchant).post("/contingency/runs")
    assert log(merchant, "contingency.run_started")[0].actor == "ana@example.com"
    runs.start(merchant=merchant, environment="sandbox", trigger=Run.Trigger.MONTH_END, now=entry.at)
    assert audit.kind_of_actor(log(merchant, "contingency.run_started")[0]) == "smartbill"


def test_an_event_that_is_sent_again(merchant: Merchant, manager: Caller) -> None:
    now = manager.key.created_at
    event = rows.event(merchant, [], state=Event.State.REJECTED)
    reporting.correct(event, now)
    (entry,) = log(merchant, "contingency.event_retried")
    assert entry.subject == event.generation_code
    Event.objects.filter(pk=event.pk).update(state=Event.State.ACCEPTED)
    reporting.correct(event, now)
    assert len(log(merchant, "contingency.event_retried")) == 1


class TestTheApi:
    def test_it_shows_what_concerns_the_environment_newest_first(self, manager: Caller, merchant: Merchant) -> None:
        caller(merchant, environment=Environment.TEST)
        visitor(merchant)
        body = manager.get("audit").json()
        assert [one["action"] for one in body["results"]] == ["member.added", "key.created", "merchant.created"]
        key = body["results"][1]
        assert key["environment"] == "sandbox"
        assert key["subject"] == manager.key.public_key
        assert key["actor"] == {"kind": "smartbill", "name": None, "address": None}
        assert key["at"].endswith("-06:00")
        assert body["next"] is None

    def test_pages_follow_each_other(self, manager: Caller, merchant: Merchant) -> None:
        for _number in range(3):
            caller(merchant)
        seen: list[Any] = []
        cursor = ""
        while True:
            page = manager.get(f"audit?limit=2&action=key.created{cursor}").json()
            seen += [one["subject"] for one in page["results"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        keys = list(merchant.api_keys.order_by("-pk").values_list("public_key", flat=True))
        assert seen == keys

    @pytest.mark.parametrize("query", ["limit=0", "limit=x", "cursor=1", "cursor=aud_zz", "action=nonsense"])
    def test_nonsense_is_refused(self, manager: Caller, query: str) -> None:
        answer = manager.get(f"audit?{query}")
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")

    def test_it_is_for_managers(self, merchant: Merchant) -> None:
        answer = caller(merchant, Role.TRANSMITTER).get("audit")
        assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")


def test_issuing_is_not_a_matter_of_the_audit_log(manager: Caller, merchant: Merchant, sandbox: Sandbox) -> None:
    count = audit.entries(merchant).count()
    assert manager.send(invoice()).status_code == 201
    assert Document.objects.count() == 1
    assert audit.entries(merchant).count() == count

"""Evidence of an outage: the event and the batches of a document, and nothing of the others in them."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import Merchant
from contingency.models import Batch, Event, Exchange, Run
from documents import verification
from documents.models import Document
from tests.actors import Caller, Sandbox, caller
from tests.contingency.outages import all_in, contingency, outage, work
from tests.contingency.pressing import press
from tests.people import visitor

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("batches_are_judged_fast")]


@pytest.fixture
def sent(merchant: Merchant, sandbox: Sandbox) -> Caller:
    """Three documents issued in an outage, reported in an event and sent in a batch; one of them was refused."""
    row = outage()
    for _ in range(3):
        contingency(merchant, row)
    assert work(all_in(Event, "accepted"))
    press(merchant)
    assert work(all_in(Run, "done", "failed"))
    assert set(Document.objects.values_list("state", flat=True)) == {"accepted"}
    return caller(merchant)


def file_of(reader: Caller, path: str) -> dict[str, Any]:
    answer = reader.get(path)
    assert answer.status_code == 200
    told: dict[str, Any] = json.loads(answer.content)
    assert list(verification.file(told)) == []
    return told


def verify() -> list[str]:
    out = io.StringIO()
    try:
        call_command("verify_evidence", stdout=out, stderr=io.StringIO())
    except SystemExit:
        return out.getvalue().splitlines()
    return []


def test_a_document_shows_its_outage_its_event_and_its_part_of_the_batch(sent: Caller) -> None:
    first, *others = Document.objects.order_by("pk")
    told = file_of(sent, f"documents/{first.public_id}/evidence")

    assert told["outage"]["until"] is not None
    event = Event.objects.get()
    assert [one["stamp"] for one in told["events"]] == [event.stamp]
    assert first.generation_code in told["texts"][told["events"][0]["payload"]]
    assert [one["outcome"] for one in told["events"][0]["exchanges"]] == ["accepted"]
    batch = Batch.objects.get()
    [shown] = told["batches"]
    assert (shown["sending_id"], shown["code"]) == (batch.sending_id, batch.code)
    [answer] = shown["answers_about_this_document"]
    assert first.received_stamp in answer
    kinds = [fact["fact"] for link in told["chains"][f"document/{first.generation_code}"] for fact in link["facts"]]
    assert [kind for kind in kinds if kind in ("contingency", "reported", "batch", "batch_answer", "stamped")] == [
        *("contingency", "reported", "batch", "batch_answer", "stamped")
    ]
    assert len(told["chains"]) == 3
    whole = json.dumps({**told, "events": None, "texts": None})
    for other in others:
        assert other.received_stamp not in json.dumps(told)
        assert other.generation_code not in whole


def test_an_event_shows_all_that_it_reports(sent: Caller, stranger: Caller) -> None:
    event = Event.objects.get()
    told = file_of(sent, f"contingency/events/{event.generation_code}/evidence")

    assert [one["status"] for one in told["documents"]] == ["accepted"] * 3
    ends = [one["chain_end"] for one in told["documents"]]
    for code, end in zip(
        Document.objects.order_by("pk").values_list("generation_code", flat=True), ends, strict=True
    ):
        links = file_of(sent, f"documents/{code}/evidence")["chains"][f"document/{code}"]
        assert links[-1]["digest"] == end
    assert stranger.get(f"contingency/events/{event.generation_code}/evidence").status_code == 404
    path = f"/contingency/events/{event.generation_code}/evidence"
    ana = visitor(event.merchant)
    assert path in ana.get("/contingency").content.decode()
    assert json.loads(ana.get(path).content)["event"]["stamp"] == event.stamp


def test_what_was_said_about_events_and_batches_cannot_be_changed(sent: Caller) -> None:
    assert verify() == []
    kept = {row.pk: row.answer for row in Exchange.objects.all()}
    for pk, answer in kept.items():
        Exchange.objects.filter(pk=pk).update(answer=answer + " ")
        assert verify()
        Exchange.objects.filter(pk=pk).update(answer=answer)
    for model, name in ((Event, "stamp"), (Event, "payload"), (Event, "signature"), (Document, "event_stamp")):
        row = model._default_manager.first()
        model._default_manager.filter(pk=row.pk).update(**{name: "changed"})
        assert verify(), name
        model._default_manager.filter(pk=row.pk).update(**{name: getattr(row, name)})
    assert verify() == []
    Exchange.objects.filter(event__isnull=False).delete()
    assert verify()

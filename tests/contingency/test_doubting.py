"""After a restored backup: what was reported, sent and stamped since is found by asking, and nothing goes twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Merchant
from contingency.management.commands.sender import Sender
from contingency.models import Batch, Event, Run, RunDocument
from contingency.services import doubting as contingency_doubting
from contingency.services import reporting
from documents.models import Document
from documents.services import doubting
from tests.actors import Sandbox, eventually
from tests.contingency.outages import all_in, contingency, outage, work
from tests.contingency.pressing import press

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("batches_are_judged_fast")]

NOTHING = {"next_attempt_at": None, "lease_until": None, "lease_owner": ""}


def doubt() -> None:
    now = timezone.now()
    doubting.doubt(backup_at=now - timedelta(hours=1), now=now)
    contingency_doubting.doubt(now=now)


def accepted() -> bool:
    return not Document.objects.exclude(state="accepted").exists()


def to_the_end(merchant: Merchant, documents: int = 2) -> list[Document]:
    """Documents of an outage that were reported, sent and stamped."""
    over = outage()
    made = [contingency(merchant, over) for _ in range(documents)]
    reporting.gather(timezone.now())
    assert work(all_in(Event, "accepted"))
    press(merchant)
    assert work(all_in(Run, "done"))
    assert accepted()
    return made


def set_back(**columns: object) -> None:
    """The documents as the backup has them."""
    Document.objects.update(state="contingency", received_stamp="", stamped_at=None, **NOTHING, **columns)


def drained() -> bool:
    """One turn of a sender over all kinds of rows, then whether all is accepted."""
    sender = Sender(threads=4)
    sender.turn()
    sender._pool.shutdown(wait=True)
    return accepted()


def test_documents_that_were_stamped_since_are_found_by_asking(merchant: Merchant, sandbox: Sandbox) -> None:
    to_the_end(merchant)
    RunDocument.objects.all().delete()
    Run.objects.all().delete()
    Event.objects.all().delete()
    set_back(event_accepted_at=None, event_stamp="", documents_due=None)
    sealed = dict(Document.objects.values_list("pk", "current_sealing_id"))
    sandbox.control("DELETE", "received")

    doubt()
    assert eventually(drained)

    assert {one["service"] for one in sandbox.received()} <= {"auth", "consultadte"}
    # What Hacienda stamped is the copy of the contingency: the normal one never left.
    assert dict(Document.objects.values_list("pk", "current_sealing_id")) == sealed
    assert set(Document.objects.values_list("contingency_reason", flat=True)) == {1}


def test_an_event_that_may_have_been_sent_since_is_asked_about_first(merchant: Merchant, sandbox: Sandbox) -> None:
    contingency(merchant, outage())
    reporting.gather(timezone.now())
    assert work(all_in(Event, "accepted"))
    Event.objects.update(state="transmitting", stamp="", stamped_at=None, next_attempt_at=timezone.now())
    Event.objects.get().exchange.all().delete()
    Document.objects.update(event_accepted_at=None, event_stamp="", documents_due=None)
    sandbox.control("DELETE", "received")

    doubt()
    assert work(all_in(Event, "accepted"))

    services = [one["service"] for one in sandbox.received() if one["service"] != "auth"]
    assert services[0] in ("consultadte", "contingencia")
    assert Event.objects.get().exchange.order_by("id").values_list("action", flat=True)[1] == "ask"


def test_a_batch_that_may_have_been_sent_since_does_not_go_again(merchant: Merchant, sandbox: Sandbox) -> None:
    to_the_end(merchant)
    set_back()
    batch = Batch.objects.get()
    batch.exchange.all().delete()
    Batch.objects.update(state="waiting", code="", sent_at=None, accepted=0, finished_at=None)
    RunDocument.objects.update(outcome="", sendings=0)
    Run.objects.update(state="running", finished_at=None)
    sandbox.control("DELETE", "received")

    doubt()

    assert Batch.objects.get().state == "sent"
    assert set(RunDocument.objects.values_list("sendings", flat=True)) == {1}
    assert work(accepted)
    assert {one["service"] for one in sandbox.received()} <= {"auth", "consultadte"}

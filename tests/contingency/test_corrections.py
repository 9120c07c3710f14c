"""What Hacienda refused after an outage is corrected: a document out of a batch, in the contingency in which it was
issued; and the event itself."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Merchant
from contingency.models import Event, RunDocument
from documents.models import Document, HistoryEntry
from tests.actors import Caller, Sandbox, invoice
from tests.contingency.outages import all_in, contingency, going_on, outage, work
from tests.contingency.pressing import done, press
from tests.people import text, visitor

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("batches_are_judged_fast")]


@pytest.fixture
def refused(merchant: Merchant, sandbox: Sandbox) -> Document:
    """Rejected out of the batch of a run; its event was accepted."""
    document = contingency(merchant, outage(), reason=5, note="Se inundó la sala de servidores")
    sandbox.fault("reject", "recepcionlote", count=1, code="003", message="[receptor.nombre] VALOR NO VALIDO")
    press(merchant)
    assert work(done)
    document.refresh_from_db()
    assert (document.state, document.event_accepted_at is not None) == ("rejected", True)
    return document


def correct(manager: Caller, document: Document, **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = manager.post(
        f"documents/{document.public_id}/correct", invoice(customer={"name": "Ana"}, **more), Prefer="wait=10"
    ).json()
    return body


def test_it_is_accepted_as_the_event_reported_it(manager: Caller, refused: Document, sandbox: Sandbox) -> None:
    body = correct(manager, refused)

    assert body["status"] == "accepted", body
    assert body["generation_code"] == refused.generation_code
    assert body["control_number"] == refused.control_number
    assert body["contingency"]["reason"] == 5
    refused.refresh_from_db()
    assert refused.current_sealing is not None
    assert refused.current_sealing.reason == 5
    statuses = HistoryEntry.objects.filter(document=refused).values_list("status", flat=True)
    assert list(statuses) == ["transmitting", "contingency", "rejected", "transmitting", "accepted"]
    assert RunDocument.objects.get().outcome == "rejected"  # of that run, it stays so


def test_what_the_event_reported_cannot_be_changed(manager: Caller, refused: Document, sandbox: Sandbox) -> None:
    own = {"reason": 2, "from": "2026-11-22T08:00:00-06:00", "to": "2026-11-22T09:00:00-06:00"}

    problem = correct(manager, refused, contingency=own)

    assert ("/contingency", "contingency_is_fixed") in [(one["pointer"], one["code"]) for one in problem["errors"]]


def test_in_another_outage_it_waits_for_the_next_run(
    manager: Caller, merchant: Merchant, refused: Document, sandbox: Sandbox
) -> None:
    down = going_on()

    assert correct(manager, refused)["status"] == "contingency"
    refused.refresh_from_db()
    assert refused.contingency_reason == 5
    down.delete()
    press(merchant)

    def accepted() -> bool:
        return Document.objects.get().state == "accepted"

    assert work(accepted)
    assert len(sandbox.received("contingencia")) == 1


def test_an_event_that_was_refused_says_what_to_mend_and_goes_again_once_it_is_mended(
    manager: Caller, merchant: Merchant, sandbox: Sandbox
) -> None:
    ana = visitor(merchant)
    contingency(merchant, outage())
    sandbox.fault("reject", "contingencia", code="006", message="[emisor.telefono] FORMATO NO VALIDO", count=1)
    assert work(all_in(Event, "rejected"))
    [told] = manager.get("contingency").json()["events"]
    assert told["refusal"]["errors"][0]["pointer"] == "/issuer/phone"
    assert (told["refusal"]["who"], told["refusal"]["cause"]) == (
        "merchant",
        "The value is not written in the form that Hacienda demands.",
    )
    assert "Company: Telephone" in text(ana.get("/contingency"))

    given = {"trade_name": "", "phone": "2222-4444", "email": merchant.email}
    assert ana.post("/hacienda/company/contact", given).status_code == 302
    ana.post(f"/contingency/events/{told['generation_code']}/correct")

    assert work(all_in(Event, "accepted"))
    assert '"telefono":"2222-4444"' in Event.objects.get().payload

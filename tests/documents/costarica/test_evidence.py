"""What happened to Costa Rica's documents is kept so that nobody can change it unseen."""

from __future__ import annotations

import contextlib
import io

import pytest
from django.core.management import call_command

from documents import chain, evidence_file, facts
from documents.chain import Link
from documents.models import Document, EvidenceLink, Receipt
from tests import books
from tests.actors import Caller, Sandbox
from tests.documents.costarica.conftest import Work
from tests.documents.costarica.test_contingency import own, recover
from tests.ticos import ticket

pytestmark = pytest.mark.django_db(transaction=True)


def verify() -> list[str]:
    """What the command says; empty where everything fits."""
    out = io.StringIO()
    with contextlib.suppress(SystemExit):
        call_command("verify_evidence", stdout=out, stderr=io.StringIO())
    return [line for line in out.getvalue().splitlines() if line != "Everything fits."]


def kinds(document: Document) -> list[str]:
    rows = EvidenceLink.objects.filter(chain=facts.chain_of(document)).order_by("position")
    return [fact["fact"] for fact in chain.facts(Link(one.chain, one.position, one.body, one.digest) for one in rows)]


@pytest.fixture
def eventful(tico_manager: Caller, sandbox: Sandbox, work: Work) -> Document:
    """One of each: rejected and replaced, lost and asked about, waiting, taken back."""
    sandbox.fault("reject", "recepcion", count=1, code="-400", message="El código CABYS no existe.")
    rejected = tico_manager.send(ticket(), Prefer="wait=20").json()
    work(books.at_rest)
    public_id = rejected.get("document", rejected)["id"]
    tico_manager.post(f"documents/{public_id}/correct", ticket())
    sandbox.fault("drop_answer", "recepcion", count=1)
    made = tico_manager.send(ticket()).json()
    work(books.at_rest)
    answer = tico_manager.post(f"documents/{made['id']}/invalidate", {"kind": "rescinded"})
    assert answer.status_code in (200, 202), answer.content
    work(books.at_rest)
    sandbox.fault("down")
    tico_manager.send(ticket())
    recover(sandbox)
    tico_manager.send(ticket(**own(3)))
    work(lambda: Document.objects.filter(event_accepted_at__isnull=False).count() == 2)
    work(books.at_rest)
    tico_manager.post("contingency/runs")
    work(lambda: not Document.objects.filter(state="contingency").exists())
    work(books.at_rest)
    return Document.objects.get(public_id=made["id"])


def test_everything_fits_after_an_eventful_life(eventful: Document, sandbox: Sandbox) -> None:
    states = sorted(Document.objects.values_list("state", flat=True))
    assert states == ["accepted"] * 4 + ["invalidated", "rejected"]
    assert Receipt.objects.count() == 6
    assert verify() == []
    told = kinds(eventful)
    assert told.count("sealed") == 1
    assert (
        told.index("stamped")
        < told.index("receipt")
        < told.index("invalidation")
        < told.index("invalidation_settled")
    )
    made = evidence_file.of_document(eventful)
    assert [one["what"] for one in made.body["timeline"]].count("receipt") == 1
    assert books.wrong(sandbox.received()) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda: Receipt.objects.order_by("pk").first(),
        lambda: Document.objects.filter(state="accepted").first(),
    ],
    ids=["receipt", "document"],
)
def test_what_was_changed_afterwards_is_found(tico_manager: Caller, change: object) -> None:
    tico_manager.send(ticket())
    assert verify() == []
    assert callable(change)
    row = change()
    if isinstance(row, Receipt):
        Receipt.objects.filter(pk=row.pk).update(content=row.content.replace("Aceptado", "Rechazado"))
    else:
        Document.objects.filter(pk=row.pk).update(received_stamp="0" * 64)

    assert verify() != []

"""Killed anywhere while something is said about a received document: it is said once, under one number."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.http import HttpResponse

from accounts.models import Merchant
from documents import ledger
from documents.models import Decision, Document
from documents.received import verification
from hacienda import registry
from hacienda.costarica.authority import CostaRica
from hacienda.elsalvador.authority import ElSalvador
from tests import books
from tests.actors import Caller, Sandbox, caller
from tests.crashes.boundaries import Boundaries, Death
from tests.crashes.lives import Tell, live
from tests.crashes.scenarios import Scenario, recover
from tests.documents.received.conftest import SUPPLIER_TAX_ID, bought, merchant_of, signing_file_of
from tests.pace import work

Life = Callable[[Tell, Boundaries], None]
pytestmark = pytest.mark.django_db(transaction=True)


def both_countries() -> None:
    """Nothing is in the memory of a process that was just born."""
    registry._AUTHORITIES = {"SV": ElSalvador(), "CR": CostaRica()}


def at_rest() -> None:
    both_countries()
    work(books.at_rest)


class Deciding(Scenario):
    """A received document is accepted."""

    def __init__(self, manager: Caller, sandbox: Sandbox, supplier: Caller) -> None:
        super().__init__(manager, sandbox)
        self.supplier = supplier

    def begin(self) -> None:
        sold = self.supplier.send(bought()).json()
        judged = live(lambda _tell, _boundaries: at_rest())
        assert not judged.failure, judged.failure
        document = Document.objects.get(public_id=sold["id"])
        assert document.state == "accepted"
        assert document.current_sealing is not None
        self.received = self.manager.post("received", {"xml": document.current_sealing.signature}).json()["id"]

    def live(self, tell: Tell, boundaries: Boundaries) -> None:
        both_countries()
        super().live(tell, boundaries)

    def go(self) -> None:
        answer = self.decide()
        if answer.status_code < 500:
            self.tell(json.dumps(answer.json()["decision"]))

    def decide(self) -> HttpResponse:
        return self.manager.post(f"received/{self.received}/decision", {"kind": "accept", "condition": "01"})

    def end(self) -> list[str]:
        answer = self.decide()
        if answer.status_code == 202 or (answer.status_code == 200 and answer.json()["status"] == "accepted"):
            return []
        return [f"decided again: {answer.status_code} {answer.content.decode()[:300]}"]


class LosingTheAnswer(Deciding):
    """The same, and nobody hears that the message was taken."""

    def begin(self) -> None:
        super().begin()
        self.sandbox.fault("drop_answer", "recepcion", count=1)


def recovering(merchant: Merchant, errand: Deciding) -> Life:
    def life(tell: Tell, boundaries: Boundaries) -> None:
        both_countries()
        recover(merchant, errand)(tell, boundaries)

    return life


def wrong(sandbox: Sandbox, received: str, promises: list[str]) -> list[str]:
    """What is not as it should be once everything is at rest."""
    rows = Decision.objects.filter(received__public_id=received)
    found = [f"{one.control_number} is {one.status}" for one in rows if one.status != "accepted"]
    found += [] if len(rows) == 1 else [f"{len(rows)} decisions"]
    told = {json.loads(line)["control_number"] for line in promises}
    found += [f"promised {one}" for one in told - {row.control_number for row in rows}]
    found += [f"sent again blindly: {one}" for one in books.blind_resends(sandbox.received())]
    merchant = rows[0].merchant if rows else None
    if merchant is not None:
        found += [f"{one.series}" for one in ledger.summaries(merchant, "sandbox") if one.unexplained]
        found += verification.decisions(merchant, "sandbox")
    return found


@pytest.mark.parametrize("scenario", [Deciding, LosingTheAnswer])
def test_it_is_said_once_wherever_the_process_dies(
    tico: Merchant, tico_manager: Caller, sandbox: Sandbox, scenario: type[Deciding]
) -> None:
    seller = merchant_of(SUPPLIER_TAX_ID, signing_file_of(SUPPLIER_TAX_ID), "PROVEEDOR SOCIEDAD ANONIMA")
    errand = scenario(tico_manager, sandbox, caller(seller))
    found, places, fatal = [], 1, 0
    while fatal <= places:
        sandbox.heal()
        sandbox.control("DELETE", "received")
        errand.begin()
        story = live(errand.live, Death.PROCESS, fatal)
        assert not story.failure, story.failure
        places = len(story.places) if not fatal else places
        sandbox.heal()
        after = live(recovering(tico, errand))
        problems = after.promises + ([after.failure] if after.failure else [])
        problems += wrong(sandbox, errand.received, story.promises)
        found += [f"{fatal}. {story.died}: {problem}" for problem in problems]
        fatal += 1
    assert places > 10
    assert found == []

"""What takes a document of Costa Rica back is another document, and nothing is void before that one is accepted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from lxml import etree

from accounts.models import Merchant
from documents.models import Document, Invalidation
from tests import books
from tests.actors import Caller, Sandbox, caller
from tests.documents.costarica.conftest import Work
from tests.documents.costarica.test_contingency import recover
from tests.ticos import CAFE, cr_invoice, ticket

pytestmark = pytest.mark.django_db(transaction=True)
RESCINDED = {"kind": "rescinded", "reason": "El cliente desistió"}


def invalidate(who: Caller, made: dict[str, Any], body: dict[str, Any] | None = None, **headers: str) -> HttpResponse:
    return who.post(f"documents/{made['id']}/invalidate", body or RESCINDED, **headers)


def sent(who: Caller, body: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = who.send(body or cr_invoice())
    assert answer.status_code == 201, answer.content
    told: dict[str, Any] = answer.json()
    assert told["status"] == "accepted"
    return told


def now(made: dict[str, Any]) -> Document:
    return Document.objects.get(public_id=made["id"])


def reference(document: Document) -> dict[str, str]:
    """The first reference of a document, as it was signed."""
    assert document.current_sealing is not None
    row = etree.fromstring(document.current_sealing.payload.encode()).find("{*}InformacionReferencia")
    assert row is not None
    return {etree.QName(one).localname: one.text or "" for one in row}


def credit(made: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "credit_note", "related": [{"id": made["id"]}], **more}


@pytest.mark.parametrize("body", [ticket(), cr_invoice()], ids=["ticket", "invoice"])
def test_a_note_of_the_whole_takes_a_document_back(
    tico_manager: Caller, sandbox: Sandbox, body: dict[str, Any]
) -> None:
    made = sent(tico_manager, body)
    answer = invalidate(tico_manager, made)

    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert told["status"] == "invalidated"
    assert told["received_stamp"] == made["received_stamp"]
    note = Invalidation.objects.get().note
    assert note is not None
    assert (note.type_code, note.state, str(note.total)) == ("03", "accepted", str(now(made).total))
    assert told["invalidation"]["stamp"] == note.received_stamp
    named = reference(note)
    assert (named["Numero"], named["Codigo"], named["Razon"]) == (made["generation_code"], "01", RESCINDED["reason"])
    assert books.wrong(sandbox.received()) == []


def test_a_transmitter_may_not(tico_manager: Caller, tico_transmitter: Caller, sandbox: Sandbox) -> None:
    made = sent(tico_transmitter)
    before = len(sandbox.received())
    answer = invalidate(tico_transmitter, made)

    assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")
    assert len(sandbox.received()) == before
    assert Document.objects.count() == 1


def test_what_is_wrong_with_the_wish_is_told_where_it_stands(tico_manager: Caller, sandbox: Sandbox) -> None:
    made = sent(tico_manager)
    for reason in ("x", "x" * 181):
        answer = invalidate(tico_manager, made, {"kind": "rescinded", "reason": reason})
        assert answer.status_code == 422, answer.content
        assert [one["pointer"] for one in answer.json()["errors"]] == ["/reason"]
    assert Document.objects.count() == 1
    assert invalidate(tico_manager, made, {"kind": "rescinded"}).json()["status"] == "invalidated"


def test_until_the_note_is_accepted_the_document_stands(tico_manager: Caller, sandbox: Sandbox, work: Work) -> None:
    made = sent(tico_manager)
    sandbox.fault("stuck", "consulta")
    answer = invalidate(tico_manager, made, Prefer="wait=1")

    assert answer.status_code == 202, answer.content
    assert answer.json()["status"] == "accepted"
    again = invalidate(tico_manager, made)
    assert (again.status_code, again.json()["code"]) == (409, "invalidation_in_progress")
    sandbox.heal()
    work(books.at_rest)
    assert now(made).state == "invalidated"
    assert books.wrong(sandbox.received()) == []


def test_of_a_rejected_note_nothing_stays_and_the_answer_says_why(tico_manager: Caller, sandbox: Sandbox) -> None:
    made = sent(tico_manager)
    sandbox.fault("reject", "recepcion", count=1, code="-400", message="El código CABYS no existe.")
    answer = invalidate(tico_manager, made)

    assert answer.status_code == 422, answer.content
    assert "CABYS" in answer.content.decode()
    assert now(made).state == "accepted"
    assert Invalidation.objects.get().status == "rejected"
    told = tico_manager.get(f"documents/{made['id']}").json()
    assert told["invalidation"] is None
    assert "CABYS" in str(told["invalidation_rejection"])
    assert invalidate(tico_manager, made).status_code == 200, "and it can be tried again"
    assert now(made).state == "invalidated"
    assert books.wrong(sandbox.received()) == []


def test_a_note_waits_out_an_outage(tico_manager: Caller, sandbox: Sandbox, work: Work) -> None:
    made = sent(tico_manager)
    sandbox.fault("down")
    answer = invalidate(tico_manager, made)

    assert (answer.status_code, answer.json()["status"]) == (202, "accepted"), answer.content
    note = Invalidation.objects.get().note
    assert note is not None
    assert note.state == "contingency"
    recover(sandbox)
    work(books.at_rest)
    assert now(made).state == "invalidated"
    assert books.wrong(sandbox.received()) == []


def test_a_replacement_takes_its_place(tico_manager: Caller, sandbox: Sandbox) -> None:
    made, instead = sent(tico_manager), sent(tico_manager)
    answer = invalidate(tico_manager, made, {"kind": "error", "reason": "Precio", "replacement": instead["id"]})

    assert answer.status_code == 200, answer.content
    assert answer.json()["invalidation"]["replacement"] == instead["id"]
    assert answer.json()["replaced_by"] == instead["id"]


def test_of_two_callers_at_once_one_makes_a_note(tico_manager: Caller, tico: Merchant, sandbox: Sandbox) -> None:
    made = sent(tico_manager)
    callers = [tico_manager, caller(tico), caller(tico)]

    def ask(who: Caller) -> int:
        try:
            return invalidate(who, made).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(callers)) as pool:
        answers = sorted(pool.map(ask, callers))
    assert answers == [200, 409, 409]
    assert Document.objects.filter(type_code="03").count() == 1
    assert books.wrong(sandbox.received()) == []


def test_a_void_document_is_not_voided_again(tico_manager: Caller) -> None:
    made = sent(tico_manager)
    assert invalidate(tico_manager, made).status_code == 200
    again = invalidate(tico_manager, made)
    note = tico_manager.send(credit(made))

    assert (again.status_code, again.json()["code"]) == (409, "already_invalidated")
    assert note.status_code == 422, note.content
    assert "related_invalidated" in [one["code"] for one in note.json()["errors"]]


def test_what_was_adjusted_in_part_is_not_taken_back_as_a_whole(tico_manager: Caller, sandbox: Sandbox) -> None:
    made = sent(tico_manager)
    part = sent(tico_manager, credit(made, items=[{"line": 1, "quantity": 1}]))
    answer = invalidate(tico_manager, made)

    assert (answer.status_code, answer.json()["code"]) == (409, "adjusted"), answer.content
    rest = sent(tico_manager, credit(made))
    assert rest["totals"]["payable"] == part["totals"]["payable"]
    assert tico_manager.send(credit(made)).status_code == 422
    assert books.wrong(sandbox.received()) == []


def test_a_credit_note_is_taken_back_by_a_debit_note(tico_manager: Caller, sandbox: Sandbox) -> None:
    made = sent(tico_manager)
    part = sent(tico_manager, credit(made, items=[{"line": 1, "quantity": 1}]))
    answer = invalidate(tico_manager, part)

    assert (answer.status_code, answer.json()["status"]) == (200, "invalidated"), answer.content
    note = Invalidation.objects.get().note
    assert note is not None
    assert (note.type_code, reference(note)["Codigo"]) == ("02", "01")
    assert invalidate(tico_manager, made).json()["status"] == "invalidated", "nothing adjusts it any more"


def test_what_takes_a_document_back_is_not_taken_back(tico_manager: Caller) -> None:
    made = sent(tico_manager)
    assert invalidate(tico_manager, made).status_code == 200
    note = Invalidation.objects.get().note
    assert note is not None
    answer = tico_manager.post(f"documents/{note.public_id}/invalidate", RESCINDED)

    assert (answer.status_code, answer.json()["code"]) == (409, "takes_back"), answer.content
    assert Document.objects.count() == 2


def test_a_debit_note_is_taken_back_like_an_invoice(tico_manager: Caller) -> None:
    made = sent(tico_manager)
    more = sent(tico_manager, {"type": "debit_note", "related": [{"id": made["id"]}], "items": [CAFE]})

    assert invalidate(tico_manager, made).json()["code"] == "adjusted"
    assert invalidate(tico_manager, more).json()["status"] == "invalidated"
    assert invalidate(tico_manager, made).json()["status"] == "invalidated"


class TestCorrecting:
    def rejected(self, who: Caller, sandbox: Sandbox, **more: Any) -> dict[str, Any]:
        sandbox.fault("reject", "recepcion", count=1, code="-400", message="El código CABYS no existe.")
        answer = who.send(ticket(**more))
        assert answer.status_code == 422, answer.content
        document: dict[str, Any] = answer.json()["document"]
        return document

    @pytest.mark.parametrize("way", ["correct", "external_id"])
    def test_another_document_takes_its_place_and_names_it(
        self, tico_manager: Caller, sandbox: Sandbox, way: str
    ) -> None:
        old = self.rejected(tico_manager, sandbox, external_id="V-1")
        if way == "correct":
            answer = tico_manager.post(f"documents/{old['id']}/correct", ticket())
        else:
            answer = tico_manager.send(ticket(external_id="V-1"))

        assert answer.status_code in (200, 201), answer.content
        new = answer.json()
        assert new["status"] == "accepted"
        assert new["id"] != old["id"]
        assert new["generation_code"] != old["generation_code"]
        assert (old["control_number"][-1], new["control_number"][-1]) == ("1", "2"), "a rejected one used its number"
        named = reference(now(new))
        assert (named["TipoDocIR"], named["Codigo"], named["Numero"]) == ("10", "16", old["generation_code"])
        before = tico_manager.get(f"documents/{old['id']}").json()
        assert (before["status"], before["replaced_by"], before["external_id"]) == ("rejected", new["id"], None)
        assert new["external_id"] == "V-1"
        assert books.wrong(sandbox.received()) == []

    def test_it_is_replaced_once(self, tico_manager: Caller, sandbox: Sandbox) -> None:
        old = self.rejected(tico_manager, sandbox)
        assert tico_manager.post(f"documents/{old['id']}/correct", ticket()).status_code in (200, 201)
        again = tico_manager.post(f"documents/{old['id']}/correct", ticket())

        assert (again.status_code, again.json()["code"]) == (409, "already_replaced")
        assert Document.objects.count() == 2

    def test_a_rejected_document_is_not_invalidated(self, tico_manager: Caller, sandbox: Sandbox) -> None:
        old = self.rejected(tico_manager, sandbox)
        answer = invalidate(tico_manager, old)
        assert (answer.status_code, answer.json()["code"]) == (409, "not_invalidable")

    def test_in_an_outage_it_waits_like_any_other(self, tico_manager: Caller, sandbox: Sandbox, work: Work) -> None:
        old = self.rejected(tico_manager, sandbox)
        sandbox.fault("down")
        answer = tico_manager.post(f"documents/{old['id']}/correct", ticket())
        assert answer.json()["status"] == "contingency", answer.content
        recover(sandbox)
        work(books.at_rest)

        assert now(answer.json()).state == "accepted"
        assert books.wrong(sandbox.received()) == []

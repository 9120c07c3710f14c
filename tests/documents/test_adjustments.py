"""Notes and returns through the API: what is left of a document, who may take it, and what that forbids."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts import selectors
from accounts.models import Merchant
from documents import mapping
from documents.drafting import parsed
from documents.models import Document, Sequence
from documents.serializers import DraftBody
from documents.services import originals
from documents.services.issue import prepare
from hacienda.drafts import Draft
from tests.actors import Caller, Sandbox, eventually, invoice, tax_credit

pytestmark = pytest.mark.django_db(transaction=True)

RESCINDED = {"kind": "rescinded", "reason": "El cliente desistió"}


def sent(caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
    """The document, accepted."""
    answer = caller.send(body)
    made: dict[str, Any] = answer.json()
    assert answer.status_code == 201, made
    assert made["status"] == "accepted", made
    return made


def note(*originals: dict[str, Any], kind: str = "credit_note", **more: Any) -> dict[str, Any]:
    return {"type": kind, "related": [{"id": one["id"]} for one in originals], **more}


def refused(caller: Caller, body: dict[str, Any]) -> set[tuple[str, str]]:
    answer = caller.send(body)
    assert answer.status_code == 422, answer.content
    return {(one["pointer"], one["code"]) for one in answer.json()["errors"]}


def invalidated(caller: Caller, made: dict[str, Any]) -> Any:
    return caller.post(f"documents/{made['id']}/invalidate", RESCINDED)


def draft_of(body: dict[str, Any], merchant: Merchant) -> Draft:
    return mapping.draft(parsed(DraftBody, body), merchant=merchant, environment="sandbox")


class TestNotes:
    def test_the_id_alone_credits_everything(self, manager: Caller, sandbox: Sandbox) -> None:
        sold = sent(manager, tax_credit(vat_withheld=True))

        made = sent(manager, note(sold))

        assert made["control_number"].startswith("DTE-05-")
        for name in ("taxed", "tax", "withheld", "total", "payable"):
            assert made["totals"][name] == sold["totals"][name]
        assert made["customer"]["name"] == sold["customer"]["name"]
        assert refused(manager, note(sold)) == {("/related/0", "nothing_left")}

    def test_the_last_note_takes_the_cents_of_vat_that_are_left(self, manager: Caller, sandbox: Sandbox) -> None:
        sold = sent(manager, tax_credit(items=[{"description": "Tornillo", "quantity": 3, "price": "0.35"}]))
        one = note(sold, items=[{"line": 1, "quantity": 1}])
        credits = [sent(manager, one), sent(manager, one), sent(manager, note(sold))]
        assert [made["totals"]["tax"] for made in (sold, *credits)] == ["0.14", "0.05", "0.05", "0.04"]

    def test_what_is_left_shrinks_with_each_note(self, manager: Caller, sandbox: Sandbox) -> None:
        sold = sent(manager, tax_credit())
        sent(manager, note(sold, items=[{"line": 1, "quantity": 4}]))

        assert refused(manager, note(sold, items=[{"line": 1, "quantity": 7}])) == {
            ("/items/0/quantity", "quantity_exceeds_left")
        }
        rest = sent(manager, note(sold, items=[{"line": 1}]))

        assert rest["items"][0]["quantity"] == "6"
        assert rest["totals"]["taxed"] == "600.00"

    def test_an_amount_and_a_text_take_from_the_class(self, manager: Caller, sandbox: Sandbox) -> None:
        sold = sent(manager, tax_credit())
        sent(manager, note(sold, items=[{"description": "Rebaja por avería", "price": "150.00"}]))

        answer = manager.send(note(sold, items=[{"description": "Otra rebaja", "price": "850.01"}]))
        assert answer.json()["errors"] == [
            {
                "pointer": "/items/0",
                "code": "amount_exceeds_left",
                "message": "850.01 are credited, but only 850 are left of this document's taxed amount.",
            }
        ]
        assert sent(manager, note(sold))["totals"]["taxed"] == "850.00"

    def test_several_documents_are_named_by_their_ids(self, manager: Caller, sandbox: Sandbox) -> None:
        first, second = sent(manager, tax_credit()), sent(manager, tax_credit())
        items = [
            {"line": 1, "quantity": 1, "related": first["id"]},
            {"line": 1, "related": second["generation_code"]},
        ]

        made = sent(manager, note(first, second, items=items))

        assert made["totals"]["taxed"] == "1100.00"
        assert sent(manager, note(first))["totals"]["taxed"] == "900.00"
        assert refused(manager, note(second)) == {("/related/0", "nothing_left")}

    def test_a_debit_note_adds_whatever_was_credited(self, manager: Caller, sandbox: Sandbox) -> None:
        sold = sent(manager, tax_credit())
        sent(manager, note(sold))

        made = sent(manager, note(sold, kind="debit_note", items=[{"description": "Intereses", "price": "35.00"}]))

        assert made["totals"]["total"] == "39.55"

    def test_a_rejected_note_takes_nothing(self, manager: Caller, sandbox: Sandbox) -> None:
        sold = sent(manager, tax_credit())
        sandbox.fault("reject", "recepciondte", code="020", message="CÁLCULO INCORRECTO", count=1)
        assert manager.send(note(sold)).status_code == 422

        assert sent(manager, note(sold))["totals"]["taxed"] == "1000.00"

    def test_a_note_that_waits_counts(self, manager: Caller, sandbox: Sandbox) -> None:
        sold = sent(manager, tax_credit())
        sandbox.fault("down")
        assert manager.send(note(sold), Prefer="wait=0").status_code in (201, 202)

        assert refused(manager, note(sold)) == {("/related/0", "nothing_left")}

    def test_a_refusal_takes_no_number(self, manager: Caller, sandbox: Sandbox) -> None:
        sold = sent(manager, tax_credit())
        before = Sequence.objects.get().last

        refused(manager, note(sold, items=[{"line": 9}]))

        assert Sequence.objects.get().last == before

    def test_the_third_party_is_kept_for_its_settlement(self, manager: Caller, sandbox: Sandbox) -> None:
        third = {"name": "MANDANTE DE EJEMPLO", "tax_id": "0614-300699-101-3"}
        sold = sent(manager, tax_credit(third_party_sale=third))

        made = sent(manager, note(sold))

        assert Document.objects.get(public_id=made["id"]).third_party_tax_id == "06143006991013"

    def test_a_preview_shows_the_note_without_a_trace(self, manager: Caller, sandbox: Sandbox) -> None:
        sold = sent(manager, tax_credit())

        shown = manager.post("documents/preview", note(sold)).json()

        assert shown["totals"]["taxed"] == "1000.00"
        assert Document.objects.count() == 1


class TestWhatMayBeAdjusted:
    def test_nothing_without_a_stamp(self, manager: Caller, sandbox: Sandbox) -> None:
        sandbox.fault("down")
        waiting = manager.send(tax_credit(), Prefer="wait=0").json()

        assert refused(manager, note(waiting)) == {("/related/0", "related_not_stamped")}

    def test_nothing_that_was_invalidated(self, manager: Caller, sandbox: Sandbox) -> None:
        sold = sent(manager, tax_credit())
        assert invalidated(manager, sold).status_code == 200

        assert refused(manager, note(sold)) == {("/related/0", "related_invalidated")}

    def test_no_invoice_by_a_note_and_no_tax_credit_by_a_return(self, manager: Caller, sandbox: Sandbox) -> None:
        sold, credit = sent(manager, invoice()), sent(manager, tax_credit())

        assert ("/related/0/type", "related_type_not_allowed") in refused(manager, note(sold))
        assert ("/related/0/type", "related_type_not_allowed") in refused(manager, note(credit, kind="return"))

    def test_nothing_of_somebody_else(self, manager: Caller, stranger: Caller, sandbox: Sandbox) -> None:
        theirs = sent(stranger, tax_credit())

        assert refused(manager, note(theirs)) == {("/related/0/id", "unknown_document")}


class TestReturns:
    def test_an_invoice_comes_back_without_a_number(self, manager: Caller, sandbox: Sandbox) -> None:
        sold = sent(manager, invoice())
        numbers = Sequence.objects.get().last

        made = sent(manager, note(sold, kind="return", items=[{"line": 1, "quantity": 1}]))

        assert (made["type_code"], made["control_number"]) == ("18", None)
        assert made["totals"]["payable"] == "3.50"
        assert len(made["received_stamp"]) == 40
        assert Sequence.objects.get().last == numbers
        assert sent(manager, note(sold, kind="return"))["totals"]["payable"] == "3.50"
        assert refused(manager, note(sold, kind="return")) == {("/related/0", "nothing_left")}

    def test_a_return_can_be_invalidated_and_frees_what_it_took(self, manager: Caller, sandbox: Sandbox) -> None:
        sold = sent(manager, invoice())
        made = sent(manager, note(sold, kind="return"))

        answer = invalidated(manager, made)

        assert answer.status_code == 200, answer.json()
        assert sent(manager, note(sold, kind="return"))["totals"]["payable"] == "7.00"

    def test_it_is_issued_in_contingency_and_reported(self, manager: Caller, sandbox: Sandbox) -> None:
        sold = sent(manager, invoice())
        sandbox.fault("down")

        made = manager.send(note(sold, kind="return")).json()

        assert made["status"] == "contingency", made
        sandbox.heal()


class TestInvalidation:
    @pytest.mark.parametrize(
        ("sale", "kind"), [(tax_credit(), "credit_note"), (invoice(), "return")], ids=["note", "return"]
    )
    def test_what_adjusts_a_document_is_invalidated_first(
        self, manager: Caller, sandbox: Sandbox, sale: dict[str, Any], kind: str
    ) -> None:
        sold = sent(manager, sale)
        made = sent(manager, note(sold, kind=kind))

        answer = invalidated(manager, sold)

        assert answer.status_code == 409
        assert answer.json()["code"] == "adjusted"
        assert answer.json()["document"]["id"] == made["id"]
        assert (made["control_number"] or made["generation_code"]) in answer.json()["detail"]
        assert not sandbox.received("anulardte")
        assert invalidated(manager, made).status_code == 200
        assert invalidated(manager, sold).status_code == 200

    def test_a_debit_note_stands_in_the_way_too(self, manager: Caller, sandbox: Sandbox) -> None:
        sold = sent(manager, tax_credit())
        sent(manager, note(sold, kind="debit_note", items=[{"description": "Intereses", "price": "35.00"}]))

        assert invalidated(manager, sold).json()["code"] == "adjusted"

    def test_an_error_in_a_note_takes_no_replacement(self, manager: Caller, sandbox: Sandbox) -> None:
        made = sent(manager, note(sent(manager, tax_credit())))

        answer = manager.post(f"documents/{made['id']}/invalidate", {"kind": "error", "reason": "Precio"})

        assert answer.status_code == 200, answer.json()


class TestOriginals:
    def test_they_are_attached_as_they_stand(self, manager: Caller, merchant: Merchant, sandbox: Sandbox) -> None:
        sold = sent(manager, tax_credit())
        bare = draft_of(note(sold), merchant)
        assert bare.related[0].original is None

        found = originals.attached(bare, merchant=merchant, environment="sandbox").related[0].original

        row = Document.objects.get(public_id=sold["id"])
        assert found is not None
        assert (found.is_stamped, found.is_invalidated, dict(found.adjustments)) == (True, False, {})
        assert found.payload == row.current_sealing.payload

    def test_by_generation_code_as_well(self, manager: Caller, merchant: Merchant, sandbox: Sandbox) -> None:
        sold = sent(manager, tax_credit())
        body = note(sold)
        body["related"] = [
            {"type": "03", "generation_code": sold["generation_code"].lower(), "issued_at": sold["issued_at"][:10]}
        ]

        assert sent(manager, body)["totals"]["taxed"] == "1000.00"

    def test_with_what_adjusts_them(self, manager: Caller, merchant: Merchant, sandbox: Sandbox) -> None:
        sold = sent(manager, tax_credit())
        first = sent(manager, note(sold, items=[{"line": 1, "quantity": 1}]))
        second = sent(manager, note(sold, items=[{"line": 1, "quantity": 2}]))
        assert invalidated(manager, first).status_code == 200

        draft = originals.attached(draft_of(note(sold), merchant), merchant=merchant, environment="sandbox")

        assert draft.related[0].original is not None
        assert set(draft.related[0].original.adjustments) == {second["generation_code"]}

    def test_neither_of_another_merchant_nor_environment(
        self, manager: Caller, merchant: Merchant, other_merchant: Merchant, sandbox: Sandbox
    ) -> None:
        draft = draft_of(note(sent(manager, tax_credit())), merchant)

        for whose, where in ((other_merchant, "sandbox"), (merchant, "test")):
            assert originals.attached(draft, merchant=whose, environment=where) == draft

    def test_a_document_adjusted_meanwhile_is_judged_anew(
        self, manager: Caller, merchant: Merchant, sandbox: Sandbox
    ) -> None:
        sold = sent(manager, tax_credit())
        ready = prepare(
            merchant=merchant,
            environment="sandbox",
            draft=draft_of(note(sold), merchant),
            now=timezone.now(),
        )
        with transaction.atomic():
            originals.hold(ready.draft, ready.prepared, merchant=merchant, environment="sandbox")

        sent(manager, note(sold, items=[{"line": 1, "quantity": 1}]))

        with transaction.atomic(), pytest.raises(originals.Changed):
            originals.hold(ready.draft, ready.prepared, merchant=merchant, environment="sandbox")

    def test_what_refers_without_adjusting_is_not_held(self, merchant: Merchant, sandbox: Sandbox) -> None:
        body = invoice(
            related=[
                {
                    "type": "08",
                    "generation_code": "79CF13C4-470E-4D98-9A1A-D4301E669703",
                    "issued_at": timezone.localdate().isoformat(),
                }
            ]
        )
        ready = prepare(merchant=merchant, environment="sandbox", draft=draft_of(body, merchant), now=timezone.now())

        with transaction.atomic():
            originals.hold(ready.draft, ready.prepared, merchant=merchant, environment="sandbox")

        assert [one.adjusts for one in ready.prepared.references] == [False]


def test_two_notes_at_once_never_share_what_is_left(manager: Caller, merchant: Merchant, sandbox: Sandbox) -> None:
    sold = sent(manager, tax_credit())
    halves = note(sold, items=[{"line": 1, "quantity": 3}])

    def one(_turn: int) -> int:
        try:
            return manager.send(halves).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        answers = sorted(threads.map(one, range(6)))

    assert [code for code in answers if code != 422] in ([201] * 3, [201, 201, 202], [201, 202, 202], [202] * 3)
    assert answers.count(422) == 3
    notes = Document.objects.filter(type_code="05")
    assert notes.count() == 3
    assert eventually(lambda: not notes.exclude(state="accepted").exists())
    assert sent(manager, note(sold))["items"][0]["quantity"] == "1"


def test_the_place_of_an_event_survives_its_establishment(
    manager: Caller, merchant: Merchant, sandbox: Sandbox
) -> None:
    made = sent(manager, note(sent(manager, invoice()), kind="return"))
    shop, till = selectors.place(merchant)
    shop.code, till.code = "S009", "P009"
    shop.save()
    till.save()

    assert invalidated(manager, made).status_code == 200

    payload = Document.objects.get(public_id=made["id"]).invalidations.get().payload
    assert '"codEstableMH":"M001"' in payload
    assert '"numeroControl":null' in payload

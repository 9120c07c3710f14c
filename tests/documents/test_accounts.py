"""Withholding, settlement and accounting settlement as a caller sends them, against the real sandbox."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Environment, Merchant
from contingency.management.commands.sender import Sender
from documents import mapping
from documents.models import Document, Reference
from documents.services import issue, originals, probing, settling
from hacienda.drafts import Draft, Party, Period
from hacienda.elsalvador.rules import ZONE
from hacienda.models import Outage
from hacienda.values import Invalid
from tests.actors import Caller, Sandbox, caller, eventually, invoice, tax_credit

pytestmark = pytest.mark.django_db(transaction=True)

MANDATE = "06143006991013"
FIRM = tax_credit()["customer"]
PRINCIPAL = {**FIRM, "name": "MANDANTE DE PRUEBA, S.A. DE C.V.", "tax_id": "0614-300699-101-3"}
FOR_PRINCIPAL = {"name": PRINCIPAL["name"], "tax_id": MANDATE}
RESCINDED = {"kind": "rescinded", "reason": "El cliente desistió"}


def today() -> date:
    return timezone.now().astimezone(ZONE).date()


def this_month() -> dict[str, str]:
    return {"from": today().replace(day=1).isoformat(), "to": today().isoformat()}


def withholding(**more: Any) -> dict[str, Any]:
    listed = {"type": "tax_credit", "generation_code": str(uuid4()), "issued_at": today().isoformat()}
    return {"type": "withholding", "customer": FIRM, "related": [{**listed, "taxable": "697.50"}], **more}


def settlement(**more: Any) -> dict[str, Any]:
    return {"type": "settlement", "customer": PRINCIPAL, **({} if more else {"period": this_month()}), **more}


def by_name(*documents: dict[str, Any]) -> dict[str, Any]:
    return settlement(related=[{"id": one["id"]} for one in documents])


def accounting(**more: Any) -> dict[str, Any]:
    customer = {**FIRM, "email": "afiliado@example.com"}
    figures = {**this_month(), "gross": "1230.00", "fee": "33.90"}
    return {"type": "accounting_settlement", "customer": customer, "liquidation": {**figures, **more}}


def accepted(manager: Caller, body: dict[str, Any]) -> dict[str, Any]:
    answer = manager.send(body)
    made: dict[str, Any] = answer.json()
    assert answer.status_code == 201, made
    assert made["status"] == "accepted", made
    return made


def sold(manager: Caller, price: str = "113.00", **more: Any) -> dict[str, Any]:
    """An invoice on behalf of the principal, accepted."""
    items = [{"description": "Café", "price": price}]
    return accepted(manager, invoice(items=items, third_party_sale=FOR_PRINCIPAL, **more))


def undo(manager: Caller, made: dict[str, Any]) -> None:
    answer = manager.post(f"documents/{made['id']}/invalidate", RESCINDED)
    assert answer.json()["status"] == "invalidated", answer.json()


def sealed(made: dict[str, Any]) -> dict[str, Any]:
    document = Document.objects.select_related("current_sealing").get(public_id=made["id"])
    assert document.current_sealing is not None
    return dict(json.loads(document.current_sealing.payload))


def lines(made: dict[str, Any]) -> list[tuple[str, float]]:
    """Number and taxed amount of every line."""
    return [(row["numeroDocumento"], row["ventaGravada"]) for row in sealed(made)["cuerpoDocumento"]]


def faults(manager: Caller, body: dict[str, Any]) -> set[tuple[str, str]]:
    answer = manager.send(body)
    assert answer.status_code == 422, answer.content
    return {(one["pointer"], one["code"]) for one in answer.json()["errors"]}


class TestWithholding:
    def test_the_smallest_is_accepted(self, manager: Caller, sandbox: Sandbox) -> None:
        made = accepted(manager, withholding(expected_total="6.98"))
        assert made["totals"]["payable"] == "6.98"
        assert made["totals"]["in_words"].endswith(" USD")
        assert str(Document.objects.get().total) == "6.98"
        assert not Reference.objects.get().adjusts

    def test_a_document_of_ones_own_is_no_suppliers(self, manager: Caller, sandbox: Sandbox) -> None:
        own = accepted(manager, tax_credit())
        related = [{"id": own["id"], "taxable": "100.00"}]
        assert faults(manager, withholding(related=related)) == {("/related/0", "related_is_own")}

    def test_the_base_is_required(self, manager: Caller, sandbox: Sandbox) -> None:
        body = withholding()
        del body["related"][0]["taxable"]
        assert faults(manager, body) == {("/related/0/taxable", "required")}


class TestSettlement:
    def test_a_period_brings_what_was_sold_for_the_principal(self, manager: Caller, sandbox: Sandbox) -> None:
        accepted(manager, invoice())
        accepted(manager, invoice(third_party_sale={"name": "OTRO", "tax_id": "06140707071017"}))
        first = sold(manager)
        second = accepted(manager, tax_credit(third_party_sale=FOR_PRINCIPAL))

        made = accepted(manager, settlement())

        assert lines(made) == [(first["generation_code"], 100), (second["generation_code"], 1000)]
        assert made["totals"]["payable"] == "1243.00"
        assert made["customer"]["name"] == PRINCIPAL["name"]
        references = Reference.objects.filter(document__public_id=made["id"])
        assert {(one.number, one.adjusts) for one in references} == {
            (first["generation_code"], False),
            (second["generation_code"], False),
        }

    def test_what_is_settled_is_settled_once(self, manager: Caller, sandbox: Sandbox) -> None:
        sale = sold(manager)
        made = accepted(manager, settlement())

        assert faults(manager, settlement()) == {("/period", "nothing_to_settle")}
        answer = manager.send(by_name(sale)).json()
        assert [(one["pointer"], one["code"]) for one in answer["errors"]] == [("/related/0", "related_settled")]
        assert made["generation_code"] in answer["errors"][0]["message"]

        later = sold(manager, "11.30")
        assert lines(accepted(manager, settlement())) == [(later["generation_code"], 10)]

    def test_an_invalidated_settlement_frees_its_documents(self, manager: Caller, sandbox: Sandbox) -> None:
        sale = sold(manager)
        undo(manager, accepted(manager, settlement()))
        assert lines(accepted(manager, by_name(sale))) == [(sale["generation_code"], 100)]

    def test_a_settled_document_that_is_invalidated_is_taken_back(self, manager: Caller, sandbox: Sandbox) -> None:
        sale = sold(manager)
        accepted(manager, settlement())
        undo(manager, sale)

        made = accepted(manager, settlement())

        assert lines(made) == [(sale["generation_code"], -100)]
        assert (made["totals"]["total"], made["totals"]["payable"]) == ("-113.00", "0.00")
        assert faults(manager, settlement()) == {("/period", "nothing_to_settle")}

    def test_what_is_taken_back_is_not_sold_again(self, manager: Caller, sandbox: Sandbox) -> None:
        sale = sold(manager)
        first = accepted(manager, settlement())
        undo(manager, sale)
        accepted(manager, settlement())
        undo(manager, first)

        assert faults(manager, settlement()) == {("/period", "nothing_to_settle")}
        assert faults(manager, by_name(sale)) == {("/related/0", "related_settled")}
        later = sold(manager, "22.60")
        assert lines(accepted(manager, settlement())) == [(later["generation_code"], 20)]

    def test_a_period_may_end_with_the_last_day_that_there_is(self, manager: Caller, sandbox: Sandbox) -> None:
        sale = sold(manager)
        body = settlement()
        body["period"] = {"from": "0001-01-01", "to": "9999-12-31"}
        assert lines(accepted(manager, body)) == [(sale["generation_code"], 100)]

    def test_one_invalidated_before_stands_there_twice(self, manager: Caller, sandbox: Sandbox) -> None:
        sale, other = sold(manager), sold(manager, "11.30")
        undo(manager, sale)
        made = accepted(manager, settlement())
        code = sale["generation_code"]
        assert lines(made) == [(code, 100), (code, -100), (other["generation_code"], 10)]
        assert made["totals"]["payable"] == "11.30"
        assert faults(manager, settlement()) == {("/period", "nothing_to_settle")}

    def test_period_and_documents_issued_elsewhere_go_together(self, manager: Caller, sandbox: Sandbox) -> None:
        sale = sold(manager)
        paper = {"type": "invoice", "number": "77", "issued_at": today().isoformat(), "taxable": "10.00"}
        body = settlement(period=this_month(), related=[paper, {"id": sale["id"]}])
        assert lines(accepted(manager, body)) == [("77", 10), (sale["generation_code"], 100)]

    def test_what_is_not_stamped_yet_holds_the_period_up(self, manager: Caller, sandbox: Sandbox) -> None:
        stamped = sold(manager)
        sandbox.fault("down")
        assert manager.send(invoice(third_party_sale=FOR_PRINCIPAL)).json()["status"] == "contingency"
        sandbox.heal()
        assert faults(manager, settlement()) == {("/period", "period_not_stamped")}
        assert manager.post("documents/preview", by_name(stamped)).status_code == 200

    def test_faults_of_shape_and_of_rules_come_together(self, manager: Caller, sandbox: Sandbox) -> None:
        body = settlement(period={"from": "x", "to": today().isoformat()}, payment={"methods": [{"code": "01"}]})
        assert faults(manager, body) == {("/period/from", "invalid"), ("/payment/methods", "not_taken")}

    def test_a_settlement_judged_too_early_is_judged_anew(
        self, manager: Caller, merchant: Merchant, sandbox: Sandbox
    ) -> None:
        sold(manager)
        wanted = mapping.draft(
            {**settlement(), "period": {"from": today(), "to": today()}}, merchant=merchant, environment="sandbox"
        )
        ready = issue.prepare(merchant=merchant, environment="sandbox", draft=wanted, now=timezone.now())
        accepted(manager, settlement())  # meanwhile another one was faster
        with pytest.raises(originals.Changed), transaction.atomic():
            originals.hold(ready.draft, ready.prepared, merchant=merchant, environment="sandbox")
        with pytest.raises(Invalid, match="still to be settled"):
            issue.issue(merchant=merchant, environment="sandbox", draft=wanted, now=timezone.now())


class TestSelection:
    """Which documents a period finds; rows made by hand, because not every one of them can be issued here."""

    @pytest.fixture
    def row(self, merchant: Merchant) -> Any:
        def make(type_code: str = "01", day: date | None = None, **more: Any) -> Document:
            code = str(uuid4()).upper()
            at = datetime(2026, 11, 10, 9, tzinfo=ZONE)
            if day is not None:
                at = datetime.combine(day, at.timetz())
            columns = {
                "merchant": merchant,
                "environment": "sandbox",
                "type_code": type_code,
                "version": 1,
                "state": "accepted",
                "generation_code": code,
                "year": 2026,
                "issued_at": at,
                "third_party_tax_id": MANDATE,
                "total": 1,
                "content": {},
            }
            return Document.objects.create(**{**columns, **more})

        return make

    @staticmethod
    def found(merchant: Merchant, **more: Any) -> list[str]:
        period = Period(date(2026, 11, 1), date(2026, 11, 30))
        draft = Draft(**{"type_code": "08", "customer": Party(tax_id="0614-300699 101-3"), "period": period, **more})
        whole = settling.with_period(draft, merchant=merchant, environment="sandbox")
        assert all(one.selected and one.electronic for one in whole.related)
        return [one.number for one in whole.related]

    def test_it_is_the_merchants_own_of_that_period_principal_and_place(
        self, merchant: Merchant, other_merchant: Merchant, row: Any
    ) -> None:
        last = row(day=date(2026, 11, 30))
        first = row("03", day=date(2026, 11, 1), state="contingency")
        for day in (date(2026, 10, 31), date(2026, 12, 1)):
            row(day=day)
        row(merchant=other_merchant)
        row(environment="test")
        row(third_party_tax_id="06140707071017")
        row(state="rejected")
        row("04")
        assert self.found(merchant) == [first.generation_code, last.generation_code]

    def test_only_a_settlement_in_force_takes_a_document_out(self, merchant: Merchant, row: Any) -> None:
        sale = row()
        for type_code, state in (("08", "rejected"), ("08", "invalidated"), ("01", "accepted")):
            other = row(type_code, state=state, third_party_tax_id="")
            Reference.objects.create(document=other, type_code="01", number=sale.generation_code)
        assert self.found(merchant) == [sale.generation_code]
        waiting = row("08", state="transmitting", third_party_tax_id="")
        Reference.objects.create(document=waiting, type_code="01", number=sale.generation_code)
        assert self.found(merchant) == []

    def test_nothing_is_selected_where_nobody_asks(self, merchant: Merchant, row: Any) -> None:
        row()
        assert self.found(merchant, period=None) == []
        assert self.found(merchant, customer=None) == []
        assert self.found(merchant, customer=Party(name="x")) == []
        assert self.found(merchant, type_code="07") == []


class TestAccountingSettlement:
    def test_the_smallest_is_accepted(self, manager: Caller, sandbox: Sandbox) -> None:
        made = accepted(manager, accounting())
        assert made["totals"]["payable"] == "1169.92"
        assert sealed(made)["extension"]["nombEntrega"] == "PERSONA RESPONSABLE"

    def test_it_waits_for_hacienda_where_others_go_into_contingency(self, manager: Caller, sandbox: Sandbox) -> None:
        sandbox.fault("down")
        answer = manager.send(accounting())
        made = answer.json()
        assert (answer.status_code, made["status"], made["contingency"]) == (202, "transmitting", None)
        assert eventually(lambda: Outage.objects.filter(ended_at=None).exists())
        assert manager.send(accounting(fee="1.00")).json()["status"] == "transmitting"

        sandbox.heal()
        sender = Sender(threads=1)
        waiting = Document.objects.exclude(state="accepted")

        def brought() -> bool:
            probing.look(timezone.now())
            sender.turn()
            return not waiting.exists()

        assert eventually(brought, seconds=30)
        sender.stopping.set()
        sender.run()
        stored = manager.get(f"documents/{made['id']}").json()
        assert [one["status"] for one in stored["history"]] == ["transmitting", "accepted"]
        assert Document.objects.filter(sealings__reason__isnull=False).count() == 0

    def test_an_outage_of_ones_own_is_no_reason(self, manager: Caller, sandbox: Sandbox) -> None:
        now = timezone.now()
        told = {"reason": 3, "from": (now - timedelta(hours=1)).isoformat(), "to": now.isoformat()}
        body = {**accounting(), "contingency": told, "issued_at": told["from"]}
        assert {code for _pointer, code in faults(manager, body)} == {"contingency_type_not_allowed"}


def test_another_environment_settles_nothing_of_this_one(
    manager: Caller, merchant: Merchant, sandbox: Sandbox
) -> None:
    sold(manager)
    elsewhere = caller(merchant, environment=Environment.TEST)
    assert faults(elsewhere, settlement()) == {("/period", "nothing_to_settle")}

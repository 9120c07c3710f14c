"""Delivery notes, exports and special operations, from the smallest body that works to Hacienda's stamp."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from accounts import services as accounts
from accounts.models import Merchant
from documents.models import Document
from hacienda.values import ExportDefaults
from tests.actors import TAX_ID, Caller, Sandbox, SigningFile, invoice
from tests.people import Visitor, text, visitor

pytestmark = pytest.mark.django_db(transaction=True)

NOW = {"Prefer": "wait=10"}
GOODS = [{"description": "Café en grano", "quantity": 12, "price": "15.00"}]
BUYER = {
    "name": "FOREIGN BUYER INC.",
    "tax_id": "US-98-7654321",
    "country": "US",
    "person": "company",
    "address": {"line": "100 Example Ave, Miami FL"},
}
ANA = {"name": "ANA EJEMPLO", "tax_id": "000000000", "activity": "10001"}
CUSTOMS = {"customs_post": "02", "regime": "1000.000", "incoterm": "09"}


def transfer(**more: object) -> dict[str, Any]:
    return {"type": "delivery_note", "customer": {"goods_title": "04"}, "items": GOODS, **more}


def export(**more: object) -> dict[str, Any]:
    return {"type": "export_invoice", "customer": BUYER, "items": GOODS, **more}


def special(**paper: object) -> dict[str, Any]:
    named = {"type": "02", "first": "1", "last": "120", "issued_on": "2026-11-20", **paper}
    return {"type": "special_operations", "items": [{"price": "1.13", "paper": named}], "prices_include_tax": True}


def accepted(caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
    answer = caller.send(body, **NOW)
    assert answer.status_code == 201, answer.content
    shown: dict[str, Any] = answer.json()
    assert (shown["status"], len(shown["received_stamp"] or "")) == ("accepted", 40), shown["rejection"]
    return shown


def refused(caller: Caller, body: dict[str, Any]) -> set[tuple[str, str]]:
    answer = caller.send(body)
    assert answer.status_code == 422, answer.content
    return {(one["pointer"], one["code"]) for one in answer.json()["errors"]}


def signed(shown: dict[str, Any]) -> dict[str, Any]:
    document = Document.objects.select_related("current_sealing").get(public_id=shown["id"])
    assert document.current_sealing is not None
    return dict(json.loads(document.current_sealing.payload))


# --- Delivery notes -------------------------------------------------------------------------------------------------
def test_goods_move_between_own_places_with_three_words(manager: Caller, sandbox: Sandbox) -> None:
    shown = accepted(manager, transfer())
    assert shown["customer"]["tax_id"] == TAX_ID
    assert (shown["totals"]["total"], shown["totals"]["tax"]) == ("180.00", "0.00")


def test_a_note_shows_taxes_if_the_caller_wants_it(manager: Caller, sandbox: Sandbox) -> None:
    shown = accepted(manager, transfer(taxes_shown=True))
    assert (shown["totals"]["total"], shown["totals"]["tax"]) == ("203.40", "23.40")


def test_the_sale_that_follows_names_its_note(manager: Caller, sandbox: Sandbox) -> None:
    note = accepted(manager, transfer(customer={**ANA, "goods_title": "01"}))
    sale = accepted(manager, invoice(customer=ANA, related=[{"id": note["id"]}]))
    (row,) = signed(sale)["documentoRelacionado"]
    assert (row["tipoDocumento"], row["numeroDocumento"]) == ("04", note["generation_code"])


def test_a_note_names_the_sale_that_it_accompanies(manager: Caller, sandbox: Sandbox) -> None:
    sale = accepted(manager, invoice(customer=ANA))
    note = accepted(manager, transfer(customer={**ANA, "goods_title": "02"}, related=[{"id": sale["id"]}]))
    assert signed(note)["cuerpoDocumento"][0]["numeroDocumento"] == sale["generation_code"]


def test_goods_that_went_to_another_are_not_sold_to_this_one(manager: Caller, sandbox: Sandbox) -> None:
    note = accepted(manager, transfer())
    body = invoice(customer=ANA, related=[{"id": note["id"]}])
    assert refused(manager, body) == {("/related/0", "related_receiver_differs")}


def test_a_note_that_is_not_in_force_cannot_be_named(manager: Caller, sandbox: Sandbox) -> None:
    note = accepted(manager, transfer(customer={**ANA, "goods_title": "01"}))
    wish = {"kind": "rescinded", "requested_by": {"name": "ANA", "id_type": "13", "id_number": "000000000"}}
    assert manager.post(f"documents/{note['id']}/invalidate", wish).status_code == 200
    body = invoice(customer=ANA, related=[{"id": note["id"]}])
    assert refused(manager, body) == {("/related/0", "related_invalidated")}


def test_a_note_without_a_stamp_cannot_be_named_yet(manager: Caller, sandbox: Sandbox) -> None:
    sandbox.fault("down")
    waiting = manager.send(transfer(customer={**ANA, "goods_title": "01"})).json()
    assert waiting["status"] == "contingency"
    sandbox.heal()
    body = invoice(customer=ANA, related=[{"id": waiting["id"]}])
    assert refused(manager, body) == {("/related/0", "related_not_stamped")}


# --- Exports --------------------------------------------------------------------------------------------------------
def test_an_exporter_says_only_what_is_new(manager: Caller, merchant: Merchant, sandbox: Sandbox) -> None:
    usual = ExportDefaults(customs_post="02", regime="1000.000", incoterm="09")
    accounts.set_export_defaults(merchant=merchant, defaults=usual)
    shown = accepted(manager, export())
    assert (shown["totals"]["payable"], shown["totals"]["tax"]) == ("180.00", "0.00")
    assert signed(shown)["emisor"]["tipoRegimen"] == "EX-1"


def test_goods_abroad_with_all_that_goes_with_them(manager: Caller, sandbox: Sandbox) -> None:
    transport = {"mode": 1, "plates": "C-123456", "driver": "JUAN EJEMPLO", "driver_id": "012345678"}
    shown = accepted(
        manager,
        export(
            export={**CUSTOMS, "freight": "150.00", "insurance": 25},
            associated_documents=[{"code": 4, "transport": transport}],
            third_party_purchase={"name": "OPERADOR LOGÍSTICO", "id_number": "OL-77"},
            payment={"methods": [{"code": "05", "reference": "TR-1"}]},
        ),
    )
    assert shown["totals"]["payable"] == "355.00"


def test_fuel_and_samples_go_abroad(manager: Caller, sandbox: Sandbox) -> None:
    items = [
        {"description": "Diésel", "quantity": 50, "price": "3.00", "unit": 22, "extra_taxes": ["D1", "C8"]},
        {"description": "Filtro, muestra", "quantity": 2, "price": "4.50", "free_of_charge": True},
    ]
    shown = accepted(manager, export(items=items, export={**CUSTOMS, "freight": "10.00"}))
    assert (shown["totals"]["payable"], shown["totals"]["other_taxes"]) == ("175.00", "15.00")
    assert signed(shown)["resumen"]["totalNoOnerosas"] == 9
    page = text(Visitor().get(urlsplit(shown["url"]).path))
    for told in ("Sin costo", "Operaciones no onerosas (informativo)", "FOVIAL", "COTRANS"):
        assert told in page
    # What is given back bears its taxes again; what was free is not given back.
    back = accepted(manager, {"type": "return", "related": [{"id": shown["id"]}]})
    event = signed(back)
    assert [line["tributos"] for line in event["cuerpoDocumento"]] == [["C3", "D1", "C8"]]
    assert back["totals"]["payable"] == "175.00"


def test_a_tax_without_a_permit_is_refused_at_its_line(
    manager: Caller, sandbox: Sandbox, signing_file: SigningFile
) -> None:
    fuel = {"description": "Diésel", "quantity": 50, "price": "3.00", "unit": 22, "extra_taxes": ["D1"]}
    sandbox.register(TAX_ID, signing_file.public_key, export_taxes=False)
    try:
        shown = manager.send(export(items=[*GOODS, fuel], export=CUSTOMS), **NOW).json()["document"]
    finally:
        sandbox.register(TAX_ID, signing_file.public_key)
    assert (shown["status"], shown["rejection"]["code"]) == ("rejected", "095")
    assert [one["pointer"] for one in shown["rejection"]["errors"]] == ["/items/1/extra_taxes"]


def test_services_abroad_need_no_customs(manager: Caller, sandbox: Sandbox) -> None:
    service = [{"description": "Desarrollo de software", "price": "2500", "kind": "service"}]
    assert accepted(manager, export(items=service))["totals"]["payable"] == "2500.00"


def test_what_an_export_lacks_is_told_at_once(manager: Caller) -> None:
    body = export(
        customer={"name": "X", "country": "ZZ", "address": {"line": 7}},
        third_party_purchase={"name": "OPERADOR"},
    )
    assert refused(manager, body) == {
        ("/customer/tax_id", "required"),
        ("/customer/country", "unknown_code"),
        ("/customer/person", "required"),
        ("/customer/address/line", "invalid"),
        ("/third_party_purchase/id_number", "required"),
        ("/export/customs_post", "required"),
        ("/export/regime", "required"),
        ("/export/regime_type", "required"),
        ("/export/incoterm", "required"),
    }


# --- Special operations ---------------------------------------------------------------------------------------------
def test_a_day_of_paper_is_reported_without_a_number(manager: Caller, sandbox: Sandbox) -> None:
    shown = accepted(manager, special())
    assert not shown["control_number"]
    assert (shown["customer"], shown["totals"]["payable"]) == (None, "135.60")
    assert signed(shown)["cuerpoDocumento"][0]["cantidad"] == 120


def test_paper_that_cannot_be_read_is_told_once(manager: Caller) -> None:
    body = special()
    del body["items"][0]["paper"]["type"]
    assert refused(manager, body | {"notes": "x"}) == {
        ("/items/0/paper/type", "required"),
        ("/notes", "not_taken"),
    }


# --- The list -------------------------------------------------------------------------------------------------------
def test_every_type_can_be_asked_for_by_name(manager: Caller, sandbox: Sandbox) -> None:
    accepted(manager, transfer())
    for name, count in (("delivery_note", 1), ("export_invoice", 0), ("special_operations", 0)):
        assert len(manager.get(f"documents?type={name}").json()["results"]) == count


def test_people_can_ask_for_every_type_too(manager: Caller, merchant: Merchant, sandbox: Sandbox) -> None:
    accepted(manager, special())
    ana = visitor(merchant)
    page = ana.get("/documents", {"type": "17"}).content.decode()
    for name in ("Delivery note", "Export invoice", "Special operations event"):
        assert f">{name}</option>" in page
    assert page.count("<tr") > page.count("<thead")
    assert "Final consumer" not in page  # an event has no customer at all

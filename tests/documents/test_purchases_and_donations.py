"""Purchases from people without registration and donation receipts, as a caller sees them, against the sandbox."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Merchant
from documents.models import Document
from tests.actors import Caller, Sandbox

pytestmark = pytest.mark.django_db(transaction=True)

HOME = {"district": "Santa Tecla", "line": "Calle de Ejemplo 3"}


@pytest.fixture
def foundation(merchant: Merchant) -> Merchant:
    """The merchant, with the resolution that lets it take donations."""
    merchant.donation_resolution = {"number": "Resolución 12345", "description": "Entidad exenta, art. 6 LISR"}
    merchant.save(update_fields=["donation_resolution"])
    return merchant


def purchase(**more: object) -> dict[str, Any]:
    return {
        "type": "excluded_subject",
        "customer": {"name": "PEDRO PROVEEDOR", "tax_id": "09876543-2", "address": HOME},
        "items": [{"description": "Tomate", "quantity": 30, "price": "0.45"}],
        **more,
    }


def donation(**more: object) -> dict[str, Any]:
    return {
        "type": "donation",
        "customer": {"name": "ANA DONANTE", "tax_id": "012345678", "address": HOME},
        "items": [{"description": "Donativo", "price": "100.00", "donation": "cash"}],
        **more,
    }


def payload(made: dict[str, Any]) -> dict[str, Any]:
    sealing = Document.objects.get(public_id=made["id"]).current_sealing
    assert sealing is not None
    return dict(json.loads(sealing.payload, parse_float=Decimal))


def test_the_smallest_purchase_is_accepted(manager: Caller, sandbox: Sandbox) -> None:
    made = manager.send(purchase()).json()

    assert made["status"] == "accepted", made
    assert (made["type"], made["type_code"]) == ("excluded_subject", "14")
    assert made["control_number"] == "DTE-14-M001P001-000000000000001"
    assert made["observations"] == []
    assert made["customer"]["name"] == "PEDRO PROVEEDOR"
    assert made["totals"]["not_subject"] == made["totals"]["payable"] == "13.50"
    assert made["totals"]["tax"] == made["totals"]["withheld"] == "0.00"


def test_income_tax_is_withheld_from_a_service(manager: Caller, sandbox: Sandbox) -> None:
    services = [
        {"description": "Arbitraje", "price": "280.00", "kind": "service"},
        {"description": "Balón", "price": "20.00", "discount": "5.00"},
    ]
    made = manager.send(purchase(items=services, global_discount={"not_subject": "29.50"})).json()

    assert made["status"] == "accepted", made
    assert made["totals"] | {"total": "265.50", "withheld": "25.20", "payable": "240.30"} == made["totals"]
    assert payload(made)["resumen"]["reteRenta"] == Decimal("25.20")


def test_what_a_purchase_does_not_take_is_refused_with_its_place(manager: Caller) -> None:
    body = purchase(vat_withheld=True, global_discount={"taxed": "1.00"})
    body["items"][0] |= {"tax": "exempt", "price": "-1"}
    body["customer"]["registration"] = "123456"
    answer = manager.send(body)

    assert answer.status_code == 422
    assert {(one["pointer"], one["code"]) for one in answer.json()["errors"]} == {
        ("/vat_withheld", "not_taken"),
        ("/global_discount/taxed", "not_taken"),
        ("/items/0/tax", "not_taken"),
        ("/items/0/price", "must_not_be_negative"),
        ("/customer/registration", "seller_is_registered"),
    }


@pytest.mark.usefixtures("foundation")
def test_the_smallest_donation_is_accepted(manager: Caller, sandbox: Sandbox) -> None:
    made = manager.send(donation()).json()

    assert made["status"] == "accepted", made
    assert (made["type"], made["type_code"]) == ("donation", "15")
    assert made["observations"] == []
    assert made["totals"]["payable"] == "100.00"
    assert (made["customer"]["country"], made["customer"]["domiciled"]) == ("SV", True)
    assert [item["kind"] for item in made["items"]] == ["cash"]
    assert payload(made)["otrosDocumentos"][0]["descDocumento"] == "Resolución 12345"


@pytest.mark.usefixtures("foundation")
def test_goods_and_services_from_abroad_are_accepted(manager: Caller, sandbox: Sandbox) -> None:
    donor = {"name": "FOREIGN DONOR", "tax_id": "X1234567", "id_type": "03", "country": "US"}
    items = [
        {
            "description": "Computadoras usadas",
            "price": "100",
            "quantity": 10,
            "donation": "goods",
            "depreciation": "50",
        },
        {"description": "Instalación", "price": "25.50", "donation": "service"},
    ]
    made = manager.send(donation(customer=donor, items=items)).json()

    assert made["status"] == "accepted", made
    assert made["totals"]["payable"] == "975.50"
    assert payload(made)["resumen"]["pagos"] is None


def test_a_donation_needs_a_resolution(manager: Caller, sandbox: Sandbox) -> None:
    answer = manager.send(donation())
    assert answer.status_code == 422
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
        ("/issuer/donation_resolution", "resolution_required")
    ]

    paper = {"code": 1, "description": "Resolución 777", "detail": "Entidad exenta"}
    made = manager.send(donation(associated_documents=[paper])).json()
    assert made["status"] == "accepted", made


@pytest.mark.usefixtures("foundation")
def test_a_donation_waits_for_hacienda_because_it_knows_no_contingency(manager: Caller, sandbox: Sandbox) -> None:
    sandbox.fault("down")

    made = manager.send(donation()).json()

    assert made["status"] == "transmitting", made
    assert made["contingency"] is None


@pytest.mark.usefixtures("foundation")
@pytest.mark.parametrize("body", [purchase(), donation()], ids=["purchase", "donation"])
def test_it_can_be_invalidated(manager: Caller, sandbox: Sandbox, body: dict[str, Any]) -> None:
    made = manager.send(body).json()
    assert made["status"] == "accepted", made

    answer = manager.post(f"documents/{made['id']}/invalidate", {"kind": "rescinded", "reason": "Se deshizo"})

    assert answer.status_code == 200, answer.content
    assert answer.json()["status"] == "invalidated"

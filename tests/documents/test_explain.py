"""A preview tells where each cent comes from."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from documents.models import Document, Sequence
from tests.actors import Caller, invoice
from tests.hacienda.drafts import TAXPAYER

pytestmark = pytest.mark.django_db(transaction=True)

CUSTOMER = {
    "name": TAXPAYER.name,
    "tax_id": TAXPAYER.tax_id,
    "registration": TAXPAYER.registration,
    "activity": TAXPAYER.activity,
    "address": {"district": "Santa Tecla", "line": "Calle de Ejemplo"},
}


def explained(manager: Caller, body: dict[str, Any], language: str = "en") -> tuple[dict[str, Any], dict[str, Any]]:
    answer = manager.post("documents/preview?explain=1", body, **{"Accept-Language": language})
    assert answer.status_code == 200, answer.content
    told = json.loads(answer.content, parse_float=Decimal, parse_int=Decimal)
    return told["explanation"], told["document"]


def step(explanation: dict[str, Any], field: str) -> dict[str, Any]:
    (found,) = [one for one in explanation["steps"] if one["field"] == field]
    return dict(found)


def test_every_step_leads_from_the_body_to_hacienda_s_field(manager: Caller) -> None:
    explanation, document = explained(
        manager, invoice(items=[{"description": "Café", "quantity": 3, "price": "0.35"}])
    )
    line = step(explanation, "/cuerpoDocumento/0/ventaGravada")
    assert line == {
        "pointer": "/items/0",
        "field": "/cuerpoDocumento/0/ventaGravada",
        "formula": "cantidad * precioUni - montoDescu",
        "numbers": "3 * 0.35 - 0",
        "exact": "1.05",
        "value": "1.05",
        "places": 8,
    }
    vat = step(explanation, "/resumen/totalIva")
    assert (vat["exact"], vat["value"]) == ("0.12079646", "0.12")
    for one in explanation["steps"]:
        place: Any = document
        for name in one["field"].split("/")[1:]:
            place = place[int(name)] if name.isdigit() else place[name]
        assert Decimal(one["value"]) == place, one  # what is explained is what is printed


def test_prices_on_the_other_tax_basis_are_explained(manager: Caller) -> None:
    body = {
        "type": "tax_credit",
        "customer": CUSTOMER,
        "prices_include_tax": True,
        "items": [{"description": "Silla", "price": "45.00", "discount": "1.00"}],
    }
    explanation, _document = explained(manager, body)
    price = step(explanation, "/cuerpoDocumento/0/precioUni")
    assert (price["pointer"], price["numbers"], price["value"]) == ("/items/0/price", "45 / 1.13", "39.82300885")
    assert price["exact"] == "39.823008849558"
    rules = {rule["code"]: rule for rule in explanation["rules"]}
    assert rules["tax_basis"]["applies"]
    assert "including it" in rules["tax_basis"]["text"]


def test_rules_say_whether_they_applied(manager: Caller) -> None:
    explanation, _document = explained(manager, invoice(vat_withheld=True, expected_total="7.01"))
    rules = {rule["code"]: rule for rule in explanation["rules"]}
    assert not rules["withholding"]["applies"]
    assert "100" in rules["withholding"]["text"]
    assert not rules["identification"]["applies"]
    assert rules["expected_total"]["applies"]
    assert not [rule for rule in explanation["rules"] if "%(" in rule["text"]]
    spanish, _document = explained(manager, invoice(vat_withheld=True), language="es")
    assert spanish["rules"][0]["text"] != explanation["rules"][0]["text"]


def test_it_leaves_no_trace_and_is_told_only_when_asked(manager: Caller) -> None:
    assert "explanation" not in manager.post("documents/preview", invoice()).json()
    explained(manager, invoice())
    assert not Document.objects.exists()
    assert not Sequence.objects.exists()


@pytest.mark.parametrize(
    ("body", "figures"),
    [
        (
            {
                "type": "accounting_settlement",
                "customer": CUSTOMER | {"email": "afiliado@example.com"},
                "liquidation": {"from": "2026-11-01", "to": "2026-11-20", "gross": "1230.00", "fee": "33.90"},
                "extension": {"name": "ANA EJEMPLO", "id_number": "012345678"},
            },
            {"/cuerpoDocumento/iva": "141.50", "/cuerpoDocumento/ivaPercibido": "21.77"},
        ),
        (
            {
                "type": "excluded_subject",
                "customer": {"name": "PEDRO", "tax_id": "09876543-2", "address": CUSTOMER["address"]},
                "items": [
                    {"description": "Tomate", "price": "10.00"},
                    {"description": "Acarreo", "price": "30.00", "kind": "service"},
                ],
            },
            {"/resumen/reteRenta": "3.00"},
        ),
        (
            {
                "type": "withholding",
                "customer": CUSTOMER,
                "related": [
                    {"type": "tax_credit", "number": "123", "issued_at": "2026-11-01", "taxable": "697.50"},
                ],
            },
            {"/resumen/totalIva": "90.68", "/resumen/totalIvaRetenido": "6.98"},
        ),
    ],
)
def test_figures_of_other_types_are_explained_too(
    manager: Caller, body: dict[str, Any], figures: dict[str, str]
) -> None:
    explanation, document = explained(manager, body)
    for place, value in figures.items():
        _empty, block, name = place.split("/")
        assert step(explanation, place)["value"] == value
        assert document[block][name] == Decimal(value)

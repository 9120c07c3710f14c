"""Who sells and who buys."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hacienda.drafts import Address, Party
from hacienda.elsalvador.rules import identification_threshold
from tests.hacienda.drafts import CONSUMER, INVOICE, ISSUER, TAX_CREDIT, TAXPAYER, body, built, found, item


def consumer(**change: Any) -> Any:
    return replace(INVOICE, customer=replace(CONSUMER, **change))


def taxpayer(**change: Any) -> Any:
    return replace(TAX_CREDIT, customer=replace(TAXPAYER, **change))


def test_the_issuer_is_written_with_the_text_of_its_activity() -> None:
    emisor = body(INVOICE)["emisor"]
    assert emisor["descActividad"] == "Venta al por mayor de artículos de ferretería y pinturerías"
    assert (emisor["codEstable"], emisor["codPuntoVenta"]) == ("M001", "P001")
    assert emisor["direccion"] == {
        "departamento": "06",
        "municipio": "23",
        "distrito": "14",
        "complemento": "Alameda Ejemplo 123, Colonia Centro",
    }


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"tax_id": "123"}, "/issuer/tax_id", "tax_id_invalid"),
        ({"registration": ""}, "/issuer/registration", "required"),
        ({"name": "x" * 251}, "/issuer/name", "too_long"),
        ({"activity": "00000"}, "/issuer/activity", "unknown_code"),
        ({"phone": "2200"}, "/issuer/phone", "too_short"),
        ({"phone": "22001100,22001101,22001102,2"}, "/issuer/phone", "too_many_phones"),
        ({"email": "nobody"}, "/issuer/email", "email_invalid"),
        ({"address": Address("06", "23", "14", "")}, "/issuer/address/line", "required"),
        ({"establishment": "X001"}, "/establishment", "establishment_code_invalid"),
        ({"establishment": "M0011"}, "/establishment", "establishment_code_invalid"),
        ({"point_of_sale": "1"}, "/point_of_sale", "point_of_sale_code_invalid"),
    ],
)
def test_faults_of_the_merchants_own_data_are_told_apart(change: dict[str, Any], pointer: str, code: str) -> None:
    assert found(INVOICE, issuer=replace(ISSUER, **change)) == {(pointer, code)}


@pytest.mark.parametrize("customer", [None, Party(), Party(country="SV")])
def test_a_consumer_may_stay_unknown(customer: Party | None) -> None:
    receptor = body(replace(INVOICE, customer=customer))["receptor"]
    assert receptor is None or not any(receptor.values())


def test_a_name_and_a_telephone_are_enough_of_a_consumer() -> None:
    receptor = body(replace(INVOICE, customer=Party(name="Ana", phone="7000-1122")))["receptor"]
    assert {key: value for key, value in receptor.items() if value} == {"nombre": "Ana", "telefono": "7000-1122"}


@pytest.mark.parametrize(
    ("party", "id_type", "number"),
    [
        (Party(tax_id="012345678"), "13", "012345678"),
        (Party(tax_id="01234567-8"), "13", "012345678"),
        (Party(tax_id="06142203051028"), "36", "06142203051028"),
        (Party(tax_id="0614-220305-102-8"), "36", "06142203051028"),
        (Party(tax_id="012345678", registration="123"), "36", "012345678"),
        (Party(tax_id="012345678", id_type="36"), "36", "012345678"),
        (Party(tax_id="AB-12 34", id_type="03"), "03", "AB-12 34"),
        (Party(tax_id="012345678", id_type="37"), "37", "012345678"),
    ],
)
def test_the_kind_of_document_is_told_from_the_number(party: Party, id_type: str, number: str) -> None:
    receptor = body(replace(INVOICE, customer=party))["receptor"]
    assert (receptor["tipoDocumento"], receptor["numDocumento"]) == (id_type, number)


def test_an_nrc_is_written_without_dash_and_left_zeros() -> None:
    assert body(taxpayer(registration="00765-43"))["receptor"]["nrc"] == "76543"


def test_a_taxpayer_is_written_whole() -> None:
    assert body(TAX_CREDIT)["receptor"] == {
        "nit": "06142203051028",
        "nrc": "765432",
        "nombre": "CLIENTE CONTRIBUYENTE, S.A. DE C.V.",
        "codActividad": "46900",
        "descActividad": "Venta al por mayor de otros productos",
        "nombreComercial": None,
        "direccion": {
            "departamento": "05",
            "municipio": "28",
            "distrito": "11",
            "complemento": "4a Avenida Norte 45, Santa Tecla",
        },
        "telefono": "25001200",
        "correo": "compras@cliente.com.sv",
    }


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"tax_id": "1234"}, "id_type", "id_type_required"),
        ({"tax_id": "１２３４５６７８９"}, "id_type", "id_type_required"),
        ({"tax_id": None, "id_type": "13"}, "tax_id", "required"),
        ({"tax_id": "1234", "id_type": "36"}, "tax_id", "tax_id_invalid"),
        ({"tax_id": "06142203051028", "id_type": "13"}, "tax_id", "dui_invalid"),
        ({"tax_id": "X" * 21, "id_type": "03"}, "tax_id", "too_long"),
        ({"id_type": "99"}, "id_type", "unknown_code"),
        ({"id_type": "13", "registration": "123"}, "registration", "registration_needs_nit"),
        ({"tax_id": None, "registration": "123"}, "tax_id", "required"),
        ({"registration": "1"}, "registration", "registration_invalid"),
        ({"registration": "000"}, "registration", "registration_invalid"),
        ({"registration": "123456789"}, "registration", "registration_invalid"),
        ({"name": "x" * 251}, "name", "too_long"),
        ({"activity": "99999"}, "activity", "unknown_code"),
        ({"phone": "123"}, "phone", "too_short"),
        ({"email": "maria@example"}, "email", "email_invalid"),
        ({"email": "maria@" + "x" * 100 + ".sv"}, "email", "too_long"),
    ],
)
def test_what_a_consumer_gives_must_be_right(change: dict[str, Any], pointer: str, code: str) -> None:
    assert (f"/customer/{pointer}", code) in found(consumer(**change))


@pytest.mark.parametrize("missing", ["tax_id", "registration", "name", "activity", "address"])
def test_a_taxpayer_needs_everything_but_telephone_and_mail(missing: str) -> None:
    assert found(taxpayer(**{missing: None})) == {(f"/customer/{missing}", "required")}
    assert built(taxpayer(phone=None, email=None, trade_name=None))


def test_a_tax_credit_needs_its_customer() -> None:
    assert found(replace(TAX_CREDIT, customer=None)) == {("/customer", "required")}
    assert found(taxpayer(id_type="13")) == {("/customer/id_type", "id_type_must_be_nit")}


@pytest.mark.parametrize(
    ("address", "pointer", "code"),
    [
        (Address("15", "23", "14", "x"), "department", "unknown_code"),
        (Address("06", "14", "14", "x"), "municipality", "municipality_outside_department"),
        (Address("06", "20", "14", "x"), "district", "district_outside_municipality"),
        (Address("06", "23", "", "x"), "district", "required"),
        (Address("06", "", "20", "x"), "district", "district_outside_department"),
        (Address("", "", "14", "x"), "district", "district_ambiguous"),
        (Address("06", "23", "14", "x" * 201), "line", "too_long"),
    ],
)
def test_a_district_lies_inside_its_municipality_inside_its_department(
    address: Address, pointer: str, code: str
) -> None:
    expected = {(f"/customer/address/{pointer}", code)}
    assert found(consumer(address=address)) == expected
    assert found(taxpayer(address=address)) == expected


def test_from_twenty_five_thousand_dollars_on_the_consumer_is_named() -> None:
    large = replace(INVOICE, items=(item("25000.00"),))
    assert built(replace(INVOICE, items=(item("24999.99"),)))
    assert found(large) == {("/customer", "customer_required_from")}
    assert found(replace(large, customer=Party(phone="70001122"))) == {
        ("/customer/tax_id", "customer_required_from"),
        ("/customer/name", "customer_required_from"),
    }
    assert built(replace(large, customer=Party(name="Ana", tax_id="012345678")))


def test_the_threshold_goes_by_the_day_of_issue() -> None:
    assert identification_threshold(date(2024, 2, 29)) == Decimal(25000)
    assert identification_threshold(date(2026, 12, 1)) == Decimal(25000)
    assert identification_threshold(date(2020, 1, 1)) == Decimal(25000), "the first row known"

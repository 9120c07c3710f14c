"""Special operations: paper documents by range or by number, and what they are worth."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from hacienda.drafts import AppendixEntry, Draft, Item, ItemKind, OwnOutage, PaperRange, Party, Taxation
from hacienda.elsalvador.build import finish
from hacienda.values import Environment, Identity
from tests.hacienda.drafts import AT, SIMPLIFIED, SPECIAL, body, built, found, rows, summary

CODE = "3390A3A2-E692-4AA1-8DA4-89F838BF3C05"
TODAY = date(2026, 11, 20)
VOUCHER = PaperRange("97", number="V-77", issued_on=TODAY)


def reported(paper: PaperRange | None = SIMPLIFIED, price: str = "1", **more: Any) -> Draft:
    return replace(SPECIAL, items=(replace(Item(price=Decimal(price), paper=paper), **more),))


def test_a_range_of_simplified_invoices_is_counted_and_named() -> None:
    assert rows(SPECIAL) == [
        {
            "numItem": 1,
            "codigoGeneracionRef": None,
            "tipoDocumento": "02",
            "numDocumento": None,
            "fechaEmision": "2026-11-20",
            "cantidad": 120,
            "descripcion": "Factura de venta simplificada",
            "docDel": "1",
            "docAl": "120",
            "precioUni": Decimal(1),
            "ventaNoSuj": 0,
            "ventaExenta": 0,
            "ventaGravada": Decimal("120"),
            "tributos": ["20"],
        }
    ]


def test_the_event_has_no_number_and_no_receiver() -> None:
    identity = Identity(Environment.TEST, CODE, "", AT)
    event = json.loads(finish(built(SPECIAL), identity))
    assert event["identificacion"] == {
        "version": 1,
        "ambiente": "00",
        "tipoEvento": "17",
        "codigoGeneracion": CODE,
        "tipoModelo": 1,
        "tipoOperacion": 1,
        "fecEmi": "2026-11-20",
        "horEmi": "10:15:30",
        "tipoMoneda": "USD",
    }
    assert event["emisor"] == {"nit": "06141502101015", "nombre": "COMERCIAL EJEMPLO, S.A. DE C.V."}
    assert built(SPECIAL).customer is None


def test_the_tax_stands_in_the_summary_alone() -> None:
    items = (
        *SPECIAL.items,
        Item(price=Decimal("2.50"), tax=Taxation.EXEMPT, paper=VOUCHER),
        Item(price=Decimal(3), tax=Taxation.NOT_SUBJECT, paper=VOUCHER),
    )
    made = summary(replace(SPECIAL, items=items, expected_total=Decimal("141.10")))
    assert (made["totalGravada"], made["totalExenta"], made["totalNoSuj"]) == (
        Decimal("120.00"),
        Decimal("2.50"),
        Decimal("3.00"),
    )
    assert (made["subTotal"], made["total"]) == (Decimal("125.50"), Decimal("141.10"))
    assert [(row["codigo"], row["valor"]) for row in made["tributos"]] == [("20", Decimal("15.60"))]
    assert made["totalLetras"] == "CIENTO CUARENTA Y UN DÓLARES CON 10/100"
    assert summary(reported(tax=Taxation.EXEMPT))["tributos"] is None


def test_prices_may_be_those_of_the_paper() -> None:
    (row,) = rows(replace(reported(price="11.30"), prices_include_tax=True))
    assert (row["precioUni"], row["ventaGravada"]) == (Decimal(10), Decimal(1200))
    exempt = replace(reported(price="11.30", tax=Taxation.EXEMPT), prices_include_tax=True)
    assert rows(exempt)[0]["precioUni"] == Decimal("11.30")


def test_a_voucher_is_one_unless_said_otherwise() -> None:
    (row,) = rows(reported(VOUCHER, description="Control interno"))
    assert (row["cantidad"], row["numDocumento"], row["descripcion"]) == (1, "V-77", "Control interno")
    assert (row["docDel"], row["docAl"]) == (None, None)
    assert rows(reported(VOUCHER, quantity=Decimal(3)))[0]["cantidad"] == 3


def test_an_earlier_event_is_corrected_by_its_code() -> None:
    (row,) = rows(reported(replace(SIMPLIFIED, corrects=CODE.lower())))
    assert row["codigoGeneracionRef"] == CODE


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [("7", None, 1), ("007", "010", 4), ("A-99", "A-120", 22), ("2026-1", "2026-3", 3)],
)
def test_a_range_is_counted(first: str, last: str | None, count: int) -> None:
    (row,) = rows(reported(replace(SIMPLIFIED, first=first, last=last)))
    assert (row["cantidad"], row["docDel"], row["docAl"]) == (count, first, last or first)


def test_a_range_that_cannot_be_counted_needs_its_quantity() -> None:
    lettered = replace(SIMPLIFIED, first="A1", last="B7")
    assert found(reported(lettered)) == {("/items/0/quantity", "required")}
    assert rows(reported(lettered, quantity=Decimal(9)))[0]["cantidad"] == 9


def test_numbers_of_a_range_may_be_void_but_not_more_than_it_holds() -> None:
    assert rows(reported(quantity=Decimal(118)))[0]["cantidad"] == 118
    assert found(reported(quantity=Decimal(121))) == {("/items/0/quantity", "quantity_exceeds_range")}


@pytest.mark.parametrize(
    ("paper", "expected"),
    [
        (None, {("", "required")}),
        (replace(SIMPLIFIED, type_code="01"), {("/type", "unknown_code")}),
        (replace(SIMPLIFIED, first=None), {("/first", "required")}),
        (replace(SIMPLIFIED, first="121"), {("/last", "range_reversed")}),
        (replace(SIMPLIFIED, first="122"), {("/last", "range_reversed")}),
        (replace(SIMPLIFIED, first="1" * 37), {("/first", "too_long"), ("/last", "range_reversed")}),
        (replace(SIMPLIFIED, number="7"), {("/number", "not_allowed")}),
        (replace(SIMPLIFIED, issued_on=None), {("/issued_on", "required")}),
        (replace(SIMPLIFIED, issued_on=TODAY + timedelta(days=1)), {("/issued_on", "paper_after_event")}),
        (replace(SIMPLIFIED, corrects="77"), {("/corrects", "generation_code_invalid")}),
        (replace(VOUCHER, number=None), {("/number", "required")}),
        (replace(VOUCHER, first="1", last="2"), {("/first", "not_allowed"), ("/last", "not_allowed")}),
    ],
)
def test_papers_are_checked(paper: PaperRange | None, expected: set[tuple[str, str]]) -> None:
    assert found(reported(paper)) == {(f"/items/0/paper{at}", code) for at, code in expected}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"price": None}, ("price", "required")),
        ({"price": Decimal(0)}, ("price", "line_without_amount")),
        ({"price": Decimal(-1)}, ("price", "must_not_be_negative")),
        ({"price": Decimal(10) ** 9}, ("price", "too_large")),
        ({"quantity": Decimal("1.5")}, ("quantity", "not_whole")),
        ({"quantity": Decimal(0)}, ("quantity", "must_be_positive")),
        ({"tax": Taxation.NOT_TAXED}, ("tax", "class_not_allowed")),
        ({"kind": ItemKind.SERVICE}, ("kind", "not_taken")),
        ({"discount": Decimal(1)}, ("discount", "not_taken")),
        ({"code": "A"}, ("code", "not_taken")),
        ({"unit": 59}, ("unit", "not_taken")),
    ],
)
def test_a_line_is_checked(change: dict[str, Any], expected: tuple[str, str]) -> None:
    name, code = expected
    assert found(replace(SPECIAL, items=(replace(SPECIAL.items[0], **change),))) == {(f"/items/0/{name}", code)}


def test_the_event_is_checked_as_a_whole() -> None:
    outage = OwnOutage(3, AT - timedelta(hours=1), AT)
    draft = replace(
        SPECIAL,
        items=(),
        customer=Party(name="Ana"),
        notes="Gracias",
        appendix=(AppendixEntry("a", "b", "x" * 151),),
        contingency=outage,
    )
    now = datetime(2026, 11, 20, 17, tzinfo=UTC)
    assert found(draft, now=now) == {
        ("/items", "required"),
        ("/customer", "not_taken"),
        ("/notes", "not_taken"),
        ("/appendix/0/value", "too_long"),
        ("/type", "contingency_type_not_allowed"),
    }
    assert found(replace(SPECIAL, items=SPECIAL.items * 2001)) == {("/items", "too_many")}
    assert found(replace(SPECIAL, expected_total=Decimal(1))) == {("/expected_total", "expected_total_differs")}


def test_free_fields_are_kept() -> None:
    draft = replace(SPECIAL, appendix=(AppendixEntry("hoja", "Hoja", "7"),))
    assert body(draft)["apendice"] == [{"campo": "hoja", "etiqueta": "Hoja", "valor": "7"}]

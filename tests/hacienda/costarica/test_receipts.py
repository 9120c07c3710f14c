"""Receipts of payment follow from what they pay, and never pay more than is unpaid."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hacienda.drafts import (
    Draft,
    Exemption,
    ExtraTax,
    Item,
    OtherCharge,
    Payment,
    PaymentMethod,
    Related,
    Taxation,
)
from tests.hacienda.costarica.made import (
    AT,
    CREDIT_OF_STATE,
    CUSTOMER,
    GOODS,
    INVOICE,
    SERVICE,
    element,
    faults,
    issued,
    own,
    prepared,
)

D = Decimal
SOLD = replace(INVOICE, payment=CREDIT_OF_STATE)
ORIGINAL = issued(SOLD)


def receipt(*related: Related, **changes: Any) -> Draft:
    return Draft("10", related=related, **changes)


def test_a_reference_alone_pays_all_of_it() -> None:
    made = prepared(receipt(own(ORIGINAL)))
    assert made.totals.payable == D(28250)
    assert made.body["CondicionVenta"] == "09"
    assert made.body["InformacionReferencia"][0]["Codigo"] == "17"
    assert made.customer is not None
    assert made.customer.tax_id == CUSTOMER.tax_id


def test_a_sale_on_credit_of_its_tax_is_paid_under_its_own_condition() -> None:
    original = issued(replace(INVOICE, payment=Payment(code="10", days=90)))
    assert prepared(receipt(own(original))).body["CondicionVenta"] == "11"


@pytest.mark.parametrize("type_code", ["02", "03"])
def test_a_receipt_is_not_taken_back(type_code: str) -> None:
    paid = own(issued(receipt(own(ORIGINAL))))
    assert faults(Draft(type_code, related=(paid,))) == {("/related/0", "receipt_not_taken_back")}


def test_each_rate_has_a_line() -> None:
    items = (SERVICE, replace(GOODS, tax_rate="02"), replace(SERVICE, tax_rate="10"))
    original = issued(replace(SOLD, items=items))
    made = prepared(receipt(own(original)))
    assert [row["Impuesto"][0]["CodigoTarifaIVA"] for row in made.body["DetalleServicio"]["LineaDetalle"]] == [
        "08",
        "02",
        "10",
    ]
    assert made.totals.payable == D(element(original, "ResumenFactura/TotalComprobante") or 0)


def test_what_a_receipt_has_no_room_for_stands_in_it_as_exempt() -> None:
    freed = Exemption("04", "AL-0001", "01", AT, D("6.5"))
    items = (replace(SERVICE, price=D(100), exemption=freed), replace(GOODS, extra_taxes=(ExtraTax("12"),)))
    charge = OtherCharge("06", "Servicio", D(7))
    original = issued(replace(SOLD, items=items, other_charges=(charge,)))
    made = prepared(receipt(own(original)))
    assert made.totals.payable == D(element(original, "ResumenFactura/TotalComprobante") or 0)
    assert {item.tax for item in made.items} == {Taxation.TAXED, Taxation.EXEMPT}


def test_parts_are_paid_until_nothing_is_left() -> None:
    first = issued(receipt(own(ORIGINAL), items=(Item("Cuota 1", D(10000)),)))
    assert element(first, "ResumenFactura/TotalComprobante") == "11300.00000"
    rest = prepared(receipt(own(ORIGINAL, first)))
    assert rest.totals.payable == D(28250) - D(11300)
    too_much = receipt(own(ORIGINAL, first), items=(Item("Cuota 2", D(15001)),))
    assert faults(too_much) == {("/items", "exceeds_unpaid")}


def test_a_payment_can_be_told_with_its_tax() -> None:
    made = prepared(receipt(own(ORIGINAL), items=(Item("Cuota", D(113)),), prices_include_tax=True))
    assert (made.items[0].amount, made.totals.payable) == (D(100), D(113))


def test_what_was_credited_is_not_paid() -> None:
    note = issued(Draft("03", related=(own(ORIGINAL),)))
    assert ("/related/0", "nothing_left") in faults(receipt(own(ORIGINAL, note)))


def test_it_is_paid_in_several_ways() -> None:
    methods = (PaymentMethod("04", D(28000)), PaymentMethod("02", D(250)))
    made = prepared(receipt(own(ORIGINAL), payment=Payment(methods=methods)))
    assert [row["TipoMedioPago"] for row in made.body["ResumenFactura"]["MedioPago"]] == ["04", "02"]


ELSEWHERE = Related("01", "50620112600310100000000100001010000000001112345678", True, date(2026, 11, 19))


def test_a_document_of_elsewhere_is_paid_as_the_caller_says() -> None:
    draft = receipt(ELSEWHERE, items=(Item("Pago", D(100)),), customer=CUSTOMER, payment=Payment(code="09"))
    assert faults(draft) == set()
    assert faults(replace(draft, payment=Payment())) == {("/payment/code", "required")}


REFUSED = {
    "no reference": (
        receipt(items=(Item("Pago", D(100)),), customer=CUSTOMER, payment=Payment(code="09")),
        {("/related", "reference_required")},
    ),
    "cash sale": (receipt(own(issued(INVOICE))), {("/related/0", "not_paid_by_receipt")}),
    "foreign fields": (
        receipt(own(ORIGINAL), items=(Item("Pago", D(1), D(2), cabys="x"),), notes="x"),
        {("/items/0/quantity", "not_taken"), ("/items/0/cabys", "not_taken"), ("/notes", "not_taken")},
    ),
    "no amount": (receipt(own(ORIGINAL), items=(Item("Pago"),)), {("/items/0/price", "required")}),
    "no words": (receipt(own(ORIGINAL), items=(Item(price=D(1)),)), {("/items/0/description", "required")}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_where_it_was_said(name: str) -> None:
    draft, expected = REFUSED[name]
    assert faults(draft) == expected

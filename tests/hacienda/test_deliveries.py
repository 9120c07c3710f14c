"""Delivery notes: who receives, whether taxes are shown, and what a note may refer to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hacienda.drafts import (
    Address,
    Draft,
    ExtraTax,
    GlobalDiscount,
    Item,
    Original,
    Party,
    Payment,
    PaymentMethod,
    Related,
    Taxation,
    ThirdParty,
)
from tests.hacienda.drafts import (
    CONSUMER,
    DELIVERY,
    INVOICE,
    ISSUER,
    TAX_CREDIT,
    TAXPAYER,
    body,
    built,
    found,
    item,
    rows,
    summary,
)

CODE = "3390A3A2-E692-4AA1-8DA4-89F838BF3C05"
WAREHOUSE = Address("05", "28", "11", "Bodega 2")
TRANSFER = replace(DELIVERY, customer=Party(goods_title="04"))
PUBLIC = replace(CONSUMER, activity="10001", goods_title="01")


def note(*items: Item, **more: Any) -> Draft:
    return replace(DELIVERY, items=items, **more)


# --- Who receives ---------------------------------------------------------------------------------------------------
def test_a_taxpayer_is_named_with_the_title_of_the_goods() -> None:
    receiver = body(DELIVERY)["receptor"]
    assert (receiver["tipoDocumento"], receiver["numDocumento"]) == ("36", "06142203051028")
    assert (receiver["nrc"], receiver["bienTitulo"]) == ("765432", "03")


def test_who_is_not_registered_for_vat_may_receive_and_needs_no_address() -> None:
    receiver = body(replace(DELIVERY, customer=replace(PUBLIC, address=None)))["receptor"]
    assert (receiver["tipoDocumento"], receiver["nrc"], receiver["direccion"]) == ("13", None, None)
    assert receiver["descActividad"] == "Empleados"


def test_goods_transferred_to_nobody_go_to_the_issuer_itself() -> None:
    receiver = body(TRANSFER)["receptor"]
    assert receiver == {
        "tipoDocumento": "36",
        "numDocumento": "06141502101015",
        "nrc": "1234567",
        "nombre": ISSUER.name,
        "codActividad": "46632",
        "descActividad": "Venta al por mayor de artículos de ferretería y pinturerías",
        "nombreComercial": "FERRETERÍA EJEMPLO",
        "direccion": {
            "departamento": "06",
            "municipio": "23",
            "distrito": "14",
            "complemento": "Alameda Ejemplo 123, Colonia Centro",
        },
        "telefono": None,
        "correo": None,
        "bienTitulo": "04",
    }
    customer = built(TRANSFER).customer
    assert customer is not None
    assert (customer.name, customer.tax_id, customer.email) == (ISSUER.name, ISSUER.tax_id, None)


def test_a_transfer_names_the_place_where_the_goods_go() -> None:
    away = replace(TRANSFER, customer=Party(goods_title="04", address=WAREHOUSE, phone="22223333"))
    receiver = body(away)["receptor"]
    assert (receiver["direccion"]["complemento"], receiver["telefono"]) == ("Bodega 2", "22223333")
    assert receiver["nombre"] == ISSUER.name


def test_a_transfer_to_somebody_else_is_possible() -> None:
    receiver = body(replace(DELIVERY, customer=replace(TAXPAYER, goods_title="04")))["receptor"]
    assert (receiver["nombre"], receiver["bienTitulo"]) == (TAXPAYER.name, "04")


@pytest.mark.parametrize(
    ("customer", "faults"),
    [
        (None, {("/customer", "required")}),
        (TAXPAYER, {("/customer/goods_title", "required")}),
        (replace(TAXPAYER, goods_title="06"), {("/customer/goods_title", "unknown_code")}),
        (
            Party(goods_title="02"),
            {("/customer/tax_id", "required"), ("/customer/name", "required"), ("/customer/activity", "required")},
        ),
        (
            Party(goods_title="04", name="SUCURSAL"),
            {("/customer/tax_id", "required"), ("/customer/activity", "required")},
        ),
        (
            replace(PUBLIC, registration="765432", id_type="13"),
            {("/customer/registration", "registration_needs_nit")},
        ),
        (replace(PUBLIC, tax_id="77"), {("/customer/id_type", "id_type_required")}),
    ],
)
def test_a_receiver_is_checked(customer: Party | None, faults: set[tuple[str, str]]) -> None:
    assert found(replace(DELIVERY, customer=customer)) == faults


def test_what_a_title_that_cannot_be_read_may_make_needless_is_not_asked_for() -> None:
    draft = replace(DELIVERY, customer=Party(), unread=(("customer", "goods_title"),), notes="x" * 3001)
    assert found(draft) == {("/notes", "too_long")}


# --- Taxes ----------------------------------------------------------------------------------------------------------
def test_a_note_shows_the_taxes_of_the_sale_that_follows() -> None:
    draft = note(item("15", "12"), item("10", tax=Taxation.EXEMPT))
    assert [row["tributos"] for row in rows(draft)] == [["20"], None]
    made = summary(draft)
    assert [(row["codigo"], row["valor"]) for row in made["tributos"]] == [("20", Decimal("23.40"))]
    assert (made["subTotal"], made["montoTotalOperacion"]) == (Decimal("190.00"), Decimal("213.40"))
    assert made["totalLetras"] == "DOSCIENTOS TRECE DÓLARES CON 40/100"
    totals = built(draft).totals
    assert (totals.tax, totals.total, totals.payable) == (Decimal("23.40"), Decimal("213.40"), Decimal("213.40"))


def test_a_transfer_between_own_places_shows_none() -> None:
    draft = replace(TRANSFER, items=(item("15", "12"),))
    assert [row["tributos"] for row in rows(draft)] == [None]
    made = summary(draft)
    assert (made["tributos"], made["montoTotalOperacion"]) == (None, Decimal("180.00"))
    assert built(draft).totals.tax == 0


@pytest.mark.parametrize(("draft", "shown"), [(DELIVERY, False), (TRANSFER, True)])
def test_the_caller_may_say_otherwise(draft: Draft, shown: bool) -> None:
    made = summary(replace(draft, taxes_shown=shown))
    assert (made["tributos"] is not None) == shown
    assert made["montoTotalOperacion"] == (Decimal("7.91") if shown else Decimal("7.00"))


def test_prices_may_include_the_tax_whether_it_is_shown_or_not() -> None:
    for shown, total in ((True, Decimal("11.30")), (False, Decimal("10.00"))):
        draft = note(item("11.30"), prices_include_tax=True, taxes_shown=shown)
        assert rows(draft)[0]["precioUni"] == 10
        assert summary(draft)["montoTotalOperacion"] == total


def test_specific_taxes_go_only_where_taxes_are_shown() -> None:
    fuel = item("3", "50", unit=22, extra_taxes=(ExtraTax("D1"),))
    assert rows(note(fuel))[0]["tributos"] == ["20", "D1"]
    assert summary(note(fuel))["montoTotalOperacion"] == Decimal("179.50")
    assert found(note(fuel, taxes_shown=False)) == {("/items/0/extra_taxes", "taxes_not_shown")}


def test_a_tax_of_its_own_is_a_line() -> None:
    cement = item("8", "100", extra_taxes=(ExtraTax("57", Decimal(32)),))
    assert [(row["tipoItem"], row["codTributo"]) for row in rows(note(cement))] == [(1, None), (4, "57")]


def test_a_global_discount_lowers_the_base() -> None:
    made = summary(note(item("100"), global_discount=GlobalDiscount(taxed=Decimal(10))))
    assert (made["subTotal"], made["montoTotalOperacion"]) == (Decimal("90.00"), Decimal("101.70"))


# --- What a note has no place for -----------------------------------------------------------------------------------
def test_charges_payments_and_withholding_are_refused() -> None:
    draft = note(
        item("1", tax=Taxation.NOT_TAXED),
        item("1", suggested_price=Decimal(2)),
        payment=Payment(methods=(PaymentMethod(code="05"),)),
        vat_withheld=True,
        electronic_payment_number="NPE",
    )
    assert found(draft) == {
        ("/items/0/tax", "class_not_allowed"),
        ("/items/1/suggested_price", "not_taken"),
        ("/payment", "not_taken"),
        ("/vat_withheld", "not_taken"),
        ("/electronic_payment_number", "not_taken"),
    }
    assert found(replace(INVOICE, taxes_shown=True)) == {("/taxes_shown", "not_taken")}


def test_the_expected_total_is_that_of_the_note() -> None:
    assert built(replace(DELIVERY, expected_total=Decimal("7.91")))
    assert found(replace(DELIVERY, expected_total=Decimal("7.00"))) == {("/expected_total", "expected_total_differs")}


# --- What a note refers to ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("type_code", ["01", "03", "11"])
def test_a_note_may_accompany_a_sale(type_code: str) -> None:
    sale = Related(type_code, CODE, True, date(2026, 9, 1))
    draft = replace(DELIVERY, related=(sale,))
    assert [row["numeroDocumento"] for row in rows(draft)] == [CODE]
    assert [one.adjusts for one in built(draft).references] == [False]


def test_a_note_accompanies_nothing_but_sales() -> None:
    draft = replace(DELIVERY, related=(Related("04", CODE, True, date(2026, 11, 18)),))
    assert found(draft) == {("/related/0/type", "related_type_not_allowed")}


def test_a_note_may_be_on_behalf_of_another() -> None:
    draft = replace(DELIVERY, third_party_sale=ThirdParty("MANDANTE", "06143006991013"))
    assert body(draft)["ventaTercero"]["nit"] == "06143006991013"


def ours(payload: str, *, is_stamped: bool = True, is_invalidated: bool = False) -> Related:
    original = Original(payload, is_stamped=is_stamped, is_invalidated=is_invalidated)
    return Related("04", CODE, True, date(2026, 11, 18), original=original)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ({}, None),
        ({"is_stamped": False}, "related_not_stamped"),
        ({"is_invalidated": True}, "related_invalidated"),
    ],
)
def test_a_document_of_ours_is_stamped_and_in_force_when_it_is_referred_to(
    state: dict[str, bool], code: str | None
) -> None:
    note = ours('{"receptor": {"numDocumento": "06142203051028"}}', **state)
    for draft in (replace(TAX_CREDIT, related=(note,)), replace(DELIVERY, related=(replace(note, type_code="03"),))):
        if code is None:
            assert built(draft)
        else:
            assert found(draft) == {("/related/0", code)}


def test_a_document_of_ours_went_to_the_same_customer() -> None:
    another = ours('{"receptor": {"numDocumento": "012345678"}}')
    nobody = ours('{"receptor": null}')
    differs = {("/related/0", "related_receiver_differs")}
    assert found(replace(TAX_CREDIT, related=(another,))) == differs
    assert found(replace(INVOICE, related=(another,))) == differs
    assert found(replace(DELIVERY, related=(replace(nobody, type_code="01"),))) == differs
    assert built(replace(INVOICE, related=(another,), customer=CONSUMER))
    unknown = replace(INVOICE, related=(another,), customer=replace(CONSUMER, tax_id="77"))
    assert found(unknown) == {("/customer/id_type", "id_type_required")}

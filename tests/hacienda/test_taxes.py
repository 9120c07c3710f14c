"""Specific taxes beside VAT, by section of the catalogue."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from hacienda.drafts import Draft, ExtraTax, Item, Taxation
from tests.hacienda.drafts import INVOICE, TAX_CREDIT, built, found, item, rows, summary


def taxed(price: str, quantity: str, *taxes: ExtraTax, unit: int | None = None) -> Item:
    return item(price, quantity, extra_taxes=taxes, unit=unit)


def test_fuel_pays_by_the_gallon_on_top_of_its_price() -> None:
    draft = replace(INVOICE, items=(taxed("3.54", "50", ExtraTax("D1"), ExtraTax("C8"), unit=22),))
    (row,) = rows(draft)
    assert row["tributos"] == ["D1", "C8"]
    resumen = summary(draft)
    assert [(tax["codigo"], tax["valor"]) for tax in resumen["tributos"]] == [("D1", 10), ("C8", 5)]
    assert (resumen["subTotal"], resumen["montoTotalOperacion"]) == (177, 192)
    totals = built(draft).totals
    assert (totals.tax, totals.other_taxes, totals.payable) == (Decimal("20.36"), 15, 192)


def test_lodging_pays_five_in_the_hundred_of_the_net_amount() -> None:
    credit = replace(TAX_CREDIT, items=(taxed("60", "2", ExtraTax("59")),))
    assert rows(credit)[0]["tributos"] == ["20", "59"]
    assert [(row["codigo"], row["valor"]) for row in summary(credit)["tributos"]] == [
        ("20", Decimal("15.60")),
        ("59", Decimal("6.00")),
    ]
    invoice = replace(INVOICE, items=(taxed("67.80", "2", ExtraTax("59")),))
    assert summary(invoice)["tributos"][0]["valor"] == Decimal("6.00")
    assert summary(invoice)["montoTotalOperacion"] == Decimal("141.60")


def test_leaving_by_air_costs_seven_dollars_each() -> None:
    draft = replace(INVOICE, items=(taxed("300", "3", ExtraTax("71")),))
    assert summary(draft)["tributos"][0]["valor"] == 21


def test_rates_are_summed_over_lines_and_rounded_once() -> None:
    line = taxed("1.00", "0.33", ExtraTax("C8"), unit=22)  # 0.033 each
    resumen = summary(replace(INVOICE, items=(line, line, line)))
    assert resumen["tributos"] == [
        {"codigo": "C8", "descripcion": "COTRANS ($0.10 Ctvs. por galón)", "valor": Decimal("0.10")}
    ]


def test_other_fees_take_the_amount_that_is_given() -> None:
    draft = replace(TAX_CREDIT, items=(taxed("100", "1", ExtraTax("D5", Decimal("2.50"))),))
    assert summary(draft)["montoTotalOperacion"] == Decimal("115.50")


def test_informative_taxes_are_listed_and_never_added() -> None:
    draft = replace(TAX_CREDIT, items=(taxed("100", "1", ExtraTax("C5", Decimal("8.00"))),))
    resumen = summary(draft)
    assert rows(draft)[0]["tributos"] == ["20", "C5"]
    assert resumen["tributos"][1]["valor"] == 8
    assert resumen["montoTotalOperacion"] == 113
    assert built(draft).totals.other_taxes == 0


@pytest.mark.parametrize(
    ("base", "price", "listed", "payable"),
    [(INVOICE, "36.16", None, "940.16"), (TAX_CREDIT, "32", ["20"], "940.16")],
)
def test_cement_tax_is_a_line_of_its_own_that_bears_vat(
    base: Draft, price: str, listed: list[str] | None, payable: str
) -> None:
    cement = taxed("9.04" if base is INVOICE else "8", "100", ExtraTax("57", Decimal("32.00")))
    made = replace(base, items=(cement, item("1")))
    _, tax, other = rows(made)
    assert (tax["numItem"], tax["tipoItem"], tax["codTributo"], tax["uniMedida"]) == (2, 4, "57", 99)
    assert (tax["cantidad"], tax["precioUni"], tax["ventaGravada"]) == (1, Decimal(price), Decimal(price))
    assert (tax["descripcion"], tax["tributos"]) == ("Impuesto industria de Cemento", listed)
    assert other["numItem"] == 3
    assert [line.kind for line in built(made).items] == ["goods", "tax", "goods"]
    assert built(replace(base, items=(cement,))).totals.payable == Decimal(payable)


def test_its_line_bears_vat_whatever_basis_the_caller_uses() -> None:
    cement = taxed("9.04", "100", ExtraTax("57", Decimal(32)))
    draft = replace(TAX_CREDIT, items=(cement,), prices_include_tax=True)
    assert rows(draft)[1]["ventaGravada"] == 32


def test_a_tax_is_listed_once_in_order_of_first_use() -> None:
    items = (
        taxed("1", "1", ExtraTax("71")),
        taxed("1", "1", ExtraTax("59"), ExtraTax("71")),
        item("5", tax=Taxation.EXEMPT),
    )
    resumen = summary(replace(TAX_CREDIT, items=items))
    assert [row["codigo"] for row in resumen["tributos"]] == ["20", "71", "59"]


@pytest.mark.parametrize(
    ("taxes", "pointer", "code"),
    [
        ((ExtraTax("20"),), "/0/code", "tax_not_allowed"),
        ((ExtraTax("C3"),), "/0/code", "tax_not_allowed"),
        ((ExtraTax("D4", Decimal(1)),), "/0/code", "tax_not_allowed"),
        ((ExtraTax("ZZ"),), "/0/code", "unknown_code"),
        ((ExtraTax(""),), "/0/code", "required"),
        ((ExtraTax("71"), ExtraTax("71")), "/1/code", "duplicate"),
        ((ExtraTax("71", Decimal(7)),), "/0/amount", "tax_amount_computed"),
        ((ExtraTax("D5"),), "/0/amount", "tax_amount_required"),
        ((ExtraTax("57"),), "/0/amount", "tax_amount_required"),
        ((ExtraTax("C5"),), "/0/amount", "tax_amount_required"),
        ((ExtraTax("57", Decimal(0)),), "/0/amount", "must_be_positive"),
        ((ExtraTax("C5", Decimal(-1)),), "/0/amount", "must_not_be_negative"),
        ((ExtraTax("D5", Decimal("0.000000001")),), "/0/amount", "too_many_decimals"),
    ],
)
def test_a_tax_that_cannot_stand_is_named(taxes: tuple[ExtraTax, ...], pointer: str, code: str) -> None:
    draft = replace(INVOICE, items=(taxed("10", "1", *taxes),))
    assert found(draft) == {(f"/items/0/extra_taxes{pointer}", code)}


def test_taxes_by_the_gallon_need_gallons() -> None:
    assert found(replace(INVOICE, items=(taxed("3.54", "5", ExtraTax("D1")),))) == {
        ("/items/0/unit", "unit_must_be_gallon")
    }


@pytest.mark.parametrize("tax", [Taxation.EXEMPT, Taxation.NOT_SUBJECT, Taxation.NOT_TAXED])
def test_only_taxed_lines_bear_specific_taxes(tax: Taxation) -> None:
    line = item("10", tax=tax, extra_taxes=(ExtraTax("71"),))
    assert found(replace(INVOICE, items=(item("1"), line))) == {("/items/1/extra_taxes", "tax_needs_taxed_line")}


def test_own_lines_count_towards_two_thousand() -> None:
    cement = taxed("8", "1", ExtraTax("57", Decimal(1)))
    assert len(rows(replace(INVOICE, items=(cement,) * 1000))) == 2000
    assert found(replace(INVOICE, items=(cement,) * 1001)) == {("/items", "too_many")}

"""The sums of a document, figure by figure."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hacienda.drafts import Draft, GlobalDiscount, Taxation
from tests.hacienda.drafts import INVOICE, TAX_CREDIT, built, found, item, summary


def figures(draft: Draft, *names: str) -> list[str]:
    resumen = summary(draft)
    return [str(resumen[name]) for name in names]


def test_an_invoice_includes_its_vat() -> None:
    totals = built(replace(INVOICE, items=(item("11.30"), item("1.13", "3")))).totals
    assert (totals.taxed, totals.tax, totals.total, totals.payable) == (
        Decimal("14.69"),
        Decimal("1.69"),
        Decimal("14.69"),
        Decimal("14.69"),
    )
    assert totals.in_words == "CATORCE DÓLARES CON 69/100"


def test_a_tax_credit_adds_its_vat() -> None:
    totals = built(TAX_CREDIT).totals
    assert (totals.taxed, totals.tax, totals.total) == (1000, 130, 1130)


def test_the_manuals_example_comes_out() -> None:
    items = (
        item("11", "10", discount=Decimal(10)),
        item("5", "15"),
        item("21", "25", discount=Decimal(25)),
        item("20", "5"),
        item("-20", tax=Taxation.NOT_TAXED),
    )
    draft = replace(
        TAX_CREDIT,
        items=items,
        vat_withheld=True,
        global_discount=GlobalDiscount(taxed=Decimal("77.50"), percentage=Decimal(10)),
    )
    assert figures(
        draft,
        "totalGravada",
        "subTotalVentas",
        "descuGravada",
        "totalDescu",
        "subTotal",
        "ivaRete",
        "montoTotalOperacion",
        "totalNoGravado",
        "totalPagar",
    ) == ["775.00", "775.00", "77.50", "112.50", "697.50", "6.98", "788.18", "-20.00", "761.20"]
    assert summary(draft)["tributos"][0]["valor"] == Decimal("90.68")


def test_the_classes_of_sale_keep_apart() -> None:
    items = (
        item("84.75", "2", discount=Decimal("4.50")),
        item("25", tax=Taxation.EXEMPT),
        item("10", tax=Taxation.NOT_SUBJECT),
        item("8", tax=Taxation.NOT_TAXED),
    )
    discount = GlobalDiscount(taxed=Decimal("16.50"), exempt=Decimal("2.50"), percentage=Decimal(10))
    draft = replace(INVOICE, items=items, global_discount=discount)
    assert figures(
        draft, "totalGravada", "totalExenta", "totalNoSuj", "subTotalVentas", "subTotal", "totalDescu"
    ) == ["165.00", "25.00", "10.00", "200.00", "181.00", "23.50"]
    assert figures(draft, "totalIva", "montoTotalOperacion", "totalNoGravado", "totalPagar") == [
        "17.08",
        "181.00",
        "8.00",
        "189.00",
    ]


@pytest.mark.parametrize(
    ("draft", "price", "advance"),
    [
        (INVOICE, "1130", "10.00"),
        (INVOICE, "113.00", "1.00"),
        (INVOICE, "112.99", "0.00"),
        (TAX_CREDIT, "100.00", "1.00"),
        (TAX_CREDIT, "99.99", "0.00"),
    ],
)
def test_one_in_the_hundred_is_withheld_from_a_hundred_dollars_net(draft: Draft, price: str, advance: str) -> None:
    totals = built(replace(draft, items=(item(price),), vat_withheld=True)).totals
    assert totals.withheld == Decimal(advance)
    assert totals.payable == totals.total - totals.withheld


def test_a_global_discount_lowers_the_base_of_what_is_withheld() -> None:
    draft = replace(
        TAX_CREDIT,
        items=(item("110"),),
        vat_withheld=True,
        global_discount=GlobalDiscount(taxed=Decimal("10.01")),
    )
    assert built(draft).totals.withheld == 0


def test_perception_is_added_on_a_tax_credit_and_refused_on_an_invoice() -> None:
    totals = built(replace(TAX_CREDIT, items=(item("450", "2"),), vat_perceived=True)).totals
    assert (totals.perceived, totals.total, totals.payable) == (9, 1017, 1026)
    assert found(replace(INVOICE, vat_perceived=True)) == {("/vat_perceived", "vat_perceived_not_allowed")}


def test_credits_never_make_the_payable_negative() -> None:
    draft = replace(INVOICE, items=(item("10"), item("-15", tax=Taxation.NOT_TAXED)))
    totals = built(draft).totals
    assert (totals.total, totals.not_taxed, totals.payable) == (10, -15, 0)
    assert totals.in_words == "CERO DÓLARES CON 00/100"


def test_a_credit_balance_is_written_as_a_negative_amount() -> None:
    assert summary(replace(INVOICE, credit_balance=Decimal("12.50")))["saldoFavor"] == Decimal("-12.50")


@pytest.mark.parametrize(
    ("given_discount", "pointer", "code"),
    [
        (GlobalDiscount(taxed=Decimal("7.01")), "/taxed", "discount_exceeds_sales"),
        (GlobalDiscount(exempt=Decimal("0.01")), "/exempt", "discount_exceeds_sales"),
        (GlobalDiscount(not_subject=Decimal("0.01")), "/not_subject", "discount_exceeds_sales"),
        (GlobalDiscount(taxed=Decimal("-1")), "/taxed", "must_not_be_negative"),
        (GlobalDiscount(taxed=Decimal("0.001")), "/taxed", "too_many_decimals"),
        (GlobalDiscount(taxed=Decimal("1E+20")), "/taxed", "too_large"),
        (GlobalDiscount(percentage=Decimal("100.01")), "/percentage", "percentage_too_large"),
        (GlobalDiscount(percentage=Decimal("-1")), "/percentage", "must_not_be_negative"),
    ],
)
def test_a_global_discount_fits_its_class(given_discount: GlobalDiscount, pointer: str, code: str) -> None:
    assert found(replace(INVOICE, global_discount=given_discount)) == {(f"/global_discount{pointer}", code)}


def test_a_global_discount_is_on_the_callers_basis() -> None:
    draft = replace(
        TAX_CREDIT,
        items=(item("113"),),
        prices_include_tax=True,
        global_discount=GlobalDiscount(taxed=Decimal("11.30")),
    )
    assert figures(draft, "descuGravada", "subTotal", "totalPagar") == ["10.00", "90.00", "101.70"]


@given(st.decimals(min_value=Decimal("0.01"), max_value=10_000, places=2), st.integers(1, 9))
def test_everything_may_be_discounted_on_either_basis(price: Decimal, quantity: int) -> None:
    line = item(str(price), str(quantity))
    everything = GlobalDiscount(taxed=price * quantity)
    for draft, included in ((INVOICE, False), (TAX_CREDIT, True)):
        totals = built(replace(draft, items=(line,), prices_include_tax=included, global_discount=everything)).totals
        assert totals.payable <= Decimal("0.02")


@given(st.decimals(min_value=Decimal("0.01"), max_value=99_999, places=2), st.integers(1, 99))
def test_either_document_charges_the_shelf_price(price: Decimal, quantity: int) -> None:
    line = item(str(price), str(quantity))
    invoice = built(replace(INVOICE, items=(line,), customer=TAX_CREDIT.customer)).totals
    credit = built(replace(TAX_CREDIT, items=(line,), prices_include_tax=True)).totals
    assert invoice.payable == price * quantity
    assert credit.payable == invoice.payable
    assert credit.tax == invoice.tax


@pytest.mark.parametrize(("expected", "accepted"), [("7", True), ("7.01", True), ("6.99", True), ("7.02", False)])
def test_an_expected_total_is_checked_to_the_cent(expected: str, accepted: bool) -> None:
    draft = replace(INVOICE, expected_total=Decimal(expected))
    if accepted:
        assert built(draft).totals.payable == 7
    else:
        assert found(draft) == {("/expected_total", "expected_total_differs")}


def test_a_document_beyond_the_range_of_amounts_is_refused() -> None:
    line = item("90000000000", tax=Taxation.EXEMPT)
    draft = replace(INVOICE, items=(line, line), customer=TAX_CREDIT.customer)
    assert found(draft) == {("/items", "too_large")}

"""What a line of a document comes to, and what is refused about it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from hacienda.drafts import Item, ItemKind, Taxation
from tests.hacienda.drafts import INVOICE, TAX_CREDIT, built, found, item, rows


def lines_of(prepared: Any) -> list[dict[str, Any]]:
    return list(prepared.body["cuerpoDocumento"])


def with_items(*items: Item, **more: Any) -> Any:
    return replace(INVOICE, items=items, **more)


def credit_with(*items: Item, **more: Any) -> Any:
    return replace(TAX_CREDIT, items=items, **more)


def test_three_fields_make_a_line_of_an_invoice() -> None:
    assert rows(INVOICE) == [
        {
            "numItem": 1,
            "tipoItem": 1,
            "numeroDocumento": None,
            "cantidad": 2,
            "codigo": None,
            "codTributo": None,
            "uniMedida": 59,
            "descripcion": "Café",
            "precioUni": Decimal("3.5"),
            "montoDescu": 0,
            "ventaNoSuj": 0,
            "ventaExenta": 0,
            "ventaGravada": 7,
            "tributos": None,
            "psv": 0,
            "noGravado": 0,
            "ivaItem": Decimal("0.80530973"),
        }
    ]


def test_a_taxed_line_of_a_tax_credit_lists_vat_and_shows_none_inside() -> None:
    (row,) = rows(TAX_CREDIT)
    assert row["tributos"] == ["20"]
    assert row["ventaGravada"] == 1000
    assert "ivaItem" not in row


@pytest.mark.parametrize(
    ("tax", "column"),
    [
        (Taxation.TAXED, "ventaGravada"),
        (Taxation.EXEMPT, "ventaExenta"),
        (Taxation.NOT_SUBJECT, "ventaNoSuj"),
        (Taxation.NOT_TAXED, "noGravado"),
    ],
)
def test_exactly_one_column_holds_the_amount(tax: Taxation, column: str) -> None:
    row = rows(with_items(item("4.00", "3", tax=tax), item("1.00")))[0]
    columns = ("ventaGravada", "ventaExenta", "ventaNoSuj", "noGravado")
    assert {name: row[name] for name in columns if row[name]} == {column: Decimal(12)}


def test_the_amount_follows_from_the_printed_figures() -> None:
    (row,) = rows(credit_with(item("12.34567891", "20")))
    assert row["ventaGravada"] == Decimal("246.9135782")
    (row,) = rows(with_items(item("0.00000003", "0.5", discount=Decimal("0.00000001"))))
    assert row["ventaGravada"] == Decimal("0.00000001"), "0.000000005 rounds half up"


def test_products_of_nineteen_digits_stay_exact() -> None:
    (row,) = rows(credit_with(item("9999.99999999", "8849557.52212389")))
    assert row["ventaGravada"] == Decimal("88495575221.15040442")


def test_net_prices_become_prices_of_an_invoice() -> None:
    (row,) = rows(with_items(item("10", "2", discount=Decimal(1)), prices_include_tax=False))
    assert (row["precioUni"], row["montoDescu"], row["ventaGravada"]) == (
        Decimal("11.3"),
        Decimal("1.13"),
        Decimal("21.47"),
    )


def test_prices_with_vat_become_prices_of_a_tax_credit() -> None:
    (row,) = rows(credit_with(item("45.00"), prices_include_tax=True))
    assert row["precioUni"] == Decimal("39.82300885")


@pytest.mark.parametrize("tax", [Taxation.EXEMPT, Taxation.NOT_SUBJECT, Taxation.NOT_TAXED])
def test_only_taxed_lines_change_their_basis(tax: Taxation) -> None:
    plain = item("10", tax=tax)
    row = rows(credit_with(plain, item("11.30"), prices_include_tax=True))[0]
    assert row["ventaExenta"] + row["ventaNoSuj"] + row["noGravado"] == 10


@pytest.mark.parametrize(
    ("kind", "given", "type_code", "unit"),
    [
        (ItemKind.GOODS, None, 1, 59),
        (ItemKind.SERVICE, None, 2, 99),
        (ItemKind.BOTH, None, 3, 59),
        (ItemKind.SERVICE, 51, 2, 51),
        (ItemKind.GOODS, 36, 1, 36),
    ],
)
def test_units_default_by_kind(kind: ItemKind, given: int | None, type_code: int, unit: int) -> None:
    (row,) = rows(with_items(item("1", kind=kind, unit=given)))
    assert (row["tipoItem"], row["uniMedida"]) == (type_code, unit)


def test_a_charge_is_one_unit_at_price_zero_with_its_amount_beside_it() -> None:
    prepared = built(with_items(item("10"), item("-2.50", "2", tax=Taxation.NOT_TAXED, unit=59)))
    row = lines_of(prepared)[1]
    assert (row["cantidad"], row["uniMedida"], row["precioUni"]) == (1, 99, 0)
    assert (row["noGravado"], row["tributos"], row["ivaItem"]) == (-5, None, 0)
    assert prepared.items[1].amount == -5


def test_texts_lose_the_space_around_them() -> None:
    (row,) = rows(with_items(item("1", description="  Pan  ", code=" A1 ")))
    assert (row["descripcion"], row["codigo"]) == ("Pan", "A1")
    (row,) = rows(with_items(item("1", code="   ")))
    assert row["codigo"] is None


@pytest.mark.parametrize(
    ("broken", "pointer", "code"),
    [
        (item("1", description=""), "/items/1/description", "required"),
        (item("1", description="   "), "/items/1/description", "required"),
        (item("1", description="x" * 1501), "/items/1/description", "too_long"),
        (item("1", description="a\x00b"), "/items/1/description", "control_characters"),
        (item("1", description="a\ud800b"), "/items/1/description", "control_characters"),
        (item("1", code="x" * 26), "/items/1/code", "too_long"),
        (item("1", unit=60), "/items/1/unit", "unknown_code"),
        (item("1", unit=-(10**30)), "/items/1/unit", "unknown_code"),
        (item("1", "0"), "/items/1/quantity", "must_be_positive"),
        (item("1", "-1"), "/items/1/quantity", "must_be_positive"),
        (item("1", "1.123456789"), "/items/1/quantity", "too_many_decimals"),
        (item("1", "1E+11"), "/items/1/quantity", "too_large"),
        (item("1E+999999"), "/items/1/price", "too_large"),
        (item("1E-999999"), "/items/1/price", "too_many_decimals"),
        (item("NaN"), "/items/1/price", "not_a_number"),
        (item("Infinity"), "/items/1/price", "not_a_number"),
        (item("-1"), "/items/1/price", "negative_price"),
        (item("-1", tax=Taxation.EXEMPT), "/items/1/price", "negative_price"),
        (item("0"), "/items/1/price", "line_without_amount"),
        (item("0", tax=Taxation.NOT_TAXED), "/items/1/price", "line_without_amount"),
        (item("2", discount=Decimal(2)), "/items/1/discount", "line_without_amount"),
        (item("2", discount=Decimal("2.01")), "/items/1/discount", "discount_exceeds_line"),
        (item("2", discount=Decimal(-1)), "/items/1/discount", "must_not_be_negative"),
        (item("99999999999", "2"), "/items/1/price", "too_large"),
        (item("-99999999999", "2", tax=Taxation.NOT_TAXED), "/items/1/price", "too_large"),
        (item("1", tax=Taxation.NOT_TAXED, discount=Decimal("0.5")), "/items/1/discount", "not_allowed"),
        (
            item("1", tax=Taxation.NOT_TAXED, suggested_price=Decimal(2)),
            "/items/1/suggested_price",
            "not_allowed",
        ),
        (item("1", suggested_price=Decimal(-1)), "/items/1/suggested_price", "must_not_be_negative"),
    ],
)
def test_a_broken_line_is_named(broken: Item, pointer: str, code: str) -> None:
    assert found(with_items(item("1"), broken)) == {(pointer, code)}
    assert found(credit_with(item("1"), broken)) == {(pointer, code)}


def test_an_amount_may_grow_too_large_by_its_vat() -> None:
    assert found(with_items(item("99999999999"), prices_include_tax=False)) == {("/items/0/price", "too_large")}


def test_a_document_needs_lines_and_takes_two_thousand() -> None:
    assert found(with_items()) == {("/items", "required")}
    assert len(rows(with_items(*[item("1")] * 2000))) == 2000
    assert found(with_items(*[item("1")] * 2001)) == {("/items", "too_many")}


def test_charges_alone_are_no_document() -> None:
    assert found(with_items(item("5", tax=Taxation.NOT_TAXED))) == {("/items", "no_sale")}

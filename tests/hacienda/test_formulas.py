"""What is explained is what is printed, for any document; and a total that differs is traced to its line."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from hacienda.drafts import Draft, ExtraTax
from hacienda.elsalvador.build import finish, prepare
from hacienda.elsalvador.explain import explain
from hacienda.elsalvador.formulas import FORMULAS, steps
from hacienda.elsalvador.kinds import KINDS
from hacienda.values import Environment, Identity, Invalid, Issuer
from tests.effort import examples
from tests.hacienda.drafts import AT, INVOICE, ISSUER, TAX_CREDIT, VERSIONS, item
from tests.hacienda.strategies import drafts
from tests.hacienda.trade import EXPORTER, delivery_notes, exports


def tax_rows(document: dict[str, Any]) -> dict[tuple[str | int, ...], Decimal]:
    """What each row of `tributos` comes to, by its place."""
    rows = document["resumen"]["tributos"] or ()
    return {("resumen", "tributos", at, "valor"): row["valor"] for at, row in enumerate(rows)}


def payload(draft: Draft, issuer: Issuer = ISSUER) -> str:
    prepared = prepare(draft, issuer, version=VERSIONS[draft.type_code], at=AT, now=AT)
    number = f"DTE-{draft.type_code}-M001P001-000000000000001"
    return finish(prepared, Identity(Environment.TEST, "79C4121F-C608-47DF-BEFC-74B999CC85F1", number, AT))


def test_every_kind_has_its_formulas() -> None:
    assert {(kind.code, kind.version) for kind in KINDS.values()} <= FORMULAS.keys()


@settings(
    max_examples=examples(150),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(drafts())
def test_each_figure_is_what_its_formula_gives(draft: Draft) -> None:
    try:
        text = payload(draft)
    except Invalid:
        assume(False)
    document = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    for one in steps(document):
        # A global discount of everything may come out a fraction of a cent apart on the other tax basis.
        assert (one.value - one.printed).copy_abs() <= Decimal("0.01"), one
        if not document["resumen"]["descuGravada"]:
            assert one.value == one.printed, one
    told = explain(draft, text).steps
    assert all(one.numbers for one in told)
    assert tax_rows(document).keys() == {one.place for one in told if one.place[1:2] == ("tributos",)}


@settings(
    max_examples=examples(50),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(st.one_of(delivery_notes(), exports()))
def test_so_is_each_figure_of_what_is_sent(draft: Draft) -> None:
    try:
        text = payload(draft, EXPORTER)
    except Invalid:
        assume(False)
    document = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    told = explain(draft, text).steps
    for one in told:
        place: Any = document
        for key in one.place:
            place = place[key]
        assert (one.value - place).copy_abs() <= (Decimal("0.01") if draft.global_discount.taxed else 0), one
    assert tax_rows(document).keys() == {one.place for one in told if one.place[1:2] == ("tributos",)}


def test_every_tax_of_a_document_has_its_step() -> None:
    fuel = item("3.54", "50", unit=22, extra_taxes=(ExtraTax("D1"), ExtraTax("C8"), ExtraTax("C5", Decimal("1.005"))))
    room = item("80.00", "2", extra_taxes=(ExtraTax("59"), ExtraTax("C5", Decimal("2"))))
    flight = item("100", "3", extra_taxes=(ExtraTax("71"),))
    expected = {
        "D1": ("bearing(D1, cantidad) * FOVIAL", "50 * 0.2", "10.00"),
        "C8": ("bearing(C8, cantidad) * COTRANS", "50 * 0.1", "5.00"),
        "59": ("bearing(59, ventaGravada) * TOURISM", "160 * 0.05", "8.00"),
        "71": ("bearing(71, cantidad) * AIR_DEPARTURE", "3 * 7", "21.00"),
        "C5": ("total(extra_taxes.C5)", "1.005 + 2", "3.01"),
        "20": ("(total(ventaGravada) - descuGravada) * VAT", "(637 - 0) * 0.13", "82.81"),
    }
    inside = ("bearing(59, ventaGravada) / WITH_VAT * TOURISM", "160 / 1.13 * 0.05", "7.08")
    for draft, codes in (
        (TAX_CREDIT, expected),
        (INVOICE, {code: step for code, step in expected.items() if code != "20"} | {"59": inside}),
    ):
        of = replace(draft, items=(fuel, room, flight))
        text = payload(of)
        document = json.loads(text, parse_float=Decimal, parse_int=Decimal)
        by_place = {one.place: one for one in explain(of, text).steps}
        told = {
            row["codigo"]: by_place["resumen", "tributos", at, "valor"]
            for at, row in enumerate(document["resumen"]["tributos"])
        }
        assert {code: (one.formula, one.numbers, str(one.value)) for code, one in told.items()} == codes
        assert all(one.places == 2 for one in told.values())


def total_fault(draft: Draft, expected: str) -> tuple[str, str]:
    with pytest.raises(Invalid) as refused:
        payload(replace(draft, expected_total=Decimal(expected)))
    (fault,) = refused.value.faults
    assert fault.path == ("expected_total",)
    return fault.code, fault.text


def test_a_line_that_was_left_out_is_named() -> None:
    draft = replace(INVOICE, items=(item(price="10.00"), item(price="3.50"), item(price="7.25")))
    assert total_fault(draft, "17.25")[0] == "expected_total_differs_by_line"
    assert "line 2" in total_fault(draft, "17.25")[1]


def test_a_line_that_was_left_out_is_named_with_its_tax() -> None:
    draft = replace(TAX_CREDIT, items=(item(price="10.00"), item(price="3.00")))
    code, text = total_fault(draft, "11.30")
    assert (code, "line 2" in text) == ("expected_total_differs_by_line", True)


def test_lines_that_were_rounded_to_cents_are_told() -> None:
    draft = replace(INVOICE, items=tuple(item(price="0.3333", quantity="1") for _ in range(9)))
    code, text = total_fault(draft, "2.97")  # 9 times 0.33; the amounts come to 3.00
    assert (code, "3" in text) == ("expected_total_rounds_lines", True)


def test_any_other_difference_is_told_with_both_sums() -> None:
    code, text = total_fault(replace(INVOICE, items=(item(price="10.00"),)), "4.44")
    assert (code, "4.44" in text, "10" in text) == ("expected_total_differs", True, True)

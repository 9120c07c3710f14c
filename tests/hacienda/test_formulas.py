"""What is explained is what is printed, for any document; and a total that differs is traced to its line."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, assume, given, settings

from hacienda.drafts import Draft
from hacienda.elsalvador.build import finish, prepare
from hacienda.elsalvador.explain import explain
from hacienda.elsalvador.formulas import FORMULAS, steps
from hacienda.elsalvador.kinds import KINDS
from hacienda.values import Environment, Identity, Invalid
from tests.hacienda.drafts import AT, INVOICE, ISSUER, TAX_CREDIT, VERSIONS, item
from tests.hacienda.strategies import drafts


def payload(draft: Draft) -> str:
    prepared = prepare(draft, ISSUER, version=VERSIONS[draft.type_code], at=AT, now=AT)
    number = f"DTE-{draft.type_code}-M001P001-000000000000001"
    return finish(prepared, Identity(Environment.TEST, "79C4121F-C608-47DF-BEFC-74B999CC85F1", number, AT))


def test_every_kind_has_its_formulas() -> None:
    assert {(kind.code, kind.version) for kind in KINDS.values()} <= FORMULAS.keys()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
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
    for told in explain(draft, text).steps:
        assert told.numbers


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

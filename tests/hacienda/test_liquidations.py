"""Accounting settlement (09): what an acquirer keeps of an affiliate's takings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hacienda.drafts import AppendixEntry, Draft, Extension, Item, Period
from hacienda.elsalvador.rejections import origins, pointers
from hacienda.values import Issuer, Person
from tests.effort import examples
from tests.hacienda.accounts import liquidation
from tests.hacienda.drafts import CONSUMER, ISSUER, TAXPAYER, built, found

ANA = Person("ANA RESPONSABLE DE EJEMPLO", "13", "012345678")
WITH_ANA = replace(ISSUER, responsible=ANA)


def written(draft: Draft, issuer: Issuer = WITH_ANA) -> dict[str, Any]:
    return dict(built(draft, issuer=issuer).body)


def figures(draft: Draft) -> dict[str, Any]:
    return dict(written(draft)["cuerpoDocumento"])


def test_every_equation_of_the_reference_holds() -> None:
    draft = liquidation(
        "1230.00",
        not_perceived=Decimal(100),
        not_perceived_description="Propinas",
        fee=None,
        fee_percentage=Decimal(3),
        code="LIQ-1",
        count=42,
        notes="Quincena",
    )
    assert figures(draft) == {
        "periodoLiquidacionFechaInicio": "2026-11-01",
        "periodoLiquidacionFechaFin": "2026-11-15",
        "codLiquidacion": "LIQ-1",
        "cantidadDoc": 42,
        "valorOperaciones": Decimal("1230.00"),
        "montoSinPercepcion": Decimal("100.00"),
        "descripSinPercepcion": "Propinas",
        "subTotal": Decimal("1130.00"),
        "iva": Decimal("130.00"),
        "montoSujetoPercepcion": Decimal("1000.00"),
        "ivaPercibido": Decimal("20.00"),
        "comision": Decimal("33.90"),
        "porcentComision": Decimal(3),
        "ivaComision": Decimal("4.41"),
        "liquidoApagar": Decimal("1171.69"),
        "totalLetras": "MIL CIENTO SETENTA Y UN DÓLARES CON 69/100",
        "observaciones": "Quincena",
    }


def test_the_sums_tell_what_is_kept_and_what_is_left() -> None:
    totals = built(liquidation(fee=Decimal("33.90")), issuer=WITH_ANA).totals
    assert (totals.total, totals.withheld, totals.payable) == tuple(map(Decimal, ("1130.00", "58.31", "1071.69")))
    assert (totals.taxed, totals.tax, totals.not_subject) == tuple(map(Decimal, ("1000.00", "130.00", "0.00")))


def test_a_fee_and_its_percentage_are_both_kept_as_given() -> None:
    row = figures(liquidation(fee=Decimal("12.34"), fee_percentage=Decimal("1.10")))
    assert (row["comision"], row["porcentComision"]) == (Decimal("12.34"), Decimal("1.10"))


def test_no_fee_is_a_fee() -> None:
    row = figures(liquidation())
    assert (row["comision"], row["porcentComision"], row["ivaComision"]) == (0, 0, 0)


def test_the_affiliate_has_a_head_office_unless_said_otherwise() -> None:
    assert written(liquidation())["receptor"]["tipoEstablecimiento"] == "02"
    branch = replace(TAXPAYER, establishment_kind="01", address=None)
    receiver = written(liquidation(customer=branch))["receptor"]
    assert (receiver["tipoEstablecimiento"], receiver["direccion"]) == ("01", None)


def test_the_responsible_person_issues_unless_somebody_is_named() -> None:
    assert written(liquidation())["extension"] == {
        "nombEntrega": ANA.name,
        "docuEntrega": ANA.id_number,
        "codEmpleado": None,
    }
    assert written(liquidation(extension=Extension(employee_code="E-7")))["extension"]["codEmpleado"] == "E-7"
    luis = Extension("LUIS EJEMPLO", "876543210")
    named = written(liquidation(extension=luis), ISSUER)["extension"]
    assert named == {"nombEntrega": "LUIS EJEMPLO", "docuEntrega": "876543210", "codEmpleado": None}


def test_somebody_must_answer_for_the_document() -> None:
    assert found(liquidation()) == {("/extension", "responsible_required")}
    half = liquidation(extension=Extension(name="LUIS EJEMPLO"))
    assert found(half, issuer=WITH_ANA) == {("/extension/id_number", "required")}


@pytest.mark.parametrize(
    ("draft", "faults"),
    [
        (Draft("09", customer=TAXPAYER), {("/liquidation", "required")}),
        (liquidation("0"), {("/liquidation/gross", "must_be_positive")}),
        (liquidation("10.001"), {("/liquidation/gross", "too_many_decimals")}),
        (liquidation("0.01"), {("/liquidation/gross", "liquidation_too_small")}),
        (liquidation(fee=None), {("/liquidation/fee", "fee_required")}),
        (liquidation(fee=Decimal(-1)), {("/liquidation/fee", "must_not_be_negative")}),
        (liquidation(fee=Decimal(1000)), {("/liquidation/fee", "nothing_left_to_pay")}),
        (
            liquidation(fee_percentage=Decimal("100.01")),
            {("/liquidation/fee_percentage", "percentage_too_large")},
        ),
        (
            liquidation(not_perceived=Decimal(1130), not_perceived_description="Todo"),
            {("/liquidation/not_perceived", "not_perceived_too_large")},
        ),
        (
            liquidation(not_perceived=Decimal(1)),
            {("/liquidation/not_perceived_description", "not_perceived_unexplained")},
        ),
        (
            liquidation(not_perceived_description="Propinas"),
            {("/liquidation/not_perceived_description", "not_allowed")},
        ),
        (
            liquidation(period=Period(date(2026, 11, 15), date(2026, 11, 1))),
            {("/liquidation/to", "period_reversed")},
        ),
        (liquidation(count=0), {("/liquidation/count", "must_be_positive")}),
        (liquidation(count=10**9), {("/liquidation/count", "too_large")}),
        (liquidation(code="x" * 31), {("/liquidation/code", "too_long")}),
        (liquidation(notes="x" * 1001), {("/notes", "too_long")}),
        (liquidation(expected_total=Decimal(1)), {("/expected_total", "expected_total_differs")}),
        (liquidation(items=(Item("Café", Decimal(1)),)), {("/items", "not_taken")}),
        (
            liquidation(appendix=(AppendixEntry("a", "bb", "c"),)),
            {("/appendix/0/field", "too_short"), ("/appendix/0/label", "too_short")},
        ),
        (liquidation(customer=None), {("/customer", "required")}),
        (liquidation(customer=replace(TAXPAYER, email=None)), {("/customer/email", "required")}),
        (liquidation(customer=replace(TAXPAYER, registration=None)), {("/customer/registration", "required")}),
        (
            liquidation(customer=replace(TAXPAYER, establishment_kind="20")),
            {("/customer/establishment_kind", "unknown_code")},
        ),
        (
            liquidation(customer=replace(CONSUMER, id_type="13", registration="765432", activity="46900")),
            {("/customer/id_type", "id_type_must_be_nit")},
        ),
        (
            liquidation(customer=replace(TAXPAYER, tax_id=ISSUER.tax_id)),
            {("/customer/tax_id", "customer_is_issuer")},
        ),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(draft: Draft, faults: set[tuple[str, str]]) -> None:
    assert found(draft, issuer=WITH_ANA) == faults


def test_what_follows_from_an_unreadable_liquidation_is_not_told() -> None:
    unread = Draft("09", customer=TAXPAYER, unread=(("liquidation",),), expected_total=Decimal(7), notes="\x07")
    assert found(unread, issuer=WITH_ANA) == {("/notes", "control_characters")}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("[cuerpoDocumento.comision] X", ("liquidation", "fee")),
        ("#/cuerpoDocumento/periodoLiquidacionFechaFin X", ("liquidation", "to")),
        ("[cuerpoDocumento.subTotal] X", ("liquidation",)),
        ("#/extension/docuEntrega X", ("extension", "id_number")),
    ],
)
def test_a_rejection_leads_into_the_callers_liquidation(text: str, path: tuple[str, ...]) -> None:
    [fault] = pointers.faults("020", [text], names=origins.of("09"))
    assert fault.path == path


def rounded(amount: Fraction) -> int:
    """Whole cents, half up."""
    return int(amount + Fraction(1, 2))


@settings(max_examples=examples(80))
@given(
    gross=st.integers(1000, 9_999_999_999),
    part=st.integers(0, 90),
    fee=st.integers(0, 500),
    by_rate=st.booleans(),
)
def test_the_figures_agree_with_whole_cents(gross: int, part: int, fee: int, by_rate: bool) -> None:
    tips = gross * part // 100
    money = {"not_perceived": Decimal(tips).scaleb(-2), "not_perceived_description": "Propinas" if tips else None}
    rate = Decimal(fee).scaleb(-2)
    charged = {"fee": None, "fee_percentage": rate} if by_rate and fee else {"fee": Decimal(fee).scaleb(-2)}
    row = figures(liquidation(str(Decimal(gross).scaleb(-2)), **money, **charged))
    subject = gross - tips
    base = rounded(Fraction(subject * 100, 113))
    perceived = rounded(Fraction(subject * 2, 113))
    kept = rounded(Fraction(subject * fee, 10000)) if by_rate and fee else fee
    vat = rounded(Fraction(kept * 13, 100))
    expected = {
        "subTotal": subject,
        "montoSujetoPercepcion": base,
        "iva": rounded(Fraction(subject * 13, 113)),
        "ivaPercibido": perceived,
        "comision": kept,
        "ivaComision": vat,
        "liquidoApagar": gross - kept - perceived - vat,
    }
    assert {name: row[name] * 100 for name in expected} == expected
    exactly = (row["montoSujetoPercepcion"] * Decimal("0.13")).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert abs(exactly - row["iva"]) <= Decimal("0.01")

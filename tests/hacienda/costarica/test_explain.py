"""What is explained is what is printed, for any document, and nothing that is printed goes unexplained."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from hacienda.costarica.build import preview
from hacienda.costarica.explain import explain
from hacienda.costarica.formulas import Figures, evaluate
from hacienda.drafts import Discount, Draft, Exemption, ExtraTax, Item, OtherCharge, Payment, PaymentMethod
from hacienda.explanation import Explanation, Step
from hacienda.faults import Path
from hacienda.values import Environment
from tests.effort import examples
from tests.hacienda.costarica.made import (
    AT,
    BOOK,
    CREDIT_OF_STATE,
    GOODS,
    INVOICE,
    SERVICE,
    TICKET,
    issued,
    own,
    prepared,
)
from tests.hacienda.costarica.strategies import HEALTH, drafts

D = Decimal
# Elements that hold a number which is no amount of money that follows from anything or was told as one.
NO_AMOUNTS = {
    *("Clave", "ProveedorSistemas", "NumeroConsecutivo", "Tipo", "Numero", "Provincia", "Canton", "Distrito"),
    *("CodigoPais", "NumTelefono", "CondicionVenta", "PlazoCredito", "NumeroLinea", "PartidaArancelaria"),
    *("CodigoCABYS", "Cantidad", "TipoTransaccion", "CodigoDescuento", "IVACobradoFabrica", "Codigo"),
    *("CodigoTarifaIVA", "Tarifa", "FactorCalculoIVA", "CantidadUnidadMedida", "Porcentaje"),
    *("VolumenUnidadConsumo", "TipoDocumentoEX1", "Articulo", "Inciso", "NombreInstitucion", "TarifaExonerada"),
    *("TipoDocumentoOC", "PorcentajeOC", "TipoMedioPago", "TipoDocIR", "NumeroDocumento", "OtroTexto"),
    *("CodigoActividadEmisor", "CodigoActividadReceptor", "NumeroVINoSerie", "Detalle", "Nombre", "NombreTercero"),
}
# What stands several times, so that its place has an index.
SEVERAL = {"LineaDetalle", "Descuento", "Impuesto", "OtrosCargos", "TotalDesgloseImpuesto", "MedioPago"}


def amounts(element: Any, path: Path = ()) -> Iterator[tuple[Path, Decimal]]:
    """Every amount of a document with its place."""
    seen: dict[str, int] = {}
    for child in element:
        name = etree.QName(child).localname
        place: Path = (*path, name)
        if name in SEVERAL:
            place = (*place, seen.get(name, 0))
            seen[name] = seen.get(name, 0) + 1
        if len(child):
            yield from amounts(child, place)
        elif name not in NO_AMOUNTS and (child.text or "").replace(".", "", 1).isdecimal():
            yield place, D(child.text)


def told(draft: Draft, text: str | None = None) -> tuple[Explanation, dict[Path, Decimal]]:
    made = text or issued(draft)
    return explain(draft, made), dict(amounts(etree.fromstring(made.encode())))


def check(draft: Draft, text: str | None = None) -> Explanation:
    explanation, printed = told(draft, text)
    by_place = {one.place: one for one in explanation.steps if one.place[-1] != "Exoneracion"}
    assert {place: one.value for place, one in by_place.items()} == printed
    assert len(by_place) == sum(one.place[-1] != "Exoneracion" for one in explanation.steps)
    for one in explanation.steps:
        assert one.numbers
        assert one.path
        assert (one.exact - one.value).copy_abs() <= D("0.000005")
    assert all(rule.text % rule.params if rule.params else rule.text for rule in explanation.rules)
    return explanation


def step(explanation: Explanation, *place: str | int) -> Step:
    (found,) = [one for one in explanation.steps if one.place == place]
    return found


def rules(explanation: Explanation, code: str) -> list[str]:
    return [one.text % one.params for one in explanation.rules if one.code == code]


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.too_slow])
@given(draft=drafts())
def test_each_amount_is_what_its_formula_gives_and_none_is_left_out(draft: Draft) -> None:
    check(draft)


def test_what_follows_from_another_document_is_explained_from_it() -> None:
    sold = replace(INVOICE, items=(SERVICE, replace(GOODS, discount=D("0.85"))), payment=CREDIT_OF_STATE)
    original = own(issued(sold))
    for draft in (
        Draft("03", related=(original,)),
        Draft("03", (Item(line=2, quantity=D(1)),), related=(original,)),
        Draft("02", (replace(GOODS, price=D(5), discount=None),), related=(original,)),
        Draft("10", related=(original,)),
        Draft("10", (Item("Abono", D(1130)),), related=(original,), prices_include_tax=True),
    ):
        explanation = check(draft)
        if not draft.items:
            assert {one.path[0] for one in explanation.steps if one.place[0] == "DetalleServicio"} == {"related"}
    whole = explain(Draft("03", related=(original,)), issued(Draft("03", related=(original,))))
    price = step(whole, "DetalleServicio", "LineaDetalle", 0, "PrecioUnitario")
    assert (price.formula, price.value) == ("original.PrecioUnitario", D(25000))
    (reference,) = rules(whole, "reference")
    assert "with code 01" in reference


def test_a_preview_is_explained_like_the_document() -> None:
    text = preview(prepared(TICKET), Environment.TEST, AT)
    assert explain(TICKET, json.dumps(text)) == explain(TICKET, text)
    assert explain(TICKET, text).steps == explain(TICKET, issued(TICKET)).steps


@pytest.mark.parametrize("text", ["no document", '"no document"', "<FacturaElectronica", "<Otra/>"])
def test_what_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="document"):
        explain(TICKET, text)


def test_a_line_is_told_from_the_price_to_its_total() -> None:
    draft = replace(TICKET, items=(replace(GOODS, discounts=(Discount(D("5")),)),))
    explanation = check(draft)
    line = ("DetalleServicio", "LineaDetalle", 0)
    assert [
        (one.place[-1], one.formula, one.numbers, one.exact, one.value)
        for one in explanation.steps
        if one.place[:3] == line
    ] == [
        ("PrecioUnitario", "price", "19.95", D("19.95"), D("19.95")),
        ("MontoDescuento", "discounts[0].amount", "5", D(5), D(5)),
        ("MontoTotal", "Cantidad * PrecioUnitario", "3 * 19.95", D("59.85"), D("59.85")),
        ("SubTotal", "MontoTotal - total(MontoDescuento)", "59.85 - 5", D("54.85"), D("54.85")),
        ("BaseImponible", "SubTotal + taxes('02', '04', '05', '12')", "54.85 + 0", D("54.85"), D("54.85")),
        ("Monto", "BaseImponible * Tarifa / 100", "54.85 * 13 / 100", D("7.1305"), D("7.1305")),
        ("ImpuestoAsumidoEmisorFabrica", "0", "0", D(0), D(0)),
        ("ImpuestoNeto", "total(Monto)", "7.1305", D("7.1305"), D("7.1305")),
        ("MontoTotalLinea", "SubTotal + ImpuestoNeto", "54.85 + 7.1305", D("61.9805"), D("61.9805")),
    ]
    assert {one.path for one in explanation.steps if one.place[-1] == "MontoDescuento"} == {
        ("items", 0, "discounts", 0, "amount")
    }
    assert step(explanation, *line, "Impuesto", 0, "Monto").path == ("items", 0, "price")


def test_a_price_that_includes_tax_shows_how_it_is_taken_apart() -> None:
    draft = replace(
        TICKET,
        items=(replace(GOODS, price=D("19.99"), discount=D("1.00")),),
        prices_include_tax=True,
        expected_total=D("58.97"),
    )
    explanation = check(draft)
    price = step(explanation, "DetalleServicio", "LineaDetalle", 0, "PrecioUnitario")
    assert price.formula == "price / (1 + Tarifa / 100)"
    assert price.numbers == "19.99 / (1 + 13 / 100)"
    discount = step(explanation, "DetalleServicio", "LineaDetalle", 0, "Descuento", 0, "MontoDescuento")
    assert discount.formula == "discount / (1 + Tarifa / 100) + RESIDUE"
    assert discount.path == ("items", 0, "discount")
    assert rules(explanation, "tax_basis") == [
        "The lines of a document do not include VAT; your prices are taken as including it."
    ]
    (expected,) = [one for one in explanation.rules if one.code == "expected_total"]
    assert expected.params == {"expected": "58.97", "payable": "58.97"}
    assert not expected.applies


def test_every_specific_tax_has_its_formula() -> None:
    taxes = (
        ExtraTax("02", rate=D(10)),
        ExtraTax("04", quantity=D("0.75"), percentage=D(40), unit_amount=D("3.82")),
        ExtraTax("05", quantity=D(355), volume=D(250), unit_amount=D("20.51")),
        ExtraTax("05", volume=D(120), unit_amount=D("0.274")),
        ExtraTax("06", quantity=D(20), unit_amount=D("27.28")),
        ExtraTax("03", quantity=D(7), unit_amount=D("253.5")),
        ExtraTax("12"),
        ExtraTax("99", D("12.5"), description="Otro impuesto"),
    )
    explanation = check(replace(TICKET, items=(replace(GOODS, extra_taxes=taxes),)))
    line = ("DetalleServicio", "LineaDetalle", 0, "Impuesto")
    assert [step(explanation, *line, place, "Monto").formula for place in range(1, 9)] == [
        "SubTotal * Tarifa / 100",
        "Cantidad * Proporcion * ImpuestoUnidad",
        "Cantidad * CantidadUnidadMedida * ImpuestoUnidad / VolumenUnidadConsumo",
        "Cantidad * VolumenUnidadConsumo * ImpuestoUnidad",
        "Cantidad * CantidadUnidadMedida * ImpuestoUnidad",
        "CantidadUnidadMedida * ImpuestoUnidad",
        "SubTotal * Tarifa / 100",
        "extra_taxes[7].amount",
    ]
    share = step(explanation, *line, 2, "DatosImpuestoEspecifico", "Proporcion")
    assert (share.numbers, share.value) == ("0.75 * 40 / 100", D("0.3"))
    assert len(rules(explanation, "tax_base")) == 1


def test_an_exemption_and_a_gift_say_who_bears_the_tax() -> None:
    exemption = Exemption("04", "AL-0001", "01", AT, D(11))
    gift = replace(GOODS, discounts=(Discount(D("59.85"), "01"),))
    explanation = check(replace(TICKET, items=(replace(SERVICE, exemption=exemption), gift)))
    freed = step(explanation, "DetalleServicio", "LineaDetalle", 0, "Impuesto", 0, "Exoneracion", "MontoExoneracion")
    assert freed.numbers == "least(25000 * 11 / 100, 3250)"
    share = step(explanation, "DetalleServicio", "LineaDetalle", 0, "Impuesto", 0, "Exoneracion")
    assert (share.numbers, share.value) == ("25000 * 2750 / 3250", D("21153.84615"))
    services = step(explanation, "ResumenFactura", "TotalServGravados")
    assert (services.formula, services.numbers) == ("services(MontoTotal, taxed)", "3846.15385")
    assumed = step(explanation, "DetalleServicio", "LineaDetalle", 1, "ImpuestoAsumidoEmisorFabrica")
    assert (assumed.formula, assumed.value) == ("Monto", D("7.7805"))
    assert rules(explanation, "exemption") == [
        "On line 1: 11 of 13 points are exempted by document AL-0001; the same part of the sale counts as exonerated."
    ]
    assert len(rules(explanation, "discount")) == 2


def test_health_services_paid_by_card_get_the_tax_back() -> None:
    visit = Item("Consulta médica", D(20000), cabys=HEALTH, tax_rate="04")
    explanation = check(replace(TICKET, items=(visit,), payment=Payment(methods=(PaymentMethod("02"),))))
    back = step(explanation, "ResumenFactura", "TotalIVADevuelto")
    assert (back.numbers, back.value) == ("800 * 20000 / 20000", D(800))
    assert rules(explanation, "health_refund") == ["The VAT of health services that a card pays is given back: 800."]


def test_dollars_charges_and_credit_have_their_rules() -> None:
    draft = replace(
        INVOICE,
        items=(SERVICE, SERVICE, replace(GOODS, tax_rate="10"), SERVICE),
        currency="USD",
        exchange_rate=D("505.12"),
        payment=Payment(code="02", days=30),
        other_charges=(OtherCharge("06", "Servicio", percentage=D(10)), OtherCharge("02", "Timbre", D("5"))),
    )
    explanation = check(draft)
    charge = step(explanation, "OtrosCargos", 0, "MontoCargo")
    assert charge.numbers == "(25000 + 25000 + 59.85 + 25000) * 10 / 100"
    assert charge.path == ("other_charges", 0, "amount")
    assert "On line 1-2, 4: VAT of 13% (code 08), because it is the general rate and you say nothing else." in (
        rules(explanation, "vat_rate")
    )
    assert [one.params["lines"] for one in explanation.rules if one.code == "vat_rate"] == ["1-2, 4", "3"]
    assert [one.params["lines"] for one in explanation.rules if one.code == "kind"] == ["1-2, 4", "3"]
    (exchange,) = [one for one in explanation.rules if one.code == "exchange"]
    assert exchange.params["currency"] == "USD"
    assert rules(explanation, "payment")


def test_the_catalogues_rate_is_a_hint() -> None:
    explanation = check(replace(TICKET, items=(replace(GOODS, cabys=BOOK, tax_rate="08"),)))
    hints = [one for one in explanation.rules if one.code == "suggested_rate"]
    assert all(not one.applies for one in hints)


def test_many_lines_are_summed_up_without_naming_each() -> None:
    explanation = check(replace(TICKET, items=(GOODS,) * 20))
    total = step(explanation, "ResumenFactura", "TotalMercanciasGravadas")
    assert (total.numbers, total.value) == ("1197", D("1197"))


@pytest.mark.parametrize(
    ("formula", "numbers", "amount"),
    [
        ("a - total(b)", "10 - (1 + 2)", D(7)),
        ("a * (c + a) / 5", "10 * (3 + 10) / 5", D(26)),
        ("c - (a - c) - absent", "3 - (10 - 3) - 0", D(-4)),
        ("a / (c * c)", "10 / (3 * 3)", D(10) / D(9)),
    ],
)
def test_formulas_show_their_figures(formula: str, numbers: str, amount: Decimal) -> None:
    figures: Figures = {"a": D(10), "total(b)": [D(1), D(2)], "c": D(3)}
    assert evaluate(formula, figures) == (numbers, amount)


@pytest.mark.parametrize("formula", ["a ** 2", "-a", "'a'"])
def test_nothing_else_is_a_formula(formula: str) -> None:
    with pytest.raises(ValueError, match="no formula"):
        evaluate(formula, {"a": D(1)})

"""Whatever is sold: every sum holds at 5 decimals, and every document has the form that the law asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from hacienda.costarica import structure
from hacienda.costarica.build import finish
from hacienda.drafts import (
    Discount,
    Draft,
    Exemption,
    ExtraTax,
    Item,
    OtherCharge,
    Payment,
    PaymentMethod,
    Taxation,
)
from tests.effort import examples
from tests.hacienda.costarica.made import AT, BOOK, CUSTOMER, SOFTWARE, identity, prepared
from tests.hacienda.costarica.strategies import HEALTH, drafts

D = Decimal
FEW = settings(max_examples=examples(25), suppress_health_check=[HealthCheck.too_slow])


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(D("0.00001"), ROUND_HALF_UP)


def total(rows: Sequence[Mapping[str, Any]], name: str) -> Decimal:
    return sum((row.get(name) or D(0) for row in rows), D(0))


def lines_of(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(body["DetalleServicio"]["LineaDetalle"])


@FEW
@given(draft=drafts())
def test_every_document_is_valid_and_adds_up(draft: Draft) -> None:
    made = prepared(draft)
    known = identity(draft.type_code)
    finish(made, known)
    whole = {
        **made.body,
        "Clave": known.generation_code,
        "NumeroConsecutivo": known.control_number,
        "FechaEmision": "2026-11-20T10:15:30-06:00",
    }
    assert list(structure.problems(draft.type_code, whole, identified=True)) == []
    lines, summary = lines_of(made.body), dict(made.body["ResumenFactura"])
    for line in lines:
        check_line(line)
    check_summary(made.body, lines, summary)
    assert made.totals.payable == summary["TotalComprobante"]
    assert made.totals.total + made.totals.not_taxed == made.totals.payable
    of_lines = made.totals.taxed + made.totals.exempt + made.totals.not_subject
    assert of_lines == summary["TotalVenta"]
    assert of_lines - made.totals.discount + made.totals.tax + made.totals.other_taxes == made.totals.total


def check_line(line: Mapping[str, Any]) -> None:
    discounts = total(line.get("Descuento", []), "MontoDescuento")
    assert line["MontoTotal"] == rounded(line["Cantidad"] * line["PrecioUnitario"])
    assert line["SubTotal"] == line["MontoTotal"] - discounts
    taxes = line["Impuesto"]
    freed = sum((tax["Exoneracion"]["MontoExoneracion"] for tax in taxes if "Exoneracion" in tax), D(0))
    assumed = line.get("ImpuestoAsumidoEmisorFabrica", D(0))
    net = total(taxes, "Monto") - freed - assumed
    assert line.get("ImpuestoNeto", net) == net >= 0
    assert line["MontoTotalLinea"] == line["SubTotal"] + net
    vat = taxes[0]
    natures = {one["CodigoDescuento"] for one in line.get("Descuento", [])}
    if "BaseImponible" in line:
        laid = sum((tax["Monto"] for tax in taxes if tax["Codigo"] in ("02", "04", "05", "12")), D(0))
        assert line["BaseImponible"] == line["SubTotal"] + laid
    if natures & {"01", "02", "03"}:
        assert vat["Monto"] == rounded(line["MontoTotal"] * vat["Tarifa"] / 100)
        assert assumed == (vat["Monto"] if natures & {"01", "03"} else 0)
    else:
        assert vat["Monto"] == rounded(line.get("BaseImponible", line["SubTotal"]) * vat["Tarifa"] / 100)
        assert not assumed


def check_summary(body: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], summary: Mapping[str, Any]) -> None:
    for services, goods, both in (
        ("TotalServGravados", "TotalMercanciasGravadas", "TotalGravado"),
        ("TotalServExentos", "TotalMercanciasExentas", "TotalExento"),
        ("TotalServExonerado", "TotalMercExonerada", "TotalExonerado"),
        ("TotalServNoSujeto", "TotalMercNoSujeta", "TotalNoSujeto"),
    ):
        assert summary.get(both, D(0)) == summary.get(services, D(0)) + summary.get(goods, D(0))
    classes = ("TotalGravado", "TotalExento", "TotalExonerado", "TotalNoSujeto")
    assert (
        summary["TotalVenta"]
        == sum((summary.get(name, D(0)) for name in classes), D(0))
        == total(lines, "MontoTotal")
    )
    services = [line for line in lines if line["CodigoCABYS"] >= "5"]
    names = ("TotalServGravados", "TotalServExentos", "TotalServExonerado", "TotalServNoSujeto")
    assert total(services, "MontoTotal") == sum((summary.get(name, D(0)) for name in names), D(0))
    assert summary["TotalVentaNeta"] == summary["TotalVenta"] - summary["TotalDescuentos"] == total(lines, "SubTotal")
    assert summary["TotalImpuesto"] == total(summary["TotalDesgloseImpuesto"], "TotalMontoImpuesto")
    keys = [(row["Codigo"], row["CodigoTarifaIVA"] or "") for row in summary["TotalDesgloseImpuesto"]]
    assert keys == sorted(set(keys))
    charges = total(body.get("OtrosCargos", []), "MontoCargo")
    assert summary.get("TotalOtrosCargos", D(0)) == charges
    returned = summary.get("TotalIVADevuelto", D(0))
    whole = total(lines, "MontoTotalLinea") + charges - returned
    assert summary["TotalComprobante"] == whole
    if "MedioPago" in summary:
        assert total(summary["MedioPago"], "TotalMedioPago") == whole


def first(draft: Draft) -> dict[str, Any]:
    return lines_of(prepared(draft).body)[0]


def invoice(item: Item, **changes: Any) -> Draft:
    return Draft("01", (item,), CUSTOMER, **changes)


@pytest.mark.parametrize(
    ("tax", "rate", "place"),
    [
        (None, "08", "TotalServGravados"),
        (Taxation.TAXED, "08", "TotalServGravados"),
        (Taxation.EXEMPT, "10", "TotalServExentos"),
        (Taxation.NOT_SUBJECT, "11", "TotalServNoSujeto"),
    ],
)
def test_the_way_a_sale_is_taxed_gives_the_rate(tax: Taxation | None, rate: str, place: str) -> None:
    made = prepared(invoice(Item("Servicio", D(100), cabys=SOFTWARE, tax=tax)))
    assert lines_of(made.body)[0]["Impuesto"][0]["CodigoTarifaIVA"] == rate
    assert made.body["ResumenFactura"][place] == D(100)


def test_a_gift_bears_a_tax_that_the_issuer_pays() -> None:
    line = first(invoice(Item("Muestra", D(100), cabys=SOFTWARE, discounts=(Discount(D(100), "01"),))))
    assert (line["SubTotal"], line["ImpuestoAsumidoEmisorFabrica"]) == (D(0), D(13))
    assert (line["ImpuestoNeto"], line["MontoTotalLinea"]) == (D(0), D(0))


def test_a_gift_of_which_the_customer_bears_the_tax() -> None:
    line = first(invoice(Item("Muestra", D(100), cabys=SOFTWARE, discounts=(Discount(D(100), "02"),))))
    assert (line["ImpuestoAsumidoEmisorFabrica"], line["MontoTotalLinea"]) == (D(0), D(13))


@pytest.mark.parametrize(
    ("methods", "returned"),
    [
        ((), "0"),
        ((PaymentMethod("02"),), "40"),
        ((PaymentMethod("02", D(1000)),), "40"),
        ((PaymentMethod("01", D(510)), PaymentMethod("02", D(510))), "20"),  # half by card gives half back
    ],
)
def test_a_card_gives_back_the_tax_of_health_services(methods: tuple[PaymentMethod, ...], returned: str) -> None:
    item = Item("Consulta médica", D(1000), cabys=HEALTH, tax_rate="04")
    summary: Any = prepared(invoice(item, payment=Payment(methods=methods))).body["ResumenFactura"]
    assert summary["TotalIVADevuelto"] == D(returned)
    assert summary["TotalComprobante"] == D(1040) - D(returned)


def test_an_exonerated_line_stands_in_two_sums() -> None:
    freed = Exemption("04", "AL-0001", "01", AT, D("6.5"))
    made = prepared(invoice(Item("Licencia", D(100), cabys=SOFTWARE, exemption=freed)))
    summary: Any = made.body["ResumenFactura"]
    assert (summary["TotalServGravados"], summary["TotalServExonerado"]) == (D(50), D(50))
    assert (made.totals.taxed, made.totals.exempt, made.totals.tax) == (D(50), D(50), D("6.5"))


@pytest.mark.parametrize(
    ("tax", "amount", "in_base"),
    [
        (ExtraTax("02", rate=D(10)), "20", True),
        (ExtraTax("12"), "10", True),
        (ExtraTax("03", quantity=D(7), unit_amount=D("0.5")), "3.5", False),
        (ExtraTax("04", quantity=D(750), percentage=D(40), unit_amount=D("0.01")), "6", True),
        (ExtraTax("05", quantity=D(500), volume=D(250), unit_amount=D(3)), "12", True),
        (ExtraTax("05", volume=D(125), unit_amount=D("0.1")), "25", True),
        (ExtraTax("06", quantity=D(20), unit_amount=D(2)), "80", False),
        (ExtraTax("99", D(4), description="Otro impuesto"), "4", False),
    ],
)
def test_a_specific_tax_is_computed_as_the_law_lays_it_down(tax: ExtraTax, amount: str, *, in_base: bool) -> None:
    line = first(invoice(Item("Producto", D(100), D(2), cabys=BOOK, extra_taxes=(tax,))))
    assert line["Impuesto"][1]["Monto"] == D(amount)
    assert line["BaseImponible"] == (D(200) + D(amount) if in_base else D(200))
    assert line["Impuesto"][0]["Monto"] == rounded(line["BaseImponible"] * D("0.13"))


def test_used_goods_are_taxed_by_a_factor() -> None:
    line = first(invoice(Item("Carro usado", D(1000), cabys=BOOK, vat_code="08", vat_factor=D("0.0345"))))
    assert line["Impuesto"] == [{"Codigo": "08", "FactorCalculoIVA": D("0.0345"), "Monto": D("34.5")}]


def test_a_special_base_is_the_callers() -> None:
    line = first(invoice(Item("Producto", D(1000), cabys=BOOK, vat_code="07", taxable_base=D(1200))))
    assert (line["BaseImponible"], line["ImpuestoNeto"]) == (D(1200), D(156))


def test_a_percentage_charges_what_the_lines_come_to_without_tax() -> None:
    service = OtherCharge("06", "Servicio", percentage=D(10))
    made = prepared(invoice(Item("Almuerzo", D(4500), D(2), cabys=SOFTWARE), other_charges=(service,)))
    assert made.body["OtrosCargos"][0]["MontoCargo"] == D(900)
    assert (made.totals.not_taxed, made.totals.payable) == (D(900), D(11070))


@pytest.mark.parametrize(
    ("methods", "paid", "refunded"),
    [
        ((PaymentMethod("01", D(5000)), PaymentMethod("06")), ["5000", "15800"], "0"),
        ((PaymentMethod("06"), PaymentMethod("01", D("0.5"))), ["20799.5", "0.5"], "0"),
        ((PaymentMethod("02"), PaymentMethod("01", D(10000))), ["10392.30485", "10000"], "407.69515"),
        ((PaymentMethod("02", D(10000)), PaymentMethod("01")), ["10000", "10407.9968"], "392.0032"),
    ],
)
def test_one_means_without_an_amount_pays_what_the_others_leave(
    methods: tuple[PaymentMethod, ...], paid: list[str], refunded: str
) -> None:
    visit = Item("Consulta médica", D(20000), cabys=HEALTH, tax_rate="04")
    made = prepared(Draft("04", (visit,), payment=Payment(methods=methods)))
    summary: Any = made.body["ResumenFactura"]
    assert [row["TotalMedioPago"] for row in summary["MedioPago"]] == [D(one) for one in paid]
    assert summary["TotalIVADevuelto"] == D(refunded)
    assert total(summary["MedioPago"], "TotalMedioPago") == summary["TotalComprobante"] == D(20800) - D(refunded)

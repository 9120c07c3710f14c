"""The arithmetic of lines and summaries: what is computed another way fits, and nothing else does."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hacienda.sandbox.costarica import kinds
from hacienda.sandbox.costarica.totals import sum_faults
from tests.effort import examples
from tests.hacienda.sandbox.costarica.taxpayer import money

ZERO = Decimal(0)
RATES = {"08": "13", "04": "4", "03": "2", "02": "1", "09": "0.5", "10": "0", "01": "0", "11": "0"}
GIVEN = ("Cantidad", "PrecioUnitario", "Tarifa", "TarifaExonerada")
Record = dict[str, Any]


def texts(value: Any) -> Any:
    """The same with every amount as the text that a document has."""
    if isinstance(value, dict):
        return {name: texts(one) for name, one in value.items()}
    if isinstance(value, list):
        return [texts(one) for one in value]
    return f"{value:f}" if isinstance(value, Decimal) else value


@st.composite
def lines(draw: st.DrawFn) -> Record:
    """A line with a discount and an exoneration, or without."""
    quantity = draw(st.decimals("0.001", "5000", places=3))
    price = draw(st.decimals("0.00001", "100000", places=5))
    total = money(quantity * price)
    off = money(total * draw(st.sampled_from([ZERO, Decimal("0.1"), Decimal("0.33333")])))
    rate_code = draw(st.sampled_from(sorted(RATES)))
    rate, base = Decimal(RATES[rate_code]), total - off
    tax = money(base * rate / 100)
    given_up = draw(st.sampled_from([ZERO, rate / 2, rate])) if rate >= 1 else ZERO
    exonerated = money(base * given_up / 100)
    made: Record = {
        "CodigoCABYS": draw(st.sampled_from(["2314000991000", "8314300000000"])),
        "Cantidad": quantity,
        "PrecioUnitario": price,
        "MontoTotal": total,
        "SubTotal": base,
        "BaseImponible": base,
        "Impuesto": [{"Codigo": "01", "CodigoTarifaIVA": rate_code, "Tarifa": rate, "Monto": tax}],
        "ImpuestoAsumidoEmisorFabrica": ZERO,
        "ImpuestoNeto": tax - exonerated,
        "MontoTotalLinea": base + tax - exonerated,
    }
    if off:
        made["Descuento"] = [{"MontoDescuento": off, "CodigoDescuento": "07"}]
    if given_up:
        made["Impuesto"][0]["Exoneracion"] = {"TarifaExonerada": given_up, "MontoExoneracion": exonerated}
    return made


def summed(listed: list[Record]) -> Record:
    """A document over the lines, its summary put together line by line."""
    names = {
        "taxed": ("TotalMercanciasGravadas", "TotalServGravados", "TotalGravado"),
        "exempt": ("TotalMercanciasExentas", "TotalServExentos", "TotalExento"),
        "exonerated": ("TotalMercExonerada", "TotalServExonerado", "TotalExonerado"),
        "not subject": ("TotalMercNoSujeta", "TotalServNoSujeto", "TotalNoSujeto"),
    }
    totals = {name: ZERO for three in names.values() for name in three}
    taxes: dict[str, Decimal] = {}

    def add(kind: str, record: Record, part: Decimal) -> None:
        totals[names[kind][record["CodigoCABYS"][0] >= "5"]] += part
        totals[names[kind][2]] += part

    for record in listed:
        (tax,) = record["Impuesto"]
        code, total, given = tax["CodigoTarifaIVA"], record["MontoTotal"], tax.get("Exoneracion")
        taxes[code] = taxes.get(code, ZERO) + record["ImpuestoNeto"]
        if code in ("10", "01", "11"):
            add("exempt" if code == "10" else "not subject", record, total)
        else:
            share = money(total * given["MontoExoneracion"] / tax["Monto"]) if given and tax["Monto"] else ZERO
            add("exonerated", record, share)
            add("taxed", record, total - share)
    sale = sum((one["MontoTotal"] for one in listed), ZERO)
    off = sum((part["MontoDescuento"] for one in listed for part in one.get("Descuento", [])), ZERO)
    net = sum(taxes.values(), ZERO)
    summary = {
        **totals,
        "TotalVenta": sale,
        "TotalDescuentos": off,
        "TotalVentaNeta": sale - off,
        "TotalDesgloseImpuesto": [
            {"Codigo": "01", "CodigoTarifaIVA": code, "TotalMontoImpuesto": part} for code, part in taxes.items()
        ],
        "TotalImpuesto": net,
        "TotalComprobante": sale - off + net,
        "MedioPago": [{"TipoMedioPago": "01", "TotalMedioPago": sale - off + net}],
    }
    numbered = [{"NumeroLinea": str(number)} | one for number, one in enumerate(listed, 1)]
    return {"DetalleServicio": {"LineaDetalle": numbered}, "ResumenFactura": summary}


def amounts(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The places of all amounts."""
    if isinstance(value, dict):
        return [place for name, one in value.items() for place in amounts(one, (*path, name))]
    if isinstance(value, list):
        return [place for number, one in enumerate(value) for place in amounts(one, (*path, number))]
    return [path] if isinstance(value, Decimal) else []


@settings(max_examples=examples(100))
@given(st.lists(lines(), min_size=1, max_size=5))
def test_what_is_summed_line_by_line_fits(listed: list[Record]) -> None:
    assert sum_faults(texts(summed(listed)), kinds.INVOICE) == []


@settings(max_examples=examples(200))
@given(st.lists(lines(), min_size=1, max_size=3), st.data())
def test_no_amount_may_be_another(listed: list[Record], data: st.DataObject) -> None:
    document = deepcopy(summed(listed))
    # What is given is left alone: a little more of it can come to the same when it is rounded.
    computed = [place for place in amounts(document) if place[-1] not in GIVEN]
    *way, last = data.draw(st.sampled_from(computed))
    place: Any = document
    for step in way:
        place = place[step]
    place[last] += Decimal("0.00001")

    assert sum_faults(texts(document), kinds.INVOICE)


def one_line(**changes: Any) -> Record:
    base = Decimal(100)
    made = {
        "NumeroLinea": "1",
        "CodigoCABYS": "2314000991000",
        "Cantidad": Decimal(10),
        "PrecioUnitario": Decimal(10),
        "MontoTotal": base,
        "SubTotal": base,
        "BaseImponible": base,
        "ImpuestoAsumidoEmisorFabrica": ZERO,
    }
    return made | changes


def faults_of(line: Record) -> list[str]:
    """What is wrong with the line itself: its document has no summary that could fit."""
    total = {"DetalleServicio": {"LineaDetalle": [texts(line)]}, "ResumenFactura": {"TotalVenta": "0"}}
    return [one.text for one in sum_faults(total, kinds.INVOICE) if "de la línea" in one.text]


IVA = {"Codigo": "01", "CodigoTarifaIVA": "08", "Tarifa": Decimal(13)}


@pytest.mark.parametrize(
    ("code", "tax", "amount", "in_base"),
    [
        ("02", {"Tarifa": Decimal(15)}, "15", True),
        ("12", {"Tarifa": Decimal(5)}, "5", True),
        ("03", {"DatosImpuestoEspecifico": {"CantidadUnidadMedida": "5", "ImpuestoUnidad": "2.5"}}, "12.5", False),
        (
            "04",
            {"DatosImpuestoEspecifico": {"CantidadUnidadMedida": "350", "Porcentaje": "5", "ImpuestoUnidad": "0.1"}},
            "17.5",
            True,
        ),
        (
            "04",
            {
                "DatosImpuestoEspecifico": {
                    "CantidadUnidadMedida": "0.11",
                    "Porcentaje": "1.25",
                    "Proporcion": "0.00138",
                    "ImpuestoUnidad": "100",
                }
            },
            "1.38",
            True,
        ),
        (
            "05",
            {
                "DatosImpuestoEspecifico": {
                    "CantidadUnidadMedida": "600",
                    "VolumenUnidadConsumo": "250",
                    "ImpuestoUnidad": "2",
                }
            },
            "48",
            True,
        ),
        ("06", {"DatosImpuestoEspecifico": {"CantidadUnidadMedida": "20", "ImpuestoUnidad": "0.05"}}, "10", False),
    ],
)
def test_other_taxes_come_before_the_value_added_tax(code: str, tax: Record, amount: str, in_base: bool) -> None:
    other = Decimal(amount)
    base = Decimal(100) + (other if in_base else ZERO)
    iva = money(base * Decimal("0.13"))
    taxes = [{"Codigo": code, "Monto": other} | tax, IVA | {"Monto": iva}]
    right = one_line(
        BaseImponible=base, Impuesto=taxes, ImpuestoNeto=iva + other, MontoTotalLinea=Decimal(100) + iva + other
    )

    assert faults_of(right) == []
    wrong = deepcopy(right)
    wrong["Impuesto"][0]["Monto"] = other + 1
    assert faults_of(wrong)


def test_the_share_that_is_exonerated_is_of_the_tax_that_is() -> None:
    """Half of the value added tax is exonerated, and the tax beside it has no part in that."""
    iva = IVA | {"Monto": Decimal(13), "Exoneracion": {"TarifaExonerada": "6.5", "MontoExoneracion": Decimal("6.5")}}
    tobacco = {"Codigo": "06", "Monto": Decimal(7)}
    tobacco["DatosImpuestoEspecifico"] = {"CantidadUnidadMedida": "7", "ImpuestoUnidad": "0.1"}
    listed = [one_line(Impuesto=[tobacco, iva], ImpuestoNeto=Decimal("13.5"), MontoTotalLinea=Decimal("113.5"))]
    summary = {
        "TotalMercanciasGravadas": Decimal(50),
        "TotalMercExonerada": Decimal(50),
        "TotalGravado": Decimal(50),
        "TotalExonerado": Decimal(50),
        "TotalVenta": Decimal(100),
        "TotalVentaNeta": Decimal(100),
        "TotalDesgloseImpuesto": [
            {"Codigo": "01", "CodigoTarifaIVA": "08", "TotalMontoImpuesto": Decimal("6.5")},
            {"Codigo": "06", "TotalMontoImpuesto": Decimal(7)},
        ],
        "TotalImpuesto": Decimal("13.5"),
        "TotalComprobante": Decimal("113.5"),
    }
    document = {"DetalleServicio": {"LineaDetalle": listed}, "ResumenFactura": summary}

    assert sum_faults(texts(document), kinds.INVOICE) == []


def test_used_goods_are_taxed_by_a_factor() -> None:
    tax = {"Codigo": "08", "FactorCalculoIVA": "0.0952", "Monto": Decimal("9.52")}

    assert faults_of(one_line(Impuesto=[tax], ImpuestoNeto=tax["Monto"], MontoTotalLinea=Decimal("109.52"))) == []


@pytest.mark.parametrize(("code", "borne"), [("01", True), ("03", True), ("02", False), ("07", None)])
def test_a_gift_is_taxed_as_a_whole_and_the_issuer_bears_it(code: str, borne: bool | None) -> None:
    iva = ZERO if borne is None else Decimal(13)
    assumed = iva if borne else ZERO
    gift = one_line(
        Descuento=[{"MontoDescuento": Decimal(100), "CodigoDescuento": code}],
        SubTotal=ZERO,
        BaseImponible=ZERO if borne is None else Decimal(100),
        Impuesto=[IVA | {"Monto": iva}],
        ImpuestoAsumidoEmisorFabrica=assumed,
        ImpuestoNeto=iva - assumed,
        MontoTotalLinea=iva - assumed,
    )

    assert faults_of(gift) == []
    assert faults_of(gift | {"ImpuestoAsumidoEmisorFabrica": assumed + 1})


def test_a_line_has_a_value_added_tax() -> None:
    tax = {"Codigo": "99", "Monto": ZERO}

    assert faults_of(one_line(Impuesto=[tax], ImpuestoNeto=ZERO, MontoTotalLinea=Decimal(100)))

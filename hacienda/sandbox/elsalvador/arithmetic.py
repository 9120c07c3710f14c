"""Hacienda computes every figure again and lets each differ by a cent (DOCUMENTS.md 2.2 and 5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Any

from .answers import Refusal
from .catalogues import (
    ADDED_TAXES,
    EXPORT_IVA,
    GALLON,
    HACIENDA_ONLY_TAX,
    INFORMATIVE_TAXES,
    IVA,
    LINE_TAXES,
    OTHER_UNIT,
    TAX_ITEM,
    TOURISM,
)
from .kinds import Kind

TOLERANCE = Decimal("0.01")
IVA_RATE = Decimal("0.13")
WITHHELD_RATE = PERCEIVED_RATE = Decimal("0.01")
TOURISM_RATE = Decimal("0.05")
FUEL_TAXES = {"D1": Decimal("0.20"), "C8": Decimal("0.10")}  # US dollars a gallon
# Two factors of 19 digits each are multiplied without losing any.
PRECISION = 60
CLASSES = ("ventaNoSuj", "ventaExenta", "ventaGravada")
CLASS_TOTALS = {"ventaNoSuj": "totalNoSuj", "ventaExenta": "totalExenta", "ventaGravada": "totalGravada"}
CLASS_DISCOUNTS = {"totalNoSuj": "descuNoSuj", "totalExenta": "descuExenta", "totalGravada": "descuGravada"}

Amounts = Mapping[str, Any]


def _differs(declared: Decimal | int, computed: Decimal | int) -> bool:
    return abs(Decimal(declared) - computed) > TOLERANCE


def _sum(rows: Iterable[Amounts], name: str) -> Decimal:
    return sum((Decimal(row[name]) for row in rows), Decimal(0))


def iva_inside(amount: Decimal | int) -> Decimal:
    """Return the IVA contained in an amount that includes it, not rounded."""
    return Decimal(amount) / (1 + IVA_RATE) * IVA_RATE


def arithmetic_fault(document: Mapping[str, Any], kind: Kind) -> Refusal | None:
    """Return the first wrong figure of a document that fits its form, or None."""
    lines, summary = document["cuerpoDocumento"], document["resumen"]
    with localcontext() as context:
        context.prec = PRECISION
        for faults in (
            _line_faults(lines, kind),
            _sum_faults(lines, summary),
            _tax_row_faults(lines, summary),
            _tax_value_faults(lines, summary, kind),
            _total_faults(lines, summary, kind),
        ):
            for refusal in faults:
                return refusal
    return None


def payments_differ(summary: Amounts) -> bool:
    """Tell whether the payments do not add up to the total to pay: a warning, not a refusal."""
    return summary["pagos"] is not None and _sum(summary["pagos"], "montoPago") != summary["totalPagar"]


def is_charge(line: Amounts) -> bool:
    """Tell whether the line is a charge or a credit outside the tax base (DOCUMENTS.md 5.7)."""
    return bool(line["noGravado"] != 0)


def _line_faults(lines: Sequence[Amounts], kind: Kind) -> Iterator[Refusal]:
    if all(is_charge(line) for line in lines):
        yield Refusal("023", "cuerpoDocumento")
    for number, line in enumerate(lines, start=1):
        yield from _line_tax_faults(line, f"cuerpoDocumento.{number}", kind)
        if is_charge(line):
            yield from _charge_faults(line, f"cuerpoDocumento.{number}")
        else:
            yield from _sale_faults(line, number, kind)


def _charge_faults(line: Amounts, field: str) -> Iterator[Refusal]:
    # The price is not looked at: the rule asks for 0 and the manual's own example fills it.
    for name in CLASSES:
        if line[name] != 0:
            yield Refusal("024", f"{field}.{name}")
    if line["cantidad"] != 1:
        yield Refusal("003", f"{field}.cantidad")
    if line["uniMedida"] != OTHER_UNIT:
        yield Refusal("003", f"{field}.uniMedida")


def _sale_faults(line: Amounts, number: int, kind: Kind) -> Iterator[Refusal]:
    used = [name for name in CLASSES if line[name] != 0]
    if len(used) > 1:
        yield Refusal("007", f"cuerpoDocumento.{number}.{used[1]}")
    computed = Decimal(line["cantidad"]) * line["precioUni"] - line["montoDescu"]
    if not used or _differs(line[used[0]], computed):
        if kind.line_fault == "003":
            text = f"cuerpoDocumento.item.{number}: El calculo de total por item es erroneo"
            yield Refusal("003", "cuerpoDocumento", text)
        else:
            yield Refusal(kind.line_fault, f"Cuerpodocumento.item.{number}")
    if "ivaItem" in line and _differs(line["ivaItem"], iva_inside(line["ventaGravada"])):
        yield Refusal("020", f"cuerpoDocumento.{number}.ivaItem")


def _line_tax_faults(line: Amounts, field: str, kind: Kind) -> Iterator[Refusal]:
    codes: list[str] = line["tributos"] or []
    if line["ventaGravada"] == 0 and codes:
        yield Refusal("024", f"{field}.tributos")
    for code in codes:
        if code not in ADDED_TAXES | INFORMATIVE_TAXES:
            yield Refusal("003", f"{field}.tributos")
        if code in (EXPORT_IVA, HACIENDA_ONLY_TAX) or (kind.price_has_iva and code == IVA):
            yield Refusal("007", f"{field}.tributos")
    if not kind.price_has_iva and line["ventaGravada"] != 0 and IVA not in codes:
        yield Refusal("005", f"{field}.tributos")
    if line["tipoItem"] == TAX_ITEM:
        yield from _tax_item_faults(line, field)
    elif line["codTributo"] is not None:
        yield Refusal("024", f"{field}.codTributo")


def _tax_item_faults(line: Amounts, field: str) -> Iterator[Refusal]:
    """Check a line that is a tax by itself (CAT-015 section 2)."""
    if line["codTributo"] is None:
        yield Refusal("005", f"{field}.codTributo")
    if line["codTributo"] not in LINE_TAXES - {HACIENDA_ONLY_TAX}:
        yield Refusal("003", f"{field}.codTributo")
    if line["uniMedida"] != OTHER_UNIT:
        yield Refusal("003", f"{field}.uniMedida")
    if line["cantidad"] != 1:
        yield Refusal("003", f"{field}.cantidad")
    if any(code != IVA for code in line["tributos"] or ()):
        yield Refusal("007", f"{field}.tributos")


def _sum_faults(lines: Sequence[Amounts], summary: Amounts) -> Iterator[Refusal]:
    for name, total in CLASS_TOTALS.items():
        if _differs(summary[total], _sum(lines, name)):
            yield Refusal("020", f"resumen.{total}")
    totals = sum(Decimal(summary[total]) for total in CLASS_DISCOUNTS)
    if _differs(summary["subTotalVentas"], totals):
        yield Refusal("020", "resumen.subTotalVentas")
    for total, discount in CLASS_DISCOUNTS.items():
        if summary[discount] > summary[total]:
            yield Refusal("003", f"resumen.{discount}")
    given = sum(Decimal(summary[discount]) for discount in CLASS_DISCOUNTS.values())
    if _differs(summary["totalDescu"], given + _sum(lines, "montoDescu")):
        yield Refusal("020", "resumen.totalDescu")
    if _differs(summary["subTotal"], summary["subTotalVentas"] - given):
        yield Refusal("020", "resumen.subTotal")
    if _differs(summary["totalNoGravado"], _sum(lines, "noGravado")):
        yield Refusal("020", "resumen.totalNoGravado")


def _tax_row_faults(lines: Sequence[Amounts], summary: Amounts) -> Iterator[Refusal]:
    used = {code for line in lines for code in line["tributos"] or ()}
    listed = [row["codigo"] for row in summary["tributos"] or ()]
    if used and not listed:
        yield Refusal("005", "resumen.tributos")
    if len(set(listed)) < len(listed):
        yield Refusal("025", "resumen.tributos")
    if used - set(listed):
        yield Refusal("023", "resumen.tributos")
    if set(listed) - used:
        yield Refusal("024", "resumen.tributos")


def _taxed_base(summary: Amounts, kind: Kind) -> Decimal:
    """Return what IVA is computed on: taxed sales less their global discount, without IVA."""
    taxed = Decimal(summary["totalGravada"]) - Decimal(summary["descuGravada"])
    return taxed - iva_inside(taxed) if kind.price_has_iva else taxed


def _tax_value_faults(lines: Sequence[Amounts], summary: Amounts, kind: Kind) -> Iterator[Refusal]:
    """Check the taxes whose rate is law; the others are what the emitter says."""
    for row in summary["tributos"] or ():
        bearing = [line for line in lines if row["codigo"] in (line["tributos"] or ())]
        computed: Decimal | None = None
        if row["codigo"] == IVA:
            computed = _taxed_base(summary, kind) * IVA_RATE
        elif row["codigo"] in FUEL_TAXES and all(line["uniMedida"] == GALLON for line in bearing):
            computed = _sum(bearing, "cantidad") * FUEL_TAXES[row["codigo"]]
        elif row["codigo"] == TOURISM and not kind.price_has_iva and summary["descuGravada"] == 0:
            # With a price that holds IVA, or a global discount, no text says what the 5 % is taken of.
            computed = _sum(bearing, "ventaGravada") * TOURISM_RATE
        if computed is not None and _differs(row["valor"], computed):
            yield Refusal("020", "resumen.tributos")


def _total_faults(lines: Sequence[Amounts], summary: Amounts, kind: Kind) -> Iterator[Refusal]:
    added = sum(
        (Decimal(row["valor"]) for row in summary["tributos"] or () if row["codigo"] not in INFORMATIVE_TAXES),
        Decimal(0),
    )
    if _differs(summary["montoTotalOperacion"], summary["subTotal"] + added):
        yield Refusal("020", "resumen.montoTotalOperacion")
    base = _taxed_base(summary, kind)
    for name, rate in (("ivaPerci", PERCEIVED_RATE), ("ivaRete", WITHHELD_RATE)):
        declared = summary.get(name, 0)
        if declared != 0 and _differs(declared, base * rate):
            yield Refusal("020", f"resumen.{name}")
    due = (
        Decimal(summary["montoTotalOperacion"])
        + summary.get("ivaPerci", 0)
        - summary["ivaRete"]
        + summary["totalNoGravado"]
    )
    if _differs(summary["totalPagar"], max(due, Decimal(0))):
        yield Refusal("020", "resumen.totalPagar")
    if "totalIva" in summary:
        inside = _sum(lines, "ivaItem") - iva_inside(summary["descuGravada"])
        if _differs(summary["totalIva"], inside):
            yield Refusal("020", "resumen.totalIva")

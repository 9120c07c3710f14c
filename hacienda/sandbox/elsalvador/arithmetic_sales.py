"""The figures of what an emitter sells or sends, 01, 03, 04 and 11, and what notes and returns share with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from .answers import Refusal
from .catalogues import OTHER_UNIT
from .figures import PERCEIVED_RATE, WITHHELD_RATE, Amounts, differs, iva_inside, summed, wrong
from .kinds import Kind
from .taxes import added_taxes, line_tax_faults, tax_row_faults, tax_value_faults

CLASS_TOTALS = {"ventaNoSuj": "totalNoSuj", "ventaExenta": "totalExenta", "ventaGravada": "totalGravada"}
CLASS_DISCOUNTS = {"totalNoSuj": "descuNoSuj", "totalExenta": "descuExenta", "totalGravada": "descuGravada"}


def sale_faults(document: Mapping[str, Any], kind: Kind) -> Iterator[Refusal]:
    """Yield the wrong figures of a sale or a delivery."""
    lines, summary = document["cuerpoDocumento"], document["resumen"]
    yield from line_faults(lines, kind)
    yield from sum_faults(lines, summary)
    yield from tax_row_faults(lines, summary)
    base = _taxed_base(summary, kind)
    # With a price that holds IVA, or a global discount, no text says what the 5 % for tourism is taken of.
    lodging = not kind.price_has_iva and summary["descuGravada"] == 0
    yield from tax_value_faults(lines, summary, base, lodging=lodging)
    yield from _total_faults(lines, summary, base)


def is_charge(line: Amounts) -> bool:
    """Tell whether the line is a charge or a credit outside the tax base (DOCUMENTS.md 5.7)."""
    return bool(line.get("noGravado", 0) != 0)


def line_faults(lines: Sequence[Amounts], kind: Kind) -> Iterator[Refusal]:
    """Yield the wrong lines of a document whose lines are taxed as those of the type."""
    if all(is_charge(line) for line in lines):
        yield Refusal("023", "cuerpoDocumento")
    left_out = kind.taxes_left_out and all(line["tributos"] is None for line in lines)
    for number, line in enumerate(lines, start=1):
        yield from line_tax_faults(line, f"cuerpoDocumento.{number}", kind, left_out=left_out)
        if is_charge(line):
            yield from _charge_faults(line, f"cuerpoDocumento.{number}", kind)
        else:
            yield from amount_faults(line, number, kind)


def _charge_faults(line: Amounts, field: str, kind: Kind) -> Iterator[Refusal]:
    # The price is not looked at: the rule asks for 0 and the manual's own example fills it.
    for name in kind.columns:
        if line[name] != 0:
            yield Refusal("024", f"{field}.{name}")
    if line["cantidad"] != 1:
        yield Refusal("003", f"{field}.cantidad")
    if line.get("uniMedida", OTHER_UNIT) != OTHER_UNIT:
        yield Refusal("003", f"{field}.uniMedida")


def amount_faults(line: Amounts, number: int, kind: Kind) -> Iterator[Refusal]:
    """Check that a line's amount stands in one column and is what quantity, price and discount come to."""
    used = [name for name in kind.columns if line[name] != 0]
    if len(used) > 1:
        yield Refusal("007", f"cuerpoDocumento.{number}.{used[1]}")
    computed = Decimal(line["cantidad"]) * line["precioUni"] - line["montoDescu"]
    amount = line[used[0]] if used else 0
    if (not used and not kind.zero_lines) or differs(amount, computed):
        if kind.line_fault == "003":
            text = f"cuerpoDocumento.item.{number}: El calculo de total por item es erroneo"
            yield Refusal("003", "cuerpoDocumento", text)
        else:
            yield Refusal(kind.line_fault, f"Cuerpodocumento.item.{number}")
    if kind.price_has_iva and differs(line["ivaItem"], iva_inside(line["ventaGravada"])):
        yield Refusal("020", f"cuerpoDocumento.{number}.ivaItem")


def global_discount(summary: Amounts) -> Decimal:
    """Return the discounts given on whole classes; a type without them has none."""
    return sum((Decimal(summary.get(discount, 0)) for discount in CLASS_DISCOUNTS.values()), Decimal(0))


def sum_faults(lines: Sequence[Amounts], summary: Amounts) -> Iterator[Refusal]:
    """Check the totals that are sums of lines, and those of them; each type has some of these fields."""
    for name, total in CLASS_TOTALS.items():
        if total in summary and differs(summary[total], summed(lines, name)):
            yield Refusal("020", f"resumen.{total}")
    if "subTotalVentas" in summary:
        columns = [*CLASS_DISCOUNTS, *({"totalCompraExcluidos"} & summary.keys())]
        yield from wrong(summary, {"subTotalVentas": sum(Decimal(summary[total]) for total in columns)})
    for total, discount in CLASS_DISCOUNTS.items():
        if discount in summary and summary[discount] > summary[total]:
            yield Refusal("003", f"resumen.{discount}")
    given = global_discount(summary)
    if "totalDescu" in summary:
        yield from wrong(summary, {"totalDescu": given + summed(lines, "montoDescu")})
    if "subTotal" in summary:
        yield from wrong(summary, {"subTotal": summary["subTotalVentas"] - given})
    if "totalNoGravado" in summary:
        yield from wrong(summary, {"totalNoGravado": summed(lines, "noGravado")})


def _taxed_base(summary: Amounts, kind: Kind) -> Decimal:
    """Return what IVA is computed on: taxed sales less their global discount, without IVA."""
    taxed = Decimal(summary["totalGravada"]) - Decimal(summary["descuGravada"])
    return taxed - iva_inside(taxed) if kind.price_has_iva else taxed


def _total_faults(lines: Sequence[Amounts], summary: Amounts, base: Decimal) -> Iterator[Refusal]:
    net = summary["subTotal"] if "subTotal" in summary else summary["totalGravada"] - global_discount(summary)
    carried = Decimal(summary.get("seguro") or 0) + (summary.get("flete") or 0)
    yield from wrong(summary, {"montoTotalOperacion": net + added_taxes(summary) + carried})
    for name, rate in (("ivaPerci", PERCEIVED_RATE), ("ivaRete", WITHHELD_RATE)):
        if summary.get(name, 0) != 0:
            yield from wrong(summary, {name: base * rate})
    if "totalPagar" in summary:
        withheld = summary.get("ivaRete", 0) + summary.get("reteRenta", 0)
        due = summary["montoTotalOperacion"] + summary.get("ivaPerci", 0) - withheld
        yield from wrong(summary, {"totalPagar": max(due + summary["totalNoGravado"], Decimal(0))})
    if "totalIva" in summary:
        yield from wrong(summary, {"totalIva": summed(lines, "ivaItem") - iva_inside(summary["descuGravada"])})

"""The figures of notes of credit and debit, which adjust a sale or a withholding (DOCUMENTS.md 5.4, 6.4 and 6.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from .answers import Refusal
from .arithmetic_sales import line_faults, sum_faults
from .figures import PERCEIVED_RATE, WITHHELD_RATE, Amounts, differs, shared_out, summed, wrong
from .kinds import CLASSES, WITHHOLDING, Kind
from .taxes import added_taxes, line_tax_faults, tax_row_faults, tax_value_faults

LINE_SUMS = ("ivaPerci", "totalIva", "ivaRete")


def adjusts_withholding(document: Mapping[str, Any]) -> bool:
    """Tell whether a note adjusts withholdings instead of sales; it never adjusts both."""
    return any(one["tipoDocumento"] == WITHHOLDING for one in document["documentoRelacionado"])


def note_faults(document: Mapping[str, Any], kind: Kind) -> Iterator[Refusal]:
    """Yield the wrong figures of a note."""
    lines, summary = document["cuerpoDocumento"], document["resumen"]
    of_withholding = adjusts_withholding(document)
    yield from _withheld_line_faults(lines, kind) if of_withholding else _sold_line_faults(lines, summary, kind)
    yield from sum_faults(lines, summary)
    yield from wrong(summary, {name: summed(lines, name) for name in LINE_SUMS})
    yield from tax_row_faults(lines, summary)
    yield from tax_value_faults(lines, summary, Decimal(summary["totalGravada"]), lodging=True)
    yield from wrong(summary, {"montoTotalOperacion": summary["subTotalVentas"] + added_taxes(summary)})
    due = summary["montoTotalOperacion"] + summary["ivaPerci"] - summary["ivaRete"] + summary["totalNoGravado"]
    readings = [max(Decimal(due), Decimal(0))]
    if of_withholding:
        # The formula comes to nothing here; the one example known pays what is adjusted. Neither was seen sealed.
        readings.append(summary["ivaRete"] + summary["totalIva"])
    if all(differs(summary["totalPagar"], reading) for reading in readings):
        yield Refusal("020", "resumen.totalPagar")


def _sold_line_faults(lines: Sequence[Amounts], summary: Amounts, kind: Kind) -> Iterator[Refusal]:
    """Check lines that adjust a sale: its IVA is a tax of section 1, never totalIva."""
    yield from wrong(summary, {"totalIva": 0})
    for position, line in enumerate(lines, start=1):
        yield from wrong(line, {"totalIva": 0}, f"cuerpoDocumento.{position}")
    yield from line_faults(lines, kind)
    yield from shared_out(lines, "ivaPerci", PERCEIVED_RATE, "ventaGravada", 1)
    yield from shared_out(lines, "ivaRete", WITHHELD_RATE, "ventaGravada", 1)


def _withheld_line_faults(lines: Sequence[Amounts], kind: Kind) -> Iterator[Refusal]:
    """Check lines that adjust a withholding: they sell nothing and carry what is adjusted."""
    for position, line in enumerate(lines, start=1):
        field = f"cuerpoDocumento.{position}"
        yield from line_tax_faults(line, field, kind)
        for name in (*CLASSES, "noGravado", "ivaPerci"):
            if line[name] != 0:
                yield Refusal("024", f"{field}.{name}")
        if line["cantidad"] != 1:
            yield Refusal("003", f"{field}.cantidad")
        if differs(0, line["precioUni"] - line["montoDescu"]):
            yield Refusal(kind.line_fault, f"Cuerpodocumento.item.{position}")
        if line["ivaRete"] == 0 and line["totalIva"] == 0:
            yield Refusal("005", f"{field}.ivaRete")

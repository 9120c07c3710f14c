"""The figures of notes of before Normativa 2.0, 05 v3 and 06 v3 (DOCUMENTS.md 5.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from .answers import Refusal
from .arithmetic_sales import CLASS_DISCOUNTS, CLASS_TOTALS, line_faults, sum_faults
from .figures import PERCEIVED_RATE, WITHHELD_RATE, differs, wrong
from .kinds import Kind
from .taxes import added_taxes, tax_row_faults, tax_value_faults

Part = Mapping[str, Any]
SHARED = ("ivaPerci", "ivaRete")


def earlier_note_faults(document: Part, kind: Kind) -> Iterator[Refusal]:
    """Yield the wrong figures of a note that is read as one of today.

    It had discounts on whole classes, and what is withheld and perceived was in its total already.
    """
    lines, summary = document["cuerpoDocumento"], document["resumen"]
    yield from line_faults(lines, kind)
    yield from sum_faults(lines, summary)
    yield from tax_row_faults(lines, summary)
    base = Decimal(summary["totalGravada"]) - Decimal(summary["descuGravada"])
    yield from tax_value_faults(lines, summary, base, lodging=summary["descuGravada"] == 0)
    for name, rate in (("ivaPerci", PERCEIVED_RATE), ("ivaRete", WITHHELD_RATE)):
        if summary[name] != 0:
            yield from wrong(summary, {name: base * rate})
    total = summary["subTotal"] + added_taxes(summary) + summary["ivaPerci"] - summary["ivaRete"]
    # No text says whether the income tax withheld is in the total like the rest.
    if all(differs(summary["montoTotalOperacion"], one) for one in (total, total - summary["reteRenta"])):
        yield Refusal("020", "resumen.montoTotalOperacion")


def as_adjusted(note: Part) -> Part:
    """Return a note with its lines as today's have them: less their share of its discounts, with what is withheld.

    A note of today is returned as it is.
    """
    summary = note["resumen"]
    if "descuGravada" not in summary:
        return note
    left: dict[str, Decimal] = {}
    for column, total in CLASS_TOTALS.items():
        discount = summary[CLASS_DISCOUNTS[total]]
        left[column] = 1 - discount / Decimal(summary[total]) if discount else Decimal(1)
    taxed = Decimal(summary["totalGravada"]) or Decimal(1)
    lines = [
        line
        | {column: line[column] * part for column, part in left.items()}
        | {name: line["ventaGravada"] * summary[name] / taxed for name in SHARED}
        | {"totalIva": 0}
        for line in note["cuerpoDocumento"]
    ]
    return {**note, "cuerpoDocumento": lines}

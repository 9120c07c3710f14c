"""The taxes of lines and of the summary (DOCUMENTS.md 5.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
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
from .figures import IVA_RATE, Amounts, differs, summed
from .kinds import Kind

TOURISM_RATE = Decimal("0.05")
FUEL_RATES = {"D1": Decimal("0.20"), "C8": Decimal("0.10")}  # US dollars a gallon


def listed_tax_faults(codes: Sequence[str | None], field: str, kind: Kind) -> Iterator[Refusal]:
    """Check the codes that a line lists: there are such taxes, and the type may carry them."""
    for code in codes:
        if code not in ADDED_TAXES | INFORMATIVE_TAXES:
            yield Refusal("003", f"{field}.tributos")
        if code not in kind.taxes:
            yield Refusal("007", f"{field}.tributos")


def line_tax_faults(line: Amounts, field: str, kind: Kind, *, left_out: bool = False) -> Iterator[Refusal]:
    """Check what a line lists; `left_out` where the document shows no tax at all, as it may."""
    codes: list[str | None] = line["tributos"] or []
    if line["ventaGravada"] == 0 and codes:
        yield Refusal("024", f"{field}.tributos")
    yield from listed_tax_faults(codes, field, kind)
    # At 0 % a line that is a tax bears none.
    bearing = line["ventaGravada"] != 0 and not (line["tipoItem"] == TAX_ITEM and kind.own_tax == EXPORT_IVA)
    if kind.own_tax is not None and not left_out and bearing and kind.own_tax not in codes:
        yield Refusal("005", f"{field}.tributos")
    if line["tipoItem"] == TAX_ITEM:
        yield from _tax_item_faults(line, field)
    elif line["codTributo"] is not None:
        yield Refusal("024", f"{field}.codTributo")


def tax_by_permit(document: Mapping[str, Any], kind: Kind) -> str | None:
    """Return the field of the first tax that only some may charge in a document of this type, or None."""
    for position, line in enumerate(document["cuerpoDocumento"] if kind.taxes_by_permit else (), start=1):
        for name, codes in (("codTributo", [line["codTributo"]]), ("tributos", line["tributos"] or ())):
            if kind.taxes_by_permit.intersection(codes):
                return f"cuerpoDocumento.{position}.{name}"
    return None


def _tax_item_faults(line: Amounts, field: str) -> Iterator[Refusal]:
    """Check a line that is a tax by itself (CAT-015 section 2)."""
    if line["codTributo"] is None:
        yield Refusal("005", f"{field}.codTributo")
    if line["codTributo"] not in LINE_TAXES - {HACIENDA_ONLY_TAX}:
        yield Refusal("003", f"{field}.codTributo")
    if line.get("uniMedida", OTHER_UNIT) != OTHER_UNIT:
        yield Refusal("003", f"{field}.uniMedida")
    if line["cantidad"] != 1:
        yield Refusal("003", f"{field}.cantidad")
    if any(code != IVA for code in line["tributos"] or ()):
        yield Refusal("007", f"{field}.tributos")


def tax_row_faults(lines: Sequence[Amounts], summary: Amounts) -> Iterator[Refusal]:
    """Check that the summary lists the codes of the lines, each once."""
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


def tax_value_faults(
    lines: Sequence[Amounts], summary: Amounts, base: Decimal, *, lodging: bool = False
) -> Iterator[Refusal]:
    """Check the taxes whose rate is law; the others are what the emitter says.

    `base` is what IVA is computed on; `lodging` tells that the lines are what the 5 % for tourism is taken of.
    """
    for row in summary["tributos"] or ():
        bearing = [line for line in lines if row["codigo"] in (line["tributos"] or ())]
        computed: Decimal | None = None
        if row["codigo"] == IVA:
            computed = base * IVA_RATE
        elif row["codigo"] == EXPORT_IVA:
            computed = Decimal(0)
        elif row["codigo"] in FUEL_RATES and all(line.get("uniMedida") == GALLON for line in bearing):
            computed = summed(bearing, "cantidad") * FUEL_RATES[row["codigo"]]
        elif row["codigo"] == TOURISM and lodging:
            computed = summed(bearing, "ventaGravada") * TOURISM_RATE
        if computed is not None and differs(row["valor"], computed):
            yield Refusal("020", "resumen.tributos")


def added_taxes(summary: Amounts) -> Decimal:
    """Return what the listed taxes add to the total: all but those that only inform."""
    return summed((row for row in summary["tributos"] or () if row["codigo"] not in INFORMATIVE_TAXES), "valor")

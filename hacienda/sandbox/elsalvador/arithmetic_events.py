"""The figures of the return, 18, and of special operations, 17 (DOCUMENTS.md 7.3 and 7.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from .answers import Refusal
from .arithmetic_purchases import INCOME_TAX_RATE
from .arithmetic_sales import line_faults, sum_faults
from .catalogues import IVA
from .figures import IVA_RATE, WITHHELD_RATE, Amounts, differs, shared_out, summed, wrong
from .kinds import CLASSES, CONSUMER_INVOICE, EXCLUDED_SUBJECT, EXPORT_INVOICE, RETURNED, Kind
from .taxes import added_taxes, listed_tax_faults, tax_row_faults, tax_value_faults

# Fields of a line that only the return of one type fills.
ONLY_OF = {
    "psv": CONSUMER_INVOICE,
    "ivaItem": CONSUMER_INVOICE,
    "ivaRete": CONSUMER_INVOICE,
    "seguro": EXPORT_INVOICE,
    "flete": EXPORT_INVOICE,
    "reteRenta": EXCLUDED_SUBJECT,
}
LINE_SUMS = {
    "totalCompraExcluidos": "compra",
    "totalSeguro": "seguro",
    "totalFlete": "flete",
    "ivaRete": "ivaRete",
    "reteRenta": "reteRenta",
    "totalIva": "ivaItem",
}


def return_faults(document: Mapping[str, Any], _: Kind) -> Iterator[Refusal]:
    """Yield the wrong figures of a return, whose lines are those of the type given back."""
    lines, summary = document["cuerpoDocumento"], document["resumen"]
    original = RETURNED[document["documentoRelacionado"][0]["tipoDocumento"]]
    yield from _foreign_field_faults(lines, original)
    yield from line_faults(lines, original)
    # The base of the withholding is the sale without the IVA in its price.
    yield from shared_out(lines, "ivaRete", WITHHELD_RATE, "ventaGravada", 1 / (1 + IVA_RATE))
    yield from shared_out(lines, "reteRenta", INCOME_TAX_RATE, "compra", 1)
    yield from sum_faults(lines, summary)
    yield from wrong(summary, {total: summed(lines, name) for total, name in LINE_SUMS.items()})
    yield from tax_row_faults(lines, summary)
    yield from tax_value_faults(lines, summary, Decimal(0))
    carried = (summary["totalSeguro"] or 0) + (summary["totalFlete"] or 0)
    yield from wrong(summary, {"montoTotalOperacion": summary["subTotalVentas"] + added_taxes(summary) + carried})
    due = summary["montoTotalOperacion"] - summary["ivaRete"] - (summary["reteRenta"] or 0)
    yield from wrong(summary, {"totalPagar": max(due + summary["totalNoGravado"], Decimal(0))})


def _foreign_field_faults(lines: Sequence[Amounts], original: Kind) -> Iterator[Refusal]:
    """Check that a line fills no field that the type given back does not have."""
    foreign = [name for name, code in ONLY_OF.items() if code != original.code]
    foreign += [name for name in (*CLASSES, "compra") if name not in original.columns]
    for position, line in enumerate(lines, start=1):
        for name in foreign:
            if line[name] != 0:
                yield Refusal("024", f"cuerpoDocumento.{position}.{name}")


def special_operation_faults(document: Mapping[str, Any], kind: Kind) -> Iterator[Refusal]:
    """Yield the wrong figures of special operations; values are without IVA."""
    lines, summary = document["cuerpoDocumento"], document["resumen"]
    for position, line in enumerate(lines, start=1):
        field, codes = f"cuerpoDocumento.{position}", line["tributos"] or []
        yield from listed_tax_faults(codes, field, kind)
        if (line["ventaGravada"] != 0) != (IVA in codes):
            yield Refusal("024" if codes else "005", f"{field}.tributos")
        used = [name for name in CLASSES if line[name] != 0]
        if len(used) > 1:
            yield Refusal("007", f"{field}.{used[1]}")
        if not used or differs(line[used[0]], Decimal(line["cantidad"]) * line["precioUni"]):
            yield Refusal("020", f"Cuerpodocumento.item.{position}")
    yield from sum_faults(lines, {name: summary[name] for name in ("totalNoSuj", "totalExenta", "totalGravada")})
    sold = Decimal(summary["totalNoSuj"]) + summary["totalExenta"] + summary["totalGravada"]
    yield from wrong(summary, {"subTotal": sold})
    yield from tax_row_faults(lines, summary)
    yield from tax_value_faults(lines, summary, Decimal(summary["totalGravada"]))
    yield from wrong(summary, {"total": summary["subTotal"] + added_taxes(summary)})

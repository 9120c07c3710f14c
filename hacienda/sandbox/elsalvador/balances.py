"""What is left of a document after notes and returns, and what settlements may say of one (016)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from .answers import Refusal
from .arithmetic_sales import CLASS_DISCOUNTS, CLASS_TOTALS
from .case import Part
from .figures import TOLERANCE, WITHHELD_RATE, differs, iva_inside, summed
from .kinds import CONSUMER_INVOICE, EXCLUDED_SUBJECT, EXPORT_INVOICE, RETURN, TAX_CREDIT, WITHHOLDING

# What notes or returns may take away: fields of their lines, and the total and the discount of the original.
Limit = tuple[tuple[str, ...], str, str | None]
SOLD: tuple[Limit, ...] = tuple(((column,), total, CLASS_DISCOUNTS[total]) for column, total in CLASS_TOTALS.items())
LIMITS: dict[str, tuple[Limit, ...]] = {
    TAX_CREDIT: (*SOLD, (("ivaPerci",), "ivaPerci", None), (("ivaRete",), "ivaRete", None)),
    WITHHOLDING: ((("ivaRete", "totalIva"), "totalIvaRetenido", None),),
    CONSUMER_INVOICE: (*SOLD, (("ivaRete",), "ivaRete", None)),
    EXPORT_INVOICE: (
        (("ventaGravada",), "totalGravada", "descuGravada"),
        (("seguro",), "seguro", None),
        (("flete",), "flete", None),
    ),
    EXCLUDED_SUBJECT: ((("compra",), "totalCompra", "descu"), (("reteRenta",), "reteRenta", None)),
}


def overdrawn_faults(
    original: Part, kind: str, adjusting: Iterable[Part], *, named_by: str, code: str
) -> Iterator[Refusal]:
    """Yield 016 for what the adjusting documents' lines for this original take away beyond what it has.

    `kind` and `code` are the original's, `named_by` the field in which a line names it.
    """
    lines = [line for one in adjusting for line in one["cuerpoDocumento"] if line[named_by] == code]
    for columns, total, discount in LIMITS[kind]:
        summary = original["resumen"]
        left = Decimal(summary[total] or 0) - (summary[discount] if discount else 0)
        if sum(summed(lines, column) for column in columns) - left > TOLERANCE:
            yield Refusal("016", f"cuerpoDocumento.{columns[0]}")


def reversal_faults(original: Part, note: Part, code: str) -> Iterator[Refusal]:
    """Check that a note's lines for a sale adjust the withheld 1 % exactly when there was one (6.4)."""
    summary = original["resumen"]
    own = [
        (position, line)
        for position, line in enumerate(note["cuerpoDocumento"], start=1)
        if line["numeroDocumento"] == code
    ]
    for name in ("ivaPerci", "ivaRete"):
        for position, line in own:
            if summary[name] == 0 and line[name] != 0:
                yield Refusal("024", f"cuerpoDocumento.{position}.{name}")
    lines = [line for _, line in own]
    due = summed(lines, "ventaGravada") * WITHHELD_RATE
    if summary["ivaRete"] != 0 and differs(summed(lines, "ivaRete"), due):
        yield Refusal("020", f"cuerpoDocumento.{own[-1][0]}.ivaRete")


def net_sale(kind: str, document: Part) -> dict[str, Decimal]:
    """Return a document's amounts as a commission agent settles them: without discount, without IVA (6.7)."""
    summary: Mapping[str, Any] = document["resumen"]
    net = {
        column: Decimal(summary.get(total, 0)) - summary.get(CLASS_DISCOUNTS[total], 0)
        for column, total in CLASS_TOTALS.items()
    }
    given_back = {one["tipoDocumento"] for one in document["documentoRelacionado"] or ()}
    types = given_back if kind == RETURN else {kind}
    if CONSUMER_INVOICE in types:
        net["ventaGravada"] -= iva_inside(net["ventaGravada"])
    net["exportaciones"] = Decimal(0)
    if EXPORT_INVOICE in types:
        carried = [summary.get(name) or 0 for name in ("seguro", "flete", "totalSeguro", "totalFlete")]
        net["exportaciones"] = net.pop("ventaGravada") + sum(carried)
        net["ventaGravada"] = Decimal(0)
    return net


def withholding_base(kind: str, document: Part) -> Decimal:
    """Return what IVA may have been withheld on in a document: its taxed sales without IVA (6.6)."""
    summary = document["resumen"]
    if kind == EXCLUDED_SUBJECT:
        return Decimal(summary["subTotal"])
    taxed = Decimal(summary["totalGravada"]) - Decimal(summary["descuGravada"])
    return taxed - iva_inside(taxed) if kind == CONSUMER_INVOICE else taxed

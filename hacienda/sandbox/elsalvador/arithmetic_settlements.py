"""The figures of what accounts for other documents: 07, 08 and 09 (DOCUMENTS.md 5.4, 6.6, 6.7 and 6.8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from .answers import Refusal
from .catalogues import EXPORT_IVA, IVA
from .figures import IVA_RATE, WITHHELD_RATE, differs, iva_inside, summed, wrong
from .kinds import Kind
from .taxes import added_taxes, listed_tax_faults, tax_row_faults, tax_value_faults

WITHHOLDING_RATES = {"22": WITHHELD_RATE, "C4": IVA_RATE}  # C9 stands for special cases: any rate
CARD_RATE = Decimal("0.02")
COMMISSION_TOTALS = {
    "totalNoSuj": "ventaNoSuj",
    "totalExenta": "ventaExenta",
    "totalGravada": "ventaGravada",
    "exportacion": "exportaciones",
}


def withholding_faults(document: Mapping[str, Any], _: Kind) -> Iterator[Refusal]:
    """Yield the wrong figures of a withholding."""
    lines, summary = document["cuerpoDocumento"], document["resumen"]
    for position, line in enumerate(lines, start=1):
        rate = WITHHOLDING_RATES.get(line["codigoRetencionMH"])
        if rate is not None:
            yield from wrong(line, {"ivaRetenido": line["montoSujetoGrav"] * rate}, f"cuerpoDocumento.{position}")
    subject = summed(lines, "montoSujetoGrav")
    yield from wrong(summary, {"totalSujetoRetencion": subject, "totalIvaRetenido": summed(lines, "ivaRetenido")})
    # Informative, and no sealed example tells whether it is left at nothing but in one rare case.
    if all(differs(summary["totalIva"], reading) for reading in (Decimal(0), subject * IVA_RATE)):
        yield Refusal("020", "resumen.totalIva")


def commission_faults(document: Mapping[str, Any], kind: Kind) -> Iterator[Refusal]:
    """Yield the wrong figures of a commission agent's settlement."""
    lines, summary = document["cuerpoDocumento"], document["resumen"]
    for position, line in enumerate(lines, start=1):
        field, codes = f"cuerpoDocumento.{position}", line["tributos"] or []
        yield from listed_tax_faults(codes, field, kind)
        if line["ventaGravada"] != 0 and IVA not in codes:
            yield Refusal("005", f"{field}.tributos")
        exported = {EXPORT_IVA} if line["exportaciones"] != 0 else set()
        if line["ventaGravada"] == 0 and set(codes) - exported:
            yield Refusal("024", f"{field}.tributos")
        yield from wrong(line, {"ivaItem": line["ventaGravada"] * IVA_RATE}, field)
    yield from wrong(summary, {total: summed(lines, name) for total, name in COMMISSION_TOTALS.items()})
    sold = Decimal(summary["totalNoSuj"]) + summary["totalExenta"] + summary["totalGravada"]
    # The reference adds three totals and does not say where exports enter what is to be paid.
    if all(differs(summary["subTotalVentas"], reading) for reading in (sold, sold + summary["exportacion"])):
        yield Refusal("020", "resumen.subTotalVentas")
    yield from tax_row_faults(lines, summary)
    yield from tax_value_faults(lines, summary, Decimal(summary["totalGravada"]), lodging=True)
    yield from wrong(summary, {"montoTotalOperacion": summary["subTotalVentas"] + added_taxes(summary)})
    yield from wrong(summary, {"total": max(summary["montoTotalOperacion"] + summary["ivaPerci"], Decimal(0))})


def card_faults(document: Mapping[str, Any], _: Kind) -> Iterator[Refusal]:
    """Yield the wrong figures of a card acquirer's settlement, whose body is one object."""
    body = document["cuerpoDocumento"]
    taxed = body["montoSujetoPercepcion"]
    kept = body["comision"] + body["ivaPercibido"] + body["ivaComision"]
    computed = {
        "subTotal": body["valorOperaciones"] - (body["montoSinPercepcion"] or 0),
        "montoSujetoPercepcion": body["subTotal"] - iva_inside(body["subTotal"]),
        "iva": taxed * IVA_RATE,
        "ivaPercibido": taxed * CARD_RATE,
        "ivaComision": body["comision"] * IVA_RATE,
        "liquidoApagar": body["valorOperaciones"] - kept,
    }
    yield from wrong(body, computed, "cuerpoDocumento")

"""The figures of a purchase from somebody without registration (14) and of a donation (15) (DOCUMENTS.md 5.4, 6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from .answers import Refusal
from .arithmetic_sales import amount_faults
from .catalogues import DONATED_CASH, DONATED_GOODS, OTHER_UNIT
from .figures import TOLERANCE, Amounts, differs, summed, wrong
from .kinds import Kind

INCOME_TAX_RATE = Decimal("0.10")
SERVICE, GOODS_AND_SERVICE = 2, 3


def purchase_faults(document: Mapping[str, Any], kind: Kind) -> Iterator[Refusal]:
    """Yield the wrong figures of a purchase; there is no IVA in it."""
    lines, summary = document["cuerpoDocumento"], document["resumen"]
    for position, line in enumerate(lines, start=1):
        yield from amount_faults(line, position, kind)
    yield from wrong(summary, {"totalCompra": summed(lines, "compra")})
    if summary["descu"] > summary["totalCompra"]:
        yield Refusal("003", "resumen.descu")
    yield from wrong(
        summary,
        {
            "totalDescu": summary["descu"] + summed(lines, "montoDescu"),
            "subTotal": summary["totalCompra"] - summary["descu"],
        },
    )
    if not _withheld_as_due(lines, summary):
        yield Refusal("020", "resumen.reteRenta")
    withheld = summary["reteRenta"] + summary.get("ivaRete", 0)
    yield from wrong(summary, {"totalPagar": summary["subTotal"] - withheld})


def _withheld_as_due(lines: Sequence[Amounts], summary: Amounts) -> bool:
    """Tell whether the income tax is nothing (a seller who is no natural person) or a tenth of the services.

    No text shares a global discount out between goods and services, nor says how much of a line of both is which.
    """
    of_services = summed((line for line in lines if line["tipoItem"] == SERVICE), "compra")
    of_some = summed((line for line in lines if line["tipoItem"] in (SERVICE, GOODS_AND_SERVICE)), "compra")
    least = max(of_services - summary["descu"], Decimal(0)) * INCOME_TAX_RATE
    most = min(of_some, Decimal(summary["subTotal"])) * INCOME_TAX_RATE
    withheld = summary["reteRenta"]
    return bool(withheld == 0 or least - TOLERANCE <= withheld <= most + TOLERANCE)


def donation_faults(document: Mapping[str, Any], _: Kind) -> Iterator[Refusal]:
    """Yield the wrong figures of a donation: cash and services are not worn, and what is not goods has no unit."""
    lines = document["cuerpoDocumento"]
    for position, line in enumerate(lines, start=1):
        field, kind = f"cuerpoDocumento.{position}", line["tipoDonacion"]
        if kind == DONATED_CASH and line["cantidad"] != 1:
            yield Refusal("003", f"{field}.cantidad")
        if kind != DONATED_GOODS and line["uniMedida"] != OTHER_UNIT:
            yield Refusal("003", f"{field}.uniMedida")
        if kind != DONATED_GOODS and line["tipoDepreciacion"] != 0:
            yield Refusal("024", f"{field}.tipoDepreciacion")
        if differs(line["valor"], Decimal(line["cantidad"]) * line["valorUni"] - line["tipoDepreciacion"]):
            yield Refusal("020", f"Cuerpodocumento.item.{position}")
    yield from wrong(document["resumen"], {"valorTotal": summed(lines, "valor")})


def given_in_cash(document: Mapping[str, Any]) -> Decimal:
    """Return the part of a donation that payments stand for, not rounded."""
    return summed((line for line in document["cuerpoDocumento"] if line["tipoDonacion"] == DONATED_CASH), "valor")

"""The sums of a document from the top down, so that each can be followed to the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hacienda.costarica import catalogs
from hacienda.costarica.readable import taxes
from hacienda.costarica.readable.wording import named
from hacienda.costarica.xml_tree import Node
from hacienda.messages import gettext_noop
from hacienda.money import ZERO
from hacienda.readable import Sum

Row = tuple[str, str]  # element and label, a message

_SALES: Final[tuple[Row, ...]] = (
    ("TotalServGravados", gettext_noop("Taxed services")),
    ("TotalServExentos", gettext_noop("Exempt services")),
    ("TotalServExonerado", gettext_noop("Exonerated services")),
    ("TotalServNoSujeto", gettext_noop("Services not subject")),
    ("TotalMercanciasGravadas", gettext_noop("Taxed goods")),
    ("TotalMercanciasExentas", gettext_noop("Exempt goods")),
    ("TotalMercExonerada", gettext_noop("Exonerated goods")),
    ("TotalMercNoSujeta", gettext_noop("Goods not subject")),
    ("TotalGravado", gettext_noop("Total taxed")),
    ("TotalExento", gettext_noop("Total exempt")),
    ("TotalExonerado", gettext_noop("Total exonerated")),
    ("TotalNoSujeto", gettext_noop("Total not subject")),
    ("TotalVenta", gettext_noop("Total of the sale")),
    ("TotalDescuentos", gettext_noop("Total discounts")),
    ("TotalVentaNeta", gettext_noop("Total net sale")),
)
_TAXES: Final[tuple[Row, ...]] = (
    ("TotalImpuesto", gettext_noop("Total tax")),
    ("TotalImpAsumEmisorFabrica", gettext_noop("Tax assumed by the issuer (for information)")),
    ("TotalIVADevuelto", gettext_noop("Value added tax given back")),
    ("TotalOtrosCargos", gettext_noop("Total other charges")),
)
_TOTAL: Final = gettext_noop("Total to pay")
_TOTALS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "03": gettext_noop("Total of the credit note"),
        "08": gettext_noop("Total of the purchase"),
        "10": gettext_noop("Total paid"),
    }
)
# Shown at zero too, because the sums above or below are read against them.
_STEPS: Final = frozenset({"TotalVenta", "TotalVentaNeta", "TotalImpuesto"})


def leading(document: Node) -> Iterator[Sum]:
    """The sums that lead to the total; zeros only where they are steps to it."""
    summary = _summary(document)
    yield from _shown(summary, _SALES)
    for tax in summary.all("TotalDesgloseImpuesto"):
        amount = tax.amount("TotalMontoImpuesto")
        if amount:
            yield Sum(_tax(tax), amount)
    yield from _shown(summary, _TAXES)


def total(document: Node, type_code: str) -> Sum:
    """What it all comes to. Raises `ValueError` where the document does not say."""
    amount = _summary(document).amount("TotalComprobante")
    if amount is None:
        raise ValueError("the document has no total")
    return Sum(_TOTALS.get(type_code, _TOTAL), amount, is_total=True)


def _summary(document: Node) -> Node:
    summary = document.at("ResumenFactura")
    if summary is None:
        raise ValueError("the document has no summary")
    return summary


def _shown(summary: Node, rows: tuple[Row, ...]) -> Iterator[Sum]:
    for name, label in rows:
        amount: Decimal | None = summary.amount(name)
        if amount or (amount is not None and name in _STEPS):
            yield Sum(label, amount or ZERO)


def _tax(block: Node) -> str:
    """The tax of a part of the sum, under Hacienda's name of it."""
    name, rate = named(catalogs.TAXES, block.said("Codigo")), taxes.rate(block.said("CodigoTarifaIVA"))
    return f"{name}: {rate}" if rate else name

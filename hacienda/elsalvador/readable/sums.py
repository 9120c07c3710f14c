"""The sums of a document from the top down, so that each can be followed to the next."""

from __future__ import annotations

from collections.abc import Iterator

from hacienda.elsalvador import catalogs
from hacienda.elsalvador.blocks import taxes
from hacienda.elsalvador.readable.wording import Block
from hacienda.money import quantise
from hacienda.readable import Sum

Row = tuple[str, str]  # key and label

SALES: tuple[Row, ...] = (
    ("totalNoSuj", "Ventas no sujetas"),
    ("totalExenta", "Ventas exentas"),
    ("totalGravada", "Ventas gravadas"),
)
GLOBAL_DISCOUNTS: tuple[Row, ...] = (
    ("descuNoSuj", "Descuento global a ventas no sujetas"),
    ("descuExenta", "Descuento global a ventas exentas"),
    ("descuGravada", "Descuento global a ventas gravadas"),
)
OPERATIONS: Row = ("subTotalVentas", "Suma total de operaciones")
SUBTOTAL: Row = ("subTotal", "Sub-total")
OPERATION: Row = ("montoTotalOperacion", "Monto total de la operación")
INCLUDED_TAX: Row = ("totalIva", "IVA 13% incluido")
PERCEIVED: Row = ("ivaPerci", "IVA percibido")
WITHHELD: Row = ("ivaRete", "IVA retenido")
NOT_TAXED: Row = ("totalNoGravado", "Otros montos no afectos")
BALANCE: Row = ("saldoFavor", "Saldo a favor")
FREE_OF_CHARGE: Row = ("totalNoOnerosas", "Operaciones no onerosas (informativo)")

# Shown at zero too, because the sums above or below are read against them.
STEPS = frozenset({"subTotalVentas", "subTotal", "montoTotalOperacion"})
OF_SALES = STEPS | {"totalGravada"}


def shown(summary: Block, *rows: Row, zeros: frozenset[str] = OF_SALES) -> Iterator[Sum]:
    """The sums under the keys of `rows`; zeros only of those that `zeros` names."""
    for key, label in rows:
        if key in zeros or summary.get(key):
            yield Sum(label, quantise(summary[key], 2))


def added_taxes(summary: Block) -> Iterator[Sum]:
    """The taxes by code, under the names that were signed with them; what only informs says so."""
    sections = catalogs.tax_sections()
    for row in summary["tributos"] or ():
        informs = sections.get(row["codigo"]) == taxes.INFORMATIVE
        yield Sum(row["descripcion"] + (" (informativo)" if informs else ""), quantise(row["valor"], 2))


def total(summary: Block, key: str, label: str) -> Sum:
    """What it all comes to."""
    return Sum(label, quantise(summary[key], 2), is_total=True)

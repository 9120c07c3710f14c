"""The sums of a document from the top down, so that each can be followed to the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from hacienda.elsalvador import catalogs
from hacienda.elsalvador.blocks import taxes
from hacienda.elsalvador.readable.wording import Block
from hacienda.messages import gettext_noop
from hacienda.money import quantise
from hacienda.readable import Sum

Row = tuple[str, str]  # key and label, a message

SALES: tuple[Row, ...] = (
    ("totalNoSuj", gettext_noop("Sales not subject")),
    ("totalExenta", gettext_noop("Exempt sales")),
    ("totalGravada", gettext_noop("Taxed sales")),
)
GLOBAL_DISCOUNTS: tuple[Row, ...] = (
    ("descuNoSuj", gettext_noop("Global discount on sales not subject")),
    ("descuExenta", gettext_noop("Global discount on exempt sales")),
    ("descuGravada", gettext_noop("Global discount on taxed sales")),
)
OPERATIONS: Row = ("subTotalVentas", gettext_noop("Sum of all operations"))
SUBTOTAL: Row = ("subTotal", gettext_noop("Subtotal"))
OPERATION: Row = ("montoTotalOperacion", gettext_noop("Total amount of the operation"))
INCLUDED_TAX: Row = ("totalIva", gettext_noop("Value added tax 13%, included"))
PERCEIVED: Row = ("ivaPerci", gettext_noop("Value added tax perceived"))
WITHHELD: Row = ("ivaRete", gettext_noop("Value added tax withheld"))
NOT_TAXED: Row = ("totalNoGravado", gettext_noop("Other amounts outside the tax base"))
BALANCE: Row = ("saldoFavor", gettext_noop("Credit balance"))
FREE_OF_CHARGE: Row = ("totalNoOnerosas", gettext_noop("Free of charge (for information)"))

_INFORMS = gettext_noop("%(name)s (for information)")

# Shown at zero too, because the sums above or below are read against them.
STEPS = frozenset({"subTotalVentas", "subTotal", "montoTotalOperacion"})
OF_SALES = STEPS | {"totalGravada"}


def shown(
    summary: Block,
    *rows: Row,
    zeros: frozenset[str] = OF_SALES,
    params: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> Iterator[Sum]:
    """The sums under the keys of `rows`; zeros only of those that `zeros` names. `params` fill labels, by key."""
    for key, label in rows:
        if key in zeros or summary.get(key):
            yield Sum(label, quantise(summary[key], 2), params=params.get(key, {}))


def added_taxes(summary: Block) -> Iterator[Sum]:
    """The taxes by code, under the names that were signed with them; what only informs says so."""
    sections = catalogs.tax_sections()
    for row in summary["tributos"] or ():
        informs = sections.get(row["codigo"]) == taxes.INFORMATIVE
        name, amount = row["descripcion"], quantise(row["valor"], 2)
        yield Sum(_INFORMS, amount, params={"name": name}) if informs else Sum(name, amount)


def total(summary: Block, key: str, label: str) -> Sum:
    """What it all comes to."""
    return Sum(label, quantise(summary[key], 2), is_total=True)

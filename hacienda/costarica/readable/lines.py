"""The lines of a document: the columns that it needs, and below each line what only that line has to tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from hacienda.costarica import catalogs
from hacienda.costarica.readable import taxes
from hacienda.costarica.readable.wording import figure, named
from hacienda.costarica.xml_tree import Node
from hacienda.messages import gettext_noop
from hacienda.readable import Cell, Column, Role, Table

_ORDINARY: Final = "01"  # the type of transaction of ordinary sales


@dataclass(frozen=True, slots=True)
class Source:
    """A column, how a line is asked for its cell of it, and whether lines have it."""

    column: Column
    read: Callable[[Node], Cell]
    is_told: Callable[[Sequence[Node]], bool]


def table(document: Node) -> Table:
    """The lines in the columns in which any of them has something; no columns for a document without lines."""
    detail = document.at("DetalleServicio")
    rows = detail.all("LineaDetalle") if detail else ()
    if not rows:
        return Table()
    sources = [source for source in _SOURCES if source.is_told(rows)]
    return Table(
        tuple(source.column for source in sources),
        tuple(tuple(source.read(row) for source in sources) for row in rows),
    )


def _of(label: str, role: Role, read: Callable[[Node], Cell]) -> Source:
    """A column that is left out where no line has anything in it; an amount of zero is nothing."""
    return Source(Column(label, role), read, lambda rows: any(read(row) for row in rows))


def _always(label: str, role: Role, read: Callable[[Node], Cell]) -> Source:
    return Source(Column(label, role), read, lambda rows: True)


def _step(label: str, name: str) -> Source:
    """A column of amounts, left out where they are those of the subtotal."""

    def read(row: Node) -> Cell:
        return row.amount(name)

    def is_told(rows: Sequence[Node]) -> bool:
        return any(row.amount(name) not in (None, row.amount("SubTotal")) for row in rows)

    return Source(Column(label, Role.STEP), read, is_told)


def _codes(row: Node) -> str:
    return ", ".join(
        f"{named(catalogs.COMMERCIAL_CODE_TYPES, code.said('Tipo'))}: {code.said('Codigo')}"
        for code in row.all("CodigoComercial")
    )


def _transaction(row: Node) -> str:
    code = row.said("TipoTransaccion")
    return "" if code == _ORDINARY else named(catalogs.TRANSACTION_TYPES, code)


def _pack(row: Node) -> str:
    """What a pack holds. Its own prices and taxes are in the XML and need not be printed."""
    pack = row.at("DetalleSurtido")
    return "; ".join(
        f"{figure(part.amount('CantidadSurtido'), 0)} {named(catalogs.UNITS, part.said('UnidadMedidaSurtido'))}"
        f" {part.said('DetalleSurtido')}"
        for part in (pack.all("LineaDetalleSurtido") if pack else ())
    )


_SOURCES: Final = (
    _always(gettext_noop("No."), Role.NUMBER, lambda row: int(row.said("NumeroLinea"))),
    _of(gettext_noop("Quantity"), Role.QUANTITY, lambda row: row.amount("Cantidad")),
    _of(gettext_noop("Unit"), Role.UNIT, lambda row: named(catalogs.UNITS, row.said("UnidadMedida"))),
    _of(gettext_noop("CABYS code"), Role.CODE, lambda row: row.said("CodigoCABYS")),
    _always(gettext_noop("Description"), Role.MAIN, lambda row: row.said("Detalle")),
    _of(gettext_noop("Unit price"), Role.PRICE, lambda row: row.amount("PrecioUnitario")),
    _step(gettext_noop("Amount before discounts"), "MontoTotal"),
    _of(gettext_noop("Discount"), Role.DISCOUNT, taxes.discount),
    _always(gettext_noop("Subtotal"), Role.AMOUNT, lambda row: row.amount("SubTotal")),
    _step(gettext_noop("Tax base"), "BaseImponible"),
    _of(gettext_noop("Rate of VAT"), Role.DETAIL, taxes.rates),
    _of(gettext_noop("Tax"), Role.FIGURE, taxes.due),
    _of(
        gettext_noop("Tax assumed by the issuer"),
        Role.FIGURE,
        lambda row: row.amount("ImpuestoAsumidoEmisorFabrica"),
    ),
    _always(gettext_noop("Total of the line"), Role.FIGURE, lambda row: row.amount("MontoTotalLinea")),
    _of(gettext_noop("Taxes"), Role.REMARK, taxes.explained),
    _of(gettext_noop("Exemption"), Role.REMARK, taxes.exemptions),
    _of(gettext_noop("Discounts"), Role.REMARK, taxes.discounts),
    _of(gettext_noop("Other codes"), Role.REMARK, _codes),
    _of(gettext_noop("Tariff heading"), Role.REMARK, lambda row: row.said("PartidaArancelaria")),
    _of(gettext_noop("Type of transaction"), Role.REMARK, _transaction),
    _of(gettext_noop("Commercial unit"), Role.REMARK, lambda row: row.said("UnidadMedidaComercial")),
    _of(
        gettext_noop("Serial number"),
        Role.REMARK,
        lambda row: ", ".join(one.text for one in row.all("NumeroVINoSerie")),
    ),
    _of(gettext_noop("Registration of the medicine"), Role.REMARK, lambda row: row.said("RegistroMedicamento")),
    _of(
        gettext_noop("Pharmaceutical form"),
        Role.REMARK,
        lambda row: named(catalogs.PHARMA_FORMS, row.said("FormaFarmaceutica")),
    ),
    _of(
        gettext_noop("VAT charged at the factory"),
        Role.REMARK,
        lambda row: named(catalogs.FACTORY_VAT, row.said("IVACobradoFabrica")),
    ),
    _of(gettext_noop("Contents of the pack"), Role.REMARK, _pack),
)

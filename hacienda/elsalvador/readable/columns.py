"""The columns that the tables of lines are made of, each with where its cells stand in a line of the payload."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from hacienda.elsalvador import catalogs
from hacienda.elsalvador.readable.wording import Block, day, named
from hacienda.messages import gettext_noop
from hacienda.money import ZERO
from hacienda.readable import Cell, Column, Role, Table


@dataclass(frozen=True, slots=True)
class Source:
    """A column, and how a line is asked for its cell of it."""

    column: Column
    read: Callable[[Block], Cell]

    def says_something(self, rows: Iterable[Block]) -> bool:
        """Whether any line has anything there; an amount of zero is nothing."""
        return any(self.read(row) for row in rows)


def table(rows: Sequence[Block], sources: Sequence[Source]) -> Table:
    """The lines, in the columns of `sources`."""
    return Table(
        tuple(source.column for source in sources),
        tuple(tuple(source.read(row) for source in sources) for row in rows),
    )


def telling(rows: Sequence[Block], *sources: Source) -> tuple[Source, ...]:
    """Those in which any line has something."""
    return tuple(source for source in sources if source.says_something(rows))


def of(label: str, role: Role, key: str, treatment: str = "") -> Source:
    """What stands under `key`, as it is; nothing where that key may be left out."""
    return Source(Column(label, role, treatment), lambda row: row.get(key))


def coded(label: str, role: Role, key: str, catalog: str) -> Source:
    """The name of the code under `key`."""
    return Source(Column(label, role), lambda row: named(catalog, row.get(key)))


def dated(label: str, key: str) -> Source:
    """The day under `key`."""
    return Source(Column(label, Role.DETAIL), lambda row: day(row[key]) if row[key] else None)


def amount(*keys: str, label: str = gettext_noop("Amount")) -> Source:
    """What a line comes to: the sum of the amounts under `keys`, of which an ordinary line has one."""

    def read(row: Block) -> Decimal:
        return sum((row[key] for key in keys), ZERO)

    return Source(Column(label, Role.AMOUNT), read)


NUMBER: Final = Source(Column(gettext_noop("No."), Role.NUMBER), lambda row: int(row["numItem"]))
QUANTITY: Final = of(gettext_noop("Quantity"), Role.QUANTITY, "cantidad")
UNIT: Final = coded(gettext_noop("Unit"), Role.UNIT, "uniMedida", catalogs.UNITS)
CODE: Final = of(gettext_noop("Code"), Role.CODE, "codigo")
DESCRIPTION: Final = of(gettext_noop("Description"), Role.MAIN, "descripcion")
PRICE: Final = of(gettext_noop("Unit price"), Role.PRICE, "precioUni")
DISCOUNT: Final = of(gettext_noop("Discount"), Role.DISCOUNT, "montoDescu")
NOT_TAXED: Final = of(
    gettext_noop("Other amounts"), Role.TREATMENT, "noGravado", gettext_noop("does not affect the tax base")
)
NOT_SUBJECT: Final = of(gettext_noop("Sales not subject"), Role.TREATMENT, "ventaNoSuj", gettext_noop("not subject"))
EXEMPT: Final = of(gettext_noop("Exempt sales"), Role.TREATMENT, "ventaExenta", gettext_noop("exempt"))
TAXED: Final = of(gettext_noop("Taxed sales"), Role.TREATMENT, "ventaGravada")
PERCEIVED: Final = of(gettext_noop("Value added tax perceived"), Role.FIGURE, "ivaPerci")
WITHHELD: Final = of(gettext_noop("Value added tax withheld"), Role.FIGURE, "ivaRete")
TAX: Final = of(gettext_noop("Value added tax"), Role.FIGURE, "totalIva")


def _free_of_charge(row: Block) -> Cell:
    is_free = not row["precioUni"] and not row["ventaGravada"] and not row["noGravado"]
    return "Sin costo" if is_free else None


FREE_OF_CHARGE: Final = Source(Column(gettext_noop("Notes"), Role.REMARK), _free_of_charge)  # of an export

# Documents as lines.
DOCUMENT_TYPE: Final = coded(gettext_noop("Type of document"), Role.DETAIL, "tipoDte", catalogs.DOCUMENT_TYPES)
DOCUMENT_NUMBER: Final = of(gettext_noop("Document number"), Role.MAIN, "numeroDocumento")
DOCUMENT_DATE: Final = dated(gettext_noop("Date of issue"), "fechaEmision")

GOODS: Final = (NUMBER, QUANTITY, UNIT, CODE, DESCRIPTION)


def belonging(document: Block, key: str = "numeroDocumento") -> tuple[Source, ...]:
    """To which of the related documents a line belongs; nothing to tell where there is only one."""
    if len(document["documentoRelacionado"] or ()) < 2:
        return ()
    return (of(gettext_noop("Related document"), Role.REMARK, key),)

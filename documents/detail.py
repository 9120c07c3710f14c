"""The lines of a document ready to print: every column for paper with room, and in short for what has little.

Pure. Figures carry every decimal that was signed; what names a column is in the language that is active.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from documents.figures import plain
from hacienda.readable import Cell, Column, Field, Role, Table

_SHORT_FIGURES = frozenset({Role.PRICE, Role.DISCOUNT, Role.FIGURE})


@dataclass(frozen=True, slots=True)
class Heading:
    label: str
    role: Role

    @property
    def kind(self) -> str:
        """The role in a word: price, discount, figure."""
        return self.role.name.lower()


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount of a line under its column's heading."""

    heading: Heading
    text: str
    is_zero: bool
    is_later: bool = False  # comes from the amount of the line, and stands after it


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `cells` are those of every column, all else is the same in short.

    `treatment` is how the sale is taxed, empty for the ordinary way; `details` are texts that have no other place.
    `amount` is empty where lines have several that are not added up: then they are among `figures`. `steps` are
    amounts that there is no column for in short.
    """

    cells: tuple[str, ...]
    number: str = ""
    main: str = ""
    code: str = ""
    quantity: str = ""
    unit: str = ""
    treatment: str = ""
    amount: str = ""
    details: tuple[Field, ...] = ()
    remarks: tuple[Field, ...] = ()
    figures: tuple[Figure, ...] = ()
    steps: tuple[Figure, ...] = ()

    @property
    def notes(self) -> tuple[Field, ...]:
        """Details and remarks, below the main text where details have no columns."""
        return (*self.details, *self.remarks)

    @property
    def price(self) -> str:
        """Empty where there are no prices."""
        return next((each.text for each in self.figures if each.heading.role is Role.PRICE), "")

    @property
    def discount(self) -> str:
        """Empty for none."""
        discounts = (each for each in self.figures if each.heading.role is Role.DISCOUNT)
        return next((each.text for each in discounts if not each.is_zero), "")

    @property
    def others(self) -> tuple[Figure, ...]:
        """The figures that are neither price nor discount and not zero; no step that is the amount again."""
        steps = (each for each in self.steps if each.text != self.amount)
        figures = (each for each in self.figures if each.heading.role is Role.FIGURE)
        return tuple(each for each in (*steps, *figures) if not each.is_zero)

    @property
    def earlier(self) -> tuple[Figure, ...]:
        """The figures that stand before the amount."""
        return tuple(each for each in self.figures if not each.is_later)

    @property
    def later(self) -> tuple[Figure, ...]:
        """The figures that stand after the amount."""
        return tuple(each for each in self.figures if each.is_later)


@dataclass(frozen=True, slots=True)
class Detail:
    """`columns` are the headings of `Line.cells`; `main`, `quantity`, `earlier`, `amount` and `later` those in short.

    Figures that are zero in every line are left out in short, prices excepted.
    """

    columns: tuple[Heading, ...] = ()
    lines: tuple[Line, ...] = ()
    main: str = ""
    quantity: str = ""
    amount: str = ""
    earlier: tuple[Heading, ...] = ()  # of figures that stand before the amount
    later: tuple[Heading, ...] = ()

    @property
    def figures(self) -> tuple[Heading, ...]:
        """The headings of `Line.figures`."""
        return (*self.earlier, *self.later)


def detail(table: Table) -> Detail:
    """The lines of `table`; a detail without columns for a document without lines."""
    if not table.columns:
        return Detail()
    has_treatments = any(column.role is Role.TREATMENT for column in table.columns)
    full = [i for i, column in enumerate(table.columns) if _is_wide(column.role, has_treatments)]
    short = [i for i, column in enumerate(table.columns) if _is_told_in_short(column.role, i, table)]
    amount = _place(table.columns, Role.AMOUNT)
    headings = [Heading(_(column.label), column.role) for column in table.columns]
    labels = {heading.role: heading.label for heading in reversed(headings)}
    return Detail(
        columns=tuple(headings[i] for i in full),
        lines=tuple(_line(table.columns, headings, row, full, short) for row in table.rows),
        main=labels[Role.MAIN],
        quantity=labels.get(Role.QUANTITY, ""),
        amount=labels.get(Role.AMOUNT, ""),
        earlier=tuple(headings[i] for i in short if i < amount),
        later=tuple(headings[i] for i in short if i > amount),
    )


def _place(columns: Sequence[Column], role: Role) -> int:
    """Where the column of a role stands; behind all of them where there is none."""
    return next((i for i, column in enumerate(columns) if column.role is role), len(columns))


def _is_wide(role: Role, has_treatments: bool) -> bool:
    return role is not Role.REMARK and not (role is Role.AMOUNT and has_treatments)


def _is_told_in_short(role: Role, index: int, table: Table) -> bool:
    return role in _SHORT_FIGURES and (role is Role.PRICE or any(row[index] for row in table.rows))


def _line(
    columns: Sequence[Column],
    headings: Sequence[Heading],
    row: Sequence[Cell],
    full: Sequence[int],
    short: Sequence[int],
) -> Line:
    texts = [_text(cell, column.role) for cell, column in zip(row, columns, strict=True)]
    by_role = {column.role: text for column, text in zip(columns, texts, strict=True)}
    amount = _place(columns, Role.AMOUNT)

    def told(role: Role) -> tuple[Field, ...]:
        return tuple(
            Field(heading.label, text)
            for heading, text in zip(headings, texts, strict=True)
            if heading.role is role and text
        )

    return Line(
        cells=tuple(texts[i] for i in full),
        number=by_role.get(Role.NUMBER, ""),
        main=by_role[Role.MAIN],
        code=by_role.get(Role.CODE, ""),
        quantity=by_role.get(Role.QUANTITY, ""),
        unit=by_role.get(Role.UNIT, ""),
        treatment=_treatment(columns, row),
        amount=by_role.get(Role.AMOUNT, ""),
        details=told(Role.DETAIL),
        remarks=told(Role.REMARK),
        figures=tuple(Figure(headings[i], texts[i], is_zero=not row[i], is_later=i > amount) for i in short),
        steps=tuple(
            Figure(heading, text, is_zero=not cell)
            for heading, text, cell in zip(headings, texts, row, strict=True)
            if heading.role is Role.STEP
        ),
    )


def _treatment(columns: Sequence[Column], row: Sequence[Cell]) -> str:
    words = (column.treatment for column, cell in zip(columns, row, strict=True) if column.treatment and cell)
    return next((_(word) for word in words), "")


def _text(cell: Cell, role: Role) -> str:
    match cell:
        case None:
            return ""
        case Decimal():
            return plain(cell, places=0 if role is Role.QUANTITY else 2)
        case date():
            return cell.strftime("%d/%m/%Y")
    return str(cell)

"""A document as a person reads it: what the page, the PDF and the ticket print, whatever the country and the type.

Made from the sealed payload alone, so that paper never shows what was not signed.
Amounts are `Decimal`; texts are in the document's own language, but for what names a column or a sum: that is
English, for the printers to translate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, auto

from hacienda.messages import gettext_noop

Cell = str | int | Decimal | date | None


@dataclass(frozen=True, slots=True)
class Field:
    """A labelled text; `label` is already in the document's language."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class ReadableParty:
    heading: str
    name: str
    fields: tuple[Field, ...]


class Role(Enum):
    """What the cells of a column are: from it a printer knows how to write them, and where if it has little room.

    Figures are everything from NUMBER to AMOUNT, texts and dates all else.
    """

    NUMBER = auto()  # of the line
    QUANTITY = auto()
    PRICE = auto()
    DISCOUNT = auto()  # taken from quantity times price
    TREATMENT = auto()  # the amount under one way of being taxed; in short that way is told in a word
    FIGURE = auto()  # any other amount
    STEP = auto()  # an amount on the way to others, printed only where there is room
    AMOUNT = auto()  # the amount of the line; where treatments have columns, of use in short only
    UNIT = auto()
    CODE = auto()
    MAIN = auto()  # what the line is about: it has the room that the others leave
    DETAIL = auto()  # any other short text, or a date
    REMARK = auto()  # a text that only some lines have, printed below the main one

    @property
    def is_figure(self) -> bool:
        return self.value <= Role.AMOUNT.value


@dataclass(frozen=True, slots=True)
class Column:
    """`label` and `treatment` (of TREATMENT columns, the way in a word) are messages to be translated."""

    label: str
    role: Role
    treatment: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The lines of a document: in `rows` one cell for each of `columns`. No columns where it has no lines."""

    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Sum:
    """`label` is a message to be translated, or a name that was signed with the amount; `params` fill it."""

    label: str
    amount: Decimal
    is_total: bool = False
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Section:
    """Anything else worth a heading: related documents, sale for third parties, payments, appendix."""

    heading: str
    rows: tuple[tuple[Field, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a document says, apart from what identifies it.

    `customer` is None for a buyer who was not named; `is_addressed` is False where there is no other party at all.
    `issuer_sells` is False for an issuer in another part (who buys, withholds, receives a gift): then its heading
    is printed even where room is scarce. `payable` is what the document comes to, also where nobody pays it.
    """

    issuer: ReadableParty
    customer: ReadableParty | None
    table: Table
    sums: tuple[Sum, ...]
    payable: Decimal
    in_words: str
    sections: tuple[Section, ...]
    notes: str | None
    is_addressed: bool = True
    issuer_sells: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable(Content):
    """A document. `control_number` is None for what has none, and empty like the code in a preview.

    `code_label` and `number_label` are messages to be translated. `manner`, in the document's own language, is told
    in place of model, transmission and version where a country has other facts to tell there.
    """

    title: str
    type_code: str
    type_name: str
    version: int
    is_test: bool
    generation_code: str
    control_number: str | None
    model: str
    transmission: str
    is_contingency: bool
    issued_at: datetime
    currency: str
    code_label: str = gettext_noop("Generation code")
    number_label: str = gettext_noop("Control number")
    manner: tuple[Field, ...] | None = None

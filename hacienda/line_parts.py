"""Parts of a line of a draft, beside what every line has. Frozen, country-neutral and free of Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class ExtraTax:
    """A specific tax of a line beside value added tax; `amount` only where no rate is laid down.

    What a specific tax is computed from: `rate` in percent of the sale, or `unit_amount` of tax by unit of measure
    and how many such units (`quantity`) one piece holds, of which `percentage` is alcohol and `volume` one portion.
    """

    code: str
    amount: Decimal | None = None
    rate: Decimal | None = None
    quantity: Decimal | None = None
    percentage: Decimal | None = None
    volume: Decimal | None = None
    unit_amount: Decimal | None = None
    description: str | None = None  # which tax it is where the code says "other"


@dataclass(frozen=True, slots=True)
class Discount:
    """One of several discounts of a line: an amount, the authority's code of its nature, and words for it."""

    amount: Decimal
    code: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class CommercialCode:
    """A code by which somebody knows the product; `type` says who, as a code of the authority."""

    type: str
    code: str


@dataclass(frozen=True, slots=True)
class Medicine:
    """Under which number a medicine is registered, and its pharmaceutical form as a code."""

    registration: str | None = None
    form: str | None = None


@dataclass(frozen=True, slots=True)
class Exemption:
    """What frees the buyer of value added tax, wholly or in part: a document that an institution issued to him.

    `rate` are the percentage points that are not paid (13 of 13, or 11 of 13); None for the whole rate of the line.
    """

    type: str  # of the document, like `institution` a code of the authority
    number: str
    institution: str
    issued_at: datetime
    rate: Decimal | None = None
    article: int | None = None
    clause: int | None = None
    description: str | None = None  # which document it is where its type says "other"
    institution_name: str | None = None  # where the institution says "other"


@dataclass(frozen=True, slots=True)
class PaperRange:
    """Paper documents that one line reports: the first and the last number, or one number."""

    type_code: str
    first: str | None = None
    last: str | None = None
    number: str | None = None
    issued_on: date | None = None
    corrects: str | None = None  # the code of the earlier event that the line corrects

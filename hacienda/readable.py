"""A document as a person reads it: what the page, the PDF and the ticket print, whatever the country.

Made from the sealed payload alone, so that paper never shows what was not signed.
Amounts are `Decimal`; texts are in the document's own language.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


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


@dataclass(frozen=True, slots=True)
class ReadableLine:
    number: int
    quantity: Decimal
    unit: str
    code: str | None
    description: str
    price: Decimal
    discount: Decimal
    not_subject: Decimal
    exempt: Decimal
    taxed: Decimal
    not_taxed: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Sum:
    label: str
    amount: Decimal
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Anything else worth a heading: related documents, sale for third parties, payments, appendix."""

    heading: str
    rows: tuple[tuple[Field, ...], ...]


@dataclass(frozen=True, slots=True)
class Readable:
    title: str
    type_code: str
    type_name: str
    version: int
    is_test: bool
    generation_code: str
    control_number: str
    model: str
    transmission: str
    is_contingency: bool
    issued_at: datetime
    currency: str
    issuer: ReadableParty
    customer: ReadableParty | None
    lines: tuple[ReadableLine, ...]
    sums: tuple[Sum, ...]
    payable: Decimal
    in_words: str
    sections: tuple[Section, ...]
    notes: str | None

"""Values that cross the port between SmartBill and a tax authority.

Everything here is frozen, country-neutral and free of Django. Money is `Decimal`, in the document's currency;
field names are those of the public API, so that the path of a `Fault` is a pointer into the caller's body.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

# Part of these values: whoever reads a draft imports its faults from here.
from hacienda.faults import Fault as Fault
from hacienda.faults import Invalid as Invalid
from hacienda.faults import Path as Path


class Environment(StrEnum):
    """Where a document goes: the built-in sandbox, the authority's test system, or production."""

    SANDBOX = "sandbox"
    TEST = "test"
    LIVE = "live"


class Taxation(StrEnum):
    """How the sale of a line is treated by the value added tax."""

    TAXED = "taxed"
    EXEMPT = "exempt"
    NOT_SUBJECT = "not_subject"
    NOT_TAXED = "not_taxed"  # a charge or credit outside the tax base: a tip, a deposit, an applied balance


class ItemKind(StrEnum):
    GOODS = "goods"
    SERVICE = "service"
    BOTH = "both"


class Condition(StrEnum):
    CASH = "cash"
    CREDIT = "credit"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Address:
    department: str
    municipality: str
    district: str
    line: str


@dataclass(frozen=True, slots=True)
class Party:
    """The other side of a document as the caller gave it; what is None may be derived."""

    name: str | None = None
    tax_id: str | None = None
    id_type: str | None = None
    registration: str | None = None
    activity: str | None = None
    trade_name: str | None = None
    address: Address | None = None
    phone: str | None = None
    email: str | None = None
    country: str | None = None
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues, as registered, and from which establishment and point of sale (the authority's codes)."""

    tax_id: str
    registration: str
    name: str
    activity: str
    trade_name: str | None
    address: Address
    phone: str
    email: str
    establishment: str
    point_of_sale: str


@dataclass(frozen=True, slots=True)
class ExtraTax:
    """A specific tax of a line beside value added tax; `amount` only where no rate is laid down."""

    code: str
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One line. `discount` is the amount taken off the whole line, on the same tax basis as `price`."""

    description: str
    price: Decimal
    quantity: Decimal = Decimal(1)
    code: str | None = None
    unit: int | None = None
    kind: ItemKind = ItemKind.GOODS
    discount: Decimal = Decimal(0)
    tax: Taxation = Taxation.TAXED
    extra_taxes: tuple[ExtraTax, ...] = ()
    suggested_price: Decimal = Decimal(0)
    related: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    code: str | None = None
    amount: Decimal | None = None
    reference: str | None = None
    term: str | None = None
    period: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    condition: Condition = Condition.CASH
    methods: tuple[PaymentMethod, ...] = ()


@dataclass(frozen=True, slots=True)
class Related:
    """A document referred to: by generation code (electronic) or by printed number (paper)."""

    type_code: str
    number: str
    electronic: bool
    issued_on: date


@dataclass(frozen=True, slots=True)
class ThirdParty:
    """On whose behalf the sale is made."""

    name: str
    tax_id: str | None = None
    domiciled: bool = True


@dataclass(frozen=True, slots=True)
class Doctor:
    name: str | None = None
    tax_id: str | None = None
    id_number: str | None = None
    service: int | None = None


@dataclass(frozen=True, slots=True)
class AssociatedDocument:
    code: int
    description: str | None = None
    detail: str | None = None
    doctor: Doctor | None = None


@dataclass(frozen=True, slots=True)
class AppendixEntry:
    field: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class GlobalDiscount:
    """Discounts of the whole document by class of sale, on the same tax basis as the prices."""

    taxed: Decimal = Decimal(0)
    exempt: Decimal = Decimal(0)
    not_subject: Decimal = Decimal(0)
    percentage: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class OwnOutage:
    """Why the issuer itself could not issue through SmartBill, and when: a reason of the authority's catalogue."""

    reason: int
    began_at: datetime  # aware, like the other
    ended_at: datetime
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a caller asks to be issued, parsed but not yet judged. `type_code` is the authority's own.

    `unread` are the places of the caller's body that could not be read at all; what stands there was left out or
    filled. Such a draft can be judged, so that every fault comes in one answer, but never issued.
    """

    type_code: str
    items: tuple[Item, ...]
    customer: Party | None = None
    payment: Payment = Payment()
    related: tuple[Related, ...] = ()
    associated_documents: tuple[AssociatedDocument, ...] = ()
    third_party_sale: ThirdParty | None = None
    prices_include_tax: bool | None = None
    global_discount: GlobalDiscount = GlobalDiscount()
    vat_withheld: bool = False
    vat_perceived: bool = False
    credit_balance: Decimal = Decimal(0)
    electronic_payment_number: str | None = None
    expected_total: Decimal | None = None
    notes: str | None = None
    appendix: tuple[AppendixEntry, ...] = ()
    contingency: OwnOutage | None = None
    unread: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Manner:
    """How a document is issued: normally (reason None) or in contingency for a reason of the catalogue."""

    reason: int | None = None
    note: str | None = None

    @property
    def is_contingency(self) -> bool:
        return self.reason is not None


NORMAL = Manner()


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes one document that document: assigned once, kept through every sealing of it."""

    environment: Environment
    generation_code: str
    control_number: str
    issued_at: datetime  # aware


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of a document, each at two decimals. Refuses to exist if its parts do not add up."""

    taxed: Decimal
    exempt: Decimal
    not_subject: Decimal
    not_taxed: Decimal
    discount: Decimal  # line and global discounts together, informative
    tax: Decimal  # value added tax, inside or on top of `taxed` as the type has it
    other_taxes: Decimal
    withheld: Decimal
    perceived: Decimal
    total: Decimal
    payable: Decimal
    in_words: str

    def __post_init__(self) -> None:
        expected = self.total - self.withheld + self.perceived + self.not_taxed
        if self.payable != max(expected, Decimal("0.00")):
            raise ValueError(f"payable {self.payable} is not {expected}")

    def amounts(self) -> Iterator[tuple[str, Decimal]]:
        for name in self.__slots__:
            if name != "in_words":
                yield name, getattr(self, name)


@dataclass(frozen=True, slots=True)
class PreparedItem:
    """A line as it will be printed, on the document's own tax basis."""

    description: str
    quantity: Decimal
    price: Decimal
    discount: Decimal
    amount: Decimal
    tax: Taxation
    kind: str
    code: str | None
    unit: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """A draft that was completed, checked and computed; only its identity and the signature are missing.

    `body` is the authority's document without identification (JSON-ready, amounts as Decimal).
    """

    type_code: str
    version: int
    totals: Totals
    items: tuple[PreparedItem, ...]
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Sealed:
    """The exact text that was signed and its signature; neither ever changes."""

    payload: str
    signature: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the authority's client needs in order to submit a sealed document or to ask about it."""

    environment: Environment
    type_code: str
    version: int
    generation_code: str
    tax_id: str
    signature: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Login:
    """Credentials of one issuer in one environment, and where the authority answers for it."""

    environment: Environment
    base_url: str
    tax_id: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    id_type: str
    id_number: str


@dataclass(frozen=True, slots=True)
class IssuedDocument:
    """What a later event needs to know of a document that the authority has stamped."""

    type_code: str
    generation_code: str
    control_number: str
    received_stamp: str
    stamped_at: datetime
    issued_at: datetime
    payload: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class InvalidationDraft:
    """The wish to invalidate a stamped document. `kind` is error, rescinded or other."""

    document: IssuedDocument
    kind: str
    reason: str | None
    requested_by: Person
    responsible: Person
    replacement: IssuedDocument | None = None


@dataclass(frozen=True, slots=True)
class ReportedDocument:
    """A document that was issued in contingency, as the event lists it."""

    type_code: str
    generation_code: str


@dataclass(frozen=True, slots=True)
class OutageReport:
    """What the contingency event of one establishment tells: why, from when until when, and what was issued then.

    `reason` is the authority's own code, as in `Manner`; both times are aware.
    """

    issuer: Issuer
    responsible: Person
    reason: int
    note: str | None
    began_at: datetime
    ended_at: datetime
    documents: tuple[ReportedDocument, ...]


@dataclass(frozen=True, slots=True)
class BatchEnvelope:
    """Sealed documents of one issuer that are sent together. `sending_id` is ours: a UUID v4 in capitals."""

    environment: Environment
    tax_id: str
    sending_id: str
    signatures: tuple[str, ...] = field(repr=False)

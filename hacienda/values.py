"""Values that cross the port between SmartBill and a tax authority.

Everything here is frozen, country-neutral and free of Django. Money is `Decimal`, in the document's currency.
What a caller asks for is in `hacienda.drafts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from hacienda.drafts import Address, Party, Taxation, ThirdParty

# Part of these values: whoever reads a draft imports its faults from here.
from hacienda.faults import Fault as Fault
from hacienda.faults import Invalid as Invalid
from hacienda.faults import Path as Path


class Environment(StrEnum):
    """Where a document goes: the built-in sandbox, the authority's test system, or production."""

    SANDBOX = "sandbox"
    TEST = "test"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class ExportDefaults:
    """What an exporter uses as a rule: codes of the authority's catalogues."""

    customs_post: str | None = None
    regime_type: str | None = None
    regime: str | None = None
    incoterm: str | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """What allows an entity to take donations: the number of the authority's resolution, and what it is."""

    number: str
    description: str


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
    export: ExportDefaults = ExportDefaults()
    donation_resolution: Resolution | None = None
    responsible: Person | None = None  # who hands documents over where nobody else is named
    id_type: str | None = None  # the authority's code of what `tax_id` is; None where its form tells
    system_provider: str = ""  # the tax id of whose software issues; the issuer's own for none


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
    """What makes one document that document: assigned once, kept through every sealing of it.

    `control_number` is empty for what the authority does not number.
    """

    environment: Environment
    generation_code: str
    control_number: str
    issued_at: datetime  # aware


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of a document, each at the decimals of its country. Refuses to exist if its parts do not add up."""

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
    unit: int  # 0 where `measure` says it
    measure: str = ""  # the unit of a country whose units are no numbers


@dataclass(frozen=True, slots=True)
class Prepared:
    """A draft that was completed, checked and computed; only its identity and the signature are missing.

    `body` is the authority's document without identification (JSON-ready, amounts as Decimal), `head` are members
    of the identification that are known already. `customer` is the other side, completed; `references` are the
    documents that this one refers to, `third_party` is on whose behalf the sale is made.
    """

    type_code: str
    version: int
    totals: Totals
    items: tuple[PreparedItem, ...]
    body: Mapping[str, object]
    head: Mapping[str, object] = field(default_factory=dict)
    customer: Party | None = None
    references: tuple[Reference, ...] = ()
    third_party: ThirdParty | None = None
    currency: str = ""  # ISO 4217, of every amount; empty for the country's own


@dataclass(frozen=True, slots=True)
class Reference:
    """A document that another one refers to; `adjusts` where it takes from or adds to its amounts."""

    type_code: str
    number: str
    electronic: bool
    adjusts: bool = False


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
    callback_url: str = ""  # where an authority that judges later may say that it has; a secret between the two of us


@dataclass(frozen=True, slots=True)
class Login:
    """Credentials of one issuer in one environment, and where the authority answers for it."""

    environment: Environment
    base_url: str
    tax_id: str
    password: str = field(repr=False)
    user: str = ""  # where it is not the tax number
    idp_url: str = ""  # where logins go, if elsewhere


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
    """The wish to invalidate a stamped document. `kind` is error, rescinded or other.

    `issuer` is who and from where issued it, for what does not say all of that itself.
    """

    document: IssuedDocument
    kind: str
    reason: str | None
    requested_by: Person
    responsible: Person
    replacement: IssuedDocument | None = None
    issuer: Issuer | None = None


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

"""What a caller asks to be issued, parsed but not yet judged. Frozen, country-neutral and free of Django.

Money is `Decimal`, in the document's currency; field names are those of the public API, so that the path of a
`Fault` is a pointer into the caller's body. Codes are those of the authority's catalogues.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from hacienda.faults import Path

# Parts of a draft: whoever writes one imports them from here.
from hacienda.line_parts import CommercialCode as CommercialCode
from hacienda.line_parts import Discount as Discount
from hacienda.line_parts import Exemption as Exemption
from hacienda.line_parts import ExtraTax as ExtraTax
from hacienda.line_parts import Medicine as Medicine
from hacienda.line_parts import PaperRange as PaperRange


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
    """Where somebody is: codes or names of the authority's places, empty for what follows from the district.

    Abroad only `line` is filled.
    """

    department: str = ""
    municipality: str = ""
    district: str = ""
    line: str = ""


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
    person: str | None = None  # natural or company
    domiciled: bool | None = None
    goods_title: str | None = None  # under which title the goods of a delivery note change hands
    establishment_kind: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One line. `discount` is the amount taken off the whole line, on the same tax basis as `price`.

    What is None is taken from line `line` of the document that is adjusted, or has the default of its type.
    """

    description: str | None = None
    price: Decimal | None = None
    quantity: Decimal | None = None
    code: str | None = None
    unit: int | None = None
    kind: ItemKind | None = None
    discount: Decimal | None = None
    tax: Taxation | None = None
    extra_taxes: tuple[ExtraTax, ...] = ()
    suggested_price: Decimal = Decimal(0)
    related: str | None = None  # the number of the related document that the line belongs to
    line: int | None = None  # of that document, from 1
    donation: str | None = None  # cash, goods or service
    depreciation: Decimal = Decimal(0)
    paper: PaperRange | None = None
    free_of_charge: bool = False  # sent along for nothing: `price` is what it is worth
    cabys: str | None = None  # Costa Rica's code of the good or service, 13 digits
    measure: str | None = None  # the unit where the authority's units are no numbers
    commercial_unit: str | None = None  # the unit in the seller's own words
    tax_rate: str | None = None  # the authority's code of the rate; decides over `tax`
    vat_code: str | None = None  # which value added tax, where a special one is laid on the line
    vat_factor: Decimal | None = None  # what such a one is computed by
    taxable_base: Decimal | None = None  # where it is not the sale itself
    factory_vat: str | None = None  # the authority's code of a tax collected at the factory
    exemption: Exemption | None = None
    discounts: tuple[Discount, ...] = ()  # instead of `discount`
    commercial_codes: tuple[CommercialCode, ...] = ()  # beside `code`
    tariff_heading: str | None = None  # of exported goods, 12 digits
    transaction: str | None = None  # the authority's code of what kind of sale it is
    serials: tuple[str, ...] = ()  # of vehicles and the like
    medicine: Medicine | None = None


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    code: str | None = None
    amount: Decimal | None = None
    reference: str | None = None
    term: str | None = None
    period: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """How it is paid. `code` is the authority's own condition and decides over `condition`; `days` are of credit."""

    condition: Condition = Condition.CASH
    methods: tuple[PaymentMethod, ...] = ()
    code: str | None = None
    days: int | None = None
    description: str | None = None  # which condition it is where it is another one


@dataclass(frozen=True, slots=True)
class Original:
    """A document of the issuer's own that another one refers to, as it stands now.

    `adjustments` are the payloads of those that adjust it already and are in force or on their way, each under its
    generation code; `settlements` likewise of those that settle it, filled only for a document that settles too.
    """

    payload: str = field(repr=False)
    is_stamped: bool
    is_invalidated: bool
    adjustments: Mapping[str, str] = field(default_factory=dict, repr=False)
    settlements: Mapping[str, str] = field(default_factory=dict, repr=False)
    customer_address: Address | None = None  # as it was given: older schemas leave a part of it out


@dataclass(frozen=True, slots=True)
class Related:
    """A document referred to: by generation code (electronic) or by printed number (paper).

    `original` is filled where it is the issuer's own; `selected` where the draft's period found it, not the caller.
    The rest is for documents that were issued elsewhere and of which the law needs more than their number: amounts
    without value added tax.
    """

    type_code: str
    number: str
    electronic: bool
    issued_on: date
    original: Original | None = None
    description: str | None = None
    taxable: Decimal | None = None
    exempt: Decimal | None = None
    not_subject: Decimal | None = None
    exported: Decimal | None = None
    perceived: Decimal | None = None
    withholding: str | None = None  # the authority's code of the withholding
    withheld: Decimal | None = None
    invalidated: bool = False
    selected: bool = False
    issued_at: datetime | None = None  # aware, where the moment is known and not only the day
    reference_code: str | None = None  # why it is referred to, a code of the authority
    reference_description: str | None = None  # the same in words, where the code says "other"
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class OtherCharge:
    """What is charged beside the lines and outside the tax base: a stamp, service, what a third party collects.

    `amount`, or `percentage` of what the lines come to without tax. `type` is a code of the authority.
    """

    type: str
    description: str
    amount: Decimal | None = None
    percentage: Decimal | None = None
    type_description: str | None = None  # which charge it is where the type says "other"
    third_party: Party | None = None  # for whom it is collected


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
class ThirdPartyPurchase:
    """On whose behalf the goods are bought."""

    name: str
    id_number: str


@dataclass(frozen=True, slots=True)
class Transport:
    """How exported goods travel: `mode` is a code of the authority's catalogue."""

    mode: int | None = None
    plates: str | None = None
    driver: str | None = None
    driver_id: str | None = None


@dataclass(frozen=True, slots=True)
class AssociatedDocument:
    code: int
    description: str | None = None
    detail: str | None = None
    doctor: Doctor | None = None
    transport: Transport | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """What an export adds to a sale; what is None is the issuer's default."""

    customs_post: str | None = None
    regime_type: str | None = None
    regime: str | None = None
    incoterm: str | None = None
    freight: Decimal = Decimal(0)
    insurance: Decimal = Decimal(0)
    free_of_charge: Decimal = Decimal(0)  # what goods sent along for nothing are worth, if no line names them


@dataclass(frozen=True, slots=True)
class Period:
    """Days, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Liquidation:
    """What an acquirer settles with an affiliate: gross takings, and what it keeps of them.

    `not_perceived` is the part of `gross` of which no tax is kept: tips, exempt sales. `fee` is without tax.
    """

    period: Period
    gross: Decimal
    not_perceived: Decimal = Decimal(0)
    not_perceived_description: str | None = None
    fee: Decimal | None = None
    fee_percentage: Decimal = Decimal(0)
    code: str | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """Who hands a document over for the issuer."""

    name: str | None = None
    id_number: str | None = None
    employee_code: str | None = None


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
    items: tuple[Item, ...] = ()
    customer: Party | None = None
    payment: Payment = Payment()
    related: tuple[Related, ...] = ()
    associated_documents: tuple[AssociatedDocument, ...] = ()
    third_party_sale: ThirdParty | None = None
    prices_include_tax: bool | None = None
    taxes_shown: bool | None = None  # whether a delivery note says what taxes a sale of the goods would bear
    global_discount: GlobalDiscount = GlobalDiscount()
    vat_withheld: bool = False
    vat_perceived: bool = False
    credit_balance: Decimal = Decimal(0)
    electronic_payment_number: str | None = None
    expected_total: Decimal | None = None
    notes: str | None = None
    appendix: tuple[AppendixEntry, ...] = ()
    export: Export | None = None
    third_party_purchase: ThirdPartyPurchase | None = None
    income_tax_withheld: bool | None = None
    period: Period | None = None
    liquidation: Liquidation | None = None
    extension: Extension | None = None
    merged_company: str | None = None  # the tax id of an absorbed company that the issuer acts for
    contingency: OwnOutage | None = None
    activity: str | None = None  # of the issuer's activities the one that the document is of
    currency: str | None = None  # ISO 4217; the country's own for None
    exchange_rate: Decimal | None = None  # units of the country's currency for one of `currency`
    other_charges: tuple[OtherCharge, ...] = ()
    unread: tuple[Path, ...] = ()

"""The port: what SmartBill asks of a country's tax authority. A Protocol, not a base class."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from hacienda.catalogs import Catalogs
from hacienda.certificates import Certificate, SigningKey
from hacienda.clocks import CLOCKS, Clock
from hacienda.drafts import Address, Draft
from hacienda.explanation import Explanation
from hacienda.inbox import Inbox
from hacienda.readable import Readable
from hacienda.values import (
    NORMAL,
    BatchEnvelope,
    Envelope,
    Environment,
    Identity,
    InvalidationDraft,
    IssuedDocument,
    Issuer,
    Login,
    Manner,
    OutageReport,
    Prepared,
    Sealed,
)
from hacienda.verdicts import Absent, Advice, Answer, BatchResults, Received, Rejected, Unknown, Verdict
from hacienda.vocabulary import Vocabulary

# The events that have schema versions of their own, as `Rules.event_versions` and a merchant's settings name them.
INVALIDATION: Final = "invalidation"
CONTINGENCY: Final = "contingency"


@dataclass(frozen=True, slots=True)
class ContingencyRules:
    """Dated facts of issuing while the authority cannot be reached, and of making up for it afterwards."""

    types: frozenset[str]  # the types that may be issued in contingency
    except_versions: frozenset[tuple[str, int]]  # versions of those types that may not
    reasons: dict[str, int]  # public name of a reason -> the authority's code
    event_term: timedelta | None  # from the end of the outage until the event is sent at the latest; None: no events
    documents_term: timedelta  # from the event's stamp until its documents are sent at the latest
    documents_per_event: int
    documents_per_batch: int
    judged_within: dict[Environment, timedelta]  # how long a batch that arrived may be unknown by its documents
    longest_probe_pause: timedelta  # between two trials whether the authority is back
    when_late: str  # what to do about documents that are late: an English template
    sends_on_recovery: bool = False  # what the authority's own outage held up goes at once, whatever the setting
    seals_anew: bool = True  # whether what was sealed for a normal sending must say that it goes in contingency
    long_outage: timedelta = timedelta(days=4)  # one that lasts longer asks for a report
    report_term: timedelta = timedelta(hours=48)  # after that, until the report is handed in

    @property
    def has_events(self) -> bool:
        """Whether the authority is told of an outage before its documents may be sent."""
        return self.event_term is not None

    @property
    def has_batches(self) -> bool:
        """Whether documents are sent together; else each goes and is judged by itself."""
        return self.documents_per_batch > 1

    def allow(self, type_code: str, version: int) -> bool:
        """Whether a document of that type and schema version may be issued in contingency."""
        return type_code in self.types and (type_code, version) not in self.except_versions


class NumberScope(StrEnum):
    """What one series of numbers is of, beside its merchant and environment."""

    ESTABLISHMENT = "establishment"
    TYPE = "type"  # of an establishment
    POINT_OF_SALE = "point_of_sale"  # and of a type


@dataclass(frozen=True, slots=True)
class Places:
    """How the authority writes the codes of establishments and points of sale: patterns of the whole code.

    `levels` are the public names of the catalogues that an address's department, municipality and district are of.
    """

    establishment: str
    point_of_sale: str
    first: tuple[str, str]  # the codes that a taxpayer with one of each has
    levels: tuple[str, str, str] = ("departments", "municipalities", "districts")


@dataclass(frozen=True, slots=True)
class Taxpayers:
    """How taxpayers are told apart: a pattern of the bare number, and whether a registration goes with it.

    `has_user`: whether they log in by a name of its own beside the password; `other_users` are patterns of names that
    belong to another environment.
    """

    tax_id: str = r"[0-9]+"
    has_registration: bool = True
    has_user: bool = False
    other_users: Mapping[Environment, str] = field(default_factory=dict)

    def is_of_another(self, environment: Environment, user: str) -> bool:
        """Whether the name is clearly one for another environment."""
        pattern = self.other_users.get(environment)
        return pattern is not None and re.search(pattern, user.casefold()) is not None


@dataclass(frozen=True, slots=True)
class XmlFiles:
    """How the files are called that are handed over where documents are XML; `{code}` is the generation code.

    `receipt` is what the authority signed about a document. It is a text and no code to be printed, so that readable
    versions tell when the authority answered and show no stamp.
    """

    document: str
    receipt: str


@dataclass(frozen=True, slots=True)
class Numbering:
    """How documents are numbered. `scopes` are those that a taxpayer may choose from, the usual one first."""

    scopes: tuple[NumberScope, ...]
    is_yearly: bool  # whether every series begins anew with the year
    highest: int  # the last number that a control number has room for

    def year(self, issued_at: datetime) -> int:
        """The year of the series of a document issued then (local time); 0 where one series goes on for ever."""
        return issued_at.year if self.is_yearly else 0


@dataclass(frozen=True, slots=True)
class Rules:
    """Dated facts of a country that other floors need."""

    zone: ZoneInfo
    currency: str
    names: dict[str, str]  # public name of a type -> the authority's code
    versions: dict[str, tuple[int, ...]]  # type code -> schema versions that can be sent, newest first
    event_versions: dict[str, tuple[int, ...]]  # the same of INVALIDATION and CONTINGENCY
    unnumbered: frozenset[str]  # type codes of what the authority gives no control number
    id_types: dict[str, str]  # the authority's code of an identity document -> its name, the usual ones first
    correction_term: timedelta  # after a rejection, how long the same generation code may be corrected
    total_places: int
    item_places: int
    identification_threshold: Decimal
    contingency: ContingencyRules
    most_settled: int  # documents that one settlement can list
    # A type that settles sales made for a third party, or that pays them -> the types that it settles.
    settles: dict[str, frozenset[str]]
    places: Places
    numbering: Numbering
    vocabulary: Vocabulary
    taxpayers: Taxpayers = Taxpayers()
    xml_files: XmlFiles | None = None  # None where documents are JSON, and the authority gives a stamp to be printed
    own_fields: frozenset[str] = frozenset()  # of a body: what not every country has, as in `items.cabys`
    # Where an authority judges later what it received: how long to wait for it, from one question to the next.
    polling: dict[Environment, tuple[timedelta, ...]] = field(default_factory=dict)
    # The type that takes back a whole document, where that is what an invalidation is; None where it is an event.
    voided_by: str | None = None
    test_access: timedelta | None = None  # how long credentials for the authority's tests last; None for ever
    # Clocks that begin with something else here, or end otherwise, than those of `hacienda.clocks`, by their names.
    clocks: Mapping[str, Clock] = field(default_factory=dict)

    def clock(self, name: str) -> Clock:
        """A legal clock as this country has it."""
        return self.clocks.get(name) or CLOCKS[name]

    def type_name(self, code: str) -> str:
        """The public name of a type; its code where it has none."""
        return next((name for name, known in self.names.items() if known == code), code)


@dataclass(frozen=True, slots=True)
class Term:
    """Until when something may be done, and why."""

    name: str
    until: datetime


class ContingencyDesk(Protocol):
    """Where an authority takes what was issued while it could not be reached: first the event, then the documents.

    Network calls return what came back or raise `hacienda.errors.NoAnswer`, as those of `Authority` do.
    """

    def seal_report(
        self,
        report: OutageReport,
        *,
        environment: Environment,
        generation_code: str,
        at: datetime,
        key: SigningKey,
        version: int = ...,
    ) -> Sealed:
        """Pure. Check, build and sign the event; raises `Invalid` with every fault. `at` is the time of sending.

        `version` is one of `Rules.event_versions`, by default the newest.
        """

    def report(self, sealed: Sealed, login: Login) -> Verdict:
        """Network. Send an event once: `Accepted` with the event's stamp, `Rejected` or `Unknown`.

        `Rejected.already_done` where this very event is there already.
        """

    def submit_batch(self, batch: BatchEnvelope, login: Login) -> Received | Rejected | Unknown:
        """Network. Send a batch once. A `Rejected` is of the batch as a whole: none of its documents was judged."""

    def read_batch(self, code: str, documents: Sequence[Envelope], login: Login) -> BatchResults | Absent | Unknown:
        """Network. What became of `documents` so far; `Absent` where the authority clearly has no such batch."""


class Authority(Protocol):
    """Pure where it says so; `submit`, `ask` and `invalidate` go over the network.

    Network calls return a Verdict or raise `hacienda.errors.NoAnswer`; they never retry by themselves
    except for one new login after a refused token.
    """

    country: str
    name: str  # the country's, as it calls itself
    rules: Rules

    @property
    def contingency(self) -> ContingencyDesk | None:
        """None where the country has no contingency."""

    @property
    def inbox(self) -> Inbox | None:
        """None where the authority is not told what becomes of documents that were received."""

    @property
    def catalogs(self) -> Catalogs:
        """The authority's lists of codes."""

    def locate(self, address: Address) -> Address:
        """Pure. The same address in the authority's codes, with what follows from the smallest place filled in.

        Raises `Invalid` with every fault of its places; paths name the address's own fields.
        """

    def check_contact(self, *, phone: str, email: str) -> None:
        """Pure. Raises `Invalid` for an issuer's telephone or e-mail that documents cannot tell; empty ones pass."""

    def prepare(self, draft: Draft, issuer: Issuer, *, version: int, at: datetime, now: datetime) -> Prepared:
        """Pure. Complete, check and compute; raises `Invalid` with every fault. `at` is the time of issue."""

    def seal(self, prepared: Prepared, identity: Identity, key: SigningKey, manner: Manner = NORMAL) -> Sealed:
        """Pure. Add the identification and sign."""

    def reseal(self, payload: str, key: SigningKey, manner: Manner) -> Sealed:
        """Pure. The same document issued in another manner, signed anew; nothing else of it changes.

        Not asked where `ContingencyRules.seals_anew` is false. `payload` is that of a `Sealed`. Raises `Invalid`
        where the document cannot be issued in that manner.
        """

    def identify(
        self,
        prepared: Prepared,
        *,
        environment: Environment,
        tax_id: str,
        establishment: str,
        point_of_sale: str,
        number: int | None,
        issued_at: datetime,
        manner: Manner = NORMAL,
    ) -> Identity:
        """What makes a new document that document; `number` is None for what has none. `tax_id` is the issuer's."""

    def new_code(self) -> str:
        """A code that nobody has used, for an event or a sending: the authority's form of identity."""

    def codes_in(self, payload: str) -> frozenset[str]:
        """Pure. Every such code that a sealed text mentions, its own included."""

    def control_number(self, type_code: str, establishment: str, point_of_sale: str, sequence: int) -> str:
        """Pure. The authority's form of a number."""

    def preview(self, prepared: Prepared, environment: Environment, at: datetime) -> str:
        """Pure. The document without number or signature, as a JSON value: a text where documents are no JSON."""

    def explain(self, draft: Draft, payload: str) -> Explanation:
        """Pure. Where each figure of the document comes from; `payload` is its text, a preview's too."""

    def delivered(self, sealed: Sealed, stamp: str | None, receipt: str = "") -> str:
        """Pure. The file that the customer receives, in JSON; `receipt` is what the authority signed about it."""

    def xml(self, sealed: Sealed) -> str | None:
        """Pure. The file that the customer receives where documents are XML; None where they are not."""

    def read(self, payload: str, environment: Environment) -> Readable:
        """Pure. A sealed payload as a person reads it."""

    def public_query_url(self, environment: Environment, generation_code: str, issued_on: date) -> str:
        """Pure. Where anybody can verify the document: the content of the printed QR.

        Empty where there is no such place yet; then room is left for the code.
        """

    def make_certificate(
        self, *, tax_id: str, name: str, registration: str, email: str, password: str, now: datetime
    ) -> bytes:
        """A self-made signing file in the authority's form, for the sandbox."""

    def read_certificate(self, content: bytes, password: str, *, tax_id: str, now: datetime) -> Certificate:
        """Pure. Open and check a signing file; raises `CertificateError`."""

    def load_key(self, pkcs8: bytes, certificate: bytes) -> SigningKey:
        """A key that was fully checked when it was first read; `certificate` is that file's `certificate_der`."""

    def submit(self, envelope: Envelope, login: Login) -> Verdict:
        """Network. Send once."""

    def log_in(self, login: Login) -> None:
        """Network. Log in anew, to see whether the authority answers; raises `NoAnswer`."""

    def knock(self, environment: Environment, base_url: str) -> None:
        """Network. Whether reception answers at all, asked by nobody in particular; raises `Unreachable`."""

    def ask(self, envelope: Envelope, login: Login) -> Verdict:
        """Network. Ask what became of a document; `Absent` only for a clear negative."""

    def sending_due(self, issued_at: datetime) -> datetime:
        """Pure. Until when what was issued in an outage must be sent, where no event is reported before it."""

    def rejection(self, envelope: Envelope, evidence: Answer) -> Rejected | None:
        """Pure. The refusal that a kept answer is, read again; None where it is none."""

    def advice(self, type_code: str, version: int, code: str, message: str, observations: Sequence[str]) -> Advice:
        """Pure. What a rejection of a document means, from the authority's own words, and what to do about it."""

    def event_advice(self, event: str, payload: str, code: str, message: str, observations: Sequence[str]) -> Advice:
        """Pure. The same of an event, INVALIDATION or CONTINGENCY; `payload` is that of its `Sealed`."""

    def invalidation_term(self, document: IssuedDocument) -> Term:
        """Pure. The last moment at which the document can be invalidated."""

    def seal_invalidation(
        self,
        draft: InvalidationDraft,
        *,
        environment: Environment,
        generation_code: str,
        at: datetime,
        key: SigningKey,
        version: int = ...,
    ) -> Sealed:
        """Pure. Check terms and preconditions, build and sign the event; raises `Invalid`.

        `version` is one of `Rules.event_versions`, by default the newest.
        """

    def invalidate(self, sealed: Sealed, login: Login) -> Verdict:
        """Network. Send an invalidation event once."""

    def replacing(self, draft: Draft, type_code: str, generation_code: str, issued_at: datetime) -> Draft:
        """Pure. The draft of a document that takes the place of a rejected one, which it may have to name."""

    def voiding(self, document: IssuedDocument, reason: str | None) -> Draft:
        """Pure. The draft that takes the whole document back, of type `Rules.voided_by`; only where there is such.

        What is of that type itself is taken back by one of the opposite type.
        """

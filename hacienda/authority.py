"""The port: what SmartBill asks of a country's tax authority. A Protocol, not a base class."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from hacienda.certificates import Certificate
from hacienda.readable import Readable
from hacienda.values import (
    NORMAL,
    Draft,
    Envelope,
    Environment,
    Identity,
    InvalidationDraft,
    IssuedDocument,
    Issuer,
    Login,
    Manner,
    Prepared,
    Sealed,
)
from hacienda.verdicts import Answer, Rejected, Verdict


@dataclass(frozen=True, slots=True)
class Rules:
    """Dated facts of a country that other floors need."""

    zone: ZoneInfo
    currency: str
    names: dict[str, str]  # public name of a type -> the authority's code
    versions: dict[str, tuple[int, ...]]  # type code -> schema versions that can be sent, newest first
    id_types: dict[str, str]  # the authority's code of an identity document -> its name, the usual ones first
    correction_term: timedelta  # after a rejection, how long the same generation code may be corrected
    total_places: int
    item_places: int
    identification_threshold: Decimal

    def type_name(self, code: str) -> str:
        """The public name of a type; its code where it has none."""
        return next((name for name, known in self.names.items() if known == code), code)


@dataclass(frozen=True, slots=True)
class Term:
    """Until when something may be done, and why."""

    name: str
    until: datetime


class Authority(Protocol):
    """Pure where it says so; `submit`, `ask` and `invalidate` go over the network.

    Network calls return a Verdict or raise `hacienda.errors.NoAnswer`; they never retry by themselves
    except for one new login after a refused token.
    """

    country: str
    rules: Rules

    def prepare(self, draft: Draft, issuer: Issuer, *, version: int, at: datetime, now: datetime) -> Prepared:
        """Pure. Complete, check and compute; raises `Invalid` with every fault. `at` is the time of issue."""

    def seal(self, prepared: Prepared, identity: Identity, key: RSAPrivateKey, manner: Manner = NORMAL) -> Sealed:
        """Pure. Add the identification and sign."""

    def control_number(self, type_code: str, establishment: str, point_of_sale: str, sequence: int) -> str:
        """Pure. The authority's form of a number."""

    def preview(self, prepared: Prepared, environment: Environment, at: datetime) -> str:
        """Pure. The document's text without number or signature."""

    def delivered(self, sealed: Sealed, stamp: str | None) -> str:
        """Pure. The file that the customer receives."""

    def read(self, payload: str) -> Readable:
        """Pure. A sealed payload as a person reads it."""

    def public_query_url(self, environment: Environment, generation_code: str, issued_on: date) -> str:
        """Pure. Where anybody can verify the document: the content of the printed QR."""

    def make_certificate(
        self, *, tax_id: str, name: str, registration: str, email: str, password: str, now: datetime
    ) -> bytes:
        """A self-made signing file in the authority's form, for the sandbox."""

    def read_certificate(self, content: bytes, password: str, *, tax_id: str, now: datetime) -> Certificate:
        """Pure. Open and check a signing file; raises `CertificateError`."""

    def load_key(self, pkcs8: bytes) -> RSAPrivateKey:
        """A key that was fully checked when it was first read."""

    def submit(self, envelope: Envelope, login: Login) -> Verdict:
        """Network. Send once."""

    def ask(self, envelope: Envelope, login: Login) -> Verdict:
        """Network. Ask what became of a document; `Absent` only for a clear negative."""

    def rejection(self, envelope: Envelope, evidence: Answer) -> Rejected | None:
        """Pure. The refusal that a kept answer is, read again; None where it is none."""

    def invalidation_term(self, document: IssuedDocument) -> Term:
        """Pure. The last moment at which the document can be invalidated."""

    def seal_invalidation(
        self,
        draft: InvalidationDraft,
        *,
        environment: Environment,
        generation_code: str,
        at: datetime,
        key: RSAPrivateKey,
    ) -> Sealed:
        """Pure. Check terms and preconditions, build and sign the event; raises `Invalid`."""

    def invalidate(self, sealed: Sealed, login: Login) -> Verdict:
        """Network. Send an invalidation event once."""

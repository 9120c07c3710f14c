"""Costa Rica behind the port: what the other floors see of this country."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from hacienda.authority import Rules, Term
from hacienda.certificates import Certificate, SigningKey
from hacienda.costarica import build, catalogs, clave, codes, contacts, explain, places, readable, rules
from hacienda.costarica.facts import REFERENCE_AGE, ZONE
from hacienda.costarica.inbox.desk import InboxDesk
from hacienda.costarica.rejections import remedies
from hacienda.costarica.rules import RULES
from hacienda.costarica.signature import certificate as certificates
from hacienda.costarica.signature.signing import sign
from hacienda.costarica.transport import answers
from hacienda.costarica.transport.client import Client
from hacienda.costarica.transport.desk import Desk
from hacienda.drafts import Address, Draft, Related
from hacienda.explanation import Explanation
from hacienda.readable import Readable
from hacienda.values import (
    NORMAL,
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
from hacienda.verdicts import Advice, Answer, Rejected, Verdict

_CLAVE: Final = re.compile(r"506[0-9]{6}[0-9A-Za-z]{12}[0-9]{20}[123][0-9]{8}", re.ASCII)
_SECURITY_DIGITS: Final = 8
_BY_NOTE: Final = "here a credit note takes a document back"


class CostaRica:
    """Implements `hacienda.authority.Authority`. One is enough for a process; it is safe between threads."""

    country: str = "CR"
    name: str = "Costa Rica"
    rules: Rules = RULES

    def __init__(self, client: Client | None = None) -> None:
        self._client = client or Client()
        self._desk = Desk(self._client)
        self._inbox = InboxDesk(self._client)

    @property
    def contingency(self) -> Desk:
        return self._desk

    @property
    def inbox(self) -> InboxDesk:
        return self._inbox

    @property
    def catalogs(self) -> catalogs.CatalogList:
        return catalogs.CATALOGS

    def locate(self, address: Address) -> Address:
        return places.located(address)

    def check_contact(self, *, phone: str, email: str) -> None:
        contacts.check(phone=phone, email=email)

    def prepare(self, draft: Draft, issuer: Issuer, *, version: int, at: datetime, now: datetime) -> Prepared:
        return build.prepare(draft, issuer, version=version, at=at, now=now)

    def seal(self, prepared: Prepared, identity: Identity, key: SigningKey, manner: Manner = NORMAL) -> Sealed:
        payload = build.finish(prepared, identity, manner)
        # Signed now, whenever it was issued; where the clock of the issue runs ahead, not before that.
        at = max(datetime.now(ZONE), identity.issued_at.astimezone(ZONE)).replace(microsecond=0)
        return Sealed(payload, sign(payload, key.private_key, key.certificate, at))

    def reseal(self, payload: str, key: SigningKey, manner: Manner) -> Sealed:
        raise LookupError("here the same bytes go later")

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
        if number is None:
            raise ValueError("every document of Costa Rica has a number")
        consecutivo = clave.consecutivo(establishment, point_of_sale, prepared.type_code, number)
        key = clave.make(
            issued_at=issued_at,
            tax_id=tax_id,
            consecutivo=consecutivo,
            situation=build.situation(manner),
            security=f"{secrets.randbelow(10**_SECURITY_DIGITS):0{_SECURITY_DIGITS}}",
        )
        return Identity(environment, key, consecutivo, issued_at)

    def new_code(self) -> str:
        return secrets.token_hex(16).upper()

    def codes_in(self, payload: str) -> frozenset[str]:
        return frozenset(_CLAVE.findall(payload))

    def control_number(self, type_code: str, establishment: str, point_of_sale: str, sequence: int) -> str:
        return clave.consecutivo(establishment, point_of_sale, type_code, sequence)

    def preview(self, prepared: Prepared, environment: Environment, at: datetime) -> str:
        return json.dumps(build.preview(prepared, environment, at), ensure_ascii=False)

    def explain(self, draft: Draft, payload: str) -> Explanation:
        return explain.explain(draft, payload)

    def delivered(self, sealed: Sealed, stamp: str | None, receipt: str = "") -> str:
        """Both XML texts in one JSON object, as they are handed over together: `xml` gives them by themselves."""
        head = readable.read(sealed.payload)
        members = {
            "clave": head.generation_code,
            "numeroConsecutivo": head.control_number,
            "comprobanteXml": sealed.signature,
            "respuestaXml": receipt or None,
        }
        return json.dumps(members, ensure_ascii=False, indent=1)

    def xml(self, sealed: Sealed) -> str | None:
        return sealed.signature

    def read(self, payload: str, environment: Environment) -> Readable:
        return readable.read(payload, is_test=environment != Environment.LIVE)

    def public_query_url(self, environment: Environment, generation_code: str, issued_on: date) -> str:
        return ""  # the printed code is suspended (RES, transitory provision III)

    def make_certificate(
        self, *, tax_id: str, name: str, registration: str, email: str, password: str, now: datetime
    ) -> bytes:
        return certificates.make(tax_id=tax_id, name=name, email=email, password=password, now=now)

    def read_certificate(self, content: bytes, password: str, *, tax_id: str, now: datetime) -> Certificate:
        return certificates.read(content, password, tax_id=tax_id, now=now)

    def load_key(self, pkcs8: bytes, certificate: bytes) -> SigningKey:
        return SigningKey(certificates.load_key(pkcs8), certificate)

    def submit(self, envelope: Envelope, login: Login) -> Verdict:
        return self._client.submit(envelope, login, callback_url=envelope.callback_url)

    def log_in(self, login: Login) -> None:
        self._client.log_in(login)

    def knock(self, environment: Environment, base_url: str) -> None:
        self._client.knock(base_url)

    def ask(self, envelope: Envelope, login: Login) -> Verdict:
        return self._client.ask(envelope, login)

    def sending_due(self, issued_at: datetime) -> datetime:
        return rules.sending_due(issued_at)

    def rejection(self, envelope: Envelope, evidence: Answer) -> Rejected | None:
        return answers.rejection(evidence)

    def advice(self, type_code: str, version: int, code: str, message: str, observations: Sequence[str]) -> Advice:
        return remedies.advice(type_code, version, code, message, observations)

    def event_advice(self, event: str, payload: str, code: str, message: str, observations: Sequence[str]) -> Advice:
        return remedies.advice(codes.CREDIT_NOTE, build.VERSION, code, message, observations)

    def invalidation_term(self, document: IssuedDocument) -> Term:
        """A note refers to a document of at most ten years."""
        return Term("note", document.issued_at + REFERENCE_AGE - timedelta(days=1))

    def seal_invalidation(
        self,
        draft: InvalidationDraft,
        *,
        environment: Environment,
        generation_code: str,
        at: datetime,
        key: SigningKey,
        version: int = 0,
    ) -> Sealed:
        raise LookupError(_BY_NOTE)

    def invalidate(self, sealed: Sealed, login: Login) -> Verdict:
        raise LookupError(_BY_NOTE)

    def replacing(self, draft: Draft, type_code: str, generation_code: str, issued_at: datetime) -> Draft:
        rejected = _referred(type_code, generation_code, issued_at, codes.REPLACES_REJECTED)
        if any(one.number == generation_code for one in draft.related):
            return draft
        return replace(draft, related=(*draft.related, rejected))

    def voiding(self, document: IssuedDocument, reason: str | None) -> Draft:
        original = _referred(document.type_code, document.generation_code, document.issued_at, codes.VOIDS)
        note = codes.DEBIT_NOTE if document.type_code == codes.CREDIT_NOTE else codes.CREDIT_NOTE
        return Draft(type_code=note, related=(replace(original, reason=reason),))


def _referred(type_code: str, generation_code: str, issued_at: datetime, code: str) -> Related:
    at = issued_at.astimezone(ZONE)
    return Related(
        type_code=type_code,
        number=generation_code,
        electronic=True,
        issued_on=at.date(),
        issued_at=at,
        reference_code=code,
    )

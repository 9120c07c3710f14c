"""El Salvador behind the port: what the other floors see of this country."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from hacienda.authority import Rules, Term
from hacienda.certificates import Certificate, SigningKey
from hacienda.drafts import Address, Draft
from hacienda.elsalvador import build, codes, explain, invalidation, readable, terms
from hacienda.elsalvador.blocks import fields, manners, places
from hacienda.elsalvador.catalog_list import CATALOGS, CatalogList
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.rejections import remedies
from hacienda.elsalvador.rules import RULES
from hacienda.elsalvador.transport import answers, certificate, jws
from hacienda.elsalvador.transport.certificate import load_key
from hacienda.elsalvador.transport.client import Client
from hacienda.elsalvador.transport.desk import Desk
from hacienda.elsalvador.transport.wire import environment_code
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

PUBLIC_QUERY: Final = "https://admin.factura.gob.sv/consultaPublica"


class ElSalvador:
    """Implements `hacienda.authority.Authority`. One is enough for a process; it is safe between threads."""

    country: str = "SV"
    name: str = "El Salvador"
    rules: Rules = RULES

    def __init__(self, client: Client | None = None) -> None:
        self._client = client or Client()
        self._desk = Desk(self._client)

    @property
    def contingency(self) -> Desk:
        return self._desk

    @property
    def inbox(self) -> None:
        """The DGII is told nothing about documents that were received."""
        return None

    @property
    def catalogs(self) -> CatalogList:
        return CATALOGS

    def locate(self, address: Address) -> Address:
        return places.located(address)

    def check_contact(self, *, phone: str, email: str) -> None:
        faults = Faults()
        fields.phone(phone, ("phone",), faults, required=False)
        fields.email(email, ("email",), faults, required=False)
        faults.refuse()

    def prepare(self, draft: Draft, issuer: Issuer, *, version: int, at: datetime, now: datetime) -> Prepared:
        return build.prepare(draft, issuer, version=version, at=at, now=now)

    def seal(self, prepared: Prepared, identity: Identity, key: SigningKey, manner: Manner = NORMAL) -> Sealed:
        payload = build.finish(prepared, identity, manner)
        return Sealed(payload, jws.sign(payload, key.private_key))

    def reseal(self, payload: str, key: SigningKey, manner: Manner) -> Sealed:
        other = manners.changed(payload, manner)
        return Sealed(other, jws.sign(other, key.private_key))

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
        control = ""
        if number is not None:
            control = build.control_number(prepared.type_code, establishment, point_of_sale, number)
        return Identity(environment, codes.new(), control, issued_at)

    def new_code(self) -> str:
        return codes.new()

    def codes_in(self, payload: str) -> frozenset[str]:
        return codes.found(payload)

    def control_number(self, type_code: str, establishment: str, point_of_sale: str, sequence: int) -> str:
        return build.control_number(type_code, establishment, point_of_sale, sequence)

    def preview(self, prepared: Prepared, environment: Environment, at: datetime) -> str:
        return build.preview(prepared, environment, at)

    def explain(self, draft: Draft, payload: str) -> Explanation:
        return explain.explain(draft, payload)

    def delivered(self, sealed: Sealed, stamp: str | None, receipt: str = "") -> str:
        return build.delivered(sealed, stamp)

    def xml(self, sealed: Sealed) -> str | None:
        return None

    def read(self, payload: str, environment: Environment) -> Readable:
        return readable.read(payload)  # it says itself where it goes

    def public_query_url(self, environment: Environment, generation_code: str, issued_on: date) -> str:
        return (
            f"{PUBLIC_QUERY}?ambiente={environment_code(environment)}"
            f"&codGen={generation_code.upper()}&fechaEmi={issued_on.isoformat()}"
        )

    def make_certificate(
        self, *, tax_id: str, name: str, registration: str, email: str, password: str, now: datetime
    ) -> bytes:
        return certificate.make(
            tax_id=tax_id, name=name, registration=registration, email=email, password=password, now=now
        )

    def read_certificate(self, content: bytes, password: str, *, tax_id: str, now: datetime) -> Certificate:
        return certificate.read(content, password, tax_id=tax_id, now=now)

    def load_key(self, pkcs8: bytes, certificate: bytes) -> SigningKey:
        return SigningKey(load_key(pkcs8), certificate)

    def log_in(self, login: Login) -> None:
        self._client.log_in(login)

    def knock(self, environment: Environment, base_url: str) -> None:
        self._client.knock(environment, base_url)

    def submit(self, envelope: Envelope, login: Login) -> Verdict:
        return self._client.submit(envelope, login)

    def ask(self, envelope: Envelope, login: Login) -> Verdict:
        return self._client.ask(envelope, login)

    def sending_due(self, issued_at: datetime) -> datetime:
        raise LookupError("here the term begins with the event's stamp")

    def rejection(self, envelope: Envelope, evidence: Answer) -> Rejected | None:
        """Pure. The refusal that a kept answer is; None where it is none (see `policy.GiveUp`)."""
        return answers.rejection(envelope, evidence)

    def advice(self, type_code: str, version: int, code: str, message: str, observations: Sequence[str]) -> Advice:
        return remedies.advice(type_code, code, message, observations, version=version)

    def event_advice(self, event: str, payload: str, code: str, message: str, observations: Sequence[str]) -> Advice:
        return remedies.event_advice(event, payload, code, message, observations)

    def invalidation_term(self, document: IssuedDocument) -> Term:
        return terms.invalidation_term(document.type_code, document.stamped_at)

    def seal_invalidation(
        self,
        draft: InvalidationDraft,
        *,
        environment: Environment,
        generation_code: str,
        at: datetime,
        key: SigningKey,
        version: int = invalidation.VERSION,
    ) -> Sealed:
        return invalidation.seal(
            draft,
            environment=environment,
            generation_code=generation_code,
            at=at,
            key=key.private_key,
            version=version,
        )

    def invalidate(self, sealed: Sealed, login: Login) -> Verdict:
        return self._client.invalidate(sealed, login)

    def replacing(self, draft: Draft, type_code: str, generation_code: str, issued_at: datetime) -> Draft:
        return draft

    def voiding(self, document: IssuedDocument, reason: str | None) -> Draft:
        raise LookupError("here an event invalidates a document")

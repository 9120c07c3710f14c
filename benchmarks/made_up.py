"""A made-up issuer and its documents, as the library below SmartBill's web process sees them."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from hacienda.authority import Authority
from hacienda.certificates import Certificate, SigningKey
from hacienda.drafts import Address, Draft, Item
from hacienda.registry import authority
from hacienda.sandbox.registration import register_emitter
from hacienda.values import Environment, Identity, Issuer, Prepared, Sealed

INVOICE_VERSION = 2


@dataclass
class Emitter:
    law: Authority
    issuer: Issuer
    key: SigningKey
    public_key_spki: bytes
    password: str
    certificate: Certificate
    numbers: int = 0

    def prepare(self, lines: int) -> Prepared:
        """An invoice of so many lines, complete and computed."""
        now = datetime.now(UTC)
        items = tuple(Item(f"Café de altura {number}", Decimal("3.50"), Decimal(2)) for number in range(lines))
        return self.law.prepare(Draft("01", items), self.issuer, version=INVOICE_VERSION, at=now, now=now)

    def identity(self) -> Identity:
        self.numbers += 1
        return Identity(
            Environment.SANDBOX,
            str(uuid.uuid4()).upper(),
            self.law.control_number("01", self.issuer.establishment, self.issuer.point_of_sale, self.numbers),
            datetime.now(UTC).replace(microsecond=0),
        )

    def seal(self, prepared: Prepared) -> tuple[Identity, Sealed]:
        identity = self.identity()
        return identity, self.law.seal(prepared, identity, self.key)

    def register(self, sandbox_url: str) -> None:
        register_emitter(
            sandbox_url,
            tax_id=self.issuer.tax_id,
            password=self.password,
            public_key_spki=self.public_key_spki,
            name=self.issuer.name,
        )


def emitter() -> Emitter:
    now = datetime.now(UTC)
    law = authority("SV")
    issuer = Issuer(
        tax_id="06140101001030",
        registration="1000003",
        name="MEDICIONES DE EJEMPLO, S.A. DE C.V.",
        activity="56101",
        trade_name=None,
        address=Address("06", "23", "14", "Calle de Ejemplo número 3"),
        phone="22000003",
        email="mediciones@smartbill.example",
        establishment="M001",
        point_of_sale="P001",
    )
    password = secrets.token_urlsafe(12)
    content = law.make_certificate(
        tax_id=issuer.tax_id,
        name=issuer.name,
        registration=issuer.registration,
        email=issuer.email,
        password=password,
        now=now,
    )
    opened = law.read_certificate(content, password, tax_id=issuer.tax_id, now=now)
    return Emitter(law, issuer, opened.signing_key, opened.public_key_spki, secrets.token_urlsafe(12), opened)

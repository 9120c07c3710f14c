"""What one document of Costa Rica costs in the processor: built and checked, signed, verified.

Beside one bare RSA-2048 signature, as in `sealing`.
"""

from __future__ import annotations

import statistics
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import django
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from benchmarks.figures import milliseconds, repeat, summary
from hacienda.costarica.signature.verifying import verify
from hacienda.drafts import Address, Draft, Item
from hacienda.registry import authority
from hacienda.values import Environment, Issuer

LINES = (1, 1000)
SHARE = 7  # of the time that the theme may take, for each of its measurements
ISSUER = Issuer(
    tax_id="3101000009",
    registration="",
    name="MEDICIONES DE EJEMPLO SOCIEDAD ANONIMA",
    activity="5610.0",
    trade_name=None,
    address=Address("1", "01", "01", "Calle de Ejemplo número 3"),
    phone="22000003",
    email="mediciones@smartbill.example",
    establishment="001",
    point_of_sale="00001",
)
CABYS = "6332000000000"


def measure(*, folder: Path, seconds: float) -> dict[str, Any]:
    django.setup()
    law = authority("CR")
    now = datetime.now(UTC)
    content = law.make_certificate(
        tax_id=ISSUER.tax_id, name=ISSUER.name, registration="", email=ISSUER.email, password="x", now=now
    )
    key = law.read_certificate(content, "x", tax_id=ISSUER.tax_id, now=now).signing_key
    share = seconds / SHARE
    bare = repeat(lambda: key.private_key.sign(b"x" * 4700, padding.PKCS1v15(), hashes.SHA256()), seconds=share)
    unit = statistics.median(bare)
    measured: dict[str, Any] = {"bare_rsa_2048_signature": summary(bare)}
    for lines in LINES:
        items = tuple(Item(f"Café de altura {n}", Decimal("1500"), Decimal(2), cabys=CABYS) for n in range(lines))

        def build(items: tuple[Item, ...] = items) -> Any:
            at = datetime.now(UTC).replace(microsecond=0)
            return law.prepare(Draft("04", items), ISSUER, version=44, at=at, now=at)

        prepared = build()
        identity = law.identify(
            prepared,
            environment=Environment.SANDBOX,
            tax_id=ISSUER.tax_id,
            establishment=ISSUER.establishment,
            point_of_sale=ISSUER.point_of_sale,
            number=1,
            issued_at=now.replace(microsecond=0),
        )
        signed = law.seal(prepared, identity, key).signature.encode()
        steps = {
            "build": repeat(build, seconds=share),
            "sign": repeat(lambda p=prepared, i=identity: law.seal(p, i, key), seconds=share),
            "verify": repeat(lambda xml=signed: verify(xml, signer=ISSUER.tax_id), seconds=share),
        }
        measured[f"lines_{lines}"] = {
            "signed_bytes": len(signed),
            **{
                name: {**summary(samples), "of_a_bare_signature": round(statistics.median(samples) / unit, 2)}
                for name, samples in steps.items()
            },
            "sign_and_verify_ms": milliseconds(statistics.median(steps["sign"]) + statistics.median(steps["verify"])),
        }
    return measured

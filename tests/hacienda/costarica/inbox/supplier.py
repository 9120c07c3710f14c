"""A supplier's signed document, for tests of how it is read and answered."""

from __future__ import annotations

from decimal import Decimal

from hacienda.costarica.inbox import reading
from hacienda.costarica.signature.signing import sign
from hacienda.inbox import Received
from hacienda.values import Environment
from tests.hacienda.costarica.certificates import NOW, certificate
from tests.hacienda.costarica.made import INVOICE, issued
from tests.hacienda.signing import KEY

BUYER = "3102000000"  # to whom `INVOICE` is issued
TAX, TOTAL = Decimal("3250.00000"), Decimal("28250.00000")


def signed(payload: str | None = None, **how: str) -> bytes:
    """An invoice of 28,250 colones, tax included; `how` is about the signer's certificate."""
    return sign(payload or issued(INVOICE), KEY, certificate(**how), NOW).encode()


def read(
    content: bytes | None = None, *, tax_id: str = BUYER, environment: Environment = Environment.LIVE
) -> Received:
    return reading.read(content or signed(), tax_id=tax_id, environment=environment)

"""Hacienda's own seal, under each of its answers: whose it is, and whether we know it.

A seal is told by the names of its certificate and its authority, and by the certificate itself, of which the known
ones are listed here. Another one of the same names is not taken on trust: the authority's signature on it cannot be
checked without the authority's certificate, which no answer brings along.

The sandbox makes a seal of its own whenever it starts; there any key is good if the certificate says that it is the
sandbox's. That name is refused everywhere else.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree

from hacienda.costarica.signature.forms import SignatureError
from hacienda.costarica.signature.holders import distinguished, name_of
from hacienda.costarica.signature.verifying import verify as verify_signature
from hacienda.values import Environment

SANDBOX_NAME: Final = "SELLO DE LA SANDBOX"
LARGEST_ANSWER: Final = 256 * 1024  # bytes; real ones have about 5 KB


@dataclass(frozen=True, slots=True)
class KnownSeal:
    """Names as a signature states them, and the SHA-256 of the certificate in hex."""

    subject: str
    issuer: str
    fingerprint: str


# From real answers of August 2026: valid from 24 June 2025 until 23 June 2029.
KNOWN: Final = (
    KnownSeal(
        subject=(
            "CN=ESTADO-MINISTERIO DE HACIENDA (SELLO ELECTRONICO),O=PERSONA JURIDICA,C=CR,"
            "SERIALNUMBER=CPJ-2-100-042005"
        ),
        issuer=(
            "CN=CA SINPE - PERSONA JURIDICA v2,OU=DIVISION SISTEMAS DE PAGO,O=BANCO CENTRAL DE COSTA RICA,C=CR,"
            "SERIALNUMBER=CPJ-4-000-004017"
        ),
        fingerprint="ce42a868b913f23fe38ba1cc5bb8be7612ff6ea10ce2d705366d90a85f12a473",
    ),
)


@dataclass(frozen=True, slots=True)
class SealedAnswer:
    """An answer of Hacienda's whose seal holds, without the seal; `sealed_at` is aware."""

    sealed_at: datetime
    root: etree._Element = field(repr=False)


def verify(xml: bytes, environment: Environment, *, known: Collection[KnownSeal] = KNOWN) -> SealedAnswer:
    """Check the seal of an answer that came from that environment.

    Raises `SignatureError`: `seal_differs` for somebody else's signature, `seal_unknown` for a certificate of
    Hacienda's names that is not listed, and everything that a bad signature raises.
    """
    found = verify_signature(xml, policy_required=False, sha1_fingerprint=True, limit=LARGEST_ANSWER)
    if environment is Environment.SANDBOX:
        if name_of(found.certificate) != SANDBOX_NAME:
            raise SignatureError("seal_differs", found=distinguished(found.certificate.subject))
    else:
        check_names(found.certificate, known)
    return SealedAnswer(found.signed_at, found.root)


def check_names(certificate: x509.Certificate, known: Collection[KnownSeal]) -> None:
    """Whether a certificate is one of the listed seals; raises `SignatureError` as `verify` does."""
    subject, issuer = distinguished(certificate.subject), distinguished(certificate.issuer)
    if (subject, issuer) not in {(one.subject, one.issuer) for one in known}:
        raise SignatureError("seal_differs", found=subject)
    fingerprint = certificate.fingerprint(SHA256()).hex()
    if KnownSeal(subject, issuer, fingerprint) not in known:
        raise SignatureError("seal_unknown", found=fingerprint)

"""Registering a taxpayer of Costa Rica by the control plane.

POST /_sandbox/emitters with `country` "CR", `nit` (the tax id), `password`, `certificate` (DER in base64) or
`public_key` (SubjectPublicKeyInfo in base64), and, if need be, `user` (the tax id when left out), `name`, `ambiente`
(a list of "00", the tests' realm, and "01", production's; both when left out).
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hacienda.sandbox.control import ENVIRONMENTS, InvalidControlError, read_public_key

from .memory import Memory, Taxpayer
from .signature import identity_of, same_identity

FIELDS = frozenset({"country", "nit", "user", "password", "certificate", "public_key", "name", "ambiente"})
TAX_ID = re.compile(r"[0-9A-Za-z]{9,12}")


def register(kept: Memory, values: dict[str, Any]) -> dict[str, Any]:
    """Register the taxpayer for its environments and return how it is shown, or raise InvalidControlError."""
    unknown = sorted(set(values) - FIELDS)
    if unknown:
        raise InvalidControlError(f"unknown field: {', '.join(unknown)}")
    tax_id, password = values.get("nit"), values.get("password")
    if not isinstance(tax_id, str) or not TAX_ID.fullmatch(tax_id):
        raise InvalidControlError("nit: 9 to 12 digits, or letters, are expected")
    if not isinstance(password, str) or not password:
        raise InvalidControlError("password: a text is expected")
    user, name = values.get("user", tax_id), values.get("name", "")
    if not isinstance(user, str) or not user or not isinstance(name, str):
        raise InvalidControlError("user and name: texts are expected")
    chosen = values.get("ambiente", list(ENVIRONMENTS))
    if not isinstance(chosen, list) or not chosen or not all(one in ENVIRONMENTS for one in chosen):
        raise InvalidControlError('ambiente: a list of "00" and "01" is expected')
    key = _key(values, tax_id)
    kept.register([Taxpayer(one, tax_id, user, key, name) for one in chosen], password)
    return {"country": "CR", "nit": tax_id, "user": user, "name": name, "ambiente": chosen}


def _key(values: dict[str, Any], tax_id: str) -> str:
    """Return the public key, SPKI in base64."""
    certificate, key = values.get("certificate"), values.get("public_key")
    if isinstance(key, str) and certificate is None:
        read_public_key(key)
        return "".join(key.split())
    if not isinstance(certificate, str) or key is not None:
        raise InvalidControlError("certificate or public_key: one of them, in base64, is expected")
    try:
        read = x509.load_der_x509_certificate(base64.b64decode("".join(certificate.split()), validate=True))
    except (binascii.Error, ValueError) as error:
        raise InvalidControlError("certificate: DER in base64 is expected") from error
    if not same_identity(identity_of(read), tax_id):
        raise InvalidControlError("certificate: it is of another taxpayer than nit")
    spki = read.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(spki).decode("ascii")

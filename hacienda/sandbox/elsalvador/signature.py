"""The compact JWS as Hacienda verifies it: RS512, one exact header, the raw bytes as they came."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA512

from hacienda.sandbox.control import read_public_key

# {"alg":"RS512"}, byte for byte: 113 real documents carry no other header (PROTOCOL.md 5.1).
HEADER = "eyJhbGciOiJSUzUxMiJ9"
BASE64URL = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Jws:
    """A signed text taken apart: the bytes that were signed, the payload, the signature."""

    signed: bytes
    payload: bytes
    signature: bytes


def _decode(part: str) -> bytes | None:
    # Length 1 modulo 4 encodes nothing; padding is not allowed in a compact JWS.
    if not BASE64URL.fullmatch(part) or len(part) % 4 == 1:
        return None
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def take_apart(compact: str) -> Jws | None:
    """Return the parts of a compact JWS, or None when it is not one with the only header allowed."""
    parts = compact.split(".")
    if len(parts) != 3 or parts[0] != HEADER:
        return None
    payload, signature = _decode(parts[1]), _decode(parts[2])
    if payload is None or signature is None:
        return None
    return Jws(f"{parts[0]}.{parts[1]}".encode("ascii"), payload, signature)


@lru_cache(maxsize=1024)
def _key(spki: str) -> RSAPublicKey:
    return read_public_key(spki)


def verifies(jws: Jws | None, spki: str | None) -> bool:
    """Tell whether the key (base64 SPKI) made the signature; without a text or a key nothing verifies."""
    if jws is None or spki is None:
        return False
    try:
        _key(spki).verify(jws.signature, jws.signed, PKCS1v15(), SHA512())
    except InvalidSignature:
        return False
    return True

"""The signature of a document: a compact JWS, RS512, over the exact bytes of its JSON."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA512

# Exactly these bytes, as the official signer writes them: no typ, no kid.
HEADER: Final = b'{"alg":"RS512"}'


def sign(payload: str, key: RSAPrivateKey) -> str:
    """The compact JWS of `payload`, which is signed as it stands, in UTF-8. The same input signs the same."""
    signed = f"{_encode(HEADER)}.{_encode(payload.encode())}"
    return f"{signed}.{_encode(key.sign(signed.encode('ascii'), PKCS1v15(), SHA512()))}"


def payload(signature: str) -> str:
    """The text that a compact JWS carries, unverified. Raises `ValueError` where it carries none."""
    try:
        _, part, _ = signature.split(".")
        return urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()
    except ValueError as error:
        raise ValueError("not a compact JWS of a text") from error


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")

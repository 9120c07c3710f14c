"""The signature: RS512 over the exact bytes, in compact form, the same every time."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA512
from hypothesis import given, settings
from hypothesis import strategies as st

from hacienda.elsalvador.transport import jws
from tests.hacienda.signing import KEY

PAYLOAD = '{"identificacion":{"version":2,"nombre":"Ñandú é € \\"x\\" /"},"resumen":{"totalPagar":11.3}}'


def decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_the_header_is_exactly_the_official_signers() -> None:
    header, _, _ = jws.sign(PAYLOAD, KEY).split(".")
    assert header == "eyJhbGciOiJSUzUxMiJ9"
    assert decoded(header) == b'{"alg":"RS512"}'


def test_the_signature_is_the_one_that_this_key_gives() -> None:
    # PKCS #1 v1.5 has no randomness: the vector was checked once with another implementation (openssl dgst).
    assert hashlib.sha256(jws.sign(PAYLOAD, KEY).encode()).hexdigest() == (
        "1a31ae26b410283271593765da7d1bc0c670662d53d6f2d691862ba8094c25c7"
    )


@settings(deadline=None)
@given(st.text())
def test_it_verifies_over_the_exact_text(text: str) -> None:
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        with pytest.raises(UnicodeEncodeError):
            jws.sign(text, KEY)
        return
    signature = jws.sign(text, KEY)
    signed, _, last = signature.rpartition(".")
    assert "=" not in signature
    assert len(last) == 342
    assert decoded(signed.split(".")[1]) == raw
    assert jws.payload(signature) == text
    KEY.public_key().verify(decoded(last), signed.encode(), PKCS1v15(), SHA512())


def test_a_changed_text_does_not_verify() -> None:
    header, payload, last = jws.sign(PAYLOAD, KEY).split(".")
    forged = f"{header}.{payload[:-1]}A"
    with pytest.raises(InvalidSignature):
        KEY.public_key().verify(decoded(last), forged.encode(), PKCS1v15(), SHA512())


@pytest.mark.parametrize("text", ["", "a", "a.b", "a.b.c.d", "a.\xff.b", "a._w.b"])
def test_what_carries_no_payload_says_so(text: str) -> None:
    with pytest.raises(ValueError, match="not a compact JWS"):
        jws.payload(text)

"""Tokens as Hacienda's login gives them: JWT, HS512, verified without any state but the secret."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .wire import MalformedError, dump_json, read_json

HEADER = {"alg": "HS512"}
AUTHORITIES = ["USER", "USER_API", "Usuario"]


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whose token a request carries; `expired` when its time is over."""

    nit: str
    expired: bool


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


class TokenMint:
    """Makes and reads the tokens of one installation. The secret outlives restarts, so tokens do too."""

    def __init__(self, secret: bytes, life_seconds: int) -> None:
        self._secret = secret
        self._life = life_seconds

    def _sign(self, signed: str) -> bytes:
        return hmac.digest(self._secret, signed.encode("ascii"), hashlib.sha512)

    def issue(self, nit: str, at: datetime) -> str:
        """Return a token for the taxpayer, already with "Bearer " in front as the service sends it."""
        issued = int(at.timestamp())
        claims = {"sub": nit, "authorities": AUTHORITIES, "iat": issued, "exp": issued + self._life}
        signed = ".".join(_encode(dump_json(part).encode()) for part in (HEADER, claims))
        return f"Bearer {signed}.{_encode(self._sign(signed))}"

    def read(self, authorization: str, at: datetime) -> Bearer | None:
        """Return whose token it is, or None when it is missing, doubled, foreign or tampered with."""
        scheme, _, token = authorization.partition(" ")
        signed, _, signature = token.rpartition(".")
        if scheme != "Bearer" or signed.count(".") != 1:
            return None
        try:
            if not hmac.compare_digest(_decode(signature), self._sign(signed)):
                return None
            claims: Any = read_json(_decode(signed.partition(".")[2]))
        except (binascii.Error, UnicodeError, MalformedError):
            return None
        return Bearer(nit=claims["sub"], expired=claims["exp"] <= at.timestamp())

"""The login: an OpenID provider with a realm for each environment, passwords and refresh tokens."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from hacienda.sandbox.counters import Answer
from hacienda.sandbox.wire import MalformedError, Request, Response, dump_json, json_response, read_json

from .memory import Memory

PREFIX = "/auth/realms/"
LOGOUT = "/protocol/openid-connect/logout"
DOORS = ("/protocol/openid-connect/token", LOGOUT)
FORM = "application/x-www-form-urlencoded"
HEADER = {"alg": "HS256", "typ": "JWT"}
ACCESS_SECONDS, REFRESH_SECONDS = 300, 36_000


@dataclass(frozen=True, slots=True)
class Realm:
    """An environment's login: "00" tests, "01" production, and the client that may use it."""

    ambiente: str
    client: str


REALMS = {"rut": Realm("01", "api-prod"), "rut-stag": Realm("00", "api-stag")}


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whose token it is, where, and in which session."""

    ambiente: str
    tax_id: str
    session: str


def realm_of(request: Request) -> Realm | None:
    """Return the realm that a path is in, or None when it is no path of the login."""
    name, ending = request.path.removeprefix(PREFIX).partition("/")[::2]
    known = request.path.startswith(PREFIX) and f"/{ending}" in DOORS
    return REALMS.get(name) if known else None


def form_of(request: Request) -> dict[str, str] | None:
    """Return a form's fields, or None when the body is none."""
    if request.media_type() != FORM:
        return None
    try:
        values = parse_qs(request.body.decode("utf-8"), keep_blank_values=True, errors="strict")
    except ValueError:
        return None
    return {name: many[0] for name, many in values.items()}


def _error(status: int, error: str, text: str) -> Answer:
    body = {"error": error, "error_description": text}
    return Answer(json_response(status, body), dump_json(body))


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


class IdentityProvider:
    """Makes and reads tokens. The secret outlives restarts, so tokens do too."""

    def __init__(self, memory: Memory, secret: bytes) -> None:
        self._memory = memory
        self._secret = hmac.digest(secret, b"Costa Rica", hashlib.sha256)

    def answer(self, request: Request, at: datetime) -> Answer:
        """Return the answer to a login, a refresh, or a logout."""
        realm, form = realm_of(request), form_of(request)
        if realm is None or form is None:
            return _error(400, "invalid_request", "Missing form parameter: grant_type")
        if form.get("client_id") != realm.client:
            return _error(401, "invalid_client", "Invalid client or Invalid client credentials")
        if request.path.endswith(LOGOUT):
            return self._log_out(realm, form, at)
        match form.get("grant_type"):
            case "password":
                return self._log_in(realm, form, at)
            case "refresh_token":
                return self._refresh(realm, form, at)
            case _:
                return _error(400, "unsupported_grant_type", "Unsupported grant_type")

    def _log_in(self, realm: Realm, form: dict[str, str], at: datetime) -> Answer:
        tax_id = self._memory.log_in(realm.ambiente, form.get("username", ""), form.get("password", ""))
        if tax_id is None:
            return _error(401, "invalid_grant", "Invalid user credentials")
        return self._tokens(Bearer(realm.ambiente, tax_id, str(uuid.uuid4())), at)

    def _refresh(self, realm: Realm, form: dict[str, str], at: datetime) -> Answer:
        bearer = self._read(form.get("refresh_token", ""), "Refresh", at)
        if bearer is None or bearer.ambiente != realm.ambiente or self._memory.is_over(bearer.session):
            return _error(400, "invalid_grant", "Invalid refresh token")
        return self._tokens(bearer, at)

    def _log_out(self, realm: Realm, form: dict[str, str], at: datetime) -> Answer:
        bearer = self._read(form.get("refresh_token", ""), "Refresh", at)
        if bearer is None or bearer.ambiente != realm.ambiente:
            return _error(400, "invalid_grant", "Invalid refresh token")
        self._memory.log_out(bearer.session)
        return Answer(Response(204), dump_json({"status": 204}))

    def _tokens(self, bearer: Bearer, at: datetime) -> Answer:
        body = {
            "access_token": self._issue(bearer, "Bearer", ACCESS_SECONDS, at),
            "expires_in": ACCESS_SECONDS,
            "refresh_expires_in": REFRESH_SECONDS,
            "refresh_token": self._issue(bearer, "Refresh", REFRESH_SECONDS, at),
            "token_type": "bearer",
            "not-before-policy": 0,
            "session_state": bearer.session,
        }
        return Answer(json_response(200, body), dump_json(body))

    def _sign(self, signed: str) -> bytes:
        return hmac.digest(self._secret, signed.encode("ascii"), hashlib.sha256)

    def _issue(self, bearer: Bearer, use: str, seconds: int, at: datetime) -> str:
        issued = int(at.timestamp())
        claims = {
            "jti": str(uuid.uuid4()),
            "exp": issued + seconds,
            "iat": issued,
            "typ": use,
            "azp": bearer.ambiente,
            "sub": bearer.tax_id,
            "session_state": bearer.session,
        }
        signed = ".".join(_encode(dump_json(part).encode()) for part in (HEADER, claims))
        return f"{signed}.{_encode(self._sign(signed))}"

    def _read(self, token: str, use: str, at: datetime) -> Bearer | None:
        signed, _, signature = token.rpartition(".")
        try:
            if signed.count(".") != 1 or not hmac.compare_digest(_decode(signature), self._sign(signed)):
                return None
            claims: Any = read_json(_decode(signed.partition(".")[2]))
        except (binascii.Error, UnicodeError, ValueError, MalformedError):
            return None
        if claims["typ"] != use or claims["exp"] <= at.timestamp():
            return None
        return Bearer(claims["azp"], claims["sub"], claims["session_state"])

    def bearer(self, request: Request, at: datetime) -> Bearer | None:
        """Return whose access token a request brings, or None when it brings none that is taken."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return self._read(token.strip(), "Bearer", at) if scheme.lower() == "bearer" else None

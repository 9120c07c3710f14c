"""Logging in at Hacienda, and keeping what it gives: a token for about a day (technical manual 1.0, 4.1).

One login at a time for each issuer, shared by all threads of the process. Neither a password nor a token is
ever part of a log, an error or a repr; the cache's keys hold a hash of the password, so that a changed password
logs in anew.
"""

from __future__ import annotations

import hashlib
import re
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock
from typing import Final
from urllib.parse import urlencode

from hacienda import http
from hacienda.elsalvador.transport.wire import read_object, text_of
from hacienda.errors import Cause, Refused, Unreachable
from hacienda.values import Login

RENEW_AT: Final = 0.8  # of a token's life
FALLBACK_LIFE: Final = 20 * 3600.0  # seconds, for a token that does not tell its end
LONGEST_LIFE: Final = 48 * 3600.0
# A refused password is not tried again at once by other threads that were about to: Hacienda may lock accounts.
REFUSAL_MEMORY: Final = 5.0
LIMIT: Final = 10_000  # issuers

_NOT_ONES_OWN_FAULT: Final = frozenset({"109"})  # the token could not be made
_PREFIX: Final = re.compile(r"(?i)^(?:bearer\s+)+")

_Key = tuple[str, str, bytes]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A token, or why there is none, until a moment of the clock."""

    until: float
    token: str = field(default="", repr=False)
    refusal: str = ""


class Tokens:
    """The tokens of this process. `clock` counts seconds and never goes back."""

    def __init__(
        self,
        path: str,
        *,
        patience: http.Patience = http.PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path
        self._patience = patience
        self._clock = clock
        self._lock = Lock()
        self._entries: dict[_Key, _Entry] = {}
        self._flights: dict[_Key, Future[str]] = {}

    def get(self, login: Login) -> str:
        """A token for this login, without its prefix; logs in where there is none or it is getting old.

        Raises `Refused` where Hacienda does not take the credentials, `Throttled`, and `Unreachable` with
        `NOT_WRITTEN` for everything else: no document was sent with a token that was not there.
        """
        key = _key(login)
        with self._lock:
            entry = self._entries.get(key)
            if entry and self._clock() < entry.until:
                if entry.refusal:
                    raise Refused(entry.refusal, lasting=True)
                return entry.token
            flight = self._flights.get(key)
            leads = flight is None
            if flight is None:
                flight = self._flights[key] = Future()
        if leads:
            self._fly(key, login, flight)
        return flight.result()

    def renew(self, login: Login) -> None:
        """Log in, even where a token is at hand, which the new one replaces. Errors as in `get`."""
        key = _key(login)
        with self._lock:
            flight = self._flights.get(key)
            leads = flight is None
            if flight is None:
                flight = self._flights[key] = Future()
        if leads:
            self._fly(key, login, flight)
        flight.result()

    def drop(self, login: Login, token: str) -> None:
        """Forget a token that was refused, unless another thread has already put a new one in its place."""
        key = _key(login)
        with self._lock:
            entry = self._entries.get(key)
            if entry and entry.token == token:
                del self._entries[key]

    def _fly(self, key: _Key, login: Login, flight: Future[str]) -> None:
        entry: _Entry | None = None
        error: BaseException | None = None
        try:
            token = log_in(login, self._path, self._patience)
            entry = _Entry(self._clock() + RENEW_AT * life(token), token)
        except Refused as refused:
            error = refused
            if refused.lasting:
                entry = _Entry(self._clock() + REFUSAL_MEMORY, refusal=str(refused))
        except BaseException as other:  # whatever it is, those who wait for this flight must hear of it
            error = other
        with self._lock:
            del self._flights[key]
            if entry:
                self._make_room()
                self._entries[key] = entry
        if error:
            flight.set_exception(error)
        else:
            flight.set_result(token)

    def _make_room(self) -> None:
        if len(self._entries) >= LIMIT:
            now = self._clock()
            self._entries = {key: entry for key, entry in self._entries.items() if now < entry.until}
        if len(self._entries) >= LIMIT:
            del self._entries[next(iter(self._entries))]


def log_in(login: Login, path: str, patience: http.Patience) -> str:
    """A new token, without its prefix. Errors as in `Tokens.get`."""
    form = urlencode({"user": login.tax_id, "pwd": login.password}).encode()
    try:
        reply = http.post(
            login.base_url.rstrip("/") + path,
            form,
            content_type="application/x-www-form-urlencoded",
            patience=patience,
        )
    except Unreachable as error:
        # Whatever became of the login, the document itself was not written.
        raise Unreachable(Cause.NOT_WRITTEN, f"login: {error}", error.milliseconds) from error
    return _judge(reply, login)


def life(token: str) -> float:
    """The seconds between a token's `iat` and `exp`, read without verifying: it is Hacienda's own to verify."""
    try:
        part = token.split(".")[1]
        claims = read_object(urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()) or {}
        seconds = float(claims["exp"]) - float(claims["iat"])
    except (IndexError, KeyError, TypeError, ValueError, OverflowError):
        return FALLBACK_LIFE
    return min(seconds, LONGEST_LIFE) if seconds > 0 else FALLBACK_LIFE


def _key(login: Login) -> _Key:
    return login.base_url, login.tax_id, hashlib.sha256(login.password.encode(errors="surrogatepass")).digest()


def _judge(reply: http.Reply, login: Login) -> str:
    """Status and token decide, never the HTTP status alone: errors arrive with 200 (technical manual 1.0, 4.1)."""
    answer = read_object(reply.text) if reply.complete and reply.status < 500 else None
    body = answer.get("body") if answer else None
    inner = body if isinstance(body, dict) else {}
    status = str(answer.get("status")).upper() if answer else ""
    if status == "OK":
        token = _PREFIX.sub("", str(inner.get("token") or "").strip())
        # Printable and without spaces, since it becomes a header.
        if re.fullmatch(r"[\x21-\x7e]+", token):
            return token
    if status == "ERROR" and answer:
        code = text_of(inner.get("codigoMsg")) or text_of(answer.get("codigoMsg"))
        words = text_of(inner.get("descripcionMsg")) or text_of(answer.get("message")) or text_of(answer.get("error"))
        told = " ".join(part for part in (code, words) if part) or "no reason given"
        told = told.replace(login.password, "[removed]") if login.password else told
        raise Refused(f"login refused: {http.redacted(told)[:200]}", lasting=code not in _NOT_ONES_OWN_FAULT)
    if reply.status in (401, 403):
        raise Refused(f"login refused: HTTP {reply.status}", lasting=False)
    raise Unreachable(
        Cause.NOT_WRITTEN, f"login: HTTP {reply.status} without an answer that can be read", reply.milliseconds
    )

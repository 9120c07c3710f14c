"""Logging in at Hacienda's identity provider, and keeping what it gives: a token for minutes, a session for hours.

One login at a time for each account, shared by all threads of the process. Hacienda counts failed logins, so that a
refused password is remembered for a minute before it is tried again. Neither a password nor a token is ever part of
a log, an error or a repr; the cache's keys hold a hash of the password, so that a changed password logs in anew.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import Any, Final
from urllib.parse import urlencode

from hacienda import http
from hacienda.costarica.transport.wire import read_object, text_of
from hacienda.errors import Cause, Refused, Throttled, Unreachable
from hacienda.values import Environment, Login

EARLY: Final = 60.0  # seconds before its end at which a token is replaced
FALLBACK_LIFE: Final = 300.0  # seconds, for a token that does not tell its end
LONGEST_LIFE: Final = 24 * 3600
REFUSAL_MEMORY: Final = 60.0
LIMIT: Final = 10_000  # accounts

_SECRET: Final = re.compile(r"[\x21-\x7e]{1,16384}")  # printable and without spaces: it becomes a header
_STALE: Final = frozenset({400, 401})  # the session is over: log in

_Key = tuple[str, str, bytes]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A token and its session, or why there is none, until a moment of the clock."""

    until: float
    token: str = field(default="", repr=False)
    session: str = field(default="", repr=False)
    session_until: float = 0.0
    refusal: str = ""
    throttled: bool = False


class _StaleSessionError(Exception):
    """The session cannot be gone on with."""


class Tokens:
    """The tokens of this process. `clock` counts seconds and never goes back."""

    def __init__(
        self, *, patience: http.Patience = http.PATIENCE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._patience = patience
        self._clock = clock
        self._lock = Lock()
        self._entries: dict[_Key, _Entry] = {}
        self._flights: dict[_Key, Future[str]] = {}

    def get(self, login: Login) -> str:
        """A token for this login; goes on with the session or logs in where there is none or it is getting old.

        Raises `Refused` where Hacienda does not take the credentials, `Throttled`, and `Unreachable` with
        `NOT_WRITTEN` for everything else: no document was sent with a token that was not there.
        """
        return self._get(login, "", anew=False)

    def replaced(self, login: Login, token: str, *, anew: bool = False) -> str:
        """Another token than one that was refused: by the session where there is one and not `anew`, else by login.

        The one that another thread has meanwhile put in its place will do. Errors as in `get`.
        """
        return self._get(login, token, anew=anew)

    def renew(self, login: Login) -> None:
        """Log in, even where a token is at hand, which the new one replaces. Errors as in `get`."""
        key = _key(login)
        with self._lock:
            entry = self._entries.get(key)
        self._get(login, entry.token if entry else "", anew=True)

    def refuse(self, login: Login, why: str) -> None:
        """Remember that this login's tokens are worth nothing, as a refused password is remembered."""
        with self._lock:
            self._entries[_key(login)] = _Entry(self._clock() + REFUSAL_MEMORY, refusal=why)

    def _get(self, login: Login, refused: str, *, anew: bool) -> str:
        key = _key(login)
        with self._lock:
            entry = self._entries.get(key)
            if entry and self._clock() < entry.until:
                _raise_remembered(entry, self._clock())
                if entry.token != refused:
                    return entry.token
            flight = self._flights.get(key)
            leads = flight is None
            if flight is None:
                flight = self._flights[key] = Future()
        if leads:
            self._fly(key, login, flight, None if anew else entry)
        return flight.result()

    def _fly(self, key: _Key, login: Login, flight: Future[str], old: _Entry | None) -> None:
        entry: _Entry | None = None
        error: BaseException | None = None
        try:
            entry = self._granted(login, old)
        except Refused as refused:
            error = refused
            if refused.lasting:
                entry = _Entry(self._clock() + REFUSAL_MEMORY, refusal=str(refused))
        except Throttled as throttled:
            error = throttled
            entry = _Entry(self._clock() + throttled.retry_after.total_seconds(), throttled=True)
        except BaseException as other:  # whatever it is, those who wait for this flight must hear of it
            error = other
        with self._lock:
            del self._flights[key]
            if entry:
                self._make_room()
                self._entries[key] = entry
        if error or not entry:
            flight.set_exception(error or AssertionError("neither token nor error"))
        else:
            flight.set_result(entry.token)

    def _granted(self, login: Login, old: _Entry | None) -> _Entry:
        if old and old.session and self._clock() < old.session_until:
            try:
                return self._ask(login, {"grant_type": "refresh_token", "refresh_token": old.session})
            except _StaleSessionError:
                pass
        user = login.user or login.tax_id
        return self._ask(login, {"grant_type": "password", "username": user, "password": login.password})

    def _ask(self, login: Login, grant: dict[str, str]) -> _Entry:
        form = urlencode({"client_id": client_id(login.environment), **grant}, errors="replace").encode()
        began = self._clock()
        try:
            reply = http.post(
                login.idp_url, form, content_type="application/x-www-form-urlencoded", patience=self._patience
            )
        except Unreachable as error:
            # Whatever became of the login, the document itself was not written.
            raise Unreachable(Cause.NOT_WRITTEN, f"login: {error}", error.milliseconds) from error
        if reply.status in _STALE and "refresh_token" in grant:
            raise _StaleSessionError
        return _judge(reply, login, began)

    def _make_room(self) -> None:
        if len(self._entries) >= LIMIT:
            now = self._clock()
            self._entries = {
                key: entry for key, entry in self._entries.items() if now < max(entry.until, entry.session_until)
            }
        if len(self._entries) >= LIMIT:
            del self._entries[next(iter(self._entries))]


def client_id(environment: Environment) -> str:
    """Who we are to the identity provider: each of its two realms knows one client of every taxpayer's program."""
    return "api-prod" if environment is Environment.LIVE else "api-stag"


def _raise_remembered(entry: _Entry, now: float) -> None:
    if entry.refusal:
        raise Refused(entry.refusal, lasting=True)
    if entry.throttled:
        raise Throttled(timedelta(seconds=max(entry.until - now, 1.0)))


def _key(login: Login) -> _Key:
    secret = hashlib.sha256(login.password.encode(errors="surrogatepass")).digest()
    return login.idp_url, login.user or login.tax_id, secret


def _judge(reply: http.Reply, login: Login, began: float) -> _Entry:
    """OpenID's answer: a token with 200, an error in JSON with 400 or 401."""
    answer = read_object(reply.text) if reply.complete and reply.status < 500 else None
    token = text_of(answer.get("access_token")) if answer else ""
    if answer and reply.status == 200 and _SECRET.fullmatch(token):
        session = text_of(answer.get("refresh_token"))
        life = _seconds(answer.get("expires_in"), FALLBACK_LIFE)
        return _Entry(
            until=began + max(life - EARLY, life / 2),
            token=token,
            session=session if _SECRET.fullmatch(session) else "",
            session_until=began + _seconds(answer.get("refresh_expires_in"), 0.0) - EARLY,
        )
    if reply.status in (400, 401) and answer and text_of(answer.get("error")):
        told = f"{text_of(answer.get('error'))}: {text_of(answer.get('error_description'))}".strip(": ")
        told = told.replace(login.password, "[removed]") if login.password else told
        raise Refused(f"login refused: {http.redacted(told)[:200]}", lasting=True)
    if reply.status in (401, 403):
        raise Refused(f"login refused: HTTP {reply.status}", lasting=False)
    raise Unreachable(
        Cause.NOT_WRITTEN, f"login: HTTP {reply.status} without an answer that can be read", reply.milliseconds
    )


def _seconds(value: Any, fallback: float) -> float:
    """A life that the provider tells, within reason."""
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        return fallback
    return min(value, LONGEST_LIFE)

"""HTTP to a tax authority: one request, one answer, a bounded time, and the truth about how far it got.

Nothing is repeated and no redirect is followed: whether to try again is a decision for `hacienda.policy`.
A request that fails raises `Unreachable` with its `Cause`. The cause is not guessed from the exception but
observed: `NOT_WRITTEN` means that not one byte of the request was handed to a connected socket.

Connections are kept per thread and origin. A peer that closes an idle connection while a request is on its
way is indistinguishable from one that read it and died, so it counts as `CLOSED`; connections that were idle
for more than `IDLE_LIMIT` are therefore dropped unused, which keeps that case rare. Looking a name up is the
system's own affair and has the resolver's time limits, not ours.
"""

from __future__ import annotations

import http.client
import io
import math
import re
import socket
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, ClassVar, Final
from urllib.parse import SplitResult, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from hacienda import measures
from hacienda.errors import Cause, Throttled, Unreachable

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, SupportsRead, WriteableBuffer

USER_AGENT: Final = "SmartBill/0.1.0"
IDLE_LIMIT: Final = 10.0  # seconds
LONGEST_ANSWER: Final = 1024 * 1024  # bytes
DEFAULT_PAUSE: Final = timedelta(seconds=30)
SHORTEST_PAUSE: Final = timedelta(seconds=1)
LONGEST_PAUSE: Final = timedelta(minutes=15)
EVIDENCE_LIMIT: Final = 4_000  # characters

_CHUNK: Final = 65_536
_BEARER: Final = re.compile(r"(?i)\bbearer\s+[^\s\"',}]+")
# Every JWS and JWT starts so: base64url of '{"'.
_SIGNED: Final = re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]*)*")


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: until a connection stands, and until the whole answer is there, the connection included."""

    connect: float = 2.0
    total: float = 8.0


PATIENCE: Final = Patience()  # the 8 seconds are the law's first setting (technical manual 1.0, 3.3)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `complete` is false where the body ended early or was longer than `LONGEST_ANSWER`.

    The names of `headers` are in lower case.
    """

    status: int
    text: str = field(repr=False)
    complete: bool
    milliseconds: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def post(
    url: str,
    body: bytes,
    *,
    content_type: str,
    headers: Mapping[str, str] | None = None,
    patience: Patience = PATIENCE,
) -> Reply:
    """Send `body` once and return the answer, whatever its status but 429.

    Raises `Unreachable` where no answer came in time, `Throttled` on 429.
    """
    return _exchange("POST", url, body, {"Content-Type": content_type, **(headers or {})}, patience)


def get(url: str, *, headers: Mapping[str, str] | None = None, patience: Patience = PATIENCE) -> Reply:
    """Fetch once and return the answer, as `post` does and with the same errors."""
    return _exchange("GET", url, None, headers or {}, patience)


def _exchange(method: str, url: str, body: bytes | None, headers: Mapping[str, str], patience: Patience) -> Reply:
    """`_once`, counted."""
    started = time.monotonic()
    result = "error"
    try:
        reply = _once(method, url, body, headers, patience)
        result = str(reply.status)
        return reply
    except Unreachable as failure:
        result = failure.cause.value
        raise
    except Throttled:
        result = "429"
        raise
    finally:
        measures.requests.labels(measures.service(url), result).observe(time.monotonic() - started)


def _once(method: str, url: str, body: bytes | None, headers: Mapping[str, str], patience: Patience) -> Reply:
    started = time.monotonic()
    _call.deadline, _call.written = started + patience.total, False
    try:
        origin = urlsplit(url)
    except ValueError as error:
        raise Unreachable(Cause.NOT_WRITTEN, "the address of the authority is not a URL") from error
    line = _line(origin)
    try:
        response = line.session.request(
            method,
            url,
            data=body,
            headers=dict(headers),
            timeout=(min(patience.connect, patience.total), patience.total),
            allow_redirects=False,
            stream=True,
        )
        try:
            data, complete = _body(response)
        finally:
            response.close()
    except (requests.RequestException, HTTPError, http.client.HTTPException, OSError, UnicodeError) as error:
        line.session.close()
        raise _unreachable(origin, error, started) from error
    line.used_at = time.monotonic()
    if response.status_code == 429:
        raise Throttled(retry_after(_pause_asked(response.headers), datetime.now(UTC)))
    text = data.decode("utf-8", "replace")
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Reply(response.status_code, text, complete, _milliseconds(started), headers)


def _pause_asked(headers: Mapping[str, str]) -> str | None:
    """Retry-After, or the seconds until a gateway's count begins anew; a moment told in that place is none."""
    reset = headers.get("X-Ratelimit-Reset", "")
    return headers.get("Retry-After") or (reset if re.fullmatch(r"[0-9]{1,3}", reset) else None)


def retry_after(value: str | None, now: datetime) -> timedelta:
    """The pause that a Retry-After header asks for, in seconds or as a date, kept within reason."""
    pause = DEFAULT_PAUSE
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        pause = timedelta(seconds=int(text))
    elif text:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return DEFAULT_PAUSE
        pause = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    return min(max(pause, SHORTEST_PAUSE), LONGEST_PAUSE)


def redacted(text: str) -> str:
    """`text` without tokens and signatures, storable, and cut: fit to be kept as evidence."""
    text = _SIGNED.sub("[removed]", _BEARER.sub("Bearer [removed]", text))
    return storable(text)[:EVIDENCE_LIMIT]


def storable(text: str) -> str:
    """`text` without what no database takes: NUL characters and halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


class _Call(threading.local):
    """The call that this thread is making. Its connection reads and writes these."""

    deadline: float = math.inf
    written: bool = False


_call: Final = _Call()


def _seconds_left() -> float:
    left = _call.deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the call's time is over")
    return left


class _Reader(io.RawIOBase):
    """Reads a socket until the call's deadline, however slowly the bytes drip in.

    A socket's own time-out starts anew with every byte, so that it bounds neither headers nor body.
    """

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        self._sock.settimeout(_seconds_left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(
        self, sock: socket.socket, debuglevel: int = 0, method: str | None = None, url: str | None = None
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        self.fp = io.BufferedReader(_Reader(self.fp.detach(), sock))


class _Connection(HTTPConnection):
    """Notes the moment from which the peer may have seen something."""

    response_class = _Response

    def send(self, data: SupportsRead[bytes] | Iterable[ReadableBuffer] | ReadableBuffer | str) -> None:
        if self.sock is None:
            self.connect()
        self.sock.settimeout(_seconds_left())
        _call.written = True
        super().send(data)


class _SecureConnection(_Connection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: object) -> None:
        super().init_poolmanager(connections, maxsize, block, **pool_kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


class _Line:
    """One thread's connection to one origin."""

    def __init__(self) -> None:
        self.used_at = -math.inf
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy, no netrc: the address in the settings is the address
        # A cookie of one issuer's login must not travel with another's request.
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.session.headers.clear()
        self.session.headers.update(
            {"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "identity"}
        )
        adapter = _Adapter(pool_connections=1, pool_maxsize=1, max_retries=0)
        self.session.mount("http://", adapter)
        self.session.mount("https://", adapter)


class _Lines(threading.local):
    LIMIT: ClassVar[int] = 16

    def __init__(self) -> None:
        self.by_origin: dict[tuple[str, str], _Line] = {}


_lines: Final = _Lines()


def _line(origin: SplitResult) -> _Line:
    lines, key = _lines.by_origin, (origin.scheme, origin.netloc)
    line = lines.get(key)
    if line is None:
        if len(lines) >= _Lines.LIMIT:
            lines.pop(next(iter(lines))).session.close()
        line = lines[key] = _Line()
    elif time.monotonic() - line.used_at > IDLE_LIMIT:
        line.session.close()
    return line


def _body(response: requests.Response) -> tuple[bytes, bool]:
    """The bytes of the body, and whether they are all."""
    data = bytearray()
    try:
        while chunk := response.raw.read1(_CHUNK, decode_content=False):
            data += chunk
            if len(data) > LONGEST_ANSWER:
                return bytes(data[:LONGEST_ANSWER]), False
    except (HTTPError, http.client.HTTPException, OSError) as error:
        if _timed_out(error):
            raise
        return bytes(data), False
    # An empty body whose length was not announced may as well be a head that broke off.
    announced = "Content-Length" in response.headers or "Transfer-Encoding" in response.headers
    return bytes(data), bool(data) or announced


def _timed_out(error: BaseException) -> bool:
    kinds = (TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError)
    return isinstance(error, kinds) or isinstance(_innermost(error), kinds)


def _innermost(error: BaseException) -> BaseException:
    """What really happened, under the layers of requests and urllib3."""
    inner = next(
        (one for one in (getattr(error, "reason", None), *error.args) if isinstance(one, BaseException)), None
    )
    return error if inner is None else _innermost(inner)


def _unreachable(origin: SplitResult, error: BaseException, started: float) -> Unreachable:
    host = origin.netloc.rpartition("@")[2]
    name = type(_innermost(error)).__name__
    if not _call.written:
        cause, text = Cause.NOT_WRITTEN, f"{host} could not be connected to ({name})"
    elif _timed_out(error):
        cause, text = Cause.SILENT, f"{host} did not answer in time"
    else:
        cause, text = Cause.CLOSED, f"{host} closed the connection without an answer ({name})"
    return Unreachable(cause, text, _milliseconds(started))


def _milliseconds(started: float) -> int:
    return round((time.monotonic() - started) * 1000)

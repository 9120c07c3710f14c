"""The sandbox's process: HTTP/1.1 with control of the socket, which the faults need.

    python -m hacienda.sandbox.server --port 9100 --data-dir var

A test starts one of its own with make_server(...).start() and ends it with .stop().
"""

from __future__ import annotations

import contextlib
import logging
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .batch_book import BatchBook
from .clock import Clock
from .control import PREFIX, Abroad, ControlPlane
from .costarica.counter import CostaRica
from .database import Database
from .desk import Delivery, Desk, Outcome
from .elsalvador.counter import ElSalvador
from .elsalvador.services import Services
from .faults import FaultBook
from .journal import Journal
from .settings import Settings, read_options
from .store import Store
from .tokens import TokenMint
from .wire import Request, Response, json_response

logger = logging.getLogger(__name__)

LONGEST_HOLD_SECONDS = 120
LARGEST_BODY = 256 * 1024 * 1024
POLL_SECONDS = 0.05
# Once the process is told to stop it must be gone within a second.
STOP_SECONDS = 0.5


class Handler(BaseHTTPRequestHandler):
    """One connection: reads requests, writes each answer in one piece."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener

    def do_GET(self) -> None:
        """Answer a GET."""
        self._serve()

    def do_POST(self) -> None:
        """Answer a POST."""
        self._serve()

    def do_DELETE(self) -> None:
        """Answer a DELETE."""
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:
        """Write no access log: what matters is in the log of what was received."""

    def _serve(self) -> None:
        body = self._body()
        if body is None:
            return
        parts = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=parts.path.rstrip("/") or "/",
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
        )
        try:
            outcome = self.server.app(request)
        except Exception:
            if self.server.stopping.is_set():
                # The memory is closed already: this request is as if the process had ended before it.
                self.close_connection = True
                return
            logger.exception("the sandbox failed on %s %s", request.method, request.path)
            outcome = Outcome(Delivery.SEND, json_response(500, {"status": 500, "error": "Internal error"}))
        self._deliver(outcome)

    def _body(self) -> bytes | None:
        """Return the request's body, or None when it cannot be read and was answered already."""
        length = self.headers.get("Content-Length", "0")
        refused: HTTPStatus | None = None
        if "Transfer-Encoding" in self.headers:
            refused = HTTPStatus.LENGTH_REQUIRED
        elif not length.isascii() or not length.isdigit():
            refused = HTTPStatus.BAD_REQUEST
        elif int(length) > LARGEST_BODY:
            refused = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        if refused is not None:
            self.close_connection = True
            self.connection.sendall(self._head(Response(refused)))
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return None
        return body

    def _deliver(self, outcome: Outcome) -> None:
        if outcome.delivery is Delivery.HOLD:
            self._hold()
        if outcome.response is None:
            self.close_connection = True
            return
        head, body = self._head(outcome.response), outcome.response.body
        if outcome.delivery is Delivery.CUT:
            self.close_connection = True
            body = body[: len(body) // 2]
        self.connection.sendall(head + body)

    def _head(self, response: Response) -> bytes:
        lines = [
            f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}",
            f"Date: {self.date_time_string()}",
            *(f"{name}: {value}" for name, value in response.headers),
        ]
        if response.status != HTTPStatus.NO_CONTENT:
            lines += [f"Content-Type: {response.content_type}", f"Content-Length: {len(response.body)}"]
        if self.close_connection:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _hold(self) -> None:
        """Keep silent until the client closes, the sandbox stops, or two minutes are over."""
        ends = time.monotonic() + LONGEST_HOLD_SECONDS
        while time.monotonic() < ends and not self.server.stopping.is_set():
            readable, _, _ = select.select([self.connection], [], [], POLL_SECONDS)
            if readable:
                try:
                    gone = not self.connection.recv(1, socket.MSG_PEEK)
                except OSError:
                    gone = True
                if gone:
                    return
                # Something more was sent: it is not looked at while the request before it hangs.
                self.server.stopping.wait(POLL_SECONDS)


class _Listener(ThreadingHTTPServer):
    """The listening socket. Remembers its connections, so that stopping ends kept-alive ones too."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], desk: Desk, control: ControlPlane) -> None:
        self.stopping = threading.Event()
        self._desk = desk
        self._control = control
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, Handler)

    def app(self, request: Request) -> Outcome:
        """Return what is to be done about a request."""
        if request.path == PREFIX or request.path.startswith(f"{PREFIX}/"):
            return Outcome(Delivery.SEND, self._control.answer(request))
        return self._desk.handle(request)

    def server_bind(self) -> None:
        """Bind without the look-up of the host's name that the base class makes."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection and serve it in a thread of its own."""
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close the connection and forget it."""
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that left; log anything else."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            logger.error("a connection to the sandbox failed", exc_info=error)

    def hang_up(self) -> None:
        """Close every connection that is still open."""
        self.stopping.set()
        with self._lock:
            remaining = list(self._open)
        for connection in remaining:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Sandbox:
    """A sandbox that can be started and stopped, in this process, on an address of its own.

    `url` has no final slash. `clock.offset` moves its time while it runs. Also a context manager.
    """

    def __init__(self, host: str, port: int, data_dir: Path, settings: Settings) -> None:
        self.clock = Clock(timedelta(seconds=settings.clock_offset))
        self._database = Database(data_dir)
        self.store = Store(self._database)
        journal, faults = Journal(self._database), FaultBook(self.store)
        mint = TokenMint(self.store.secret, settings.token_seconds)
        services = Services(self.store, BatchBook(self._database), mint, self.clock, settings)
        abroad = CostaRica(self._database, data_dir, self.store.secret, self.clock, settings)
        self._desk = Desk(journal, (ElSalvador(services, mint), abroad), faults, self.clock)
        seal = {("GET", "/seal"): abroad.certificate}
        control = ControlPlane(
            self.store, journal, faults, {"CR": Abroad(abroad.register, abroad.memory.forget, seal)}
        )
        try:
            self._listener = _Listener((host, port), self._desk, control)
        except OSError:
            self._desk.stop()
            self._database.close()
            raise
        self.host, self.port = host, int(self._listener.server_address[1])
        self.url = f"http://{host}:{self.port}"
        self._thread: threading.Thread | None = None

    def start(self) -> Sandbox:
        """Begin to answer, and return itself."""
        self._thread = threading.Thread(
            target=self._listener.serve_forever, args=(POLL_SECONDS,), name="sandbox", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering: close the port and every connection. What was answered is on disk already."""
        if self._thread is not None:
            self._listener.shutdown()
            self._thread.join(STOP_SECONDS)
            self._thread = None
        self._listener.hang_up()
        self._desk.stop()
        self._listener.server_close()
        self._database.close()

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def make_server(host: str, port: int, data_dir: Path, **settings: Any) -> Sandbox:
    """Return a sandbox that listens on the address (port 0: a free one) once .start() is called.

    `settings` are the fields of Settings. Raises OSError when the address is taken.
    """
    return Sandbox(host, port, Path(data_dir), Settings(**settings))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sandbox until it is told to stop by SIGTERM or SIGINT; return the exit code."""
    options = read_options(sys.argv[1:] if arguments is None else arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    told_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told_to_stop.set())
    with Sandbox(options.host, options.port, options.data_dir, options.settings) as sandbox:
        logger.info("Hacienda's sandbox listens on %s", sandbox.url)
        told_to_stop.wait()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""A server that is told byte for byte what to do: what a well-behaved one cannot be made to do."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from types import TracebackType

Behaviour = Callable[[socket.socket], None]


def read_request(connection: socket.socket) -> bytes:
    """One whole request; empty where the client has gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65_536)
        if not chunk:
            return b""
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (int(row.split(b":")[1]) for row in head.split(b"\r\n") if row.lower().startswith(b"content-length:")), 0
    )
    rest = bytearray(body)
    while len(rest) < length:
        chunk = connection.recv(65_536)
        if not chunk:
            return b""
        rest += chunk
    return head + b"\r\n\r\n" + bytes(rest)


def response(body: bytes, status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    """A response; `length` lies about the body where it is given."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answering(*responses: bytes) -> Behaviour:
    """Answers one request after the other on one connection, then closes it."""

    def behave(connection: socket.socket) -> None:
        for one in responses:
            if not read_request(connection):
                return
            connection.sendall(one)

    return behave


class RawServer:
    """Serves its first connection by the first behaviour, the second by the second; the last serves the rest."""

    def __init__(self, *behaviours: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self._behaviours = behaviours
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.connections = 0
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> RawServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ended.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            connection.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            behaviour = self._behaviours[min(self.connections, len(self._behaviours) - 1)]
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._behave, args=(behaviour, connection), daemon=True).start()

    def _behave(self, behaviour: Behaviour, connection: socket.socket) -> None:
        try:
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            behaviour(connection)
        except OSError:
            pass  # the client or the test has hung up, as it may
        finally:
            connection.close()

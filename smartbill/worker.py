"""gunicorn's threads, for requests that have arrived: who sends slowly waits in the loop and takes no thread.

A thread of gthread reads from its client without a limit of time, so as many slow clients as there are threads stop
everybody. Here a connection is given to a thread once its head and its (small) body are there; large and chunked
bodies are read by at most half of the threads; and whatever has not arrived in time is closed. A proxy that takes
whole requests before it passes them on does this better; without one, this holds.
"""

from __future__ import annotations

import errno
import math
import os
import re
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Iterable, MutableMapping
from concurrent.futures import Future
from functools import partial
from typing import Any, Final

from gunicorn.workers.gthread import TConn, ThreadWorker

from smartbill.bodies import ARRIVED, whole

PATIENCE: Final = float(os.environ.get("REQUEST_SECONDS", "10"))  # for a head, and for a body that fits beside it
LONG_PATIENCE: Final = 3 * PATIENCE  # for a body that does not
LEAVING: Final = 2  # seconds for a client to close after us
PEEK: Final = 48 * 1024
_LENGTH: Final = re.compile(rb"^content-length[ \t]*:[ \t]*(\d{1,12})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
# Of a body that cannot be waited for: its end is not known, or it comes only when it is asked for.
_UNKNOWN: Final = re.compile(rb"^(?:transfer-encoding|expect)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_IGNORED: Final = (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED)


def missing(data: bytes) -> bool | None:
    """Whether more of a request must come than `data`; None where only reading it will tell."""
    head, end, body = data.partition(b"\r\n\r\n")
    if not end:
        return len(data) < PEEK
    if _UNKNOWN.search(head):
        return None
    length = _LENGTH.search(head)
    if length is None:
        return False
    if len(head) + 4 + int(length[1]) > PEEK:
        return None
    return len(body) < int(length[1])


class PatientWorker(ThreadWorker):
    """Runs on the main thread but for `handle` and what it calls."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reading: dict[int, tuple[TConn, float]] = {}  # by thread: what it reads, and until when it may
        self._large: set[TConn] = set()
        self._queued: deque[TConn] = deque()  # large ones that wait for one of the threads that they may use
        self._leaving: deque[TConn] = deque()  # answered for the last time, until the client closes as well

    def load_wsgi(self) -> None:
        super().load_wsgi()
        application = whole(self.wsgi)

        def arriving(environ: MutableMapping[str, Any], start_response: Any) -> Iterable[bytes]:
            environ[ARRIVED] = partial(self._reading.pop, threading.get_ident(), None)
            return application(environ, start_response)

        self.wsgi = arriving

    # --- In the loop ----------------------------------------------------------------------------------------------
    def accept(self, listener: socket.socket) -> None:
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in _IGNORED:
                return
            raise
        self.nr_conns += 1
        # Who does not read what we write holds a thread no longer than this.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", math.ceil(PATIENCE), 0))
        self._wait_for(TConn(self.cfg, client, address, listener.getsockname()))

    def on_client_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        """The next request on a connection that was kept begins."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._wait_for(conn)

    def on_pending_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        try:
            data = client.recv(PEEK, socket.MSG_PEEK)
        except OSError:
            data = b""  # broken: the thread that reads it finds that out
        more = missing(data) if data and not self.cfg.is_ssl else False
        if more:
            # Readable again only when there is more than what we have seen.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, len(data) + 1)
        elif more is None and len(self._large) >= max(self.cfg.threads // 2, 1):
            self.poller.unregister(client)
            self._queued.append(conn)
        else:
            self.poller.unregister(client)
            self._give(conn, is_large=more is None)

    def _wait_for(self, conn: TConn) -> None:
        conn.timeout = time.monotonic() + PATIENCE
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, 1, partial(self.on_pending_socket_readable, conn))

    def _give(self, conn: TConn, *, is_large: bool) -> None:
        self.pending_conns.remove(conn)
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
        conn.data_ready = True
        if is_large:
            self._large.add(conn)
        self.enqueue_req(conn)

    def finish_request(self, conn: TConn, fs: Future[Any]) -> None:
        self._large.discard(conn)
        if fs.cancelled() or fs.exception() is not None or fs.result():
            super().finish_request(conn, fs)
        else:
            self._leave(conn)
        while self._queued and len(self._large) < max(self.cfg.threads // 2, 1):
            self._give(self._queued.popleft(), is_large=True)

    def _leave(self, conn: TConn) -> None:
        """Say that nothing more follows, and close once the client has: gthread waits for that where all wait."""
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.nr_conns -= 1
            conn.close()
            return
        conn.timeout = time.monotonic() + LEAVING
        self._leaving.append(conn)
        self.poller.register(conn.sock, 1, partial(self._drain, conn))

    def _drain(self, conn: TConn, client: socket.socket) -> None:
        try:
            if client.recv(65536):
                return
        except BlockingIOError:
            return
        except OSError as error:
            self.log.debug("a connection broke while it was closed: %s", error)
        self._leaving.remove(conn)
        self._left(conn)

    def _left(self, conn: TConn) -> None:
        self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()

    def murder_pending(self) -> None:
        """Close what has not arrived in time: in the loop, in the queue, or under the hands of a thread."""
        now = time.monotonic()
        while self._leaving and (self._leaving[0].timeout or 0) < now:
            self._left(self._leaving.popleft())
        self._queued = deque(conn for conn in self._queued if (conn.timeout or 0) > now)
        super().murder_pending()
        for conn, until in list(self._reading.values()):
            if until < now:
                try:
                    conn.sock.shutdown(socket.SHUT_RD)  # wakes the thread, which then reads an end
                except OSError as error:
                    self.log.debug("a slow connection was gone already: %s", error)

    # --- In a thread ----------------------------------------------------------------------------------------------
    def handle(self, conn: TConn) -> Any:
        thread = threading.get_ident()
        self._reading[thread] = (conn, time.monotonic() + LONG_PATIENCE)
        try:
            return super().handle(conn)
        finally:
            self._reading.pop(thread, None)

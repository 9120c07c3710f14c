"""Calling the senders that asked for it when their documents are judged: once, and three times more."""

from __future__ import annotations

import http.client
import ipaddress
import sqlite3
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

from .memory import Document, Memory

RETRIES = 3
TIMEOUT_SECONDS = 5
POLL_SECONDS = 0.02
STOP_SECONDS = 0.5
JSON = "application/json; charset=utf-8"


def is_ours(url: str) -> bool:
    """Tell whether a callback's address is one on this machine: the sandbox calls nobody else."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if parts.scheme != "http" or host is None:
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _post(url: str, body: bytes) -> bool:
    """Return whether the address answered that it took the body."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=TIMEOUT_SECONDS)
    try:
        target = parts.path or "/"
        connection.request("POST", f"{target}?{parts.query}" if parts.query else target, body, {"Content-Type": JSON})
        return 200 <= connection.getresponse().status < 300
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()


class Caller:
    """Calls in a thread of its own, which lives while there is somebody to be called.

    `work_off` judges what is due; `body` makes what is sent of a judged document.
    """

    def __init__(self, kept: Memory, work_off: Callable[[], None], body: Callable[[Document], bytes]) -> None:
        self._memory = kept
        self._work_off = work_off
        self._body = body
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """See to it that the calls that are due are made."""
        with self._lock:
            if self._stopping.is_set() or (self._thread is not None and self._thread.is_alive()):
                return
            self._thread = threading.Thread(target=self._run, name="callbacks", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Make no more calls; those that were not made are made after the next start."""
        self._stopping.set()
        with self._lock:
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(STOP_SECONDS)

    def _run(self) -> None:
        try:
            self._work()
        except sqlite3.ProgrammingError:
            # The memory was closed while a call was on its way: it is made again after the next start.
            if not self._stopping.is_set():
                raise

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._work_off()
            for document in self._memory.calling():
                if self._stopping.is_set():
                    return
                self._call(document)
            with self._lock:
                if not self._memory.waits_with_callback() and not self._memory.calling():
                    self._thread = None
                    return
            self._stopping.wait(POLL_SECONDS)

    def _call(self, document: Document) -> None:
        taken = is_ours(document.callback or "") and _post(document.callback or "", self._body(document))
        last = document.callback_tries >= RETRIES or not is_ours(document.callback or "")
        self._memory.called(document, done=taken or last)

"""Sending from within the web process: a bounded pool of threads, and a caller that waits only so long."""

from __future__ import annotations

import contextvars
import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as WaitedLongEnough
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from documents import measures
from documents.services import exchange, queue, transmit
from documents.services.errands import Errand
from documents.services.exchange import First
from documents.services.sharing import Owner, Shares


class _Pool:
    """Threads of this process. Full means full: nothing queues up here, the sender takes what is left.

    It is full sooner for an issuer that holds many of them: one whose authority is silent must not keep the others.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pid = 0
        self._shares = Shares(0)

    @property
    def busy(self) -> int:
        return self._shares.taken

    def submit(self, errand: Errand, owner: str, first: First | None) -> Future[bool] | None:
        """The running work, or None if there is no thread for this issuer or the process is ending."""
        issuer = (errand.document.merchant_id, errand.document.environment)
        with self._lock:
            if self._pid != os.getpid():  # threads do not survive a fork
                self._pid, self._shares = os.getpid(), Shares(settings.SEND_THREADS)
                self._threads = ThreadPoolExecutor(settings.SEND_THREADS, thread_name_prefix="send")
            if queue.is_closing() or not self._shares.take(issuer):
                measures.overflow.labels("web").inc()
                return None
            try:
                # Whatever is logged there carries the request's id.
                here = contextvars.copy_context()
                return self._threads.submit(here.run, self._run, errand, owner, first, issuer)
            except RuntimeError:  # the interpreter is shutting down
                self._shares.give_back(issuer)
                return None

    def is_here(self) -> bool:
        """Whether the threads are of this process and not of the one that it was forked from."""
        return self._pid == os.getpid()

    def _run(self, errand: Errand, owner: str, first: First | None, issuer: Owner) -> bool:
        try:
            return transmit.work(errand, owner, first=first)
        finally:
            if connection.settings_dict["CONN_MAX_AGE"] is not None:
                connection.close()
            with self._lock:
                self._shares.give_back(issuer)


_pool = _Pool()


def busy() -> int:
    """How many threads of this process are at an errand."""
    return _pool.busy if _pool.is_here() else 0


def send_and_wait(errand: Errand, owner: str, *, wait: timedelta, first: First | None = None) -> bool:
    """Send a claimed errand; return when it is settled or given up for now, at the latest after `wait`.

    True when the work is over and the errand's rows in memory are as they are stored; False when it goes on
    without the caller, whose answer still lands, or when it failed and will be taken up again.
    """
    running = _pool.submit(errand, owner, first)
    if running is None:
        # Nothing left here: the record of a first sending must not look like one that may have arrived.
        if first is not None:
            exchange.withdrawn(first.attempt)
        queue.release(errand.row, owner, next_attempt_at=timezone.now())
        return False
    if "pool" in connection.settings_dict.get("OPTIONS", {}) and not connection.in_atomic_block:
        connection.close()
    try:
        return running.result(timeout=wait.total_seconds())
    except WaitedLongEnough:
        return False

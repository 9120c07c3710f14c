"""Sending from within the web process: a bounded pool of threads, and a caller that waits only so long."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as WaitedLongEnough
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from documents.services import queue, transmit
from documents.services.errands import Errand
from documents.services.exchange import First


class _Pool:
    """Threads of this process. Full means full: nothing queues up here, the sender takes what is left."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pid = 0
        self.busy = 0

    def submit(self, errand: Errand, owner: str, first: First | None) -> Future[bool] | None:
        """The running work, or None if every thread is busy or the process is ending."""
        with self._lock:
            if self._pid != os.getpid():  # threads do not survive a fork
                self._pid, self.busy = os.getpid(), 0
                self._threads = ThreadPoolExecutor(settings.SEND_THREADS, thread_name_prefix="send")
            if self.busy >= settings.SEND_THREADS:
                return None
            try:
                running = self._threads.submit(self._run, errand, owner, first)
            except RuntimeError:  # the interpreter is shutting down
                return None
            self.busy += 1
            return running

    def _run(self, errand: Errand, owner: str, first: First | None) -> bool:
        try:
            return transmit.work(errand, owner, first=first)
        finally:
            if connection.settings_dict["CONN_MAX_AGE"] is not None:
                connection.close()
            with self._lock:
                self.busy -= 1


_pool = _Pool()


def send_and_wait(errand: Errand, owner: str, *, wait: timedelta, first: First | None = None) -> bool:
    """Send a claimed errand; return when it is settled or given up for now, at the latest after `wait`.

    True when the work is over and the errand's rows in memory are as they are stored; False when it goes on
    without the caller, whose answer still lands, or when it failed and will be taken up again.
    """
    running = _pool.submit(errand, owner, first)
    if running is None:
        # Nothing left here: the record of a first sending must not look like one that may have arrived.
        if first is not None:
            first.attempt.delete()
        queue.release(errand.row, owner, next_attempt_at=timezone.now())
        return False
    if "pool" in connection.settings_dict.get("OPTIONS", {}) and not connection.in_atomic_block:
        connection.close()
    try:
        return running.result(timeout=wait.total_seconds())
    except WaitedLongEnough:
        return False

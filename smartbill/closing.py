"""Beside the requests of a web process: its heartbeat, and its end.

At the end what is on its way to Hacienda is finished within the grace, and the rest is given back.

Gunicorn finishes the requests; the threads of `documents.services.dispatch` go on after their callers have left.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Protocol

from django.conf import settings
from django.db import Error, connection

from documents.models import Heartbeat
from documents.services import dispatch, queue
from documents.services.heartbeats import Pulse

log = logging.getLogger(__name__)

LOOK = 0.1  # seconds


class WebWorker(Protocol):
    """Gunicorn's worker, as far as we look at it."""

    alive: bool


def watch(worker: WebWorker) -> threading.Thread:
    """See to the end of `worker` from a thread of its own; called once in each process."""
    thread = threading.Thread(target=_see_to_the_end, args=(worker,), name="closing", daemon=True)
    thread.start()
    return thread


def _see_to_the_end(worker: WebWorker) -> None:
    pulse = Pulse(Heartbeat.Kind.WEB, settings.SEND_THREADS)
    while worker.alive:
        _beat(pulse)
        time.sleep(LOOK)
    queue.close()
    end = time.monotonic() + settings.GRACE.total_seconds()
    while dispatch.busy() and time.monotonic() < end:
        time.sleep(LOOK)
    try:
        if dispatch.busy():
            log.warning("%s errands are given back: they take longer than the grace", queue.give_back())
        pulse.end()
    except Error:
        log.warning("the database did not answer; leases will run out", exc_info=True)
    finally:
        connection.close()


def _beat(pulse: Pulse) -> None:
    try:
        if pulse.beat(dispatch.busy()):
            connection.close()  # back to the pool until the next one
    except Error as error:
        log.warning("the heartbeat was not written: %s", type(error).__name__)
        connection.close()

"""The cluster of django-q2 under a watch of its own.

A worker that is killed while it reads from the cluster's queue takes the queue's lock with it: from then on nobody
reads, and nothing dies that a supervisor could start again. Therefore the sentinel (the process that guards the
workers) looks for that state every second and ends itself and all that it has started, and the main process looks
whether the sentinel still does so. Whoever started the main process starts it again.
"""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import os
import signal
import threading
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.sharedctypes import RawValue
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django_q.brokers.orm import ORM
from django_q.cluster import Sentinel

from documents.models import Heartbeat
from documents.services.heartbeats import Pulse

log = logging.getLogger(__name__)

LOOK = 1.0  # seconds between two looks
SENTINEL_SILENT = 60.0  # seconds after which a sentinel that does not look any more is given up
STARTING = 60.0  # seconds that it may take to begin
STUCK = 70  # exit code of a cluster that was given up


class Broker(ORM):
    """The usual broker, which also tells when the sentinel last went round."""

    def __init__(self, list_key: str | None = None) -> None:
        super().__init__(list_key)
        self.round_at = time.monotonic()

    def set_stat(self, key: str, value: str, timeout: int) -> None:
        """Called once a round. Statistics would be kept in this process' own cache, where nobody sees them."""
        self.round_at = time.monotonic()


@dataclass(slots=True)
class Symptoms:
    """Since when each symptom of a frozen cluster has been seen without a break."""

    patience: timedelta
    since: dict[str, float] = field(default_factory=dict)

    def lasting(self, seen: dict[str, bool], now: float) -> str | None:
        """The first symptom that has lasted too long."""
        for name, is_there in seen.items():
            if not is_there:
                self.since.pop(name, None)
            elif now - self.since.setdefault(name, now) >= self.patience.total_seconds():
                return name
        return None


class WatchedSentinel(Sentinel):
    """django-q2's sentinel with a thread that looks whether the cluster still moves."""

    def __init__(self, stop: Any, start: Any, cluster: uuid.UUID, looked_at: Any) -> None:
        self._looked_at = looked_at
        self._done_before = 0
        super().__init__(stop, start, cluster, Broker(settings.Q_CLUSTER["name"]))

    def guard(self) -> None:
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()
        super().guard()

    def _watch(self) -> None:
        symptoms = Symptoms(settings.WORKER_STUCK_AFTER)
        while not self.stop_event.is_set():
            now = time.monotonic()
            stuck = symptoms.lasting(self._seen(now), now)
            if stuck is not None:
                log.critical("the worker is frozen (%s); it ends, to be started again", stuck)
                self._end()
            self._looked_at.value = time.time()
            time.sleep(LOOK)

    def _seen(self, now: float) -> dict[str, bool]:
        # Without the locks of the counters and timers: whoever was killed may hold them for ever.
        waiting = self.task_queue.size.count.get_obj().value
        done, before = self.result_queue.size.count.get_obj().value, self._done_before
        self._done_before = done
        timers = [process.timer.get_obj().value for process in list(self.pool)]
        return {
            "tasks wait and every process is idle": waiting > 0 and all(timer == -1 for timer in timers),
            "results wait and nobody takes them": 0 < before <= done,
            "the guard stands still": now - self.broker.round_at > LOOK * 2,
        }

    def _end(self) -> None:
        for process in (*self.pool, self.monitor, self.pusher):
            with suppress(ProcessLookupError, AttributeError):
                os.kill(process.pid, signal.SIGKILL)
        os._exit(STUCK)


class Cluster:
    """The main process: starts the sentinel, says that it is at work, and ends with it. `run` gives the exit code."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("fork")
        self._stop, start = context.Event(), context.Event()
        self._looked_at = RawValue(ctypes.c_double, 0.0)
        self._begun = time.time()
        self._sentinel = context.Process(
            target=WatchedSentinel, args=(self._stop, start, uuid.uuid4(), self._looked_at), name="sentinel"
        )
        self.stopping = threading.Event()

    def run(self) -> int:
        self._sentinel.start()
        pulse = Pulse(Heartbeat.Kind.WORKER, settings.Q_CLUSTER["workers"])
        while self._sentinel.is_alive():
            if self.stopping.is_set():
                self._stop.set()
            elif not self._is_watched():
                log.critical("the worker's sentinel stands still; all of it ends, to be started again")
                self._kill()
            else:
                _beat(pulse)
            self._sentinel.join(LOOK / 2)
        if self.stopping.is_set():
            with suppress(Error):
                pulse.end()
        return self._sentinel.exitcode or 0

    def _is_watched(self) -> bool:
        looked_at = self._looked_at.value
        if not looked_at:
            return time.time() - self._begun < STARTING
        return time.time() - looked_at < SENTINEL_SILENT

    def _kill(self) -> None:
        if os.getpgrp() == os.getpid():  # started as a group of its own: everything in it is ours
            os.killpg(0, signal.SIGKILL)
        self._sentinel.kill()
        os._exit(STUCK)


def _beat(pulse: Pulse) -> None:
    try:
        pulse.beat()
    except Error as error:
        log.warning("the heartbeat was not written: %s", type(error).__name__)
    finally:
        connection.close()

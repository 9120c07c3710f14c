"""`manage.py sender`: takes up everything that is due, for as long as it runs."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from types import FrameType
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, connection
from django.utils import timezone

from contingency.models import Batch, Event, Run
from contingency.services import batches, clocks, reporting, runs, tending
from documents.models import Decision, Document, Heartbeat, Invalidation, Queued
from documents.received.services import errand as received
from documents.services import errands, fairness, probing, queue, transmit
from documents.services.heartbeats import Pulse
from documents.services.sharing import Owner, Shares

log = logging.getLogger(__name__)

CHORE_PAUSE: Final = timedelta(seconds=1)
CLOCKS_PAUSE: Final = timedelta(seconds=20)  # they run for hours, and looking at all of them takes a while


def _document(pk: int, owner: str) -> None:
    transmit.work(errands.load(Document, pk), owner)


def _invalidation(pk: int, owner: str) -> None:
    transmit.work(errands.load(Invalidation, pk), owner)


# What a row of each kind is brought on by, once it is claimed.
WORK: Final[dict[type[Queued], Callable[[int, str], None]]] = {
    Document: _document,
    Invalidation: _invalidation,
    Decision: received.send,
    Event: reporting.send,
    Run: runs.advance,
    Batch: batches.send,
}


class Chore:
    """What is looked after once in a while and never twice at a time, in a thread of its own.

    Full hands must not keep anybody from noticing that an outage is over, nor a silent Hacienda from making events.
    """

    def __init__(self, name: str, look: Callable[[datetime], object], pause: timedelta = CHORE_PAUSE) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._name = name
        self._look = look
        self._pause = pause
        self._running: Future[None] | None = None
        self._begun_at: datetime | None = None

    def begin(self) -> None:
        """Start it, if it is time and the last look is over."""
        now = timezone.now()
        if self._running is not None and not self._running.done():
            return
        if self._begun_at is None or now - self._begun_at >= self._pause:
            self._begun_at = now
            self._running = self._thread.submit(self._run, now)

    def end(self) -> None:
        self._thread.shutdown(wait=True)

    def _run(self, now: datetime) -> None:
        try:
            self._look(now)
        except Exception:  # the boundary of a thread: the next second tries again
            log.exception("%s failed", self._name)
        finally:
            _end_of_work()


class Sender:
    """A pool of threads over all rows that are due, shared fairly between those whose rows they are.

    The rows are the queue: nothing that matters is kept here, so any number of senders may run and any of them
    may be killed. What a killed one held is taken up again when its lease has run out.
    """

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="sender")
        self._shares = Shares(threads)
        self._running: dict[Future[None], Owner] = {}
        self._served: dict[type[Queued], Owner] = {}  # whose turn was the last
        self._order: tuple[type[Queued], ...] = tuple(WORK)
        self._chores = (
            Chore("tending", tending.tend),
            Chore("probing", probing.look),
            Chore("clocks", clocks.look, CLOCKS_PAUSE),
        )
        self._pulse = Pulse(Heartbeat.Kind.SENDER, threads)
        self.stopping = threading.Event()

    def run(self) -> None:
        """Until told to stop; then what is under way is finished, or given back when the grace is over."""
        while not self.stopping.is_set():
            try:
                self._pulse.beat(len(self._running))
                for chore in self._chores:
                    chore.begin()
                found = self.turn()
            except Error:
                log.warning("the database did not answer; trying again", exc_info=True)
                connection.close()
                found = 0
            self.stopping.wait(0.01 if found else settings.SENDER_POLL.total_seconds())
        self._finish()

    def _finish(self) -> None:
        left = wait(self._running, timeout=settings.GRACE.total_seconds()).not_done
        try:
            if left:
                log.warning("%s errands are given back: they take longer than the grace", queue.give_back())
            self._pulse.end()
        except Error:
            log.warning("the database did not answer; leases will run out", exc_info=True)
        for chore in self._chores:
            chore.end()
        self._pool.shutdown(wait=True)

    def turn(self) -> int:
        """Claim and start what is due, as far as threads are free; returns how many were started."""
        for future in [future for future in self._running if future.done()]:
            self._shares.give_back(self._running.pop(future))
        started = 0
        # By turns first, so that a backlog of the one never keeps the others waiting.
        self._order = (*self._order[1:], self._order[0])
        for model in self._order:
            if not self._shares.free:
                break
            chosen = [place for place in self._in_turn(model) if self._shares.take(place[1])]
            won: frozenset[int] = frozenset()
            try:
                owner, won = queue.claim_all(model, [pk for pk, _issuer in chosen], now=timezone.now())
            finally:  # a database that fails here must not cost threads for good
                for pk, issuer in chosen:
                    if pk not in won:
                        self._shares.give_back(issuer)
            for pk, issuer in chosen:
                if pk in won:
                    self._served[model] = issuer
                    self._running[self._pool.submit(_bring, model, pk, owner)] = issuer
                    started += 1
        return started

    def _in_turn(self, model: type[Queued]) -> list[fairness.Place]:
        """What is due and there are threads for, beginning with whoever comes after the last one served."""
        return fairness.in_turn(
            model,
            now=timezone.now(),
            most=self._shares.free,
            after=self._served.get(model),
            room=self._shares.room,
        )


def _bring(model: type[Queued], pk: int, owner: str) -> None:
    try:
        WORK[model](pk, owner)
    except Exception:  # the boundary of a thread: the lease runs out and the row is taken up again
        log.exception("%s %s could not be taken up", model.__name__, pk)
    finally:
        _end_of_work()


def _end_of_work() -> None:
    if connection.settings_dict["CONN_MAX_AGE"] is not None:
        connection.close()


class Command(BaseCommand):
    help = "Sends what waits for Hacienda; run one or more of them beside the web processes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--threads", type=int, default=settings.SENDER_THREADS)

    def handle(self, *args: Any, **options: Any) -> None:
        sender = Sender(options["threads"])

        def stop(number: int, frame: FrameType | None) -> None:
            sender.stopping.set()
            queue.close()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        log.info("sender with %s threads", options["threads"])
        sender.run()

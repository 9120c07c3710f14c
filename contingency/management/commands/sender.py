"""`manage.py sender`: takes up every document and event that is due, for as long as it runs."""

from __future__ import annotations

import logging
import signal
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, connection
from django.utils import timezone

from documents.models import Document, Invalidation
from documents.services import errands, queue, transmit

log = logging.getLogger(__name__)


class Sender:
    """A pool of threads over all rows that are due.

    The rows are the queue: nothing that matters is kept here, so any number of senders may run and any of them
    may be killed. What a killed one held is taken up again when its lease has run out.
    """

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="sender")
        self._threads = threads
        self._running: set[Future[None]] = set()
        self._order: tuple[type[queue.Row], ...] = (Document, Invalidation)
        self.stopping = threading.Event()

    def run(self) -> None:
        """Until told to stop; then what is under way is finished."""
        while not self.stopping.is_set():
            try:
                found = self.turn()
            except Error:
                log.warning("the database did not answer; trying again", exc_info=True)
                connection.close()
                found = 0
            self.stopping.wait(0.01 if found else settings.SENDER_POLL.total_seconds())
        self._pool.shutdown(wait=True)

    def turn(self) -> int:
        """Claim and start what is due, as far as threads are free; returns how many were started."""
        self._running = {future for future in self._running if not future.done()}
        started = 0
        # By turns first, so that a backlog of the one never keeps the other waiting.
        self._order = self._order[::-1]
        for model in self._order:
            free = self._threads - len(self._running)
            if free <= 0:
                break
            due = queue.due(model, now=timezone.now()).values_list("pk", flat=True)
            for pk in list(due[:free]):
                owner = queue.claim(model, pk, now=timezone.now())
                if owner is not None:
                    self._running.add(self._pool.submit(_bring, model, pk, owner))
                    started += 1
        return started


def _bring(model: type[queue.Row], pk: int, owner: str) -> None:
    try:
        transmit.work(errands.load(model, pk), owner)
    except Exception:  # the boundary of a thread: the lease runs out and the row is taken up again
        log.exception("%s %s could not be taken up", model.__name__, pk)
    finally:
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

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        log.info("sender with %s threads", options["threads"])
        sender.run()

"""Which processes are at work: each says so itself, in a row of its own, every few seconds."""

from __future__ import annotations

import os
import socket
import time
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from documents.models import Heartbeat

INTERVAL = timedelta(seconds=3)
SILENT_AFTER = timedelta(seconds=15)  # a process that has not beaten for so long is not at work
FORGOTTEN_AFTER = timedelta(hours=1)


def this_process() -> str:
    """The name of this process among those of all machines."""
    return f"{socket.gethostname()[:80]}:{os.getpid()}"


class Pulse:
    """The heartbeat of this process: `beat` as often as you like, it writes every few seconds."""

    def __init__(self, kind: Heartbeat.Kind, threads: int) -> None:
        self._kind = kind
        self._threads = threads
        self._started_at = timezone.now()
        self._next = 0.0

    def beat(self, busy: int = 0) -> bool:
        """Say that this process is at work; whether it was written now. Raises what the database raises."""
        if time.monotonic() < self._next:
            return False
        now = timezone.now()
        self._next = time.monotonic() + INTERVAL.total_seconds()
        Heartbeat.objects.update_or_create(
            kind=self._kind,
            process=this_process(),
            defaults={"at": now, "started_at": self._started_at, "threads": self._threads, "busy": busy},
        )
        return True

    def end(self) -> None:
        """Take the row away: who leaves in good order is not missed. Also forgets those who left otherwise."""
        Heartbeat.objects.filter(kind=self._kind, process=this_process()).delete()
        prune(timezone.now())


def alive(kind: str, now: datetime) -> QuerySet[Heartbeat]:
    """The processes of a kind that are at work."""
    return Heartbeat.objects.filter(kind=kind, at__gt=now - SILENT_AFTER)


def last(kind: str) -> datetime | None:
    """When any process of a kind was last at work."""
    return Heartbeat.objects.filter(kind=kind).order_by("-at").values_list("at", flat=True).first()


def prune(now: datetime) -> int:
    """Forget processes that are long gone; how many."""
    return Heartbeat.objects.filter(at__lt=now - FORGOTTEN_AFTER).delete()[0]

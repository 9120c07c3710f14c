"""Whether the whole installation is at work, told part by part and without a word that a stranger could use."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Q
from django.utils import timezone
from django_q.models import Schedule

from accounts.models import Credential
from documents.models import Heartbeat
from documents.services import heartbeats

log = logging.getLogger(__name__)

OK = "ok"
KEPT = 2.0  # seconds for which an answer is good: asking often must cost nothing
LATE_AFTER = timedelta(minutes=10)
# What must be scheduled, whatever the schedules are called.
SCHEDULED = ("contingency.tasks.send_month", "smartbill.tasks.watch")


@dataclass(frozen=True, slots=True)
class Readiness:
    """`parts` are `ok` or one word about what is wrong; `credentials` are counts and decide nothing.

    One taxpayer's expired certificate is no reason to take the service away from all the others.
    """

    parts: dict[str, str]
    credentials: dict[str, int]

    @property
    def is_ready(self) -> bool:
        return all(state == OK for state in self.parts.values())


def look(now: datetime) -> Readiness:
    """Look at every part, in a few short queries."""
    try:
        parts = {"database": OK, "migrations": OK if not missing_migrations() else "missing"}
        if parts["migrations"] != OK:
            return Readiness(parts, {})
        for kind in (Heartbeat.Kind.SENDER, Heartbeat.Kind.WORKER):  # web answers itself
            parts[kind.value] = OK if heartbeats.alive(kind, now).exists() else "silent"
        parts["schedules"] = "missing" if missing_schedules() else "late" if late_schedules(now) else OK
        return Readiness(parts, _credentials(now))
    except Error as error:
        log.warning("not ready: the database does not answer (%s)", type(error).__name__)
        return Readiness({"database": "unreachable"}, {})


def missing_migrations() -> list[str]:
    """Migrations of this code that the database has not seen, by name."""
    return sorted(f"{app}.{name}" for app, name in _known() - set(MigrationRecorder(connection).applied_migrations()))


@cache
def _known() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).graph.nodes)


def missing_schedules() -> list[str]:
    """What should be scheduled and is not."""
    return sorted(set(SCHEDULED) - set(Schedule.objects.filter(func__in=SCHEDULED).values_list("func", flat=True)))


def late_schedules(now: datetime) -> list[str]:
    """Schedules whose time has come and gone without anybody starting them."""
    late = Schedule.objects.filter(next_run__lt=now - LATE_AFTER).exclude(repeats=0)
    return sorted(str(name) for name in late.values_list("name", flat=True))


def _credentials(now: datetime) -> dict[str, int]:
    return {
        "expired": Credential.objects.filter(valid_until__lte=now).count(),
        "refused": Credential.objects.filter(Q(refused_at__isnull=False)).count(),
    }


class _Kept:
    """The last look of this process, for a moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0
        self._last: Readiness | None = None

    def get(self) -> Readiness:
        with self._lock:
            if self._last is None or time.monotonic() >= self._until:
                self._last = look(timezone.now())
                self._until = time.monotonic() + KEPT
                if not self._last.is_ready:
                    log.warning("not ready: %s", self._last.parts)
            return self._last

    def forget(self) -> None:
        self._until = 0.0


kept = _Kept()

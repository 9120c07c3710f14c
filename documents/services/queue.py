"""Claims on rows that wait to be sent: a lease that one worker holds, renewed while it works."""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import Error, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from documents.models import Document, Invalidation, Queued

log = logging.getLogger(__name__)

Row = Document | Invalidation  # what travels as an errand


def new_owner() -> str:
    """A name for one claim."""
    return f"{os.getpid()}-{secrets.token_hex(6)}"


def due(model: type[Queued], *, now: datetime) -> QuerySet[Any]:
    """Rows that somebody should take up: their time has come and nobody holds them."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    rows = model._default_manager.filter(model.ACTIVE, free, next_attempt_at__lte=now)
    return rows.order_by("next_attempt_at")


def claim_all(model: type[Queued], keys: Sequence[int], *, now: datetime) -> tuple[str, frozenset[int]]:
    """Take those of the rows that are due still: the claim's name, and the keys of those that were won.

    On PostgreSQL the rows that another sender is just taking are passed over instead of waited for; SQLite has one
    writer at a time.
    """
    owner = new_owner()
    if not keys:
        return owner, frozenset()
    with transaction.atomic():
        free = due(model, now=now).filter(pk__in=keys).order_by("pk").select_for_update(skip_locked=True)
        won = frozenset(free.values_list("pk", flat=True))
        model._default_manager.filter(pk__in=won).update(lease_owner=owner, lease_until=now + settings.LEASE)
    return owner, won


def release(row: Queued, owner: str, *, next_attempt_at: datetime) -> None:
    """Give the row back, to be taken up again at a later time."""
    type(row)._default_manager.filter(pk=row.pk, lease_owner=owner).update(
        lease_owner="", lease_until=None, next_attempt_at=next_attempt_at, rounds=row.rounds + 1
    )


class _Keeper:
    """Renews the leases of this process, so that a slow answer does not look like a dead worker.

    `closing` is set once the process is to end: nothing new is begun from then on.
    """

    def __init__(self) -> None:
        self._held: dict[tuple[type[Queued], int], str] = {}
        self._lock = threading.Lock()
        self._pid = 0
        self.closing = threading.Event()

    def hold(self, row: Queued, owner: str) -> None:
        with self._lock:
            self._held[type(row), row.pk] = owner
            if self._pid != os.getpid():  # a forked process has no threads of its parent
                self._pid = os.getpid()
                threading.Thread(target=self._renew_for_ever, name="leases", daemon=True).start()

    def drop(self, row: Queued, owner: str) -> None:
        with self._lock:
            if self._held.get((type(row), row.pk)) == owner:
                del self._held[type(row), row.pk]

    def give_back(self, now: datetime) -> int:
        """Let go of every row, to be taken up by anybody at once; how many."""
        with self._lock:
            held, self._held = self._held, {}
        for (model, pk), owner in held.items():
            model._default_manager.filter(pk=pk, lease_owner=owner).update(
                lease_owner="", lease_until=None, next_attempt_at=now
            )
        return len(held)

    def _renew_for_ever(self) -> None:
        while True:
            time.sleep(settings.LEASE.total_seconds() / 3)
            with self._lock:
                held = dict(self._held)
            if not held:
                continue
            try:
                until = timezone.now() + settings.LEASE
                for (model, pk), owner in held.items():
                    model._default_manager.filter(pk=pk, lease_owner=owner).update(lease_until=until)
            except Error:
                # A lease that runs out costs a question to Hacienda, never a document; the next turn tries again.
                log.warning("leases were not renewed", exc_info=True)
            finally:
                connection.close()


_keeper = _Keeper()


def close() -> None:
    """This process is to end: what is under way stops at its next step and is given back."""
    _keeper.closing.set()


def is_closing() -> bool:
    return _keeper.closing.is_set()


def give_back() -> int:
    """Let go of the rows that are still in work here, so that another process goes on with them at once.

    Whatever is on its way is asked about there first. An answer that comes here after all is applied all the same.
    """
    return _keeper.give_back(timezone.now())


@contextmanager
def kept(row: Queued, owner: str) -> Iterator[None]:
    """Within this block the claim is renewed."""
    _keeper.hold(row, owner)
    try:
        yield
    finally:
        _keeper.drop(row, owner)

"""When a key was last used: noted after the request, by a thread of its own, at most once a minute a key.

Nobody waits for this write and nothing fails with it. A process that ends may lose the last second of uses.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from django.db import Error, connection, transaction
from django.db.models import Q

from accounts.models import ApiKey

log = logging.getLogger(__name__)

INTERVAL = timedelta(minutes=1)


class LastUse:
    """Gathers uses for `pause` and then writes them; each thread writes once and ends."""

    def __init__(self, pause: timedelta = timedelta(seconds=1)) -> None:
        self._pause = pause.total_seconds()
        self._lock = threading.Lock()
        self._pending: dict[int, datetime] = {}
        self._running = False

    def note(self, key: ApiKey, now: datetime) -> None:
        """Remember that `key` was used at `now`, unless its row says so of the last minute already."""
        if key.last_used_at is not None and now - key.last_used_at < INTERVAL:
            return
        # Outside a transaction this runs at once; inside one, only when that has been committed.
        transaction.on_commit(partial(self._gather, key.pk, now))

    def _gather(self, key_id: int, now: datetime) -> None:
        with self._lock:
            self._pending[key_id] = now
            if self._running:
                return
            self._running = True
        try:
            threading.Thread(target=self._run, name="last-use", daemon=True).start()
        except RuntimeError:  # the process may not start another thread just now
            with self._lock:
                self._running = False

    def _run(self) -> None:
        time.sleep(self._pause)
        with self._lock:
            uses, self._pending = self._pending, {}
            self._running = False
        try:
            write(uses)
        except Error as error:
            log.warning("the last use of API keys was not noted: %s", type(error).__name__)
        finally:
            connection.close()


def write(uses: Mapping[int, datetime]) -> int:
    """Set `last_used_at` of the keys (id → moment) without one in the last minute; how many were set."""
    written = 0
    for key_id, at in uses.items():
        # The condition holds across processes: whoever comes second within the minute changes nothing.
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=at - INTERVAL)
        written += ApiKey.objects.filter(stale, pk=key_id).update(last_used_at=at)
    return written


last_use = LastUse()

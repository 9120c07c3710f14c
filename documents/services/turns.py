"""One turn at a claimed row: its lease is kept, and it ends with the row settled or given back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db import Error, connection
from django.utils import timezone
from structlog.contextvars import bound_contextvars

from documents.models import Queued
from documents.services import queue

log = logging.getLogger(__name__)

FAILED_REST = timedelta(seconds=30)  # after a fault of ours
HELD_REST = timedelta(seconds=30)  # how soon to look again whether a person has mended the credentials
OUTAGE_REST = timedelta(seconds=2)  # how soon something that belongs to contingency looks whether the outage is over
# Written with a state in which nothing is left to be done about the row.
SETTLED: dict[str, object] = {"next_attempt_at": None, "lease_until": None, "lease_owner": ""}


def take(row: Queued, owner: str, work: Callable[[], timedelta | None]) -> bool:
    """Do the work while the claim is renewed; it returns how long to rest, or None when the row is settled.

    Never raises: an unexpected fault is logged and the row is taken up again later. Returns whether there was none;
    after one, what is in memory need not be what is stored.
    """
    name = f"{type(row).__name__} {row.pk}"
    with bound_contextvars(**_named(row)), queue.kept(row, owner):
        try:
            rest = work()
            is_sound = True
        except Exception:  # the boundary of a worker: what is stored is good for another turn
            log.exception("%s failed unexpectedly", name)
            rest, is_sound = FAILED_REST, False
            if not connection.in_atomic_block:
                connection.close()  # it may be what failed
    if rest is None:
        return is_sound
    try:
        queue.release(row, owner, next_attempt_at=timezone.now() + rest)
    except Error:
        log.exception("%s was not given back; its lease will run out", name)
    return is_sound


def _named(row: Queued) -> dict[str, object]:
    """What every log line of this turn carries: the row, by the name that people know, and whose it is."""
    kind = type(row).__name__.lower()
    # The message of a line is its `event`.
    names: dict[str, object] = {"event_id" if kind == "event" else kind: getattr(row, "public_id", row.pk)}
    document = getattr(row, "document", None)  # of an invalidation
    if document is not None:
        names["document"] = document.public_id
    owner = getattr(row, "run", None) or document or row  # a batch belongs to its run
    return names | {"merchant": getattr(owner, "merchant_id", None)}


def afresh(row: Queued) -> None:
    """Let the pauses of a row begin small again: what it waited for was no failure of its own."""
    row.rounds = -1  # giving it back counts one

"""What grows and is of no more use after a while: removed in small bites, so that nobody waits for it.

Legal evidence is not among it and never will be: documents, what was signed, stamps, history, every exchange with the
authority and the notices of them stay for the ten years of the law, and longer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session
from django.db.models import Model, QuerySet
from django_q.models import Task

from documents.services import idempotency

BITE: Final = 500
BUDGET: Final = 40.0  # seconds of one turn; django-q2 would end it at 60
SESSIONS_AFTER: Final = timedelta(0)  # of their own end
LOGINS_KEPT: Final = timedelta(days=90)
DONE_KEPT: Final = timedelta(days=7)
FAILED_KEPT: Final = timedelta(days=90)  # an operator may want to know what failed


def outlived(now: datetime) -> Iterator[QuerySet[Model]]:
    """The rows that may go."""
    yield idempotency.outlived(now)
    yield Session.objects.filter(expire_date__lt=now - SESSIONS_AFTER)
    for logins in (AccessAttempt, AccessFailureLog, AccessLog):
        yield logins.objects.filter(attempt_time__lt=now - LOGINS_KEPT)
    yield Task.objects.filter(success=True, stopped__lt=now - DONE_KEPT)
    yield Task.objects.filter(success=False, stopped__lt=now - FAILED_KEPT)


def prune(now: datetime, *, clock: Callable[[], float] = time.monotonic) -> int:
    """Remove them as far as a turn's time goes; how many rows were removed."""
    until = clock() + BUDGET
    removed = 0
    for rows in outlived(now):
        while clock() < until:
            keys = list(rows.order_by().values_list("pk", flat=True)[:BITE])
            if keys:
                removed += rows.filter(pk__in=keys).delete()[0]
            if len(keys) < BITE:
                break
    return removed

"""Short tasks that django-q2 runs: the sending of a month's documents at its end."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import Merchant
from contingency.models import Run
from contingency.services import runs
from documents.models import Document
from documents.states import State
from hacienda.registry import authority

log = logging.getLogger(__name__)

# The second net falls a quarter of an hour into the next month, and means the one before.
INTO_NEXT_MONTH = timedelta(hours=12)


def send_month(due_at: str | None = None) -> int:
    """Start a run for every merchant with documents in contingency issued until the end of the month; how many.

    `due_at` (ISO 8601) is when the schedule meant this to happen, however late it happens: its month is meant. A run
    waits by itself while an outage is open, and one that is under way already takes the rest along. A merchant whose
    run cannot be started does not keep the others from theirs.
    """
    now = timezone.now()
    meant = datetime.fromisoformat(due_at) if due_at else now
    started = 0
    for merchant, environment in _waiting():
        try:
            zone = authority(merchant.country).rules.zone
            local = (meant - INTO_NEXT_MONTH).astimezone(zone)
            documents = Document.objects.filter(issued_at__lt=_end_of_month(local))
            run, is_new = runs.start(
                merchant=merchant,
                environment=environment,
                trigger=Run.Trigger.MONTH_END,
                now=now,
                documents=documents,
            )
        except Exception:  # the boundary of a merchant: the next one's documents are due as well
            log.exception("merchant %s, %s: the month's run could not be started", merchant.pk, environment)
            continue
        started += is_new and run.total > 0
    log.info("month's end: %s runs started", started)
    return started


def _waiting() -> list[tuple[Merchant, str]]:
    """Who has documents in contingency, and where."""
    rows = Document.objects.filter(state=State.CONTINGENCY.value).order_by("merchant_id", "environment")
    places = list(rows.values_list("merchant_id", "environment").distinct())
    merchants = Merchant.objects.in_bulk([key for key, _environment in places])
    return [(merchants[key], environment) for key, environment in places]


def _end_of_month(local: datetime) -> datetime:
    first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)

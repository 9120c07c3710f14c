"""What a merchant wants to know at a glance: how much was issued today, and what needs looking at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from documents.models import Document
from documents.states import State


@dataclass(frozen=True, slots=True)
class Overview:
    """Numbers of documents. `rejected` counts only those that can still be corrected."""

    today: int
    transmitting: int
    contingency: int
    rejected: int


def overview(documents: QuerySet[Document], *, zone: ZoneInfo, correction_term: timedelta, now: datetime) -> Overview:
    """Count a merchant's documents; four counts, each over an index."""
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return Overview(
        today=documents.filter(issued_at__gte=midnight).count(),
        transmitting=documents.filter(state=State.TRANSMITTING.value).count(),
        contingency=documents.filter(state=State.CONTINGENCY.value).count(),
        rejected=documents.filter(
            state=State.REJECTED.value, changed_at__gte=now - correction_term, replaced_by__isnull=True
        ).count(),
    )

"""After a backup was restored: decisions on their way count as perhaps sent; see `documents.services.doubting`."""

from __future__ import annotations

from datetime import datetime

from documents.models import Decision, DecisionAttempt


def perhaps_sent(now: datetime) -> int:
    """Write down of each decision on its way that it may have left; how many there are."""
    keys = list(Decision.objects.filter(Decision.ACTIVE).values_list("pk", flat=True))
    DecisionAttempt.objects.bulk_create(
        [DecisionAttempt(decision_id=pk, action=DecisionAttempt.Action.SUBMIT, started_at=now) for pk in keys],
        batch_size=500,
    )
    return len(keys)

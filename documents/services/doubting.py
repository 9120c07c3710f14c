"""After a backup was restored: nothing here is sure of what has been sent since, so everything is asked about first.

The means are those of a crash: a sending that may have arrived is on record, and the policy never sends again before
the authority has said clearly that it has no such document.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from documents.models import Attempt, Decision, Document, Invalidation, Queued
from documents.received.services import doubting as received
from documents.services import moves
from documents.states import State

# Before the backup, a rejection may have been so old and still be corrected under its own code afterwards.
LONGEST_TERM = timedelta(days=2)
_CHUNK = 500


def doubt(*, backup_at: datetime, now: datetime) -> dict[str, int]:
    """Mark documents and invalidations as perhaps sent since `backup_at`; how many of each. In one transaction."""
    return {
        "documents on their way": _on_their_way(now),
        "documents in contingency": _in_contingency(now),
        "invalidations on their way": _invalidations(now),
        "decisions on their way": _decisions(now),
        "rejected documents that need a new code": _rejected(backup_at),
    }


def free(model: type[Queued], now: datetime) -> int:
    """Make every row with which something is to be done due at once, whoever held it; how many."""
    rows = model._default_manager.filter(model.ACTIVE)
    return rows.update(lease_owner="", lease_until=None, next_attempt_at=now, rounds=0)


def _on_their_way(now: datetime) -> int:
    rows = Document.objects.filter(state=State.TRANSMITTING.value)
    _perhaps_sent([Attempt(document_id=pk) for pk in rows.values_list("pk", flat=True)], now)
    return free(Document, now)


def _in_contingency(now: datetime) -> int:
    """What was in contingency may have been reported, sent and stamped since."""
    keys = list(Document.objects.filter(state=State.CONTINGENCY.value).values_list("pk", flat=True))
    moves.mark(keys, at=now, uncertain=True, next_attempt_at=now)
    Document.objects.filter(state=State.CONTINGENCY.value).update(lease_owner="", lease_until=None, rounds=0)
    return len(keys)


def _invalidations(now: datetime) -> int:
    rows = Invalidation.objects.filter(Invalidation.ACTIVE).values_list("document_id", "pk")
    _perhaps_sent([Attempt(document_id=document, invalidation_id=pk) for document, pk in rows], now)
    return free(Invalidation, now)


def _decisions(now: datetime) -> int:
    received.perhaps_sent(now)
    return free(Decision, now)


def _perhaps_sent(attempts: list[Attempt], now: datetime) -> None:
    for attempt in attempts:
        attempt.action, attempt.started_at = Attempt.Action.SUBMIT, now
    Attempt.objects.bulk_create(attempts, batch_size=_CHUNK)


def _rejected(backup_at: datetime) -> int:
    """A correction that is lost may have been accepted under the same code: no other one may use that code."""
    rows = Document.objects.filter(
        state=State.REJECTED.value, replaced_by__isnull=True, changed_at__gt=backup_at - LONGEST_TERM
    )
    found = 0
    for pk, rejection in list(rows.values_list("pk", "rejection")):
        found += Document.objects.filter(pk=pk).update(rejection={**(rejection or {}), "code_is_spent": True})
    return found

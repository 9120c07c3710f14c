"""Contingency events: which documents they list, and their way to the authority.

The event goes by itself and nothing delays it: it is made as soon as the outage is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.db import IntegrityError
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.audit import SMARTBILL, Action, Actor, record
from contingency import facts
from contingency.models import Event, EventDocument, Exchange
from contingency.services import events
from documents.models import Document
from documents.services import evidence, moves, turns
from documents.states import State
from hacienda.authority import Authority
from hacienda.registry import authority

# How near the end of its term an event goes although nobody could tell whether a document was accepted before.
UNCERTAIN_MARGIN: Final = timedelta(hours=2)
SHORTEST_PERIOD: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A document in contingency whose outage is over, and what its event needs to know of it."""

    key: int
    country: str
    merchant: int
    environment: str
    establishment: str
    point_of_sale: str
    outage: int | None
    reason: int
    note: str
    began_at: datetime
    ended_at: datetime
    issued_at: datetime
    uncertain: bool
    due_at: datetime | None  # as marked already


# What all documents of one event have in common, with the period of their outage.
_GROUP: Final = (
    "merchant",
    "environment",
    "establishment",
    "outage",
    "contingency_reason",
    "contingency_note",
    "uncertain",
    "contingency_from",
    "contingency_to",
)
_OF_GROUP: Final = ("merchant__country", "outage__began_at", "outage__ended_at")


def gather(now: datetime) -> int:
    """Make the events of all documents that are to be reported, whosever they are; returns how many were made.

    Safe beside others that do the same: of two events with one document the later one is not made at all. At no time
    are there more documents in memory than one event lists.
    """
    groups = _unreported(now).order_by("merchant", "environment", "establishment", "outage")
    return sum(_reported(group, now) for group in list(groups.values(*_GROUP, *_OF_GROUP).distinct()))


def _reported(group: Mapping[str, Any], now: datetime) -> int:
    """The events of one group; how many were made."""
    began_at, ended_at = _outage_of(group)
    law = authority(group["merchant__country"])
    rules = law.rules.contingency
    documents = _unreported(now).filter(**{name: group[name] for name in _GROUP}).order_by("id")
    if rules.event_term is None:
        return _free_to_go(documents, law, now)
    due_at = ended_at + rules.event_term
    if group["uncertain"] and due_at > now + UNCERTAIN_MARGIN:
        _tell_term(documents, due_at, now)
        return 0
    made = 0
    while True:
        listed = [
            Waiting(
                key=key,
                country=group["merchant__country"],
                merchant=group["merchant"],
                environment=group["environment"],
                establishment=group["establishment"],
                point_of_sale=point_of_sale,
                outage=group["outage"],
                reason=group["contingency_reason"],
                note=group["contingency_note"],
                began_at=began_at,
                ended_at=ended_at,
                issued_at=issued_at,
                uncertain=group["uncertain"],
                due_at=told,
            )
            for key, point_of_sale, issued_at, told in documents.values_list(
                "pk", "point_of_sale", "issued_at", "event_due"
            )[: rules.documents_per_event]
        ]
        if not listed or not _event(listed, due_at, now):
            return made
        made += 1


def _outage_of(group: Mapping[str, Any]) -> tuple[datetime, datetime]:
    if group["outage"] is not None:
        return group["outage__began_at"], group["outage__ended_at"]
    return group["contingency_from"], group["contingency_to"]


def _unreported(now: datetime) -> QuerySet[Document]:
    """Documents whose outage is over and that stand in no event.

    Of uncertain ones only those that have not been told their term yet, or whose term is near.
    """
    over = Q(outage__ended_at__lte=now) | Q(
        outage__isnull=True, contingency_from__isnull=False, contingency_to__lte=now
    )
    wanted = Q(uncertain=False) | Q(event_due__isnull=True) | Q(event_due__lte=now + UNCERTAIN_MARGIN)
    rows = Document.objects.filter(
        over,
        wanted,
        state=State.CONTINGENCY.value,
        event_accepted_at__isnull=True,
        contingency_reason__isnull=False,
    )
    return rows.exclude(Exists(EventDocument.objects.filter(document=OuterRef("pk"), alive=True)))


def _tell_term(documents: QuerySet[Document], due_at: datetime, now: datetime) -> None:
    """Uncertain documents: their term runs, and now that the outage is over the authority can be asked."""
    untold = documents.filter(event_due__isnull=True)
    moves.mark(list(untold.values_list("pk", flat=True)), at=now, event_due=due_at, next_attempt_at=now)


def _free_to_go(documents: QuerySet[Document], law: Authority, now: datetime) -> int:
    """Where nothing is reported they may be sent from now on; no event is made."""
    rows = list(documents.filter(uncertain=False).values_list("pk", "issued_at"))
    by_due: dict[datetime, list[int]] = {}
    for key, issued_at in rows:
        by_due.setdefault(law.sending_due(issued_at), []).append(key)
    for due, keys in by_due.items():
        moves.mark(keys, at=now, event_accepted_at=now, documents_due=due)
    doubtful = documents.filter(uncertain=True, next_attempt_at__isnull=True)
    moves.mark(list(doubtful.values_list("pk", flat=True)), at=now, next_attempt_at=now)
    return 0


def _event(group: list[Waiting], due_at: datetime, now: datetime) -> int:
    """One event for all of the group, in one transaction; 0 where another sender was faster."""
    first = group[0]
    began_at, ended_at = period(group)
    try:
        with evidence.recording():
            event = Event.objects.create(
                merchant_id=first.merchant,
                environment=first.environment,
                establishment=first.establishment,
                point_of_sale=first.point_of_sale,
                outage_id=first.outage,
                reason=first.reason,
                note=first.note,
                began_at=began_at,
                ended_at=ended_at,
                due_at=due_at,
                generation_code=authority(first.country).new_code(),
                next_attempt_at=now,
                created_at=now,
            )
            EventDocument.objects.bulk_create(
                [EventDocument(event=event, document_id=one.key) for one in group], batch_size=500
            )
            moves.mark([one.key for one in group if one.due_at is None], at=now, event_due=event.due_at)
            evidence.tell_of(facts.subject_of(event), facts.made(event, len(group)))
    except IntegrityError:
        return 0
    return 1


def period(group: Iterable[Waiting]) -> tuple[datetime, datetime]:
    """Begin and end of an event: the outage, stretched so that no document listed was issued outside of it."""
    listed = list(group)
    began_at = min(min(one.began_at, one.issued_at) for one in listed)
    ended_at = max(max(one.ended_at, one.issued_at) for one in listed)
    return began_at, max(ended_at, began_at + SHORTEST_PERIOD)


def correct(event: Event, now: datetime, *, by: Actor = SMARTBILL) -> Event:
    """A person has seen to what was wrong: the event goes again, under its own code. Returns it as it is now.

    Nothing happens to one that is on its way or accepted.
    """
    with evidence.recording():
        refused = Event.objects.filter(pk=event.pk, state=Event.State.REJECTED)
        won = refused.update(state=Event.State.WAITING, refusal=None, next_attempt_at=now, rounds=0)
        if won:
            note = Exchange.objects.create(
                event=event, action=events.CORRECT, started_at=now, outcome=events.CORRECTED
            )
            evidence.tell_of(facts.subject_of(event), facts.started(note), facts.finished(note))
        resting = Event.objects.filter(pk=event.pk, state=Event.State.WAITING, next_attempt_at__gt=now)
        if resting.update(next_attempt_at=now, rounds=0) or won:
            record(
                Action.EVENT_RETRIED,
                by=by,
                merchant=event.merchant,
                environment=event.environment,
                subject=event.generation_code,
            )
    event.refresh_from_db()
    return event


def send(event_pk: int, owner: str) -> None:
    """The errand of one claimed event. Never raises."""
    event = Event.objects.select_related("merchant").get(pk=event_pk)
    turns.take(event, owner, partial(events.bring, event))

"""Announcing that terms are about to end, or have ended: each step of each term once, whoever looks and how often."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from documents.models import Announcement, Document, Notice
from documents.services import moves
from hacienda.clocks import Clock
from hacienda.registry import authority

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Running:
    """A clock that runs: until when, of what and whose. `words` is what is told of what is no document."""

    clock: Clock
    until: datetime
    subject: str
    country: str
    merchant: int
    environment: str
    document: Document | None = None
    words: Mapping[str, object] = field(default_factory=dict)


def of_document(clock: Clock, document: Document, until: datetime) -> Running:
    """A clock of a document; `document` comes with its merchant."""
    return Running(
        clock,
        until,
        document.public_id,
        document.merchant.country,
        document.merchant_id,
        document.environment,
        document,
    )


def announce(running: Iterable[Running], *, now: datetime) -> int:
    """Announce what has come so near and was not announced yet; how many announcements that were."""
    near = [(one, step) for one in running if (step := one.clock.step(one.until, now)) is not None]
    return sum(_announced(near[start : start + AT_ONCE], now) for start in range(0, len(near), AT_ONCE))


def untold(rows: QuerySet[Document], clock: Clock, column: str, *, now: datetime) -> QuerySet[Document]:
    """Documents whose clock ends at `column` and of which an announcement is to be made now: the database looks."""
    wanted = Q()
    for step in clock.steps:
        told = Announcement.objects.filter(
            subject=OuterRef("public_id"), name=clock.name, until=OuterRef(column), step__gte=step
        )
        wanted |= Q(~Exists(told), **{f"{column}__lte": now + clock.before(step)})
    return rows.filter(wanted, **{f"{column}__lte": now + clock.before(0)})


def _announced(near: list[tuple[Running, int]], now: datetime) -> int:
    told = {
        (subject, name, until, step)
        for subject, name, until, step in Announcement.objects.filter(
            subject__in={one.subject for one, _step in near}
        ).values_list("subject", "name", "until", "step")
    }
    fresh = [(one, step) for one, step in near if (one.subject, one.clock.name, one.until, step) not in told]
    if not fresh:
        return 0
    try:
        with transaction.atomic():
            Announcement.objects.bulk_create(
                [
                    Announcement(subject=one.subject, name=one.clock.name, until=one.until, step=step, at=now)
                    for one, step in fresh
                ]
            )
            Notice.objects.bulk_create([_notice(one, step, now) for one, step in fresh])
    except IntegrityError:  # another one was faster with some of them: what is left follows the next time
        return 0
    return len(fresh)


def _notice(one: Running, step: int, now: datetime) -> Notice:
    is_missed = one.clock.is_missed(step)
    kind = Notice.Type.MISSED if is_missed else Notice.Type.DEADLINE
    zone = authority(one.country).rules.zone
    told = {"deadline": one.clock.name, "until": one.until.astimezone(zone).isoformat(timespec="seconds")}
    if one.document is not None:
        return moves.notice(one.document, kind, now, **told)
    return Notice(
        merchant_id=one.merchant, environment=one.environment, type=kind, at=now, data={**one.words, **told}
    )

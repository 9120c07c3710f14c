"""Every legal clock of every merchant, looked at from time to time and announced where its end comes near."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Credential, Environment
from contingency.models import Event, EventDocument
from documents import deadlines
from documents.models import Document
from documents.received.services.terms import undecided
from documents.services.announcing import AT_ONCE, Running, announce, of_document, untold
from documents.states import State
from hacienda.clocks import CLOCKS, Clock
from hacienda.models import Outage
from hacienda.registry import authority


def look(now: datetime) -> int:
    """Announce each step of each term once; how many announcements were made."""
    waiting = Document.objects.filter(state=State.CONTINGENCY.value)
    unreported = waiting.filter(event_accepted_at__isnull=True)
    made = _of_column(CLOCKS["contingency_event"], unreported, "event_due", now)
    made += _of_column(CLOCKS["contingency_document"], waiting, "documents_due", now)
    for found in (
        deadlines.corrections,
        deadlines.invalidations,
        refused_events,
        long_outages,
        certificates,
        accesses_to_tests,
        undecided,
    ):
        made += announce(found(now), now=now)
    return made


def _of_column(clock: Clock, rows: QuerySet[Document], column: str, now: datetime) -> int:
    """As many as there are, a few hundred at a time: an outage can have left thousands with the same term."""
    made = 0
    while True:
        near = untold(rows.select_related("merchant").defer("content", "request"), clock, column, now=now)
        found = [of_document(clock, one, getattr(one, column)) for one in near.order_by(column)[:AT_ONCE]]
        told = announce(found, now=now)
        made += told
        if not told or len(found) < AT_ONCE:
            return made


def correction_due(event: Event) -> datetime | None:
    """Until when a rejected event may be corrected under its own code; None for one that is not rejected."""
    if event.state != Event.State.REJECTED or not event.refusal:
        return None
    return datetime.fromisoformat(event.refusal["at"]) + authority(event.merchant.country).rules.correction_term


def unmended() -> QuerySet[Event]:
    """Rejected events whose documents still wait."""
    held = EventDocument.objects.filter(event=OuterRef("pk"), alive=True, document__state=State.CONTINGENCY.value)
    rows = Event.objects.filter(Exists(held), state=Event.State.REJECTED)
    return rows.select_related("merchant").defer("payload", "signature")


def refused_events(now: datetime) -> Iterator[Running]:
    """Events that a person has to correct."""
    for event in unmended():
        until = correction_due(event)
        if until is not None:
            words = {"event": event.generation_code, "establishment": event.establishment}
            yield Running(
                CLOCKS["event_correction"],
                until,
                event.generation_code,
                event.merchant.country,
                event.merchant_id,
                event.environment,
                words=words,
            )


ENDED_OUTAGES: Final = timedelta(days=10)  # how long an outage that is over is still looked at


def report_due(outage: Outage, now: datetime) -> datetime | None:
    """Until when a technical report on an outage has to be handed in; None while it has not lasted that long."""
    rules = authority(outage.country).rules.contingency
    if (outage.ended_at or now) - outage.began_at <= rules.long_outage:
        return None
    return outage.began_at + rules.long_outage + rules.report_term


def long_ones(now: datetime) -> Iterator[tuple[Outage, datetime]]:
    """Outages on which a report is due, and until when; told of until a while after its term."""
    for outage in Outage.objects.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=now - ENDED_OUTAGES)):
        due = report_due(outage, now)
        if due is not None and now < due + deadlines.AFTERWARDS:
            yield outage, due


def long_outages(now: datetime) -> Iterator[Running]:
    """Each merchant that issued in contingency in a long outage owes a report on it."""
    for outage, due in long_ones(now):
        issuers = Document.objects.filter(outage=outage).order_by("merchant").values_list("merchant", "environment")
        for merchant, environment in issuers.distinct():
            yield Running(
                CLOCKS["outage_report"],
                due,
                f"outage {outage.pk} {merchant}",
                outage.country,
                merchant,
                environment,
                words={"outage_began_at": outage.began_at.isoformat(timespec="seconds")},
            )


def certificates(now: datetime) -> Iterator[Running]:
    """Signing files that end soon, or have ended a short while ago."""
    clock = CLOCKS["certificate"]
    near = _credentials().filter(valid_until__lte=now + clock.before(0), valid_until__gt=now - deadlines.AFTERWARDS)
    for row in near:
        yield _of_credential(clock, row, row.valid_until)


def accesses_to_tests(now: datetime) -> Iterator[Running]:
    """Credentials for tests that last only so long, counted from their saving: they end then at the latest."""
    clock = CLOCKS["test_access"]
    for row in _credentials().filter(environment=Environment.TEST):
        lasts = authority(row.merchant.country).rules.test_access
        if lasts is not None and row.updated_at + lasts > now - deadlines.AFTERWARDS:
            yield _of_credential(clock, row, row.updated_at + lasts)


def _credentials() -> QuerySet[Credential]:
    rows = Credential.objects.select_related("merchant").order_by("pk")
    return rows.defer("certificate_encrypted", "password_encrypted")


def _of_credential(clock: Clock, row: Credential, until: datetime) -> Running:
    return Running(
        clock,
        until,
        f"credential {row.pk}",
        row.merchant.country,
        row.merchant_id,
        row.environment,
        words={"fingerprint": row.fingerprint},
    )

"""Contingency as the API shows it. Times are in the country's own zone, to the second; amounts are texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from accounts.models import Merchant
from contingency import refusals
from contingency.models import Batch, Event
from contingency.selectors import Board, Clock, Establishment, Progress, Reported
from contingency.services import clocks
from hacienda.authority import Rules
from hacienda.models import Outage
from hacienda.money import quantise
from hacienda.registry import authority


def situation(board: Board, *, merchant: Merchant, now: datetime) -> dict[str, Any]:
    """The answer of `GET /contingency`."""
    rules = authority(merchant.country).rules
    zone, places = rules.zone, rules.total_places
    outage = _outage(board.outage, zone, now)
    return {
        "hacienda": {
            "status": "down" if board.outage else "up",
            "outage": outage,
            "last_outage": _outage(board.last_outage, zone, now),
        },
        "outage": outage,
        "waiting": board.queue.waiting,
        "amount": f"{quantise(board.queue.amount, places):f}",
        "amounts": _amounts(board.queue.amounts, places),
        "uncertain": board.queue.uncertain,
        "oldest": _local(board.queue.oldest, zone),
        "establishments": [_establishment(one, zone, places) for one in board.queue.establishments],
        "deadlines": [_deadline(clock, rules, now) for clock in board.queue.clocks if clock.until],
        "sending": merchant.contingency_sending,
        "events": [_event(one, zone) for one in board.events],
        "runs": [summary(one) for one in board.runs],
        "next_run_at": _local(board.next_run_at, zone),
    }


def summary(progress: Progress) -> dict[str, Any]:
    """A run in a list."""
    run = progress.run
    zone = authority(run.merchant.country).rules.zone
    return {
        "id": run.public_id,
        "state": run.state,
        "trigger": run.trigger,
        "total": run.total,
        "accepted": progress.accepted,
        "rejected": progress.rejected,
        "remaining": progress.remaining,
        "created_at": _local(run.created_at, zone),
        "finished_at": _local(run.finished_at, zone),
    }


def run(progress: Progress, *, events: Iterable[Reported], batches: Iterable[Batch]) -> dict[str, Any]:
    """A run with its events and batches, in a country that has them."""
    zone = authority(progress.run.merchant.country).rules.zone
    return summary(progress) | {
        "events": [_event(one, zone) for one in events],
        "batches": [_batch(one, zone) for one in batches],
    }


def _local(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return None if moment is None else moment.astimezone(zone).isoformat(timespec="seconds")


def _outage(outage: Outage | None, zone: ZoneInfo, now: datetime) -> dict[str, Any] | None:
    if outage is None:
        return None
    return {
        "began_at": _local(outage.began_at, zone),
        "ended_at": _local(outage.ended_at, zone),
        "scope": "emitter" if outage.tax_id else "everybody",
        "report_due": _local(clocks.report_due(outage, now), zone),
    }


def _amounts(amounts: Mapping[str, Decimal], places: int) -> dict[str, str]:
    return {currency: f"{quantise(amount, places):f}" for currency, amount in amounts.items()}


def _establishment(one: Establishment, zone: ZoneInfo, places: int) -> dict[str, Any]:
    return {
        "establishment": one.code,
        "waiting": one.waiting,
        "amount": f"{quantise(one.amount, places):f}",
        "amounts": _amounts(one.amounts, places),
        "oldest_issued_at": _local(one.oldest, zone),
        "since": _local(one.since, zone),
        "uncertain": one.uncertain,
        "event_due": _local(one.event_due, zone),
        "documents_due": _local(one.documents_due, zone),
    }


# Of what waits, by which legal clock it is measured.
_LEGAL: Final = {"event": "contingency_event", "documents": "contingency_document"}


def _deadline(clock: Clock, rules: Rules, now: datetime) -> dict[str, Any]:
    is_late = clock.until is not None and clock.until < now
    return {
        "name": clock.name,
        "until": _local(clock.until, rules.zone),
        "is_late": is_late,
        "demand": gettext(rules.clock(_LEGAL[clock.name]).demand) if is_late else None,
        "waiting": clock.waiting,
        "establishments": list(clock.establishments),
    }


def _event(reported: Reported, zone: ZoneInfo) -> dict[str, Any]:
    event = reported.event
    return {
        "generation_code": event.generation_code,
        "state": event.state,
        "establishment": event.establishment,
        "reason": event.reason,
        "documents": reported.documents,
        "began_at": _local(event.began_at, zone),
        "ended_at": _local(event.ended_at, zone),
        "due_at": _local(event.due_at, zone),
        "correction_due": _local(clocks.correction_due(event), zone),
        "stamp": event.stamp or None,
        "stamped_at": _local(event.stamped_at, zone),
        "refusal": _explained(event, zone),
    }


def _explained(event: Event, zone: ZoneInfo) -> dict[str, Any] | None:
    """Why the event does not get on, and what to do about it."""
    refusal, found = _refusal(event.refusal, zone), refusals.diagnosis(event)
    if refusal is None or found is None:
        return refusal
    return refusal | {"cause": found.cause, "remedy": found.remedy, "who": found.who.value}


def _batch(batch: Batch, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "sending_id": batch.sending_id,
        "code": batch.code or None,
        "state": batch.state,
        "size": batch.size,
        "accepted": batch.accepted,
        "rejected": batch.rejected,
        "refusal": _refusal(batch.refusal, zone),
        "created_at": _local(batch.created_at, zone),
        "sent_at": _local(batch.sent_at, zone),
        "finished_at": _local(batch.finished_at, zone),
    }


def _refusal(refusal: dict[str, Any] | None, zone: ZoneInfo) -> dict[str, Any] | None:
    """What was refused, its moment in the country's own time like every other."""
    if not refusal or not isinstance(refusal.get("at"), str):
        return refusal
    return refusal | {"at": _local(datetime.fromisoformat(refusal["at"]), zone)}

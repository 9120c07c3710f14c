"""What the board's templates need in order to say terms, states and reasons."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils.translation import gettext

from contingency import refusals
from contingency.models import Batch, Event, Run, RunDocument
from contingency.services import clocks
from documents import spans
from documents.rejections import Diagnosis
from documents.wording import reason

register = template.Library()

TONES: dict[str, str] = {
    Event.State.WAITING.value: "moving",
    Event.State.TRANSMITTING.value: "moving",
    Event.State.ACCEPTED.value: "ok",
    Event.State.REJECTED.value: "bad",
    Run.State.QUEUED.value: "moving",
    Run.State.WAITING_FOR_HACIENDA.value: "warn",
    Run.State.RUNNING.value: "moving",
    Run.State.DONE.value: "ok",
    Run.State.FAILED.value: "bad",
    Batch.State.SENT.value: "moving",
    Batch.State.RECEIVED.value: "moving",
    Batch.State.REFUSED.value: "bad",
    Batch.State.LOST.value: "warn",
    RunDocument.Outcome.LEFT.value: "warn",
}


@register.filter
def lasted(end: datetime, begin: datetime) -> str:
    """How long something took."""
    return spans.span(end - begin)


@register.filter
def state_tone(state: str) -> str:
    """Which of the palette's tones belongs to the state of an event, a run, a batch or an entry."""
    return TONES.get(state, "quiet")


@register.filter
def event_reason(event: Event) -> str:
    """Why the documents of an event were issued in contingency."""
    return str(reason(event.merchant.country, event.reason))


@register.filter
def correction_due(event: Event) -> datetime | None:
    """Until when a rejected event may be corrected under its own code."""
    return clocks.correction_due(event)


@register.filter
def hint(text: str) -> str:
    """A sentence that a lower floor wrote down in English, in the reader's language."""
    return gettext(text) if text else ""


@register.filter
def explained(event: Event) -> Diagnosis | None:
    """Why an event does not get on, and what to do about it."""
    return refusals.diagnosis(event)


@register.filter
def is_ours(refusal: dict[str, Any] | None) -> bool:
    """Whether it was SmartBill that could not send the event, and not the authority that refused it."""
    return (refusal or {}).get("code") in refusals.OURS


@register.filter
def asks_for_responsible(refusal: dict[str, Any] | None) -> bool:
    """Whether something is wrong with the person who answers for the company."""
    return any(pointer.startswith(refusals.RESPONSIBLE) for pointer in refusals.pointers(refusal))


@register.filter
def asks_for_contact(refusal: dict[str, Any] | None) -> bool:
    """Whether something is wrong with the company's telephone or e-mail."""
    return any(pointer in refusals.CONTACT for pointer in refusals.pointers(refusal))

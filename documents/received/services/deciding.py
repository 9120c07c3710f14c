"""Deciding about a received document: judged, numbered and signed, in one transaction that all happens or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError

from accounts import selectors as accounts
from accounts.audit import SMARTBILL, Action, Actor, record
from accounts.models import ApiKey, Merchant
from documents.errors import Conflict
from documents.models import Decision, ReceivedDocument
from documents.received import desk, facts
from documents.received.services.errand import SendDecision
from documents.services import evidence, numbering, queue
from documents.services.issue import credentials
from hacienda import inbox
from hacienda.certificates import SigningKey
from hacienda.messages import gettext_noop
from hacienda.registry import authority
from hacienda.values import Fault, Invalid

ALREADY = gettext_noop("Something else was said about this document already.")
OVER = gettext_noop("The time to say something about this document ended on %(day)s.")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a decision is numbered, as the caller named it; empty for the usual place."""

    establishment: str | None = None
    point_of_sale: str | None = None
    api_key: ApiKey | None = None


@dataclass(frozen=True, slots=True)
class Deciding:
    """A decision that exists from now on, claimed by `owner` for its first sending.

    `is_new` is False where the very same had been decided before: nothing is sent then.
    """

    errand: SendDecision
    owner: str
    is_new: bool = True

    @property
    def decision(self) -> Decision:
        return self.errand.decision


def judge(decision: inbox.Decision, said: inbox.Received, *, merchant: Merchant, place: Place) -> inbox.Decision:
    """The decision with what follows from the document; nothing is stored. Raises `Invalid` with every fault."""
    found: list[Fault] = []
    try:
        accounts.place(
            merchant,
            establishment=place.establishment,
            point_of_sale=place.point_of_sale,
            api_key=place.api_key,
        )
    except Invalid as error:
        found += error.faults
    try:
        completed = desk.inbox_of(merchant).complete(
            decision, said, tax_id=merchant.tax_id, activity=merchant.activity
        )
    except Invalid as error:
        found += error.faults
    if found:
        raise Invalid(tuple(found))
    return completed


def decide(
    *,
    received: ReceivedDocument,
    decision: inbox.Decision,
    place: Place | None = None,
    by: Actor = SMARTBILL,
    now: datetime,
) -> Deciding:
    """Judge, number, sign and store a decision. Nothing is sent yet.

    Asked for the same thing again, it is the decision that there is. Raises `Invalid` with every fault, `Conflict`
    where something else was decided or the time is over, `NotReady` where the merchant cannot sign here. A refusal
    uses no number.
    """
    place = place or Place()
    completed = judge(decision, desk.said(received), merchant=received.merchant, place=place)
    before = _alive(received)
    if before is not None:
        return _again(before, completed)
    if now > received.due:
        zone = authority(received.merchant.country).rules.zone
        raise Conflict("decision_too_late", OVER, {"day": received.due.astimezone(zone).date().isoformat()})
    key, _login = credentials(received.merchant, received.environment)
    try:
        with evidence.recording(savepoint=True):
            row = _stored(received, completed, place, key, by, now)
    except IntegrityError:
        # Two at once: the constraint let one of them through.
        before = _alive(received)
        if before is None:
            raise
        return _again(before, completed)
    return Deciding(SendDecision(row), row.lease_owner)


def _alive(received: ReceivedDocument) -> Decision | None:
    """The decision that stands or is on its way."""
    rows = received.decisions.exclude(status=Decision.Status.REJECTED)
    return rows.select_related("merchant", "received__merchant").first()


def _again(before: Decision, completed: inbox.Decision) -> Deciding:
    if desk.decided(before) != completed:
        raise Conflict("already_decided", ALREADY)
    return Deciding(SendDecision(before), "", is_new=False)


def _stored(
    received: ReceivedDocument,
    completed: inbox.Decision,
    place: Place,
    key: SigningKey,
    by: Actor,
    now: datetime,
) -> Decision:
    """Take a number, sign, insert. Runs inside the transaction and nothing in it waits for anybody."""
    merchant, environment = received.merchant, received.environment
    inbox_ = desk.inbox_of(merchant)
    at = now.astimezone(authority(merchant.country).rules.zone).replace(microsecond=0)
    numbered = _numbered(merchant, environment, inbox_.series[completed.kind], place, at)
    sealed = inbox_.seal(
        completed,
        desk.said(received),
        tax_id=merchant.tax_id,
        control_number=numbered["control_number"],
        at=at,
        key=key,
    )
    row = Decision.objects.create(
        received=received,
        merchant=merchant,
        environment=environment,
        api_key=by.api_key,
        user=by.user,
        kind=completed.kind.value,
        reason=completed.reason,
        condition=completed.condition or "",
        tax_credit=completed.tax_credit,
        expense=completed.expense,
        activity=completed.activity or "",
        at=at,
        payload=sealed.payload,
        signature=sealed.signature,
        created_at=now,
        next_attempt_at=now,
        lease_owner=queue.new_owner(),
        lease_until=now + settings.LEASE,
        **numbered,
    )
    ReceivedDocument.objects.filter(pk=received.pk).update(changed_at=now)
    received.changed_at = now
    evidence.tell_of(facts.subject_of(row), facts.made(row))
    record(
        Action.DOCUMENT_DECIDED,
        by=by,
        merchant=merchant,
        environment=environment,
        subject=received.public_id,
        number=row.control_number,
        kind=completed.kind.value,
    )
    return row


def _numbered(merchant: Merchant, environment: str, type_code: str, place: Place, at: datetime) -> dict[str, Any]:
    """The columns of a number that is taken now."""
    law = authority(merchant.country)
    shop, till = accounts.place(
        merchant, establishment=place.establishment, point_of_sale=place.point_of_sale, api_key=place.api_key
    )
    series = numbering.scope(merchant, type_code=type_code, establishment=shop.code, point_of_sale=till.code)
    year = law.rules.numbering.year(at)
    number = numbering.take(merchant=merchant, environment=environment, series=series, year=year)
    return {
        "establishment": shop.code,
        "point_of_sale": till.code,
        "series": series,
        "year": year,
        "number": number,
        "control_number": law.control_number(type_code, shop.code, till.code, number),
    }

"""Invalidating a stamped document: everything that Hacienda would refuse is refused here, before it is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError

from accounts import selectors as accounts
from accounts.audit import SMARTBILL, Action, Actor, record
from accounts.models import Merchant
from documents import facts, mapping
from documents.errors import Conflict
from documents.models import Attempt, Document, Invalidation
from documents.services import evidence, exchange, moves, queue, voiding
from documents.services.errands import SendInvalidation
from documents.services.exchange import First
from documents.services.invalidable import Invalidating, issued, refuse_if_impossible
from documents.services.issue import signing_key
from documents.states import State
from hacienda.authority import INVALIDATION
from hacienda.messages import gettext_noop
from hacienda.registry import authority
from hacienda.values import Environment, Fault, Invalid, InvalidationDraft, IssuedDocument, Issuer, Person, Sealed


def responsible_of(merchant: Merchant) -> Person:
    """The person who answers for the merchant's events, from its settings; empty where nothing is set."""
    return mapping.responsible(merchant)


def invalidate(
    *,
    document: Document,
    kind: str,
    reason: str | None = None,
    replacement: Document | None = None,
    requested_by: Person | None = None,
    responsible: Person | None = None,
    by: Actor = SMARTBILL,
    now: datetime,
) -> Invalidating:
    """Check, build, sign and store the event, or the document that takes this one back. Nothing is sent yet.

    And nothing that breaks a rule ever is. People default to the merchant's settings. Raises `Conflict` where the
    state forbids it and `Invalid` with the rules that do: terms, replacement, reason, people.
    """
    refuse_if_impossible(document)
    stamped = issued(document)
    if stamped is None:
        raise Conflict("not_stamped_yet", gettext_noop("Hacienda has not stamped the document yet."))
    law = authority(document.merchant.country)
    if law.rules.voided_by is not None:
        return voiding.void(
            document=document,
            draft=law.voiding(stamped, reason),
            kind=kind,
            reason=reason,
            replacement=replacement,
            by=by,
            now=now,
        )
    default = responsible_of(document.merchant)
    draft = InvalidationDraft(
        document=stamped,
        kind=kind,
        reason=reason,
        requested_by=requested_by or default,
        responsible=responsible or default,
        replacement=_in_force(replacement),
        issuer=_issuer(document),
    )
    code = law.new_code()
    sealed = _sealed(document, draft, code, now)
    try:
        return _stored(document, draft, replacement, code, sealed, by, now)
    except IntegrityError as error:
        message = gettext_noop("An invalidation of this document is on its way.")
        raise Conflict("invalidation_in_progress", message) from error


def _stored(
    document: Document,
    draft: InvalidationDraft,
    replacement: Document | None,
    code: str,
    sealed: Sealed,
    by: Actor,
    now: datetime,
) -> Invalidating:
    """The event as a row, claimed for its first sending. `code` is the event's own."""
    with evidence.recording():
        # Whoever adjusts the document holds the same row: it is done and seen here, or it comes after.
        refuse_if_impossible(Document.objects.select_for_update().get(pk=document.pk))
        invalidation = Invalidation.objects.create(
            document=document,
            kind=draft.kind,
            reason=draft.reason or "",
            replacement=replacement,
            requested_by=_named(draft.requested_by),
            responsible=_named(draft.responsible),
            generation_code=code,
            payload=sealed.payload,
            signature=sealed.signature,
            at=now,
            created_at=now,
            next_attempt_at=now,
            lease_owner=queue.new_owner(),
            lease_until=now + settings.LEASE,
        )
        evidence.tell(document, facts.invalidation(invalidation))
        first = exchange.started(document, Attempt.Action.SUBMIT, at=now, invalidation=invalidation)
        moves.touch(document, at=now)
        record(
            Action.INVALIDATION_ASKED,
            by=by,
            merchant=document.merchant,
            environment=document.environment,
            subject=document.public_id,
            number=str(document),
            kind=draft.kind,
        )
    return Invalidating(invalidation, SendInvalidation(invalidation), invalidation.lease_owner, First(first))


def _issuer(document: Document) -> Issuer:
    """Who issued the document, as the merchant is today; from the same place if that still exists."""
    merchant = document.merchant
    try:
        shop, till = accounts.place(
            merchant, establishment=document.establishment, point_of_sale=document.point_of_sale
        )
    except Invalid:
        shop, till = accounts.place(merchant)
    return replace(
        mapping.issuer(merchant, shop, till),
        establishment=document.establishment,
        point_of_sale=document.point_of_sale,
    )


def _sealed(document: Document, draft: InvalidationDraft, code: str, now: datetime) -> Sealed:
    law = authority(document.merchant.country)
    return law.seal_invalidation(
        draft,
        environment=Environment(document.environment),
        generation_code=code,
        at=now.astimezone(law.rules.zone).replace(microsecond=0),
        key=signing_key(document.merchant, document.environment),
        version=accounts.event_version(document.merchant, document.environment, INVALIDATION),
    )


def _in_force(replacement: Document | None) -> IssuedDocument | None:
    """The replacement as a value; raises `Invalid` for one that the authority has not stamped, or not any more."""
    if replacement is None:
        return None
    stamped = issued(replacement)
    if stamped is None or replacement.state != State.ACCEPTED:
        message = gettext_noop("The replacement must be a document that Hacienda has stamped and that is in force.")
        raise Invalid((Fault(("replacement",), "replacement_not_stamped", message),))
    return stamped


def _named(person: Person) -> dict[str, str]:
    return {"name": person.name, "id_type": person.id_type, "id_number": person.id_number}

"""Correcting what the authority rejected: the same document sealed anew within the term, another one after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError

from accounts.audit import SMARTBILL, Action, Actor, record
from accounts.models import ApiKey, Merchant
from documents import rejections
from documents.errors import Conflict
from documents.models import Attempt, Document, IdempotencyKey
from documents.services import contingency, customers, evidence, exchange, moves, originals, queue
from documents.services import issue as issuing
from documents.services.contingency import Going
from documents.services.exchange import First
from documents.services.idempotency import keep
from documents.services.issue import Issued, Ready
from documents.states import State
from hacienda import availability
from hacienda.drafts import Draft
from hacienda.messages import gettext_noop
from hacienda.registry import authority
from hacienda.values import Environment, Fault, Identity, Invalid

CORRECTED = gettext_noop("Corrected after Hacienda's rejection, with the same code and number.")
REPLACED = gettext_noop("Corrected as another document, with a new code and number.")

_NOT_REJECTED = gettext_noop("Only a document that Hacienda has rejected can be corrected.")
_REPLACED_ALREADY = gettext_noop("Another document has taken the place of this one already.")
_TYPE_STAYS = gettext_noop("A corrected document keeps its type, because its number belongs to it.")
_PLACE_STAYS = gettext_noop("A corrected document keeps its place, because its number belongs to it.")
_YEAR_STAYS = gettext_noop("A corrected document keeps its year, because its number belongs to it.")
_CONTINGENCY_STAYS = gettext_noop("What Hacienda was told of the contingency of a document cannot be changed.")

# What a document that was issued in contingency before any event loses when its correction goes the normal way.
_NO_CONTINGENCY: Mapping[str, Any] = {
    "outage": None,
    "contingency_reason": None,
    "contingency_note": "",
    "contingency_since": None,
    "contingency_from": None,
    "contingency_to": None,
    "event_due": None,
    "documents_due": None,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller wants issued, and the words of the body that are ours and not the law's.

    `request` is that body, as it came.
    """

    draft: Draft
    external_id: str | None = None
    establishment: str | None = None
    point_of_sale: str | None = None
    issued_at: datetime | None = None
    request: Any = None


def issue_or_correct(
    *,
    merchant: Merchant,
    environment: str,
    wanted: Wanted,
    api_key: ApiKey | None = None,
    idempotency: IdempotencyKey | None = None,
    by: Actor = SMARTBILL,
    now: datetime,
) -> Issued:
    """Issue a document; or correct the rejected one that carries its `external_id`. Raises as both of them do."""
    rejected = None
    if wanted.external_id is not None:
        rejected = (
            Document.objects.select_related("merchant")
            .filter(merchant=merchant, environment=environment, external_id=wanted.external_id)
            .filter(state=State.REJECTED.value)
            .first()
        )
    if rejected is not None:
        return correct(document=rejected, wanted=wanted, api_key=api_key, idempotency=idempotency, by=by, now=now)
    return issuing.issue(
        merchant=merchant,
        environment=environment,
        draft=wanted.draft,
        api_key=api_key,
        external_id=wanted.external_id,
        establishment=wanted.establishment,
        point_of_sale=wanted.point_of_sale,
        issued_at=wanted.issued_at,
        request=wanted.request,
        idempotency=idempotency,
        now=now,
    )


def correct(
    *,
    document: Document,
    wanted: Wanted,
    api_key: ApiKey | None = None,
    idempotency: IdempotencyKey | None = None,
    by: Actor = SMARTBILL,
    now: datetime,
) -> Issued:
    """Seal a rejected document anew, with what it should have said. Nothing is sent yet.

    Within the term, and unless its code or number is what was refused, it stays the same document: code, number,
    link and place. Otherwise a new document takes its place and its `external_id`. Raises `Conflict` for a document
    that is not rejected (any more), `Invalid` and `NotReady` as issuing does.
    """
    refuse_if_impossible(document)
    until = rejections.correctable_until(document)
    if until is None or now >= until:
        return _replaced(document, wanted, api_key, idempotency, by, now)
    while True:
        ready = _ready(document, wanted, now)
        try:
            return _corrected(document, wanted, ready, api_key, idempotency, by, now)
        except originals.Changed:
            continue  # what it adjusts was adjusted by another one meanwhile: judged anew


def refuse_if_impossible(document: Document) -> None:
    """Raise `Conflict` where there is nothing to correct."""
    if document.state != State.REJECTED:
        raise Conflict("not_rejected", _NOT_REJECTED, document=document)
    if document.replaced_by_id is not None:
        raise Conflict("already_replaced", _REPLACED_ALREADY, document=document)


# --- The same document --------------------------------------------------------------------------------------
def _ready(document: Document, wanted: Wanted, now: datetime) -> Ready:
    """The correction judged as this document; raises `Invalid` with everything that is wrong with it."""
    faults = list(_of_identity(document, wanted))
    try:
        ready = issuing.prepare(
            merchant=document.merchant,
            environment=document.environment,
            draft=wanted.draft,
            establishment=document.establishment,
            point_of_sale=document.point_of_sale,
            issued_at=_issued_at(document, wanted, now),
            now=now,
        )
    except Invalid as error:
        raise Invalid((*faults, *error.faults)) from None
    if authority(document.merchant.country).rules.numbering.year(ready.issued_at) != document.year:
        faults.append(Fault(("issued_at",), "year_is_fixed", _YEAR_STAYS))
    if faults:
        raise Invalid(tuple(faults))
    return ready


def _of_identity(document: Document, wanted: Wanted) -> list[Fault]:
    """What the correction changes although the document's number, or an event, holds it."""
    found = []
    if wanted.draft.type_code != document.type_code:
        found.append(Fault(("type",), "type_is_fixed", _TYPE_STAYS))
    for name in ("establishment", "point_of_sale"):
        if getattr(wanted, name) not in (None, getattr(document, name)):
            found.append(Fault((name,), "place_is_fixed", _PLACE_STAYS))
    told, own = contingency.manner_of(document), wanted.draft.contingency
    if told is not None and own is not None and (own.reason, own.note) != (told.reason, told.note):
        found.append(Fault(("contingency",), "contingency_is_fixed", _CONTINGENCY_STAYS))
    return found


def _issued_at(document: Document, wanted: Wanted, now: datetime) -> datetime:
    """As the correction says; else as it was, unless that is what was refused."""
    errors = (document.rejection or {}).get("errors") or []
    refused = any(error["pointer"] == "/issued_at" for error in errors)
    return wanted.issued_at or (now if refused else document.issued_at)


def _corrected(
    document: Document,
    wanted: Wanted,
    ready: Ready,
    api_key: ApiKey | None,
    idempotency: IdempotencyKey | None,
    by: Actor,
    now: datetime,
) -> Issued:
    merchant, environment = document.merchant, document.environment
    external_id = wanted.external_id or document.external_id
    if external_id != document.external_id:
        issuing.refuse_taken(merchant, environment, external_id)
    key, login = issuing.credentials(merchant, environment)
    going = _going(document, ready, now=now)
    law = authority(merchant.country)
    identity = Identity(
        environment=Environment(environment),
        generation_code=document.generation_code,
        control_number=document.control_number,
        issued_at=ready.issued_at,
    )
    columns = dict(going.columns)
    state = columns.pop("state", None)
    columns |= {"external_id": external_id, "request": wanted.request}
    if api_key is not None:
        columns["api_key"] = api_key
    first: First | None = None
    try:
        with evidence.recording():
            originals.hold(ready.draft, ready.prepared, merchant=merchant, environment=environment)
            # Of two corrections at once one wins here; the customer gets another mail, of what it says now.
            _move(document, now, notified_at=None, rounds=0, **issuing.contents(ready), **columns)
            document.references.all().delete()
            originals.record(document, ready.prepared)
            customers.remember(document)
            sealed = law.seal(ready.prepared, identity, key, going.manner)
            sealing = issuing.keep_sealing(sealed, document, going.manner, now)
            if state is None:
                first = First(exchange.started(document, Attempt.Action.SUBMIT, at=now), login, going.is_trial)
            else:
                moves.move(document, State(state), at=now, why=going.why)
            if idempotency is not None:
                keep(idempotency, document)
            _note(document, document, by)
    except IntegrityError:
        issuing.refuse_taken(merchant, environment, external_id)
        raise
    document.current_sealing = sealing
    return Issued(document, document.lease_owner, first, is_new=False)


def _move(document: Document, now: datetime, **columns: object) -> None:
    if not moves.move(document, State.TRANSMITTING, at=now, why=CORRECTED, **columns):
        raise Conflict("not_rejected", _NOT_REJECTED)


def _going(document: Document, ready: Ready, *, now: datetime) -> Going:
    """How the correction goes: as a first sending would; but what an event has reported stays as it was reported."""
    merchant, environment = document.merchant, document.environment
    manner = contingency.manner_of(document)
    if manner is None:
        going = contingency.going(merchant, environment, ready.draft, ready.prepared.version, now=now)
        return replace(going, columns={**_NO_CONTINGENCY, **going.columns})
    down = contingency.outage(document)
    is_trial = down is not None and availability.let_through(down, now=now)
    if down is None or is_trial:
        claim = {"next_attempt_at": now, "lease_owner": queue.new_owner(), "lease_until": now + settings.LEASE}
        return Going(claim, manner, is_trial)
    return Going({"state": State.CONTINGENCY.value}, manner, why=contingency.WHY)


# --- Another document ---------------------------------------------------------------------------------------
def _replaced(
    document: Document,
    wanted: Wanted,
    api_key: ApiKey | None,
    idempotency: IdempotencyKey | None,
    by: Actor,
    now: datetime,
) -> Issued:
    """A new document in the place of the rejected one, which stays rejected and says so."""
    external_id = wanted.external_id or document.external_id
    law = authority(document.merchant.country)
    with evidence.recording():
        # Held by this update until the end: of two corrections at once the other one finds it replaced.
        free = Document.objects.filter(pk=document.pk, state=State.REJECTED.value, replaced_by__isnull=True)
        if not free.update(external_id=None):
            raise Conflict("already_replaced", _REPLACED_ALREADY)
        document.external_id = None
        issued = issuing.issue(
            merchant=document.merchant,
            environment=document.environment,
            draft=law.replacing(wanted.draft, document.type_code, document.generation_code, document.issued_at),
            api_key=api_key,
            external_id=external_id,
            establishment=wanted.establishment or document.establishment,
            point_of_sale=wanted.point_of_sale or (None if wanted.establishment else document.point_of_sale),
            issued_at=wanted.issued_at,
            request=wanted.request,
            idempotency=idempotency,
            now=now,
        )
        moves.replace(document, issued.document, at=now, why=REPLACED)
        _note(document, issued.document, by)
    return issued


def _note(document: Document, successor: Document, by: Actor) -> None:
    """Who corrected it; `successor` is the document itself where it stayed the same one."""
    record(
        Action.DOCUMENT_CORRECTED,
        by=by,
        merchant=document.merchant,
        environment=document.environment,
        subject=document.public_id,
        number=str(document),
        **({} if successor is document else {"replaced_by": successor.public_id}),
    )

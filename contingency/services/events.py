"""The journey of one contingency event: signed, stored, sent once; after a lost answer asked about and sent again.

An event is sent again after a clear no, as a document is; and where nobody will tell, too, as a document is not: its
own code makes the second one known, and that counts as accepted. What is decided next is told from the exchange
alone, so that nothing is lost in a crash.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.utils import timezone

from accounts import selectors as accounts
from accounts import vault
from contingency import facts, refusals
from contingency.models import Event, EventDocument, Exchange
from contingency.services import line
from documents import mapping
from documents.services import evidence, exchange, moves, turns
from documents.services.errands import rejection
from documents.services.invalidate import responsible_of
from documents.states import State
from hacienda import availability
from hacienda.authority import CONTINGENCY, ContingencyDesk
from hacienda.errors import Refused
from hacienda.messages import gettext_noop
from hacienda.policy import Outcome
from hacienda.registry import authority
from hacienda.values import Envelope, Environment, Invalid, Login, OutageReport, ReportedDocument, Sealed
from hacienda.verdicts import Absent, Accepted, Rejected, Unknown

log = logging.getLogger(__name__)

CORRECT: Final = "correct"  # the exchange's note of a person's correction
CORRECTED: Final = "corrected"
CORRECTIONS: Final = 3  # by ourselves, before a person is asked
SENDS_PER_TURN: Final = 2
INCOMPLETE_REST: Final = timedelta(minutes=1)  # how soon to look again whether what is missing was filled in
# An event tells when it is sent; signed longer ago than this and surely never arrived, it is signed anew.
FRESH: Final = timedelta(minutes=1)
# How long a query that says neither yes nor no is believed to be broken rather than to know no events.
LONGEST_ASKING: Final = timedelta(minutes=30)
ASKING_ENDS: Final = timedelta(hours=2)  # before the end of the event's term

NOTHING_LEFT = gettext_noop("None of its documents waits for the event any more.")
INCOMPLETE = gettext_noop("The event cannot be made: something of the merchant's data is missing or wrong.")


class NothingToReport(Exception):
    """Every document of the event was settled in another way."""


def bring(event: Event) -> timedelta | None:
    """As far as it goes now; None when it is settled, else how long to rest."""
    desk = authority(event.merchant.country).contingency
    if desk is None:
        raise LookupError(f"{event.merchant.country} has no contingency")
    sends = 0
    while True:
        login = _login(event, timezone.now())
        if isinstance(login, timedelta):
            return login
        if _may_have_arrived(event):
            if _ask(event, login):
                return None
            if sends >= SENDS_PER_TURN or _is_open_question(event, timezone.now()):
                return line.pause(event.rounds)
        rest = _made_ready(event, desk, timezone.now())
        if rest is not None or event.state != Event.State.TRANSMITTING:
            return rest
        if sends >= SENDS_PER_TURN + CORRECTIONS:
            return line.pause(event.rounds)
        sends += 1
        if not _submit(event, desk, login):
            return line.pause(event.rounds)
        if event.state in (Event.State.ACCEPTED, Event.State.REJECTED):
            return None


def _login(event: Event, now: datetime) -> Login | timedelta:
    """What to log in with; or how long to wait, for the end of an outage or for a person."""
    merchant = event.merchant
    if availability.current(merchant.country, event.environment, merchant.tax_id) is not None:
        turns.afresh(event)
        return turns.OUTAGE_REST
    login = line.login(merchant, event.environment, now=now)
    if isinstance(login, line.NoLogin):
        if login.why:
            _tell(event, {"code": refusals.NO_CREDENTIALS, "message": login.why}, now)
        return login.rest
    return login


# --- Making it ----------------------------------------------------------------------------------------------
def _made_ready(event: Event, desk: ContingencyDesk, now: datetime) -> timedelta | None:
    """Sign and store the event where that is to be done; how long to rest where it cannot be done yet."""
    if event.state == Event.State.TRANSMITTING and not _too_old(event, now):
        return None
    if event.ended_at > now:
        return event.ended_at - now
    try:
        _seal(event, desk, now)
    except NothingToReport:
        _close_empty(event, now)
    except Invalid as error:
        faults = [{"pointer": fault.pointer, "code": fault.code, "message": fault.text} for fault in error.faults]
        _tell(event, {"code": refusals.INCOMPLETE, "message": INCOMPLETE, "errors": faults}, now)
        return INCOMPLETE_REST
    except Refused as error:
        _tell(event, {"code": refusals.NO_CREDENTIALS, "message": str(error)}, now)
        return INCOMPLETE_REST
    return None


def _too_old(event: Event, now: datetime) -> bool:
    """Whether the signed bytes tell an old time of sending and have certainly not been read by anybody."""
    if event.sealed_at is not None and now - event.sealed_at <= FRESH:
        return False
    arrived = event.exchange.filter(action=line.SUBMIT).exclude(outcome=Outcome.NOT_WRITTEN)
    return not arrived.filter(started_at__gte=event.sealed_at or event.created_at).exists()


def _seal(event: Event, desk: ContingencyDesk, now: datetime) -> None:
    """Build, check, sign and store. Raises `Invalid`, `Refused`, `NothingToReport`."""
    merchant = event.merchant
    listed = _listed(event)
    shop, till = accounts.place(merchant, establishment=event.establishment, point_of_sale=event.point_of_sale)
    report = OutageReport(
        issuer=mapping.issuer(merchant, shop, till),
        responsible=responsible_of(merchant),
        reason=event.reason,
        note=event.note or None,
        began_at=event.began_at,
        ended_at=event.ended_at,
        documents=listed,
    )
    sealed = desk.seal_report(
        report,
        environment=Environment(event.environment),
        generation_code=event.generation_code,
        at=now.astimezone(authority(merchant.country).rules.zone),
        key=vault.signing_key(merchant.pk, event.environment),
        version=accounts.event_version(merchant, event.environment, CONTINGENCY),
    )
    _store(
        event,
        state=Event.State.TRANSMITTING,
        payload=sealed.payload,
        signature=sealed.signature,
        sealed_at=now,
        refusal=None,
    )


def _listed(event: Event) -> tuple[ReportedDocument, ...]:
    """The documents that the event still has to report; the others are taken out of it."""
    alive = event.entries.filter(alive=True)
    rows = list(
        alive.order_by("id").values_list("pk", "document__type_code", "document__generation_code", "document__state")
    )
    gone = [pk for pk, _type, _code, state in rows if state != State.CONTINGENCY]
    for chunk in moves.batched(gone, 500):
        EventDocument.objects.filter(pk__in=chunk).update(alive=False)
    listed = tuple(ReportedDocument(kind, code) for _pk, kind, code, state in rows if state == State.CONTINGENCY)
    if not listed:
        raise NothingToReport
    return listed


def _close_empty(event: Event, now: datetime) -> None:
    """Nothing is left to report: an event that nobody has seen goes without a trace, another stays as evidence."""
    if event.exchange.exists():
        refusal = {"code": refusals.NOTHING_LEFT, "message": NOTHING_LEFT, "observations": [], "errors": []}
        _store(event, state=Event.State.REJECTED, refusal=refusal | {"at": now.isoformat()}, **turns.SETTLED)
    else:
        # Not by the object: it would forget its key, under which its claim is kept.
        with evidence.recording():
            Event.objects.filter(pk=event.pk).delete()
            evidence.tell_of(facts.subject_of(event), facts.given_up())


def _tell(event: Event, refusal: dict[str, object], now: datetime) -> None:
    """Tell the board what is missing; the event stays where it is."""
    whole: dict[str, object] = {"observations": [], "errors": [], "at": now.isoformat(), **refusal}
    _store(event, refusal=whole)


def _store(event: Event, **columns: object) -> bool:
    """Write columns of an event that is not accepted yet; whether it was not."""
    open_ones = Event.objects.filter(pk=event.pk).exclude(state=Event.State.ACCEPTED)
    with evidence.recording():
        won = bool(open_ones.update(**columns))
        if won:
            for name, value in columns.items():
                setattr(event, name, value)
            if "payload" in columns:
                evidence.tell_of(facts.subject_of(event), facts.sealed(event))
            if columns.get("state") in (Event.State.ACCEPTED, Event.State.REJECTED):
                evidence.tell_of(facts.subject_of(event), facts.settled(event))
    return won


# --- Saying it ----------------------------------------------------------------------------------------------
def _may_have_arrived(event: Event) -> bool:
    """Whether it was sent and no answer since has said that it is not there, however often it was asked about.

    A refusal that a question is told says so only when it is told twice (see `exchange.confirmed`).
    """
    refusals = 0
    for action, outcome in event.exchange.order_by("-id").values_list("action", "outcome"):
        if action == line.SUBMIT and outcome == Outcome.REJECTED:
            return False
        if action == line.SUBMIT and outcome != Outcome.NOT_WRITTEN:
            return refusals < 2
        if action == line.ASK and outcome == Outcome.ABSENT:
            return False
        refusals += action == line.ASK and outcome in (Outcome.REJECTED, Outcome.TOLD_ONCE)
    return False


def _is_open_question(event: Event, now: datetime) -> bool:
    """Whether to go on asking rather than to send it again.

    Not for ever: queries may not know events, and its own code makes an event known that is sent a second time.
    """
    if not _may_have_arrived(event) or event.due_at - now < ASKING_ENDS:
        return False
    last = event.exchange.filter(action=line.SUBMIT).latest("id")
    return now - last.started_at < LONGEST_ASKING


def _ask(event: Event, login: Login) -> bool:
    """Ask what became of the event; whether it is accepted. Nothing else counts: queries may not know events."""
    record = line.begun(line.ASK, at=timezone.now(), event=event)
    # The query wants some type that the event lists.
    first = event.entries.order_by("id").values_list("document__type_code", flat=True).first()
    envelope = Envelope(
        environment=Environment(event.environment),
        type_code=first or "",
        version=0,
        generation_code=event.generation_code,
        tax_id=event.merchant.tax_id,
        signature=event.signature,
    )
    result = line.hear(record, partial(authority(event.merchant.country).ask, envelope, login))
    if isinstance(result, Absent) and result.refused:
        result = Unknown(exchange.TOLD_ONCE, result.answer)
    now = timezone.now()
    with evidence.recording():
        line.finished(record, result)
        if isinstance(result, Accepted):
            _accept(event, stamp=result.stamp, stamped_at=result.stamped_at)
    exchange.stop_issuer(event.merchant, event.environment, result, login, now=now)
    return isinstance(result, Accepted)


def _submit(event: Event, desk: ContingencyDesk, login: Login) -> bool:
    """One sending and its consequences; False where nothing could be written."""
    record = line.begun(line.SUBMIT, at=timezone.now(), event=event)
    sealed = Sealed(payload=event.payload, signature=event.signature)
    result = line.hear(record, partial(desk.report, sealed, login))
    now = timezone.now()
    if isinstance(result, Rejected) and result.already_done:
        _accept_known(event, record, result, login)
        return True
    with evidence.recording():
        line.finished(record, result)
        match result:
            case Accepted():
                _accept(event, stamp=result.stamp, stamped_at=result.stamped_at)
            case Rejected():
                _refused(event, record, result, now)
    log.info("event %s: %s", event.pk, record.outcome)
    exchange.stop_issuer(event.merchant, event.environment, result, login, now=now)
    return record.outcome != Outcome.NOT_WRITTEN


def _accept_known(event: Event, record: Exchange, result: Rejected, login: Login) -> None:
    """Ours arrived before and its answer was lost. The stamp is asked for once; nobody may tell it any more."""
    line.finished(record, result)
    if _ask(event, login):
        return
    first = event.exchange.filter(action=line.SUBMIT).exclude(outcome=Outcome.NOT_WRITTEN).order_by("id").first()
    with evidence.recording():
        # The documents' term counts from the earliest moment at which the event may have been stamped.
        _accept(event, stamp="", stamped_at=first.started_at if first else record.started_at)


def _accept(event: Event, *, stamp: str, stamped_at: datetime) -> None:
    """The event is in force, and its documents may be sent; part of the caller's transaction."""
    accepted = _store(
        event,
        state=Event.State.ACCEPTED,
        stamp=stamp,
        stamped_at=stamped_at,
        refusal=None,
        **turns.SETTLED,
    )
    if accepted:
        keys = event.entries.filter(alive=True, document__state=State.CONTINGENCY.value)
        moves.mark(
            list(keys.values_list("document_id", flat=True)),
            at=timezone.now(),
            event_stamp=stamp,
            event_accepted_at=stamped_at,
            documents_due=stamped_at + authority(event.merchant.country).rules.contingency.documents_term,
        )


def _refused(event: Event, record: Exchange, verdict: Rejected, now: datetime) -> None:
    """Correct the event by ourselves where that can be done, else leave it to a person."""
    named = {str(fault.params["generation_code"]) for fault in verdict.faults if "generation_code" in fault.params}
    alive = event.entries.filter(alive=True)
    listed = alive.filter(document__state=State.CONTINGENCY.value)
    refused = [
        (pk, document)
        for pk, document, code in listed.values_list("pk", "document_id", "document__generation_code")
        if code in named
    ]
    if refused:
        # The authority knows something of them that we do not: it is asked before anything else is done with them.
        moves.mark([document for _pk, document in refused], at=now, uncertain=True, next_attempt_at=now)
    correctable = _corrections(event) <= CORRECTIONS
    if correctable and refused and len(refused) < alive.count():
        for chunk in moves.batched((pk for pk, _document in refused), 500):
            EventDocument.objects.filter(pk__in=chunk).update(alive=False)
        _store(event, state=Event.State.WAITING)
    elif correctable and event.sealed_at is not None and record.started_at - event.sealed_at > FRESH:
        # Repeated after a lost answer, it told an old time of sending; that alone can be the reason.
        _store(event, state=Event.State.WAITING)
    else:
        _store(event, state=Event.State.REJECTED, refusal=rejection(verdict, at=now), **turns.SETTLED)


def _corrections(event: Event) -> int:
    """How often the event was refused since a person last saw to it, this time included."""
    by_hand = event.exchange.filter(action=CORRECT).order_by("-id").values_list("pk", flat=True).first()
    refusals = event.exchange.filter(action=line.SUBMIT, outcome=Outcome.REJECTED, pk__gt=by_hand or 0)
    return refusals.count()

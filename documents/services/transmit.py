"""Bringing one errand to the authority: decide, say it, write down what came back; again until it is settled.

No transaction is open while a request is under way. What is decided next is `hacienda.policy`'s alone.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from functools import partial

from django.utils import timezone

from accounts import vault
from documents.models import Said
from documents.services import evidence, exchange, queue, turns
from documents.services.errands import Errand
from documents.services.exchange import First
from hacienda import availability, policy
from hacienda.errors import Refused
from hacienda.values import Login
from hacienda.verdicts import Absent, Accepted, Rejected

log = logging.getLogger(__name__)

SHORT_REST = timedelta(seconds=0.6)  # not worth giving the row back for


def work(errand: Errand, owner: str, *, first: First | None = None) -> bool:
    """Bring the claimed errand as far as it goes now; ends with the row settled or given back.

    `first` was written by the transaction that sealed the document: it may leave at once. Never raises: an
    unexpected fault is logged and the row is taken up again later. Returns whether there was none, so that the
    errand's rows in memory are as they are stored.
    """
    return turns.take(errand.row, owner, partial(_until_settled, errand, first))


def _until_settled(errand: Errand, first: First | None) -> timedelta | None:
    """None when the errand is settled, else how long to rest before it is taken up again."""
    disturbed = first is None or first.is_trial
    while True:
        if first is None and queue.is_closing():
            return timedelta(0)  # between two steps: another process goes on
        login = (first and first.login) or _login(errand)
        if login is None or isinstance(login, timedelta):
            if first is not None:
                exchange.withdrawn(first.attempt)
            return login or turns.HELD_REST
        attempt: Said
        if first is not None:
            attempt, first = first.attempt, None
        else:
            step = _decide(errand, timezone.now())
            if step is None or isinstance(step, timedelta):
                return step
            # The decision may have waited a moment.
            at = timezone.now()
            attempt = errand.started(step, at=at)
        if _say(errand, attempt, login, disturbed=disturbed):
            return None
        disturbed = True


def _login(errand: Errand) -> Login | timedelta | None:
    """What to log in with; or how long the authority wants this issuer to wait; None while a person must act."""
    merchant, environment = errand.document.merchant, errand.document.environment
    try:
        return vault.login(merchant, environment)
    except vault.Paused as paused:
        return max(paused.until - timezone.now(), SHORT_REST)
    except Refused as refused:
        log.warning("%s waits: %s", errand.document.public_id, refused)
        return None


def _decide(errand: Errand, now: datetime) -> Said.Action | timedelta | None:
    """What the policy wants done: an action, a rest worth giving the row back for, or None if that settled it."""
    while True:
        tries = errand.tries()
        # What was refused for good is held in the vault until a person acts; no hold means that one has.
        mended = bool(tries) and tries[-1].outcome == policy.Outcome.REFUSED
        decision = errand.decide(tries, now=now, mended_at=now if mended else None)
        match decision:
            case policy.Submit():
                return Said.Action.SUBMIT
            case policy.Ask():
                return Said.Action.ASK
            case policy.GiveUp(rejected=verdict):
                with evidence.recording():
                    errand.reject(verdict, at=now)
                return None
            case policy.Leave():
                return None if _left(errand, decision, tries, now) else turns.HELD_REST
            case policy.Rest(until=until) if until - now > SHORT_REST:
                return until - now
            case policy.Rest(until=until):
                time.sleep(max((until - now).total_seconds(), 0))
                now = timezone.now()


def _left(errand: Errand, decision: policy.Leave, tries: tuple[policy.Try, ...], now: datetime) -> bool:
    """Go on in contingency; False while it cannot be signed, because the certificate has ended meanwhile."""
    try:
        errand.leave(decision, tries, at=now)
    except Refused as refused:
        log.warning("%s cannot be signed for contingency: %s", errand.document.public_id, refused)
        return False
    return True


def _say(errand: Errand, attempt: Said, login: Login, *, disturbed: bool) -> bool:
    """One request and its consequences; returns whether the errand is settled by it.

    `disturbed`: something went wrong before, so that an answer now may be the end of an outage.
    """
    is_sent = attempt.action == Said.Action.SUBMIT
    earlier = errand.tries()[:-1] if is_sent and disturbed else ()
    call = errand.submit if is_sent else errand.ask
    result, milliseconds = exchange.timed(lambda: call(login))
    result = exchange.undoubted(result, earlier, errand.reread)
    now = timezone.now()
    with evidence.recording():
        errand.finished(attempt, result, milliseconds=milliseconds)
        match result:
            case Accepted():
                errand.accept(result, at=now)
                settled = True
            case Rejected():
                errand.reject(result, at=now)
                settled = True
            case Absent():
                settled = errand.absent(at=now)
            case _:
                settled = False
        if disturbed and settled and errand.invalidation is None:
            merchant = errand.document.merchant
            availability.accepted(merchant.country, errand.document.environment, merchant.tax_id, at=now)
    if settled:
        return True
    log.info("%s %s: %s", attempt.action, errand.document.public_id, attempt.outcome)
    merchant, environment = errand.document.merchant, errand.document.environment
    exchange.stop_issuer(merchant, environment, result, login, now=now)
    return False

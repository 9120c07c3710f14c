"""Bringing one errand to the authority: decide, say it, write down what came back; again until it is settled.

No transaction is open while a request is under way. What is decided next is `hacienda.policy`'s alone.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from accounts import vault
from documents.models import Attempt
from documents.services import exchange, queue
from documents.services.errands import Errand
from hacienda import policy
from hacienda.errors import NoAnswer, Refused
from hacienda.values import Login
from hacienda.verdicts import Accepted, Rejected, Verdict

log = logging.getLogger(__name__)

SHORT_REST = timedelta(seconds=0.6)  # not worth giving the row back for
HELD_REST = timedelta(seconds=60)  # how soon to look again whether a person has mended the credentials
FAILED_REST = timedelta(seconds=30)


def work(errand: Errand, owner: str, *, first: Attempt | None = None) -> None:
    """Bring the claimed errand as far as it goes now; ends with the row settled or given back.

    `first` is the record of a first sending that the transaction which sealed the document has written already:
    it may leave at once. Never raises: an unexpected fault is logged and the row is taken up again later.
    """
    with queue.kept(errand.row, owner):
        try:
            rest = _until_settled(errand, first)
        except Exception:  # the boundary of a worker thread: the row must be given back whatever happened
            log.exception("sending %s failed unexpectedly", errand.document.public_id)
            rest = FAILED_REST
        if rest is not None:
            queue.release(errand.row, owner, next_attempt_at=timezone.now() + rest)


def _until_settled(errand: Errand, first: Attempt | None) -> timedelta | None:
    """None when the errand is settled, else how long to rest before it is taken up again."""
    merchant, environment = errand.document.merchant, errand.document.environment
    while True:
        if vault.is_held(merchant, environment):
            return HELD_REST
        if first is None:
            now = timezone.now()
            tries = errand.tries()
            # What was refused for good is held in the vault until a person acts; no hold means that one has.
            mended = bool(tries) and tries[-1].outcome == policy.Outcome.REFUSED
            decision = policy.decide(tries, now=now, rounds=errand.row.rounds, mended_at=now if mended else None)
            match decision:
                case policy.Rest(until=until) if until - now > SHORT_REST:
                    return until - now
                case policy.Rest(until=until):
                    time.sleep(max((until - now).total_seconds(), 0))
                    continue
                case policy.GiveUp(rejected=verdict):
                    with transaction.atomic():
                        errand.reject(verdict, at=now)
                    return None
                case policy.Submit():
                    action = Attempt.Action.SUBMIT
                case policy.Ask():
                    action = Attempt.Action.ASK
            attempt = exchange.started(errand.document, action, at=now, invalidation=errand.invalidation)
        else:
            attempt, first = first, None
        if _say(errand, attempt):
            return None


def _say(errand: Errand, attempt: Attempt) -> bool:
    """One request and its consequences; returns whether the errand is settled by it."""
    began = time.monotonic()
    result: Verdict | NoAnswer
    login: Login | None = None
    try:
        login = vault.login(errand.document.merchant, errand.document.environment)
        _lend_connection()
        call = errand.submit if attempt.action == Attempt.Action.SUBMIT else errand.ask
        result = call(login)
    except NoAnswer as failure:
        result = failure
    milliseconds = int((time.monotonic() - began) * 1000)
    now = timezone.now()
    with transaction.atomic():
        exchange.finished(attempt, result, milliseconds=milliseconds)
        match result:
            case Accepted():
                errand.accept(result, at=now)
            case Rejected():
                errand.reject(result, at=now)
    if isinstance(result, Refused) and result.lasting and login is not None:
        vault.hold(errand.document.merchant, errand.document.environment, str(result), now, refused=login)
    if not isinstance(result, Accepted | Rejected):
        log.info("%s %s: %s", attempt.action, errand.document.public_id, attempt.outcome)
    return isinstance(result, Accepted | Rejected)


def _lend_connection() -> None:
    """Give a pooled connection back while we wait: held through every slow answer, the pool would run dry."""
    if not connection.in_atomic_block and "pool" in connection.settings_dict.get("OPTIONS", {}):
        connection.close()

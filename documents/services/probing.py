"""Looking whether an authority is back: a login, a question about a document, and a knock at reception."""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from accounts import vault
from accounts.models import Merchant
from documents.models import Document
from documents.services import exchange
from documents.services.errands import SendDocument
from documents.states import State
from hacienda import availability
from hacienda.errors import NoAnswer, Refused, Throttled
from hacienda.models import Outage
from hacienda.registry import authority
from hacienda.values import Environment, Login
from hacienda.verdicts import Unknown

log = logging.getLogger(__name__)

# An answer that says nothing of the document, and comes from Hacienda all the same.
_ANSWERS = frozenset(
    {
        "known_already",
        "other_document",
        "hacienda_busy",
        exchange.TOLD_ONCE,
        exchange.IN_DOUBT,
        exchange.QUESTION_FAILED,
    }
)


def probe(outage: Outage) -> bool:
    """One look at the authority of an outage, written down in it; whether the outage is closed by it.

    An emitter's own outage in which nobody gets an answer becomes everybody's.
    """
    reached = _reception_answers(outage)
    if not reached and outage.tax_id != availability.EVERYBODY:
        outage = availability.widen(outage)
    answered = reached and _answers_somebody(outage)
    now = timezone.now()
    if not answered:
        availability.probe_failed(outage, at=now)
        return False
    closed = availability.probe_succeeded(outage, at=now)
    if closed:
        log.warning("outage over: %s", outage)
    return closed


def _reception_answers(outage: Outage) -> bool:
    url = settings.AUTHORITY_URLS[outage.country][outage.environment]
    try:
        authority(outage.country).knock(Environment(outage.environment), url)
    except NoAnswer:
        return False
    return True


def _answers_somebody(outage: Outage) -> bool:
    """Whether a login and, where there is a document, a question about it are answered."""
    found = _somebody(outage)
    if found is None:
        return True  # nobody is left who could ask; the knock was answered
    merchant, login = found
    try:
        authority(outage.country).log_in(login)
        document = _document(merchant, outage.environment)
        if document is None:
            return True
        verdict = SendDocument(document).ask(login)
    except (Throttled, Refused) as answer:
        # It answers, if not to our liking: a pause, or a person who must act, and no outage.
        exchange.stop_issuer(merchant, outage.environment, answer, login, now=timezone.now())
        return True
    except NoAnswer:
        return False
    return not isinstance(verdict, Unknown) or verdict.reason in _ANSWERS


def _somebody(outage: Outage) -> tuple[Merchant, Login] | None:
    """A merchant that this outage concerns, with its login; those with documents that wait come first."""
    merchants = Merchant.objects.filter(country=outage.country, credentials__environment=outage.environment)
    if outage.tax_id != availability.EVERYBODY:
        merchants = merchants.filter(tax_id=outage.tax_id)
    waiting = Document.objects.filter(environment=outage.environment, state__in=_WAITING).order_by("-id")
    concerned = waiting.filter(merchant__in=merchants).values_list("merchant_id", flat=True)[:_TRIED]
    ordered = [*dict.fromkeys(concerned), *merchants.order_by("pk").values_list("pk", flat=True)[:_TRIED]]
    known = Merchant.objects.in_bulk(ordered)
    for key in dict.fromkeys(ordered):
        try:
            return known[key], vault.login(known[key], outage.environment)
        except Refused:  # on hold, or resting: another one asks
            continue
    return None


_WAITING = (State.TRANSMITTING.value, State.CONTINGENCY.value)
_TRIED = 20


def _document(merchant: Merchant, environment: str) -> Document | None:
    """What to ask about: a document that waits, else the latest."""
    mine = Document.objects.filter(merchant=merchant, environment=environment).select_related(
        "merchant", "current_sealing"
    )
    return mine.filter(state__in=_WAITING).order_by("-id").first() or mine.order_by("-id").first()


def look(now: datetime) -> int:
    """Probe every outage whose time has come, unless another worker does; how many were closed."""
    closed = 0
    for outage in availability.probes_due(now=now):
        if availability.claim_probe(outage, now=now):
            closed += probe(outage)
    return closed

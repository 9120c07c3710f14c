"""Why a contingency event does not get on, what to do about it and who can: read from what is stored with it."""

from __future__ import annotations

from typing import Any, Final

from contingency.models import Event
from documents.rejections import Diagnosis, told
from hacienda.authority import CONTINGENCY
from hacienda.messages import gettext_noop
from hacienda.registry import authority
from hacienda.verdicts import Advice, Mender

# Codes of our own, beside the authority's.
INCOMPLETE: Final = "incomplete"  # something of the merchant's is missing or wrong
NO_CREDENTIALS: Final = "no_credentials"
NOTHING_LEFT: Final = "nothing_left"
OURS: Final = frozenset({INCOMPLETE, NO_CREDENTIALS, NOTHING_LEFT})

RESPONSIBLE: Final = "/responsible"
CONTACT: Final = ("/issuer/phone", "/issuer/email")

_FILL_IN = gettext_noop(
    "A manager fills in what is listed: the responsible person here on the board, telephone and e-mail under "
    "Hacienda, company data. The event then goes by itself within a minute."
)
_ASK_SUPPORT = gettext_noop(
    "Tell SmartBill's support the event's code: what is listed cannot be changed here. The event then goes by itself."
)
_ENTER_ACCESS = gettext_noop(
    "A manager sees to the certificate and the password under Hacienda in the dashboard. The event then goes by "
    "itself."
)
_NOTHING_TO_DO = gettext_noop("Nothing is to be done: its documents were settled in another way.")


def diagnosis(event: Event) -> Diagnosis | None:
    """What to tell of an event that was refused or cannot be sent yet; None for any other."""
    stored = event.refusal
    if not stored or event.state == Event.State.ACCEPTED:
        return None
    message = str(stored.get("message", ""))
    code, observations = stored["code"], stored.get("observations") or []
    if code == INCOMPLETE:
        mendable = all(_is_mendable(pointer) for pointer in pointers(stored))
        who = Mender.MERCHANT if mendable else Mender.OPERATOR
        return told(Advice((message,), (_FILL_IN if mendable else _ASK_SUPPORT,), who))
    if code == NO_CREDENTIALS:
        return told(Advice((message,), (_ENTER_ACCESS,), Mender.MERCHANT))
    if code == NOTHING_LEFT:
        return told(Advice((message,), (_NOTHING_TO_DO,), Mender.OPERATOR))
    law = authority(event.merchant.country)
    return told(law.event_advice(CONTINGENCY, event.payload, code, message, observations))


def pointers(refusal: dict[str, Any] | None) -> list[str]:
    """Where the errors of a refusal lead."""
    rows = (refusal or {}).get("errors") or []
    return [str(row.get("pointer", "")) for row in rows]


def _is_mendable(pointer: str) -> bool:
    return pointer.startswith(RESPONSIBLE) or pointer in CONTACT

"""Whether what a merchant signs with ends soon, for everybody who works there to see in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Credential
from accounts.workplace import Workplace
from hacienda.clocks import CLOCKS, Clock
from hacienda.registry import authority


@dataclass(frozen=True, slots=True)
class Validity:
    """The end of a signing file that is near or past."""

    clock: Clock
    until: datetime
    is_over: bool
    days: int  # whole days that are left
    renewal: str  # what to do before it ends: an English template


def ending(place: Workplace, *, now: datetime) -> Validity | None:
    """What to warn of in this environment; None while the end is far, or where there is no signing file."""
    clock = CLOCKS["certificate"]
    rows = Credential.objects.filter(merchant=place.merchant, environment=place.environment)
    until = rows.values_list("valid_until", flat=True).first()
    if until is None or clock.step(until, now) is None:
        return None
    renewal = authority(place.merchant.country).rules.vocabulary.access.renewal
    return Validity(clock, until, until <= now, max((until - now).days, 0), renewal)

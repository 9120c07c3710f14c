"""What of merchants' access to their authority a person must see to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db.models import F

from accounts.models import Credential
from hacienda.alarms import Alarm
from hacienda.clocks import CLOCKS

REFUSED_FOR: Final = timedelta(hours=1)  # time for the merchant to see to it


def found(now: datetime) -> Iterator[Alarm]:
    """Signing files that end soon or have ended, and credentials that have been refused for a while."""
    rows = Credential.objects.annotate(tax_id=F("merchant__tax_id")).order_by("merchant", "environment")
    rows = rows.defer("certificate_encrypted", "password_encrypted")
    for row in rows.filter(valid_until__lte=now + CLOCKS["certificate"].before(0)):
        day = f"{row.valid_until:%Y-%m-%d %H:%M} UTC"
        if row.valid_until <= now:
            text = f"The signing certificate ended on {day}: this merchant cannot issue anything."
            yield Alarm("certificate_ended", text, row.tax_id, row.environment, row.valid_until)
        else:
            text = f"The signing certificate ends on {day}; without a new one this merchant cannot issue any more."
            yield Alarm("certificate_ends", text, row.tax_id, row.environment, row.valid_until)
    for row in rows.filter(refused_at__lte=now - REFUSED_FOR):
        text = "Hacienda refused the merchant's login and nothing is sent until somebody saves another one."
        yield Alarm("credentials_refused", text, row.tax_id, row.environment, row.refused_at)

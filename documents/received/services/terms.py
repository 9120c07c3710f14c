"""The terms within which something can be said about received documents, as they are announced."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from documents import deadlines
from documents.models import ReceivedDocument
from documents.received import selectors
from documents.services.announcing import Running
from hacienda.clocks import CLOCKS, Clock

CLOCK: Final[Clock] = CLOCKS["decision"]


def undecided(now: datetime) -> Iterator[Running]:
    """Documents about which nothing was said, and whose term ends soon or has ended a short while ago."""
    near = ReceivedDocument.objects.filter(due__lte=now + CLOCK.before(0), due__gt=now - deadlines.AFTERWARDS)
    rows = near.filter(selectors.undecided()).select_related("merchant").defer("xml").order_by("due")
    for row in rows.iterator(chunk_size=500):
        yield Running(
            CLOCK,
            row.due,
            row.public_id,
            row.merchant.country,
            row.merchant_id,
            row.environment,
            words={
                "received": row.public_id,
                "generation_code": row.generation_code,
                "issuer": row.issuer_name,
            },
        )

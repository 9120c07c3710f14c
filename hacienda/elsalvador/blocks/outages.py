"""What the issuer reports of an outage of its own: reasons 2 to 5 of CAT-005 (functional manual 2.0, p. 18 to 20)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from hacienda.drafts import OwnOutage
from hacienda.elsalvador.blocks import manners
from hacienda.elsalvador.earlier import versions
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.rules import CONTINGENCY, EVENT_TERM, ZONE

_FORM: Final = "%Y-%m-%d %H:%M:%S"


def check_own(
    own: OwnOutage, type_code: str, version: int, issued_at: datetime, now: datetime, faults: Faults
) -> None:
    """The reason with its note, and a period that is over, can still be reported, and holds the time of issue."""
    here = ("contingency",)
    if not CONTINGENCY.allow(type_code, version):
        faults.add(("type",), "contingency_type_not_allowed", type=type_code)
    if own.reason == CONTINGENCY.reasons["authority_down"]:
        faults.add((*here, "reason"), "contingency_reason_not_own")
    else:
        manners.explanation(own.reason, own.note, here, faults, versions.note_lengths(type_code, version))
    end: tuple[str, ...] = (*here, "to")
    if own.ended_at <= own.began_at:
        faults.add(end, "outage_ends_before_it_begins")
    elif own.ended_at > now:
        faults.add(end, "outage_not_over")
    elif now > own.ended_at + EVENT_TERM:
        until = (own.ended_at + EVENT_TERM).astimezone(ZONE)
        hours = int(EVENT_TERM.total_seconds()) // 3600
        faults.add(end, "contingency_term_over", hours=hours, until=f"{until:{_FORM}}")
    elif not own.began_at.replace(microsecond=0) <= issued_at <= own.ended_at:
        start, last = own.began_at.astimezone(ZONE), own.ended_at.astimezone(ZONE)
        faults.add(("issued_at",), "issued_outside_contingency", start=f"{start:{_FORM}}", end=f"{last:{_FORM}}")

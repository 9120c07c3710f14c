"""What the issuer tells of an outage of its own: it is one digit of the clave, and on paper a receipt (annex v4.4).

Nothing is reported. Without the internet a document says so and goes within days; where even the system was down and
a receipt was given out on paper, the document says so too and names that receipt.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from hacienda.costarica import codes, references
from hacienda.costarica.case import Case
from hacienda.costarica.facts import ZONE
from hacienda.drafts import Related

AUTHORITY_DOWN: Final = 1
OWN_SYSTEM: Final = 2
INTERNET: Final = 3
# Of Hacienda's own outages a document says nothing. The other two are the situations of the clave.
REASONS: Final = {"authority_down": AUTHORITY_DOWN, "own_system": OWN_SYSTEM, "internet": INTERNET}

_FORM: Final = "%Y-%m-%d %H:%M:%S"


def check(case: Case, now: datetime) -> None:
    """The reason, a period that is over and holds the time of issue, and the receipt on paper where there was one."""
    own, faults = case.draft.contingency, case.faults
    if own is None:
        return
    here = ("contingency",)
    if own.reason == AUTHORITY_DOWN:
        faults.add((*here, "reason"), "contingency_reason_not_own")
    elif own.reason not in REASONS.values():
        faults.add((*here, "reason"), "contingency_reason_unknown", reason=own.reason)
    end = (*here, "to")
    if own.ended_at <= own.began_at:
        faults.add(end, "outage_ends_before_it_begins")
    elif own.ended_at > now:
        faults.add(end, "outage_not_over")
    elif not own.began_at.replace(microsecond=0) <= case.issued_at <= own.ended_at:
        start, last = own.began_at.astimezone(ZONE), own.ended_at.astimezone(ZONE)
        faults.add(("issued_at",), "issued_outside_contingency", start=f"{start:{_FORM}}", end=f"{last:{_FORM}}")
    if own.reason == OWN_SYSTEM and not any(_is_paper(one, case.type_code) for one in case.draft.related):
        faults.add(("related",), "paper_required")


def _is_paper(related: Related, type_code: str) -> bool:
    kind = references.document_type(related, type_code)
    given = references.usual_code(related, kind, type_code)
    return kind == codes.PAPER_RECEIPT and given == codes.REPLACES_PAPER

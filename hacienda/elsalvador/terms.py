"""Until when a stamped document can be invalidated (functional manual 2.0, pages 11 and 12).

Two clocks run: three months for what final consumers, foreigners and excluded subjects hold, the tenth business day
of the month after the stamp's for everything else. Annex V of the Normativa 2.0 is quoted with shorter terms for
some types; the manual, with its dated examples, is the clearer text and is followed.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Final

from hacienda.authority import Term
from hacienda.elsalvador.calendar import add_months, business_day
from hacienda.elsalvador.rules import ZONE

THREE_MONTHS: Final = frozenset({"01", "11", "14"})
MONTHS: Final = 3
BUSINESS_DAYS: Final = 10

_DAY_ENDS: Final = time(23, 59, 59)


def invalidation_term(type_code: str, stamped_at: datetime) -> Term:
    """The last second at which Hacienda can receive the event."""
    stamped_on = stamped_at.astimezone(ZONE).date()
    if type_code in THREE_MONTHS:
        last = add_months(stamped_on, MONTHS)
    else:
        following = add_months(stamped_on.replace(day=1), 1)
        last = business_day(following.year, following.month, BUSINESS_DAYS)
    return Term("invalidation", datetime.combine(last, _DAY_ENDS, ZONE))


def event_date(type_code: str, issued_on: date, today: date) -> date:
    """`identificacion.fecEmi` of the event: today where the type leaves a choice, else the document's own date.

    Where it leaves one, from the document's date to three months later.
    """
    if type_code not in THREE_MONTHS:
        return issued_on  # anything else is rejected with 027
    return max(issued_on, min(today, add_months(issued_on, MONTHS)))

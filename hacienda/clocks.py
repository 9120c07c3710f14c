"""The legal clocks: whose they are, when they begin, how long before their end they are announced, what follows.

Pure. How long each runs are facts of a country (`hacienda.authority.Rules`) or dates of a certificate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from hacienda.messages import gettext_noop


class Whose(StrEnum):
    """What a clock belongs to."""

    DOCUMENT = "document"
    EVENT = "event"
    MERCHANT = "merchant"
    RECEIVED = "received"  # a supplier's document


@dataclass(frozen=True, slots=True)
class Clock:
    """One kind of term. `announced` is how long before its end it is announced, the longest first.

    `begins` says what starts it, `demand` what the law wants of whoever is late; English templates both.
    """

    name: str
    whose: Whose
    begins: str
    announced: tuple[timedelta, ...]
    demand: str

    def step(self, until: datetime, now: datetime) -> int | None:
        """The announcement that is to be made now: the last one whose time has come, None before the first.

        The one after all of `announced` says that the term is over.
        """
        if now >= until:
            return len(self.announced)
        reached = [number for number, before in enumerate(self.announced) if now >= until - before]
        return max(reached, default=None)

    def is_missed(self, step: int) -> bool:
        return step == len(self.announced)

    def before(self, step: int) -> timedelta:
        """How long before the end that announcement is made."""
        return timedelta(0) if self.is_missed(step) else self.announced[step]

    @property
    def steps(self) -> range:
        return range(len(self.announced) + 1)


_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_EXPLAIN: Final = gettext_noop(
    "Write to the DGII, explain why it is late and ask for an extension. It is sent all the same."
)

# Sources: functional manual 2.0, pages 11 to 20; Normativa 1.1, 10 and 13.
CLOCKS: Final[Mapping[str, Clock]] = MappingProxyType(
    {
        clock.name: clock
        for clock in (
            Clock(
                "contingency_event",
                Whose.DOCUMENT,
                gettext_noop("the end of the outage"),
                (12 * _HOUR, 3 * _HOUR),
                _EXPLAIN,
            ),
            Clock(
                "contingency_document",
                Whose.DOCUMENT,
                gettext_noop("Hacienda's stamp on the event"),
                (12 * _HOUR, 3 * _HOUR),
                gettext_noop(
                    "Write to the DGII, explain why it is late and ask for an extension. Then start a run: "
                    "nothing goes by itself any more."
                ),
            ),
            Clock(
                "correction",
                Whose.DOCUMENT,
                gettext_noop("the rejection"),
                (6 * _HOUR, _HOUR),
                gettext_noop("Correct it all the same: it goes under a new code and a new number."),
            ),
            Clock(
                "event_correction",
                Whose.EVENT,
                gettext_noop("the rejection of the event"),
                (12 * _HOUR, 3 * _HOUR),
                _EXPLAIN,
            ),
            Clock(
                "invalidation",
                Whose.DOCUMENT,
                gettext_noop("Hacienda's stamp on it"),
                (3 * _DAY, _DAY),
                gettext_noop(
                    "Hacienda takes no invalidation any more and the document stays valid. Where its type has them, "
                    "a credit or debit note can still adjust it."
                ),
            ),
            Clock(
                "decision",
                Whose.RECEIVED,
                gettext_noop("the end of the month in which it was issued"),
                (3 * _DAY, _DAY),
                gettext_noop("Hacienda takes no message about it any more, and silence counts as acceptance."),
            ),
            Clock(
                "outage_report",
                Whose.MERCHANT,
                gettext_noop("the fifth day of an outage without a break"),
                (48 * _HOUR, 12 * _HOUR),
                gettext_noop("Hand the technical report in all the same and explain to the DGII why it is late."),
            ),
            Clock(
                "certificate",
                Whose.MERCHANT,
                gettext_noop("the day it was made"),
                (30 * _DAY, 7 * _DAY, _DAY),
                gettext_noop(
                    "Nothing can be signed, so nothing can be issued. Get a new certificate from Hacienda's portal "
                    "and upload it."
                ),
            ),
            Clock(
                "test_access",
                Whose.MERCHANT,
                gettext_noop("the day it was saved"),
                (7 * _DAY, _DAY),
                gettext_noop(
                    "Hacienda's access for tests lasts two months: renew it in the portal and save the new password."
                ),
            ),
        )
    }
)

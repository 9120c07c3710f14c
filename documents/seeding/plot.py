"""What is made up: which company issues what, when, under which number, and what becomes of it. Pure.

The documents come in the order of their issue. Most of them lie years back; then an outage of some hours, in which
everything is issued in contingency; then the last two hours, of which the very last ones are still on their way.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from documents.states import State

OUTAGE_BEGAN, OUTAGE_ENDED = timedelta(hours=7), timedelta(hours=2)  # before now
IN_OUTAGE = 0.01  # of all documents
LATEST = 0.005
ON_THEIR_WAY = 20_000  # one document in so many
NOTE = "05"
# Of a hundred documents of ordinary times. Notes adjust a tax credit document.
TYPES = {"01": 76, "03": 16, NOTE: 2, "14": 2, "11": 2, "04": 2}
WITH_CONTINGENCY = ("01", "03")
STATES = {State.ACCEPTED: 97, State.INVALIDATED: 2, State.REJECTED: 1}
One = TypeVar("One")
NAMED_ANEW = 25  # a company's documents for each of its customers, on average


@dataclass(frozen=True, slots=True)
class Planned:
    """One document as it will be made. `position` counts all, `number` those of its series and year."""

    position: int
    company: int
    type_code: str
    state: State
    issued_at: datetime
    year: int
    number: int
    customer: int


def plot(count: int, companies: int, *, years: int, now: datetime, zone: ZoneInfo) -> Iterator[Planned]:
    """`count` documents of so many companies over so many years; the same for the same arguments."""
    dice = random.Random(1)  # noqa: S311 (nothing secret is drawn)
    shares = [1 / (rank + 1) for rank in range(companies)]  # a few large ones and many small ones
    outage = int(count * (1 - LATEST - IN_OUTAGE))
    latest = int(count * (1 - LATEST))
    waiting = count - max(count // ON_THEIR_WAY, 1)
    numbers: dict[tuple[int, int], int] = {}
    for position in range(count):
        if position < outage:
            part, begin, end = position / outage, timedelta(days=365 * years), timedelta(hours=8)
        elif position < latest:
            part, begin, end = (position - outage) / (latest - outage), OUTAGE_BEGAN, OUTAGE_ENDED
        else:
            part, begin, end = (position - latest) / (count - latest), OUTAGE_ENDED, timedelta(minutes=1)
        issued_at = (now - begin + (begin - end) * part).replace(microsecond=0)
        in_outage = outage <= position < latest
        company = dice.choices(range(companies), shares)[0]
        type_code = dice.choices(WITH_CONTINGENCY, (4, 1))[0] if in_outage else _of(dice, TYPES)
        state = State.TRANSMITTING if position >= waiting else _of(dice, STATES)
        year = issued_at.astimezone(zone).year
        number = numbers[company, year] = numbers.get((company, year), 0) + 1
        yield Planned(
            position=position,
            company=company,
            type_code=type_code,
            state=State.CONTINGENCY if in_outage else state,
            issued_at=issued_at,
            year=year,
            number=number,
            customer=int(dice.paretovariate(1.0) * 7) % max(count // companies // NAMED_ANEW, 10),
        )


def _of(dice: random.Random, shares: Mapping[One, int]) -> One:
    return dice.choices(list(shares), list(shares.values()))[0]

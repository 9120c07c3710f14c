"""The key of a document, taken apart: the date, the issuer, the number and the situation are all in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

CLAVE = re.compile(r"506([0-9]{6})([0-9A-Za-z]{12})([0-9]{20})([123])[0-9]{8}")
CONSECUTIVE = re.compile(r"[0-9]{20}")


@dataclass(frozen=True, slots=True)
class Clave:
    """What a key says. `issuer` is filled with zeros to twelve characters; `number` is the consecutive one."""

    text: str
    issued_on: date
    issuer: str
    number: str
    situation: str

    @property
    def kind_code(self) -> str:
        """Return the two digits of the number that say what kind of document it is."""
        return kind_code(self.number)


def kind_code(number: str) -> str:
    """Return the two digits of a consecutive number that say what kind of document it is."""
    return number[8:10]


def read_clave(text: str) -> Clave | None:
    """Return the key taken apart, or None when it is none."""
    fitting = CLAVE.fullmatch(text)
    if fitting is None:
        return None
    day, issuer, number, situation = fitting.groups()
    try:
        issued_on = date(2000 + int(day[4:]), int(day[2:4]), int(day[:2]))
    except ValueError:
        return None
    return Clave(text, issued_on, issuer, number, situation)

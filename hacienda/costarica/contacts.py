"""Telephones and e-mail addresses as a document tells them (schemas of April 2026).

A telephone is a country code of at most 3 digits and a number of 8 to 20; written with spaces, dots, dashes and
parentheses, of another country with + or 00 before its code. An e-mail address has the form that the schemas
describe, in at most 160 characters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from hacienda.costarica.facts import COUNTRY_CODE
from hacienda.faults import Fault, Invalid
from hacienda.messages import gettext_noop

LONGEST_EMAIL: Final = 160

MESSAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "phone_invalid": gettext_noop(
            "A telephone has 8 to 20 digits; one of another country begins with + and its code."
        ),
        "email_invalid": gettext_noop("This is not an e-mail address."),
        "too_long": gettext_noop("At most %(maximum)s characters fit."),
    }
)

_EMAIL: Final = re.compile(r"\w+([-+.']\w+)*@\w+([-.]\w+)*\.\w+([-.]\w+)*", re.ASCII)
_WRITTEN: Final = re.compile(r"(\+|00)?([0-9]+)")
_NUMBER: Final = re.compile(r"[0-9]{8,20}")
_OF_COSTA_RICA: Final = re.compile(rf"{COUNTRY_CODE}[0-9]{{8}}")
# ITU-T E.164: one digit for the zones 1 and 7, two for these, three for all others.
_COUNTRY: Final = re.compile("1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[2-9][0-9]{2}")


@dataclass(frozen=True, slots=True)
class Telephone:
    country_code: str
    number: str


def telephone(text: str) -> Telephone:
    """A telephone as it is sent, of Costa Rica where no country is told. Raises `ValueError` for what is none."""
    written = _WRITTEN.fullmatch(re.sub(r"[\s.()-]", "", text))
    if written is None:
        raise ValueError(f"{text!r} is not a telephone")
    country, number = COUNTRY_CODE, written[2]
    if written[1] or _OF_COSTA_RICA.fullmatch(number):
        code = _COUNTRY.match(number)
        country, number = (code[0], number[code.end() :]) if code else ("", "")
    if not _NUMBER.fullmatch(number) or not number.strip("0"):
        raise ValueError(f"{text!r} is not a telephone")
    return Telephone(country, number)


def email(text: str) -> str:
    """An e-mail address without white space around it. Raises `ValueError` for what is none or is too long."""
    trimmed = text.strip()
    if len(trimmed) > LONGEST_EMAIL or not _EMAIL.fullmatch(trimmed):
        raise ValueError("this is not an e-mail address")
    return trimmed


def check(*, phone: str, email: str) -> None:
    """Raises `Invalid` for what a document could not tell; empty ones pass."""
    faults: list[Fault] = []
    if phone.strip() and not _reads(phone):
        faults.append(Fault(("phone",), "phone_invalid", MESSAGES["phone_invalid"]))
    trimmed = email.strip()
    if len(trimmed) > LONGEST_EMAIL:
        faults.append(Fault(("email",), "too_long", MESSAGES["too_long"], {"maximum": LONGEST_EMAIL}))
    elif trimmed and not _EMAIL.fullmatch(trimmed):
        faults.append(Fault(("email",), "email_invalid", MESSAGES["email_invalid"]))
    if faults:
        raise Invalid(tuple(faults))


def _reads(phone: str) -> bool:
    try:
        telephone(phone)
    except ValueError:
        return False
    return True

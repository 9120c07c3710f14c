"""Number and key of a document (resolution MH-DGT-RES-0027-2024; annex v4.4, note 3).

The consecutivo has 20 digits: establishment 3, terminal 5, type 2, sequence 10. The clave has 50 characters: 506,
day, month and year in two digits each, the issuer's identification filled with zeros to 12, the consecutivo, the
situation and a security code of 8. Since 2026 letters can stand in the identification; their case is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from hacienda.costarica.facts import COUNTRY_CODE, ZONE

LENGTH: Final = 50
ESTABLISHMENT: Final = re.compile(r"(?!000)[0-9]{3}", re.ASCII)  # 001 is the head office
POINT_OF_SALE: Final = re.compile(r"(?!00000)[0-9]{5}", re.ASCII)
LAST_SEQUENCE: Final = 10**10 - 1  # the next one is 1 again

# The situation in which a document is issued.
NORMAL: Final = "1"
CONTINGENCY: Final = "2"  # paper was given while the system was down
WITHOUT_INTERNET: Final = "3"
SITUATIONS: Final = frozenset({NORMAL, CONTINGENCY, WITHOUT_INTERNET})

_ID_LENGTH: Final = 12
_TYPE: Final = re.compile(r"[0-9]{2}", re.ASCII)
_TAX_ID: Final = re.compile(r"[0-9A-Za-z]{1,12}", re.ASCII)
_CONSECUTIVO: Final = re.compile(r"(?!000)[0-9]{3}(?!00000)[0-9]{5}[0-9]{2}(?!0{10})[0-9]{10}", re.ASCII)
_SECURITY: Final = re.compile(r"[0-9]{8}", re.ASCII)
_CLAVE: Final = re.compile(
    r"506(?P<day>[0-9]{2})(?P<month>[0-9]{2})(?P<year>[0-9]{2})(?P<tax_id>[0-9A-Za-z]{12})"
    r"(?P<consecutivo>[0-9]{20})(?P<situation>[123])(?P<security>[0-9]{8})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Clave:
    """What a clave says. `tax_id` is the 12 characters as they stand, with zeros on the left."""

    issued_on: date  # in Costa Rica
    tax_id: str
    consecutivo: str
    situation: str
    security: str

    @property
    def establishment(self) -> str:
        return self.consecutivo[:3]

    @property
    def point_of_sale(self) -> str:
        return self.consecutivo[3:8]

    @property
    def type_code(self) -> str:
        return self.consecutivo[8:10]

    @property
    def number(self) -> int:
        return int(self.consecutivo[10:])

    def is_of(self, tax_id: str) -> bool:
        """Whether that taxpayer issued it; `tax_id` as it is registered, without zeros on the left."""
        return self.tax_id == tax_id.rjust(_ID_LENGTH, "0")


def consecutivo(establishment: str, point_of_sale: str, type_code: str, number: int) -> str:
    """The 20 digits of a number. Raises `ValueError` for ill-formed parts."""
    if not (
        ESTABLISHMENT.fullmatch(establishment)
        and POINT_OF_SALE.fullmatch(point_of_sale)
        and _TYPE.fullmatch(type_code)
        and 1 <= number <= LAST_SEQUENCE
    ):
        raise ValueError(f"no consecutivo for {establishment} {point_of_sale} {type_code} {number}")
    return f"{establishment}{point_of_sale}{type_code}{number:010d}"


def make(*, issued_at: datetime, tax_id: str, consecutivo: str, situation: str, security: str) -> str:
    """The 50 characters of a key; `issued_at` is aware, `security` 8 digits of the issuer's own choice.

    Raises `ValueError` for ill-formed parts.
    """
    if issued_at.tzinfo is None:
        raise ValueError("the time of issue needs a time zone")
    if not (
        _TAX_ID.fullmatch(tax_id)
        and _CONSECUTIVO.fullmatch(consecutivo)
        and situation in SITUATIONS
        and _SECURITY.fullmatch(security)
    ):
        raise ValueError(f"no clave for {tax_id} {consecutivo} {situation}")
    day = issued_at.astimezone(ZONE)
    return f"{COUNTRY_CODE}{day:%d%m%y}{tax_id:0>{_ID_LENGTH}}{consecutivo}{situation}{security}"


def read(clave: str) -> Clave:
    """The parts of a key. Raises `ValueError` for what is none."""
    found = _CLAVE.fullmatch(clave)
    if found is None:
        raise ValueError(f"{clave!r} is not a clave")
    return Clave(
        issued_on=date(2000 + int(found["year"]), int(found["month"]), int(found["day"])),
        tax_id=found["tax_id"],
        consecutivo=found["consecutivo"],
        situation=found["situation"],
        security=found["security"],
    )


def is_clave(text: str) -> bool:
    """Whether a text is a key of a day that exists."""
    try:
        read(text)
    except ValueError:
        return False
    return True

"""Checks of single fields: texts, numbers and the numbers that identify people and firms.

Each returns the value as it will be written, or None after adding a fault.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from hacienda.elsalvador import catalogs
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.rules import AMOUNT_LIMIT
from hacienda.money import ZERO, quantise
from hacienda.values import Path

# Line breaks and tabs may stand in a text; the rest has no place in a legal document, and a lone surrogate
# cannot be signed at all.
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)*\.[^@\s.]{2,}")

NIT: Final = "36"
DUI: Final = "13"


def blank(value: str | None) -> bool:
    """Whether nothing was given: None, or only white space."""
    return value is None or not value.strip()


def text(
    value: str | None,
    path: Path,
    faults: Faults,
    *,
    longest: int,
    shortest: int = 1,
    required: bool = True,
) -> str | None:
    """The text without white space around it; None where none was given or it does not fit."""
    trimmed = value.strip() if value else ""
    if not trimmed:
        if required:
            faults.add(path, "required")
        return None
    if len(trimmed) > longest:
        faults.add(path, "too_long", maximum=longest)
    elif len(trimmed) < shortest:
        faults.add(path, "too_short", minimum=shortest)
    elif _UNPRINTABLE.search(trimmed):
        faults.add(path, "control_characters")
    else:
        return trimmed
    return None


def amount(
    value: Decimal,
    path: Path,
    faults: Faults,
    *,
    places: int,
    negative: bool = False,
    positive: bool = False,
) -> bool:
    """Whether an amount can be written: finite, in range, with at most `places` decimals."""
    if not value and not positive:
        return True
    if not value.is_finite():
        faults.add(path, "not_a_number")
    elif value.copy_abs() >= AMOUNT_LIMIT:
        faults.add(path, "too_large", limit=AMOUNT_LIMIT)
    elif value < ZERO and not negative:
        faults.add(path, "must_be_positive" if positive else "must_not_be_negative")
    elif positive and not value:
        faults.add(path, "must_be_positive")
    elif quantise(value, places) != value:
        faults.add(path, "too_many_decimals", places=places)
    else:
        return True
    return False


def code(value: str | None, catalog: str, path: Path, faults: Faults, *, required: bool = True) -> str | None:
    """A code of a catalogue, checked."""
    trimmed = value.strip() if value else ""
    if not trimmed:
        if required:
            faults.add(path, "required")
        return None
    if not catalogs.has(catalog, trimmed):
        faults.add(path, "unknown_code", value=trimmed, catalog=catalog)
        return None
    return trimmed


def without_dashes(value: str) -> str:
    """A number as people write it, reduced to how it is sent."""
    return value.replace("-", "").replace(" ", "").strip()


def are_digits(value: str) -> bool:
    """Whether a text holds digits 0 to 9 and nothing else; empty is False."""
    return value.isascii() and value.isdigit()


def nit(value: str | None, path: Path, faults: Faults, *, required: bool = True) -> str | None:
    """A NIT: 14 digits, or the 9 of the DUI it was unified with. Dashes are taken off."""
    if value is None or blank(value):
        if required:
            faults.add(path, "required")
        return None
    number = without_dashes(value)
    if not are_digits(number) or len(number) not in (9, 14):
        faults.add(path, "tax_id_invalid")
        return None
    return number


def registration(value: str | None, path: Path, faults: Faults, *, required: bool = True) -> str | None:
    """An NRC: 2 to 8 digits. Dashes and zeros on the left are taken off."""
    if value is None or blank(value):
        if required:
            faults.add(path, "required")
        return None
    number = without_dashes(value)
    if not are_digits(number) or not 2 <= len(number.lstrip("0")) <= 8:
        faults.add(path, "registration_invalid")
        return None
    return number.lstrip("0")


def phone(value: str | None, path: Path, faults: Faults, *, required: bool = True) -> str | None:
    """Up to three telephone numbers separated by commas, 8 to 30 characters in all."""
    checked = text(value, path, faults, longest=30, shortest=8, required=required)
    if checked is not None and checked.count(",") > 2:
        faults.add(path, "too_many_phones")
        return None
    return checked


def email(value: str | None, path: Path, faults: Faults, *, required: bool = True) -> str | None:
    """An e-mail address whose domain looks real, 6 to 100 characters."""
    checked = text(value, path, faults, longest=100, shortest=6, required=required)
    if checked is not None and not _EMAIL.fullmatch(checked):
        faults.add(path, "email_invalid")
        return None
    return checked

"""Single values on their way into a document: texts trimmed, numbers checked, identifications told apart.

Lengths and codes are not judged here: `structure` knows them, once for all.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Final

from hacienda.costarica import codes, contacts
from hacienda.costarica.facts import AMOUNT_LIMIT, PLACES, ZONE
from hacienda.costarica.faults import Faults
from hacienda.money import ZERO, quantise
from hacienda.values import Path

_FORMS: Final = {
    codes.NATURAL: re.compile(r"[1-9][0-9]{8}", re.ASCII),
    codes.LEGAL: re.compile(r"[0-9A-Za-z]{10}", re.ASCII),  # since 2026 with letters: 3101A00001
    codes.DIMEX: re.compile(r"[1-9][0-9]{10,11}", re.ASCII),
    codes.NITE: re.compile(r"[0-9]{10}", re.ASCII),
    codes.FOREIGNER: re.compile(r"[0-9A-Za-z]{1,20}", re.ASCII),
    codes.NO_TAXPAYER: re.compile(r"[0-9A-Za-z]{1,20}", re.ASCII),
}
_TOLD_BY_FORM: Final = (
    (codes.NATURAL, _FORMS[codes.NATURAL]),
    (codes.LEGAL, re.compile(r"[2-5][0-9A-Za-z]{9}", re.ASCII)),
    (codes.NITE, _FORMS[codes.NITE]),
    (codes.DIMEX, _FORMS[codes.DIMEX]),
)


def text(value: str | None) -> str | None:
    """A text without white space around it, its lines ended in one way; None for a blank one."""
    if value is None:
        return None
    trimmed = value.strip()
    if "\r" in trimmed:
        trimmed = trimmed.replace("\r\n", "\n").replace("\r", "\n")
    return trimmed or None


def amount(
    value: Decimal,
    path: Path,
    faults: Faults,
    *,
    places: int = PLACES,
    positive: bool = False,
    limit: Decimal = AMOUNT_LIMIT,
) -> bool:
    """Whether a number can be counted with: finite, in range, with at most `places` decimals."""
    if not value.is_finite():
        faults.add(path, "not_a_number")
    elif value.copy_abs() >= limit:
        faults.add(path, "too_large", limit=limit)
    elif value < ZERO:
        faults.add(path, "must_be_positive" if positive else "must_not_be_negative")
    elif positive and not value:
        faults.add(path, "must_be_positive")
    elif quantise(value, places) != value:
        faults.add(path, "too_many_decimals", places=places)
    else:
        return True
    return False


def moment(at: datetime) -> str:
    """A moment as documents tell it: of Costa Rica, to the second."""
    return at.astimezone(ZONE).isoformat(timespec="seconds")


def identification_type(number: str) -> str | None:
    """What an identification is, by its form alone; None where the form does not tell."""
    return next((code for code, form in _TOLD_BY_FORM if form.fullmatch(number)), None)


def identification(number: str | None, id_type: str | None, path: Path, faults: Faults) -> dict[str, object] | None:
    """The identification of a party at `path` as it is told, right or wrong; None where there is none."""
    plain = without_dashes(number or "")
    kind = text(id_type)
    if not plain:
        if kind is not None:
            faults.add((*path, "tax_id"), "required")
        return None
    kind = kind or identification_type(plain)
    if kind is None:
        faults.add((*path, "id_type"), "identification_type_unclear")
    elif kind not in _FORMS:
        faults.add((*path, "id_type"), "unknown_code", value=kind, catalog="id_types")
    elif not _FORMS[kind].fullmatch(plain):
        faults.add((*path, "tax_id"), "identification_invalid", value=plain, type=kind)
    return {"Tipo": kind, "Numero": plain}


def without_dashes(value: str) -> str:
    """An identification as people write it, reduced to how it is sent; the case of letters stays."""
    return value.replace("-", "").replace(" ", "").strip()


def phone(value: str | None, path: Path, faults: Faults) -> dict[str, object] | None:
    """A telephone number: of Costa Rica, or with + and the code of another country."""
    given = text(value)
    if given is None:
        return None
    try:
        told = contacts.telephone(given)
    except ValueError:
        faults.add(path, "phone_invalid")
        return None
    return {"CodigoPais": told.country_code, "NumTelefono": told.number}


def emails(value: str | None, path: Path, faults: Faults) -> list[object] | None:
    """E-mail addresses, separated by commas or semicolons; None for none."""
    found: list[object] = []
    for one in (value or "").replace(";", ",").split(","):
        if one.strip():
            try:
                found.append(contacts.email(one))
            except ValueError:
                faults.add(path, "email_invalid")
    return found or None

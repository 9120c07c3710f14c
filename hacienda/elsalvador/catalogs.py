"""Hacienda's catalogues (CAT-001 to CAT-033): codes, names, and which place lies in which.

The data is `data/catalogs.json`, made by `data/generate.py`, and `data/places.json`. Codes are text with their
leading zeros. Everything here is of the newest edition except where an edition is named.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from hacienda.catalogs import Edition, Entry
from hacienda.messages import gettext_noop

DOCUMENT_TYPES: Final = "CAT-002"
MODELS: Final = "CAT-003"
TRANSMISSIONS: Final = "CAT-004"
CONTINGENCIES: Final = "CAT-005"
VAT_WITHHOLDINGS: Final = "CAT-006"
DISTRICTS: Final = "CAT-008"
ESTABLISHMENT_TYPES: Final = "CAT-009"
MEDICAL_SERVICES: Final = "CAT-010"
ITEM_TYPES: Final = "CAT-011"
DEPARTMENTS: Final = "CAT-012"
MUNICIPALITIES: Final = "CAT-013"
UNITS: Final = "CAT-014"
TAXES: Final = "CAT-015"
CONDITIONS: Final = "CAT-016"
PAYMENT_METHODS: Final = "CAT-017"
TERMS: Final = "CAT-018"
ACTIVITIES: Final = "CAT-019"
COUNTRIES: Final = "CAT-020"
ASSOCIATED_DOCUMENTS: Final = "CAT-021"
IDENTITY_DOCUMENTS: Final = "CAT-022"
SPECIAL_OPERATIONS: Final = "CAT-023"
GOODS_TITLES: Final = "CAT-025"
DONATIONS: Final = "CAT-026"
CUSTOMS_POSTS: Final = "CAT-027"
REGIMES: Final = "CAT-028"
PERSON_TYPES: Final = "CAT-029"
TRANSPORT_MODES: Final = "CAT-030"
INCOTERMS: Final = "CAT-031"
DOMICILES: Final = "CAT-032"
REGIME_TYPES: Final = "CAT-033"

# Their codes repeat from one parent to the next.
NESTED: Final = frozenset({DISTRICTS, MUNICIPALITIES})

_DATA: Final = Path(__file__).with_name("data") / "catalogs.json"
_PLACES: Final = Path(__file__).with_name("data") / "places.json"

# Why a place of a department may lie elsewhere than the catalogue says; a document of 2026 was accepted with the
# older meaning of the codes of 09. Until Hacienda settles it, either municipality is taken.
_DOUBTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "06": gettext_noop(
            "Public maps disagree about the municipality of this district; the one given follows the territorial law."
        ),
        "09": gettext_noop(
            "Hacienda's editions disagree about which of 10 and 11 is Cabañas Este and which is Cabañas Oeste:"
            " both are taken, try yours in Hacienda's test system first."
        ),
    }
)


@cache
def _editions() -> Mapping[str, tuple[Edition, Mapping[str, tuple[Entry, ...]]]]:
    document = json.loads(_DATA.read_text(encoding="utf-8"))
    return {
        each["name"]: (
            Edition(each["name"], each["source"]),
            {
                identifier: tuple(_entry(identifier, dict(zip(catalog["columns"], row, strict=True))) for row in rows)
                for identifier, catalog in each["catalogs"].items()
                if (rows := catalog["rows"])
            },
        )
        for each in document["editions"]
    }


def _entry(catalog: str, row: dict[str, str]) -> Entry:
    code, name = row.pop("code"), row.pop("name")
    department, full_name, doubt = row.get("department", ""), "", ""
    if catalog == DISTRICTS:
        key = f"{department}-{code}"
        full_name = _places()["spelled_out"].get(key, "")
        doubt = _DOUBTS[department] if key in _places()["also_in"] else ""
    elif catalog == MUNICIPALITIES and department == "09":
        doubt = _DOUBTS[department]
    return Entry(code, name, MappingProxyType(row), full_name, doubt)


@cache
def _places() -> Mapping[str, Mapping[str, Any]]:
    document: Mapping[str, Mapping[str, Any]] = json.loads(_PLACES.read_text(encoding="utf-8"))
    return document


@cache
def _all() -> Mapping[str, tuple[Entry, ...]]:
    _edition, catalogs = next(iter(_editions().values()))
    return catalogs


@cache
def _names(catalog: str) -> Mapping[str, str]:
    # The first row of a code wins; only taxes repeat codes, under the same name.
    return {entry.code: entry.name for entry in reversed(entries(catalog))}


def editions() -> tuple[Edition, ...]:
    """The editions that are kept, the newest first."""
    return tuple(edition for edition, _catalogs in _editions().values())


def identifiers() -> tuple[str, ...]:
    """The catalogues there are: "CAT-001", "CAT-002" and so on."""
    return tuple(_all())


def entries(catalog: str) -> tuple[Entry, ...]:
    """The rows of a catalogue in Hacienda's order. Raises `KeyError` for an unknown catalogue."""
    return _all()[catalog]


def of_edition(edition: str) -> Mapping[str, tuple[Entry, ...]]:
    """The rows that an edition holds, by catalogue: an older one only what differs. `KeyError` if it is unknown."""
    return _editions()[edition][1]


def name(catalog: str, code: str) -> str | None:
    """Hacienda's name of a code, or None for a code that the catalogue does not have.

    Raises `KeyError` for an unknown catalogue and `ValueError` for one whose codes repeat: see
    `municipality` and `district`.
    """
    if catalog in NESTED:
        raise ValueError(f"the codes of {catalog} repeat")
    return _names(catalog).get(code)


def has(catalog: str, code: str) -> bool:
    """Whether the catalogue has that code."""
    return name(catalog, code) is not None


@cache
def _municipalities() -> Mapping[tuple[str, str], str]:
    return {(entry.within["department"], entry.code): entry.name for entry in entries(MUNICIPALITIES)}


@cache
def _districts() -> Mapping[tuple[str, str, str], str]:
    return {
        (entry.within["department"], municipality, entry.code): entry.name
        for entry in entries(DISTRICTS)
        for municipality in municipalities_of(entry)
    }


def municipalities_of(district: Entry) -> tuple[str, ...]:
    """The municipalities that a row of CAT-008 may lie in: the catalogue's first, then what else may be right."""
    within = district.within
    return (within["municipality"], *_places()["also_in"].get(f"{within['department']}-{district.code}", ()))


def department(code: str) -> str | None:
    """The name of a department (CAT-012), or None."""
    return name(DEPARTMENTS, code)


def municipality(department: str, code: str) -> str | None:
    """The name of a municipality (CAT-013) inside a department, or None where it is not inside it."""
    return _municipalities().get((department, code))


def district(department: str, municipality: str, code: str) -> str | None:
    """The name of a district (CAT-008) inside a municipality, or None where it is not inside it."""
    return _districts().get((department, municipality, code))


@cache
def tax_sections() -> Mapping[str, int]:
    """The section of each tax of CAT-015; a code that stands in several counts as its first."""
    return {entry.code: int(entry.within["section"]) for entry in reversed(entries(TAXES))}


@cache
def regime_types() -> Mapping[str, str]:
    """The type (CAT-033) of each export regime (CAT-028), which until 2025 stood before its code."""
    return {entry.code: entry.within["regime_type"] for entry in entries(REGIMES)}

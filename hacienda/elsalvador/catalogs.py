"""Hacienda's catalogues (CAT-001 to CAT-033): codes, names, and which place lies in which.

The data is `data/catalogs.json`, made by `data/generate.py`. Codes are text with their leading zeros.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

DOCUMENT_TYPES: Final = "CAT-002"
MODELS: Final = "CAT-003"
TRANSMISSIONS: Final = "CAT-004"
CONTINGENCIES: Final = "CAT-005"
DISTRICTS: Final = "CAT-008"
MEDICAL_SERVICES: Final = "CAT-010"
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
DOMICILES: Final = "CAT-032"

# Their codes repeat from one parent to the next.
NESTED: Final = frozenset({DISTRICTS, MUNICIPALITIES})

# Cabañas: the editions of CAT-013 swap the names of 10 and 11, and a document of 2026 was accepted with the
# older meaning. Until Hacienda settles it, either municipality is taken for a district of that department.
_UNSETTLED: Final = frozenset({"09"})

_DATA: Final = Path(__file__).with_name("data") / "catalogs.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row. `within` holds what the code is inside of, or its class: department, municipality, section."""

    code: str
    name: str
    within: Mapping[str, str]


@cache
def _all() -> Mapping[str, tuple[Entry, ...]]:
    document = json.loads(_DATA.read_text(encoding="utf-8"))
    return {
        identifier: tuple(
            Entry(row[0], row[1], MappingProxyType(dict(zip(catalog["columns"][2:], row[2:], strict=True))))
            for row in catalog["rows"]
        )
        for identifier, catalog in document["catalogs"].items()
    }


@cache
def _names(catalog: str) -> Mapping[str, str]:
    # The first row of a code wins; only taxes repeat codes, under the same name.
    return {entry.code: entry.name for entry in reversed(entries(catalog))}


def identifiers() -> tuple[str, ...]:
    """The catalogues there are: "CAT-001", "CAT-002" and so on."""
    return tuple(_all())


def entries(catalog: str) -> tuple[Entry, ...]:
    """The rows of a catalogue in Hacienda's order. Raises `KeyError` for an unknown catalogue."""
    return _all()[catalog]


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
    rows: dict[tuple[str, str, str], str] = {}
    for entry in entries(DISTRICTS):
        department = entry.within["department"]
        candidates = [entry.within["municipality"]]
        if department in _UNSETTLED:
            candidates = [code for inside, code in _municipalities() if inside == department]
        rows.update({(department, municipality, entry.code): entry.name for municipality in candidates})
    return rows


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

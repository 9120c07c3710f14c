"""Which place an address means: a district by code or name, and the municipality and department that follow from it.

Places are taken by code or by name, without case and accents. A district's code repeats in every department and
a few names do in some, so a place is taken only where a single one is meant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from hacienda.catalogs import LONGEST_PLACE, Entry, folded
from hacienda.drafts import Address
from hacienda.elsalvador import catalogs
from hacienda.elsalvador.faults import Faults
from hacienda.values import Path


@dataclass(frozen=True, slots=True)
class Place:
    """Codes of CAT-012, CAT-013 and CAT-008."""

    department: str
    municipality: str
    district: str


def located(address: Address) -> Address:
    """The same address in Hacienda's codes. Raises `Invalid` with every fault of its places."""
    faults = Faults()
    place = find(address, (), faults)
    faults.refuse()
    assert place is not None, "what has no fault has a place"
    return replace(address, department=place.department, municipality=place.municipality, district=place.district)


def find(address: Address, path: Path, faults: Faults) -> Place | None:
    """The place that an address means; None after adding what is wrong, below `path`.

    Where the catalogue is unsure of a district's municipality, one that was named and may be right is kept.
    """
    before = len(faults)
    departments = _departments(address.department, path, faults)
    municipalities = _municipalities(address.municipality, departments, path, faults)
    if not folded(address.district):
        faults.add((*path, "district"), "required")
    if len(faults) > before:
        return None
    return _district(address, departments, municipalities, path, faults)


@cache
def _index(catalog: str) -> Mapping[str, tuple[Entry, ...]]:
    """The rows of a catalogue by everything that they go by: code, name, and the name spelled out."""
    rows: dict[str, list[Entry]] = {}
    for entry in catalogs.entries(catalog):
        for word in {folded(text) for text in (entry.code, entry.name, entry.full_name) if text}:
            rows.setdefault(word, []).append(entry)
    return {word: tuple(found) for word, found in rows.items()}


def _named(catalog: str, given: str) -> tuple[Entry, ...]:
    return _index(catalog).get(folded(given), ())


def _shown(given: str) -> str:
    return given.strip()[:LONGEST_PLACE]


def _departments(given: str, path: Path, faults: Faults) -> frozenset[str]:
    """The code of the department that was named, or of all where none was."""
    if not given.strip():
        return frozenset(row.code for row in catalogs.entries(catalogs.DEPARTMENTS))
    found = frozenset(row.code for row in _named(catalogs.DEPARTMENTS, given))
    if not found:
        faults.add((*path, "department"), "unknown_code", value=_shown(given), catalog=catalogs.DEPARTMENTS)
    return found


def _municipalities(
    given: str, departments: frozenset[str], path: Path, faults: Faults
) -> frozenset[tuple[str, str]] | None:
    """Department and code of each municipality that may be meant; None where none was named."""
    if not given.strip() or not departments:
        return None
    known = _named(catalogs.MUNICIPALITIES, given)
    found = frozenset(
        (row.within["department"], row.code) for row in known if row.within["department"] in departments
    )
    here: Path = (*path, "municipality")
    if not known and len(departments) > 1:
        faults.add(here, "unknown_code", value=_shown(given), catalog=catalogs.MUNICIPALITIES)
    elif not found:
        department = next(iter(departments))
        faults.add(here, "municipality_outside_department", municipality=_shown(given), department=department)
    return found


def _district(
    address: Address,
    departments: frozenset[str],
    municipalities: frozenset[tuple[str, str]] | None,
    path: Path,
    faults: Faults,
) -> Place | None:
    here: Path = (*path, "district")
    given = _shown(address.district)
    named = _named(catalogs.DISTRICTS, address.district)
    inside = [row for row in named if row.within["department"] in departments]
    found = [row for row in inside if municipalities is None or _of(row, municipalities)]
    if len(found) == 1:
        return _place(found[0], municipalities)
    if found:
        faults.add(here, "district_ambiguous", value=given, candidates=_candidates(found))
    elif not named:
        faults.add(here, "district_unknown", value=given)
    elif not inside:
        faults.add(here, "district_outside_department", district=given, department=_shown(address.department))
    else:
        faults.add(
            here,
            "district_outside_municipality",
            district=given,
            municipality=_shown(address.municipality),
            department=_shown(address.department) or ", ".join(sorted({one for one, _code in municipalities or ()})),
        )
    return None


def _of(district: Entry, municipalities: frozenset[tuple[str, str]]) -> list[str]:
    """The codes among `municipalities` that the district may lie in, the catalogue's own first."""
    department = district.within["department"]
    return [code for code in catalogs.municipalities_of(district) if (department, code) in municipalities]


def _place(district: Entry, municipalities: frozenset[tuple[str, str]] | None) -> Place:
    known = catalogs.municipalities_of(district) if municipalities is None else _of(district, municipalities)
    return Place(district.within["department"], known[0], district.code)


def _candidates(rows: Sequence[Entry]) -> str:
    return ", ".join(
        f"{row.code} {row.full_name or row.name} ({catalogs.department(row.within['department'])})" for row in rows
    )

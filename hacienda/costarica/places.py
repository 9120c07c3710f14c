"""Which place an address means: a district by code or name, and the canton and province that follow from it.

An address keeps the province as its department and the canton as its municipality. Places are taken by code or by
name, without case and accents; a canton or district also by the codes of all levels together, as in a postal code
(10101). Codes and many names repeat from canton to canton, so a place is taken only where a single one is meant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Final

from hacienda.catalogs import LONGEST_PLACE, Entry, folded
from hacienda.costarica import catalogs
from hacienda.drafts import Address
from hacienda.faults import Fault, Invalid
from hacienda.messages import gettext_noop

MESSAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "required": gettext_noop("This is required."),
        "province_unknown": gettext_noop("%(value)s is neither the code nor the name of a province."),
        "canton_unknown": gettext_noop("%(value)s is neither the code nor the name of a canton."),
        "canton_outside_province": gettext_noop("Canton %(canton)s does not lie in province %(province)s."),
        "district_unknown": gettext_noop("%(value)s is neither the code nor the name of a district."),
        "district_outside_province": gettext_noop("District %(district)s does not lie in province %(province)s."),
        "district_outside_canton": gettext_noop("District %(district)s does not lie in canton %(canton)s."),
        "district_ambiguous": gettext_noop(
            "%(value)s may be any of these districts: %(candidates)s. Name the canton or the province too."
        ),
    }
)

_MOST_CANDIDATES: Final = 6


def located(address: Address) -> Address:
    """The same address in Hacienda's codes. Raises `Invalid` with every fault of its places."""
    faults: list[Fault] = []
    provinces = _provinces(address.department, faults)
    cantons = _cantons(address.municipality, provinces, faults)
    if not folded(address.district):
        faults.append(_fault("district", "required"))
    elif not faults:
        district = _district(address, provinces, cantons, faults)
        if district is not None:
            province, canton = district.within.values()
            return replace(address, department=province, municipality=canton, district=district.code)
    raise Invalid(tuple(faults))


def faults_of(address: Address) -> tuple[Fault, ...]:
    """What keeps an address from meaning a place; nothing for one that does."""
    try:
        located(address)
    except Invalid as error:
        return error.faults
    return ()


def _fault(field: str, code: str, **params: str) -> Fault:
    return Fault((field,), code, MESSAGES[code], params)


@cache
def _index(catalog: str) -> Mapping[str, tuple[Entry, ...]]:
    """The rows of a list by everything that they go by."""
    rows: dict[str, list[Entry]] = {}
    for entry in catalogs.entries(catalog):
        together = "".join((*entry.within.values(), entry.code))
        for word in {folded(text) for text in (entry.code, entry.name, together)}:
            rows.setdefault(word, []).append(entry)
    return {word: tuple(found) for word, found in rows.items()}


def _named(catalog: str, given: str) -> tuple[Entry, ...]:
    return _index(catalog).get(folded(given), ())


def _shown(given: str) -> str:
    return given.strip()[:LONGEST_PLACE]


def _provinces(given: str, faults: list[Fault]) -> frozenset[str]:
    """The code of the province that was named, or of all where none was."""
    if not given.strip():
        return frozenset(row.code for row in catalogs.entries(catalogs.PROVINCES))
    found = frozenset(row.code for row in _named(catalogs.PROVINCES, given))
    if not found:
        faults.append(_fault("department", "province_unknown", value=_shown(given)))
    return found


def _cantons(given: str, provinces: frozenset[str], faults: list[Fault]) -> frozenset[tuple[str, str]] | None:
    """Province and code of each canton that may be meant; None where none was named."""
    if not given.strip():
        return None
    known = _named(catalogs.CANTONS, given)
    found = frozenset((row.within["province"], row.code) for row in known if row.within["province"] in provinces)
    if not known:
        faults.append(_fault("municipality", "canton_unknown", value=_shown(given)))
    elif provinces and not found:
        (province,) = provinces
        faults.append(_fault("municipality", "canton_outside_province", canton=_shown(given), province=province))
    return found


def _district(
    address: Address,
    provinces: frozenset[str],
    cantons: frozenset[tuple[str, str]] | None,
    faults: list[Fault],
) -> Entry | None:
    given = _shown(address.district)
    named = _named(catalogs.DISTRICTS, address.district)
    inside = [row for row in named if row.within["province"] in provinces]
    found = [row for row in inside if cantons is None or (row.within["province"], row.within["canton"]) in cantons]
    if len(found) == 1:
        return found[0]
    if found:
        faults.append(_fault("district", "district_ambiguous", value=given, candidates=_candidates(found)))
    elif not named:
        faults.append(_fault("district", "district_unknown", value=given))
    elif not inside:
        province = _shown(address.department)
        faults.append(_fault("district", "district_outside_province", district=given, province=province))
    else:
        canton = _shown(address.municipality)
        faults.append(_fault("district", "district_outside_canton", district=given, canton=canton))
    return None


def _candidates(rows: Sequence[Entry]) -> str:
    """Some districts in words, with canton and province."""
    told = [f"{row.name} ({', '.join(_above(row))})" for row in rows[:_MOST_CANDIDATES]]
    return ", ".join(told) + (" …" if len(rows) > _MOST_CANDIDATES else "")


def _above(district: Entry) -> tuple[str, str]:
    province, canton = district.within.values()
    return catalogs.canton(province, canton) or canton, catalogs.province(province) or province

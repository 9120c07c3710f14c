"""A district is enough of an address where it leaves no doubt."""

from __future__ import annotations

from collections import Counter

import pytest

from hacienda.costarica import catalogs
from hacienda.costarica.places import located
from hacienda.drafts import Address
from hacienda.faults import Fault, Invalid


def codes(district: str, canton: str = "", province: str = "") -> tuple[str, str, str]:
    place = located(Address(province, canton, district, "200 metros norte"))
    assert place.line == "200 metros norte"
    return place.department, place.municipality, place.district


def faults(district: str, canton: str = "", province: str = "") -> tuple[Fault, ...]:
    with pytest.raises(Invalid) as error:
        located(Address(province, canton, district, "x"))
    assert all(fault.text for fault in error.value.faults)
    return error.value.faults


def refused(district: str, canton: str = "", province: str = "") -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in faults(district, canton, province)]


@pytest.mark.parametrize(
    ("given", "place"),
    [
        (("01", "01", "1"), ("1", "01", "01")),
        (("10101",), ("1", "01", "01")),
        (("Carmen", "San José", "San José"), ("1", "01", "01")),
        (("  HATILLO ",), ("1", "01", "10")),
        (("escazu",), ("1", "02", "01")),
        (("Escazú", "escazu"), ("1", "02", "01")),
        (("01", "Liberia"), ("5", "01", "01")),
        (("01", "501"), ("5", "01", "01")),
        (("heredia",), ("4", "01", "01")),
        (("San Rafael", "Escazú"), ("1", "02", "03")),
        (("Limón", "", "Limón"), ("7", "01", "01")),
    ],
)
def test_a_place_is_taken_by_code_or_name(given: tuple[str, ...], place: tuple[str, str, str]) -> None:
    assert codes(*given) == place
    assert codes(*reversed(place)) == place


def test_every_district_is_found_by_its_codes_and_where_it_is_the_only_one_by_its_name() -> None:
    names = Counter((*entry.within.values(), entry.name) for entry in catalogs.entries("districts"))
    for entry in catalogs.entries("districts"):
        province, canton = entry.within.values()
        place = (province, canton, entry.code)
        assert codes(entry.code, canton, province) == codes("".join(place)) == place
        if names[province, canton, entry.name] == 1:
            assert codes(entry.name, catalogs.canton(province, canton) or "", province) == place
            assert codes(entry.name.upper(), canton, catalogs.province(province) or "") == place


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("",), [("/district", "required")]),
        ((" . ", "", ""), [("/district", "required")]),
        (("Narnia",), [("/district", "district_unknown")]),
        (("01",), [("/district", "district_ambiguous")]),
        (("San Rafael",), [("/district", "district_ambiguous")]),
        (("Hatillo", "", "Limón"), [("/district", "district_outside_province")]),
        (("Hatillo", "Escazú"), [("/district", "district_outside_canton")]),
        (("01", "Escazú", "Limón"), [("/municipality", "canton_outside_province")]),
        (("01", "Narnia", "1"), [("/municipality", "canton_unknown")]),
        (
            ("", "Narnia", "8"),
            [("/department", "province_unknown"), ("/municipality", "canton_unknown"), ("/district", "required")],
        ),
        (("01", "Escazú", "Mordor"), [("/department", "province_unknown")]),
    ],
)
def test_every_fault_is_told(given: tuple[str, ...], expected: list[tuple[str, str]]) -> None:
    assert refused(*given) == expected


def test_what_may_be_meant_is_told_but_not_at_length() -> None:
    (some,) = faults("San Rafael", "", "San José")
    assert "San Rafael (Escazú, San José)" in str(some.params["candidates"])
    (many,) = faults("01")
    assert len(str(many.params["candidates"])) < 400
    assert str(many.params["candidates"]).endswith("…")
    (long,) = faults("x" * 500)
    assert len(long.text) < 200

"""A district is enough of an address where it leaves no doubt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hacienda.drafts import Address
from hacienda.elsalvador import catalogs
from hacienda.elsalvador.blocks.places import located
from hacienda.values import Invalid
from tests.hacienda.drafts import CONSUMER, INVOICE, body


def codes(district: str, municipality: str = "", department: str = "") -> tuple[str, str, str]:
    place = located(Address(department, municipality, district, "Calle de Ejemplo 1"))
    assert place.line == "Calle de Ejemplo 1"
    return place.department, place.municipality, place.district


def refused(district: str, municipality: str = "", department: str = "") -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as error:
        located(Address(department, municipality, district, "x"))
    return [(fault.pointer, fault.code) for fault in error.value.faults]


@pytest.mark.parametrize(
    ("given", "place"),
    [
        (("Santa Tecla",), ("05", "28", "11")),
        (("  SANTA   tecla ",), ("05", "28", "11")),
        (("juayua",), ("03", "17", "07")),
        (("Juayúa",), ("03", "17", "07")),
        (("Santa Rosa Guachipilín",), ("02", "14", "11")),
        (("STA ROSA GUACHI",), ("02", "14", "11")),
        (("33",), ("04", "35", "33")),
        (("00",), ("00", "00", "00")),
        (("14", "", "06"), ("06", "23", "14")),
        (("14", "", "san salvador"), ("06", "23", "14")),
        (("14", "San Salvador Centro"), ("06", "23", "14")),
        (("14", "San Salvador Centro", "San Salvador"), ("06", "23", "14")),
        (("San Salvador", "23", "06"), ("06", "23", "14")),
        (("El Carmen", "", "La Unión"), ("14", "20", "05")),
        (("El Carmen", "Cuscatlán Sur"), ("07", "18", "03")),
        (("14", "23"), ("06", "23", "14")),
    ],
)
def test_a_place_is_taken_by_code_or_name(given: tuple[str, ...], place: tuple[str, str, str]) -> None:
    assert codes(*given) == place


def test_every_district_is_found_by_each_of_its_names() -> None:
    for entry in catalogs.entries(catalogs.DISTRICTS):
        department, municipality = entry.within["department"], entry.within["municipality"]
        for name in filter(None, (entry.code, entry.name, entry.full_name)):
            assert codes(name, "", department) == (department, municipality, entry.code), name


def test_two_names_of_one_district_never_mean_another() -> None:
    names = {entry.full_name for entry in catalogs.entries(catalogs.DISTRICTS) if entry.full_name}
    assert all(codes(name)[2] for name in names)


@pytest.mark.parametrize(
    ("given", "faults"),
    [
        (("El Carmen",), [("/district", "district_ambiguous")]),
        (("14",), [("/district", "district_ambiguous")]),
        (("San Salvador Centro",), [("/district", "district_unknown")]),
        (("99", "", "06"), [("/district", "district_unknown")]),
        (("Santa Tecla", "", "06"), [("/district", "district_outside_department")]),
        (("Santa Tecla", "San Salvador Centro"), [("/district", "district_outside_municipality")]),
        (("", "23", "06"), [("/district", "required")]),
        ((" ", "", "Atlantis"), [("/department", "unknown_code"), ("/district", "required")]),
        (("14", "Atlantis"), [("/municipality", "unknown_code")]),
        (("14", "14", "06"), [("/municipality", "municipality_outside_department")]),
    ],
)
def test_what_leaves_a_doubt_is_refused(given: tuple[str, ...], faults: list[tuple[str, str]]) -> None:
    assert refused(*given) == faults


def test_the_candidates_are_listed() -> None:
    with pytest.raises(Invalid) as error:
        located(Address("", "", "san lorenzo", "x"))
    (fault,) = error.value.faults
    assert fault.text == (
        "san lorenzo may be any of these districts: 09 SAN LORENZO (Ahuachapán), 08 SAN LORENZO (San Vicente)."
        " Name the department or the municipality too."
    )


@pytest.mark.parametrize(
    ("district", "municipality", "kept"),
    [
        ("Ilobasco", "", "11"),
        ("Ilobasco", "10", "10"),
        ("Ilobasco", "Cabañas Oeste", "11"),
        ("Sensuntepeque", "", "10"),
        ("Sensuntepeque", "11", "11"),
    ],
)
def test_a_municipality_that_may_be_right_is_kept_in_cabanas(district: str, municipality: str, kept: str) -> None:
    assert codes(district, municipality)[:2] == ("09", kept)


def test_where_the_maps_disagree_the_law_fills_and_the_caller_may_say_otherwise() -> None:
    assert codes("Ciudad Delgado") == ("06", "23", "19")
    assert codes("Ciudad Delgado", "San Salvador Este") == ("06", "22", "19")
    assert codes("San Marcos") == ("06", "24", "12")
    assert codes("San Marcos", "23") == ("06", "23", "12")
    assert refused("San Marcos", "22") == [("/district", "district_outside_municipality")]


def test_a_document_is_written_with_the_codes() -> None:
    def written(address: Address) -> Any:
        return body(replace(INVOICE, customer=replace(CONSUMER, address=address)))["receptor"]["direccion"]

    assert written(Address("", "", "Santa Tecla", "Avenida 1")) == written(Address("05", "28", "11", "Avenida 1"))

from __future__ import annotations

import pytest

from hacienda.elsalvador import catalogs


def test_codes_have_haciendas_names() -> None:
    assert catalogs.name(catalogs.UNITS, "59") == "Unidad"
    assert catalogs.name(catalogs.PAYMENT_METHODS, "01") == "Billetes y monedas"
    assert catalogs.name(catalogs.UNITS, "60") is None
    assert catalogs.has(catalogs.ACTIVITIES, "46632")
    assert not catalogs.has(catalogs.PAYMENT_METHODS, "1"), "codes keep their leading zeros"


def test_all_catalogues_are_there() -> None:
    assert catalogs.identifiers() == tuple(f"CAT-{number:03d}" for number in range(1, 34))
    assert len(catalogs.entries(catalogs.ACTIVITIES)) == 774
    assert all(entry.code and entry.name for name in catalogs.identifiers() for entry in catalogs.entries(name))


def test_places_lie_inside_one_another() -> None:
    assert catalogs.municipality("06", "23") == "SAN SALVADOR CENTRO"
    assert catalogs.district("06", "23", "14") == "SAN SALVADOR"
    assert catalogs.municipality("05", "23") != catalogs.municipality("06", "23")
    assert catalogs.district("06", "20", "14") is None
    assert catalogs.municipality("07", "23") is None


def test_every_district_lies_in_a_municipality_that_exists() -> None:
    for entry in catalogs.entries(catalogs.DISTRICTS):
        department, municipality = entry.within["department"], entry.within["municipality"]
        assert catalogs.department(department)
        assert catalogs.municipality(department, municipality)
        assert catalogs.district(department, municipality, entry.code) == entry.name


def test_both_municipalities_of_cabanas_are_taken_while_the_editions_disagree() -> None:
    ilobasco = next(
        entry
        for entry in catalogs.entries(catalogs.DISTRICTS)
        if entry.within["department"] == "09" and entry.name == "ILOBASCO"
    )
    assert catalogs.district("09", "10", ilobasco.code) == "ILOBASCO"
    assert catalogs.district("09", "11", ilobasco.code) == "ILOBASCO"


def test_a_code_that_repeats_inside_others_has_no_single_name() -> None:
    with pytest.raises(ValueError, match="repeat"):
        catalogs.name(catalogs.MUNICIPALITIES, "14")


def test_a_tax_in_two_sections_counts_as_its_first() -> None:
    assert catalogs.tax_sections()["D5"] == 1
    assert catalogs.tax_sections()["57"] == 2
    assert catalogs.tax_sections()["C5"] == 3

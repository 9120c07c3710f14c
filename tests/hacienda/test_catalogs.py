from __future__ import annotations

import pytest

from hacienda.catalogs import words
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


def test_an_older_edition_holds_what_differs_from_the_newest() -> None:
    newest, older = catalogs.editions()
    assert (newest.name, older.name) == ("2026-07", "2025-10")
    assert all("Ministerio de Hacienda" in edition.source for edition in (newest, older))
    assert set(catalogs.of_edition("2026-07")) == set(catalogs.identifiers())
    for identifier, rows in catalogs.of_edition("2025-10").items():
        now = {(row.code, row.name) for row in catalogs.entries(identifier)}
        assert {(row.code, row.name) for row in rows} != now, identifier


def test_the_editions_exchange_the_municipalities_of_cabanas() -> None:
    def named(edition: str, code: str) -> str:
        rows = catalogs.of_edition(edition)[catalogs.MUNICIPALITIES]
        return next(row.name for row in rows if (row.within["department"], row.code) == ("09", code))

    assert named("2026-07", "10") == named("2025-10", "11") == "CABAÑAS ESTE"
    assert named("2026-07", "11") == named("2025-10", "10") == "CABAÑAS OESTE"


def test_what_is_unsure_about_a_place_is_said_beside_it() -> None:
    doubtful = {
        entry.name
        for entry in catalogs.entries(catalogs.DISTRICTS)
        if entry.doubt and entry.within["department"] != "09"
    }
    assert doubtful == {"CUSCATANCINGO", "CIUDAD DELGADO", "SAN MARCOS", "STG TEXACUANGOS", "SANTO TOMAS"}
    cabanas = [entry for entry in catalogs.entries(catalogs.DISTRICTS) if entry.within["department"] == "09"]
    assert len(cabanas) == 9
    assert all(entry.doubt for entry in cabanas)
    assert {entry.code for entry in catalogs.entries(catalogs.MUNICIPALITIES) if entry.doubt} == {"10", "11"}


def test_where_the_maps_disagree_both_municipalities_are_taken() -> None:
    for municipality in ("22", "23"):
        assert catalogs.district("06", municipality, "19") == "CIUDAD DELGADO"
    assert catalogs.district("06", "24", "19") is None
    assert catalogs.district("06", "22", "14") is None, "nobody doubts where the capital lies"


def test_a_spelled_out_name_begins_each_word_as_hacienda_abbreviates_it() -> None:
    """A slip in the table kept by hand would name another place."""
    shortened = [entry for entry in catalogs.entries(catalogs.DISTRICTS) if entry.full_name]
    assert len(shortened) == 50
    outright = {
        "STA": "SANTA",
        "STGO": "SANTIAGO",
        "STG": "SANTIAGO",
        "SN": "SAN",
        "FCO": "FRANCISCO",
        "NVA": "NUEVA",
    }
    outright |= {"NVO": "NUEVO", "ANTGO": "ANTIGUO", "PTO": "PUERTO", "MA": "MARIA", "OTE": "ORIENTE"}
    for entry in shortened:
        spelled = iter(words(entry.full_name))
        for word in words(entry.name):
            begun = outright.get(word.upper(), word).lower()
            assert any(one.startswith(begun) for one in spelled), (entry.name, entry.full_name)

"""The catalogues behind the port: what they are called, and what is found in them."""

from __future__ import annotations

import re

import pytest

from hacienda.catalogs import Catalog, folded, matching, parents
from hacienda.elsalvador.catalog_list import CATALOGS


def catalog(name: str, edition: str | None = None) -> Catalog:
    found = CATALOGS.find(name, edition)
    assert found is not None
    return found


def codes(name: str, **wanted: str) -> list[str]:
    return [entry.code for entry in matching(catalog(name), **wanted)]


def test_every_catalogue_has_a_public_name_and_a_title_in_both_languages() -> None:
    listed = CATALOGS.listed()
    assert [one.code for one in listed] == [f"CAT-{number:03d}" for number in range(1, 34)]
    assert len({one.name for one in listed}) == 33
    assert all(re.fullmatch(r"[a-z_]+", one.name) for one in listed)
    assert all(one.titles["es"] and one.titles["en"] for one in listed)


@pytest.mark.parametrize("name", ["departments", "CAT-012", "cat-012", "Departments"])
def test_it_goes_by_its_name_and_by_haciendas(name: str) -> None:
    assert catalog(name).code == "CAT-012"


def test_what_is_not_there_is_not_found() -> None:
    assert CATALOGS.find("CAT-034") is None
    assert CATALOGS.find("departments", "2025-10") is None, "an older edition holds only what differs"
    with pytest.raises(KeyError):
        CATALOGS.find("departments", "1999-01")


def test_a_code_that_meant_another_thing_is_titled_so() -> None:
    assert catalog("CAT-023").titles["en"] == "Documents of special operations"
    assert catalog("CAT-023", "2025-10").titles["en"] == "Type of document in contingency"


def test_words_of_a_search_come_in_any_order_and_without_accents() -> None:
    assert codes("districts", q="lima rosa") == ["16"]
    assert codes("districts", q="guachipilin") == ["11"], "Hacienda writes STA ROSA GUACHI"
    assert codes("districts", q="ahuachapan") == codes("districts", q="AHUACHAPÁN") == ["01"]
    assert codes("activities", q="mayor ferret") == ["46632"]
    assert codes("departments", q="union, la") == ["14"]


def test_a_search_begins_words_and_codes_but_does_not_look_inside_them() -> None:
    assert codes("activities", q="46632") == ["46632"]
    assert set(codes("activities", q="4663")) > {"46632"}
    assert codes("departments", q="alvador") == []
    assert codes("regime_types", q="ex-1") == ["EX-1"]


def test_an_empty_search_finds_everything() -> None:
    assert len(codes("activities", q=" - ")) == len(codes("activities")) == 774


def test_entries_can_be_asked_for_by_what_they_lie_in() -> None:
    assert codes("municipalities", parent="06") == ["20", "21", "22", "23", "24"]
    assert codes("districts", parent="06-23") == ["03", "04", "08", "14", "19"]
    assert len(codes("districts", parent="06")) == 19
    assert codes("districts", parent="06", q="san martin") == ["13"]
    assert set(codes("export_regimes", parent="TA-1")) == {"0000.000"}
    assert codes("taxes", parent="2") == ["A8", "57", "90", "D4", "D5", "A6"]


def test_what_can_be_asked_for_is_known() -> None:
    assert {"06", "06-23"} <= parents(catalog("districts"))
    assert "06-99" not in parents(catalog("districts"))
    assert parents(catalog("departments")) == frozenset()


def test_texts_are_compared_without_case_accents_and_punctuation() -> None:
    assert folded("  Concepción de ATACO. ") == folded("CONCEPCION DE ATACO") == "concepcion de ataco"
    assert folded("Cabañas") == folded("CABAN\u0303AS") == "cabanas"

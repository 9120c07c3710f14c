"""Costa Rica's lists: what they are called, what is found in them, and which type of document takes which code."""

from __future__ import annotations

import gzip
import re
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from hacienda.catalogs import Catalog, Entry, matching, parents, words
from hacienda.costarica import catalogs
from hacienda.costarica.cabys import PRODUCTS
from hacienda.costarica.catalogs import CATALOGS
from hacienda.costarica.data import generate


def catalog(name: str, edition: str | None = None) -> Catalog:
    found = CATALOGS.find(name, edition)
    assert found is not None
    return found


@cache
def spelled() -> list[tuple[Entry, tuple[str, ...]]]:
    return [(entry, (*words(entry.name), *words(entry.code))) for entry in PRODUCTS]


def one_by_one(q: str) -> list[Entry]:
    """What a search of the products means, told by looking at each."""
    wanted = words(q)
    return [
        entry for entry, texts in spelled() if all(any(text.startswith(word) for text in texts) for word in wanted)
    ]


def test_every_list_has_two_names_of_its_own_and_a_title_in_both_languages() -> None:
    listed = CATALOGS.listed()
    assert len(listed) == 25
    assert len({one.name for one in listed}) == len({one.code for one in listed}) == 25
    assert all(re.fullmatch(r"[a-z_]+", one.name) for one in listed)
    assert all(one.titles["es"] and one.titles["en"] and one.edition.source for one in listed)
    assert all(len(one.entries) > 1 and one.entries[0].code for one in listed)
    assert catalog("Nota 5") is catalog("sale_conditions") is catalog("nota 5")
    assert CATALOGS.find("departments") is None


def test_a_list_says_what_it_was_taken_from() -> None:
    assert "CABYS" in catalog("cabys").edition.source
    assert "ubicación" in catalog("districts").edition.source
    assert catalog("taxes").edition == CATALOGS.editions[0]


def test_an_earlier_edition_holds_what_differs() -> None:
    assert [one.name for one in CATALOGS.editions] == ["2026-11", "2025-09"]
    assert {one.name for one in CATALOGS.listed("2025-09")} == {"reference_codes", "reference_document_types"}
    added = {entry.code for entry in catalog("reference_codes").entries} - {
        entry.code for entry in catalog("reference_codes", "2025-09").entries
    }
    assert added == {"13", "14", "15", "16", "17"}
    with pytest.raises(KeyError):
        CATALOGS.listed("1999-01")


def test_codes_are_known_by_list_and_by_case() -> None:
    assert CATALOGS.has("units", "Sp")
    assert CATALOGS.has("units", "S")
    assert CATALOGS.has("units", "s")
    assert not CATALOGS.has("units", "sp")
    assert catalogs.has("currencies", "CRC")
    assert not catalogs.has("reference_codes", "03")
    assert catalogs.name("payment_methods", "06") == "SINPE Móvil"
    assert catalogs.name("payment_methods", "6") is None
    with pytest.raises(KeyError):
        catalogs.has("departments", "1")
    with pytest.raises(ValueError, match="repeat"):
        catalogs.has("cantons", "01")


def test_every_currency_has_a_name() -> None:
    names = [entry.name for entry in catalogs.entries("currencies")]
    assert len(set(names)) == len(names) == 168
    assert catalogs.name("currencies", "CRC") == "Colón costarricense"


def test_places_lie_in_places() -> None:
    assert catalogs.province("1") == "San José"
    assert catalogs.canton("4", "01") == "Heredia"
    assert catalogs.district("1", "01", "01") == "Carmen"
    assert catalogs.district("1", "01", "99") is None
    assert catalog("districts").levels == ("province", "canton")
    assert len(matching(catalog("districts"), parent="6-01")) > 10
    for district in catalogs.entries("districts"):
        assert catalogs.canton(district.within["province"], district.within["canton"])
    for canton in catalogs.entries("cantons"):
        assert catalogs.province(canton.within["province"])


@pytest.mark.parametrize(
    ("type_code", "name", "code", "takes"),
    [
        ("01", "sale_conditions", "01", True),
        ("10", "sale_conditions", "01", False),
        ("10", "sale_conditions", "09", True),
        ("01", "sale_conditions", "09", False),
        ("01", "sale_conditions", "77", False),
        ("01", "vat_rates", "07", False),
        ("03", "vat_rates", "07", True),
        ("10", "reference_codes", "17", True),
        ("01", "reference_codes", "17", False),
        ("01", "payment_methods", "06", True),
    ],
)
def test_some_codes_are_kept_for_some_types(type_code: str, name: str, code: str, takes: bool) -> None:
    assert catalogs.takes(type_code, name, code) is takes


def test_rates_are_percentages() -> None:
    assert catalogs.vat_rates()["08"] == Decimal(13)
    assert catalogs.vat_rates()["09"] == Decimal("0.5")
    assert catalogs.vat_rates()["10"] == 0
    assert len(catalogs.vat_rates()) == 11


def test_products_are_found_by_code() -> None:
    assert len(PRODUCTS) == len(catalogs.entries("cabys")) == 20_506
    assert catalogs.name("cabys", "2314000991000") == "Arroz precocido"
    assert catalogs.suggested_rate("2314000991000") == Decimal(1)
    assert catalogs.suggested_rate("0211100010100") == 0
    assert catalogs.suggested_rate("9020000000000") is None
    assert not catalogs.has("cabys", "231400099100")
    assert not catalogs.has("cabys", "")
    assert not catalogs.has("cabys", "9999999999999")
    assert PRODUCTS.find(PRODUCTS[0].code) == PRODUCTS[0]
    assert PRODUCTS.find(PRODUCTS[-1].code) == PRODUCTS[-1] == PRODUCTS[20_505]
    with pytest.raises(IndexError):
        PRODUCTS[20_506]


@pytest.mark.parametrize(
    "q", ["arroz preco", "preco ARROZ", "8314", "trigo ñame", "café", "n.c.p. maíz", "日本", "zz"]
)
def test_a_search_of_products_finds_what_looking_at_each_would(q: str) -> None:
    assert list(matching(catalog("cabys"), q=q)) == one_by_one(q)


def test_products_are_found_by_rate_and_page_by_page() -> None:
    products = catalog("cabys")
    assert parents(products) == {"", "0.5", "1", "13", "2", "4", "exempt"} & parents(products)
    assert {"13", "exempt"} <= parents(products)
    exempt = matching(products, q="arroz", parent="exempt")
    assert [entry for entry in one_by_one("arroz") if entry.within["rate"] == "exempt"] == list(exempt)
    whole = matching(products)
    assert len(whole) == 20_506
    assert list(whole[100:103]) == [PRODUCTS[100], PRODUCTS[101], PRODUCTS[102]]
    assert whole[-1] == PRODUCTS[-1]


def test_the_kept_products_are_made_the_same_every_time() -> None:
    kept = Path(generate.__file__).with_name("cabys.gz").read_bytes()
    rows = [line.split("\t") for line in gzip.decompress(kept).decode().splitlines()]
    assert generate.products([[code, name, rate] for code, rate, name in reversed(rows)]) == kept
    with pytest.raises(ValueError, match="twice"):
        generate.products([["1", "a", "13"], ["1", "b", "13"]])


def test_a_wrong_call_of_the_generator_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main([]) == 2
    assert "usage" in capsys.readouterr().err

"""The table of elements against the official schemas, element by element."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from hacienda.costarica.codes import listed
from hacienda.costarica.element_table import COLUMNS, ROWS
from hacienda.costarica.structure import TREES, Element
from tests.conformance.costarica.official import schema_path

XS = "{http://www.w3.org/2001/XMLSchema}"


def place(path: tuple[str, ...]) -> str:
    return "/".join(path)


def official(reference: Path, type_code: str) -> dict[str, tuple[int, int, frozenset[str], dict[str, str]]]:
    """Of every element, in order: least, most, its codes, its other facets."""
    root = etree.parse(schema_path(reference, type_code)).getroot()
    types = {one.get("name"): one for one in root if one.tag != f"{XS}element" and one.get("name")}
    found: dict[str, tuple[int, int, frozenset[str], dict[str, str]]] = {}

    def facets(simple: Any) -> tuple[frozenset[str], dict[str, str]]:
        restriction = simple.find(f"{XS}restriction")
        base = restriction.get("base").split(":")[-1]
        values, others = facets(types[base]) if base in types else (frozenset(), {"base": base})
        own = {one.get("value") for one in restriction.iterfind(f"{XS}enumeration")}
        rest = {one.tag.removeprefix(XS): one.get("value") for one in restriction if one.get("value")}
        return values | own, others | {name: value for name, value in rest.items() if name != "enumeration"}

    def walk(element: Any, path: tuple[str, ...]) -> None:
        if element.get("name") is None:
            return  # the signature
        here = (*path, element.get("name"))
        most = element.get("maxOccurs", "1")
        counts = int(element.get("minOccurs", "1")), 999 if most == "unbounded" else int(most)
        name = (element.get("type") or "").split(":")[-1]
        body = types.get(name)
        if body is None:
            simple, complex_ = element.find(f"{XS}simpleType"), element.find(f"{XS}complexType")
        else:
            simple, complex_ = (body, None) if body.tag == f"{XS}simpleType" else (None, body)
        if simple is not None:
            found[place(here)] = (*counts, *facets(simple))
        else:
            found[place(here)] = (*counts, frozenset(), {"base": name or "node"})
            for child in complex_.iterfind(f"{XS}sequence/{XS}element") if complex_ is not None else ():
                walk(child, here)

    top = root.find(f"{XS}element/{XS}complexType/{XS}sequence")
    for child in top:
        walk(child, ())
    return found


def ours(element: Element, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Element]]:
    for child in element.children:
        here = (*path, child.name)
        yield place(here), child
        yield from ours(child, here)


def forms() -> dict[str, str]:
    made: dict[str, str] = {}
    above: list[str] = []
    for row in ROWS.strip().splitlines():
        depth = row.count("> ")
        name, form = row.replace("> ", "").split()[:2]
        above[depth:] = [name]
        made[place(tuple(above))] = form
    return made


@pytest.mark.parametrize("type_code", COLUMNS)
def test_elements_stand_in_the_order_and_number_of_the_schema(type_code: str, reference: Path) -> None:
    known = official(reference, type_code)
    # The contents of packs are the one thing that no document of ours has.
    expected = [(name, least, most) for name, (least, most, *_) in known.items() if "Surtido" not in name]
    made = [(name, element.least, element.most) for name, element in ours(TREES[type_code])]
    assert made == expected


@pytest.mark.parametrize("type_code", COLUMNS)
def test_codes_are_those_of_the_schema(type_code: str, reference: Path) -> None:
    known, told = official(reference, type_code), forms()
    compared = 0
    for name, element in ours(TREES[type_code]):
        values = known[name][2]
        form = told[name]
        assert bool(values) == form.startswith("one:"), name
        mine = listed(form.removeprefix("one:"), type_code) if values else None
        if mine is not None:
            compared += 1
            assert mine == values, name
        for value in values:
            assert element.check is not None
            assert element.check(value) is None, (name, value)
    assert compared >= 6


@pytest.mark.parametrize("type_code", COLUMNS)
def test_forms_are_those_of_the_schema(type_code: str, reference: Path) -> None:
    told = forms()
    for name, (_least, _most, values, facets) in official(reference, type_code).items():
        if "Surtido" in name or values:
            continue
        form, _, size = told[name].partition(":")
        base = facets["base"]
        if form == "text":
            assert size == f"{facets.get('minLength', '0')}-{facets['maxLength']}", name
        elif form == "amount":
            wanted = {"totalDigits": "18", "fractionDigits": "5", "minInclusive": "0", "base": "decimal"}
            assert wanted.items() <= facets.items(), name
        elif form == "decimal":
            assert size == f"{facets['totalDigits']},{facets['fractionDigits']}", name
        elif form == "whole" and "minInclusive" in facets:
            assert size == f"{facets['minInclusive']}-{facets['maxInclusive']}", name
        elif form == "whole":
            assert size == f"0-{10 ** int(facets['totalDigits']) - 1}", name
        else:
            assert (form, base) in {
                ("digits", "positiveInteger"),
                ("digits", "string"),
                ("clave", "string"),
                ("time", "dateTime"),
                ("-", base),
                ("noted", "node"),
            }, name

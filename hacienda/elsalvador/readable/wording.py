"""What stands in a payload in words: codes by their names, days and dollars as people write them, places in full."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from hacienda.elsalvador import catalogs
from hacienda.elsalvador.writer import plain
from hacienda.money import quantise
from hacienda.readable import Field

Block = Mapping[str, Any]


def named(catalog: str, code: object) -> str:
    """The name of a code, or the code itself where the catalogue no longer has it; empty for no code."""
    if code is None:
        return ""
    text = written(code)
    return catalogs.name(catalog, text) or text


def written(value: object) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)


def fields(*pairs: tuple[str, object]) -> tuple[Field, ...]:
    """Those that have a value."""
    return tuple(Field(label, written(value)) for label, value in pairs if value not in (None, ""))


def money(amount: Decimal) -> str:
    """$1,130.00"""
    return f"${quantise(amount, 2):,}"


def day(text: str) -> date:
    return date.fromisoformat(text)


def spoken_day(text: str) -> str:
    """2026-11-20 as 20/11/2026."""
    return day(text).strftime("%d/%m/%Y")


def address(block: Block | None) -> str | None:
    """Street, district, municipality and department, for which there are codes."""
    if block is None:
        return None
    department, municipality = block["departamento"], block["municipio"]
    places = (
        catalogs.district(department, municipality, block["distrito"]),
        catalogs.municipality(department, municipality),
        catalogs.department(department),
    )
    return ", ".join([block["complemento"], *(place.title() for place in places if place)])

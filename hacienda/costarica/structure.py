"""The structure of each type of document: what stands where, how often, in which form. Whatever breaks it is told.

Everything that the schemas of 2026 refuse is refused here, before anything is signed. A body is a mapping from
element names to a text, a `Decimal`, a mapping, or a list of those for what stands several times; what is absent may
be None. `CODE` and `TEXT` are the two members of what has a code of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from hacienda.costarica import catalogs
from hacienda.costarica.codes import listed
from hacienda.costarica.element_table import COLUMNS, ROWS
from hacienda.costarica.facts import AMOUNT_LIMIT, PLACES
from hacienda.faults import Path

CODE: Final = "@codigo"
TEXT: Final = "#text"

# What identifies a document: absent until it is sealed.
IDENTIFICATION: Final = frozenset({"Clave", "NumeroConsecutivo", "FechaEmision"})

Problem = tuple[str, Mapping[str, object]]  # a code of `faults` and its parameters
Check = Callable[[Any], Problem | None]

_NOTED: Final = 500
# What XML cannot carry at all, and controls that have no place in a legal document.
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_CLAVE: Final = re.compile(r"[a-zA-Z0-9]{50}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Element:
    """One element of one type of document. `check` judges a value, None for what holds others."""

    name: str
    least: int
    most: int
    check: Check | None
    children: tuple[Element, ...] = ()
    names: frozenset[str] = field(default=frozenset(), repr=False)


def has(type_code: str, place: str) -> bool:
    """Whether a type of document has an element, given by its path: "DetalleServicio/LineaDetalle/Descuento"."""
    return place in _PLACES[type_code]


def problems(type_code: str, body: Mapping[str, Any], *, identified: bool = False) -> Iterator[tuple[Path, Problem]]:
    """Everything that breaks the structure, by where it stands in the body; of its identification if there is one."""
    for path, problem in _inside(TREES[type_code], body, ()):
        if identified or path[0] not in IDENTIFICATION:
            yield path, problem


def problem(type_code: str, place: str, value: Any) -> Problem | None:
    """What is wrong with one value on its own, or with its absence; None for what the type does not have."""
    element = _PLACES[type_code].get(place)
    if element is None:
        return None
    if value is None:
        return ("required", {}) if element.least else None
    return element.check(value) if element.check is not None and type(value) is not list else None


def _inside(element: Element, block: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, Problem]]:
    present = 0
    for child in element.children:
        name = child.name
        value = block.get(name)
        if value is None:
            present += name in block
            if child.least:
                yield (*path, name), ("required", {})
            continue
        present += 1
        if type(value) is list:
            yield from _rows(child, value, (*path, name))
        elif child.check is None:
            yield from _inside(child, value, (*path, name))
        elif (problem := child.check(value)) is not None:
            yield (*path, name), problem
    if present != len(block):
        for name in block.keys() - element.names:
            yield (*path, name), ("not_allowed", {})


def _rows(element: Element, rows: list[Any], path: Path) -> Iterator[tuple[Path, Problem]]:
    if len(rows) > element.most:
        yield path, ("too_many", {"maximum": element.most})
    elif len(rows) < element.least:
        yield path, ("required", {})
    for index, row in enumerate(rows):
        if element.check is None:
            yield from _inside(element, row, (*path, index))
        elif (problem := element.check(row)) is not None:
            yield (*path, index), problem


def _text(least: int, most: int) -> Check:
    def check(value: str) -> Problem | None:
        if least <= len(value) <= most and not _UNPRINTABLE.search(value):
            return None
        if not value:
            return "required", {}
        if len(value) > most:
            return "too_long", {"maximum": most}
        if len(value) < least:
            return "too_short", {"minimum": least}
        return "control_characters", {}

    return check


def _digits(count: int) -> Check:
    def check(value: str) -> Problem | None:
        if len(value) == count and value.isascii() and value.isdigit() and value.strip("0"):
            return None
        return "digits_needed", {"count": count}

    return check


def _clave(value: str) -> Problem | None:
    return None if _CLAVE.fullmatch(value) else ("clave_invalid", {"value": value})


def _whole(least: int, most: int) -> Check:
    def check(value: str) -> Problem | None:
        if value.isascii() and value.isdigit() and least <= int(value) <= most:
            return None
        return "out_of_range", {"minimum": least, "maximum": most}

    return check


def _decimal(digits: int, fraction: int) -> Check:
    limit, unit, zero = Decimal(10) ** (digits - fraction), Decimal(1).scaleb(-fraction), Decimal(0)

    def check(value: Decimal) -> Problem | None:
        if value.same_quantum(unit) and zero <= value < limit:
            return None  # as all of ours are; what follows is slower
        if not value.is_finite():
            return "not_a_number", {}
        exponent = value.as_tuple().exponent
        if isinstance(exponent, int) and exponent < -fraction:
            return "too_many_decimals", {"places": fraction}
        if value < 0:
            return "must_not_be_negative", {}
        if value >= limit:
            return "too_large", {"limit": limit}
        return None

    return check


def _one_of(name: str, type_code: str) -> Check:
    known = listed(name, type_code)

    def check(value: str) -> Problem | None:
        if value in known if known is not None else catalogs.has(name, value):
            return None
        return "unknown_code", {"value": value, "catalog": name}

    return check


def _time(value: str) -> Problem | None:
    try:
        known = datetime.fromisoformat(value).tzinfo
    except ValueError:
        known = None
    return None if known is not None else ("time_zone_required", {})


def _noted(value: Mapping[str, str]) -> Problem | None:
    return _text(1, _NOTED)(value[TEXT]) or _text(0, _NOTED)(value.get(CODE) or "-")


def _check(form: str, type_code: str) -> Check | None:
    kind, _, size = form.partition(":")
    if kind in ("text", "whole"):
        least, most = (int(part) for part in size.split("-"))
        return _text(least, most) if kind == "text" else _whole(least, most)
    if kind == "decimal":
        digits, fraction = (int(part) for part in size.split(","))
        return _decimal(digits, fraction)
    if kind == "digits":
        return _digits(int(size))
    if kind == "one":
        return _one_of(size, type_code)
    amount = _decimal(len(str(AMOUNT_LIMIT)) - 1 + PLACES, PLACES)
    return {"-": None, "amount": amount, "time": _time, "noted": _noted, "clave": _clave}[kind]


def _tree(column: int, type_code: str) -> Element:
    """The document of one type, built from the table from its end: children stand below what holds them."""
    waiting: dict[int, list[Element]] = {}
    for row in reversed(ROWS.strip().splitlines()):
        depth = row.count("> ")
        name, form, *counts = row.replace("> ", "").split()
        children = tuple(reversed(waiting.pop(depth + 1, [])))
        least, _, most = counts[column].partition("-")
        if counts[column] == "-":
            continue
        names = frozenset(child.name for child in children)
        made = Element(name, int(least), int(most or least), _check(form, type_code), children, names)
        waiting.setdefault(depth, []).append(made)
    top = tuple(reversed(waiting[0]))
    return Element("", 1, 1, None, top, frozenset(element.name for element in top))


def _placed(element: Element, above: str) -> Iterator[tuple[str, Element]]:
    """Every element below one, by its path."""
    for child in element.children:
        yield above + child.name, child
        yield from _placed(child, f"{above}{child.name}/")


TREES: Final[Mapping[str, Element]] = MappingProxyType(
    {type_code: _tree(column, type_code) for column, type_code in enumerate(COLUMNS)}
)
_PLACES: Final[Mapping[str, Mapping[str, Element]]] = MappingProxyType(
    {type_code: dict(_placed(tree, "")) for type_code, tree in TREES.items()}
)

"""A small schema: what a document's JSON must look like, and its faults in Hacienda's wording.

All faults come at once, each as "Campo #/a/b ..." (PROTOCOL.md 3.1). A fault is repeated as an invalid value
for every part above it that could have been null, the part itself included: that is what the two recorded
rejections show.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

INVALID = "contiene un valor inválido"
BAD_FORMAT = "no cumple el formato requerido"
TOO_FEW = "no cumple el mínimo requerido de cantidad de ítems"
# The double spaces are Hacienda's.
NOT_ABOVE = "no cumple el mínimo  exclusivo"
TOO_SMALL = "no cumple el valor mínimo  requerido"
# Hacienda writes this one part of the pointer in its own way.
RENAMED_PARTS = {"cuerpoDocumento": "Cuerpodocumento"}
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def is_iso_date(text: str) -> bool:
    """Tell whether the text is a calendar day written YYYY-MM-DD."""
    if not ISO_DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _decimal_places(value: Decimal) -> int:
    """Return how many places the number needs, trailing zeros left out."""
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        return 0
    kept = len(digits)
    while exponent < 0 and kept and digits[kept - 1] == 0:
        exponent += 1
        kept -= 1
    return max(-exponent, 0) if kept else 0


@dataclass(frozen=True, kw_only=True)
class Node(ABC):
    """One place of a document; `null` when it may be null."""

    null: bool = False

    def faults(self, value: Any, pointer: str) -> list[str]:
        """Return every fault of the value at the pointer, inner ones first."""
        if value is None and self.null:
            return []
        found = list(self.own_faults(value, pointer))
        repeated = f"Campo {pointer} {INVALID}"
        if found and self.null and found[-1] != repeated:
            found.append(repeated)
        return found

    @abstractmethod
    def own_faults(self, value: Any, pointer: str) -> Iterator[str]:
        """Yield the faults of a value that is not an allowed null."""


@dataclass(frozen=True, kw_only=True)
class Text(Node):
    """A text: length in characters, whole-text pattern, a day, or one of some choices."""

    low: int = 0
    high: int | None = None
    pattern: re.Pattern[str] | None = None
    choices: frozenset[str] | None = None
    day: bool = False

    def own_faults(self, value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, str) or (self.choices is not None and value not in self.choices):
            yield f"Campo {pointer} {INVALID}"
            return
        too_long = self.high is not None and len(value) > self.high
        misfit = self.pattern is not None and not self.pattern.fullmatch(value)
        if len(value) < self.low or too_long or misfit or (self.day and not is_iso_date(value)):
            yield f"Campo {pointer} {BAD_FORMAT}"


@dataclass(frozen=True, kw_only=True)
class Number(Node):
    """A number with bounds and at most `places` decimals; with `whole`, an integer written as one."""

    whole: bool = False
    places: int | None = None
    least: int | None = None
    above: int | None = None
    most: int | None = None
    below: int | None = None
    choices: frozenset[int] | None = None

    def own_faults(self, value: Any, pointer: str) -> Iterator[str]:
        # type(), not isinstance(): True is an int to Python and no number to JSON.
        if type(value) is not int and (self.whole or not isinstance(value, Decimal)):
            yield f"Campo {pointer} {INVALID}"
            return
        if self.above is not None and value <= self.above:
            yield f"Campo {pointer} {NOT_ABOVE}"
        elif self.least is not None and value < self.least:
            yield f"Campo {pointer} {TOO_SMALL}"
        elif (
            (self.choices is not None and value not in self.choices)
            or (self.most is not None and value > self.most)
            or (self.below is not None and value >= self.below)
            or (self.places is not None and isinstance(value, Decimal) and _decimal_places(value) > self.places)
        ):
            yield f"Campo {pointer} {INVALID}"


@dataclass(frozen=True, kw_only=True)
class Record(Node):
    """A closed object. `verify` names the fields that do not fit the others; `optional` may be left out."""

    fields: Mapping[str, Node]
    optional: frozenset[str] = frozenset()
    verify: Callable[[Mapping[str, Any]], str | None] | None = None

    def own_faults(self, value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"Campo {pointer} {INVALID}"
            return
        sound = True
        for name, node in self.fields.items():
            place = f"{pointer}/{RENAMED_PARTS.get(name, name)}"
            if name in value:
                found = node.faults(value[name], place)
            else:
                found = [] if name in self.optional else [f"Campo {place} {INVALID}"]
            sound = sound and not found
            yield from found
        for name in value:
            if name not in self.fields:
                yield f"Campo {pointer}/{name} {INVALID}"
        if sound and self.verify is not None and (misfit := self.verify(value)) is not None:
            yield f"Campo {pointer}/{misfit} {BAD_FORMAT}"


@dataclass(frozen=True, kw_only=True)
class Rows(Node):
    """An array of `low` to `high` items, no two equal when `unique`."""

    item: Node
    low: int = 0
    high: int | None = None
    unique: bool = False

    def own_faults(self, value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"Campo {pointer} {INVALID}"
            return
        if len(value) < self.low:
            yield f"Campo {pointer} {TOO_FEW}"
        elif self.high is not None and len(value) > self.high:
            yield f"Campo {pointer} {INVALID}"
            return
        for position, item in enumerate(value):
            yield from self.item.faults(item, f"{pointer}/{position}")
        if self.unique and any(item in value[:position] for position, item in enumerate(value)):
            yield f"Campo {pointer} {INVALID}"


def schema_faults(form: Node, document: Any) -> list[str]:
    """Return every fault of the document in Hacienda's wording; an empty list when it fits the form."""
    return form.faults(document, "#")

"""What can differ between two versions of a document, each difference applied to a document or taken back.

A path names a key from the top: `emisor.direccion.distrito`; `cuerpoDocumento[].psv` is that key of every row. What
a document lacks on the way (a customer that is null) is passed over. Documents are changed in place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

Block = dict[str, Any]

ROWS = "[]"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document is issued, which the earlier versions repeat inside of it."""

    establishment: str
    point_of_sale: str


class Difference(Protocol):
    """One difference between the newest version of a document and the one before."""

    def apply(self, document: Block, place: Place) -> None:
        """Turn a document of the newest version."""

    def take_back(self, document: Block) -> None:
        """Turn a document of the earlier version; nothing that it says is lost."""


def holders(document: Block, path: str) -> Iterator[tuple[Block, str]]:
    """Every block in which the last key of `path` stands or would stand, with that key."""
    *way, key = path.split(".")
    blocks = [document]
    for step in way:
        inner = [block.get(step.removesuffix(ROWS)) for block in blocks]
        if step.endswith(ROWS):
            inner = [row for rows in inner if isinstance(rows, list) for row in rows]
        blocks = [block for block in inner if isinstance(block, dict)]
    yield from ((block, key) for block in blocks)


def insert(block: Block, key: str, value: object, before: str) -> None:
    """Put a key in front of another one, at the end where that is not there."""
    following = list(block)
    following = following[following.index(before) :] if before in block else []
    moved = {name: block.pop(name) for name in following}
    block[key] = value
    block.update(moved)


def rename(block: Block, key: str, name: str) -> None:
    """Give a key another name, in its place."""
    if key in block:
        members = {name if known == key else known: value for known, value in block.items()}
        block.clear()
        block.update(members)


@dataclass(frozen=True, slots=True)
class Gone:
    """A key that the earlier version lacks; `default` stands there when one of its documents is read."""

    path: str
    default: object = None

    def apply(self, document: Block, place: Place) -> None:
        for block, key in holders(document, self.path):
            block.pop(key, None)

    def take_back(self, document: Block) -> None:
        for block, key in holders(document, self.path):
            block.setdefault(key, self.default)


@dataclass(frozen=True, slots=True)
class SaidOnce:
    """A key of every row that the earlier version lacks, because it says the same once: at `once`."""

    path: str
    once: str

    def apply(self, document: Block, place: Place) -> None:
        for block, key in holders(document, self.path):
            block.pop(key, None)

    def take_back(self, document: Block) -> None:
        said = next((block.get(key) for block, key in holders(document, self.once)), None)
        for block, key in holders(document, self.path):
            block.setdefault(key, said)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A key that the earlier version leaves out where it has nothing to say: it may not be null there."""

    path: str

    def apply(self, document: Block, place: Place) -> None:
        for block, key in holders(document, self.path):
            if block.get(key) is None:
                block.pop(key, None)

    def take_back(self, document: Block) -> None:
        for block, key in holders(document, self.path):
            block.setdefault(key, None)


@dataclass(frozen=True, slots=True)
class New:
    """A key that only the earlier version has: a value, or what follows from the place of issue."""

    path: str
    value: object | Callable[[Place], object]
    before: str = ""

    def apply(self, document: Block, place: Place) -> None:
        value = self.value(place) if callable(self.value) else self.value
        for block, key in holders(document, self.path):
            insert(block, key, value, self.before)

    def take_back(self, document: Block) -> None:
        """It stays where it is: today's version has no place for what it says."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """A key with another name in the earlier version, `earlier`."""

    path: str
    earlier: str

    def apply(self, document: Block, place: Place) -> None:
        for block, key in holders(document, self.path):
            rename(block, key, self.earlier)

    def take_back(self, document: Block) -> None:
        for block, key in holders(document, self.path):
            rename(block, self.earlier, key)


@dataclass(frozen=True, slots=True)
class Placed:
    """A key that stands elsewhere in its block: in front of `before`, or at the end."""

    path: str
    before: str = ""

    def apply(self, document: Block, place: Place) -> None:
        for block, key in holders(document, self.path):
            if key in block:
                insert(block, key, block.pop(key), self.before)

    def take_back(self, document: Block) -> None:
        """The order of keys means nothing to a reader."""


def _same(value: Any, block: Block) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Turned:
    """A key whose value is written in another way; `to` and `back` are given the value and its block."""

    path: str
    to: Callable[[Any, Block], Any]
    back: Callable[[Any, Block], Any] = _same

    def apply(self, document: Block, place: Place) -> None:
        for block, key in holders(document, self.path):
            if key in block:
                block[key] = self.to(block[key], block)

    def take_back(self, document: Block) -> None:
        for block, key in holders(document, self.path):
            if key in block:
                block[key] = self.back(block[key], block)


@dataclass(frozen=True, slots=True)
class Extension:
    """The notes, which stood among names of who handed over and who received: `resumen` has them today."""

    keys: tuple[str, ...]

    def apply(self, document: Block, place: Place) -> None:
        notes = document["resumen"].pop("observaciones", None)
        block = None if notes is None else {**dict.fromkeys(self.keys), "observaciones": notes}
        insert(document, "extension", block, "apendice")

    def take_back(self, document: Block) -> None:
        block = document.get("extension") or {}
        document["resumen"].setdefault("observaciones", block.pop("observaciones", None) or None)
        if not any(block.values()):
            document.pop("extension", None)


@dataclass(frozen=True, slots=True)
class UnshownTaxes:
    """The tax of taxed lines in a document that shows none: the earlier version names it in the lines all the same.

    The summary lists and adds none in either version.
    """

    code: str

    def apply(self, document: Block, place: Place) -> None:
        for line in self._unshown(document):
            if line["ventaGravada"] and not line["tributos"]:
                line["tributos"] = [self.code]

    def take_back(self, document: Block) -> None:
        for line in self._unshown(document):
            line["tributos"] = None

    @staticmethod
    def _unshown(document: Block) -> list[Block]:
        return [] if document["resumen"].get("tributos") else document["cuerpoDocumento"]


@dataclass(frozen=True, slots=True)
class NetTotal:
    """The total of an adjusting note: what was withheld and perceived is inside of it, and nothing is to be paid."""

    def apply(self, document: Block, place: Place) -> None:
        summary = document["resumen"]
        summary["montoTotalOperacion"] = summary.pop("totalPagar")

    def take_back(self, document: Block) -> None:
        summary = document["resumen"]
        total = summary["montoTotalOperacion"]
        summary["totalPagar"] = total
        summary["montoTotalOperacion"] = total - summary["ivaPerci"] + summary["ivaRete"]

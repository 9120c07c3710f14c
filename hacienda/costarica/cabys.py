"""The catalogue of goods and services (CABYS): 20,506 codes of 13 digits with the rate that each suggests.

Kept as two texts and a table of where their lines begin, about 3 MB; entries are made as they are asked for. The file
is unpacked the first time that any code is asked for, and folded the first time that a name is searched.
"""

from __future__ import annotations

import gzip
import re
import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Final, overload

from hacienda.catalogs import Entry, LongList

EXEMPT: Final = "exempt"

_DATA: Final = Path(__file__).with_name("data") / "cabys.gz"
_LENGTH: Final = 13
# What is no letter or digit parts words.
_PARTING: Final = bytes(byte if re.match(rb"\w", bytes([byte])) or byte == 0x0A else 0x20 for byte in range(256))
_COMBINING: Final = re.compile("[\u0300-\u036f]")


class Products(LongList):
    """The whole catalogue by code. An entry's `within` is its rate: "13", "exempt", or empty where none is known."""

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | Sequence[Entry]:
        if isinstance(index, slice):
            return tuple(self._entry(at) for at in range(len(self))[index])
        return self._entry(range(len(self))[index])

    def find(self, code: str) -> Entry | None:
        """The entry of a code, or None."""
        wanted = code.encode()
        at = bisect_left(self._starts, wanted, key=self._code)
        return self._entry(at) if at < len(self) and self._code(self._starts[at]) == wanted else None

    def matching(self, wanted: Sequence[str], parent: str | None) -> Sequence[Entry]:
        words = [b" " + word.encode() for word in wanted]
        if not words:
            found: Sequence[int] = range(len(self))
        else:
            found = tuple(self._holding(sorted(words, key=len, reverse=True)))
        return _Found(self, found if parent is None else [at for at in found if self._rate(at) == parent])

    def parents(self) -> frozenset[str]:
        return frozenset(self._within)

    @cached_property
    def _lines(self) -> bytes:
        return gzip.decompress(_DATA.read_bytes())

    @cached_property
    def _starts(self) -> array[int]:
        return _starts(self._lines)

    @cached_property
    def _folded(self) -> bytes:
        """Code and name of each line in folded words, each with a space before it."""
        plain = re.sub("\t[^\t]*\t", " ", self._lines.decode()).casefold()
        bare = _COMBINING.sub("", unicodedata.normalize("NFKD", plain))
        return b" " + bare.encode("ascii", "replace").translate(_PARTING).replace(b"\n", b"\n ")

    @cached_property
    def _folded_starts(self) -> array[int]:
        return _starts(self._folded)

    @cached_property
    def _within(self) -> Mapping[str, Mapping[str, str]]:
        """One mapping for each rate, shared by its entries."""
        rates = {rate.decode() for rate in re.findall(rb"\t([^\t]*)\t", self._lines)}
        return {rate: MappingProxyType({"rate": rate}) for rate in sorted(rates)}

    def _code(self, start: int) -> bytes:
        return self._lines[start : start + _LENGTH]

    def _rate(self, at: int) -> str:
        start = self._starts[at] + _LENGTH + 1
        return self._lines[start : self._lines.index(b"\t", start)].decode()

    def _entry(self, at: int) -> Entry:
        start = self._starts[at]
        code, rate, name = self._lines[start : self._lines.index(b"\n", start)].decode().split("\t")
        return Entry(code, name, self._within[rate])

    def _holding(self, words: Sequence[bytes]) -> Iterator[int]:
        """The lines that have every word; the first is looked for, the others only where it is."""
        first, *others = words
        place = self._folded.find(first)
        while place >= 0:
            at = bisect_right(self._folded_starts, place) - 1
            end = self._folded_starts[at + 1] if at + 1 < len(self) else len(self._folded)
            line = self._folded[self._folded_starts[at] : end]
            if all(word in line for word in others):
                yield at
            place = self._folded.find(first, end - 1)


class _Found(Sequence[Entry]):
    """Entries at some places of the catalogue, made as they are asked for."""

    def __init__(self, products: Products, places: Sequence[int]) -> None:
        self._products = products
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | Sequence[Entry]:
        if isinstance(index, slice):
            return tuple(self._products[at] for at in self._places[index])
        return self._products[self._places[index]]


def _starts(lines: bytes) -> array[int]:
    """Where each line begins."""
    return array("I", [0, *(match.end() for match in re.finditer(rb"\n(?=.)", lines, re.DOTALL))])


PRODUCTS: Final = Products()

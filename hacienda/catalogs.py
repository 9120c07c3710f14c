"""An authority's catalogues: its lists of codes as values, and looking something up in one of them.

Country-neutral and free of Django. Names and codes are the authority's own, codes as text with their leading zeros.
"""

from __future__ import annotations

import re
import unicodedata
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Protocol

# Characters of a place as callers write it, by code or by name; the longest name of a place has 25.
LONGEST_PLACE: Final = 60


@dataclass(frozen=True, slots=True)
class Edition:
    """One publication of the catalogues: its name by date ("2026-07") and what it was taken from."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One row. `within` holds what the code is inside of, or its class, from the outside in.

    `full_name` is the name spelled out where the authority abbreviates it, else empty. `doubt` is an English
    template, empty where nothing is known to be unsure about the row.
    """

    code: str
    name: str
    within: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    full_name: str = ""
    doubt: str = ""

    @property
    def place(self) -> str:
        """The codes that the row lies in, joined by hyphens from the outside in ("06-23"); empty for most."""
        return "-".join(self.within.values())


class LongList(Sequence[Entry]):
    """Rows by the ten thousand: entries are made as they are asked for, and it searches itself."""

    @abstractmethod
    def matching(self, wanted: Sequence[str], parent: str | None) -> Sequence[Entry]:
        """What `matching` finds, from folded words."""

    @abstractmethod
    def parents(self) -> frozenset[str]:
        """What `parents` finds."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """One list of codes. `name` is public and English, `code` the authority's; `titles` go by language."""

    name: str
    code: str
    titles: Mapping[str, str]
    edition: Edition
    entries: Sequence[Entry]

    @property
    def levels(self) -> tuple[str, ...]:
        """What the entries say they lie in, from the outside in: ("department", "municipality")."""
        return tuple(self.entries[0].within)


class Catalogs(Protocol):
    """All catalogues of an authority, in all editions that are kept."""

    @property
    def editions(self) -> tuple[Edition, ...]:
        """The newest first. An older one holds only the catalogues that differ from the newest."""

    def listed(self, edition: str | None = None) -> tuple[Catalog, ...]:
        """The catalogues of an edition in the authority's order; of the newest for None. `KeyError` if unknown."""

    def find(self, name: str, edition: str | None = None) -> Catalog | None:
        """The catalogue of that public name or authority's code, in any case; None where the edition has none."""


def folded(text: str) -> str:
    """A text as it is compared: without case, accents and punctuation, one space between its words."""
    return " ".join(words(text))


@lru_cache(maxsize=8192)
def words(text: str) -> tuple[str, ...]:
    """The words and numbers of a text, without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return tuple(re.findall(r"\w+", "".join(one for one in decomposed if not unicodedata.combining(one))))


def parents(catalog: Catalog) -> frozenset[str]:
    """Everything that entries can be asked for by: "06" and "06-23" for districts, nothing for a flat list."""
    if isinstance(catalog.entries, LongList):
        return catalog.entries.parents()
    known: set[str] = set()
    for entry in catalog.entries:
        codes = tuple(entry.within.values())
        known.update("-".join(codes[:depth]) for depth in range(1, len(codes) + 1))
    return frozenset(known)


def matching(catalog: Catalog, *, q: str = "", parent: str | None = None) -> Sequence[Entry]:
    """The entries inside `parent` that `q` means, in the authority's order.

    Every word of `q` begins a word of the name or the code, in any order, without case and accents.
    """
    wanted = words(q)
    if isinstance(catalog.entries, LongList):
        return catalog.entries.matching(wanted, parent)
    return tuple(
        entry for entry in catalog.entries if _lies_in(entry, parent) and all(_has(entry, word) for word in wanted)
    )


def _lies_in(entry: Entry, parent: str | None) -> bool:
    return parent is None or f"{entry.place}-".startswith(f"{parent}-")


def _has(entry: Entry, word: str) -> bool:
    texts = (*words(entry.name), *words(entry.full_name), *words(entry.code))
    return any(text.startswith(word) for text in texts)

"""Which version of each schema Hacienda takes beside the newest, and where that changes what a type may do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from hacienda.authority import CONTINGENCY, INVALIDATION

# Newest first. Returns (18) and special operations (17) began with Normativa 2.0.
GENERATIONS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "01": (2, 1),
        "03": (4, 3),
        "04": (4, 3),
        "05": (4, 3),
        "06": (4, 3),
        "07": (2, 1),
        "08": (2, 1),
        "09": (2, 1),
        "11": (3, 1),
        "14": (2, 1),
        "15": (2, 1),
        INVALIDATION: (3, 2),
        CONTINGENCY: (4, 3),
    }
)

# A withholding of v1 has no contingency: the schema fixes its model and its transmission.
WITHOUT_CONTINGENCY: Final = frozenset({("07", 1)})

# Which types the earlier version of a type refers to.
_RELATED: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {"01": frozenset({"04", "09"}), "04": frozenset({"01", "03"}), "11": frozenset()}
)
# How short and how long the words for reason 5 of a contingency may be.
_NOTES: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {"01": (5, 150), "03": (1, 150), "04": (1, 150), "05": (1, 150), "06": (1, 150)}
)
_NOTE: Final = (1, 500)


def known(code: str, newest: int) -> tuple[int, ...]:
    """The versions of a type or event that can be sent, newest first."""
    generations = GENERATIONS.get(code)
    return (newest,) if generations is None or generations[0] != newest else generations


def is_earlier(code: str, version: int) -> bool:
    """Whether that is the version before Normativa 2.0."""
    return code in GENERATIONS and version == GENERATIONS[code][1]


def changed(code: str, version: int, related: frozenset[str]) -> dict[str, Any]:
    """What a kind is in that version and not in the newest, by the names of its attributes."""
    if not is_earlier(code, version):
        return {}
    return {"version": version, "merges": False, "related_types": related & _RELATED.get(code, related)}


def note_lengths(code: str, version: int) -> tuple[int, int]:
    """The least and the most characters of a contingency's explanation."""
    return _NOTES.get(code, _NOTE) if is_earlier(code, version) else _NOTE

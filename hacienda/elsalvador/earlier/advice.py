"""What to do when Hacienda refuses the version itself: accounts are moved from one generation to the next by type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hacienda.elsalvador.earlier.versions import GENERATIONS
from hacienda.elsalvador.rejections.pointers import place

_SCHEMA: Final = "096"
_VERSION: Final = ("identificacion", "version")


def suggested(code: str, observations: Sequence[str], type_code: str, version: int) -> int | None:
    """The other version to send, where a rejection is about the one that was sent; None for any other rejection.

    `observations` are Hacienda's texts; `type_code` may be the name of an event. A version that is not known at all
    leads to the newest.
    """
    generations = GENERATIONS.get(type_code)
    if code != _SCHEMA or generations is None or not any(place(text) == _VERSION for text in observations):
        return None
    newest, before = generations
    return before if version == newest else newest

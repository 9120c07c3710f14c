"""A few places for the work of many issuers: whoever takes much leaves room for who comes next. Pure."""

from __future__ import annotations

from collections import Counter
from typing import Final

Owner = tuple[int, str]  # merchant and environment: whose work it is

# An issuer may take another place while it holds fewer than this many times the places that are left. One alone gets
# two thirds of all, a second one two thirds of the rest, and so on: there is always a place for one that has none.
GENEROSITY: Final = 2


class Shares:
    """Who holds how many of the places. Not for several threads at once."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._held: Counter[Owner] = Counter()

    @property
    def taken(self) -> int:
        return self._held.total()

    @property
    def free(self) -> int:
        return self._places - self.taken

    def room(self, owner: Owner) -> int:
        """How many more places the owner may take now."""
        held, free = self._held[owner], self.free
        room = 0
        while room < free and held + room < GENEROSITY * (free - room):
            room += 1
        return room

    def take(self, owner: Owner) -> bool:
        """Whether there was a place for it, which is taken now."""
        if not self.room(owner):
            return False
        self._held[owner] += 1
        return True

    def give_back(self, owner: Owner) -> None:
        self._held[owner] -= 1
        if not self._held[owner]:
            del self._held[owner]

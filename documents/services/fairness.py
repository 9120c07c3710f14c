"""In which order rows that are due are taken up: issuer after issuer, so that nobody's backlog keeps the others.

Within one issuer (a merchant in one environment) it is first come, first served.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import chain, zip_longest
from typing import Any

from django.db.models import QuerySet

from documents.models import Queued
from documents.services import queue
from documents.services.sharing import Owner

Place = tuple[int, Owner]  # the key of a row, and whose it is
Room = Callable[[Owner], int]


def in_turn(
    model: type[Queued], *, now: datetime, most: int, after: Owner | None = None, room: Room | None = None
) -> list[Place]:
    """At most `most` rows that are due, those of the owner that follows `after` first.

    `room` tells how many an owner may have; None for any number. As long as there are no more rows than asked for
    it costs one query. With more there are about two for each owner that gets a turn, however long the backlogs are.
    """
    allowed = room or (lambda _owner: most)
    rows = _Rows(model, now)
    first = rows.oldest(most + 1)
    if len(first) <= most:
        return _within(first, allowed)
    owners = rows.owners(after, most, allowed)
    each = most if len(owners) < most else 1
    turns = zip_longest(*(rows.of(owner, min(each, allowed(owner))) for owner in owners))
    return [place for place in chain.from_iterable(turns) if place is not None][:most]


def _within(places: Iterable[Place], allowed: Room) -> list[Place]:
    """Those that their owners may have."""
    taken: dict[Owner, int] = {}
    chosen = []
    for key, owner in places:
        count = taken.get(owner, 0)
        if count < allowed(owner):
            taken[owner] = count + 1
            chosen.append((key, owner))
    return chosen


class _Rows:
    """The rows of a model that are due, with their owners."""

    def __init__(self, model: type[Queued], now: datetime) -> None:
        self._merchant, self._environment = f"{model.OWNER}merchant_id", f"{model.OWNER}environment"
        self._due: QuerySet[Any] = queue.due(model, now=now)

    def oldest(self, most: int) -> list[Place]:
        return self._places(self._due[:most])

    def of(self, owner: Owner, most: int) -> list[Place]:
        merchant, environment = owner
        return self._places(self._due.filter(**{self._merchant: merchant, self._environment: environment})[:most])

    def owners(self, after: Owner | None, most: int, allowed: Room) -> list[Owner]:
        """The owners that may have rows taken up, at most `most`, in a circle that begins behind `after`.

        One is found from the one before by a look into an index: no backlog is gone through.
        """
        found: list[Owner] = []
        first: Owner | None = None
        here, is_again = after, after is None
        while len(found) < most:
            here = self._behind(here)
            if here is None:
                if is_again:
                    break
                is_again = True
                continue
            if here == first or (is_again and after is not None and after < here):
                break
            first = first or here
            if allowed(here):
                found.append(here)
        return found

    def _behind(self, owner: Owner | None) -> Owner | None:
        """The next owner with a row that is due; None behind the last one."""
        ordered = self._due.order_by(self._merchant, self._environment, "next_attempt_at")
        merchant, environment = owner or (0, "")
        place: list[Place] = []
        if owner is not None:
            same = ordered.filter(**{self._merchant: merchant, f"{self._environment}__gt": environment})
            place = self._places(same[:1])
        # Bounded even where it begins: that is what makes a database walk along the index instead of sorting.
        place = place or self._places(ordered.filter(**{f"{self._merchant}__gt": merchant})[:1])
        return place[0][1] if place else None

    def _places(self, rows: QuerySet[Any]) -> list[Place]:
        found = rows.values_list("pk", self._merchant, self._environment)
        return [(key, (merchant, environment)) for key, merchant, environment in found]

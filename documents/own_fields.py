"""Fields that only some countries have: to a merchant of another one they are as unknown as a misspelt name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from hacienda.messages import gettext_noop
from hacienda.registry import authority, countries
from hacienda.values import Fault, Path

UNKNOWN = gettext_noop("There is no field of this name here.")


def foreign(body: Any, country: str) -> Iterator[Fault]:
    """What `body`, as it was sent, names and the country does not have."""
    for place, names in _foreign(country).items():
        for path, found in _at(body, place, ()):
            for name in names & found.keys():
                yield Fault((*path, name), "unknown_field", UNKNOWN)


@cache
def _foreign(country: str) -> Mapping[tuple[str, ...], frozenset[str]]:
    """The names that other countries have alone, by the place of the object that would hold them."""
    everybody = frozenset().union(*(authority(one).rules.own_fields for one in countries()))
    by_place: dict[tuple[str, ...], set[str]] = {}
    for name in everybody - authority(country).rules.own_fields:
        *place, last = name.split(".")
        by_place.setdefault(tuple(place), set()).add(last)
    return {place: frozenset(names) for place, names in by_place.items()}


def _at(body: Any, place: tuple[str, ...], path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The objects at a place; those of a list each with its index."""
    if isinstance(body, list):
        for index, one in enumerate(body):
            yield from _at(one, place, (*path, index))
    elif isinstance(body, dict):
        if not place:
            yield path, body
        elif place[0] in body:
            yield from _at(body[place[0]], place[1:], (*path, place[0]))

"""A body with unreadable places: the rest of it is judged all the same, so that every fault comes in one answer.

What cannot be read is left out, or filled where something must stand; the law is told which places those are
(`Draft.unread`) and keeps silent about what may follow from them.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from rest_framework.exceptions import ErrorDetail

from hacienda.values import Fault, Path

FILLERS = {"description": "-", "price": 1}
# Lists whose elements are left out as a whole, and objects that make no sense with a member less.
LISTS: tuple[Path, ...] = (("related",), ("associated_documents",), ("appendix",), ("payment", "methods"))
WHOLE: tuple[Path, ...] = (
    ("customer", "address"),
    ("third_party_sale",),
    ("third_party_purchase",),
    ("contingency",),
    ("period",),
    ("liquidation",),
)


def faults_of_shape(detail: Any, path: Path = ()) -> Iterator[Fault]:
    """What REST framework's serializers found, nested as the body is, as faults; messages are translated already."""
    if isinstance(detail, dict):
        for name, below in detail.items():
            yield from faults_of_shape(below, path if name == "non_field_errors" else (*path, name))
    elif isinstance(detail, list) and not any(isinstance(below, ErrorDetail) for below in detail):
        for index, below in enumerate(detail):
            yield from faults_of_shape(below, (*path, index))
    elif isinstance(detail, list):
        for below in detail:
            yield from faults_of_shape(below, path)
    else:
        yield Fault(path, str(getattr(detail, "code", "invalid")), str(detail))


@dataclass(slots=True)
class Remains:
    """What is left of a body. `kept` tells the original index of each element of a list that lost some."""

    body: dict[str, Any]
    unread: tuple[Path, ...] = ()
    kept: dict[Path, list[int]] = field(default_factory=dict)

    def original(self, fault: Fault) -> Fault:
        """The fault with its path leading into the body as the caller sent it."""
        for place, indexes in self.kept.items():
            step = len(place)
            if fault.path[:step] == place and len(fault.path) > step and isinstance(fault.path[step], int):
                index = indexes[int(fault.path[step])]
                return replace(fault, path=(*place, index, *fault.path[step + 1 :]))
        return fault


def remains(data: Any, unreadable: list[Path]) -> Remains | None:
    """`data` without its unreadable places; None where too little would be left to judge."""
    if not isinstance(data, dict) or any(path[:1] in ((), ("type",)) for path in unreadable):
        return None
    left = Remains(deepcopy(data))
    dropped: dict[Path, set[int]] = {}
    unread: set[Path] = set()
    for path in unreadable:
        place = next((one for one in LISTS if path[: len(one)] == one and len(path) > len(one)), None)
        if place is not None:
            dropped.setdefault(place, set()).add(int(path[len(place)]))
            unread.add((*place, "*"))
        elif path[0] == "items":
            unread.add(_fill_item(left.body, path))
        else:
            lost = next((one for one in WHOLE if path[: len(one)] == one), path[:2])
            _remove(left.body, lost)
            unread.add(lost)
    for place, indexes in dropped.items():
        rows = _at(left.body, place)
        left.kept[place] = [index for index in range(len(rows)) if index not in indexes]
        rows[:] = [rows[index] for index in left.kept[place]]
    left.unread = tuple(unread)
    return left


def _fill_item(body: dict[str, Any], path: Path) -> Path:
    """Make the item at `path` readable; returns the place that has been lost."""
    items = body.get("items")
    if len(path) == 1 or not isinstance(items, list):
        body["items"] = [dict(FILLERS)]
        return ("items",)
    index = int(path[1])
    if len(path) == 2 or not isinstance(items[index], dict):
        items[index] = dict(FILLERS)
        return path[:2]
    name = str(path[2])
    if name in FILLERS:
        items[index][name] = FILLERS[name]
    else:
        items[index].pop(name, None)
    return path[:3]


def _at(body: Any, path: Path) -> Any:
    for step in path:
        body = body[step]
    return body


def _remove(body: dict[str, Any], path: Path) -> None:
    holder = _at(body, path[:-1]) if len(path) == 1 or isinstance(body.get(str(path[0])), dict) else None
    if isinstance(holder, dict):
        holder.pop(path[-1], None)
    else:
        body.pop(str(path[0]), None)

"""Which lines a correction has: those of the body that was sent, without some of them, and new ones at the end.

Nothing is kept between two requests: the page carries the lines with it, as `0-2,4,+,+`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import Any, Final

from documents.field_names import Steps, pointer_of, steps_of
from documents.line_bodies import MOST_ITEMS
from documents.serializers import MOST_RELATED

NEW: Final = "+"
# Of some types the lines are the documents referred to.
MOST: Final[Mapping[str, int]] = MappingProxyType({"items": MOST_ITEMS, "related": MOST_RELATED})
INPUT: Final = "lines-"  # the name of the input that carries a list, before the list's own

Row = int | None  # where a line stood in what was sent; None for a new one


class Full(Exception):
    """There are as many lines as a document can have."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


@dataclass(frozen=True, slots=True)
class Lines:
    """The rows of each list that the body has."""

    rows: Mapping[str, tuple[Row, ...]]

    @classmethod
    def sent(cls, body: Mapping[str, Any]) -> Lines:
        """As they were sent."""
        lists = {name: body.get(name) for name in MOST}
        return cls({name: tuple(range(len(one))) for name, one in lists.items() if isinstance(one, list) and one})

    @classmethod
    def read(cls, body: Mapping[str, Any], data: Mapping[str, Any]) -> Lines:
        """As a page carried them; as they were sent where it says nothing that makes sense."""
        lines = cls.sent(body)
        told = {name: _read(str(data.get(INPUT + name, "")), len(rows)) for name, rows in lines.rows.items()}
        return cls({name: told[name] or rows for name, rows in lines.rows.items()})

    def written(self) -> list[tuple[str, str]]:
        """The inputs that carry them: name and value."""
        return [(INPUT + name, _written(rows)) for name, rows in self.rows.items()]

    def can_lose(self, name: str) -> bool:
        """A list that is there has a line at least."""
        return len(self.rows.get(name, ())) > 1

    def with_another(self, name: str) -> Lines:
        """A new line at the end of a list; raises `Full`."""
        if len(self.rows[name]) >= MOST[name]:
            raise Full(MOST[name])
        return Lines({**self.rows, name: (*self.rows[name], None)})

    def without(self, name: str, index: int) -> Lines:
        rows = self.rows[name]
        return Lines({**self.rows, name: rows[:index] + rows[index + 1 :]})

    def body(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """What was sent, with these lines; new ones are empty."""
        lists = {name: [{} if row is None else sent[name][row] for row in rows] for name, rows in self.rows.items()}
        return {**sent, **lists}

    def moved(self, errors: Iterable[Mapping[str, str]]) -> Iterator[Mapping[str, str]]:
        """The errors with pointers to where their lines stand now; without those of lines that are gone."""
        for error in errors:
            match steps_of(error["pointer"]):
                case (str() as name, int(index), *rest) if name in self.rows:
                    if index in self.rows[name]:
                        yield {**error, "pointer": pointer_of((name, self.rows[name].index(index), *rest))}
                case _:
                    yield error

    def new(self) -> frozenset[Steps]:
        """Where the new lines stand."""
        return frozenset(
            (name, index) for name, rows in self.rows.items() for index, row in enumerate(rows) if row is None
        )


def renumbered(data: Mapping[str, str], name: str, gone: int) -> dict[str, str]:
    """What was typed, under the names that its inputs have once a line is gone."""
    found = {}
    for pointer, value in data.items():
        match steps_of(pointer) if pointer.startswith("/") else ():
            case (first, int(index), *rest) if first == name:
                if index != gone:
                    found[pointer_of((name, index - (index > gone), *rest))] = value
            case _:
                found[pointer] = value
    return found


def _written(rows: Iterable[Row]) -> str:
    parts = []
    # Neighbours that stood side by side differ from their place by the same.
    for (is_new, _distance), run in groupby(
        enumerate(rows), key=lambda each: (each[1] is None, None if each[1] is None else each[1] - each[0])
    ):
        found = [row for _place, row in run]
        if is_new:
            parts += [NEW] * len(found)
        else:
            parts.append(f"{found[0]}-{found[-1]}" if len(found) > 1 else f"{found[0]}")
    return ",".join(parts)


def _read(text: str, count: int) -> tuple[Row, ...]:
    """Empty for what no page of ours says of a list of `count` lines: each once at most, in its order."""
    rows: list[Row] = []
    last = -1
    for part in text.split(","):
        match = re.fullmatch(r"([0-9]{1,5})(?:-([0-9]{1,5}))?", part)
        if part == NEW:
            rows.append(None)
        elif match is None or not last < int(match[1]) <= int(match[2] or match[1]) < count:
            return ()
        else:
            last = int(match[2] or match[1])
            rows += range(int(match[1]), last + 1)
    return tuple(rows) if len(rows) <= max(MOST.values()) else ()

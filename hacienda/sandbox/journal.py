"""The log of what was received: a line for every request, written before its answer is sent."""

from __future__ import annotations

import json
from dataclasses import dataclass

from .database import Database
from .wire import dump_json

READ = """
SELECT service, generation_code, nit, at, fault, answer, generation_codes FROM received
ORDER BY id LIMIT ? OFFSET ?
"""
WRITE = """
INSERT INTO received (service, generation_code, nit, at, fault, answer, generation_codes)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log; `answer` is JSON text, None where none was made.

    `generation_codes` are those of a batch's documents, in order (None for one whose code cannot be read); None
    for a request that is no batch.
    """

    service: str
    generation_code: str | None
    nit: str | None
    at: str
    fault: str | None
    answer: str | None
    generation_codes: tuple[str | None, ...] | None = None


class Journal:
    """The log, kept in the sandbox's file. Every method is safe to call from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def log(self, entry: Entry) -> int:
        """Write a line and return its id, by which the answer is added later."""
        codes = None if entry.generation_codes is None else dump_json(entry.generation_codes)
        return self._database.run(
            WRITE,
            (entry.service, entry.generation_code, entry.nit, entry.at, entry.fault, entry.answer, codes),
        )

    def log_answer(self, number: int, answer: str) -> None:
        """Add the answer made, as JSON text, to a line."""
        self._database.run("UPDATE received SET answer = ? WHERE id = ?", (answer, number))

    def received(self, after: int = 0, limit: int = -1) -> list[Entry]:
        """Return the lines in the order of arrival, without the first `after`; -1 is no limit."""
        return [_entry(*line) for line in self._database.all(READ, (limit, after))]

    def clear(self) -> None:
        """Empty the log."""
        self._database.run("DELETE FROM received")


def _entry(
    service: str,
    generation_code: str | None,
    nit: str | None,
    at: str,
    fault: str | None,
    answer: str | None,
    codes: str | None,
) -> Entry:
    listed = None if codes is None else tuple(json.loads(codes))
    return Entry(service, generation_code, nit, at, fault, answer, listed)

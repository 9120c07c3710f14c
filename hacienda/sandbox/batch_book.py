"""Batches as they are remembered: what is still to be judged and when, and what was answered."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from .database import Database
from .wire import dump_json

# A batch is judged within five seconds of its arrival. What seems to be due later than twice that was taken
# before the clock was set back, and would otherwise wait for as long as it was set back.
LONGEST_WAIT_SECONDS = 5
SET_BACK_SECONDS = 2 * LONGEST_WAIT_SECONDS

NEXT = """
SELECT p.id, p.batch, p.due, p.first, p.last, b.ambiente, b.nit, b.arrived_at
FROM batch_parts p JOIN batches b ON b.code = p.batch
WHERE p.due <= ? OR p.due > ? ORDER BY p.due, p.id LIMIT 1
"""
WAITING = """
SELECT signed, ordered FROM batch_documents WHERE batch = ? AND position BETWEEN ? AND ? ORDER BY position
"""
SETTLE = "UPDATE batch_documents SET signed = NULL, accepted = ?, answer = ? WHERE batch = ? AND position = ?"
JUDGED = """
SELECT accepted, answer FROM batch_documents WHERE batch = ? AND answer IS NOT NULL ORDER BY position
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch that was taken: its code, and who sent it, where to and when (El Salvador's time)."""

    code: str
    ambiente: str
    nit: str
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """Some documents of a batch that are judged together; `due` is seconds since 1970, positions begin at 0."""

    id: int
    batch: Batch
    due: float
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A document that waits to be judged; `ordered` is the rejection a fault ordered, code and message."""

    signed: str
    ordered: tuple[str | None, str | None] | None


class BatchBook:
    """The batches, kept in the sandbox's file. Every method is safe to call from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(
        self,
        batch: Batch,
        signed: Sequence[str],
        ordered: Mapping[int, tuple[str | None, str | None]],
        *,
        seconds: float,
    ) -> None:
        """Keep a batch whose first half is judged after half the seconds, the rest after all of them."""
        arrived, half = batch.arrived_at.timestamp(), len(signed) // 2
        parts = [(arrived + seconds / 2, 0, half - 1), (arrived + seconds, half, len(signed) - 1)]
        with self._database.writing():
            self._database.run(
                "INSERT INTO batches VALUES (?, ?, ?, ?)",
                (batch.code, batch.ambiente, batch.nit, batch.arrived_at.isoformat()),
            )
            self._database.run_many(
                "INSERT INTO batch_documents (batch, position, signed, ordered) VALUES (?, ?, ?, ?)",
                (
                    (batch.code, position, one, dump_json(ordered[position]) if position in ordered else None)
                    for position, one in enumerate(signed)
                ),
            )
            self._database.run_many(
                "INSERT INTO batch_parts (batch, due, first, last) VALUES (?, ?, ?, ?)",
                [(batch.code, *part) for part in parts if part[1] <= part[2]],
            )

    def due(self, at: datetime) -> Part | None:
        """Return what is due first of all that is due, or None."""
        now = at.timestamp()
        row = self._database.first(NEXT, (now, now + SET_BACK_SECONDS))
        if row is None:
            return None
        number, code, due, first, last, ambiente, nit, arrived_at = row
        return Part(number, Batch(code, ambiente, nit, datetime.fromisoformat(arrived_at)), due, first, last)

    def waiting(self, part: Part) -> list[Waiting]:
        """Return the part's documents in their order."""
        return [
            Waiting(signed, None if ordered is None else tuple(json.loads(ordered)))
            for signed, ordered in self._database.all(WAITING, (part.batch.code, part.first, part.last))
        ]

    def settle(self, part: Part, answers: Iterable[tuple[bool, str]]) -> None:
        """Keep what the part's documents were answered, as JSON text, each with whether it was accepted."""
        with self._database.writing():
            self._database.run_many(
                SETTLE,
                (
                    (accepted, answer, part.batch.code, part.first + offset)
                    for offset, (accepted, answer) in enumerate(answers)
                ),
            )
            self._database.run("DELETE FROM batch_parts WHERE id = ?", (part.id,))

    def judged(self, code: str, nit: str) -> list[tuple[bool, str]] | None:
        """Return what was answered so far, in the batch's order; None when the taxpayer has no such batch."""
        if self._database.first("SELECT 1 FROM batches WHERE code = ? AND nit = ?", (code, nit)) is None:
            return None
        return [(bool(accepted), answer) for accepted, answer in self._database.all(JUDGED, (code,))]

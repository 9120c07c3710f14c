"""The sandbox's file: one SQLite database, one writer at a time, committed before each answer."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FILE_NAME = "sandbox.sqlite3"
SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS emitters (
    nit TEXT, ambiente TEXT, password BLOB NOT NULL, public_key TEXT NOT NULL, name TEXT NOT NULL,
    special_operations INTEGER NOT NULL DEFAULT 1, versions TEXT NOT NULL DEFAULT '{}',
    export_taxes INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (nit, ambiente));
CREATE TABLE IF NOT EXISTS documents (
    ambiente TEXT, code TEXT, nit TEXT NOT NULL, kind TEXT NOT NULL, number TEXT NOT NULL, year TEXT NOT NULL,
    issued_on TEXT NOT NULL, stamp TEXT NOT NULL, stamped_on TEXT NOT NULL, invalidated_at TEXT,
    receiver TEXT NOT NULL, payload TEXT NOT NULL, answer TEXT NOT NULL,
    PRIMARY KEY (ambiente, code), UNIQUE (ambiente, nit, kind, number, year));
CREATE INDEX IF NOT EXISTS documents_by_code ON documents (code);
CREATE TABLE IF NOT EXISTS relations (
    ambiente TEXT, parent TEXT, child TEXT, child_kind TEXT, PRIMARY KEY (ambiente, parent, child));
CREATE TABLE IF NOT EXISTS rejections (
    ambiente TEXT, code TEXT, nit TEXT, kind TEXT, answer TEXT NOT NULL, PRIMARY KEY (ambiente, code, nit));
CREATE INDEX IF NOT EXISTS rejections_by_code ON rejections (code);
CREATE TABLE IF NOT EXISTS events (
    ambiente TEXT, code TEXT, service TEXT NOT NULL, nit TEXT NOT NULL, stamp TEXT NOT NULL,
    payload TEXT NOT NULL, answer TEXT NOT NULL, PRIMARY KEY (ambiente, code));
CREATE TABLE IF NOT EXISTS outages (
    ambiente TEXT, event TEXT, began_at TEXT NOT NULL, ended_at TEXT NOT NULL, reason INTEGER NOT NULL, note TEXT,
    stamped_at TEXT NOT NULL, PRIMARY KEY (ambiente, event));
CREATE TABLE IF NOT EXISTS outage_documents (
    ambiente TEXT, code TEXT, nit TEXT, event TEXT, kind TEXT NOT NULL, PRIMARY KEY (ambiente, code, nit, event));
CREATE TABLE IF NOT EXISTS batches (
    code TEXT PRIMARY KEY, ambiente TEXT NOT NULL, nit TEXT NOT NULL, arrived_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS batch_documents (
    batch TEXT, position INTEGER, signed TEXT, ordered TEXT, accepted INTEGER, answer TEXT,
    PRIMARY KEY (batch, position));
CREATE TABLE IF NOT EXISTS batch_parts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, batch TEXT NOT NULL, due REAL NOT NULL, first INTEGER NOT NULL,
    last INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS batch_parts_by_due ON batch_parts (due);
CREATE TABLE IF NOT EXISTS faults (id INTEGER PRIMARY KEY AUTOINCREMENT, description TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS received (
    id INTEGER PRIMARY KEY AUTOINCREMENT, service TEXT NOT NULL, generation_code TEXT, nit TEXT,
    at TEXT NOT NULL, fault TEXT, answer TEXT, generation_codes TEXT);
"""
# Columns that a file written by an earlier version lacks.
ADDED_COLUMNS = (
    ("received", "generation_codes", "TEXT"),
    ("emitters", "special_operations", "INTEGER NOT NULL DEFAULT 1"),
    ("emitters", "versions", "TEXT NOT NULL DEFAULT '{}'"),
    ("emitters", "export_taxes", "INTEGER NOT NULL DEFAULT 1"),
)


class Database:
    """The open file. Every method is safe to call from any thread."""

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._depth = 0
        self._rows = sqlite3.connect(data_dir / FILE_NAME, check_same_thread=False, isolation_level=None, timeout=30)
        # A commit survives the death of this process; only a loss of power may take the last ones back.
        self._rows.execute("PRAGMA journal_mode=WAL")
        self._rows.execute("PRAGMA synchronous=NORMAL")
        self._rows.executescript(SCHEMA)
        for table, column, kind in ADDED_COLUMNS:
            # The three names are the constants above, so that nothing foreign reaches the statement.
            present = {row[1] for row in self._rows.execute(f"PRAGMA table_info({table})")}
            if column not in present:
                self._rows.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")

    def prepare(self, tables: str) -> None:
        """Make the tables of one counter, where they are not there yet."""
        with self._lock:
            self._rows.executescript(tables)

    def close(self) -> None:
        """Close the file; a later call fails."""
        with self._lock:
            self._rows.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the writer's lock: what is read and written inside happens at once or not at all."""
        with self._lock:
            self._depth += 1
            if self._depth == 1:
                self._rows.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self._depth == 1:
                    self._rows.execute("ROLLBACK")
                raise
            else:
                if self._depth == 1:
                    self._rows.execute("COMMIT")
            finally:
                self._depth -= 1

    def run(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Carry out a statement that writes, and return the id of the row it added, if any."""
        with self.writing():
            return int(self._rows.execute(statement, values).lastrowid or 0)

    def run_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Carry out a statement that writes, once for each row."""
        with self.writing():
            self._rows.executemany(statement, rows)

    def all(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return every row that a statement finds."""
        with self._lock:
            return self._rows.execute(statement, values).fetchall()

    def first(self, statement: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """Return the first row that a statement finds, or None."""
        with self._lock:
            row: tuple[Any, ...] | None = self._rows.execute(statement, values).fetchone()
        return row

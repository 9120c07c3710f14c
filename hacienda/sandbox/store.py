"""What the sandbox remembers: one SQLite file, one writer at a time, committed before each answer."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FILE_NAME = "sandbox.sqlite3"
SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS emitters (
    nit TEXT, ambiente TEXT, password BLOB NOT NULL, public_key TEXT NOT NULL, name TEXT NOT NULL,
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
CREATE TABLE IF NOT EXISTS faults (id INTEGER PRIMARY KEY AUTOINCREMENT, description TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS received (
    id INTEGER PRIMARY KEY AUTOINCREMENT, service TEXT NOT NULL, generation_code TEXT, nit TEXT,
    at TEXT NOT NULL, fault TEXT, answer TEXT);
"""


@dataclass(frozen=True, slots=True)
class Emitter:
    """A taxpayer registered for one environment, with the public half of its signing key (SPKI, base64)."""

    nit: str
    ambiente: str
    public_key: str
    name: str


@dataclass(frozen=True, slots=True)
class Stamped:
    """An accepted document. `receiver` is its identity as JSON, dates are ISO, `answer` is the body sent."""

    ambiente: str
    code: str
    nit: str
    kind: str
    number: str
    issued_on: str
    stamp: str
    stamped_on: str
    receiver: str
    payload: str
    answer: str
    invalidated_at: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """An accepted event."""

    ambiente: str
    code: str
    service: str
    nit: str
    stamp: str
    payload: str
    answer: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log of what was received; `answer` is JSON text, None where none was made."""

    service: str
    generation_code: str | None
    nit: str | None
    at: str
    fault: str | None
    answer: str | None


ACCEPT = """
INSERT INTO documents (
    ambiente, code, nit, kind, number, issued_on, stamp, stamped_on, receiver, payload, answer,
    invalidated_at, year)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
FIND = """
SELECT ambiente, code, nit, kind, number, issued_on, stamp, stamped_on, receiver, payload, answer,
    invalidated_at
FROM documents WHERE code = ? AND ambiente = ?
"""
FIND_FOR_QUERY = """
SELECT ambiente, code, nit, kind, number, issued_on, stamp, stamped_on, receiver, payload, answer,
    invalidated_at
FROM documents WHERE code = ? AND nit = ? AND kind = ? ORDER BY stamped_on DESC
"""
FORGET = ("DELETE FROM documents", "DELETE FROM relations", "DELETE FROM rejections", "DELETE FROM events")


class Store:
    """The sandbox's memory. Every method is safe to call from any thread."""

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._depth = 0
        self._rows = sqlite3.connect(data_dir / FILE_NAME, check_same_thread=False, isolation_level=None, timeout=30)
        # A commit survives the death of this process; only a loss of power may take the last ones back.
        self._rows.execute("PRAGMA journal_mode=WAL")
        self._rows.execute("PRAGMA synchronous=NORMAL")
        self._rows.executescript(SCHEMA)
        self.secret = self._remembered_secret()

    def close(self) -> None:
        """Close the file; a later call on this store fails."""
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

    def _remembered_secret(self) -> bytes:
        with self.writing():
            self._rows.execute("INSERT OR IGNORE INTO meta VALUES ('secret', ?)", (secrets.token_bytes(64),))
            row = self._rows.execute("SELECT value FROM meta WHERE name = 'secret'").fetchone()
        return bytes(row[0])

    # Emitters

    def _seal_password(self, password: str) -> bytes:
        return hmac.digest(self.secret, password.encode("utf-8"), hashlib.sha256)

    def register(self, emitters: Iterable[Emitter], password: str) -> None:
        """Register the emitters, replacing earlier registrations of the same NIT and environment."""
        sealed = self._seal_password(password)
        with self.writing():
            for one in emitters:
                self._rows.execute(
                    "INSERT OR REPLACE INTO emitters VALUES (?, ?, ?, ?, ?)",
                    (one.nit, one.ambiente, sealed, one.public_key, one.name),
                )

    def knows_password(self, nit: str, password: str) -> bool:
        """Tell whether the taxpayer is registered with this password in any environment."""
        sealed = self._seal_password(password)
        with self._lock:
            rows = self._rows.execute("SELECT password FROM emitters WHERE nit = ?", (nit,)).fetchall()
        return any(hmac.compare_digest(bytes(row[0]), sealed) for row in rows)

    def public_key(self, nit: str, ambiente: str) -> str | None:
        """Return the base64 of the key registered for the taxpayer in the environment."""
        with self._lock:
            row = self._rows.execute(
                "SELECT public_key FROM emitters WHERE nit = ? AND ambiente = ?", (nit, ambiente)
            ).fetchone()
        return None if row is None else str(row[0])

    # Documents

    def accept(self, document: Stamped, parents: Iterable[str] = ()) -> None:
        """Keep an accepted document and the codes of the documents it refers to."""
        with self.writing():
            self._rows.execute(
                ACCEPT,
                (
                    document.ambiente,
                    document.code,
                    document.nit,
                    document.kind,
                    document.number,
                    document.issued_on,
                    document.stamp,
                    document.stamped_on,
                    document.receiver,
                    document.payload,
                    document.answer,
                    document.invalidated_at,
                    document.issued_on[:4],
                ),
            )
            self._rows.executemany(
                "INSERT OR IGNORE INTO relations VALUES (?, ?, ?, ?)",
                [(document.ambiente, parent, document.code, document.kind) for parent in parents],
            )
            # A corrected document was rejected under the same code: the acceptance is what counts now.
            self._rows.execute(
                "DELETE FROM rejections WHERE ambiente = ? AND code = ? AND nit = ?",
                (document.ambiente, document.code, document.nit),
            )

    def document(self, ambiente: str, code: str) -> Stamped | None:
        """Return the accepted document with this code in the environment."""
        return self._document(FIND, (code, ambiente))

    def document_of(self, nit: str, kind: str, code: str) -> Stamped | None:
        """Return the taxpayer's accepted document whatever its environment: a query does not name one."""
        return self._document(FIND_FOR_QUERY, (code, nit, kind))

    def _document(self, statement: str, values: tuple[str, ...]) -> Stamped | None:
        with self._lock:
            row = self._rows.execute(statement, values).fetchone()
        return None if row is None else Stamped(*row)

    def number_taken(self, ambiente: str, nit: str, kind: str, number: str, year: str) -> bool:
        """Tell whether an accepted document of that type and year carries the control number."""
        with self._lock:
            row = self._rows.execute(
                "SELECT 1 FROM documents WHERE ambiente = ? AND nit = ? AND kind = ? AND number = ? AND year = ?",
                (ambiente, nit, kind, number, year),
            ).fetchone()
        return row is not None

    def living_children(self, ambiente: str, parent: str) -> set[str]:
        """Return the types of the accepted, not invalidated documents that refer to this one."""
        with self._lock:
            rows = self._rows.execute(
                "SELECT r.child_kind FROM relations r JOIN documents d"
                " ON d.ambiente = r.ambiente AND d.code = r.child"
                " WHERE r.ambiente = ? AND r.parent = ? AND d.invalidated_at IS NULL",
                (ambiente, parent),
            ).fetchall()
        return {str(row[0]) for row in rows}

    def invalidate(self, ambiente: str, code: str, at: str, event: Event) -> None:
        """Mark the document as invalidated by the event, and keep the event."""
        with self.writing():
            self._rows.execute(
                "UPDATE documents SET invalidated_at = ? WHERE ambiente = ? AND code = ?",
                (at, ambiente, code),
            )
            self._rows.execute(
                "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    event.ambiente,
                    event.code,
                    event.service,
                    event.nit,
                    event.stamp,
                    event.payload,
                    event.answer,
                ),
            )

    def event_known(self, ambiente: str, code: str) -> bool:
        """Tell whether an accepted event carries the code."""
        with self._lock:
            row = self._rows.execute(
                "SELECT 1 FROM events WHERE ambiente = ? AND code = ?", (ambiente, code)
            ).fetchone()
        return row is not None

    def event_answer(self, nit: str, code: str) -> str | None:
        """Return the answer that the taxpayer's accepted event got, as JSON text."""
        with self._lock:
            row = self._rows.execute("SELECT answer FROM events WHERE nit = ? AND code = ?", (nit, code)).fetchone()
        return None if row is None else str(row[0])

    def reject(self, ambiente: str, code: str, nit: str, kind: str, answer: str) -> None:
        """Keep the latest rejection of a code."""
        with self.writing():
            self._rows.execute(
                "INSERT OR REPLACE INTO rejections VALUES (?, ?, ?, ?, ?)",
                (ambiente, code, nit, kind, answer),
            )

    def rejection_of(self, nit: str, kind: str, code: str) -> str | None:
        """Return the answer, as JSON text, that last rejected the taxpayer's document."""
        with self._lock:
            row = self._rows.execute(
                "SELECT answer FROM rejections WHERE code = ? AND nit = ? AND kind = ?", (code, nit, kind)
            ).fetchone()
        return None if row is None else str(row[0])

    def forget_documents(self) -> None:
        """Forget documents, rejections and events; emitters, faults and the log stay."""
        with self.writing():
            for statement in FORGET:
                self._rows.execute(statement)

    # Faults

    def faults(self) -> list[tuple[int, str]]:
        """Return the faults in force, oldest first: id and description as JSON text."""
        with self._lock:
            return self._rows.execute("SELECT id, description FROM faults ORDER BY id").fetchall()

    def add_fault(self, description: str) -> int:
        """Keep a fault and return its id."""
        with self.writing():
            added = self._rows.execute("INSERT INTO faults (description) VALUES (?)", (description,))
            return int(added.lastrowid or 0)

    def change_fault(self, number: int, description: str) -> None:
        """Keep a fault's new description."""
        with self.writing():
            self._rows.execute("UPDATE faults SET description = ? WHERE id = ?", (description, number))

    def remove_fault(self, number: int) -> None:
        """Forget one fault."""
        with self.writing():
            self._rows.execute("DELETE FROM faults WHERE id = ?", (number,))

    def clear_faults(self) -> None:
        """Forget every fault."""
        with self.writing():
            self._rows.execute("DELETE FROM faults")

    # The log of what was received

    def log(self, entry: Entry) -> int:
        """Write a line of the log and return its id, by which the answer is added later."""
        with self.writing():
            added = self._rows.execute(
                "INSERT INTO received (service, generation_code, nit, at, fault, answer) VALUES (?, ?, ?, ?, ?, ?)",
                (entry.service, entry.generation_code, entry.nit, entry.at, entry.fault, entry.answer),
            )
            return int(added.lastrowid or 0)

    def log_answer(self, number: int, answer: str) -> None:
        """Add the answer made, as JSON text, to a line of the log."""
        with self.writing():
            self._rows.execute("UPDATE received SET answer = ? WHERE id = ?", (answer, number))

    def received(self, after: int = 0, limit: int = -1) -> list[Entry]:
        """Return the log in the order of arrival, without its first `after` lines; -1 is no limit."""
        with self._lock:
            rows = self._rows.execute(
                "SELECT service, generation_code, nit, at, fault, answer FROM received ORDER BY id LIMIT ? OFFSET ?",
                (limit, after),
            ).fetchall()
        return [Entry(*row) for row in rows]

    def clear_received(self) -> None:
        """Empty the log."""
        with self.writing():
            self._rows.execute("DELETE FROM received")

"""What the sandbox remembers of taxpayers, documents, events and faults."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .database import Database


@dataclass(frozen=True, slots=True)
class Emitter:
    """A taxpayer registered for one environment, with the public half of its signing key (SPKI, base64).

    special_operations: whether Hacienda designated it to report them (event 17). versions: those that it may send of
    each type or event; all of what is left out. export_taxes: whether Hacienda permits it taxes in exports.
    """

    nit: str
    ambiente: str
    public_key: str
    name: str
    special_operations: bool = True
    versions: Mapping[str, Sequence[int]] = field(default_factory=dict)
    export_taxes: bool = True


@dataclass(frozen=True, slots=True)
class Stamped:
    """An accepted document, or event that comes like one and has no number.

    `receiver` is its identity as JSON, dates are ISO, `answer` is the body sent.
    """

    ambiente: str
    code: str
    nit: str
    kind: str
    number: str | None
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
class Outage:
    """What an accepted contingency event reports; moments are ISO, `reason` is CAT-005, `note` its words."""

    began_at: str
    ended_at: str
    reason: int
    note: str | None
    stamped_at: str


ACCEPT = """
INSERT INTO documents (
    ambiente, code, nit, kind, number, issued_on, stamp, stamped_on, receiver, payload, answer,
    invalidated_at, year)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
FIND = """
SELECT ambiente, code, nit, kind, NULLIF(number, code), issued_on, stamp, stamped_on, receiver, payload, answer,
    invalidated_at
FROM documents WHERE code = ? AND ambiente = ?
"""
FIND_FOR_QUERY = """
SELECT ambiente, code, nit, kind, NULLIF(number, code), issued_on, stamp, stamped_on, receiver, payload, answer,
    invalidated_at
FROM documents WHERE code = ? AND nit = ? AND kind = ? ORDER BY stamped_on DESC
"""
KEEP_EVENT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)"
OUTAGES_OF = """
SELECT o.began_at, o.ended_at, o.reason, o.note, o.stamped_at, d.kind
FROM outage_documents d JOIN outages o ON o.ambiente = d.ambiente AND o.event = d.event
WHERE d.ambiente = ? AND d.code = ? AND d.nit = ? ORDER BY o.stamped_at DESC
"""
LIVING_PAYLOADS = """
SELECT d.payload FROM relations r JOIN documents d ON d.ambiente = r.ambiente AND d.code = r.child
WHERE r.ambiente = ? AND r.parent = ? AND r.child_kind = ? AND d.invalidated_at IS NULL
"""
LIVING_CHILDREN = """
SELECT r.child_kind FROM relations r JOIN documents d ON d.ambiente = r.ambiente AND d.code = r.child
WHERE r.ambiente = ? AND r.parent = ? AND d.invalidated_at IS NULL
"""
FORGET = (
    "DELETE FROM documents",
    "DELETE FROM relations",
    "DELETE FROM rejections",
    "DELETE FROM events",
    "DELETE FROM outages",
    "DELETE FROM outage_documents",
    "DELETE FROM batches",
    "DELETE FROM batch_documents",
    "DELETE FROM batch_parts",
)


class Store:
    """The sandbox's memory of taxpayers, documents, events and faults; safe to call from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.writing = database.writing
        self.secret = self._remembered_secret()

    def _remembered_secret(self) -> bytes:
        with self.writing():
            self._database.run("INSERT OR IGNORE INTO meta VALUES ('secret', ?)", (secrets.token_bytes(64),))
            ((secret,),) = self._database.all("SELECT value FROM meta WHERE name = 'secret'")
        return bytes(secret)

    # Emitters

    def _seal_password(self, password: str) -> bytes:
        return hmac.digest(self.secret, password.encode("utf-8"), hashlib.sha256)

    def register(self, emitters: Iterable[Emitter], password: str) -> None:
        """Register the emitters, replacing earlier registrations of the same NIT and environment."""
        sealed = self._seal_password(password)
        self._database.run_many(
            "INSERT OR REPLACE INTO emitters "
            "(nit, ambiente, password, public_key, name, special_operations, versions, export_taxes) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    one.nit,
                    one.ambiente,
                    sealed,
                    one.public_key,
                    one.name,
                    one.special_operations,
                    json.dumps(dict(one.versions)),
                    one.export_taxes,
                )
                for one in emitters
            ],
        )

    def knows_password(self, nit: str, password: str) -> bool:
        """Tell whether the taxpayer is registered with this password in any environment."""
        sealed = self._seal_password(password)
        rows = self._database.all("SELECT password FROM emitters WHERE nit = ?", (nit,))
        return any(hmac.compare_digest(bytes(row[0]), sealed) for row in rows)

    def public_key(self, nit: str, ambiente: str) -> str | None:
        """Return the base64 of the key registered for the taxpayer in the environment."""
        return self._text("SELECT public_key FROM emitters WHERE nit = ? AND ambiente = ?", (nit, ambiente))

    def operates_specially(self, nit: str, ambiente: str) -> bool:
        """Tell whether the taxpayer is designated to report special operations in the environment."""
        row = self._database.first(
            "SELECT special_operations FROM emitters WHERE nit = ? AND ambiente = ?", (nit, ambiente)
        )
        return row is not None and bool(row[0])

    def taxes_exports(self, nit: str, ambiente: str) -> bool:
        """Tell whether the taxpayer may charge taxes in exports in the environment."""
        row = self._database.first(
            "SELECT export_taxes FROM emitters WHERE nit = ? AND ambiente = ?", (nit, ambiente)
        )
        return row is not None and bool(row[0])

    def versions(self, nit: str, ambiente: str) -> dict[str, list[int]]:
        """Return the versions that the taxpayer may send, by type or event; all of what is left out."""
        listed = self._text("SELECT versions FROM emitters WHERE nit = ? AND ambiente = ?", (nit, ambiente))
        return {} if listed is None else dict(json.loads(listed))

    def _text(self, statement: str, values: tuple[str, ...]) -> str | None:
        row = self._database.first(statement, values)
        return None if row is None else str(row[0])

    # Documents

    def accept(self, document: Stamped, parents: Iterable[str] = ()) -> None:
        """Keep an accepted document and the codes of the documents it refers to."""
        with self.writing():
            self._database.run(
                ACCEPT,
                (
                    document.ambiente,
                    document.code,
                    document.nit,
                    document.kind,
                    # The table tells documents of a type apart by number; what has none is told by its code.
                    document.number or document.code,
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
            self._database.run_many(
                "INSERT OR IGNORE INTO relations VALUES (?, ?, ?, ?)",
                [(document.ambiente, parent, document.code, document.kind) for parent in parents],
            )
            # A corrected document was rejected under the same code: the acceptance is what counts now.
            self._database.run(
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
        row = self._database.first(statement, values)
        return None if row is None else Stamped(*row)

    def number_taken(self, ambiente: str, nit: str, kind: str, number: str, year: str) -> bool:
        """Tell whether an accepted document of that type and year carries the control number."""
        taken = self._database.first(
            "SELECT 1 FROM documents WHERE ambiente = ? AND nit = ? AND kind = ? AND number = ? AND year = ?",
            (ambiente, nit, kind, number, year),
        )
        return taken is not None

    def living_children(self, ambiente: str, parent: str) -> set[str]:
        """Return the types of the accepted, not invalidated documents that refer to this one."""
        return {str(row[0]) for row in self._database.all(LIVING_CHILDREN, (ambiente, parent))}

    def living_payloads(self, ambiente: str, parent: str, kind: str) -> list[str]:
        """Return the accepted, not invalidated documents of a type that refer to this one, as JSON text."""
        return [str(row[0]) for row in self._database.all(LIVING_PAYLOADS, (ambiente, parent, kind))]

    def reject(self, ambiente: str, code: str, nit: str, kind: str, answer: str) -> None:
        """Keep the latest rejection of a code."""
        self._database.run(
            "INSERT OR REPLACE INTO rejections VALUES (?, ?, ?, ?, ?)", (ambiente, code, nit, kind, answer)
        )

    def rejection_of(self, nit: str, kind: str, code: str) -> str | None:
        """Return the answer, as JSON text, that last rejected the taxpayer's document."""
        return self._text("SELECT answer FROM rejections WHERE code = ? AND nit = ? AND kind = ?", (code, nit, kind))

    def forget_documents(self) -> None:
        """Forget documents, rejections, events and batches; emitters, faults and the log stay."""
        with self.writing():
            for statement in FORGET:
                self._database.run(statement)

    # Events

    def invalidate(self, ambiente: str, code: str, at: str, event: Event) -> None:
        """Mark the document as invalidated by the event, and keep the event."""
        with self.writing():
            self._database.run(
                "UPDATE documents SET invalidated_at = ? WHERE ambiente = ? AND code = ?", (at, ambiente, code)
            )
            self._keep(event)

    def report_outage(self, event: Event, outage: Outage, listed: Mapping[str, str]) -> None:
        """Keep a contingency event, what it reports, and the types of the documents it lists, by code."""
        with self.writing():
            self._keep(event)
            self._database.run(
                "INSERT INTO outages VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    event.ambiente,
                    event.code,
                    outage.began_at,
                    outage.ended_at,
                    outage.reason,
                    outage.note,
                    outage.stamped_at,
                ),
            )
            self._database.run_many(
                "INSERT INTO outage_documents VALUES (?, ?, ?, ?, ?)",
                [(event.ambiente, code, event.nit, event.code, kind) for code, kind in listed.items()],
            )

    def outages_of(self, ambiente: str, nit: str, code: str) -> list[tuple[Outage, str]]:
        """Return the taxpayer's reported outages that list a document, the latest first, each with its type there."""
        rows = self._database.all(OUTAGES_OF, (ambiente, code, nit))
        return [(Outage(*reported), str(kind)) for *reported, kind in rows]

    def _keep(self, event: Event) -> None:
        self._database.run(
            KEEP_EVENT,
            (event.ambiente, event.code, event.service, event.nit, event.stamp, event.payload, event.answer),
        )

    def event_known(self, ambiente: str, code: str) -> bool:
        """Tell whether an accepted event carries the code."""
        known = self._database.first("SELECT 1 FROM events WHERE ambiente = ? AND code = ?", (ambiente, code))
        return known is not None

    def event_answer(self, nit: str, code: str) -> str | None:
        """Return what a query for the taxpayer's accepted event is told, as JSON text."""
        return self._text("SELECT answer FROM events WHERE nit = ? AND code = ?", (nit, code))

    # Faults

    def faults(self) -> list[tuple[int, str]]:
        """Return the faults in force, oldest first: id and description as JSON text."""
        rows = self._database.all("SELECT id, description FROM faults ORDER BY id")
        return [(int(number), str(description)) for number, description in rows]

    def add_fault(self, description: str) -> int:
        """Keep a fault and return its id."""
        return self._database.run("INSERT INTO faults (description) VALUES (?)", (description,))

    def change_fault(self, number: int, description: str) -> None:
        """Keep a fault's new description."""
        self._database.run("UPDATE faults SET description = ? WHERE id = ?", (description, number))

    def remove_fault(self, number: int) -> None:
        """Forget one fault."""
        self._database.run("DELETE FROM faults WHERE id = ?", (number,))

    def clear_faults(self) -> None:
        """Forget every fault."""
        self._database.run("DELETE FROM faults")

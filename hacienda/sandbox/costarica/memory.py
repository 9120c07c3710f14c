"""What Costa Rica's counter remembers: taxpayers, logouts, and every document from its arrival on."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from hacienda.sandbox.database import Database

TABLES = """
CREATE TABLE IF NOT EXISTS cr_taxpayers (
    ambiente TEXT, tax_id TEXT, login TEXT NOT NULL, password BLOB NOT NULL, public_key TEXT NOT NULL,
    name TEXT NOT NULL, PRIMARY KEY (ambiente, tax_id));
CREATE INDEX IF NOT EXISTS cr_taxpayers_by_login ON cr_taxpayers (ambiente, login);
CREATE TABLE IF NOT EXISTS cr_logouts (session TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS cr_documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT, ambiente TEXT NOT NULL, code TEXT NOT NULL, clave TEXT NOT NULL,
    kind TEXT NOT NULL, number TEXT NOT NULL, sender TEXT NOT NULL, dated TEXT NOT NULL, envelope TEXT NOT NULL,
    payload BLOB NOT NULL, arrived_at TEXT NOT NULL, state TEXT NOT NULL, ordered TEXT, answer TEXT,
    receiver TEXT, judged_at TEXT, callback TEXT, callback_tries INTEGER NOT NULL DEFAULT 0,
    UNIQUE (ambiente, code));
CREATE INDEX IF NOT EXISTS cr_documents_by_state ON cr_documents (state);
CREATE INDEX IF NOT EXISTS cr_documents_by_number ON cr_documents (ambiente, sender, number);
CREATE TABLE IF NOT EXISTS cr_references (
    ambiente TEXT, parent TEXT, child TEXT, PRIMARY KEY (ambiente, parent, child));
"""
FORGET = ("DELETE FROM cr_documents", "DELETE FROM cr_references", "DELETE FROM cr_logouts")
SELECT = """
SELECT id, ambiente, code, clave, kind, number, sender, dated, envelope, payload, arrived_at, state, ordered, answer,
    receiver, callback, callback_tries
FROM cr_documents WHERE """
RECEIVED, STUCK, ACCEPTED, REJECTED, FAILED = "received", "stuck", "accepted", "rejected", "failed"


@dataclass(frozen=True, slots=True)
class Taxpayer:
    """A taxpayer registered for one environment: "00" tests, "01" production."""

    ambiente: str
    tax_id: str
    login: str
    public_key: str
    name: str


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it came and what became of it.

    `code` is the key, with the message's number behind it for a receptor's message. `number` is the consecutive
    number, `sender` the tax id of who must sign, filled to twelve characters; `envelope` is the request as JSON
    without the document; moments are ISO; `ordered` is a fault's order as JSON; `answer` is the MensajeHacienda;
    `receiver` is the tax id of who is named as the receptor, filled too.
    """

    id: int
    ambiente: str
    code: str
    clave: str
    kind: str
    number: str
    sender: str
    dated: str
    envelope: str
    payload: bytes
    arrived_at: str
    state: str
    ordered: str | None = None
    answer: str | None = None
    receiver: str | None = None
    callback: str | None = None
    callback_tries: int = 0


class Memory:
    """The counter's part of the sandbox's file. Every method is safe to call from any thread."""

    def __init__(self, database: Database, secret: bytes) -> None:
        database.prepare(TABLES)
        self._database = database
        self._secret = secret
        self.writing = database.writing

    # Taxpayers

    def _seal_password(self, password: str) -> bytes:
        return hmac.digest(self._secret, password.encode("utf-8"), hashlib.sha256)

    def register(self, taxpayers: Iterable[Taxpayer], password: str) -> None:
        """Register the taxpayers, replacing earlier registrations of the same id and environment."""
        sealed = self._seal_password(password)
        self._database.run_many(
            "INSERT OR REPLACE INTO cr_taxpayers VALUES (?, ?, ?, ?, ?, ?)",
            [(one.ambiente, one.tax_id, one.login, sealed, one.public_key, one.name) for one in taxpayers],
        )

    def log_in(self, ambiente: str, login: str, password: str) -> str | None:
        """Return the tax id that the user and password are of in the environment, or None."""
        sealed = self._seal_password(password)
        rows = self._database.all(
            "SELECT tax_id, password FROM cr_taxpayers WHERE ambiente = ? AND login = ?", (ambiente, login)
        )
        return next((str(tax_id) for tax_id, kept in rows if hmac.compare_digest(bytes(kept), sealed)), None)

    def tax_id_of(self, login: str) -> str | None:
        """Return the tax id of a user, of whatever environment: for the log."""
        row = self._database.first("SELECT tax_id FROM cr_taxpayers WHERE login = ?", (login,))
        return None if row is None else str(row[0])

    def public_key(self, ambiente: str, tax_id: str) -> str | None:
        """Return the key registered for a tax id, which may be filled with zeros; SPKI in base64."""
        row = self._database.first(
            "SELECT public_key FROM cr_taxpayers WHERE ambiente = ? AND ltrim(tax_id, '0') = ltrim(?, '0')",
            (ambiente, tax_id),
        )
        return None if row is None else str(row[0])

    def log_out(self, session: str) -> None:
        """Remember that a session is over."""
        self._database.run("INSERT OR IGNORE INTO cr_logouts VALUES (?)", (session,))

    def is_over(self, session: str) -> bool:
        """Tell whether a session was ended."""
        return self._database.first("SELECT 1 FROM cr_logouts WHERE session = ?", (session,)) is not None

    # Documents

    def receive(self, document: Document) -> bool:
        """Keep a document that arrived; False when its code is known, unless Hacienda itself failed on it."""
        with self.writing():
            known = self.document(document.ambiente, document.code)
            if known is not None and known.state != FAILED:
                return False
            self._database.run(
                "DELETE FROM cr_documents WHERE ambiente = ? AND code = ?", (document.ambiente, document.code)
            )
            self._database.run(
                "INSERT INTO cr_documents (ambiente, code, clave, kind, number, sender, dated, envelope, payload, "
                "arrived_at, state, ordered, callback) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    document.ambiente,
                    document.code,
                    document.clave,
                    document.kind,
                    document.number,
                    document.sender,
                    document.dated,
                    document.envelope,
                    document.payload,
                    document.arrived_at,
                    document.state,
                    document.ordered,
                    document.callback,
                ),
            )
        return True

    def document(self, ambiente: str, code: str) -> Document | None:
        """Return the document with this code in the environment."""
        return self._one("ambiente = ? AND code = ?", (ambiente, code))

    def first_waiting(self) -> Document | None:
        """Return the document that arrived first of all that wait to be judged."""
        return self._one("state = ? ORDER BY id LIMIT 1", (RECEIVED,))

    def order(self, document: Document, ordered: str) -> None:
        """Keep a fault's order about a document that waits."""
        self._database.run("UPDATE cr_documents SET ordered = ? WHERE id = ?", (ordered, document.id))

    def settle(
        self,
        document: Document,
        state: str,
        answer: str | None,
        receiver: str | None,
        parents: Iterable[str],
        at: str,
    ) -> None:
        """Keep what a document was judged to be, and the documents that it refers to when it was accepted."""
        with self.writing():
            self._database.run(
                "UPDATE cr_documents SET state = ?, answer = ?, receiver = ?, judged_at = ? WHERE id = ?",
                (state, answer, receiver, at, document.id),
            )
            self._database.run_many(
                "INSERT OR IGNORE INTO cr_references VALUES (?, ?, ?)",
                [(document.ambiente, parent, document.code) for parent in parents],
            )

    def number_taken(self, document: Document) -> bool:
        """Tell whether the sender sent another document, before this one, with its consecutive number."""
        taken = self._database.first(
            "SELECT 1 FROM cr_documents WHERE ambiente = ? AND sender = ? AND number = ? AND id < ?",
            (document.ambiente, document.sender, document.number, document.id),
        )
        return taken is not None

    def children(self, ambiente: str, parent: str) -> list[Document]:
        """Return the accepted documents that refer to one, in the order of arrival."""
        return self._all(
            "code IN (SELECT child FROM cr_references WHERE ambiente = ? AND parent = ?) AND ambiente = ? "
            "ORDER BY id",
            (ambiente, parent, ambiente),
        )

    def accepted(self, ambiente: str, sender: str | None, receiver: str | None, owner: str) -> list[Document]:
        """Return the accepted documents of a sender and to a receptor, of those the owner is either of."""
        return self._all(
            "ambiente = ? AND state = ? AND code = clave AND (sender = ? OR receiver = ?) "
            "AND (? IS NULL OR sender = ?) AND (? IS NULL OR receiver = ?) ORDER BY id",
            (ambiente, ACCEPTED, owner, owner, sender, sender, receiver, receiver),
        )

    # Callbacks

    def calling(self) -> list[Document]:
        """Return the judged documents whose sender is still to be called."""
        return self._all("callback IS NOT NULL AND state IN (?, ?, ?) ORDER BY id", (ACCEPTED, REJECTED, FAILED))

    def waits_with_callback(self) -> bool:
        """Tell whether a document waits whose sender wants to be called."""
        row = self._database.first(
            "SELECT 1 FROM cr_documents WHERE callback IS NOT NULL AND state = ? LIMIT 1", (RECEIVED,)
        )
        return row is not None

    def called(self, document: Document, *, done: bool) -> None:
        """Count a call; after the last one there is nobody to be called any more."""
        self._database.run(
            "UPDATE cr_documents SET callback_tries = callback_tries + 1, callback = CASE WHEN ? THEN NULL "
            "ELSE callback END WHERE id = ?",
            (done, document.id),
        )

    def forget(self) -> None:
        """Forget documents and logouts; taxpayers stay."""
        with self.writing():
            for statement in FORGET:
                self._database.run(statement)

    def _one(self, where: str, values: tuple[object, ...]) -> Document | None:
        # Every condition is one of those above; what comes from outside is only ever a value.
        row = self._database.first(SELECT + where, values)
        return None if row is None else Document(*row)

    def _all(self, where: str, values: tuple[object, ...]) -> list[Document]:
        rows = self._database.all(SELECT + where, values)
        return [Document(*row) for row in rows]

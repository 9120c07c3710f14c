"""Reception of documents, one by one, and the query for one.

Checks follow Hacienda's order: token, envelope, signature, envelope against payload, version, schema,
duplicates, data rules, seal (PROTOCOL.md 3.1 and 13).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hacienda.sandbox.clock import Clock
from hacienda.sandbox.settings import Settings
from hacienda.sandbox.store import Stamped, Store
from hacienda.sandbox.wire import dump_json

from . import answers
from .answers import Echo, Refusal
from .arithmetic import payments_differ
from .arrivals import Arrival, inside
from .envelope import (
    UNAUTHORIZED,
    Reply,
    complete,
    echo_of,
    kind_in,
    mismatch,
    not_found,
    owner_of,
    parameters_refused,
    signer_of,
)
from .generations import ALL_KINDS, may_send
from .kinds import SPECIAL_OPERATIONS, Kind, emitter_said, kind_said
from .related import electronic_parents, receiver_identity, reference_fault
from .rules import document_fault
from .schema import schema_faults
from .signature import Jws, verifies
from .taxes import tax_by_permit


@dataclass(frozen=True, slots=True)
class Submission:
    """A signed document as it was handed in, alone or inside a batch.

    `owner` is the token's NIT, `said` what the envelope says of the document's identification, `kind` the type
    under which a rejection is remembered. Terms count at `arrived_at`; the seal is of the echo's time.
    """

    jws: Jws | None
    payload: Any
    owner: str
    said: Mapping[str, Any]
    kind: str | None
    arrived_at: datetime
    received_text: str = answers.RECEIVED_TEXT


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a document was accepted, and what it is answered."""

    accepted: bool
    answer: dict[str, Any]


class Reception:
    """The services for one document. Every method is safe to call from any thread."""

    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings

    def receive(self, arrival: Arrival) -> Reply:
        """Return the acceptance of a document, with its seal, or its rejection."""
        owner, at = owner_of(arrival), self._clock.now()
        if owner is None:
            return UNAUTHORIZED
        if not complete(arrival):
            return parameters_refused(arrival, at)
        fields = arrival.fields or {}
        submission = Submission(
            jws=arrival.jws,
            payload=arrival.payload,
            owner=owner,
            said={name: fields[name] for name in ("ambiente", "version", "tipoDte", "codigoGeneracion")},
            kind=fields["tipoDte"],
            arrived_at=at,
        )
        judged = self.judge(submission, echo_of(arrival, at, fields["codigoGeneracion"]))
        return Reply(200 if judged.accepted else 400, judged.answer)

    def judge(self, submission: Submission, echo: Echo) -> Judgement:
        """Accept or reject a signed document; an acceptance, and a rejection of what was signed, is remembered."""
        signer = signer_of(submission.payload, submission.owner)
        if not verifies(submission.jws, self._store.public_key(signer, echo.ambiente)):
            return Judgement(False, answers.signature_refused(echo))
        rejection = self._before_rules(submission, echo)
        if rejection is not None:
            self.remember_rejection(echo, submission.owner, submission.kind, rejection)
            return Judgement(False, rejection)
        return self._decide(submission, echo)

    def remember_rejection(self, echo: Echo, nit: str, kind: str | None, answer: dict[str, Any]) -> None:
        """Keep a rejection for the query, unless nothing says which document it is of."""
        if echo.code is not None and kind is not None:
            self._store.reject(echo.ambiente, echo.code, nit, kind, dump_json(answer))

    def _before_rules(self, submission: Submission, echo: Echo) -> dict[str, Any] | None:
        """Return the rejection of a payload that is not JSON, not its envelope's, or not of its form."""
        payload = submission.payload
        if not isinstance(payload, dict):
            return answers.rejected(echo, "098", answers.NOT_JSON_TEXT, "99", [])
        contradiction = mismatch(payload, submission.said)
        if contradiction is not None:
            return answers.refused(echo, contradiction)
        code, version = kind_in(payload), inside(payload, "identificacion", "version")
        # A list or an object cannot be looked up; a true is no version although Python takes it for 1.
        kind = ALL_KINDS.get((code, version)) if isinstance(code, str) and type(version) is int else None
        if kind is None or not self._may_send(kind, submission.owner, echo.ambiente):
            known_type = any(code == known for known, _ in ALL_KINDS)
            field = "version" if known_type else "tipoDte"
            return answers.schema_refused(echo, [f"Campo #/identificacion/{field} contiene un valor inválido"])
        faults = schema_faults(kind.form, payload)
        return answers.schema_refused(echo, faults) if faults else None

    def _may_send(self, kind: Kind, nit: str, ambiente: str) -> bool:
        return may_send(nit, ambiente, kind.code, kind.version, store=self._store, settings=self._settings)

    def _decide(self, submission: Submission, echo: Echo) -> Judgement:
        """Accept or reject a document that fits its form; nobody else decides meanwhile."""
        document, at = submission.payload, submission.arrived_at
        kind = _kind_of(document)
        read = kind.read(document)
        broken = document_fault(read, kind, at=at, threshold=self._settings.receiver_threshold)
        with self._store.writing():
            refusal = self._duplicate(document, echo.ambiente) or _foreign(document, submission.owner)
            refusal = refusal or self._unauthorized(read, kind, submission.owner, echo.ambiente) or broken
            refusal = refusal or reference_fault(read, kind, self._store, at=at)
            if refusal is None:
                return Judgement(True, self._seal(submission, echo))
            answer = answers.refused(echo, kind.own(refusal))
            self.remember_rejection(echo, emitter_said(document), kind.code, answer)
        return Judgement(False, answer)

    def _duplicate(self, document: dict[str, Any], ambiente: str) -> Refusal | None:
        """Return 004 when an accepted document has the code, or the number in the same year."""
        identification = document["identificacion"]
        if self._store.document(ambiente, identification["codigoGeneracion"]) is not None:
            return Refusal("004", "identificacion.codigoGeneracion")
        if "numeroControl" not in identification:
            return None
        taken = self._store.number_taken(
            ambiente,
            emitter_said(document),
            identification["tipoDte"],
            identification["numeroControl"],
            identification["fecEmi"][:4],
        )
        return Refusal("004", "identificacion.numeroControl") if taken else None

    def _unauthorized(self, read: Mapping[str, Any], kind: Kind, nit: str, ambiente: str) -> Refusal | None:
        """Return 095 when the type, or a tax of its lines, is only for whom Hacienda permits it, and this is none."""
        if kind.code == SPECIAL_OPERATIONS and not self._store.operates_specially(nit, ambiente):
            return Refusal("095", "emisor.nit")
        taxed = tax_by_permit(read, kind)
        return Refusal("095", taxed) if taxed and not self._store.taxes_exports(nit, ambiente) else None

    def _seal(self, submission: Submission, echo: Echo) -> dict[str, Any]:
        document, identification = submission.payload, submission.payload["identificacion"]
        stamp = answers.new_stamp(echo.at)
        kind = _kind_of(document)
        read = kind.read(document)
        warnings = [answers.PAYMENTS_DIFFER] if payments_differ(read, kind) else []
        answer = answers.accepted(echo, stamp, warnings, text=submission.received_text)
        accepted = Stamped(
            ambiente=echo.ambiente,
            code=identification["codigoGeneracion"],
            nit=emitter_said(document),
            kind=kind.code,
            number=identification.get("numeroControl"),
            issued_on=identification["fecEmi"],
            stamp=stamp,
            stamped_on=echo.at.date().isoformat(),
            receiver=receiver_identity(document),
            payload=submission.jws.payload.decode("utf-8") if submission.jws else "",
            answer=dump_json(answer),
        )
        self._store.accept(accepted, electronic_parents(read, kind))
        return answer

    def query(self, arrival: Arrival) -> Reply:
        """Return the stored answer of a document; an accepted one stays PROCESADO when it is invalidated.

        The reference does not say what a query tells of an invalidated document: its seal stays valid as a
        seal, and the state for everybody is on the public page.
        """
        owner = owner_of(arrival)
        if owner is None:
            return UNAUTHORIZED
        if not complete(arrival):
            return parameters_refused(arrival, self._clock.now())
        fields = arrival.fields or {}
        key = fields["nitEmisor"], fields["tdte"], fields["codigoGeneracion"]
        # Nobody learns about another taxpayer's documents: to him they are unknown.
        own = owner == fields["nitEmisor"]
        document = self._store.document_of(*key) if own else None
        if document is not None:
            answer = json.loads(document.answer)
            return Reply(200, answer | {"observaciones": answer["observaciones"] or ["", ""]})
        event = self._store.event_answer(fields["nitEmisor"], fields["codigoGeneracion"]) if own else None
        if event is not None:
            # Whether the real service finds events is not recorded; a client must cope with either.
            return Reply(200, json.loads(event))
        rejection = self._store.rejection_of(*key) if own else None
        if rejection is not None:
            return Reply(400, json.loads(rejection))
        return self._unknown(arrival, fields["codigoGeneracion"])

    def _unknown(self, arrival: Arrival, code: str) -> Reply:
        echo = echo_of(arrival, self._clock.now(), code)
        answer = answers.refused(echo, Refusal("014", "codigoGeneracion"))
        match self._settings.unknown_document:
            case "014":
                return Reply(400, answer)
            case "null":
                empty = dict.fromkeys(("estado", "clasificaMsg", "codigoMsg", "descripcionMsg"))
                return Reply(200, answer | empty)
            case _:
                return not_found(arrival)


def _kind_of(document: dict[str, Any]) -> Kind:
    identification = document["identificacion"]
    return ALL_KINDS[kind_said(identification), identification["version"]]


def _foreign(document: dict[str, Any], owner: str) -> Refusal | None:
    """Return 008 when the document is another taxpayer's than the token."""
    return None if emitter_said(document) == owner else Refusal("008", "emisor.nit")

"""The four services played so far: login, reception of one document, query of one, invalidation.

Checks follow Hacienda's order: token, envelope, signature, envelope against payload, version, schema,
duplicates, data rules, seal (PROTOCOL.md 3.1 and 13).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hacienda.sandbox.clock import Clock
from hacienda.sandbox.settings import Settings
from hacienda.sandbox.store import Event, Stamped, Store
from hacienda.sandbox.tokens import TokenMint
from hacienda.sandbox.wire import dump_json

from . import answers
from .answers import Echo, Refusal
from .arithmetic import payments_differ
from .arrivals import Arrival
from .forms import INVALIDATION_FORMS
from .invalidation import invalidation_fault
from .kinds import KINDS
from .related import electronic_parents, receiver_identity, reference_fault
from .rules import document_fault
from .schema import schema_faults
from .signature import verifies

ENVIRONMENTS = ("00", "01")
UNPROCESSED = "099"
UNPROCESSED_TEXT = "ERROR NO CATALOGADO"
ENVELOPES: dict[str, dict[str, type]] = {
    "recepciondte": {
        "ambiente": str,
        "idEnvio": int,
        "version": int,
        "tipoDte": str,
        "documento": str,
        "codigoGeneracion": str,
    },
    "anulardte": {"ambiente": str, "idEnvio": int, "version": int, "documento": str},
    "consultadte": {"nitEmisor": str, "tdte": str, "codigoGeneracion": str},
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a service answers: HTTP status and JSON body."""

    status: int
    body: dict[str, Any]


UNAUTHORIZED = Reply(401, {})


def _envelope_complete(arrival: Arrival) -> bool:
    """Tell whether every field of the service's envelope is there with its type (True is no integer)."""
    fields = arrival.fields or {}
    return all(type(fields.get(name)) is kind for name, kind in ENVELOPES[arrival.service].items())


def _mismatch(arrival: Arrival, names: tuple[str, ...]) -> Refusal | None:
    """Return the first envelope field that the signed payload contradicts."""
    identification = arrival.payload.get("identificacion") if isinstance(arrival.payload, dict) else None
    inside = identification if isinstance(identification, dict) else {}
    for name in names:
        if inside.get(name) != (arrival.fields or {})[name]:
            return Refusal("007", f"identificacion.{name}")
    return None


class Services:
    """Hacienda's services over the sandbox's memory. Every method is safe to call from any thread."""

    def __init__(self, store: Store, mint: TokenMint, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._mint = mint
        self._clock = clock
        self._settings = settings
        self._served: dict[str, Callable[[Arrival], Reply]] = {
            "auth": self.log_in,
            "recepciondte": self.receive,
            "consultadte": self.query,
            "anulardte": self.invalidate,
        }

    def serve(self, arrival: Arrival) -> Reply:
        """Return the answer of the service that the request is for."""
        served = self._served.get(arrival.service)
        if served is None:
            return Reply(404, {"status": 404, "error": "Not Found", "path": arrival.request.path})
        return served(arrival)

    def _admitted(self, arrival: Arrival) -> bool:
        return arrival.bearer is not None and not arrival.bearer.expired

    def _echo(self, arrival: Arrival, code: Any = None) -> Echo:
        said = (arrival.fields or {}).get("ambiente")
        ambiente = said if said in ENVIRONMENTS else ENVIRONMENTS[0]
        return Echo(ambiente, code if isinstance(code, str) else None, self._clock.now())

    # Login

    def log_in(self, arrival: Arrival) -> Reply:
        """Return a token for the right user and password; 200 with status ERROR otherwise.

        A body that is not a form gets the same error with 400: the reference is silent about it.
        """
        if arrival.fields is None:
            return Reply(400, self._login_error())
        user, password = arrival.fields.get("user", ""), arrival.fields.get("pwd", "")
        if not self._store.knows_password(user, password):
            return Reply(200, self._login_error())
        role: dict[str, str | None] = {"nombre": "Usuario", "codigo": "ROLE_USER"}
        role |= dict.fromkeys(("descripcion", "rolSuperior", "nivel", "activo", "permisos"))
        token = self._mint.issue(user, self._clock.now())
        body = {"user": user, "token": token, "rol": role, "roles": ["ROLE_USER"], "tokenType": "Bearer"}
        return Reply(200, {"status": "OK", "body": body})

    def _login_error(self) -> dict[str, Any]:
        if self._settings.credentials_error == "101":
            message = {"codigoMsg": "101", "descripcionMsg": "ERROR CONTACTAR CON SOPORTE TÉCNICO"}
            return {"status": "ERROR", "body": message}
        return {"status": "ERROR", "error": "Unauthorized", "message": "Usuario no valido"}

    # Reception of one document

    def receive(self, arrival: Arrival) -> Reply:
        """Return the acceptance of a document, with its seal, or its rejection."""
        if not self._admitted(arrival):
            return UNAUTHORIZED
        if not _envelope_complete(arrival):
            return Reply(400, answers.parameters_refused(self._echo(arrival)))
        fields = arrival.fields or {}
        echo = self._echo(arrival, fields["codigoGeneracion"])
        if not self._signed(arrival):
            return Reply(400, answers.signature_refused(echo))
        mismatch = _mismatch(arrival, ("ambiente", "version", "tipoDte", "codigoGeneracion"))
        rejection = self._before_rules(arrival, echo, mismatch)
        if rejection is None:
            return self._decide(arrival, echo)
        self._store.reject(echo.ambiente, echo.code or "", arrival.nit or "", fields["tipoDte"], dump_json(rejection))
        return Reply(400, rejection)

    def _signed(self, arrival: Arrival) -> bool:
        """Tell whether the key registered for the payload's NIT made the signature.

        A payload without a NIT is measured by the token's, so that its schema faults can be told.
        """
        if arrival.jws is None or arrival.bearer is None:
            return False
        payload = arrival.payload if isinstance(arrival.payload, dict) else {}
        emitter = payload.get("emisor")
        nit = emitter.get("nit") if isinstance(emitter, dict) else None
        owner = nit if isinstance(nit, str) else arrival.bearer.nit
        return verifies(arrival.jws, self._store.public_key(owner, (arrival.fields or {})["ambiente"]))

    def _before_rules(self, arrival: Arrival, echo: Echo, mismatch: Refusal | None) -> dict[str, Any] | None:
        """Return the rejection of a payload that is not JSON, not its envelope's, or not of its form."""
        fields = arrival.fields or {}
        if not isinstance(arrival.payload, dict):
            return answers.rejected(echo, "098", answers.NOT_JSON_TEXT, "99", [])
        if mismatch is not None:
            return answers.refused(echo, mismatch)
        kind = KINDS.get((fields["tipoDte"], fields["version"]))
        refused_version = f"{fields['tipoDte']}:{fields['version']}" in self._settings.refused_versions
        if kind is None or refused_version:
            known_type = any(fields["tipoDte"] == code for code, _ in KINDS)
            field = "version" if known_type else "tipoDte"
            return answers.schema_refused(echo, [f"Campo #/identificacion/{field} contiene un valor inválido"])
        faults = schema_faults(kind.form, arrival.payload)
        return answers.schema_refused(echo, faults) if faults else None

    def _decide(self, arrival: Arrival, echo: Echo) -> Reply:
        """Accept or reject a document that fits its form; nobody else decides meanwhile."""
        document = arrival.payload
        kind = KINDS[document["identificacion"]["tipoDte"], document["identificacion"]["version"]]
        broken = document_fault(document, kind, at=echo.at, threshold=self._settings.receiver_threshold)
        with self._store.writing():
            refusal = self._duplicate(document, echo.ambiente) or self._foreign(arrival) or broken
            refusal = refusal or reference_fault(document, self._store)
            if refusal is None:
                return Reply(200, self._seal(arrival, echo))
            answer = answers.refused(echo, refusal)
            self._store.reject(
                echo.ambiente, echo.code or "", document["emisor"]["nit"], kind.code, dump_json(answer)
            )
        return Reply(400, answer)

    def _duplicate(self, document: dict[str, Any], ambiente: str) -> Refusal | None:
        """Return 004 when an accepted document has the code, or the number in the same year."""
        identification = document["identificacion"]
        if self._store.document(ambiente, identification["codigoGeneracion"]) is not None:
            return Refusal("004", "identificacion.codigoGeneracion")
        taken = self._store.number_taken(
            ambiente,
            document["emisor"]["nit"],
            identification["tipoDte"],
            identification["numeroControl"],
            identification["fecEmi"][:4],
        )
        return Refusal("004", "identificacion.numeroControl") if taken else None

    def _foreign(self, arrival: Arrival) -> Refusal | None:
        """Return 008 when the document is another taxpayer's than the token."""
        if arrival.bearer is not None and arrival.payload["emisor"]["nit"] == arrival.bearer.nit:
            return None
        return Refusal("008", "emisor.nit")

    def _seal(self, arrival: Arrival, echo: Echo) -> dict[str, Any]:
        document, identification = arrival.payload, arrival.payload["identificacion"]
        stamp = answers.new_stamp(echo.at)
        warnings = [answers.PAYMENTS_DIFFER] if payments_differ(document["resumen"]) else []
        answer = answers.accepted(echo, stamp, warnings)
        accepted = Stamped(
            ambiente=echo.ambiente,
            code=identification["codigoGeneracion"],
            nit=document["emisor"]["nit"],
            kind=identification["tipoDte"],
            number=identification["numeroControl"],
            issued_on=identification["fecEmi"],
            stamp=stamp,
            stamped_on=echo.at.date().isoformat(),
            receiver=receiver_identity(document),
            payload=arrival.jws.payload.decode("utf-8") if arrival.jws else "",
            answer=dump_json(answer),
        )
        self._store.accept(accepted, electronic_parents(document))
        return answer

    # Query of one document

    def query(self, arrival: Arrival) -> Reply:
        """Return the stored answer of a document; an accepted one stays PROCESADO when it is invalidated.

        The reference does not say what a query tells of an invalidated document: its seal stays valid as a
        seal, and the state for everybody is on the public page.
        """
        if not self._admitted(arrival):
            return UNAUTHORIZED
        if not _envelope_complete(arrival):
            return Reply(400, answers.parameters_refused(self._echo(arrival)))
        fields = arrival.fields or {}
        key = fields["nitEmisor"], fields["tdte"], fields["codigoGeneracion"]
        # Nobody learns about another taxpayer's documents: to him they are unknown.
        own = arrival.bearer is not None and arrival.bearer.nit == fields["nitEmisor"]
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
        echo = self._echo(arrival, code)
        answer = answers.refused(echo, Refusal("014", "codigoGeneracion"))
        match self._settings.unknown_document:
            case "014":
                return Reply(400, answer)
            case "null":
                empty = dict.fromkeys(("estado", "clasificaMsg", "codigoMsg", "descripcionMsg"))
                return Reply(200, answer | empty)
            case _:
                return Reply(404, {"status": 404, "error": "Not Found", "path": arrival.request.path})

    # Invalidation

    def invalidate(self, arrival: Arrival) -> Reply:
        """Return the acceptance of an invalidation event, with the event's own seal, or its rejection."""
        if not self._admitted(arrival):
            return UNAUTHORIZED
        if not _envelope_complete(arrival):
            return Reply(400, answers.as_event(answers.parameters_refused(self._echo(arrival))))
        payload = arrival.payload if isinstance(arrival.payload, dict) else {}
        identification = payload.get("identificacion")
        code = identification.get("codigoGeneracion") if isinstance(identification, dict) else None
        echo = self._echo(arrival, code)
        if not self._signed(arrival):
            return Reply(400, answers.as_event(answers.signature_refused(echo)))
        rejection = self._event_form_rejection(arrival, echo)
        if rejection is not None:
            return Reply(400, answers.as_event(rejection))
        with self._store.writing():
            refusal = self._event_refusal(arrival, echo)
            if refusal is not None:
                return Reply(400, answers.as_event(answers.refused(echo, refusal)))
            answer = answers.as_event(answers.accepted(echo, answers.new_stamp(echo.at)))
            event = Event(
                ambiente=echo.ambiente,
                code=payload["identificacion"]["codigoGeneracion"],
                service=arrival.service,
                nit=payload["emisor"]["nit"],
                stamp=answer["selloRecibido"],
                payload=arrival.jws.payload.decode("utf-8") if arrival.jws else "",
                answer=dump_json(answer),
            )
            self._store.invalidate(
                echo.ambiente, payload["documento"]["codigoGeneracion"], echo.at.isoformat(), event
            )
        return Reply(200, answer)

    def _event_form_rejection(self, arrival: Arrival, echo: Echo) -> dict[str, Any] | None:
        if not isinstance(arrival.payload, dict):
            return answers.rejected(echo, "098", answers.NOT_JSON_TEXT, "99", [])
        mismatch = _mismatch(arrival, ("ambiente", "version"))
        if mismatch is not None:
            return answers.refused(echo, mismatch)
        form = INVALIDATION_FORMS.get((arrival.fields or {})["version"])
        if form is None:
            return answers.schema_refused(echo, ["Campo #/identificacion/version contiene un valor inválido"])
        faults = schema_faults(form, arrival.payload)
        return answers.schema_refused(echo, faults) if faults else None

    def _event_refusal(self, arrival: Arrival, echo: Echo) -> Refusal | None:
        code = arrival.payload["identificacion"]["codigoGeneracion"]
        known = self._store.event_known(echo.ambiente, code) or self._store.document(echo.ambiente, code)
        if known:
            return Refusal("004", "identificacion.codigoGeneracion")
        return self._foreign(arrival) or invalidation_fault(arrival.payload, self._store, at=echo.at)

    # A rejection ordered by a fault

    def reject(self, arrival: Arrival, code: str | None, message: str | None) -> Reply:
        """Return the rejection that a fault orders, in the service's own shape; nothing is accepted."""
        chosen, text = code or UNPROCESSED, message or UNPROCESSED_TEXT
        if arrival.service == "auth":
            body = {"codigoMsg": chosen, "descripcionMsg": text}
            return Reply(200, {"status": "ERROR", "body": body})
        if arrival.service == "contingencia":
            body = {"estado": "RECHAZADO", "fechaHora": answers.moment(self._clock.now())}
            nothing = {"mensaje": text, "selloRecibido": None, "observaciones": [text]}
            return Reply(400, body | nothing)
        echo = self._echo(arrival, arrival.generation_code)
        answer = answers.rejected(echo, chosen, text, "99", [])
        if arrival.service == "anulardte":
            return Reply(400, answers.as_event(answer))
        fields = arrival.fields or {}
        if arrival.service == "recepciondte" and _envelope_complete(arrival):
            self._store.reject(
                echo.ambiente,
                fields["codigoGeneracion"],
                arrival.nit or "",
                fields["tipoDte"],
                dump_json(answer),
            )
        return Reply(400, answer)

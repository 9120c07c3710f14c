"""The reception: documents are taken at once, judged a little later, and asked for by their key.

No thread judges them unless somebody wants to be called. What is due is judged by the next request that could see
the difference, in the order of arrival and as of the moment it was due.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from hacienda.sandbox.clock import Clock
from hacienda.sandbox.counters import Answer
from hacienda.sandbox.settings import Settings
from hacienda.sandbox.wire import Response, dump_json, json_response

from . import memory
from .arrivals import DOCUMENTS, RECEPTION, Arrival
from .envelope import Envelope, Refused, open_envelope
from .idp import Bearer
from .judge import Judge
from .memory import Document, Memory
from .summaries import summaries, summary

API, ANNEX = "api", "annex"
RATE_LIMIT = "300"
CAUSE = "X-Error-Cause"
STATES = {memory.ACCEPTED: "aceptado", memory.REJECTED: "rechazado", memory.FAILED: "error"}
TAKEN, WORKING = "recibido", "procesando"


def refusal(status: int, cause: str) -> Answer:
    """Return an answer without a body, whose cause is in a header."""
    return Answer(Response(status, headers=((CAUSE, cause),)), dump_json({"status": status, "cause": cause}))


def answered(status: int, body: Any, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """Return an answer in JSON."""
    return Answer(json_response(status, body, headers), dump_json(body))


class Reception:
    """The reception and its queries. Every method is safe to call from any thread."""

    def __init__(self, kept: Memory, judge: Judge, clock: Clock, settings: Settings) -> None:
        self._memory = kept
        self._judge = judge
        self._clock = clock
        self._settings = settings

    # Taking documents

    def receive(self, arrival: Arrival, order: dict[str, str | None] | None = None) -> Answer:
        """Return the answer to a document: 202 when it was taken. `order` is what a fault wants of it."""
        if arrival.bearer is None:
            return unauthorized()
        self.work_off()
        try:
            envelope = open_envelope(arrival, arrival.bearer.tax_id)
        except Refused as refused:
            return refusal(refused.status, refused.cause)
        if not self._memory.receive(self._arrived(arrival, arrival.bearer, envelope, order)):
            return refusal(400, f"El comprobante [{envelope.code}] ya fue recibido anteriormente.")
        host = arrival.request.headers.get("host", "")
        location = f"http://{host}{RECEPTION}/{envelope.code}"
        return Answer(
            Response(202, headers=(("Location", location),)), dump_json({"status": 202, "location": location})
        )

    def _arrived(
        self, arrival: Arrival, bearer: Bearer, envelope: Envelope, order: dict[str, str | None] | None
    ) -> Document:
        said = {name: value for name, value in arrival.body.items() if name != "comprobanteXml"}
        return Document(
            id=0,
            ambiente=bearer.ambiente,
            code=envelope.code,
            clave=envelope.clave.text,
            kind=envelope.kind.code if envelope.kind else envelope.clave.kind_code,
            number=envelope.number,
            sender=envelope.sender.zfill(12),
            dated=said["fecha"],
            envelope=dump_json(said),
            payload=envelope.payload,
            arrived_at=self._clock.now().isoformat(),
            state=memory.RECEIVED,
            ordered=None if order is None else dump_json(order),
            callback=envelope.callback,
        )

    def work_off(self) -> None:
        """Judge what is due, in the order of arrival."""
        now = self._clock.now()
        while self._due(now) is not None:
            with self._memory.writing():
                # Asked again: another request may have judged it before this one held the writer's lock.
                document = self._due(now)
                if document is not None:
                    self._judge.settle(document, min(self._due_at(document), now))

    def _due_at(self, document: Document) -> datetime:
        return datetime.fromisoformat(document.arrived_at) + timedelta(seconds=self._settings.judgement_seconds)

    def _due(self, now: datetime) -> Document | None:
        document = self._memory.first_waiting()
        if document is None:
            return None
        arrived = datetime.fromisoformat(document.arrived_at)
        # What arrived in the future came before the clock was set back: it does not wait for as long.
        return document if self._due_at(document) <= now or arrived > now else None

    # Being asked

    def query(self, arrival: Arrival, order: dict[str, str | None] | None = None) -> Answer:
        """Return what became of a document, or the documents that were accepted."""
        if arrival.bearer is None:
            return unauthorized()
        self.work_off()
        path = arrival.request.path
        if path == DOCUMENTS:
            return summaries(self._memory, arrival.bearer, arrival.request)
        if path.startswith(f"{DOCUMENTS}/"):
            return summary(self._memory, arrival.bearer, path.rpartition("/")[2])
        document = self._memory.document(arrival.bearer.ambiente, path.rpartition("/")[2])
        if document is None or not self._is_known(document):
            return refusal(404, f"El comprobante [{arrival.generation_code}] no ha sido recibido.")
        if arrival.bearer.tax_id.zfill(12) not in _parties(document):
            return refusal(403, "El usuario no está autorizado para consultar el comprobante indicado.")
        return self._state(document, order)

    def _is_known(self, document: Document) -> bool:
        known = datetime.fromisoformat(document.arrived_at) + timedelta(seconds=self._settings.unknown_seconds)
        return document.state != memory.RECEIVED or self._clock.now() >= known

    def _state(self, document: Document, order: dict[str, str | None] | None) -> Answer:
        match (order or {}).get("order"):
            case "stuck":
                return answered(200, _told(document, WORKING))
            case "error":
                return answered(200, _told(document, "error"))
            case "reject" | "notice" if document.state == memory.RECEIVED:
                self._memory.order(document, dump_json(order))
                document = self._judged_now(document)
        return answered(200, self._content(document))

    def _judged_now(self, document: Document) -> Document:
        with self._memory.writing():
            waiting = self._memory.document(document.ambiente, document.code)
            if waiting is not None and waiting.state == memory.RECEIVED:
                self._judge.settle(waiting, self._clock.now())
        return self._memory.document(document.ambiente, document.code) or document

    def _content(self, document: Document) -> dict[str, str]:
        state = STATES.get(document.state) or (WORKING if self._is_worked_on(document) else TAKEN)
        body = _told(document, state)
        if document.answer is not None:
            body["respuesta-xml"] = base64.b64encode(document.answer.encode("utf-8")).decode("ascii")
        return body

    def _is_worked_on(self, document: Document) -> bool:
        """Tell whether half of the time until the judgement is over."""
        half = timedelta(seconds=self._settings.judgement_seconds / 2)
        since = datetime.fromisoformat(document.arrived_at) + half
        return document.state == memory.STUCK or self._clock.now() >= since

    def called_with(self, document: Document) -> bytes:
        """Return what a callback is sent: a query's answer, or the same under the annex's names."""
        body = self._content(document)
        if self._settings.callback_spelling == ANNEX:
            spelled = {"clave": body["clave"], "fecha": body["fecha"], "indEstado": body["ind-estado"].upper()}
            if "respuesta-xml" in body:
                spelled["respuestaXml"] = body["respuesta-xml"]
            body = spelled
        return dump_json(body).encode("utf-8")


def unauthorized() -> Answer:
    """Return the answer to a request without a token that is taken."""
    return refusal(401, "Unauthorized")


def throttled() -> Answer:
    """Return the answer to one request too many, with the limits of a minute."""
    headers = (("X-Ratelimit-Limit", RATE_LIMIT), ("X-Ratelimit-Remaining", "0"), ("X-Ratelimit-Reset", "1"))
    return Answer(Response(429, headers=headers), dump_json({"status": 429}))


def _told(document: Document, state: str) -> dict[str, str]:
    return {"clave": document.clave, "fecha": document.dated, "ind-estado": state}


def _parties(document: Document) -> Iterator[str]:
    """Yield the tax ids, filled with zeros, of who may ask for a document."""
    yield document.sender
    if document.receiver is not None:
        yield document.receiver
    said = json.loads(document.envelope)
    for name in ("emisor", "receptor"):
        if name in said:
            yield said[name]["numeroIdentificacion"].zfill(12)

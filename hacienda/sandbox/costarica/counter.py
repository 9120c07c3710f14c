"""Costa Rica's Hacienda as the sandbox's desk sees it: the login, the reception, the queries."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from lxml import etree

from hacienda.sandbox.clock import Clock
from hacienda.sandbox.counters import Answer
from hacienda.sandbox.database import Database
from hacienda.sandbox.settings import Settings
from hacienda.sandbox.wire import Request, Response, dump_json, json_response

from .arrivals import DOCUMENTS, LOGIN, QUERY, RECEIVE, RECEPTION, Arrival, inside, take_in
from .callbacks import Caller
from .idp import IdentityProvider, realm_of
from .judge import Judge
from .memory import Memory
from .reception import Reception, throttled, unauthorized
from .registration import register
from .seal import Seal
from .structure import SIGNATURE

# How a fault says that the seal is to be there and wrong, where it is otherwise left out.
TAMPERED = "tampered"
QUERY_PATH = re.compile(rf"(?:{RECEPTION}/[^/]+|{DOCUMENTS}(?:/[^/]+)?)")


class CostaRica:
    """Costa Rica's counter. `seal` is made when it is first needed."""

    def __init__(self, database: Database, data_dir: Path, secret: bytes, clock: Clock, settings: Settings) -> None:
        self._clock = clock
        self.memory = Memory(database, secret)
        self._idp = IdentityProvider(self.memory, secret)
        self.seal = Seal(data_dir)
        self._reception = Reception(self.memory, Judge(self.memory, self.seal), clock, settings)
        self._caller = Caller(self.memory, self._reception.work_off, self._reception.called_with)
        if self.memory.waits_with_callback() or self.memory.calling():
            self._caller.wake()

    def service_of(self, request: Request) -> str | None:
        """Return the name of the service that a request is for, or None."""
        match request.method:
            case "POST" if request.path == RECEPTION:
                return RECEIVE
            case "POST" if realm_of(request) is not None:
                return LOGIN
            case "GET" if QUERY_PATH.fullmatch(request.path):
                return QUERY
        return None

    def page(self, request: Request) -> Response | None:
        """Return what a known path answers to another method."""
        if request.path == RECEPTION or realm_of(request) is not None or QUERY_PATH.fullmatch(request.path):
            return json_response(405, {"status": 405, "error": "Method Not Allowed", "path": request.path})
        return None

    def take_in(self, service: str, request: Request, at: datetime) -> Arrival:
        """Return the request taken apart."""
        bearer = None if service == LOGIN else self._idp.bearer(request, at)
        return take_in(service, request, bearer, self.memory)

    def with_orders(self, arrival: Arrival, ordered: Mapping[int, tuple[str | None, str | None]]) -> Arrival:
        """Return the arrival: there are no batches here."""
        return arrival

    def serve(self, arrival: Arrival) -> Answer:
        """Return the answer of the service."""
        return self._served(arrival, None)

    def obey(self, arrival: Arrival, order: str, code: str | None, message: str | None) -> Answer:
        """Return the answer to a request about which there is an order.

        A document posted is taken, and judged as ordered; one that is asked for is answered as ordered, and judged
        so where it waits still. A login that is rejected is one with a wrong password.
        """
        if arrival.service == LOGIN:
            body = {"error": code or "invalid_grant", "error_description": message or "Invalid user credentials"}
            return Answer(json_response(401, body), dump_json(body))
        return self._served(arrival, {"order": order, "code": code, "message": message})

    def _served(self, arrival: Arrival, order: dict[str, str | None] | None) -> Answer:
        match arrival.service:
            case "idp":
                return self._idp.answer(arrival.request, self._clock.now())
            case "recepcion":
                answer = self._reception.receive(arrival, order)
                if inside(arrival.body, "callbackUrl"):
                    self._caller.wake()
                return answer
            case _:
                return self._reception.query(arrival, order)

    def unsealed(self, answer: Answer, code: str | None) -> Response:
        """Return a final answer whose message has no seal, or, when the fault's code says so, one that is wrong."""
        body = json.loads(answer.logged)
        if not isinstance(body, dict) or "respuesta-xml" not in body:
            return answer.response
        root = etree.fromstring(base64.b64decode(body["respuesta-xml"]))
        if code == TAMPERED:
            total = root.find("{*}TotalFactura")
            if total is not None:
                total.text = f"1{total.text}"
        else:
            for signature in root.findall(SIGNATURE):
                root.remove(signature)
        raw = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
        body["respuesta-xml"] = base64.b64encode(raw).decode("ascii")
        return json_response(answer.response.status, body)

    def unauthorized(self) -> Answer:
        """Return what a token that is not taken gets."""
        return unauthorized()

    def throttled(self) -> Answer:
        """Return what one request too many gets."""
        return throttled()

    def stop(self) -> None:
        """Make no more calls."""
        self._caller.stop()

    # Control

    def register(self, values: dict[str, object]) -> dict[str, object]:
        """Register a taxpayer as a control request describes it, and return how it is shown."""
        return register(self.memory, values)

    def certificate(self, _: Request) -> Response:
        """Return the certificate of the seal, DER in base64: what a client must pin."""
        return json_response(200, {"certificate": base64.b64encode(self.seal.certificate()).decode("ascii")})

"""El Salvador's Hacienda as the sandbox's desk sees it: paths, and answers in JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from hacienda.sandbox.counters import Answer
from hacienda.sandbox.tokens import TokenMint
from hacienda.sandbox.wire import Request, Response, dump_json, json_response

from .answers import without_seal
from .arrivals import Arrival, take_in
from .envelope import Reply
from .public_page import PATH as PUBLIC_PAGE
from .services import Services

ROUTES = {
    ("POST", "/seguridad/auth"): "auth",
    ("POST", "/fesv/recepciondte"): "recepciondte",
    ("POST", "/fesv/recepcionlote"): "recepcionlote",
    ("POST", "/fesv/recepcion/consultadte"): "consultadte",
    ("POST", "/fesv/contingencia"): "contingencia",
    ("POST", "/fesv/anulardte"): "anulardte",
}
BATCH_QUERY = "/fesv/recepcion/consultadtelote/"
RETRY_AFTER_SECONDS = "1"


def _answer(reply: Reply, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    return Answer(json_response(reply.status, reply.body, headers), dump_json(reply.body))


class ElSalvador:
    """El Salvador's counter."""

    def __init__(self, services: Services, mint: TokenMint) -> None:
        self._services = services
        self._mint = mint

    def service_of(self, request: Request) -> str | None:
        """Return the name of the service that a request is for, or None."""
        is_batch_query = request.method == "GET" and request.path.startswith(BATCH_QUERY)
        return "consultadtelote" if is_batch_query else ROUTES.get((request.method, request.path))

    def page(self, request: Request) -> Response | None:
        """Return the public page, or what a known path answers to another method."""
        if request.method == "GET" and request.path == PUBLIC_PAGE:
            return self._services.public_page(request)
        if any(request.path == path for _, path in ROUTES):
            return json_response(405, {"status": 405, "error": "Method Not Allowed", "path": request.path})
        return None

    def take_in(self, service: str, request: Request, at: datetime) -> Arrival:
        """Return the request taken apart."""
        return take_in(service, request, self._mint.read(request.headers.get("authorization", ""), at))

    def with_orders(self, arrival: Arrival, ordered: Mapping[int, tuple[str | None, str | None]]) -> Arrival:
        """Return a batch's arrival with the rejections ordered inside it."""
        return replace(arrival, ordered=ordered)

    def serve(self, arrival: Arrival) -> Answer:
        """Return the answer of the service."""
        return _answer(self._services.serve(arrival))

    def obey(self, arrival: Arrival, order: str, code: str | None, message: str | None) -> Answer:
        """Return the rejection ordered: this Hacienda, which answers at once, knows no other order."""
        return _answer(self._services.reject(arrival, code, message))

    def unsealed(self, answer: Answer, code: str | None) -> Response:
        """Return the answer without its seal."""
        return json_response(answer.response.status, without_seal(json.loads(answer.logged)))

    def unauthorized(self) -> Answer:
        """Return what a token that is not taken gets."""
        return _answer(Reply(401, {}))

    def throttled(self) -> Answer:
        """Return what one request too many gets."""
        return _answer(Reply(429, {}), (("Retry-After", RETRY_AFTER_SECONDS),))

    def stop(self) -> None:
        """Do nothing: it answers and does nothing else."""

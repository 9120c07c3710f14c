"""A request to Costa Rica's Hacienda taken apart: for the log, the faults, and the services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hacienda.sandbox.wire import MalformedError, Request, read_json

from .idp import Bearer, form_of
from .memory import Memory

RECEPTION = "/recepcion/v1/recepcion"
DOCUMENTS = "/recepcion/v1/comprobantes"
LOGIN, RECEIVE, QUERY = "idp", "recepcion", "consulta"
LONGEST_LOGGED = 80


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request taken apart. `nit` and `generation_code` are what it says, proven by nothing."""

    service: str
    request: Request
    bearer: Bearer | None
    body: Any
    nit: str | None
    generation_code: str | None
    generation_codes: tuple[str | None, ...] | None = None


def _logged(value: Any) -> str | None:
    return value[:LONGEST_LOGGED] if isinstance(value, str) and value else None


def inside(body: Any, *path: str) -> Any:
    """Return a member of what may be anything, or None."""
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    return body


def code_of(body: Any) -> str | None:
    """Return the code that a posted document is asked for by: its key, with the number of a receptor's message."""
    clave, number = _logged(inside(body, "clave")), _logged(inside(body, "consecutivoReceptor"))
    return f"{clave}-{number}" if clave and number else clave


def take_in(service: str, request: Request, bearer: Bearer | None, kept: Memory) -> Arrival:
    """Return the request taken apart; nothing in it is trusted yet."""
    if service == LOGIN:
        form = form_of(request) or {}
        login = _logged(form.get("username"))
        return Arrival(service, request, None, None, login and (kept.tax_id_of(login) or login), None)
    owner = bearer.tax_id if bearer else None
    if service == QUERY:
        code = _logged(request.path.removeprefix(RECEPTION).removeprefix(DOCUMENTS).strip("/"))
        return Arrival(service, request, bearer, None, owner, code)
    try:
        body = read_json(request.body)
    except MalformedError:
        body = None
    said = _logged(inside(body, "emisor", "numeroIdentificacion"))
    return Arrival(service, request, bearer, body, owner or said, code_of(body))

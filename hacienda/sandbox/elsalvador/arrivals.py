"""What a request says about itself before anything is checked: for the log, the faults and the services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from hacienda.sandbox.tokens import Bearer
from hacienda.sandbox.wire import JSON, MalformedError, Request, read_json

from .kinds import emitter_said
from .signature import Jws, take_apart

FORM = "application/x-www-form-urlencoded"
# A log line keeps no more of a field that claims to be a code or a NIT.
LONGEST_LOGGED = 64


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request taken apart: body fields, token's owner, signed text and its payload where they are found.

    `nit` and `generation_code` are what the request says, proven by nothing; faults and the log go by them.
    `generation_codes` are those of a batch's documents, None where there is no batch; `ordered` are the
    rejections that a fault ordered of some of them, by position: code and message.
    """

    service: str
    request: Request
    fields: dict[str, Any] | None
    bearer: Bearer | None
    jws: Jws | None
    payload: Any
    nit: str | None
    generation_code: str | None
    generation_codes: tuple[str | None, ...] | None = None
    ordered: Mapping[int, tuple[str | None, str | None]] = field(default_factory=dict)


def _logged(value: Any) -> str | None:
    return value[:LONGEST_LOGGED] if isinstance(value, str) and value else None


def inside(payload: Any, part: str, name: str) -> Any:
    """Return a member of a part of a payload that may be anything, or None."""
    section = payload.get(part) if isinstance(payload, dict) else None
    return section.get(name) if isinstance(section, dict) else None


def _fields(service: str, request: Request) -> dict[str, Any] | None:
    """Return the body's fields, or None when it is not of the kind that the service takes."""
    if service == "auth":
        return _form(request)
    if request.media_type() != JSON:
        return None
    try:
        value = read_json(request.body)
    except MalformedError:
        return None
    return value if isinstance(value, dict) else None


def _form(request: Request) -> dict[str, Any] | None:
    if request.media_type() != FORM:
        return None
    try:
        values = parse_qs(request.body.decode("utf-8"), keep_blank_values=True, errors="strict")
    except ValueError:
        return None
    return {name: many[0] for name, many in values.items()}


def payload_of(jws: Jws | None) -> Any:
    """Return the JSON that was signed, or None when there is none to be read."""
    if jws is None:
        return None
    try:
        return read_json(jws.payload)
    except MalformedError:
        return None


def code_in(payload: Any) -> str | None:
    """Return the generation code that a signed document or event says is its own, as far as it is logged."""
    return _logged(inside(payload, "identificacion", "codigoGeneracion"))


def _batch_codes(service: str, said: dict[str, Any]) -> tuple[str | None, ...] | None:
    if service != "recepcionlote":
        return None
    signed = said.get("documentos")
    if not isinstance(signed, list):
        return ()
    return tuple(code_in(payload_of(take_apart(one))) if isinstance(one, str) else None for one in signed)


def take_in(service: str, request: Request, bearer: Bearer | None) -> Arrival:
    """Return the request taken apart; nothing in it is trusted yet."""
    fields = _fields(service, request)
    signed = fields.get("documento") if fields else None
    jws = take_apart(signed) if isinstance(signed, str) else None
    payload = payload_of(jws)
    said = fields or {}
    codes = {
        "recepciondte": [
            said.get("codigoGeneracion"),
            inside(payload, "identificacion", "codigoGeneracion"),
        ],
        "consultadte": [said.get("codigoGeneracion")],
        "contingencia": [inside(payload, "identificacion", "codigoGeneracion")],
        # The document it is about: the event's own code is in the answer.
        "anulardte": [inside(payload, "documento", "codigoGeneracion")],
    }.get(service, [])
    owner = bearer.nit if bearer else None
    emitter = emitter_said(payload)
    taxpayers = {
        "auth": [said.get("user")],
        "consultadte": [said.get("nitEmisor"), owner],
        "recepcionlote": [owner, said.get("nitEmisor")],
        "contingencia": [owner, said.get("nit"), emitter],
    }.get(service, [owner, emitter])
    return Arrival(
        service=service,
        request=request,
        fields=fields,
        bearer=bearer,
        jws=jws,
        payload=payload,
        nit=next(filter(None, map(_logged, taxpayers)), None),
        generation_code=next(filter(None, map(_logged, codes)), None),
        generation_codes=_batch_codes(service, said),
    )

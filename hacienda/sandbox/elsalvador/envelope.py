"""What a request must bring before anything signed is looked at, and the answer to one that does not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from . import answers
from .answers import Echo, Refusal
from .arrivals import Arrival, inside
from .kinds import emitter_said, kind_said

ENVIRONMENTS = ("00", "01")
BATCH_LIMIT = 100
UUID_V4 = re.compile(r"[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}")
ENVELOPES: dict[str, dict[str, type]] = {
    "recepciondte": {
        "ambiente": str,
        "idEnvio": int,
        "version": int,
        "tipoDte": str,
        "documento": str,
        "codigoGeneracion": str,
    },
    "recepcionlote": {"ambiente": str, "idEnvio": str, "version": int, "nitEmisor": str, "documentos": list},
    "contingencia": {"nit": str, "documento": str},
    "anulardte": {"ambiente": str, "idEnvio": int, "version": int, "documento": str},
    "consultadte": {"nitEmisor": str, "tdte": str, "codigoGeneracion": str},
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a service answers: HTTP status and JSON body."""

    status: int
    body: dict[str, Any]


UNAUTHORIZED = Reply(401, {})


def _batch_sound(fields: Mapping[str, Any]) -> bool:
    signed = fields["documentos"]
    return (
        fields["ambiente"] in ENVIRONMENTS
        and UUID_V4.fullmatch(fields["idEnvio"]) is not None
        and 1 <= len(signed) <= BATCH_LIMIT
        and all(isinstance(one, str) for one in signed)
    )


def complete(arrival: Arrival) -> bool:
    """Tell whether every field of the service's envelope is there with its type (True is no integer).

    A batch's must also hold an environment, a UUID v4 and one to a hundred texts.
    """
    fields = arrival.fields or {}
    typed = all(type(fields.get(name)) is kind for name, kind in ENVELOPES[arrival.service].items())
    return typed and (arrival.service != "recepcionlote" or _batch_sound(fields))


def owner_of(arrival: Arrival) -> str | None:
    """Return the taxpayer that the request's token admits, or None when it admits nobody."""
    return None if arrival.bearer is None or arrival.bearer.expired else arrival.bearer.nit


def echo_of(arrival: Arrival, at: datetime, code: Any = None) -> Echo:
    """Return what the answer to the request repeats; an environment that there is not becomes the tests'."""
    said = (arrival.fields or {}).get("ambiente")
    ambiente = said if said in ENVIRONMENTS else ENVIRONMENTS[0]
    return Echo(ambiente, code if isinstance(code, str) else None, at)


def kind_in(payload: Any) -> Any:
    """Return the type that a signed payload says it is of: an event that comes like a document says tipoEvento."""
    return kind_said(payload.get("identificacion") if isinstance(payload, dict) else None)


def mismatch(payload: Any, said: Mapping[str, Any]) -> Refusal | None:
    """Return the first thing the envelope says that the signed payload's identification contradicts."""
    for name, value in said.items():
        signed = kind_in(payload) if name == "tipoDte" else inside(payload, "identificacion", name)
        if signed != value:
            return Refusal("007", f"identificacion.{name}")
    return None


def signer_of(payload: Any, otherwise: str) -> str:
    """Return the NIT whose key must have signed: the payload's, or the token's when it names none.

    So the schema faults of a payload without a NIT can be told.
    """
    nit = emitter_said(payload)
    return nit if isinstance(nit, str) else otherwise


def parameters_refused(arrival: Arrival, at: datetime) -> Reply:
    """Return the answer to an envelope that is not complete."""
    return Reply(400, answers.parameters_refused(echo_of(arrival, at)))


def not_found(arrival: Arrival) -> Reply:
    """Return the answer to a request for what does not exist."""
    return Reply(404, {"status": 404, "error": "Not Found", "path": arrival.request.path})

"""The control plane: what tests and demonstrations tell the sandbox to do (API.md section 6).

POST /_sandbox/emitters registers a taxpayer: `nit`, `password`, `public_key` (base64 SubjectPublicKeyInfo), and, if
need be, `name`, `ambiente` (a list, both environments when left out), `special_operations` (true when left out):
whether it may report special operations, event 17, which Hacienda takes from nobody but whom it designates,
`export_taxes` (true when left out): whether it may charge taxes in exports, which Hacienda permits one by one, and
`versions`: the versions of forms that the account may send, by type, "invalidacion" or "contingencia", such as
{"01": [1], "03": [3, 4]}. Of what is left out it may send every version there is. With `country` it is registered
with that country's Hacienda, which may want other fields.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from .elsalvador.generations import VERSIONS
from .faults import FaultBook, InvalidFaultError, read_fault
from .journal import Entry, Journal
from .store import Emitter, Store
from .wire import MalformedError, Request, Response, dump_json, json_response, read_json

PREFIX = "/_sandbox"
ENVIRONMENTS = ("00", "01")
SMALLEST_KEY_BITS = 2048
PERMITS = ("special_operations", "export_taxes")
HOME = "SV"
EMITTER_FIELDS = frozenset({"country", "nit", "password", "public_key", "name", "ambiente", "versions", *PERMITS})
NO_CONTENT = Response(204)


class InvalidControlError(ValueError):
    """A control request cannot be carried out; the text says why."""


def read_public_key(text: str) -> RSAPublicKey:
    """Return the RSA key of a base64 SubjectPublicKeyInfo, or raise InvalidControlError."""
    try:
        key = load_der_public_key(base64.b64decode("".join(text.split()), validate=True))
    except (binascii.Error, ValueError, UnsupportedAlgorithm) as error:
        raise InvalidControlError("public_key: a base64 SubjectPublicKeyInfo is expected") from error
    if not isinstance(key, RSAPublicKey) or key.key_size < SMALLEST_KEY_BITS:
        raise InvalidControlError(f"public_key: an RSA key of {SMALLEST_KEY_BITS} bits or more is expected")
    return key


def _read_emitters(values: Any) -> tuple[list[Emitter], str]:
    """Return one emitter for each environment, and the password."""
    if not isinstance(values, dict):
        raise InvalidControlError("an object is expected")
    unknown = sorted(set(values) - EMITTER_FIELDS)
    if unknown:
        raise InvalidControlError(f"unknown field: {', '.join(unknown)}")
    nit, password, name = values.get("nit"), values.get("password"), values.get("name", "")
    if not isinstance(nit, str) or not re.fullmatch(r"[0-9]{9}|[0-9]{14}", nit):
        raise InvalidControlError("nit: 14 digits, or 9, are expected")
    if not isinstance(password, str) or not password:
        raise InvalidControlError("password: a text is expected")
    if not isinstance(name, str):
        raise InvalidControlError("name: a text is expected")
    if not isinstance(values.get("public_key"), str):
        raise InvalidControlError("public_key: a base64 SubjectPublicKeyInfo is expected")
    read_public_key(values["public_key"])
    chosen = values.get("ambiente")
    chosen = list(ENVIRONMENTS) if chosen is None else chosen
    if not isinstance(chosen, list) or not chosen or not all(one in ENVIRONMENTS for one in chosen):
        raise InvalidControlError('ambiente: a list of "00" and "01" is expected')
    permits = {name: values.get(name, True) for name in PERMITS}
    for permit, given in permits.items():
        if not isinstance(given, bool):
            raise InvalidControlError(f"{permit}: true or false is expected")
    versions = _read_versions(values.get("versions"))
    key = "".join(values["public_key"].split())
    return [Emitter(nit, one, key, name, versions=versions, **permits) for one in chosen], password


def _read_versions(values: Any) -> dict[str, list[int]]:
    """Return the versions of each type or event that is named, or raise InvalidControlError."""
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise InvalidControlError("versions: an object of lists is expected")
    for name, listed in values.items():
        known = VERSIONS.get(name)
        if known is None:
            raise InvalidControlError(f"versions: no type or event is called {name}")
        if not isinstance(listed, list) or not all(type(one) is int and one in known for one in listed):
            raise InvalidControlError(f"versions: of {name} a list of {sorted(known)} is expected")
    return dict(values)


def _position(request: Request, name: str, otherwise: int) -> int:
    text = request.query.get(name)
    if text is None:
        return otherwise
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise InvalidControlError(f"{name}: a whole number is expected")
    return int(text)


def _entry_json(entry: Entry) -> str:
    """Return the entry as JSON; its answer already is."""
    head = {
        "service": entry.service,
        "generation_code": entry.generation_code,
        "nit": entry.nit,
        "at": entry.at,
        "fault": entry.fault,
        "generation_codes": entry.generation_codes,
    }
    return f'{dump_json(head)[:-1]},"answer":{entry.answer or "null"}}}'


@dataclass(frozen=True, slots=True)
class Abroad:
    """What the control plane does for a country beside the one that requests without a country are about.

    `register` takes what describes a taxpayer, shows it, and raises InvalidControlError; `forget` forgets documents;
    `routes` are the country's own controls.
    """

    register: Callable[[dict[str, Any]], dict[str, Any]]
    forget: Callable[[], None]
    routes: Mapping[tuple[str, str], Callable[[Request], Response]] = field(default_factory=dict)


class ControlPlane:
    """Answers the requests under /_sandbox/. `abroad` are further countries, by their codes."""

    def __init__(
        self, store: Store, journal: Journal, faults: FaultBook, abroad: Mapping[str, Abroad] | None = None
    ) -> None:
        self._store = store
        self._journal = journal
        self._faults = faults
        self._abroad = abroad or {}
        self._routes: dict[tuple[str, str], Callable[[Request], Response]] = {
            ("POST", "/emitters"): self._register,
            ("POST", "/faults"): self._add_fault,
            ("GET", "/faults"): self._list_faults,
            ("DELETE", "/faults"): self._clear_faults,
            ("GET", "/received"): self._received,
            ("DELETE", "/received"): self._clear_received,
            ("DELETE", "/state"): self._forget,
            ("GET", "/health"): self._health,
        }
        for country in self._abroad.values():
            self._routes |= country.routes

    def answer(self, request: Request) -> Response:
        """Carry out a control request: 2xx done, 400 not JSON, 404/405 no such door, 422 not understood."""
        path = request.path.removeprefix(PREFIX)
        route = self._routes.get((request.method, path))
        if route is None:
            known = any(path == other for _, other in self._routes)
            return json_response(405 if known else 404, {"error": "no such control"})
        try:
            return route(request)
        except MalformedError as error:
            return json_response(400, {"error": str(error)})
        except (InvalidControlError, InvalidFaultError) as error:
            return json_response(422, {"error": str(error)})

    def _register(self, request: Request) -> Response:
        values = read_json(request.body)
        country = values.get("country", HOME) if isinstance(values, dict) else HOME
        if country != HOME:
            if not isinstance(country, str) or country not in self._abroad:
                raise InvalidControlError(f"country: one of {', '.join((HOME, *self._abroad))} is expected")
            return json_response(201, self._abroad[country].register(values))
        emitters, password = _read_emitters(values)
        self._store.register(emitters, password)
        shown = {"nit": emitters[0].nit, "name": emitters[0].name}
        return json_response(201, shown | {"ambiente": [one.ambiente for one in emitters]})

    def _add_fault(self, request: Request) -> Response:
        return json_response(201, self._faults.add(read_fault(read_json(request.body))).public())

    def _list_faults(self, _: Request) -> Response:
        return json_response(200, {"results": [fault.public() for fault in self._faults.listed()]})

    def _clear_faults(self, _: Request) -> Response:
        self._faults.clear()
        return NO_CONTENT

    def _received(self, request: Request) -> Response:
        entries = self._journal.received(_position(request, "after", 0), _position(request, "limit", -1))
        return Response(200, f'{{"results":[{",".join(map(_entry_json, entries))}]}}'.encode())

    def _clear_received(self, _: Request) -> Response:
        self._journal.clear()
        return NO_CONTENT

    def _forget(self, _: Request) -> Response:
        self._store.forget_documents()
        for country in self._abroad.values():
            country.forget()
        return NO_CONTENT

    def _health(self, _: Request) -> Response:
        return json_response(200, {"status": "ok"})

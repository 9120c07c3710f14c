"""Failures on demand: which fault acts on which request."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from .store import Store
from .wire import dump_json, read_json

FAULTS = (
    "down",
    "unavailable",
    "hang",
    "slow",
    "drop_answer",
    "late_answer",
    "reject",
    "garbage",
    "truncated",
    "no_seal",
    "unauthorized",
    "throttled",
)
SERVICES = (
    "auth",
    "recepciondte",
    "recepcionlote",
    "consultadte",
    "consultadtelote",
    "contingencia",
    "anulardte",
)
# Costa Rica's services. Its login is found under El Salvador's name too, so that one fault can be for either.
LATER_SERVICES = ("recepcion", "consulta")
COSTA_RICAN_SERVICES = ("idp", *LATER_SERVICES)
ALIASES = {"idp": "auth"}
ANY_SERVICE = "*"
LONGEST_DELAY_MS = 600_000
FIELDS = frozenset(
    {
        "fault",
        "service",
        "count",
        "probability",
        "delay_ms",
        "nit",
        "code",
        "message",
        "after",
        "generation_code",
    }
)
REJECT = "reject"
# What only a Hacienda that judges later can be told: never to finish, to fail itself, to accept with a notice.
ORDERS = ("stuck", "error", "notice")
# What lets the request be processed; the others never let a service see it.
PROCESSED = frozenset({"slow", "drop_answer", "late_answer", "truncated", "no_seal"})


class InvalidFaultError(ValueError):
    """The description of a fault cannot be taken; the text says which field and why."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault as it was asked for.

    `count` is how many requests it still acts on (None: until it is deleted), `after` how many matching
    requests it still lets pass first, `probability` the chance that it acts on a request that matches.
    `delay_ms` is the time before the answer (for `slow`, before the processing). `generation_code` narrows it to
    the requests about that document or event.
    """

    id: int
    fault: str
    service: str = ANY_SERVICE
    count: int | None = None
    probability: float = 1.0
    delay_ms: int = 0
    nit: str | None = None
    code: str | None = None
    message: str | None = None
    after: int = 0
    generation_code: str | None = None

    def matches(self, service: str, nit: str | None, codes: Sequence[str | None]) -> bool:
        """Tell whether a request to the service, by the taxpayer, about these codes, is one it acts on."""
        narrowed = self.generation_code is None or self.generation_code in codes
        named = self.service in (ANY_SERVICE, service, ALIASES.get(service, service))
        possible = self.fault not in ORDERS or service in LATER_SERVICES
        return named and possible and self.nit in (None, nit) and narrowed

    def public(self) -> dict[str, Any]:
        """Return the fault as the control plane shows it."""
        return {"id": self.id} | self.description()

    def description(self) -> dict[str, Any]:
        """Return what makes the fault, without its id."""
        return {name: getattr(self, name) for name in sorted(FIELDS)}


def _whole(values: dict[str, Any], name: str, otherwise: int, least: int, most: int) -> int:
    value = values.get(name)
    if value is None:
        return otherwise
    if type(value) is not int or not least <= value <= most:
        raise InvalidFaultError(f"{name}: a whole number from {least} to {most} is expected")
    return value


def _text(values: dict[str, Any], name: str) -> str | None:
    value = values.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidFaultError(f"{name}: a text or null is expected")
    return value


def read_fault(values: Any) -> Fault:
    """Return the fault a control request describes (its id is 0), or raise InvalidFaultError."""
    if not isinstance(values, dict):
        raise InvalidFaultError("an object is expected")
    unknown = sorted(set(values) - FIELDS)
    if unknown:
        raise InvalidFaultError(f"unknown field: {', '.join(unknown)}")
    if values.get("fault") not in (*FAULTS, *ORDERS):
        raise InvalidFaultError(f"fault: one of {', '.join((*FAULTS, *ORDERS))} is expected")
    service = values.get("service", ANY_SERVICE)
    services = (*SERVICES, *COSTA_RICAN_SERVICES)
    if service not in (*services, ANY_SERVICE):
        raise InvalidFaultError(f"service: one of {', '.join(services)} or * is expected")
    chance = values.get("probability")
    chance = 1 if chance is None else chance
    if isinstance(chance, (bool, str, list, dict)) or not 0 <= chance <= 1:
        raise InvalidFaultError("probability: a number from 0 to 1 is expected")
    count = values.get("count")
    return Fault(
        id=0,
        fault=values["fault"],
        service=service,
        count=None if count is None else _whole(values, "count", 1, 1, 10**9),
        probability=float(chance),
        delay_ms=_whole(values, "delay_ms", 0, 0, LONGEST_DELAY_MS),
        nit=_text(values, "nit"),
        code=_text(values, "code"),
        message=_text(values, "message"),
        after=_whole(values, "after", 0, 0, 10**9),
        generation_code=_text(values, "generation_code"),
    )


class FaultBook:
    """The faults in force, newest first. They outlive a restart, since they stand until deleted."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._chance = random.SystemRandom()
        self._faults: list[Fault] = []
        for number, text in store.faults():
            self._faults.insert(0, replace(read_fault(read_json(text)), id=number))

    def add(self, fault: Fault) -> Fault:
        """Put a fault in force, before every other, and return it with its id."""
        with self._lock:
            added = replace(fault, id=self._store.add_fault(dump_json(fault.description())))
            self._faults.insert(0, added)
        return added

    def listed(self) -> list[Fault]:
        """Return the faults in force, newest first; one whose count is used up is gone."""
        with self._lock:
            return list(self._faults)

    def clear(self) -> None:
        """Forget every fault."""
        with self._lock:
            self._store.clear_faults()
            self._faults.clear()

    def draw(self, service: str, nit: str | None, code: str | None = None) -> Fault | None:
        """Return the newest fault that acts on this request, and use up one of its count.

        A fault that is still letting requests pass, or that its probability spares this time, does not
        match: an older one may act instead.
        """
        if not self._faults:
            return None
        with self._lock:
            for fault in list(self._faults):
                if fault.matches(service, nit, (code,)) and self._acts(fault):
                    return fault
        return None

    def draw_for_batch(
        self, service: str, nit: str | None, codes: Sequence[str | None]
    ) -> tuple[Fault | None, dict[int, Fault]]:
        """Return the fault that acts on a batch as a whole, and those that reject documents, by position.

        A `reject` is drawn, and used up, document by document; the newest that acts on a document counts. It
        hides older faults of the whole batch; under a newer one it acts where the batch is processed all the same.
        """
        whole: Fault | None = None
        rejecting: dict[int, Fault] = {}
        if not self._faults:
            return whole, rejecting
        # One transaction for what may be a hundred changes of one count.
        with self._lock, self._store.writing():
            for fault in list(self._faults):
                if fault.fault == REJECT:
                    if whole is None or whole.fault in PROCESSED:
                        self._draw_documents(fault, service, nit, codes, rejecting)
                elif not rejecting and whole is None and fault.matches(service, nit, codes) and self._acts(fault):
                    whole = fault
        return whole, rejecting

    def _draw_documents(
        self, fault: Fault, service: str, nit: str | None, codes: Sequence[str | None], rejecting: dict[int, Fault]
    ) -> None:
        """Add the documents, of those not rejected yet, that the fault rejects."""
        for position, code in enumerate(codes):
            standing = next((one for one in self._faults if one.id == fault.id), None)
            if standing is None:
                return
            if position not in rejecting and standing.matches(service, nit, (code,)) and self._acts(standing):
                rejecting[position] = standing

    def _acts(self, fault: Fault) -> bool:
        """Tell whether a fault that matches acts this time, and write down that it did, or let one pass."""
        if fault.after > 0:
            self._change(fault, replace(fault, after=fault.after - 1))
            return False
        if self._chance.random() >= fault.probability:
            return False
        if fault.count is not None:
            self._change(fault, replace(fault, count=fault.count - 1))
        return True

    def _change(self, fault: Fault, changed: Fault) -> None:
        position = self._faults.index(fault)
        if changed.count == 0:
            self._store.remove_fault(fault.id)
            del self._faults[position]
        else:
            self._store.change_fault(fault.id, dump_json(changed.description()))
            self._faults[position] = changed

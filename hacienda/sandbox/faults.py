"""Failures on demand: which fault acts on which request."""

from __future__ import annotations

import random
import threading
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
ANY_SERVICE = "*"
LONGEST_DELAY_MS = 600_000
FIELDS = frozenset({"fault", "service", "count", "probability", "delay_ms", "nit", "code", "message", "after"})


class InvalidFaultError(ValueError):
    """The description of a fault cannot be taken; the text says which field and why."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault as it was asked for.

    `count` is how many requests it still acts on (None: until it is deleted), `after` how many matching
    requests it still lets pass first, `probability` the chance that it acts on a request that matches.
    `delay_ms` is the time before the answer (for `slow`, before the processing).
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

    def matches(self, service: str, nit: str | None) -> bool:
        """Tell whether a request to the service, by the taxpayer, is one of those it acts on."""
        return self.service in (ANY_SERVICE, service) and self.nit in (None, nit)

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
    if values.get("fault") not in FAULTS:
        raise InvalidFaultError(f"fault: one of {', '.join(FAULTS)} is expected")
    service = values.get("service", ANY_SERVICE)
    if service not in (*SERVICES, ANY_SERVICE):
        raise InvalidFaultError(f"service: one of {', '.join(SERVICES)} or * is expected")
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

    def draw(self, service: str, nit: str | None) -> Fault | None:
        """Return the newest fault that acts on this request, and use up one of its count.

        A fault that is still letting requests pass, or that its probability spares this time, does not
        match: an older one may act instead.
        """
        if not self._faults:
            return None
        with self._lock:
            for fault in list(self._faults):
                if not fault.matches(service, nit):
                    continue
                if fault.after > 0:
                    self._change(fault, replace(fault, after=fault.after - 1))
                elif self._chance.random() < fault.probability:
                    if fault.count is not None:
                        self._change(fault, replace(fault, count=fault.count - 1))
                    return fault
        return None

    def _change(self, fault: Fault, changed: Fault) -> None:
        position = self._faults.index(fault)
        if changed.count == 0:
            self._store.remove_fault(fault.id)
            del self._faults[position]
        else:
            self._store.change_fault(fault.id, dump_json(changed.description()))
            self._faults[position] = changed

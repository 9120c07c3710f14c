"""What SmartBill adds to Hacienda's own answer: documents at a steady pace, seen by the caller.

A stack of its own on free ports: web, sender, worker, sandbox. In the same run and at the same pace, in the gaps
between, envelopes of the same kind are posted straight to the sandbox; their median is Hacienda's own time.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

from benchmarks.figures import milliseconds, percentile, summary
from benchmarks.made_up import Emitter, emitter
from tests.end_to_end.installation import Installation

PER_SECOND = 10
HACIENDA_MS = (0, 700)
CALLERS = 32
WARM_UP = 10
BODY = {"type": "invoice", "items": [{"description": "Café", "quantity": 2, "price": "3.50"}]}


def measure(*, folder: Path, seconds: float) -> dict[str, Any]:
    stack = Installation(folder / "stack").start()
    try:
        someone = emitter()
        someone.register(stack.demo["sandbox_url"])
        return {
            "documents_per_second": PER_SECOND,
            **{f"hacienda_{delay}_ms": at_delay(stack, someone, delay, seconds) for delay in HACIENDA_MS},
        }
    finally:
        stack.stop()


def at_delay(stack: Installation, someone: Emitter, delay: int, seconds: float) -> dict[str, Any]:
    stack.sandbox("DELETE", "faults")
    if delay:
        stack.sandbox("POST", "faults", fault="slow", service="recepciondte", delay_ms=delay)
    caller, hacienda = Caller(stack), Straight(stack.demo["sandbox_url"], someone)
    count = max(int(PER_SECOND * seconds), 10)
    envelopes = [hacienda.envelope() for _ in range(count + WARM_UP)]  # signed before the clock runs
    for _ in range(WARM_UP):
        caller.send()
        hacienda.send(envelopes.pop())
    through, straight = at_a_pace(count, caller.send, lambda: hacienda.send(envelopes.pop()))
    own = statistics.median(straight)
    added = [sample - own for sample in through]
    return {
        "through_smartbill": summary(through),
        "straight_to_the_sandbox": summary(straight),
        "added_median_ms": milliseconds(statistics.median(added)),
        "added_p99_ms": milliseconds(percentile(added, 0.99)),
        "not_accepted": caller.not_accepted,
    }


class Caller:
    """A merchant's program with connections that it keeps, one for each of its threads."""

    def __init__(self, stack: Installation) -> None:
        pair = stack.demo["manager"]
        self.auth = (pair["public_key"], pair["private_key"])
        self.url = f"{stack.demo['base_url']}/api/v1/documents"
        self.local = threading.local()
        self.not_accepted = 0

    def send(self) -> None:
        answer = connection(self.local).post(self.url, json=BODY, auth=self.auth, timeout=40)
        if answer.status_code != requests.codes.created or answer.json()["status"] != "accepted":
            self.not_accepted += 1


class Straight:
    """Hacienda's reception, called as its manual says, by somebody who has the signed document in hand."""

    def __init__(self, url: str, someone: Emitter) -> None:
        self.url = f"{url}/fesv/recepciondte"
        self.someone = someone
        self.local = threading.local()
        login = {"user": someone.issuer.tax_id, "pwd": someone.password}
        answer = connection(self.local).post(f"{url}/seguridad/auth", data=login, timeout=10)
        self.token = answer.json()["body"]["token"]

    def envelope(self) -> dict[str, object]:
        identity, sealed = self.someone.seal(self.someone.prepare(1))
        return {
            "ambiente": "00",
            "idEnvio": 1,
            "version": 2,
            "tipoDte": "01",
            "documento": sealed.signature,
            "codigoGeneracion": identity.generation_code,
        }

    def send(self, envelope: dict[str, object]) -> None:
        answer = connection(self.local).post(
            self.url, json=envelope, headers={"Authorization": self.token}, timeout=40
        )
        assert answer.json()["estado"] == "PROCESADO", answer.text


def connection(local: threading.local) -> requests.Session:
    if not hasattr(local, "http"):
        local.http = requests.Session()
        local.http.trust_env = False
    http: requests.Session = local.http
    return http


def at_a_pace(count: int, *actions: Callable[[], None]) -> list[list[float]]:
    """Start every action `count` times at PER_SECOND, evenly shifted, whether or not earlier ones are over.

    Gives for each action how long it took, in seconds.
    """

    def timed(action: Callable[[], None]) -> float:
        begun = time.perf_counter()
        action()
        return time.perf_counter() - begun

    gap = 1 / PER_SECOND / len(actions)
    running: list[list[Any]] = [[] for _ in actions]
    with ThreadPoolExecutor(CALLERS * len(actions)) as pool:
        begun = time.perf_counter()
        for turn in range(count * len(actions)):
            time.sleep(max(begun + turn * gap - time.perf_counter(), 0))
            position = turn % len(actions)
            running[position].append(pool.submit(timed, actions[position]))
        return [[future.result() for future in futures] for futures in running]

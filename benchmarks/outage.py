"""What an outage of Hacienda costs: the first answers in it, answers once it is known, and the drain after it.

The drain is compared with a bare loop that signs as many documents of the same kind and posts them in batches of the
same size, one after another, until all are judged.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

from benchmarks.figures import milliseconds, summary
from benchmarks.latency import BODY, PER_SECOND, at_a_pace, connection
from benchmarks.made_up import Emitter, emitter
from tests.end_to_end.installation import Installation

OUTAGES = 5
BATCH = 100
ISSUERS = 4
LONGEST = 300.0  # seconds, for anything that is waited for


def measure(*, folder: Path, seconds: float, waiting: int) -> dict[str, Any]:
    stack = Installation(folder / "outage", RATE_LIMIT_PER_MINUTE="0").start()
    try:
        someone = emitter()
        someone.register(stack.demo["sandbox_url"])
        documents = max(waiting, BATCH)
        bare = bare_drain(stack.demo["sandbox_url"], someone, documents)
        caller = Caller(stack)
        result = {"first_answers": first_answers(stack, caller), "known_outage": known(stack, caller, seconds)}
        through = drain(stack, caller, documents)
        return result | {
            "drain": {
                "bare_loop_seconds": round(bare, 2),
                **through,
                "of_the_bare_loop": round(through["seconds"] / bare, 2),
            }
        }
    finally:
        stack.stop()


class Caller:
    """A merchant's program; counts the answers that were not what they should be."""

    def __init__(self, stack: Installation) -> None:
        self.stack = stack
        pair = stack.demo["manager"]
        self.auth = (pair["public_key"], pair["private_key"])
        self.others = 0

    def send(self, expected: str) -> float:
        """Issue a document; how long it took, in seconds."""
        http = connection(_local)
        begun = time.perf_counter()
        answer = http.post(f"{self.stack.demo['base_url']}/api/v1/documents", json=BODY, auth=self.auth, timeout=40)
        took = time.perf_counter() - begun
        if answer.status_code != requests.codes.created or answer.json()["status"] != expected:
            self.others += 1
        return took


_local = threading.local()


def until(condition: Callable[[], bool], pause: float = 0.1) -> float:
    """Seconds until it is so."""
    begun = time.perf_counter()
    while not condition():
        if time.perf_counter() - begun > LONGEST:
            raise RuntimeError(f"it did not happen within {LONGEST:.0f} s")
        time.sleep(pause)
    return time.perf_counter() - begun


def first_answers(stack: Installation, caller: Caller) -> dict[str, Any]:
    """The first document of a fresh outage, again and again; between them Hacienda is well."""
    samples = []
    for _ in range(OUTAGES):
        until(lambda: stack.send()["status"] == "accepted", 0.5)
        stack.sandbox("POST", "faults", fault="down")
        samples.append(caller.send("contingency"))
        stack.sandbox("DELETE", "faults")
    return {**summary(samples), "others": caller.others}


def known(stack: Installation, caller: Caller, seconds: float) -> dict[str, Any]:
    """Documents at a steady pace while Hacienda is known to be down."""
    before = caller.others
    until(lambda: stack.send()["status"] == "accepted", 0.5)
    stack.sandbox("POST", "faults", fault="down")
    caller.send("contingency")
    [samples] = at_a_pace(max(int(PER_SECOND * seconds), 10), lambda: caller.send("contingency"))
    return {"documents_per_second": PER_SECOND, **summary(samples), "others": caller.others - before}


def drain(stack: Installation, caller: Caller, documents: int) -> dict[str, Any]:
    """Everything that waits, from the button to the last stamp; the event has gone by itself before."""
    waiting = stack.api("GET", "contingency").json()["waiting"]
    with ThreadPoolExecutor(ISSUERS) as pool:
        list(pool.map(lambda _number: caller.send("contingency"), range(max(documents - waiting, 0))))
    stack.sandbox("DELETE", "faults")
    event = until(lambda: is_reported(stack), 0.5)
    begun = time.perf_counter()
    run = stack.api("POST", "contingency/runs").json()
    path = f"contingency/runs/{run['id']}"
    until(lambda: stack.api("GET", path).json()["state"] in ("done", "failed"))
    took = time.perf_counter() - begun
    final = stack.api("GET", path).json()
    return {
        "seconds": round(took, 2),
        "milliseconds_a_document": milliseconds(took / max(final["total"], 1)),
        "total": final["total"],
        "accepted": final["accepted"],
        "event_seconds_after_recovery": round(event, 2),
    }


def is_reported(stack: Installation) -> bool:
    """Whether nothing is doubtful any more and every event has been accepted."""
    now = stack.api("GET", "contingency").json()
    waiting = stack.api("GET", "documents?status=contingency&limit=100").json()["results"]
    reported = all(one["contingency"]["event_stamp"] for one in waiting)
    return not now["uncertain"] and reported and all(one["state"] == "accepted" for one in now["events"])


def bare_drain(url: str, someone: Emitter, documents: int) -> float:
    """Sign, post in batches, read until all are judged; in seconds. The documents are built before."""
    prepared = [someone.prepare(1) for _ in range(documents)]
    http = requests.Session()
    http.trust_env = False
    login = {"user": someone.issuer.tax_id, "pwd": someone.password}
    answer = http.post(f"{url}/seguridad/auth", data=login, timeout=10)
    headers = {"Authorization": answer.json()["body"]["token"]}
    begun = time.perf_counter()
    codes = []
    for start in range(0, documents, BATCH):
        signatures = [someone.seal(one)[1].signature for one in prepared[start : start + BATCH]]
        envelope = {
            "ambiente": "00",
            "idEnvio": str(uuid.uuid4()).upper(),
            "version": 1,
            "nitEmisor": someone.issuer.tax_id,
            "documentos": signatures,
        }
        taken = http.post(f"{url}/fesv/recepcionlote", json=envelope, headers=headers, timeout=40)
        codes.append(taken.json()["codigoLote"])
    for code in codes:
        until(lambda code=code: judged(http, f"{url}/fesv/recepcion/consultadtelote/{code}", headers) == BATCH)
    return time.perf_counter() - begun


def judged(http: requests.Session, address: str, headers: dict[str, str]) -> int:
    answer = http.get(address, headers=headers, timeout=40).json()
    if answer["rechazados"]:
        raise RuntimeError(f"refused: {answer['rechazados'][0]}")
    return len(answer["procesados"])

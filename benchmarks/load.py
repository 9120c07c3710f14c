"""Callers that send one request after another, as many at a time as asked for, over connections that they keep."""

from __future__ import annotations

import base64
import http.client
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from benchmarks.figures import summary


@dataclass
class Target:
    """One request, to be made again and again; `expected` is the status that every answer should have."""

    url: str
    method: str = "GET"
    body: bytes | None = None
    pair: tuple[str, str] | None = None
    expected: int = 200
    samples: list[float] = field(default_factory=list)
    others: int = 0
    seconds: float = 0.0

    def headers(self) -> dict[str, str]:
        made = {"Content-Type": "application/json"} if self.body is not None else {}
        if self.pair is not None:
            made["Authorization"] = "Basic " + base64.b64encode(":".join(self.pair).encode()).decode()
        return made

    def figures(self) -> dict[str, Any]:
        rate = round(len(self.samples) / self.seconds, 1) if self.seconds else 0.0
        return {"a_second": rate, **summary(self.samples), "others": self.others}


def drive(target: Target, *, callers: int, seconds: float) -> None:
    """Load `target` for so long; what is measured is added to it."""
    parts = urlsplit(target.url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    headers = target.headers()
    begun = time.perf_counter()
    lock = threading.Lock()

    def call() -> None:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=40)
        samples, others = [], 0
        while True:
            before = time.perf_counter()
            if before - begun >= seconds and samples:
                break
            connection.request(target.method, path, target.body, headers)
            answer = connection.getresponse()
            answer.read()
            samples.append(time.perf_counter() - before)
            others += answer.status != target.expected
        connection.close()
        with lock:
            target.samples += samples
            target.others += others

    threads = [threading.Thread(target=call) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    target.seconds += time.perf_counter() - begun


def by_turns(
    targets: dict[str, Target], *, callers: int, seconds: float, rounds: int = 3
) -> dict[str, dict[str, Any]]:
    """The figures of each; they are loaded by turns, so that what else the machine does concerns all alike."""
    for _ in range(rounds):
        for target in targets.values():
            drive(target, callers=callers, seconds=seconds / rounds)
    return {name: target.figures() for name, target in targets.items()}

"""Documents a second with 1, 8 and 32 callers, Hacienda answering at once, as a ratio to the least that is possible.

The least is `benchmarks.minimal`, served by the same server with as many processes and threads on the same database.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from benchmarks import databases
from benchmarks.latency import BODY
from benchmarks.load import Target, by_turns, drive
from tests.end_to_end.installation import NOT_OURS, PROJECT, Installation, free_port, until

CALLERS = (1, 8, 32)
ROUNDS = 3
WORKERS, THREADS = 2, 16
BYTES = json.dumps(BODY).encode()


def measure(*, folder: Path, seconds: float, kinds: Sequence[str]) -> dict[str, Any]:
    result = {}
    for kind in kinds:
        own = folder / f"throughput-{kind}"
        own.mkdir()
        with databases.new(kind, 2) as (ours, least):
            result[kind] = both(own, ours, least or f"sqlite:///{own / 'minimal.sqlite3'}", seconds)
    return result


def both(folder: Path, ours: str, least: str, seconds: float) -> dict[str, Any]:
    """The same load on SmartBill and on the least, by turns. The loads of all numbers of callers last `seconds`."""
    stack = Installation(folder / "stack", RATE_LIMIT_PER_MINUTE="0", **({"DATABASE_URL": ours} if ours else {}))
    stack.start()
    try:
        with minimal(folder, least) as url:
            pair = stack.demo["manager"]
            return {
                f"callers_{callers}": compared(
                    Target(
                        f"{stack.demo['base_url']}/api/v1/documents",
                        "POST",
                        BYTES,
                        (pair["public_key"], pair["private_key"]),
                        expected=201,
                    ),
                    Target(url, "POST", BYTES, expected=201),
                    callers=callers,
                    seconds=seconds / len(CALLERS),
                )
                for callers in CALLERS
            }
    finally:
        stack.stop()


def compared(smartbill: Target, least: Target, *, callers: int, seconds: float) -> dict[str, Any]:
    for target in (smartbill, least):  # every thread of the servers has its connections then
        drive(Target(target.url, target.method, target.body, target.pair), callers=callers, seconds=0.2)
    figures = by_turns({"smartbill": smartbill, "minimal": least}, callers=callers, seconds=seconds, rounds=ROUNDS)
    rate = figures["smartbill"]["a_second"] / max(figures["minimal"]["a_second"], 0.1)
    return {**figures, "of_the_minimal": round(rate, 3)}


@contextmanager
def minimal(folder: Path, database_url: str) -> Iterator[str]:
    """The address of the least, running."""
    port = free_port()
    surroundings = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
    environment = {**surroundings, "MINIMAL_DATABASE_URL": database_url}
    subprocess.run([sys.executable, "-m", "benchmarks.minimal"], cwd=PROJECT, env=environment, check=True)
    command = [sys.executable, "-m", "gunicorn", "--worker-class=gthread", "--log-level=warning", "--keep-alive=20"]
    command += [f"--workers={WORKERS}", f"--threads={THREADS}", f"--bind=127.0.0.1:{port}"]
    command += ["--preload", "--no-control-socket", "benchmarks.minimal:application"]
    with (folder / "minimal.log").open("wb") as log:
        # Elsewhere than in the project, whose gunicorn.conf.py is for SmartBill and would be read.
        server = subprocess.Popen(
            command, cwd=folder, env={**environment, "PYTHONPATH": str(PROJECT)}, stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{port}/documents"
    try:
        until(lambda: answers(url))
        yield url
    finally:
        server.terminate()
        server.wait(20)


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code == requests.codes.method_not_allowed
    except requests.ConnectionError:
        return False

"""A sender in a process of its own, which can be killed: `python -m tests.contingency.sender_process [LIMITS]`.

It is `manage.py sender` with the limits and the patience that the load was asked for with.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import django
import psutil
from django.core.management import call_command
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from hacienda.registry import authority
from tests.end_to_end.installation import PROJECT


class SenderProcess:
    """The process, on this process's database and with its Hacienda."""

    def __init__(self, hacienda: str, *, per_batch: int, per_event: int, patient: bool, figures: Path | None) -> None:
        limits = ["--per-batch", str(per_batch), "--per-event", str(per_event)]
        self._command = [sys.executable, "-m", "tests.contingency.sender_process", *limits]
        self._command += ["--patient"] if patient else []
        self._command += ["--figures", str(figures)] if figures is not None else []
        self._environment = {**os.environ, "DATABASE_URL": database_url(), "SANDBOX_URL": hacienda}
        self._process: subprocess.Popen[bytes] | None = None
        self.most_memory = 0  # in bytes, of all that were started

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, cwd=PROJECT, env=self._environment, stderr=subprocess.DEVNULL)

    def look(self) -> None:
        """Note how much memory it takes now."""
        if self._process is not None and self._process.poll() is None:
            self.most_memory = max(self.most_memory, psutil.Process(self._process.pid).memory_info().rss)

    def kill(self) -> None:
        """SIGKILL: nothing of it is finished or given back."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(30)


def database_url() -> str:
    """The database that this process uses now: in a test, the test's."""
    place = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{place['NAME']}"
    login = place["USER"] + (f":{place['PASSWORD']}" if place["PASSWORD"] else "")
    return f"postgres://{login}@{place['HOST']}:{place['PORT']}/{place['NAME']}"


class Statements:
    """How long each kind of statement took, over all connections."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times: dict[str, list[float]] = {}

    def follow(self, connection: BaseDatabaseWrapper, **_more: object) -> None:
        if self._timed not in connection.execute_wrappers:
            connection.execute_wrappers.append(self._timed)

    def _timed(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(sql, *rest)
        finally:
            took = time.perf_counter() - begun
            kind = re.sub(r"(%s, )+%s", "...", re.sub(r'"[a-z_]+"\."([a-z_]+)"', r"\1", sql))
            with self._lock:
                self._times.setdefault(kind[:600], []).append(took)

    def slowest(self, most: int) -> list[dict[str, object]]:
        """Those that took longest at a time, then those that took longest in all."""
        times = self._times.items()
        once = sorted(times, key=lambda one: -max(one[1]))[:most]
        in_all = sorted(times, key=lambda one: -sum(one[1]))[:most]
        chosen = dict([*once, *in_all])
        return [
            {"sql": sql, "times": len(took), "longest_ms": round(max(took) * 1000, 1), "seconds": round(sum(took), 2)}
            for sql, took in chosen.items()
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-batch", type=int, required=True)
    parser.add_argument("--per-event", type=int, required=True)
    parser.add_argument("--patient", action="store_true")
    parser.add_argument("--figures", type=Path)
    chosen = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartbill.settings")
    django.setup()
    law = authority("SV")
    limits = replace(
        law.rules.contingency, documents_per_batch=chosen.per_batch, documents_per_event=chosen.per_event
    )
    type(law).rules = replace(law.rules, contingency=limits)
    if not chosen.patient:
        from contingency.services import batches

        batches.FIRST_READING = timedelta(seconds=0.2)
    statements = Statements()
    if chosen.figures is not None:
        connection_created.connect(statements.follow)
    call_command("sender")
    if chosen.figures is not None:
        chosen.figures.write_text(json.dumps(statements.slowest(12), indent=1))


if __name__ == "__main__":
    main()

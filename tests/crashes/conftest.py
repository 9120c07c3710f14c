"""A room in which Hacienda judges at once and nobody rests.

Hacienda is a process of its own here: a thread of this one could hold a lock at the moment of a fork, which nobody in
the child would ever open.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from documents.models import Queued
from documents.services import queue
from tests import pace
from tests.end_to_end.installation import PROJECT, free_port, until


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    options = {"--port": port, "--data-dir": tmp_path_factory.mktemp("hacienda"), "--batch-seconds": 0.02}
    options["--judgement-seconds"] = 0.02
    words = [str(word) for option in options.items() for word in option]
    server = subprocess.Popen([sys.executable, "-m", "hacienda.sandbox.server", *words], cwd=PROJECT)
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return requests.get(f"{url}/_sandbox/health", timeout=5).ok
        except requests.ConnectionError:
            return False

    try:
        until(answers, 60)
        yield url
    finally:
        server.terminate()
        server.wait(10)


class _NoThread(queue._Keeper):
    """Claims without renewals: no other thread may be in SQLite at a fork, whose locks a child would inherit."""

    def hold(self, row: Queued, owner: str) -> None:
        pass


@pytest.fixture(autouse=True)
def nothing_is_renewed_in_the_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "_keeper", _NoThread())


@pytest.fixture(autouse=True)
def nobody_rests(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pace.hurry(settings, monkeypatch)

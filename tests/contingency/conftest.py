"""The sandbox of this room judges batches fast."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from contingency.services import batches
from hacienda import policy
from hacienda.registry import authority
from hacienda.sandbox.server import make_server
from hacienda.values import Environment


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, tmp_path_factory.mktemp("hacienda"), batch_seconds=0.15)
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
def batches_are_judged_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """As this room's sandbox judges them; and the pauses are cut short."""
    judged_within = authority("SV").rules.contingency.judged_within
    monkeypatch.setitem(judged_within, Environment.SANDBOX, timedelta(seconds=0.6))
    monkeypatch.setattr(batches, "FIRST_READING", timedelta(seconds=0.1))
    monkeypatch.setattr(policy, "BACKOFF", (timedelta(seconds=0.1),))

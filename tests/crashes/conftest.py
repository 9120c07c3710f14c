"""A room in which Hacienda judges at once and nobody rests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hacienda.sandbox.server import make_server
from tests import pace


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, tmp_path_factory.mktemp("hacienda"), batch_seconds=0.02)
    server.start()
    yield server.url
    server.stop()


@pytest.fixture(autouse=True)
def nobody_rests(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pace.hurry(settings, monkeypatch)

"""The sandbox of this room judges batches fast."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hacienda.sandbox.server import make_server


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, tmp_path_factory.mktemp("hacienda"), batch_seconds=0.3)
    server.start()
    yield server.url
    server.stop()

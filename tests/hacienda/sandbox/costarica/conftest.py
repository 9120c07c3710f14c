from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from hacienda.sandbox.server import Sandbox, make_server
from tests.hacienda.sandbox.costarica.taxpayer import BUYER, Taxpayer


@pytest.fixture(scope="session")
def running_counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("costarica")
    with make_server("127.0.0.1", 0, folder, judgement_seconds=0) as running:
        yield running


@pytest.fixture
def counter(running_counter: Sandbox) -> Sandbox:
    """A sandbox that judges at once, without documents, faults or log; its taxpayers stay."""
    running_counter.clock.offset = timedelta(0)
    taxpayer = Taxpayer(running_counter)
    for path in ("state", "faults", "received"):
        assert taxpayer.control("DELETE", path).status_code == 204
    return running_counter


@pytest.fixture
def taxpayer(counter: Sandbox) -> Taxpayer:
    """A taxpayer registered in the sandbox."""
    made = Taxpayer(counter)
    assert made.register().status_code == 201
    return made


@pytest.fixture
def buyer(counter: Sandbox) -> Taxpayer:
    """The receptor of the taxpayer's documents, registered too."""
    made = Taxpayer(counter, BUYER)
    assert made.register().status_code == 201
    return made

"""A room in which Hacienda judges batches at once and nobody rests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Merchant
from hacienda import registry
from hacienda.registry import authority
from hacienda.sandbox.server import make_server
from hacienda.values import Environment
from tests import pace
from tests.actors import Caller, Sandbox
from tests.lost_answers.costarica import TicoPlace
from tests.lost_answers.journeys import Place


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, tmp_path_factory.mktemp("hacienda"), batch_seconds=0, judgement_seconds=0.02)
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
def place(
    merchant: Merchant, manager: Caller, sandbox: Sandbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Place:
    pace.hurry(settings, monkeypatch)
    settings.LEASE = timedelta(seconds=15)  # nobody dies here, and a busy machine must not look like it
    monkeypatch.setitem(authority("SV").rules.contingency.judged_within, Environment.SANDBOX, timedelta(0))
    monkeypatch.setattr(registry, "_AUTHORITIES", registry._AUTHORITIES)
    return Place(merchant, manager, sandbox, settings)


@pytest.fixture
def tico_place(
    tico: Merchant, tico_manager: Caller, sandbox: Sandbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> TicoPlace:
    pace.hurry(settings, monkeypatch)
    settings.LEASE = timedelta(seconds=15)
    rules = authority("CR").rules
    monkeypatch.setitem(rules.contingency.judged_within, Environment.SANDBOX, timedelta(0))
    soon = tuple(timedelta(seconds=seconds) for seconds in (0.03, 0.03, 0.04, 0.1))  # the last gives it back
    monkeypatch.setitem(rules.polling, Environment.SANDBOX, soon)
    monkeypatch.setattr(registry, "_AUTHORITIES", registry._AUTHORITIES)
    return TicoPlace(tico, tico_manager, sandbox, settings)

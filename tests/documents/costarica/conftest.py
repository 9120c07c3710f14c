"""A room in which nobody rests long, and a sender that works when it is asked to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Merchant
from hacienda.registry import authority
from hacienda.values import Environment
from tests import pace

Work = Callable[[Callable[[], bool]], None]
SELDOM = timedelta(minutes=5)


@pytest.fixture
def work(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Work:
    """Lets the sender work until something is so."""
    pace.hurry(settings, monkeypatch)
    return pace.work


@pytest.fixture
def seldom(tico: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was taken is asked about once, and then not for a long time."""
    monkeypatch.setitem(authority("CR").rules.polling, Environment.SANDBOX, (timedelta(seconds=0.05), SELDOM))

"""The product's waits, cut short, and a sender that does one thing after the other.

What the product decides is its own; how long it rests in between is not tried here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import Error, connection
from django.utils import timezone

from contingency.management.commands import sender
from contingency.services import batches, line, runs, tending
from documents.services import idempotency, probing, transmit, turns
from hacienda import availability, policy
from hacienda.costarica.transport import tokens as costarican_tokens
from hacienda.elsalvador.transport import tokens
from hacienda.http import PATIENCE
from hacienda.registry import authority, countries
from hacienda.values import Environment
from tests import books

MOMENT = timedelta(seconds=0.02)
WHILE = timedelta(seconds=0.05)
LEASE = timedelta(seconds=0.2)
LONG = timedelta(seconds=60)
PAUSE = 0.04  # seconds between two looks of a sender that has nothing to do
BACKOFF = policy.BACKOFF  # the product's own
SHORTEST_BACKOFF = timedelta(seconds=0.1)  # long enough that the errand is given back for it
LOOK_PAUSE = 0.1  # between two looks at what falls due and at outages, which cost more
CHECK_PAUSE = 0.5
LONGEST = 60.0  # seconds: so much is promised for a recovery


def hurry(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing rests long, and no bound on a time decides what a busy machine did too slowly."""
    settings.LEASE = LEASE
    settings.SENDER_POLL = timedelta(seconds=0.01)
    settings.DEFAULT_WAIT = timedelta(seconds=20)
    waits: dict[Any, dict[str, Any]] = {
        sender: {"CHORE_PAUSE": MOMENT},
        availability: {
            "PAUSES": (WHILE,),
            "CONFIRM": MOMENT,
            "WATCH": MOMENT,
            "STEADY": (timedelta(0),),
            "PROBE_LEASE": LEASE,
            "TRIAL_PAUSE": WHILE,
        },
        policy: {
            "BACKOFF": (SHORTEST_BACKOFF,),
            "OUTAGE_REST": WHILE,
            "PAUSES": (MOMENT, WHILE),
            "FAST": LONG,
            "UNAUTHORIZED_REST": LEASE,
        },
        batches: {"FIRST_READING": MOMENT, "READING_PAUSES": (WHILE,)},
        transmit: {"SHORT_REST": timedelta(seconds=0.06)},
        tokens: {"REFUSAL_MEMORY": 0.05},
        costarican_tokens: {"REFUSAL_MEMORY": 0.05},
        turns: {"OUTAGE_REST": WHILE, "FAILED_REST": WHILE, "HELD_REST": WHILE},
        runs: {"BUSY_REST": MOMENT, "IDLE_REST": WHILE},
        line: {"SHORTEST_REST": MOMENT},
        idempotency: {"IN_FLIGHT": LEASE},
    }
    for module, constants in waits.items():
        for name, value in constants.items():
            assert hasattr(module, name)
            monkeypatch.setattr(module, name, value)
    for country in countries():
        judged_within = authority(country).rules.contingency.judged_within
        monkeypatch.setitem(judged_within, Environment.SANDBOX, timedelta(seconds=0.2))


def doubt_for(patience: float) -> None:
    """Ask again after an absence as slowly as the product does, measured by its patience (seconds) with an answer.

    After `hurry`, which undoes it too. What is taken up a moment after that patience is over is then still found.
    """
    scale = patience / PATIENCE.total
    policy.BACKOFF = tuple(max(rest * scale, SHORTEST_BACKOFF) for rest in BACKOFF)


class NotAtRest(AssertionError):
    """The time was over before the check held."""


def work(check: Callable[[], bool], *, seconds: float = LONGEST) -> None:
    """What a sender does, one thing after the other, so that each time the same comes in the same order.

    The check is looked at whenever nothing is left to do, and now and then before that: it may act, as a person does.
    """
    one = sender.Sender(1)
    ends = time.monotonic() + seconds
    look_at = check_at = 0.0
    found = 0

    def is_over() -> bool:
        """Looked at when nothing is left to do; on a busy machine there always is, and the check may end that."""
        nonlocal check_at
        if found and time.monotonic() < check_at:
            return False
        check_at = time.monotonic() + CHECK_PAUSE
        try:
            return check()
        except Error:  # the connection was lost before; it is made anew
            connection.close()
            return False

    try:
        while not is_over():
            if time.monotonic() > ends:
                raise NotAtRest(f"it did not come to rest: {books.unfinished()}")
            try:
                if time.monotonic() >= look_at:
                    look_at = time.monotonic() + LOOK_PAUSE
                    tending.tend(timezone.now())
                    probing.look(timezone.now())
                found = one.turn()
            except Error:  # as the product's own: what is stored is good for another turn
                connection.close()
                found = 0
            for running in one._running:
                running.result()
            if not found:
                time.sleep(PAUSE)
    finally:
        one._pool.shutdown()

"""What counts as a frozen cluster. That a real one is noticed and started again is tried end to end."""

from __future__ import annotations

import ctypes
from datetime import timedelta
from multiprocessing import Value
from types import SimpleNamespace
from typing import Any

import pytest

from smartbill.watchdog import LOOK, Symptoms, WatchedSentinel

IDLE, BUSY = -1.0, 40.0


def sentinel(*, tasks: int = 0, results: int = 0, timers: tuple[float, ...] = (IDLE, IDLE)) -> Any:
    """One that guards nothing: only what the watchdog looks at."""
    made = WatchedSentinel.__new__(WatchedSentinel)
    made._done_before = 0
    made.task_queue = SimpleNamespace(size=SimpleNamespace(count=Value("i", tasks)))
    made.result_queue = SimpleNamespace(size=SimpleNamespace(count=Value("i", results)))
    made.pool = [SimpleNamespace(timer=Value(ctypes.c_float, timer)) for timer in timers]
    made.broker = SimpleNamespace(round_at=100.0)
    return made


def seen(one: Any, now: float = 100.0) -> set[str]:
    return {name for name, is_there in one._seen(now).items() if is_there}


def test_an_idle_or_busy_cluster_shows_nothing() -> None:
    assert seen(sentinel()) == set()
    assert seen(sentinel(tasks=2, timers=(BUSY, IDLE))) == set()


def test_tasks_that_nobody_reads_are_a_symptom() -> None:
    assert seen(sentinel(tasks=1)) == {"tasks wait and every process is idle"}


def test_results_that_do_not_become_fewer_are_a_symptom() -> None:
    one = sentinel(results=3)
    assert seen(one) == set()
    assert seen(one) == {"results wait and nobody takes them"}
    one.result_queue.size.count.value = 2
    assert seen(one) == set()


def test_a_guard_that_does_not_go_round_is_a_symptom() -> None:
    assert seen(sentinel(), now=100.0 + 3 * LOOK) == {"the guard stands still"}


def test_a_lock_that_a_killed_process_holds_does_not_stop_the_look() -> None:
    one = sentinel(tasks=1)
    for held in (one.pool[0].timer, one.task_queue.size.count):
        assert held.get_lock().acquire()
    assert seen(one) == {"tasks wait and every process is idle"}


@pytest.mark.parametrize(
    ("looks", "verdict"),
    [
        ([(0, True), (5, True), (9, True)], None),
        ([(0, True), (5, True), (10, True)], "stuck"),
        ([(0, True), (5, False), (10, True)], None),
    ],
)
def test_only_a_symptom_without_a_break_counts(looks: list[tuple[float, bool]], verdict: str | None) -> None:
    symptoms = Symptoms(timedelta(seconds=10))
    assert [symptoms.lasting({"stuck": is_there}, now) for now, is_there in looks][-1] == verdict

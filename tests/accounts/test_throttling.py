"""The limit of requests a minute: per key, with the time to wait."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from accounts import counting
from accounts.counting import Counters
from accounts.models import ApiKey
from accounts.throttling import KeyThrottle

LIMIT = 3
PROJECT = Path(__file__).resolve().parents[2]
WITHIN_A_MINUTE = datetime(2026, 11, 22, 15, 0, 45, tzinfo=UTC)


class Limited(APIView):
    throttle_classes = (KeyThrottle,)
    permission_classes = ()

    def get(self, request: Any) -> Response:
        return Response({})


@pytest.fixture(autouse=True)
def limited(settings: Any) -> None:
    settings.RATE_LIMIT_PER_MINUTE = LIMIT


def call(key: ApiKey | None) -> Any:
    request = APIRequestFactory().get("/")
    force_authenticate(request, user=None, token=key)
    return Limited.as_view()(request)


def test_a_key_is_refused_beyond_its_limit_and_told_when_to_come_back() -> None:
    with time_machine.travel(WITHIN_A_MINUTE, tick=False):
        assert [call(ApiKey(pk=1)).status_code for _ in range(LIMIT)] == [200] * LIMIT
        refused = call(ApiKey(pk=1))
    assert refused.status_code == 429
    assert refused["Retry-After"] == "15"
    assert refused.data["code"] == "rate_limited"


def test_the_next_minute_opens_a_new_window() -> None:
    with time_machine.travel(WITHIN_A_MINUTE, tick=False) as clock:
        assert [call(ApiKey(pk=1)).status_code for _ in range(LIMIT + 1)][-1] == 429
        clock.shift(14.9)
        assert call(ApiKey(pk=1)).status_code == 429
        clock.shift(0.1)
        assert call(ApiKey(pk=1)).status_code == 200


def test_one_busy_key_does_not_stop_another() -> None:
    with time_machine.travel(WITHIN_A_MINUTE, tick=False):
        assert [call(ApiKey(pk=1)).status_code for _ in range(LIMIT + 1)][-1] == 429
        assert call(ApiKey(pk=2)).status_code == 200


def test_zero_sets_no_limit(settings: Any) -> None:
    settings.RATE_LIMIT_PER_MINUTE = 0
    assert {call(ApiKey(pk=1)).status_code for _ in range(3 * LIMIT)} == {200}


def from_address(address: str) -> Any:
    request = APIRequestFactory().get("/", REMOTE_ADDR=address)
    return Limited.as_view()(request)


def test_what_needs_no_key_is_counted_by_address(settings: Any) -> None:
    settings.ADDRESS_LIMIT_PER_MINUTE = 2
    with time_machine.travel(WITHIN_A_MINUTE, tick=False):
        answers = [from_address("203.0.113.7") for _ in range(3)]
        assert [one.status_code for one in answers] == [200, 200, 429]
        assert answers[-1]["Retry-After"] == "15"
        assert from_address("203.0.113.8").status_code == 200


def test_neighbours_in_one_network_of_ipv6_are_one_caller(settings: Any) -> None:
    settings.ADDRESS_LIMIT_PER_MINUTE = 1
    with time_machine.travel(WITHIN_A_MINUTE, tick=False):
        assert from_address("2001:db8:1:2::1").status_code == 200
        assert from_address("2001:db8:1:2:ffff::2").status_code == 429
        assert from_address("2001:db8:1:3::1").status_code == 200


def test_this_machine_is_never_too_busy(settings: Any) -> None:
    settings.ADDRESS_LIMIT_PER_MINUTE = 1
    assert {from_address("127.0.0.1").status_code for _ in range(4)} == {200}


class TestCounters:
    def test_processes_count_together(self, tmp_path: Path) -> None:
        code = (
            "import sys; from pathlib import Path; from accounts.counting import Counters; "
            "one = Counters(Path(sys.argv[1])); [one.add('key:1') for _ in range(500)]"
        )
        with time_machine.travel(WITHIN_A_MINUTE, tick=False):
            frozen = f"import time; time.time = lambda: {time.time()!r}; "
        path = tmp_path / "counters"
        started = [subprocess.Popen([sys.executable, "-c", frozen + code, str(path)], cwd=PROJECT) for _ in range(4)]
        assert [one.wait(60) for one in started] == [0] * 4
        with time_machine.travel(WITHIN_A_MINUTE, tick=False):
            assert Counters(path).read("key:1") == 2000
            assert Counters(path).read("key:2") == 0

    def test_threads_count_together(self, tmp_path: Path) -> None:
        one = Counters(tmp_path / "counters")
        with time_machine.travel(WITHIN_A_MINUTE, tick=False), ThreadPoolExecutor(8) as pool:
            numbers = list(pool.map(lambda _: one.add("key:1"), range(400)))
        assert sorted(numbers) == list(range(1, 401))

    def test_a_process_that_dies_while_it_counts_leaves_no_lock_behind(self, tmp_path: Path) -> None:
        path = tmp_path / "counters"
        code = (
            "import os, sys; from pathlib import Path; from accounts.counting import Counters\n"
            "one = Counters(Path(sys.argv[1]))\n"
            "with one._held(): os._exit(3)"
        )
        assert subprocess.run([sys.executable, "-c", code, str(path)], cwd=PROJECT, check=False).returncode == 3
        assert Counters(path).add("key:1") == 1

    def test_many_names_do_not_disturb_each_other(self, tmp_path: Path) -> None:
        one = Counters(tmp_path / "counters")
        with time_machine.travel(WITHIN_A_MINUTE, tick=False):
            names = [f"address:{number}" for number in range(5000)]
            for name in names:
                one.add(name)
                one.add(name)
            assert {one.read(name) for name in names} == {2}

    def test_a_full_table_forgets_the_least_and_goes_on(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(counting, "_SLOTS", 8)
        one = Counters(tmp_path / "counters")
        with time_machine.travel(WITHIN_A_MINUTE, tick=False):
            for _ in range(3):
                one.add("key:busy")
            for number in range(50):
                one.add(f"address:{number}")
            assert one.add("key:busy") == 4

"""The limit of requests a minute: per key, with the time to wait."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from accounts import throttling
from accounts.models import ApiKey
from accounts.throttling import KeyThrottle

LIMIT = 3
WITHIN_A_MINUTE = datetime(2026, 11, 22, 15, 0, 45, tzinfo=UTC)


class Limited(APIView):
    throttle_classes = (KeyThrottle,)
    permission_classes = ()

    def get(self, request: Any) -> Response:
        return Response({})


@pytest.fixture(autouse=True)
def limited(settings: Any) -> Iterator[None]:
    settings.RATE_LIMIT_PER_MINUTE = LIMIT
    cache.clear()
    yield
    cache.clear()


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


def test_whoever_has_no_key_is_not_counted() -> None:
    assert {call(None).status_code for _ in range(2 * LIMIT)} == {200}


def test_a_counter_that_a_full_cache_dropped_lets_the_request_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "add", lambda *given, **more: cache.clear())
    assert throttling.count("requests:1:1") == 1

"""The last use of a key: noted beside the request, at most once a minute, and never in its way."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection, transaction

from accounts import keys, services, usage
from accounts.models import ApiKey, Environment, Merchant, Role
from accounts.services import NewKey
from accounts.usage import LastUse

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
AT_ONCE = timedelta(0)


def eventually(condition: Callable[[], bool], seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return condition()


@pytest.fixture
def used_key(transactional_db: None) -> ApiKey:
    merchant = Merchant.objects.create(tax_id="1", registration="1", name="TIENDA", activity="1", phone="1")
    return services.create_api_key(
        merchant=merchant, environment=Environment.SANDBOX, role=Role.MANAGER, name="caja", now=NOW
    ).key


def test_a_use_reaches_the_row_without_anybody_waiting(used_key: ApiKey) -> None:
    LastUse(AT_ONCE).note(used_key, NOW)
    assert eventually(lambda: ApiKey.objects.get().last_used_at == NOW)


def test_a_busy_database_does_not_hold_up_the_request(used_key: ApiKey) -> None:
    noted = LastUse(AT_ONCE)
    finished = threading.Event()

    def request() -> None:
        noted.note(used_key, NOW)
        finished.set()
        connection.close()

    with transaction.atomic():
        ApiKey.objects.filter(pk=used_key.pk).update(name="locked")  # nobody else can write the row now
        threading.Thread(target=request).start()
        assert finished.wait(1)
        time.sleep(0.05)
        assert ApiKey.objects.get().last_used_at is None
    assert eventually(lambda: ApiKey.objects.get().last_used_at == NOW)


def test_within_a_minute_nothing_is_written_again(shop_key: NewKey) -> None:
    pk = shop_key.key.pk
    assert usage.write({pk: NOW}) == 1
    assert usage.write({pk: NOW + timedelta(seconds=59)}) == 0
    assert ApiKey.objects.get().last_used_at == NOW
    assert usage.write({pk: NOW + timedelta(seconds=60)}) == 1


def test_a_later_moment_is_never_overwritten_by_an_earlier_one(shop_key: NewKey) -> None:
    usage.write({shop_key.key.pk: NOW})
    assert usage.write({shop_key.key.pk: NOW - timedelta(hours=1)}) == 0


def test_a_row_used_within_the_minute_starts_nothing(shop_key: NewKey, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []
    monkeypatch.setattr(LastUse, "_gather", lambda *given: started.append(given))
    shop_key.key.last_used_at = NOW
    with transaction.atomic():
        LastUse().note(shop_key.key, NOW + timedelta(seconds=59))
    assert started == []


def test_many_uses_at_once_become_one_write(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Mapping[int, datetime]] = []
    monkeypatch.setattr(usage, "write", written.append)
    noted = LastUse(timedelta(milliseconds=50))
    for second in range(20):
        noted._gather(7, NOW + timedelta(seconds=second))
    assert eventually(lambda: bool(written))
    time.sleep(0.1)
    assert written == [{7: NOW + timedelta(seconds=19)}]


def test_inside_a_transaction_it_waits_for_the_commit(
    shop_key: NewKey,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    gathered: list[int] = []
    monkeypatch.setattr(LastUse, "_gather", lambda self, key_id, now: gathered.append(key_id))
    with django_capture_on_commit_callbacks(execute=True):
        LastUse().note(shop_key.key, NOW)
        assert gathered == []
    assert gathered == [shop_key.key.pk]


def test_a_failing_database_is_logged_without_secrets_and_the_next_use_is_noted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answers: list[Exception | None] = [OperationalError("connection to secret-host failed"), None]
    written: list[Mapping[int, datetime]] = []

    def write(uses: Mapping[int, datetime]) -> None:
        answer = answers.pop(0)
        if answer is not None:
            raise answer
        written.append(uses)

    monkeypatch.setattr(usage, "write", write)
    noted = LastUse(AT_ONCE)
    with caplog.at_level(logging.WARNING):
        noted._gather(7, NOW)
        assert eventually(lambda: "was not noted" in caplog.text)
    assert "secret-host" not in caplog.text
    noted._gather(8, NOW)
    assert eventually(lambda: written == [{8: NOW}])


def test_a_process_without_room_for_a_thread_still_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_more(*_args: object, **_more: object) -> None:
        raise RuntimeError("can't start new thread")

    written: list[Mapping[int, datetime]] = []
    monkeypatch.setattr(usage, "write", written.append)
    noted = LastUse(AT_ONCE)
    with monkeypatch.context() as broken:
        broken.setattr(threading.Thread, "start", no_more)
        noted._gather(7, NOW)
    noted._gather(8, NOW)
    assert eventually(lambda: written == [{7: NOW, 8: NOW}])


def test_a_refused_pair_is_no_use(shop_key: NewKey) -> None:
    assert keys.verify(shop_key.key.public_key, "wrong") is None
    assert ApiKey.objects.get().last_used_at is None

"""What grows is removed in time, in small bites, and legal evidence never is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import Schedule, Task

from accounts.models import Environment, Merchant
from documents.models import Attempt, Document, HistoryEntry, IdempotencyKey, Notice, Sealing
from smartbill import pruning, tasks
from tests.actors import Caller, Sandbox

EVIDENCE = (Document, Sealing, HistoryEntry, Attempt, Notice)


def test_keys_are_kept_for_the_promised_day_and_then_removed_without_what_they_made(
    manager: Caller, sandbox: Sandbox
) -> None:
    assert manager.send(**{"Idempotency-Key": "one"}).status_code == 201
    evidence = {model: model.objects.count() for model in EVIDENCE}

    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        tasks.prune()
        assert manager.send(**{"Idempotency-Key": "one"}).headers["Idempotent-Replayed"] == "true"
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        tasks.prune()

    assert not IdempotencyKey.objects.exists()
    assert {model: model.objects.count() for model in EVIDENCE} == evidence


def test_the_key_of_a_document_on_its_way_stays(manager: Caller, sandbox: Sandbox) -> None:
    manager.send(**{"Idempotency-Key": "one"})
    Document.objects.update(state="transmitting")

    pruning.prune(timezone.now() + timedelta(days=30))

    assert IdempotencyKey.objects.count() == 1


@pytest.mark.django_db
def test_what_is_still_of_use_stays() -> None:
    now = timezone.now()
    Session.objects.create(session_key="over", session_data="", expire_date=now - timedelta(seconds=1))
    Session.objects.create(session_key="alive", session_data="", expire_date=now + timedelta(days=1))
    for age, success in ((1, True), (8, True), (8, False), (91, False)):
        moment = now - timedelta(days=age)
        Task.objects.create(
            id=f"{age} {success}", name="a", func="a.b", started=moment, stopped=moment, success=success
        )

    assert pruning.prune(now) == 3

    assert [one.session_key for one in Session.objects.all()] == ["alive"]
    assert {one.pk for one in Task.objects.all()} == {"1 True", "8 False"}


def _keys(merchant: Merchant, count: int) -> None:
    IdempotencyKey.objects.bulk_create(
        IdempotencyKey(
            merchant=merchant,
            environment=Environment.SANDBOX,
            key=str(number),
            fingerprint="0",
            created_at=timezone.now() - timedelta(days=3),
        )
        for number in range(count)
    )


def test_a_turn_takes_small_bites_and_ends_in_time(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "BITE", 10)
    _keys(merchant, 95)
    seconds = iter(range(0, 1000, 10))  # every look at the clock takes ten seconds

    assert pruning.prune(timezone.now(), clock=lambda: next(seconds)) == 30
    assert pruning.prune(timezone.now()) == 65


@pytest.mark.django_db
def test_the_schedule_names_a_task_that_is_there() -> None:
    # The tables may have been emptied since: what the migration makes is asked of the migration.
    migration: Any = import_string("smartbill.migrations.0002_pruning.install")
    Schedule.objects.filter(name="pruning").delete()
    migration(apps, None)
    migration(apps, None)

    schedule = Schedule.objects.get(name="pruning")

    assert import_string(schedule.func) is tasks.prune
    assert timezone.now() < schedule.next_run <= timezone.now() + timedelta(hours=1)

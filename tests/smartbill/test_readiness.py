"""`/ready`: whether the whole installation is at work, told without anything that is anybody's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from django_q.models import Schedule

from accounts.models import Credential, Merchant
from documents.models import Heartbeat
from documents.services import heartbeats
from smartbill import readiness
from tests.smartbill.at_work import set_up_installation


@pytest.fixture(autouse=True)
def looked_at_anew() -> Iterator[None]:
    readiness.kept.forget()
    yield
    readiness.kept.forget()


def parts(client: Client, status: int) -> dict[str, str]:
    readiness.kept.forget()
    answer = client.get("/ready")
    assert answer.status_code == status, answer.content
    return dict(answer.json()["parts"])


def test_it_is_ready_when_every_part_is_at_work(client: Client, db: None) -> None:
    set_up_installation()

    assert set(parts(client, 200).values()) == {"ok"}


@pytest.mark.parametrize("kind", ["sender", "worker"])
def test_a_process_that_has_not_beaten_for_a_while_is_silent(client: Client, db: None, kind: str) -> None:
    set_up_installation()
    Heartbeat.objects.filter(kind=kind).update(at=timezone.now() - heartbeats.SILENT_AFTER)

    assert parts(client, 503) == {
        **dict.fromkeys(("database", "migrations", "sender", "worker", "schedules"), "ok"),
        kind: "silent",
    }


def test_one_of_several_senders_is_enough(client: Client, db: None) -> None:
    set_up_installation()
    long_ago = timezone.now() - timedelta(minutes=5)
    Heartbeat.objects.create(kind="sender", process="other:1", started_at=long_ago, at=long_ago)

    assert parts(client, 200)["sender"] == "ok"


def test_what_is_not_scheduled_or_not_started_is_seen(client: Client, db: None) -> None:
    set_up_installation()
    Schedule.objects.filter(func="smartbill.tasks.watch").update(next_run=timezone.now() - timedelta(minutes=11))
    assert parts(client, 503)["schedules"] == "late"

    Schedule.objects.filter(func="smartbill.tasks.watch").delete()
    assert parts(client, 503)["schedules"] == "missing"


def test_a_database_of_an_older_version_is_not_ready(client: Client, db: None) -> None:
    set_up_installation()
    MigrationRecorder.Migration.objects.filter(app="smartbill", name="0001_alarms").delete()

    assert parts(client, 503) == {"database": "ok", "migrations": "missing"}
    assert readiness.missing_migrations() == ["smartbill.0001_alarms"]


def test_a_database_that_does_not_answer_is_told_as_such(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> list[str]:
        raise OperationalError("connection to server at 10.0.0.7 failed: password authentication failed")

    monkeypatch.setattr(readiness, "missing_migrations", gone)

    answer = client.get("/ready")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not_ready", "parts": {"database": "unreachable"}, "credentials": {}}


def test_expired_and_refused_credentials_are_counted_and_nobody_is_named(client: Client, merchant: Merchant) -> None:
    set_up_installation()
    now = timezone.now()
    Credential.objects.filter(environment="sandbox").update(valid_until=now - timedelta(days=1))
    Credential.objects.filter(environment="test").update(refused_at=now, refused_reason="clave de la cuenta")

    answer = client.get("/ready")

    assert answer.status_code == 200  # the others go on
    assert answer.json()["credentials"] == {"expired": 1, "refused": 1}
    assert merchant.tax_id not in answer.content.decode()


def test_asking_often_asks_the_database_once(client: Client, db: None, django_assert_num_queries: object) -> None:
    set_up_installation()
    client.get("/ready")

    with django_assert_num_queries(0):  # type: ignore[operator]
        for _ in range(20):
            client.get("/ready")


def test_who_leaves_in_good_order_is_not_missed_and_the_long_gone_are_forgotten(db: None) -> None:
    long_ago = timezone.now() - timedelta(hours=2)
    Heartbeat.objects.create(kind="sender", process="other:1", started_at=long_ago, at=long_ago)
    pulse = heartbeats.Pulse(Heartbeat.Kind.SENDER, threads=8)

    assert pulse.beat(busy=3)
    assert not pulse.beat(busy=4)  # at most every few seconds
    row = Heartbeat.objects.get(process=heartbeats.this_process())
    assert (row.threads, row.busy) == (8, 3)

    pulse.end()
    assert not Heartbeat.objects.exists()

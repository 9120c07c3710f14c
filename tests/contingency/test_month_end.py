"""The end of every month: when it comes, whose documents it takes, and that nobody's is forgotten."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.utils import timezone
from django_q import models as django_q
from django_q.models import OrmQ, Schedule
from django_q.scheduler import scheduler

from accounts.models import Merchant
from contingency import tasks
from contingency.models import Run
from contingency.services import runs
from documents.models import Document
from hacienda.models import Outage

pytestmark = pytest.mark.django_db(transaction=True)

ZONE = ZoneInfo("America/El_Salvador")
installation = import_module("contingency.migrations.0003_month_end")


@pytest.fixture
def schedules() -> Iterator[list[Schedule]]:
    """As migrating installs them, and no others: those are there only where no test has emptied the tables yet."""
    Schedule.objects.all().delete()
    installation.install(apps, None)
    return list(Schedule.objects.order_by("name"))


def document(merchant: Merchant, number: int, issued_at: datetime, environment: str = "sandbox") -> Document:
    return Document.objects.create(
        merchant=merchant,
        environment=environment,
        type_code="01",
        version=2,
        state="contingency",
        generation_code=f"{environment}-{merchant.pk}-{number}",
        control_number=f"DTE-01-M001P001-{number:015d}",
        establishment="M001",
        point_of_sale="P001",
        series="M001",
        year=issued_at.year,
        number=number,
        issued_at=issued_at,
        total="1.00",
        content={},
        contingency_reason=1,
    )


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=ZONE)


@pytest.mark.parametrize("year", [2026, 2027, 2028])
def test_a_year_of_month_ends(year: int, schedules: list[Schedule], monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's own reckoning, from one moment to the next: each month once, February and December too."""
    found: dict[str, list[datetime]] = {}
    for schedule in schedules:
        moment = at(year, 1, 1, 0, 0, 30)
        for _ in range(13):
            monkeypatch.setattr(django_q, "localtime", lambda moment=moment: moment)
            moment = schedule.calculate_next_run().astimezone(ZONE)
            if moment.year > year:
                break
            found.setdefault(schedule.name, []).append(moment)
    month_end, second_net = found["contingency: month end"], found["contingency: month end, second net"]
    assert month_end == [at(year, month, calendar.monthrange(year, month)[1], 23, 45) for month in range(1, 13)]
    assert second_net == [at(year, month, 1, 0, 15) for month in range(1, 13)]


def test_they_are_installed_for_their_time_and_not_for_now(schedules: list[Schedule]) -> None:
    assert [one.func for one in schedules] == ["contingency.tasks.send_month"] * 2
    assert all(one.next_run > timezone.now() for one in schedules)
    first = min(schedules, key=lambda one: one.next_run).next_run.astimezone(ZONE)
    assert (first.hour, first.minute) in {(23, 45), (0, 15)}


def test_what_an_operator_changed_stays(schedules: list[Schedule]) -> None:
    Schedule.objects.filter(name="contingency: month end").update(cron="0 20 L * *", repeats=0)
    installation.install(apps, None)
    assert Schedule.objects.count() == 2
    assert Schedule.objects.get(name="contingency: month end").cron == "0 20 L * *"


def test_the_library_calls_the_task_with_the_time_that_was_meant(schedules: list[Schedule]) -> None:
    meant = at(2026, 10, 31, 23, 45)
    Schedule.objects.filter(name="contingency: month end").update(next_run=meant)
    scheduler()
    [row] = OrmQ.objects.all()
    task = row.task
    assert task["func"] == "contingency.tasks.send_month"
    assert datetime.fromisoformat(task["kwargs"]["due_at"]) == meant
    assert Schedule.objects.get(name="contingency: month end").next_run > timezone.now()


class TestAMonthsDocuments:
    @pytest.mark.parametrize("month", range(1, 13))
    @pytest.mark.parametrize("second_net", [False, True])
    def test_all_that_were_issued_until_its_end(
        self, merchant: Merchant, month: int, second_net: bool, sent: list[Any]
    ) -> None:
        first = at(2026, month, 1)
        following = (first + timedelta(days=32)).replace(day=1)
        for number, moment in enumerate(
            (first - timedelta(days=3), first, following - timedelta(seconds=1), following), 1
        ):
            document(merchant, number, moment)
        due = following + (timedelta(minutes=15) if second_net else -timedelta(minutes=15))

        tasks.send_month(due.isoformat())

        [call] = sent
        assert sorted(call["documents"].values_list("number", flat=True)) == [1, 2, 3]
        assert call["trigger"] == Run.Trigger.MONTH_END

    def test_every_merchant_and_environment_has_a_run_of_its_own(
        self, merchant: Merchant, other_merchant: Merchant
    ) -> None:
        long_ago = at(2026, 1, 15)
        document(merchant, 1, long_ago)
        document(merchant, 2, long_ago, "test")
        document(other_merchant, 3, long_ago)

        assert tasks.send_month(at(2026, 1, 31, 23, 45).isoformat()) == 3
        assert Run.objects.count() == 3
        assert {run.total for run in Run.objects.all()} == {1}
        assert tasks.send_month(at(2026, 2, 1, 0, 15).isoformat()) == 0  # under way already

    def test_one_merchants_trouble_is_not_anothers(
        self, merchant: Merchant, other_merchant: Merchant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        document(merchant, 1, at(2026, 1, 15))
        document(other_merchant, 2, at(2026, 1, 15))
        start = runs.start

        def fragile(**arguments: Any) -> Any:
            if arguments["merchant"] == merchant:
                raise RuntimeError("broken")
            return start(**arguments)

        monkeypatch.setattr(runs, "start", fragile)
        assert tasks.send_month(at(2026, 1, 31, 23, 45).isoformat()) == 1
        assert Run.objects.get().merchant == other_merchant

    def test_during_an_outage_the_run_is_made_and_waits(self, merchant: Merchant) -> None:
        moment = at(2026, 1, 31, 22, 0)
        Outage.objects.create(
            country="SV",
            environment="sandbox",
            cause="closed",
            began_at=moment,
            last_failure_at=moment,
            next_probe_at=moment,
        )
        document(merchant, 1, moment)
        assert tasks.send_month(at(2026, 1, 31, 23, 45).isoformat()) == 1
        assert Run.ACTIVE
        assert Run.objects.filter(Run.ACTIVE).get().total == 1


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What runs were asked for, with what."""
    calls: list[Any] = []

    def start(**arguments: Any) -> tuple[Run, bool]:
        calls.append(arguments)
        return Run(total=1), True

    monkeypatch.setattr(runs, "start", start)
    return calls

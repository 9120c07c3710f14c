"""Alarms: found, told once when they begin and once when they end, and each with what to do about it."""

from __future__ import annotations

import ast
import logging
import re
import shutil
from datetime import timedelta
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command, get_commands
from django.db import OperationalError
from django.utils import timezone
from django_q.models import OrmQ, Schedule, Task

from documents.models import Heartbeat, Restoration
from hacienda.alarms import Alarm
from smartbill import alarms, readiness, tasks
from smartbill.models import RaisedAlarm
from tests.architecture.sources import PROJECT, product
from tests.smartbill.at_work import set_up_installation

MINUTE = timedelta(minutes=1)


@pytest.fixture
def healthy(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up_installation()
    monkeypatch.setattr(alarms, "FLOORS", ())  # what the floors find is tried there


def codes() -> list[str]:
    return [alarm.code for alarm in alarms.found(timezone.now())]


@pytest.mark.usefixtures("healthy")
class TestFinding:
    def test_nothing_is_found_where_all_is_well(self) -> None:
        assert codes() == []

    def test_processes_that_are_silent(self) -> None:
        last = timezone.now() - MINUTE
        Heartbeat.objects.update(at=last)

        found = alarms.found(timezone.now())

        assert [(alarm.code, alarm.since) for alarm in found] == [("sender_silent", last), ("worker_silent", last)]

    def test_a_worker_that_does_not_keep_up(self) -> None:
        OrmQ.objects.create(key="smartbill", payload="x", lock=timezone.now() - 4 * MINUTE)
        assert codes() == []
        OrmQ.objects.create(key="smartbill", payload="x", lock=timezone.now() - 6 * MINUTE)
        assert codes() == ["worker_behind"]

    def test_schedules_that_are_missing_or_late(self) -> None:
        Schedule.objects.filter(func="contingency.tasks.send_month").delete()
        Schedule.objects.update(next_run=timezone.now() - 11 * MINUTE)
        assert codes() == ["schedule_missing", "schedule_late"]

    def test_mail_that_fails_until_an_hour_after_the_last_failure(self) -> None:
        now = timezone.now()
        failure = {"func": "documents.tasks.mail_link", "success": False, "started": now}
        Task.objects.create(id="a" * 32, name="a", stopped=now - 61 * MINUTE, **failure)
        assert codes() == []
        Task.objects.create(id="b" * 32, name="b", stopped=now, **failure, result="ana@example.com refused : ...")

        (alarm,) = alarms.found(now)

        assert (alarm.code, alarm.count) == ("mail_failing", 1)
        assert "ana@" not in alarm.text

    @pytest.mark.parametrize(
        ("total", "free", "found"), [(100, 6, []), (100, 4, ["disk_nearly_full"]), (2000, 6, [])]
    )
    def test_a_disk_that_is_nearly_full(
        self, monkeypatch: pytest.MonkeyPatch, total: int, free: int, found: list[str]
    ) -> None:
        usage = SimpleNamespace(total=total * 1024**3, free=free * 1024**3)
        monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
        assert codes() == found

    def test_a_restored_backup_until_the_operator_is_done(self) -> None:
        now = timezone.now()
        row = Restoration.objects.create(backup_at=now, restored_at=now)
        assert codes() == ["restore_unfinished", "numbering_held"]
        Restoration.objects.filter(pk=row.pk).update(doubted_at=now)
        assert codes() == ["numbering_held"]
        Restoration.objects.filter(pk=row.pk).update(closed_at=now)
        assert codes() == []

    def test_a_database_that_does_not_answer_is_an_alarm_and_not_an_error(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(readiness, "missing_migrations", _raise(OperationalError("at 10.0.0.7: secret")))
        (alarm,) = alarms.found(timezone.now())
        assert (alarm.code, "secret" in alarm.text) == ("database_unreachable", False)

    def test_a_source_that_fails_does_not_hide_the_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(readiness, "missing_schedules", _raise(KeyError("x")))
        Heartbeat.objects.filter(kind="worker").delete()
        assert codes() == ["worker_silent", "alarms_incomplete"]

    def test_a_database_of_an_older_version(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(readiness, "missing_migrations", lambda: ["documents.0099_next"])
        assert codes() == ["migrations_missing"]


def _raise(error: Exception) -> Any:
    def fail() -> None:
        raise error

    return fail


def test_what_the_floors_find_is_gathered(healthy: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms, "FLOORS", (lambda at: iter([Alarm("a_code", f"asked at {at:%H:%M}")]),))

    assert [alarm.code for alarm in alarms.found(timezone.now())] == ["a_code"]


class TestTelling:
    @pytest.fixture(autouse=True)
    def found(self, db: None, monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[Alarm]:
        settings.ALARM_EMAIL = "guardia@example.com"
        found: list[Alarm] = []
        monkeypatch.setattr(alarms, "found", lambda now: list(found))
        return found

    def test_an_alarm_is_told_once_when_it_begins_and_once_when_it_ends(
        self, found: list[Alarm], caplog: pytest.LogCaptureFixture
    ) -> None:
        found.append(Alarm("sender_silent", "No sender is at work."))
        for _ in range(3):
            tasks.watch()
        assert [message.subject for message in mail.outbox] == ["SmartBill: 1 alarms begun, 0 over"]
        assert mail.outbox[0].to == ["guardia@example.com"]
        assert "No sender is at work." in mail.outbox[0].body

        found.clear()
        for _ in range(3):
            tasks.watch()
        assert [message.subject for message in mail.outbox[1:]] == ["SmartBill: 0 alarms begun, 1 over"]
        told = [record.getMessage() for record in caplog.records if record.name == "smartbill.tasks"]
        assert told == [
            "alarm: sender_silent: No sender is at work.",
            "alarm over: sender_silent: No sender is at work.",
        ]

    def test_the_same_alarm_of_two_taxpayers_is_two(self, found: list[Alarm]) -> None:
        found += [Alarm("certificate", "It expires.", tax_id=tax_id, environment="live") for tax_id in ("1", "2")]
        tasks.watch()
        assert RaisedAlarm.objects.filter(ended_at=None).count() == 2

    def test_an_alarm_that_comes_back_is_told_again(self, found: list[Alarm]) -> None:
        alarm = Alarm("sender_silent", "No sender is at work.")
        for now_there in (True, False, True):
            found[:] = [alarm] if now_there else []
            tasks.watch()
        assert len(mail.outbox) == 3
        assert RaisedAlarm.objects.count() == 2

    def test_what_could_not_be_mailed_is_mailed_with_the_next_look(
        self, found: list[Alarm], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found.append(Alarm("sender_silent", "No sender is at work."))
        with monkeypatch.context() as broken:
            broken.setattr(tasks, "send_mail", lambda *_: (_ for _ in ()).throw(OSError("no server")))
            with pytest.raises(OSError, match="no server"):
                tasks.watch()
        tasks.watch()
        assert len(mail.outbox) == 1

    def test_without_an_address_it_is_only_logged(
        self, found: list[Alarm], settings: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.ALARM_EMAIL = ""
        found.append(Alarm("sender_silent", "No sender is at work."))
        tasks.watch()
        assert mail.outbox == []
        assert ("smartbill.tasks", logging.ERROR) in {(one.name, one.levelno) for one in caplog.records}

    def test_the_command_prints_them_and_fails(self, found: list[Alarm]) -> None:
        out = StringIO()
        call_command("alarms", stdout=out)
        assert out.getvalue() == "no alarms\n"

        found.append(Alarm("sender_silent", "No sender is at work.", since=timezone.now()))
        with pytest.raises(SystemExit) as ended:
            call_command("alarms", stdout=out)
        assert ended.value.code == 1
        assert "sender_silent  No sender is at work.  since 20" in out.getvalue()


def test_the_look_is_scheduled_by_the_migration(django_db_setup: None) -> None:
    text = (PROJECT / "smartbill/migrations/0001_alarms.py").read_text()
    assert 'func="smartbill.tasks.watch"' in text
    assert "smartbill.tasks.watch" in readiness.SCHEDULED


def commands(document: str) -> list[str]:
    """What stands in code, in a line or a block, and begins with manage.py."""
    text = (PROJECT / document).read_text()
    spans = [" ".join(span.split()) for span in re.findall(r"(?<!`)`([^`]+)`", text)]
    blocks = [line.strip() for line in text.splitlines() if line.startswith("    ")]
    return [match[1] for one in spans + blocks if (match := re.search(r"\bmanage\.py (\w.*)", one))]


@pytest.mark.parametrize("document", ["docs/runbook.md", "docs/operations.md", "README.md"])
def test_every_command_of_the_documentation_exists(document: str) -> None:
    found = commands(document)
    assert len(found) > 3
    for command in found:
        name, *rest = command.split(" ", 1)
        assert name in get_commands(), command
        code = re.fullmatch(r'-c "(.*)"', rest[0]) if name == "shell" else None
        if code is not None:
            for statement in ast.parse(code[1]).body:  # it can be read, and what it imports is there
                if isinstance(statement, ast.ImportFrom):
                    exec(ast.unparse(statement), {})


def test_every_code_has_its_section_in_the_runbook_and_the_other_way_round() -> None:
    raised = set()
    for source in product():
        raised |= set(re.findall(r'\bAlarm\(\s*(?:code=)?"(\w+)"', source.text))
        if source.path.endswith("/alarms.py"):  # where a code is chosen from a table
            raised |= set(re.findall(r'Kind\.\w+, "(\w+)"', source.text))
            raised |= set(re.findall(r'"(\w+_late)"', source.text))
    sections = re.findall(r"^## `(\w+)`", (PROJECT / "docs/runbook.md").read_text(), re.MULTILINE)

    assert len(sections) == len(set(sections))
    assert len(raised) > 5
    assert set(sections) == raised

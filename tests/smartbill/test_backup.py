"""Backups: whole, of one moment, without secrets; and a restore after which nothing is sent or numbered twice."""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.models import Merchant
from documents.models import Attempt, Document, Restoration, Sequence
from documents.services import numbering, queue
from smartbill import backup, restore
from smartbill.databases import connection_variables
from tests.actors import TAX_ID, Caller, Sandbox, eventually, tax_credit

SERIES = {"environment": "sandbox", "series": "M001"}


@pytest.fixture
def empty_database(tmp_path: Path) -> Iterator[str]:
    """The address of a database of the same kind as the suite's, with nothing in it."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path / 'restored.sqlite3'}"
        return
    name = f"smartbill_{secrets.token_hex(6)}"
    with psycopg.connect(_address("postgres"), autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        yield _address(name)
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _address(name: str) -> str:
    told = connection.settings_dict
    who = f"{told['USER']}:{told['PASSWORD']}" if told["PASSWORD"] else told["USER"]
    return f"postgres://{who}@{told['HOST']}:{told['PORT']}/{name}"


@pytest.fixture
def elsewhere(tmp_path: Path, empty_database: str, sandbox: Sandbox) -> Callable[..., str]:
    """Runs a command in another installation with the same secrets, which is on the empty database."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "smartbill.settings",
        "DATA_DIR": str(tmp_path / "elsewhere"),
        "METRICS_DIR": str(tmp_path / "elsewhere/metrics"),
        "DATABASE_URL": empty_database,
        "SANDBOX_URL": django_settings.AUTHORITY_URLS["SV"]["sandbox"],
        "SECRET_KEY": django_settings.SECRET_KEY,
        "API_KEY_PEPPER": django_settings.API_KEY_PEPPER,
        "VAULT_KEYS": ",".join(django_settings.VAULT_KEYS),
    }

    def run(*command: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=django_settings.BASE_DIR,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == code, done.stderr[-3000:]
        return done.stdout + done.stderr

    return run


def read(address: str, query: str) -> list[Any]:
    """What stands in that other database."""
    if address.startswith("sqlite"):
        with closing(sqlite3.connect(address.removeprefix("sqlite:///"))) as database:
            return database.execute(query).fetchall()
    with psycopg.connect(address) as database:
        return database.execute(query).fetchall()


def sent(answer: Any) -> dict[str, Any]:
    assert answer.status_code in (201, 202), answer.content
    return dict(answer.json())


GO_ON = """
from django.utils import timezone
from contingency.management.commands.sender import Sender
import time
sender, end = Sender(2), time.monotonic() + 20
from documents.models import Document
while Document.objects.filter(state="transmitting").exists() and time.monotonic() < end:
    sender.turn(); time.sleep(0.1)
sender._pool.shutdown(wait=True)
"""


def test_after_a_restore_nothing_is_sent_blindly_and_no_number_is_given_twice(
    manager: Caller, sandbox: Sandbox, tmp_path: Path, empty_database: str, elsewhere: Callable[..., str]
) -> None:
    before = sent(manager.send())
    sandbox.fault("throttled", "recepciondte")
    waiting = sent(manager.send(Prefer="wait=1"))
    assert waiting["status"] == "transmitting"
    file = tmp_path / "backup.zip"
    backup.make(file)
    # After the backup: what was on its way arrives, and another document is issued that the backup does not know.
    sandbox.heal()
    Document.objects.filter(public_id=waiting["id"]).update(next_attempt_at=timezone.now(), lease_until=None)
    manager.key.merchant.credentials.update(paused_until=None)
    Attempt.objects.update(started_at=timezone.now() - timedelta(minutes=5))
    call_sender(waiting["id"])
    lost = sent(manager.send())
    assert [one["control_number"][-2:] for one in (before, waiting, lost)] == ["01", "02", "03"]
    sandbox.control("DELETE", "received")

    told = elsewhere("restore", str(file))

    assert "1 documents on their way" in told
    assert "1 series are held" in told
    assert "WARNING" not in told
    assert read(empty_database, "SELECT held, last FROM documents_sequence") == [(True, 2)]

    elsewhere("shell", "-c", GO_ON)
    assert [one["service"] for one in sandbox.received()] == ["auth", "consultadte"]
    assert read(empty_database, "SELECT state, number FROM documents_document ORDER BY number") == [
        ("accepted", 1),
        ("accepted", 2),
    ]


def call_sender(public_id: str) -> None:
    """One sender's work in this process, until the document is settled."""
    scope: dict[str, Any] = {}
    exec(GO_ON, scope)
    assert Document.objects.get(public_id=public_id).state == "accepted"


class TestMaking:
    def test_it_is_of_one_moment_readable_by_its_owner_and_whole(self, manager: Caller, tmp_path: Path) -> None:
        Session.objects.create(session_key="s" * 32, session_data="x", expire_date=timezone.now())
        file = tmp_path / "backup.zip"

        made = backup.make(file)

        assert file.stat().st_mode & 0o777 == 0o600
        assert made == backup.read(file)
        assert made.counts["accounts_merchant"] == 1
        assert "django_session" not in made.counts
        assert "documents.0015_operations" in made.migrations
        assert timezone.now() - made.moment < timedelta(minutes=1)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.zip"]
        with pytest.raises(FileExistsError):
            backup.make(file)

    def test_it_holds_none_of_the_installations_secrets(self, manager: Caller, tmp_path: Path) -> None:
        session = "s3ss10n" + secrets.token_hex(12)
        Session.objects.create(session_key=session, session_data="x", expire_date=timezone.now())
        file = tmp_path / "backup.zip"
        backup.make(file)

        with zipfile.ZipFile(file) as archive:
            archive.extractall(tmp_path / "open")
        content = b"".join(path.read_bytes() for path in (tmp_path / "open").iterdir())
        if connection.vendor == "postgresql":
            plain = ["pg_restore", "--file=-", str(tmp_path / "open/database.dump")]
            content += subprocess.run(plain, capture_output=True, check=True).stdout

        assert TAX_ID.encode() in content
        for secret in (
            django_settings.SECRET_KEY,
            django_settings.API_KEY_PEPPER,
            *django_settings.VAULT_KEYS,
            manager.private_key,
            session,
        ):
            assert secret.encode() not in content

    @pytest.mark.parametrize("damage", ["payload", "manifest", "text"])
    def test_a_damaged_file_is_refused(self, transactional_db: None, tmp_path: Path, damage: str) -> None:
        file = tmp_path / "backup.zip"
        made = backup.make(file)
        whole = zipfile.ZipFile(file).read(made.payload)
        told = json.loads(zipfile.ZipFile(file).read("manifest.json"))
        if damage == "text":
            file.write_text("no backup")
        else:
            told["format"] = 2 if damage == "manifest" else 1
            with zipfile.ZipFile(file, "w") as archive:
                archive.writestr("manifest.json", json.dumps(told))
                archive.writestr(made.payload, whole[:-1] + b"?")

        with pytest.raises(CommandError, match=r"damaged|form|no backup"):
            call_command("restore", str(file), "--check")

    def test_a_password_is_never_an_argument(self) -> None:
        wrapper: Any = type("Wrapper", (), {"settings_dict": {"PASSWORD": "s3cret", "HOST": "db", "OPTIONS": {}}})()
        assert connection_variables(wrapper) == {"PGPASSWORD": "s3cret", "PGHOST": "db"}


class TestRefusing:
    def test_a_backup_of_the_other_kind_of_database(self, transactional_db: None, tmp_path: Path) -> None:
        self._refused(tmp_path, {"engine": "other"}, "the backup is of other")

    def test_a_backup_of_a_newer_version(self, transactional_db: None, tmp_path: Path) -> None:
        self._refused(tmp_path, {"migrations": ["documents.9999_later"]}, r"newer version: it knows documents\.9999")

    def test_a_database_that_is_not_empty(self, transactional_db: None, tmp_path: Path) -> None:
        self._refused(tmp_path, {}, "not empty")

    def _refused(self, folder: Path, more: dict[str, object], why: str) -> None:
        file = folder / "backup.zip"
        made = backup.make(file)
        with zipfile.ZipFile(file) as archive:
            told, payload = json.loads(archive.read("manifest.json")), archive.read(made.payload)
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("manifest.json", json.dumps(told | more))
            archive.writestr(made.payload, payload)
        with pytest.raises(restore.RestoreError, match=why):
            restore.restore(file, now=timezone.now())


@pytest.fixture
def restored(merchant: Merchant) -> Restoration:
    """The database as it is after a restore that nobody has seen to yet."""
    now = timezone.now()
    Sequence.objects.update(held=True)
    return Restoration.objects.create(backup_at=now - timedelta(hours=1), restored_at=now, doubted_at=now)


class TestNumbersAfterwards:
    def test_a_held_series_refuses_documents_and_says_why(self, manager: Caller, sandbox: Sandbox) -> None:
        manager.send()
        Sequence.objects.update(held=True)

        refused = manager.send()

        assert (refused.status_code, refused.json()["code"]) == (503, "numbering_held")
        assert refused["Retry-After"] == "60"
        assert Sequence.objects.get().last == 1  # nothing was used
        assert Document.objects.count() == 1

    def test_a_series_that_the_backup_does_not_know_is_held_as_well(
        self, restored: Restoration, manager: Caller, sandbox: Sandbox, merchant: Merchant
    ) -> None:
        """It may have begun between the backup and the loss: at a year's turn, or in a new establishment."""
        assert manager.send().status_code == 503
        assert not Sequence.objects.exists()

        numbering.confirm(merchant=merchant, year=timezone.now().year, upcoming=1, now=timezone.now(), **SERIES)

        assert sent(manager.send())["control_number"].endswith("000001")

    def test_once_everything_is_accounted_for_new_series_begin_with_1(
        self, restored: Restoration, manager: Caller, sandbox: Sandbox
    ) -> None:
        assert numbering.close_restoration(timezone.now()) == 1
        assert sent(manager.send())["control_number"].endswith("000001")

    def test_skipping_leaves_a_gap_and_nothing_is_given_twice(self, manager: Caller, sandbox: Sandbox) -> None:
        manager.send()
        Sequence.objects.update(held=True)
        out = StringIO()

        call_command("numbers", "skip", "100", stdout=out)

        assert "skips 2 to 101" in out.getvalue()
        assert sent(manager.send())["control_number"].endswith("000102")

    def test_the_operator_says_which_number_comes_next(
        self, restored: Restoration, merchant: Merchant, manager: Caller, sandbox: Sandbox
    ) -> None:
        series = (TAX_ID, "sandbox", "M001", str(timezone.now().year))
        Sequence.objects.create(
            merchant=merchant, environment="sandbox", scope="M001", year=int(series[3]), last=2, held=True
        )
        out = StringIO()
        call_command("numbers", stdout=out)
        assert "HELD, last known 2" in out.getvalue()
        with pytest.raises(CommandError, match="number 2 was given out already"):
            call_command("numbers", "next", *series, "2")
        with pytest.raises(CommandError, match="1 series wait for their next number"):
            call_command("numbers", "close")

        call_command("numbers", "next", *series, "4", stdout=out)
        call_command("numbers", "close", stdout=out)

        assert "next 4" in out.getvalue()
        assert sent(manager.send())["control_number"].endswith("000004")

    def test_an_unknown_merchant_or_a_margin_of_nothing_is_refused(self, db: None) -> None:
        with pytest.raises(CommandError, match="no merchant has the NIT"):
            call_command("numbers", "next", "00000000000000", "live", "M001", "2026", "5")
        with pytest.raises(CommandError, match="at least one"):
            call_command("numbers", "skip", "0")


def test_an_interrupted_restore_sends_nothing_until_it_is_finished(manager: Caller, sandbox: Sandbox) -> None:
    """What is written with the data is enough: every row that waits is claimed, every series is held."""
    sandbox.fault("throttled", "recepciondte")
    sent(manager.send(Prefer="wait=1"))
    assert eventually(lambda: not Document.objects.get().lease_owner)
    later = timezone.now() + timedelta(days=365)
    assert queue.due(Document, now=later).exists()

    with connection.cursor() as cursor:
        for statement in restore.marks(_manifest(timezone.now()), timezone.now()):
            cursor.execute(statement.replace("%", "%%"))

    assert not queue.due(Document, now=later).exists()
    assert manager.send().status_code == 503
    assert restore.finish(timezone.now())["documents on their way"] == 1
    assert queue.due(Document, now=later).exists()
    assert list(Document.objects.get().exchange.values_list("outcome", flat=True))[-1] == "started"


def _manifest(at: datetime) -> backup.Manifest:
    return backup.Manifest(1, "0", connection.vendor, at.isoformat(), [], {}, "x", 0, "")


def test_a_rejected_document_keeps_its_code_no_longer(manager: Caller, sandbox: Sandbox) -> None:
    """A correction that the backup does not know may have been accepted under it."""
    sandbox.fault("reject", "recepciondte", code="020", message="[documento.receptor] INVALIDO")
    rejected = manager.send(tax_credit()).json()["document"]
    assert rejected["rejection"]["correctable_until"] is not None
    sandbox.heal()
    now = timezone.now()
    Restoration.objects.create(backup_at=now - timedelta(hours=1), restored_at=now)

    assert restore.finish(now)["rejected documents that need a new code"] == 1
    assert restore.finish(now) == {}  # once

    assert manager.get(f"documents/{rejected['id']}").json()["rejection"]["correctable_until"] is None
    corrected = manager.post(f"documents/{rejected['id']}/correct", tax_credit()).json()
    assert corrected["generation_code"] != rejected["generation_code"]

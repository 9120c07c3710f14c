"""Bringing a backup back, so that it is safe to go on with it.

What happened between the backup and the loss is not in it. Therefore every series of numbers is held until an
operator has said which number comes next, and everything that was in transit counts as perhaps sent, so that it is
asked about before anything of it leaves. Until both is written down every row is claimed by nobody that lives.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader

from accounts import vault
from contingency.models import Batch, Event, Run
from contingency.services import doubting as contingency
from documents.models import Decision, Document, Invalidation, Queued, Restoration
from documents.services import doubting as documents
from smartbill import backup
from smartbill.backup import Manifest
from smartbill.databases import engine, is_empty

QUEUES: tuple[type[Queued], ...] = (Document, Invalidation, Decision, Event, Run, Batch)
FAR = "9999-01-01 00:00:00"
# Counted anew by what follows the loading.
CHANGES = {"documents_restoration", "django_migrations", "django_content_type", "auth_permission"}


class RestoreError(Exception):
    """The backup does not fit this installation; the text says why, and nothing was changed."""


@dataclass(slots=True)
class Report:
    """What a restore has done: rows to be asked about by kind, and what an operator should know."""

    manifest: Manifest
    doubted: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def restore(path: Path, *, now: datetime) -> Report:
    """Bring the backup into the empty database and make it safe. Raises `RestoreError`, `BackupError`."""
    manifest = backup.read(path)
    target = engine()
    if manifest.engine != target.name:
        raise RestoreError(f"the backup is of {manifest.engine}, this installation is on {target.name}")
    unknown = set(manifest.migrations) - {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if unknown:
        raise RestoreError(f"the backup is of a newer version: it knows {sorted(unknown)[0]}")
    if not is_empty():
        raise RestoreError("the database is not empty: restore into a new one")
    with tempfile.TemporaryDirectory(prefix="smartbill-restore-") as folder:
        payload = backup.extract(path, manifest, Path(folder))
        target.load(payload, marks(manifest, now))
    report = Report(manifest)
    report.warnings += _compare(manifest)
    call_command("migrate", interactive=False, verbosity=0)
    report.doubted = finish(now)
    report.warnings += _unreadable()
    return report


def finish(now: datetime) -> dict[str, int]:
    """Mark what was in transit to be asked about, and let it go; how many rows of each kind. Safe to do again."""
    with transaction.atomic():
        pending = list(Restoration.objects.filter(doubted_at__isnull=True).order_by("backup_at"))
        if not pending:
            return {}
        found = documents.doubt(backup_at=pending[0].backup_at, now=now) | contingency.doubt(now=now)
        Restoration.objects.filter(pk__in=[row.pk for row in pending]).update(doubted_at=now)
    return found


def marks(manifest: Manifest, now: datetime) -> list[str]:
    """What is written with the data, in one and the same transaction: statements that both databases read alike."""
    schema = "public." if connection.vendor == "postgresql" else ""
    at, until = (_literal(moment) for moment in (manifest.moment, now))
    held = "TRUE" if connection.vendor == "postgresql" else "1"
    return [
        f"INSERT INTO {schema}documents_restoration (backup_at, restored_at) VALUES ({at}, {until})",  # noqa: S608
        f"UPDATE {schema}documents_sequence SET held = {held}, confirmed_at = NULL",  # noqa: S608
        *(
            f"UPDATE {schema}{model._meta.db_table} SET lease_owner = 'restore', lease_until = '{FAR}' "  # noqa: S608
            "WHERE next_attempt_at IS NOT NULL"
            for model in QUEUES
        ),
    ]


def _literal(moment: datetime) -> str:
    return f"'{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}{'+00' if connection.vendor == 'postgresql' else ''}'"


def _compare(manifest: Manifest) -> list[str]:
    """Where the database has not as many rows as the backup tells."""
    wrong = []
    there = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table, told in manifest.counts.items():
            if table in CHANGES or table not in there:
                continue
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 - names of our own
            (count,) = cursor.fetchone()
            if count != told:
                wrong.append(f"{table} has {count} rows; the backup tells of {told}")
    return wrong


def _unreadable() -> list[str]:
    """Whether VAULT_KEYS opens what is stored; without them no document can be signed."""
    unreadable = vault.unreadable()
    if not unreadable:
        return []
    return [f"VAULT_KEYS does not open {len(unreadable)} stored certificates: use the keys of the time of the backup"]

"""`manage.py restore FILE`: a backup into an empty database, so that it is safe to go on with it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from documents.services import numbering
from smartbill import backup, restore
from smartbill.databases import DatabaseToolError

NEXT = """
Now, before anybody sends (docs/operations.md#after-a-restore):
  1. manage.py numbers                 which series wait for their next number
  2. manage.py numbers next NIT ENVIRONMENT SERIES YEAR NUMBER,  or  manage.py numbers skip 1000
  3. manage.py numbers close           when every series is accounted for
Web, sender and worker may be started at once: what was in transit is asked about first, new documents are refused
(503 numbering_held) until their series has its next number."""


class Command(BaseCommand):
    help = "Brings a backup into an empty database; holds its numbers and asks about all that was in transit."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?")
        parser.add_argument("--check", action="store_true", help="only look whether the file is whole")
        parser.add_argument("--finish", action="store_true", help="go on with a restore that was interrupted")

    def handle(self, *args: Any, file: Path | None, check: bool, finish: bool, **options: Any) -> None:
        try:
            if finish:
                self._tell(restore.finish(timezone.now()))
            elif file is None:
                raise CommandError("which file?")
            elif check:
                self._check(file)
            else:
                self._restore(file)
        except (backup.BackupError, restore.RestoreError, DatabaseToolError) as error:
            raise CommandError(str(error)) from error

    def _check(self, file: Path) -> None:
        manifest = backup.read(file)
        with tempfile.TemporaryDirectory(prefix="smartbill-restore-") as folder:
            backup.extract(file, manifest, Path(folder))
        self.stdout.write(
            f"{file} is whole: version {manifest.version}, {manifest.engine}, as of {manifest.made_at}, "
            f"{manifest.counts.get('documents_document', 0)} documents"
        )

    def _restore(self, file: Path) -> None:
        report = restore.restore(file, now=timezone.now())
        self.stdout.write(f"Restored as of {report.manifest.made_at}; what happened since is not in it.")
        self._tell(report.doubted)
        for warning in report.warnings:
            self.stderr.write(f"WARNING: {warning}")
        self.stdout.write(f"{numbering.held().count()} series are held.")
        self.stdout.write(NEXT)

    def _tell(self, doubted: dict[str, int]) -> None:
        for kind, count in doubted.items():
            self.stdout.write(f"  {count} {kind}")

"""`manage.py backup FILE`: the database in one file, while everything goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from smartbill import backup
from smartbill.databases import DatabaseToolError


class Command(BaseCommand):
    help = "Writes the database into FILE, as of one moment; SECRET_KEY, API_KEY_PEPPER and VAULT_KEYS are not in it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            made = backup.make(file.absolute())
        except FileExistsError:
            raise CommandError(f"{file} exists already") from None
        except (DatabaseToolError, OSError) as error:
            raise CommandError(f"no backup was made: {error}") from error
        documents = made.counts.get("documents_document", 0)
        self.stdout.write(f"{file}: {documents} documents as of {made.made_at}, SHA-256 of the data {made.sha256}")
        self.stdout.write(
            "Keep VAULT_KEYS and API_KEY_PEPPER elsewhere: without them it opens no certificate and no key."
        )

"""`manage.py prepare`: what must be done once before the processes of a version start; again, it does no harm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from smartbill.static_files import collect_if_stale


class Command(BaseCommand):
    help = "Migrates the database and collects the static files; refuses a bad configuration first."

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=verbosity)
        Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
        collect_if_stale(say=self.stdout.write)

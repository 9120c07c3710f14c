"""`manage.py verify_evidence`: whether evidence is as it was written, in the database or in an exported file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import Environment, Merchant
from contingency import verification as contingency
from documents import verification
from documents.received import verification as received


class Command(BaseCommand):
    help = "Say whether evidence fits, and what was changed, removed or cut. Exit code 1 where something was."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="an exported file; without it, the database")
        parser.add_argument("--merchant", help="only of the merchant with this tax number")

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        for line in self._of_file(options["file"]) if options["file"] else self._stored(options["merchant"]):
            count += 1
            self.stdout.write(line)
        if count:
            self.stderr.write(f"{count} things are not as they were written.")
            sys.exit(1)
        unchained = 0 if options["file"] else verification.without_chain(options["merchant"])
        if unchained:
            self.stdout.write(
                f"{unchained} documents have no chain: nothing has happened to them since there are any."
            )
        self.stdout.write("Everything fits.")

    def _of_file(self, path: Path) -> Iterator[str]:
        try:
            told = json.loads(path.read_text(encoding="utf-8"), parse_float=str)
        except (OSError, ValueError) as error:
            raise CommandError(f"{path} cannot be read: {error}") from error
        if not isinstance(told, dict):
            raise CommandError(f"{path} is no file of evidence.")
        return verification.file(told)

    def _stored(self, tax_id: str | None) -> Iterator[str]:
        merchants = Merchant.objects.order_by("pk")
        if tax_id is not None:
            merchants = merchants.filter(tax_id=tax_id)
        for merchant in merchants:
            for environment in Environment.values:
                place = f"{merchant.tax_id} {environment}"
                anchors = partial(verification.anchors, now=timezone.now())
                for checks in (
                    verification.chains,
                    verification.documents,
                    received.decisions,
                    anchors,
                    contingency.events,
                ):
                    yield from (f"{place} {line}" for line in checks(merchant, environment))

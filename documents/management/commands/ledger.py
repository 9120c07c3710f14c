"""`manage.py ledger`: what became of every number, one line for each run of numbers with the same fate."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from documents import ledger
from documents.models import Sequence


class Command(BaseCommand):
    help = "Explain every number of every series. Exit code 1 where a number has no explanation."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", help="only of the merchant with this tax number")
        parser.add_argument("--environment", help="only of sandbox, test or live")
        parser.add_argument("--year", type=int, help="only of this year")
        parser.add_argument("--gaps", action="store_true", help="only what nothing explains")

    def handle(self, *args: Any, **options: Any) -> None:
        names = {"merchant": "merchant__tax_id", "environment": "environment", "year": "year"}
        chosen = {column: options[name] for name, column in names.items() if options[name] is not None}
        rows = Sequence.objects.filter(**chosen).select_related("merchant").prefetch_related("starts")
        now, unexplained = timezone.now(), 0
        for row in rows.order_by("merchant__tax_id", "environment", "year", "scope"):
            self.stdout.write(f"{row.merchant.tax_id} {row.environment} {row}: last number {row.last}")
            for span in ledger.spans(row, now=now):
                unexplained += span.count if span.is_unexplained else 0
                if span.is_unexplained or not options["gaps"]:
                    self.stdout.write(f"  {_line(span)}")
        if unexplained:
            self.stderr.write(f"{unexplained} numbers have no explanation.")
            sys.exit(1)


def _line(span: ledger.Span) -> str:
    numbers = str(span.first) if span.first == span.last else f"{span.first}-{span.last}"
    told = [numbers, str(span.fate), span.reason, span.document]
    if span.until is not None:
        told.append(f"until {span.until:%Y-%m-%d %H:%M:%S} UTC")
    if span.replaced_by:
        told.append(f"replaced by {span.replaced_by}")
    return " ".join(part for part in told if part)

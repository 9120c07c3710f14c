"""`manage.py numbers`: the series of numbers, and what an operator says of them after a restore."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import Environment, Merchant
from documents.models import Sequence
from documents.services import numbering


class Command(BaseCommand):
    help = "Lists the series; says which number comes next, or how many to skip, where a restore has left it open."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action")
        upcoming = actions.add_parser("next", help="the next number of one series, also of one that is not listed")
        upcoming.add_argument("tax_id")
        upcoming.add_argument("environment", choices=Environment.values)
        upcoming.add_argument("series")
        upcoming.add_argument("year", type=int)
        upcoming.add_argument("number", type=int)
        skip = actions.add_parser("skip", help="every held series goes on so many numbers further")
        skip.add_argument("margin", type=int)
        actions.add_parser("close", help="every series is accounted for: new ones begin with 1 again")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            match options["action"]:
                case "next":
                    self._next(
                        **{name: options[name] for name in ("tax_id", "environment", "series", "year", "number")}
                    )
                case "skip":
                    self._skip(options["margin"])
                case "close":
                    numbering.close_restoration(timezone.now())
                    self.stdout.write("closed: series that begin from now on begin with 1")
                case _:
                    self._list()
        except ValueError as error:
            raise CommandError(str(error)) from error

    def _next(self, *, tax_id: str, environment: str, series: str, year: int, number: int) -> None:
        merchant = Merchant.objects.filter(tax_id=tax_id).first()
        if merchant is None:
            raise CommandError(f"no merchant has the NIT {tax_id}")
        row = numbering.confirm(
            merchant=merchant, environment=environment, series=series, year=year, upcoming=number, now=timezone.now()
        )
        self._show(row)

    def _skip(self, margin: int) -> None:
        if margin < 1:
            raise CommandError("skip at least one number")
        for row in numbering.held():
            before = row.last
            self._show(numbering.skip(row, margin, now=timezone.now()), f"skips {before + 1} to {before + margin}")

    def _list(self) -> None:
        for row in Sequence.objects.select_related("merchant").order_by("merchant", "environment", "scope", "year"):
            self._show(row)

    def _show(self, row: Sequence, more: str = "") -> None:
        state = f"HELD, last known {row.last}" if row.held else f"next {row.last + 1}"
        line = f"{row.merchant.tax_id} {row.environment} {row.scope} {row.year}  {state}  {more}"
        self.stdout.write(line.rstrip())

"""`manage.py alarms`: what a person must see to. The exit code is 1 if there is anything."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from hacienda.alarms import Alarm
from smartbill import alarms


class Command(BaseCommand):
    help = "Prints what a person must see to, as it is now; docs/runbook.md tells what to do about each."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *args: Any, **options: Any) -> None:
        found = alarms.found(timezone.now())
        for alarm in found:
            if options["json"]:
                self.stdout.write(json.dumps(asdict(alarm), cls=DjangoJSONEncoder))
            else:
                self.stdout.write(_line(alarm))
        if not found and not options["json"]:
            self.stdout.write("no alarms")
        if found:
            sys.exit(1)


def _line(alarm: Alarm) -> str:
    where = " ".join(part for part in (alarm.tax_id, alarm.environment) if part)
    since = f"since {timezone.localtime(alarm.since):%Y-%m-%d %H:%M}" if alarm.since else ""
    return "  ".join(part for part in (alarm.code, where, alarm.text, since) if part)

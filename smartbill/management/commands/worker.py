"""`manage.py worker`: the cluster of django-q2 for short tasks, under a watch of its own."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections

from smartbill.watchdog import Cluster


class Command(BaseCommand):
    help = "Does the short tasks (mail, webhooks, schedules); run one or more of them beside the web processes."

    def handle(self, *args: Any, **options: Any) -> None:
        for connection in connections.all(initialized_only=False):
            # The cluster forks. A pool would be forked with it, and two processes would speak on one connection.
            connection.settings_dict.get("OPTIONS", {}).pop("pool", None)
        cluster = Cluster()

        def stop(number: int, frame: FrameType | None) -> None:
            cluster.stopping.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        code = cluster.run()
        sys.exit(code)

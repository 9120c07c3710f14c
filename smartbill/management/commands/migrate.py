"""`manage.py migrate` beside a SmartBill that is in use: no statement of it may stop the others.

A change of a table needs a lock for a moment. While it waits for one, everybody after it waits too; so it waits for
two seconds only, lets them pass and tries again.
"""

from __future__ import annotations

import time
from typing import Any, Final

from django.core.management.commands import migrate
from django.db import OperationalError, connections

LOCK_SECONDS: Final = 2
TRIES: Final = 10
PAUSE: Final = 3  # seconds
NO_LOCK: Final = "55P03"  # PostgreSQL's code of a lock that was not to be had in time


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            super().handle(*args, **options)
            return
        for left in reversed(range(TRIES)):
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{LOCK_SECONDS}s"])
                cursor.execute("SET statement_timeout = 0")  # an index over a large table takes minutes
            try:
                super().handle(*args, **options)
            except OperationalError as error:
                if not left or getattr(error.__cause__, "sqlstate", None) != NO_LOCK:
                    raise
                self.stdout.write("A table is in use; trying again.")
                time.sleep(PAUSE)
            else:
                return
            finally:
                connection.close()  # its limits are not those of other work

"""Where a process can die: one place between every two things that it does to the world outside of it.

What a process does to the world is to commit and to put bytes on a wire. Whatever it does in between is gone with it,
so that one place between two of those stands for all of them; only an open transaction is something else again. And
an answer that came is a place of its own: then the other side has certainly done its part.
"""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from hacienda import http

PROJECT = Path(__file__).resolve().parents[2]
WRITES = ("INSERT", "UPDATE", "DELETE")
BACKGROUND = "leases"  # renewals come whenever they come


class Death(StrEnum):
    PROCESS = "process"  # SIGKILL
    DATABASE = "database"  # its server dies: what is not committed is gone, and what is may not be known to be


class Boundaries:
    """Counts the places that this process comes by, once `counting`, and dies at the `fatal` one.

    `tell` hears where that is, before it happens. `places` are those that it came by.
    """

    def __init__(self, death: Death, fatal: int, tell: Callable[[str], None]) -> None:
        self.counting = False
        self.places: list[str] = []
        self._death = death
        self._fatal = fatal
        self._tell = tell
        self._lock = threading.Lock()

    def watch(self) -> None:
        """Put in place, for the rest of this process's life."""
        self._watch_statements()
        self._watch_commits()
        if self._death is Death.PROCESS:
            self._watch_requests()

    def reach(self, what: str, database: BaseDatabaseWrapper | None = None) -> None:
        if not self.counting or threading.current_thread().name == BACKGROUND:
            return
        with self._lock:
            self.places.append(f"{what} {_where()}")
            if len(self.places) != self._fatal:
                return
            self._tell(self.places[-1])
            if self._death is Death.PROCESS:
                os.kill(os.getpid(), signal.SIGKILL)
        if database is not None and database.vendor == "postgresql" and database.connection is not None:
            database.connection.close()
        raise OperationalError("the server closed the connection unexpectedly")

    def _watch_statements(self) -> None:
        execute = CursorWrapper._execute
        reach = self.reach
        loses_database = self._death is Death.DATABASE

        def watched(cursor: Any, sql: str, params: Any, *rest: Any) -> Any:
            if not sql.startswith(WRITES):
                return execute(cursor, sql, params, *rest)
            kind = " ".join(sql.split()[:3])
            if loses_database:
                reach(f"before {kind}", cursor.db)
            result = execute(cursor, sql, params, *rest)
            if cursor.db.in_atomic_block:
                cursor.db.has_written = True
            elif cursor.rowcount:
                reach(f"after {kind}", cursor.db)
            return result

        CursorWrapper._execute = watched

    def _watch_commits(self) -> None:
        commit, rollback = BaseDatabaseWrapper._commit, BaseDatabaseWrapper._rollback
        reach = self.reach

        def committed(database: Any) -> None:
            wrote, database.has_written = getattr(database, "has_written", False), False
            if wrote:
                reach("before commit", database)
            commit(database)
            if wrote:
                reach("after commit", database)

        def rolled_back(database: Any) -> None:
            database.has_written = False
            rollback(database)

        BaseDatabaseWrapper._commit = committed
        BaseDatabaseWrapper._rollback = rolled_back

    def _watch_requests(self) -> None:
        send, exchange = http._Connection.send, http._exchange
        reach = self.reach

        def sent(wire: Any, data: Any) -> None:
            send(wire, data)
            reach("after bytes were written")

        def exchanged(method: str, url: str, *rest: Any) -> http.Reply:
            reply = exchange(method, url, *rest)
            reach(f"after the answer of {url.rpartition('/')[2][:20]} came")
            return reply

        http._Connection.send = sent
        http._exchange = exchanged


def _where() -> str:
    """The innermost places of ours, for people."""
    ours = [
        f"{Path(one.filename).relative_to(PROJECT)}:{one.name}"
        for one in traceback.extract_stack()
        if one.filename.startswith(str(PROJECT)) and "/.venv/" not in one.filename and "/tests/" not in one.filename
    ]
    return "in " + " < ".join(reversed(ours[-3:]))


def let_go_of_the_database() -> None:
    """Before a fork: a connection that two processes share would be closed, or spoken on, by both."""
    connection.close()
    if hasattr(connection, "close_pool"):
        connection.close_pool()

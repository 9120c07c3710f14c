"""Copying a whole database out and in again, for the two that SmartBill runs on.

SQLite is copied by its own online backup; PostgreSQL by `pg_dump`, `pg_restore` and `psql`, which must be installed
and at least as new as the server. Sessions stay out: whoever held a copy could use them.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

SESSIONS = "django_session"
TRANSIENT = (SESSIONS, "documents_heartbeat")  # of no use in a copy, or of none but harm
LONGEST_ERROR = 500


class DatabaseToolError(Exception):
    """The database, or a program of its makers, did not do what it was asked for; the text says what."""


class Engine(Protocol):
    """A database that can be copied out and in."""

    name: str
    payload: str  # name of the copy inside a backup
    is_compressed: bool

    def dump(self, target: Path, tables: Sequence[str]) -> tuple[str, dict[str, int]]:
        """Write a copy as of one moment; that moment (ISO 8601, UTC) and how many rows the tables had then."""

    def load(self, source: Path, statements: Sequence[str]) -> None:
        """Bring a copy into the empty database, followed by `statements`: all of it or nothing."""


def engine() -> Engine:
    """The one that the settings name."""
    return SQLite() if connection.vendor == "sqlite" else PostgreSQL()


def is_empty() -> bool:
    """Whether the database has no table at all."""
    return not connection.introspection.table_names()


class SQLite:
    name = "sqlite"
    payload = "database.sqlite3"
    is_compressed = False

    def dump(self, target: Path, tables: Sequence[str]) -> tuple[str, dict[str, int]]:
        try:
            with (
                closing(sqlite3.connect(f"{_path().as_uri()}?mode=ro", uri=True, timeout=30)) as source,
                closing(sqlite3.connect(target)) as copy,
            ):
                moment = copy.execute("SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')").fetchone()[0]
                source.backup(copy)  # in one go: as of one moment, while others go on writing
                return moment, _tidied(copy, tables)
        except sqlite3.Error as error:
            raise DatabaseToolError(f"SQLite: {error}") from error

    def load(self, source: Path, statements: Sequence[str]) -> None:
        path = _path()
        connections.close_all()
        for leftover in path.parent.glob(path.name + "-*"):
            leftover.unlink()
        draft = path.with_name(path.name + ".restoring")
        shutil.copyfile(source, draft)
        draft.chmod(0o600)
        with closing(sqlite3.connect(draft)) as copy:
            for statement in statements:
                copy.execute(statement)
            copy.commit()
        draft.replace(path)


def _tidied(copy: sqlite3.Connection, tables: Sequence[str]) -> dict[str, int]:
    """Leave out what has no place in a copy and see whether it is whole; how many rows the tables have."""
    for table in TRANSIENT:
        copy.execute(f'DELETE FROM "{table}"')  # noqa: S608 - names of our own
    copy.commit()
    copy.execute("PRAGMA journal_mode=DELETE")
    copy.execute("VACUUM")
    found = copy.execute("PRAGMA integrity_check").fetchone()[0]
    if found != "ok":
        raise DatabaseToolError(f"the copy is damaged: {found[:LONGEST_ERROR]}")
    return {name: _count(copy, name) for name in tables}


def _path() -> Path:
    return Path(connection.settings_dict["NAME"]).resolve()


def _count(copy: sqlite3.Connection, table: str) -> int:
    return int(copy.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])  # noqa: S608 - names of our own


class PostgreSQL:
    name = "postgresql"
    payload = "database.dump"
    is_compressed = True

    def dump(self, target: Path, tables: Sequence[str]) -> tuple[str, dict[str, int]]:
        # A transaction that writes nothing: it only keeps the moment still while the program copies it.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot(), clock_timestamp() AT TIME ZONE 'UTC'")
            snapshot, moment = cursor.fetchone()
            counts = {}
            for table in tables:
                cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 - names of our own
                counts[table] = int(cursor.fetchone()[0])
            left_out = [f"--exclude-table-data=*.{table}" for table in TRANSIENT]
            options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", *left_out]
            _run(["pg_dump", *options, f"--file={target}"])
        return f"{moment.isoformat()}+00:00", counts

    def load(self, source: Path, statements: Sequence[str]) -> None:
        """One transaction of `psql` over everything: a process killed half-way leaves the database empty."""
        with tempfile.TemporaryFile() as errors:
            read = subprocess.Popen(  # noqa: S603 - fixed programs
                [_program("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(source)],
                stdout=subprocess.PIPE,
                stderr=errors,
            )
            write = subprocess.Popen(  # noqa: S603
                [
                    _program("psql"),
                    *("--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1"),
                    *("--output=/dev/null", "--file=-"),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env=_environment(),
            )
            assert read.stdout is not None
            assert write.stdin is not None
            try:
                shutil.copyfileobj(read.stdout, write.stdin)
                if read.wait():
                    write.kill()  # before the end of its input, which would be the end of the transaction
                else:
                    write.stdin.write("".join(f"\n{statement};" for statement in statements).encode())
                    write.stdin.close()
            except BrokenPipeError:
                read.kill()
            if write.wait() or read.wait():
                errors.seek(0)
                raise DatabaseToolError(errors.read().decode(errors="replace").strip()[:LONGEST_ERROR])


def _run(command: list[str]) -> None:
    done = subprocess.run(  # noqa: S603 - fixed programs
        [_program(command[0]), *command[1:]], env=_environment(), capture_output=True, check=False
    )
    if done.returncode:
        raise DatabaseToolError(done.stderr.decode(errors="replace").strip()[:LONGEST_ERROR])


def _environment() -> dict[str, str]:
    """How the programs find the database; a password is never an argument, which everybody on the machine reads."""
    return {**os.environ, **connection_variables(connection)}


def connection_variables(wrapper: BaseDatabaseWrapper) -> Mapping[str, str]:
    settings: Mapping[str, Any] = wrapper.settings_dict
    options = settings.get("OPTIONS", {})
    found = {
        "PGHOST": settings.get("HOST"),
        "PGPORT": settings.get("PORT"),
        "PGUSER": settings.get("USER"),
        "PGPASSWORD": settings.get("PASSWORD"),
        "PGDATABASE": settings.get("NAME"),
        "PGSSLMODE": options.get("sslmode"),
        "PGSSLROOTCERT": options.get("sslrootcert"),
    }
    return {name: str(value) for name, value in found.items() if value}


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise DatabaseToolError(f"{name} is not installed (Debian: apt-get install postgresql-client)")
    return path

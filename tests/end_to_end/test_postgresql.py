"""The whole installation on PostgreSQL: the database that production uses."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.end_to_end.installation import PROJECT, Installation, left_alive, until

pytestmark = pytest.mark.postgres
BACKLOG = 40
SERVER = os.environ.get("TEST_POSTGRES_URL", "")


@pytest.fixture
def database() -> Iterator[str]:
    """The address of a new and empty database, gone after the test."""
    if not SERVER:
        pytest.skip("TEST_POSTGRES_URL names no PostgreSQL server")
    name = f"smartbill_{secrets.token_hex(6)}"
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')  # a name of our own making
        yield SERVER.rsplit("/", 1)[0] + "/" + name
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def shared_connections(installation: Installation) -> set[tuple[str, int]]:
    """Connections to the server that more than one process holds: a fork carried them along, and they mix answers."""
    port = urlsplit(SERVER).port or 5432
    held = Counter(
        (connection.laddr.ip, connection.laddr.port)
        for process in installation.family()
        for connection in process.net_connections(kind="tcp")
        if connection.raddr and connection.raddr.port == port
    )
    assert held
    return {address for address, count in held.items() if count > 1}


def test_everything_runs_on_postgresql_and_survives_a_crash(
    install: Callable[..., Installation], database: str
) -> None:
    first = install(DATABASE_URL=database)
    for prepared in first.data_dir.glob("smartbill.sqlite3*"):
        prepared.unlink()
    first.start()
    assert first.demo["first_document"]["status"] == "accepted"
    assert not list(first.data_dir.glob("smartbill.sqlite3*"))
    assert shared_connections(first) == set()
    first.send(customer={"name": "Ana Ejemplo", "email": "ana@example.com"})
    until(lambda: list((first.data_dir / "mail").glob("*")))  # the worker is at work
    first.sandbox("POST", "faults", fault="slow", service="recepciondte", delay_ms=5000)
    document = first.send(wait=0)
    assert document["status"] == "transmitting"
    family = first.family()

    first.kill()

    assert left_alive(family) == []
    second = install(DATABASE_URL=database, SEND_THREADS="1", DATABASE_POOL="4").start()
    until(lambda: second.document(document["id"])["status"] == "accepted", 60)
    second.sandbox("DELETE", "faults")
    with ThreadPoolExecutor(50) as callers:
        sent = list(callers.map(lambda _turn: second.send(wait=30), range(50)))
    numbers = sorted(int(one["control_number"][-15:]) for one in sent)
    assert numbers == list(range(numbers[0], numbers[0] + 50))
    assert "no explanation" not in second.manage("ledger")
    assert "Everything fits." in second.manage("verify_evidence")
    everything_is_sent_once_by_two_senders_whose_connections_are_cut(second, database)


def everything_is_sent_once_by_two_senders_whose_connections_are_cut(one: Installation, database: str) -> None:
    """Web processes with a thread each leave most to the senders; each has half as many connections as threads."""
    other = subprocess.Popen([sys.executable, "manage.py", "sender"], cwd=PROJECT, env=one.environment)
    try:
        senders = [process for process in one.family() if "sender" in process.cmdline()]
        one.sandbox("DELETE", "received")
        one.sandbox("POST", "faults", fault="slow", service="recepciondte", delay_ms=500)
        with ThreadPoolExecutor(8) as callers:
            sent = [document["id"] for document in callers.map(lambda _number: one.send(wait=0), range(BACKLOG))]
        # As a restart of the server does, with everything under way.
        with psycopg.connect(database, autocommit=True) as server:
            cut = server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchall()
        assert len(cut) >= 4

        until(lambda: all(one.document(name)["status"] == "accepted" for name in sent), 60)

        log = one.sandbox("GET", "received").json()["results"]
        arrived = Counter(entry["generation_code"] for entry in log if entry["service"] == "recepciondte")
        assert len(arrived) == BACKLOG
        assert set(arrived.values()) == {1}
        assert senders
        assert all(process.is_running() for process in senders), "the loop has survived"
        assert other.poll() is None
        with psycopg.connect(database) as server:
            owners = server.execute("SELECT count(*), max(last) FROM documents_sequence").fetchone()
            numbers = server.execute("SELECT count(DISTINCT number), max(number) FROM documents_document").fetchone()
        assert owners is not None
        assert numbers is not None
        assert numbers[0] == numbers[1] == owners[1], "no gap"
    finally:
        other.terminate()
        other.wait(30)

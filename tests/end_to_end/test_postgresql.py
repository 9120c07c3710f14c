"""The whole installation on PostgreSQL: the database that production uses."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.end_to_end.installation import Installation, left_alive, until

pytestmark = pytest.mark.postgres
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
    second = install(DATABASE_URL=database).start()
    until(lambda: second.document(document["id"])["status"] == "accepted", 60)

"""The databases that are measured on: files of SQLite, and PostgreSQL where TEST_POSTGRES_URL names a server."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import psycopg

KINDS = ("sqlite", "postgresql")


@contextmanager
def new(kind: str, count: int) -> Iterator[Sequence[str]]:
    """The addresses of `count` new and empty databases, gone afterwards; "" is an installation's own file."""
    if kind == "sqlite":
        yield [""] * count
        return
    with ExitStack() as stack:
        yield [stack.enter_context(_on_server(os.environ["TEST_POSTGRES_URL"])) for _ in range(count)]


def there() -> tuple[str, ...]:
    """The kinds that can be measured here."""
    return KINDS if os.environ.get("TEST_POSTGRES_URL") else KINDS[:1]


@contextmanager
def _on_server(server: str) -> Iterator[str]:
    name = f"smartbill_bench_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield server.rsplit("/", 1)[0] + "/" + name
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

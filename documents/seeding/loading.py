"""Rows into tables, by the million: COPY on PostgreSQL, `executemany` in large transactions on SQLite.

How a database wants its values is worked out where the rows are made; loading only hands it over.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, models

from documents.seeding.making import Rows, text_of

# In COPY's text form these stand for something else; the backslash must be the first to be replaced.
_ESCAPES = (("\\", r"\\"), ("\t", r"\t"), ("\n", r"\n"), ("\r", r"\r"))
Block = tuple[str, tuple[str, ...], bytes | list[tuple[Any, ...]]]


def packed(rows: Rows, vendor: str) -> list[Block]:
    """The rows as (table, columns, content), ready for `load` on this kind of database."""
    return [_packed(model, found, vendor) for model, found in rows.by_model.items()]


def _packed(model: type[models.Model], rows: Sequence[models.Model], vendor: str) -> Block:
    fields = [one for one in model._meta.concrete_fields if not one.primary_key or rows[0].pk is not None]
    columns = tuple(str(one.column) for one in fields)
    values = [
        [
            text_of(value) if isinstance(one, models.JSONField) and value is not None else value
            for one in fields
            for value in (getattr(row, one.attname),)
        ]
        for row in rows
    ]
    if vendor == "postgresql":
        lines = ("\t".join(map(_copied, row)) for row in values)
        return model._meta.db_table, columns, ("\n".join(lines) + "\n").encode()
    return model._meta.db_table, columns, [tuple(map(_bound, row)) for row in values]


def _copied(value: object) -> str:
    match value:
        case None:
            return r"\N"
        case bool():
            return "t" if value else "f"
        case datetime():
            return value.isoformat()
    text = str(value)
    for character, escape in _ESCAPES:
        text = text.replace(character, escape)
    return text


def _bound(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
        case Decimal():
            return str(value)
        case str():  # members of an enumeration among them
            return str(value)
    return value


def load(blocks: Sequence[Block]) -> None:
    """Bring the blocks in; part of the caller's transaction."""
    for table, columns, content in blocks:
        named = ", ".join(f'"{one}"' for one in columns)
        with connection.cursor() as cursor:
            if isinstance(content, bytes):
                with cursor.copy(f'COPY "{table}" ({named}) FROM STDIN') as copy:
                    copy.write(content)
            else:
                places = ", ".join(["%s"] * len(columns))
                cursor.executemany(f'INSERT INTO "{table}" ({named}) VALUES ({places})', content)  # noqa: S608


def reserve(model: type[models.Model], count: int) -> int:
    """The first of so many keys that nobody else will be given."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [table])
            first: int = cursor.fetchone()[0]
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, first + count - 1])
            return first
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
        if row is None:
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, count])
            return 1
        cursor.execute("UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s", [count, table])
        return int(row[0]) + 1

"""Rows that are written once and never changed or deleted, by nobody: the database refuses it as well.

Whoever may change the structure of the database (the migrations do) can take the guard away; what runs SmartBill
need not be allowed to.
"""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models

_SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
"""
_POSTGRESQL = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


class Unchangeable(TypeError):
    """An attempt to change or delete what is only ever added to."""


class AppendOnly(models.Model):
    """A row that is saved once."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; raises `Unchangeable` for a row that is there already."""
        if not self._state.adding:
            raise Unchangeable(f"{self._meta.db_table} is append-only")
        super().save(force_insert=True, using=kwargs.get("using"))

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise Unchangeable(f"{self._meta.db_table} is append-only")


def guards(vendor: str, table: str) -> list[str]:
    """The statements that make a database of this kind refuse every change of `table`."""
    if vendor == "sqlite":
        return [_SQLITE.format(table=table, verb=verb) for verb in ("update", "delete")]
    return [_FUNCTION, *(_POSTGRESQL.format(table=table, verb=verb) for verb in ("update", "delete", "truncate"))]


def lifted(vendor: str, table: str) -> list[str]:
    """The statements that take the guards away again, for a migration backwards."""
    if vendor == "sqlite":
        return [f"DROP TRIGGER {table}_no_{verb}" for verb in ("update", "delete")]
    return [f"DROP TRIGGER {table}_no_{verb} ON {table}" for verb in ("update", "delete", "truncate")]

"""Statements that are compiled once and only bound anew each time.

Django turns a queryset into SQL whenever it is used, which costs more than what the database does for a look-up by
key: about a millisecond each, on a path that has some twenty for everything. What is run for every document is
compiled once a thread here. Everything else is a queryset as ever.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class _Slot:
    name: str


@dataclass(frozen=True, slots=True)
class _Statement:
    compiler: Any
    sql: str
    parameters: tuple[Any, ...]
    converters: Any
    own: list[str]
    other: type[Model] | None
    others: list[str]


class Compiled(Generic[Row]):
    """The rows of a model that a queryset finds, its values still open.

    `narrow` filters and orders; `places` are what stands for the values meanwhile: texts or numbers that occur
    nowhere else in it. `related` is a foreign key whose row comes along, `without` a column that does not.
    """

    def __init__(
        self,
        model: type[Row],
        narrow: Callable[..., QuerySet[Row]],
        *,
        related: str | None = None,
        without: str | None = None,
        **places: str | int,
    ) -> None:
        self._model = model
        self._narrow = narrow
        self._related = related
        self._without = without
        self._places = places
        self._by_thread = threading.local()

    def rows(self, **values: str | int) -> list[Row]:
        """The rows for these values, one value for each place."""
        if values.keys() != self._places.keys():
            raise TypeError(f"expected {', '.join(self._places)}")
        connection = connections[DEFAULT_DB_ALIAS]
        statement = self._statement(connection)
        # Members of an enumeration of texts are told to the drivers as what they are.
        plain = {name: str(one) if isinstance(one, str) else one for name, one in values.items()}
        with connection.cursor() as cursor:
            cursor.execute(
                statement.sql, [plain[one.name] if isinstance(one, _Slot) else one for one in statement.parameters]
            )
            found = cursor.fetchall()
        if statement.converters:
            found = statement.compiler.apply_converters(found, statement.converters)
        return [self._row(statement, tuple(row)) for row in found]

    def _row(self, statement: _Statement, values: tuple[Any, ...]) -> Row:
        end = len(statement.own)
        row: Row = self._model.from_db(DEFAULT_DB_ALIAS, statement.own, values[:end])
        if self._related is not None and statement.other is not None:
            other = statement.other.from_db(DEFAULT_DB_ALIAS, statement.others, values[end:])
            setattr(row, self._related, other)
        return row

    def _related_model(self, name: str) -> type[Model]:
        other = self._model._meta.get_field(name).related_model
        if not isinstance(other, type):
            raise TypeError(f"{name} is no foreign key")
        return other

    def _statement(self, connection: Any) -> _Statement:
        made: _Statement | None = getattr(self._by_thread, "statement", None)
        if made is None or made.compiler.connection is not connection:
            made = self._by_thread.statement = self._compiled()
        return made

    def _compiled(self) -> _Statement:
        own = [name for name in _attributes(self._model) if name != self._without]
        other = None if self._related is None else self._related_model(self._related)
        others = [] if other is None else _attributes(other)
        columns = own + [f"{self._related}__{name}" for name in others]
        found = self._narrow(self._model._default_manager.all(), **self._places)
        compiler = found.values_list(*columns).query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        slots = {place: _Slot(name) for name, place in self._places.items()}
        return _Statement(
            compiler=compiler,
            sql=sql,
            parameters=tuple(slots.get(one, one) for one in parameters),
            converters=compiler.get_converters([column[0] for column in compiler.select]),
            own=own,
            other=other,
            others=others,
        )


def _attributes(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


@dataclass(frozen=True, slots=True)
class _Insertion:
    sql: str
    fields: tuple[Any, ...]


_INSERTIONS: dict[tuple[type[Model], str], _Insertion] = {}


def insert(row: Row) -> Row:
    """Store a new row and give it its key, as `save(force_insert=True)` does; returns it.

    The statement is the same for every row of a model, so it is put together once. No signal is sent.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    made = _insertion(type(row), connection)
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in made.fields]
    with connection.cursor() as cursor:
        cursor.execute(made.sql, values)
        row.pk = cursor.fetchone()[0]
    row._state.adding = False
    row._state.db = DEFAULT_DB_ALIAS
    return row


def _insertion(model: type[Row], connection: Any) -> _Insertion:
    made = _INSERTIONS.get((model, connection.vendor))
    if made is None:
        fields = tuple(one for one in model._meta.local_concrete_fields if not one.primary_key)
        quote = connection.ops.quote_name
        columns = ", ".join(quote(one.column) for one in fields)
        places = ", ".join(["%s"] * len(fields))
        key = quote(model._meta.pk.column)
        made = _INSERTIONS[model, connection.vendor] = _Insertion(
            sql=f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places}) RETURNING {key}",  # noqa: S608
            fields=fields,
        )
    return made

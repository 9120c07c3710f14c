"""What a migration would do to a large table of PostgreSQL while others write to it."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Field
from django.db.models.fields import NOT_PROVIDED

# Only to be asked for the types of columns; it is never opened.
POSTGRESQL = DatabaseWrapper(
    {"ENGINE": "django.db.backends.postgresql", "NAME": "none", "OPTIONS": {}, "TIME_ZONE": None}
)


def locks(
    migration: migrations.Migration, before: ProjectState, made_before: frozenset[str] = frozenset()
) -> list[str]:
    """Why this migration must not run beside the others; `made_before` are models that are new since the release."""
    found: list[str] = []
    state, fresh = before.clone(), set(made_before)
    for operation in migration.operations:
        if isinstance(operation, migrations.CreateModel):
            fresh.add(operation.name_lower)
        elif getattr(operation, "model_name_lower", None) not in fresh:
            found += _why(operation, migration, state)
        operation.state_forwards(migration.app_label, state)
    return found


def _why(operation: Operation, migration: migrations.Migration, state: ProjectState) -> Iterator[str]:
    name = f"{migration.app_label}.{migration.name}: {operation.describe()}"
    match operation:
        case AddIndexConcurrently():
            if migration.atomic:
                yield f"{name}: concurrently works only with atomic = False"
        case migrations.AddIndex():
            yield f"{name}: use hacienda.indexes.AddIndexWhileInUse in a migration with atomic = False"
        case migrations.AddConstraint() | migrations.AlterUniqueTogether() | migrations.AlterIndexTogether():
            yield f"{name}: the whole table is read under a lock"
        case migrations.AddField(field=field):
            yield from (f"{name}: {why}" for why in _added(field))
        case migrations.AlterField(field=field):
            old = state.models[migration.app_label, operation.model_name_lower].fields[operation.name]
            yield from (f"{name}: {why}" for why in _altered(old, field))
        case migrations.RenameField() | migrations.RenameModel() | migrations.AlterModelTable():
            yield f"{name}: the processes that still run know only the old name"


def _added(field: Field) -> Iterator[str]:
    if (
        not field.null
        and field.default is NOT_PROVIDED
        and field.db_default is NOT_PROVIDED
        and not field.many_to_many
    ):
        yield "NOT NULL without a default: add it nullable, fill it, then say so"
    if field.unique or field.db_index:
        yield "its index is built under a lock: db_index=False, and the index by itself"


def _altered(old: Field, new: Field) -> Iterator[str]:
    if _type(old) != _type(new) and not _only_wider(old, new):
        yield f"{_type(old)} becomes {_type(new)}: the table is written anew under a lock"
    if old.null and not new.null:
        yield "NOT NULL: the whole table is read under a lock"
    if (new.unique or new.db_index) and not (old.unique or old.db_index):
        yield "its index is built under a lock"


def _type(field: Field) -> str | None:
    if field.remote_field is not None and not hasattr(field.remote_field.model, "_meta"):
        return "a key"  # of a model known only by its name here
    return field.db_type(POSTGRESQL)


def _only_wider(old: Field, new: Field) -> bool:
    """Whether the column takes longer texts, or any, than before: PostgreSQL only notes it down."""
    kinds = {"CharField", "EmailField", "SlugField", "URLField", "TextField"}
    if not {old.get_internal_type(), new.get_internal_type()} <= kinds:
        return False
    return new.max_length is None or (old.max_length is not None and new.max_length >= old.max_length)

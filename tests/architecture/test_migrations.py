"""From the first release on, no migration stops the others from issuing documents."""

from __future__ import annotations

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from hacienda.indexes import AddIndexWhileInUse
from tests.architecture.migrating import locks

FLOORS = ("hacienda", "accounts", "documents", "contingency")
# What is there, up to this number, may lock: nobody has such tables yet. To be moved at a release, and only then.
RELEASED = {"hacienda": 1, "accounts": 5, "documents": 11, "contingency": 3}


def test_no_migration_after_the_release_locks_a_large_table() -> None:
    loader = MigrationLoader(None)
    found = []
    fresh: set[str] = set()
    for key in sorted(loader.disk_migrations):
        app, name = key
        if app not in FLOORS or int(name[:4]) <= RELEASED[app]:
            continue
        migration = loader.disk_migrations[key]
        before = loader.project_state(key, at_end=False)
        found += locks(migration, before, frozenset(fresh))
        fresh |= {one.name_lower for one in migration.operations if isinstance(one, migrations.CreateModel)}

    assert found == []


def _state() -> ProjectState:
    state = ProjectState()
    migrations.CreateModel(
        "Paper",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("name", models.CharField(max_length=10, null=True)),
            ("pages", models.IntegerField(null=True)),
        ],
    ).state_forwards("library", state)
    return state


def _migration(*operations: migrations.operations.base.Operation, atomic: bool = True) -> migrations.Migration:
    made = migrations.Migration("0002_change", "library")
    made.operations, made.atomic = list(operations), atomic
    return made


INDEX = models.Index(fields=["name"], name="paper_name")


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        (migrations.AddIndex("paper", INDEX), "AddIndexWhileInUse"),
        (AddIndexWhileInUse("paper", INDEX), "atomic"),
        (migrations.AddConstraint("paper", models.UniqueConstraint(fields=["name"], name="once")), "lock"),
        (migrations.AddField("paper", "kind", models.CharField(max_length=3)), "NOT NULL"),
        (migrations.AddField("paper", "kind", models.CharField(max_length=3, null=True, db_index=True)), "index"),
        (migrations.AlterField("paper", "pages", models.BigIntegerField(null=True)), "becomes bigint"),
        (migrations.AlterField("paper", "name", models.CharField(max_length=5, null=True)), "becomes"),
        (migrations.AlterField("paper", "name", models.CharField(max_length=10)), "NOT NULL"),
        (migrations.AlterField("paper", "name", models.CharField(max_length=10, null=True, unique=True)), "index"),
        (migrations.RenameField("paper", "name", "title"), "old name"),
    ],
    ids=lambda value: value.describe() if hasattr(value, "describe") else None,
)
def test_what_locks_is_refused_with_what_to_do(operation: migrations.operations.base.Operation, why: str) -> None:
    [told] = locks(_migration(operation), _state())

    assert why in told


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("paper", "kind", models.CharField(max_length=3, null=True)),
        migrations.AddField("paper", "kind", models.CharField(max_length=3, default="")),
        migrations.AlterField("paper", "name", models.CharField(max_length=20, null=True)),
        migrations.AlterField("paper", "name", models.TextField(null=True)),
        migrations.RunPython(migrations.RunPython.noop),
    ],
    ids=lambda value: value.describe(),
)
def test_what_does_not_lock_is_let_through(operation: migrations.operations.base.Operation) -> None:
    assert locks(_migration(operation), _state()) == []


def test_an_index_on_a_table_in_use_and_any_on_a_new_one_are_let_through() -> None:
    new = migrations.CreateModel("Shelf", [("id", models.BigAutoField(primary_key=True))])
    on_new = migrations.AddIndex("shelf", models.Index(fields=["id"], name="shelf_id"))

    assert locks(_migration(AddIndexWhileInUse("paper", INDEX), atomic=False), _state()) == []
    assert locks(_migration(new, on_new), _state()) == []

"""`-p tests.plugins.database_only`: only tests with a database, where all of them ran on another database already."""

from __future__ import annotations

import pytest

USED = frozenset({"db", "transactional_db", "django_db_setup", "live_server", "prepared"})


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    def uses_one(item: pytest.Item) -> bool:
        names = frozenset(getattr(item, "fixturenames", ()))
        return item.get_closest_marker("django_db") is not None or bool(names & USED)

    left_out = [item for item in items if not uses_one(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if uses_one(item)]

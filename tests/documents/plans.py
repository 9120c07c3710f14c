"""How a database goes about the statements that some work makes, as it says itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

# A line of SQLite's plan.
ACCESS = re.compile(r"(SCAN|SEARCH) (\w+)(?:.*USING (?:COVERING )?INDEX (\w+)|.*USING (INTEGER PRIMARY KEY))?")


@dataclass(frozen=True)
class Step:
    """One access to a table: by which index, if by any."""

    table: str
    index: str | None
    statement: str


def steps(work: Callable[[], Any]) -> list[Step]:
    """Every access to a table that the statements of `work` make."""
    made: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        made.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        work()
    return [step for sql, params in made if re.match(r"\(?(SELECT|UPDATE)", sql) for step in _explained(sql, params)]


def _explained(sql: str, params: Any) -> Iterator[Step]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
            (plan,) = cursor.fetchone()
            plan = json.loads(plan) if isinstance(plan, str) else plan
            for node in _nodes(plan[0]["Plan"]):
                if "Relation Name" in node and "Scan" in node["Node Type"]:
                    yield Step(node["Relation Name"], _index(node), sql)
            return
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        names = _tables(sql)
        for *_numbers, detail in cursor.fetchall():
            access = re.match(
                r"(SCAN|SEARCH) (\w+)(?:.*USING (?:COVERING )?INDEX (\w+)|.*USING (INTEGER PRIMARY KEY))?", detail
            )
            if access is not None:
                # Going through an index as a whole is going through the table.
                found = access[3] or access[4] if access[1] == "SEARCH" or " INDEX " in detail else None
                yield Step(names.get(access[2], access[2]), found, sql)


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)


def _index(node: dict[str, Any]) -> str | None:
    """The index of a node, or of those below a bitmap; one without a condition on it is as good as none."""
    if node["Node Type"] == "Seq Scan":
        return None
    if "Index Name" in node:
        return str(node["Index Name"])
    return ", ".join(one["Index Name"] for one in _nodes(node) if "Index Name" in one)


def _tables(sql: str) -> dict[str, str]:
    """The tables behind the short names of a statement."""
    return {short: table for table, short in re.findall(r'"(\w+)" (?:AS )?"?([A-Z]\w*)"?', sql) if "_" in table}

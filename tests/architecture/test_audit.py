"""Whoever lets somebody do something says who it is: no door calls a deed of the audit log without `by`."""

from __future__ import annotations

import ast

from tests.architecture.sources import Source, product


def takes_by(node: ast.FunctionDef) -> bool:
    return any(argument.arg == "by" for argument in node.args.kwonlyargs)


def deeds() -> dict[str, str]:
    """Services that write down who did something: name of the function → module that it is in."""
    return {
        node.name: source.path.removesuffix(".py").replace("/", ".")
        for source in product()
        if "/services" in source.path
        for node in source.tree.body
        if isinstance(node, ast.FunctionDef) and takes_by(node) and not node.name.startswith("_")
    }


def doors() -> list[Source]:
    """Modules that know a request: views of the dashboard and of the API."""
    return [
        source
        for source in product()
        if any(name.endswith((".HttpRequest", "rest_framework.request.Request")) for _line, name in source.imports())
    ]


def called(source: Source) -> list[tuple[int, str, bool]]:
    """Line, full name and whether `by` is given, of each call of a function that was imported."""
    full: dict[str, str] = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom):
            full |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    found = []
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        first, _dot, rest = name.partition(".")
        if first in full:
            name = full[first] + (f".{rest}" if rest else "")
            found.append((node.lineno, name, any(keyword.arg == "by" for keyword in node.keywords)))
    return found


def test_every_door_says_who_acts() -> None:
    wanted = {f"{module}.{name}" for name, module in deeds().items()}
    calls = [(source.path, *call) for source in doors() for call in called(source)]
    silent = [f"{path}:{line} {name}" for path, line, name, by in calls if name in wanted and not by]

    assert len([name for _path, _line, name, _by in calls if name in wanted]) > 12
    assert silent == []

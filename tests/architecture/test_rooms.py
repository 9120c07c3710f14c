"""Rooms of one purpose: short modules and functions, names of things, no loose ends, one writer of a state."""

from __future__ import annotations

import ast
import re

from tests.architecture.sources import PROJECT, product

MODULE_LINES = 400
FUNCTION_LINES = 60
# Written by the migration of the state itself and by the one writer.
STATE_WRITERS = ("documents/services/moves.py",)


def test_modules_have_one_purpose() -> None:
    assert {
        source.path: source.text.count("\n") for source in product() if source.text.count("\n") > MODULE_LINES
    } == {}


def test_functions_can_be_read_at_once() -> None:
    assert {
        f"{source.path}:{node.lineno} {node.name}": node.end_lineno - node.lineno
        for source in product()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno > FUNCTION_LINES
    } == {}


def test_modules_are_named_for_the_thing() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "core", "base"}
    assert [source.path for source in product() if vague & set(source.path.removesuffix(".py").split("/"))] == []


def test_there_are_no_loose_ends() -> None:
    loose = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    assert [
        f"{source.path}:{number}"
        for source in product()
        for number, line in enumerate(source.text.splitlines(), 1)
        if loose.search(line)
    ] == []


def test_no_exception_is_swallowed_unnamed() -> None:
    assert [
        f"{source.path}:{node.lineno}"
        for source in product()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ] == []


def test_a_document_has_one_writer_of_its_state() -> None:
    def writes(node: ast.AST) -> bool:
        if isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            return any(isinstance(target, ast.Attribute) and target.attr == "state" for target in targets)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update":
            return any(keyword.arg == "state" for keyword in node.keywords)
        return False

    assert [
        f"{source.path}:{node.lineno}"
        for source in product()
        if source.floor in ("accounts", "documents") and source.path not in STATE_WRITERS
        for node in ast.walk(source.tree)
        if writes(node)
    ] == []


def test_business_is_not_hidden_in_save_or_signals() -> None:
    assert [
        f"{source.path}:{line} imports {name}"
        for source in product()
        for line, name in source.imports()
        if name.startswith(("django.dispatch", "django.db.models.signals"))
    ] == []
    assert [
        f"{source.path}:{node.lineno}"
        for source in product()
        if source.path.endswith("/models.py")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef) and node.name in ("save", "delete")
    ] == []


def test_every_setting_that_is_read_is_explained_in_the_example() -> None:
    read = re.compile(r"""(?:env\.\w+\(|keyring\.get\(|environ\.get\(|environ\[)\s*["']([A-Z][A-Z0-9_]+)["']""")
    names = set(read.findall((PROJECT / "gunicorn.conf.py").read_text()))
    for source in product():
        names |= set(read.findall(source.text))
    names -= {"PATH", "DJANGO_SETTINGS_MODULE", "NO_COLOR", "PROMETHEUS_MULTIPROC_DIR"}  # not ours

    explained = set(re.findall(r"^# ?([A-Z][A-Z0-9_]+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE))
    assert len(names) > 20
    assert names - explained == set()
    assert explained - names == {"TEST_POSTGRES_URL", "THOROUGH", "FAULT_PAIRS"}

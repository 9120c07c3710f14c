"""Money is Decimal from the edge in: no float is made of it, and nothing is rounded but by `quantise`."""

from __future__ import annotations

import ast

from tests.architecture.sources import Source, below, product

# Rooms that hold no amounts: they draw, wait, count requests or keep secrets, in millimetres and seconds.
WITHOUT_AMOUNTS = (
    "accounts/throttling.py",
    "accounts/vault.py",
    "documents/pdf.py",
    "documents/paper.py",
    "documents/ticket.py",
    "documents/qr.py",
    "hacienda/http.py",
    "hacienda/policy.py",
    "hacienda/elsalvador/catalogs.py",
    "hacienda/elsalvador/transport/tokens.py",
    "hacienda/sandbox/",  # has its own arithmetic, on purpose
)


def calls(source: Source, name: str) -> list[str]:
    return [
        f"{source.path}:{node.lineno}"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]


def of_money() -> list[Source]:
    return [
        source
        for source in below("hacienda/", "documents/", "accounts/")
        if not source.path.startswith(WITHOUT_AMOUNTS)
    ]


def test_nothing_is_rounded_by_round() -> None:
    assert [place for source in of_money() for place in calls(source, "round")] == []


def test_nothing_becomes_a_float() -> None:
    assert [place for source in of_money() for place in calls(source, "float")] == []


def test_no_amount_is_written_as_a_float() -> None:
    rooms = ("money", "values", "totals", "build", "check", "rules", "prepare", "words", "mapping", "representation")
    literals = [
        f"{source.path}:{node.lineno}"
        for source in of_money()
        if source.path.rsplit("/", 1)[-1].removesuffix(".py") in rooms
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, float)
    ]
    assert literals == []


def test_only_the_two_verbs_round() -> None:
    """`Decimal.quantize` with its hidden default (half even) is called in one room only."""
    assert {
        source.path
        for source in product()
        if not source.path.startswith("hacienda/sandbox/")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr == "quantize"
    } <= {"hacienda/money.py"}


def test_json_is_never_parsed_with_floats() -> None:
    """Every `json.loads` and `json.load` names `parse_float`."""
    assert [
        f"{source.path}:{node.lineno}"
        for source in of_money()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("loads", "load")
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "json"
        and "parse_float" not in {keyword.arg for keyword in node.keywords}
    ] == []

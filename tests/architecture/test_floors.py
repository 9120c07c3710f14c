"""Imports run one way, and the pure rooms stay pure."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.sources import FLOORS, Source, below, product

# The only rooms of `hacienda` that may know Django: the shared knowledge of an outage is a row.
# Who is down is kept in rows: these, and how they are read, are the only part of the floor that needs a database.
MAY_KNOW_DJANGO = (
    "hacienda/apps.py",
    "hacienda/models.py",
    "hacienda/availability.py",
    "hacienda/compiled.py",
    "hacienda/indexes.py",
    "hacienda/management/",
)
WIRE_WORDS = (
    "codigoGeneracion",
    "numeroControl",
    "selloRecibido",
    "firmaElectronica",
    "tipoDte",
    "fecEmi",
    "horEmi",
    "nitEmisor",
    "idEnvio",
    "cuerpoDocumento",
    "totalPagar",
    "numDocumento",
)


def is_in(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def test_every_floor_has_rooms() -> None:
    assert {source.floor for source in product()} == set(FLOORS)


def test_imports_only_go_down() -> None:
    upward = [
        f"{source.path}:{line} imports {name}"
        for source in product()
        for line, name in source.imports()
        if name.split(".")[0] in FLOORS and FLOORS.index(name.split(".")[0]) > FLOORS.index(source.floor)
    ]
    assert upward == []


def test_product_code_imports_neither_tests_nor_benchmarks() -> None:
    assert [
        f"{source.path}:{line}"
        for source in product()
        for line, name in source.imports()
        if is_in(name, "tests", "benchmarks")
    ] == []


def test_hacienda_is_a_library_without_django() -> None:
    assert [
        f"{source.path}:{line} imports {name}"
        for source in below("hacienda/")
        for line, name in source.imports()
        if is_in(name, "django", "rest_framework", "django_q") and not source.path.startswith(MAY_KNOW_DJANGO)
    ] == []


def test_the_sandbox_and_the_client_share_no_code() -> None:
    """The sandbox judges what the client makes; a shared mistake would be invisible."""
    client = [source for source in below("hacienda/") if not source.path.startswith("hacienda/sandbox/")]
    shared = [
        f"{source.path}:{line} imports {name}"
        for source in client
        for line, name in source.imports()
        if is_in(name, "hacienda.sandbox")
    ]
    shared += [
        f"{source.path}:{line} imports {name}"
        for source in below("hacienda/sandbox/")
        if source.path != "hacienda/sandbox/registration.py"  # the client's side of registering
        for line, name in source.imports()
        if is_in(name, "hacienda") and not is_in(name, "hacienda.sandbox")
    ]
    assert shared == []


def test_other_floors_reach_a_country_only_through_the_registry() -> None:
    assert [
        f"{source.path}:{line} imports {name}"
        for source in product()
        if source.floor != "hacienda"
        for line, name in source.imports()
        if is_in(name, "hacienda.elsalvador", "hacienda.costarica")
    ] == []


def test_no_country_is_compared_outside_hacienda() -> None:
    countries = {"SV", "CR"}
    assert [
        f"{source.path}:{node.lineno}"
        for source in product()
        if source.floor != "hacienda"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Compare | ast.MatchValue)
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and part.value in countries
    ] == []


@pytest.mark.parametrize("word", WIRE_WORDS)
def test_words_of_the_wire_stay_on_the_wire(word: str) -> None:
    rooms = ("hacienda/elsalvador/", "hacienda/sandbox/")
    assert [source.path for source in product() if word in source.text and not source.path.startswith(rooms)] == []


def test_nothing_is_imported_inside_a_function() -> None:
    def inner(source: Source) -> list[int]:
        functions = [n for n in ast.walk(source.tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
        return [
            node.lineno
            for function in functions
            for node in ast.walk(function)
            if isinstance(node, ast.Import | ast.ImportFrom)
        ]

    # An AppConfig cannot import what needs the registry before ready() runs.
    assert [
        f"{source.path}:{line}"
        for source in product()
        if not source.path.endswith("/apps.py")
        for line in inner(source)
    ] == []

"""The project's own files, parsed once for all architecture tests."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
FLOORS = ("hacienda", "accounts", "documents", "contingency", "smartbill")  # from the ground up
NOT_OURS = {".git", ".venv", "var", "node_modules", "__pycache__"}


@dataclass(frozen=True)
class Source:
    path: str  # relative to the project, with slashes
    text: str
    tree: ast.Module

    @property
    def floor(self) -> str:
        return self.path.split("/")[0]

    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and full dotted name of everything imported."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                start = node.module or ""
                if node.level:
                    package = self.path.split("/")[: -node.level]
                    start = ".".join([*package, start]).rstrip(".")
                yield from ((node.lineno, f"{start}.{alias.name}") for alias in node.names)


@cache
def product() -> tuple[Source, ...]:
    """Every Python file of the floors, without migrations."""
    sources = []
    for floor in FLOORS:
        for path in sorted((PROJECT / floor).rglob("*.py")):
            name = path.relative_to(PROJECT).as_posix()
            if "/migrations/" not in name:
                text = path.read_text()
                sources.append(Source(name, text, ast.parse(text, name)))
    return tuple(sources)


def below(*folders: str) -> list[Source]:
    return [source for source in product() if source.path.startswith(folders)]


@cache
def all_files() -> tuple[Path, ...]:
    """Every file that belongs to the project, of any kind."""

    def walk(folder: Path) -> Iterator[Path]:
        for path in sorted(folder.iterdir()):
            if path.name in NOT_OURS or path.name.endswith("_cache") or path.name == ".hypothesis":
                continue
            if path.is_dir():
                yield from walk(path)
            else:
                yield path

    return tuple(walk(PROJECT))

"""Makes catalogs.json out of folders of Hacienda's catalogues as CSV files.

Run by hand when Hacienda publishes a new edition, the newest folder first:

    python hacienda/elsalvador/data/generate.py FOLDER [OLDER_FOLDER]

A folder holds one `CAT-nnn_name.csv` for each catalogue, an older one only those that differ: UTF-8, a header row,
columns `code,name` and, where a code only makes sense inside another or has a class, `departamento`, `municipio`,
`section` or `tipo_regimen_inferred`. Codes stay text, with their leading zeros; names are Hacienda's own. What
Hacienda does not publish about places is in places.json, kept by hand.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Final

SOURCE: Final = "Ministerio de Hacienda, Catálogos - Sistema de Transmisión, {}"
# Newest first, as the folders are given. Hacienda's own labels start again from v1.1 in July 2026.
EDITIONS: Final[tuple[dict[str, str], ...]] = (
    {"name": "2026-07", "source": SOURCE.format("v1.1, July 2026")},
    {"name": "2025-10", "source": SOURCE.format("v1.2, October 2025")},
)
TARGET: Final = Path(__file__).with_name("catalogs.json")

# Columns kept beside code and name where the file has them, by catalogue, with their English names.
EXTRA: Final[dict[str, dict[str, str]]] = {
    "CAT-008": {"departamento": "department", "municipio": "municipality"},
    "CAT-013": {"departamento": "department"},
    "CAT-015": {"section": "section"},
    "CAT-019": {"section": "section"},
    "CAT-028": {"tipo_regimen_inferred": "regime_type"},
}

Catalog = dict[str, list[str] | list[list[str]]]


def read(path: Path) -> tuple[str, Catalog]:
    """The catalogue's id ("CAT-014"), its columns and rows. Raises `ValueError` for a file without rows."""
    identifier = path.stem.split("_", 1)[0]
    with path.open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file)
        extra = {
            column: name for column, name in EXTRA.get(identifier, {}).items() if column in (table.fieldnames or ())
        }
        kept = {"code": "code", "name": "name", **extra}
        rows = [[(row[column] or "").strip() for column in kept] for row in table]
    if not rows:
        raise ValueError(f"{path.name} has no rows")
    return identifier, {"columns": list(kept.values()), "rows": rows}


def text(editions: list[dict[str, object]]) -> str:
    """The document as JSON with one row a line, so that the next edition's changes can be read as a comparison."""

    def one(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    def catalog(identifier: str, content: Catalog) -> str:
        rows = ",\n".join(one(row) for row in content["rows"])
        return f'{one(identifier)}: {{"columns": {one(content["columns"])}, "rows": [\n{rows}\n]}}'

    def edition(content: dict[str, object]) -> str:
        catalogs = content["catalogs"]
        assert isinstance(catalogs, dict)
        listed = ",\n".join(catalog(*pair) for pair in catalogs.items())
        return f'{{"name": {one(content["name"])}, "source": {one(content["source"])}, "catalogs": {{\n{listed}\n}}}}'

    return '{"editions": [\n' + ",\n".join(edition(content) for content in editions) + "\n]}\n"


def main(arguments: list[str]) -> int:
    """Writes catalogs.json; 2 for a wrong call, 1 where a folder holds no catalogue."""
    if not 1 <= len(arguments) <= len(EDITIONS):
        sys.stderr.write("usage: generate.py FOLDER [OLDER_FOLDER]\n")
        return 2
    editions: list[dict[str, object]] = []
    for facts, folder in zip(EDITIONS, arguments, strict=False):
        catalogs = dict(read(path) for path in sorted(Path(folder).glob("CAT-*.csv")))
        if not catalogs:
            sys.stderr.write("no CAT-*.csv in that folder\n")
            return 1
        editions.append({**facts, "catalogs": catalogs})
    TARGET.write_text(text(editions), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Makes catalogs.json out of a folder of Hacienda's catalogues as CSV files.

Run by hand when Hacienda publishes a new edition:

    python hacienda/elsalvador/data/generate.py FOLDER

FOLDER holds one `CAT-nnn_name.csv` for each catalogue: UTF-8, a header row, columns `code,name` and, where a
code only makes sense inside another or has a class, `departamento`, `municipio`, `section` or
`tipo_regimen_inferred`. Codes stay text, with their leading zeros; names are Hacienda's own.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Final

EDITION: Final = "Ministerio de Hacienda, Catálogos - Sistema de Transmisión, v1.1, July 2026"
TARGET: Final = Path(__file__).with_name("catalogs.json")

# Columns kept beside code and name, by catalogue, with their English names.
EXTRA: Final[dict[str, dict[str, str]]] = {
    "CAT-008": {"departamento": "department", "municipio": "municipality"},
    "CAT-013": {"departamento": "department"},
    "CAT-015": {"section": "section"},
    "CAT-028": {"tipo_regimen_inferred": "regime_type"},
}

Catalog = dict[str, list[str] | list[list[str]]]


def read(path: Path) -> tuple[str, Catalog]:
    """The catalogue's id ("CAT-014"), its columns and rows. Raises `ValueError` for a file without rows."""
    identifier = path.stem.split("_", 1)[0]
    kept = {"code": "code", "name": "name", **EXTRA.get(identifier, {})}
    with path.open(encoding="utf-8", newline="") as file:
        rows = [[(row[column] or "").strip() for column in kept] for row in csv.DictReader(file)]
    if not rows:
        raise ValueError(f"{path.name} has no rows")
    return identifier, {"columns": list(kept.values()), "rows": rows}


def main(arguments: list[str]) -> int:
    """Writes catalogs.json; 2 for a wrong call, 1 where the folder holds no catalogue."""
    if len(arguments) != 1:
        sys.stderr.write("usage: generate.py FOLDER\n")
        return 2
    catalogs = dict(read(path) for path in sorted(Path(arguments[0]).glob("CAT-*.csv")))
    if not catalogs:
        sys.stderr.write("no CAT-*.csv in that folder\n")
        return 1
    document = {"edition": EDITION, "catalogs": catalogs}
    TARGET.write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Every row of our catalogues is Hacienda's, in both editions."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from hacienda.elsalvador import catalogs

COLUMNS = {
    "departamento": "department",
    "municipio": "municipality",
    "section": "section",
    "tipo_regimen_inferred": "regime_type",
}


@pytest.mark.parametrize(
    ("edition", "folder", "count"), [("2026-07", ".", 33), ("2025-10", "previous-v1.2-2025-10", 5)]
)
def test_every_row_is_haciendas(reference: Path, edition: str, folder: str, count: int) -> None:
    ours = catalogs.of_edition(edition)
    files = sorted((reference / "elsalvador" / "catalogs" / folder).glob("CAT-*.csv"))
    assert len(files) == len(ours) == count
    for path in files:
        identifier = path.stem.partition("_")[0]
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        theirs = [
            (row["code"], row["name"], {ours: row[column] for column, ours in COLUMNS.items() if column in row})
            for row in rows
        ]
        assert [(row.code, row.name, dict(row.within)) for row in ours[identifier]] == theirs, identifier

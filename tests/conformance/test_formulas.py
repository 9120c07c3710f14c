"""The formulas against every constructed sample: each computed figure comes out as it is printed there."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from hacienda.elsalvador.formulas import steps

FOLDER: Path = settings.BASE_DIR.parent / "shared" / "elsalvador" / "samples" / "v2.0-constructed"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the reference data does not lie beside the project")
# Events that compute nothing.
WITHOUT_FIGURES = ("ev-contingencia", "ev-invalidacion")


def samples() -> list[Path]:
    found = FOLDER.glob("*.json") if FOLDER.is_dir() else []
    return sorted(path for path in found if not path.name.startswith(WITHOUT_FIGURES))


@pytest.mark.parametrize("path", samples(), ids=lambda path: path.stem)
def test_every_computed_figure_follows_from_the_others(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal, parse_int=Decimal)
    found = list(steps(document))
    assert found
    assert [(one.path, one.numbers, one.value, one.printed) for one in found if one.value != one.printed] == []
    rows = (document.get("resumen") or {}).get("tributos") or ()
    told = {one.path for one in found}
    assert [row["codigo"] for at, row in enumerate(rows) if ("resumen", "tributos", at, "valor") not in told] == []

"""The rules for documents of before Normativa 2.0 that today's do not have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .answers import Refusal
from .case import Case
from .catalogues import CUSTOMS_POSTS, INCOTERMS, REGIME_KINDS, REGIMES

# A regime and its kind were one text: "EX-1.1000.000".
REGIMES_BEFORE = REGIMES | {f"{kind}.{regime}" for kind in REGIME_KINDS for regime in REGIMES}
EXPORTED: dict[tuple[str, str], frozenset[str]] = {
    ("emisor", "recintoFiscal"): CUSTOMS_POSTS,
    ("emisor", "regimen"): REGIMES_BEFORE,
    ("resumen", "codIncoterms"): INCOTERMS,
}


def earlier_export_faults(case: Case) -> Iterator[Refusal]:
    """Check the codes of an export, which may leave every one of them out."""
    for (section, name), catalogue in EXPORTED.items():
        value: Any = case.document[section][name]
        if value is not None and value not in catalogue:
            yield Refusal("003", f"{section}.{name}")

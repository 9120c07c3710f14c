"""A document under judgement: what every rule about the document alone looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from .kinds import Kind

Part = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """A document that fits its form; `at` is Hacienda's time, `threshold` as in the settings (US dollars)."""

    document: Part
    kind: Kind
    at: datetime
    threshold: Decimal

"""Where each figure of a document comes from, for whoever asks about a cent. Country-neutral."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from hacienda.faults import Path


@dataclass(frozen=True, slots=True)
class Step:
    """One figure: `formula` as the law has it, `numbers` the same with figures put in, `exact` before rounding.

    `place` leads to the figure in the authority's document, `path` into the caller's body.
    """

    place: Path
    path: Path
    formula: str
    numbers: str
    exact: Decimal
    value: Decimal
    places: int


@dataclass(frozen=True, slots=True)
class AppliedRule:
    """A rule that was looked at: `text` says what it found with `params`, `applies` whether it changed anything."""

    code: str
    applies: bool
    text: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Explanation:
    steps: tuple[Step, ...]
    rules: tuple[AppliedRule, ...]

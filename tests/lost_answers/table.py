"""The table in docs/faults.md: read, and written from what was seen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.lost_answers.journeys import Outcome

FILE = Path(__file__).resolve().parents[2] / "docs" / "faults.md"
HEAD = "| Fault | The caller sees | Said to Hacienda at once | Received by it until then | Said afterwards | End |"


def line(outcome: Outcome) -> str:
    """The line of a case, without its first column."""
    return f"{outcome.seen} | {outcome.at_once} | {outcome.received} | {outcome.afterwards} | {outcome.end} |"


def lines(lived: Mapping[str, Outcome]) -> dict[str, str]:
    return {case: line(outcome) for case, outcome in lived.items()}


def read(errand: str) -> dict[str, str]:
    """The errand's lines as they are written down, by case; empty where there are none."""
    found = {}
    inside = False
    for row in FILE.read_text().splitlines() if FILE.exists() else ():
        if row.startswith("## "):
            inside = row == f"## {errand}"
        elif inside and row.startswith("| `"):
            case, _, rest = row.removeprefix("| ").partition(" | ")
            found[case] = rest
    return found


def write(errand: str, lived: Mapping[str, Outcome]) -> None:
    """Put what was seen in the place of what was written, and leave the other errands as they are."""
    text = FILE.read_text()
    before, _, rest = text.partition(f"## {errand}\n")
    _old, mark, after = rest.partition("\n## ")
    rows = "\n".join(f"| {case} | {told}" for case, told in lines(lived).items())
    FILE.write_text(f"{before}## {errand}\n\n{HEAD}\n{'| --- ' * 6}|\n{rows}\n{mark}{after}")

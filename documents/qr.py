"""QR codes as runs of dark modules, for whoever draws them: SVG on the page, vectors on paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

QUIET_ZONE = 4  # modules; ISO/IEC 18004 asks for four
# Any mask is valid to a reader; trying all eight, as the library does by itself, costs five times as much.
MASK_PATTERN = 2


@dataclass(frozen=True, slots=True)
class Run:
    """`width` dark modules side by side, from column `x` of row `y`, quiet zone included."""

    x: int
    y: int
    width: int


@dataclass(frozen=True, slots=True)
class Symbol:
    """A code of `size` modules a side, quiet zone included."""

    size: int
    runs: tuple[Run, ...]

    @property
    def svg_path(self) -> str:
        """The `d` of one SVG path that fills the dark modules, in a view box of 0 0 size size."""
        return "".join(f"M{run.x} {run.y}h{run.width}v1h-{run.width}z" for run in self.runs)


@lru_cache(maxsize=256)
def symbol(text: str) -> Symbol:
    """The code that reads `text`, with medium error correction."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=0, mask_pattern=MASK_PATTERN)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    runs = tuple(run for y, row in enumerate(rows) for run in _runs(row, y))
    return Symbol(size=len(rows) + 2 * QUIET_ZONE, runs=runs)


def _runs(row: list[bool], y: int) -> Iterator[Run]:
    start: int | None = None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            yield Run(start + QUIET_ZONE, y + QUIET_ZONE, x - start)
            start = None

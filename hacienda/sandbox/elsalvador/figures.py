"""What every computation here is made of: sums, the cent of tolerance, the rates (DOCUMENTS.md 2.2, 5.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from .answers import Refusal

TOLERANCE = Decimal("0.01")
IVA_RATE = Decimal("0.13")
WITHHELD_RATE = PERCEIVED_RATE = Decimal("0.01")
# Two factors of 19 digits each are multiplied without losing any.
PRECISION = 60

Amounts = Mapping[str, Any]


def differs(declared: Decimal | int, computed: Decimal | int) -> bool:
    """Tell whether a figure is further from what Hacienda computes than it lets pass."""
    return abs(Decimal(declared) - computed) > TOLERANCE


def summed(rows: Iterable[Amounts], name: str) -> Decimal:
    """Return the sum of a field over rows, not rounded."""
    return sum((Decimal(row[name]) for row in rows), Decimal(0))


def iva_inside(amount: Decimal | int) -> Decimal:
    """Return the IVA contained in an amount that includes it, not rounded."""
    return Decimal(amount) / (1 + IVA_RATE) * IVA_RATE


def wrong(declared: Amounts, computed: Mapping[str, Decimal | int], section: str = "resumen") -> Iterator[Refusal]:
    """Yield 020 for each declared figure that is not as computed; null counts as nothing."""
    for name, value in computed.items():
        if differs(declared[name] or 0, value):
            yield Refusal("020", f"{section}.{name}")


def shared_out(
    lines: Sequence[Amounts], name: str, rate: Decimal, base: str, part: Decimal | int
) -> Iterator[Refusal]:
    """Check an amount that lines carry as a rate of `part` of a field of theirs; the last takes the cents left."""
    bearing = [(position, line) for position, line in enumerate(lines, start=1) if line[name] != 0]
    for position, line in bearing[:-1]:
        if differs(line[name], line[base] * part * rate):
            yield Refusal("020", f"cuerpoDocumento.{position}.{name}")
    of_all = summed((line for _, line in bearing), base) * part * rate
    if bearing and differs(summed(lines, name), of_all):
        yield Refusal("020", f"cuerpoDocumento.{bearing[-1][0]}.{name}")

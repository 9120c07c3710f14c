"""Exact money in two verbs: `quantise` rounds a printed figure, `allocate` splits one without losing a cent.

Amounts are `Decimal`. `CONTEXT` holds any product of two wire amounts exactly (19 digits each), which the
28 digits of Python's default context do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Final

CONTEXT: Final = Context(prec=64, rounding=ROUND_HALF_UP)
ZERO: Final = Decimal(0)

_EXPONENTS: Final = tuple(Decimal(1).scaleb(-places) for places in range(13))


def quantise(amount: Decimal, places: int) -> Decimal:
    """`amount` at `places` decimals (0 to 12), half up and away from zero; never a negative zero.

    Raises `decimal.InvalidOperation` for what is not finite or has more than 50 digits before the point.
    """
    rounded = amount.quantize(_EXPONENTS[places], rounding=ROUND_HALF_UP, context=CONTEXT)
    return rounded if rounded else rounded.copy_abs()


def allocate(total: Decimal, weights: Sequence[Decimal], places: int = 2) -> tuple[Decimal, ...]:
    """`total` split in proportion to `weights`, each part at `places` decimals; the parts add up to `total`.

    By largest remainder: every part is its exact share rounded down or up, the units left over go to the
    largest remainders, earlier ones first. A negative total is split as its positive and negated.
    Raises `ValueError` where `total` has more decimals than `places`, a weight is negative or all are zero.
    """
    if quantise(total, places) != total:
        raise ValueError(f"{total} has more than {places} decimals")
    shares = [Fraction(weight) for weight in weights]
    whole = sum(shares)
    if whole <= 0 or min(shares) < 0:
        raise ValueError("weights must not be negative, and not all zero")
    units = int(total.copy_abs().scaleb(places, context=CONTEXT))
    exact = [units * share / whole for share in shares]
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(parts)), key=lambda index: parts[index] - exact[index])
    for index in by_remainder[: units - sum(parts)]:
        parts[index] += 1
    sign = -1 if total < 0 else 1
    return tuple(Decimal(sign * part).scaleb(-places, context=CONTEXT) for part in parts)

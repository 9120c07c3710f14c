"""Figures as people write them: with every decimal that was signed, never rounded."""

from __future__ import annotations

from decimal import Decimal

CURRENCY_SIGNS = {"USD": "$", "CRC": "₡"}


def plain(amount: Decimal, *, places: int = 2) -> str:
    """A figure with every decimal it has, at least `places`, and thousands apart: 1,234.50; never rounded."""
    whole, _dot, fraction = f"{amount:,f}".partition(".")
    fraction = fraction.rstrip("0").ljust(places, "0")
    return f"{whole}.{fraction}" if fraction else whole


def money(amount: Decimal, currency: str) -> str:
    """An amount with its currency: $7.00, -$20.00, or EUR 7.00 where there is no sign for it."""
    sign = CURRENCY_SIGNS.get(currency, f"{currency} ")
    return f"{'-' if amount < 0 else ''}{sign}{plain(abs(amount))}"

"""Prices that include value added tax, taken apart so that the line comes back to what the customer was told."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

from hacienda.costarica import codes
from hacienda.costarica.facts import PLACES
from hacienda.drafts import Discount
from hacienda.money import ZERO, quantise

_HUNDRED: Final = Decimal(100)
_STEP: Final = Decimal(1).scaleb(-PLACES)


def without_tax(
    quantity: Decimal, price: Decimal, discounts: tuple[Discount, ...], percent: Decimal
) -> tuple[Decimal, tuple[Discount, ...]]:
    """Price and discounts without the tax of `percent` inside them, at 5 decimals.

    The unit price is one of the nearest three: that whose line comes nearest to quantity x price. Where there is a
    discount, the last one takes up what rounding the unit price left over, so that the line comes back to within
    0.00001; without one it is off by at most half a step of the price for each unit.
    """
    if not percent:
        return price, discounts
    factor = (_HUNDRED + percent) / _HUNDRED
    whole = quantity * price - sum((one.amount for one in discounts), ZERO)
    nearest = quantise(price / factor, PLACES)
    if not discounts:
        choices = [one for one in (nearest, nearest - _STEP, nearest + _STEP) if one > ZERO]
        return min(choices, key=lambda one: abs(_total(quantise(quantity * one, PLACES), percent) - whole)), discounts
    made = [replace(one, amount=quantise(one.amount / factor, PLACES)) for one in discounts]
    if all((one.code or codes.COMMERCIAL_DISCOUNT) not in codes.FULL_VAT_DISCOUNTS for one in discounts):
        gross = quantise(quantity * nearest, PLACES)
        exact = quantise(whole / factor, PLACES)
        net = min((exact, exact - _STEP, exact + _STEP), key=lambda one: abs(_total(one, percent) - whole))
        left = gross - sum((one.amount for one in made[:-1]), ZERO) - max(net, ZERO)
        if left > ZERO:
            made[-1] = replace(made[-1], amount=left)
    return nearest, tuple(made)


def _total(net: Decimal, percent: Decimal) -> Decimal:
    return net + quantise(net * percent / _HUNDRED, PLACES)

"""What adjustments may take of a document: never more than is left of a class, and in the end all of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from hacienda.drafts import Taxation
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.kinds import WITHHOLDING
from hacienda.elsalvador.rules import ITEM_PLACES, TOTAL_PLACES
from hacienda.elsalvador.types.originals import Adjusted, Sum
from hacienda.elsalvador.types.portions import Portion
from hacienda.money import ZERO, allocate, quantise

_CENT: Final = Decimal("0.01")
_SALES: Final = (Taxation.TAXED, Taxation.EXEMPT, Taxation.NOT_SUBJECT)


def within(portions: Sequence[Portion], faults: Faults, *, everything: bool) -> tuple[Portion, ...]:
    """The portions of a credit, brought to cents where they must be; a fault for what exceeds what is left.

    `everything`: they were not asked for one by one, but are what is left; they give way to what was credited before
    without naming a line.
    """
    settled = list(portions)
    documents = {one.number: one.document for one in portions}
    for number, document in documents.items():
        if document is None:
            continue
        for tax in _SALES:
            places = [place for place, one in enumerate(settled) if one.number == number and one.line.item.tax is tax]
            if places:
                group = [settled[place] for place in places]
                brought = _brought(group, document, tax, faults, everything=everything, alone=len(documents) == 1)
                for place, one in zip(places, brought, strict=True):
                    settled[place] = one
        settled = _with_charges(settled, document, faults, everything=everything)
    return tuple(settled)


def _brought(
    group: list[Portion], document: Adjusted, tax: Taxation, faults: Faults, *, everything: bool, alone: bool
) -> list[Portion]:
    """The portions of one class of one document, adding up to what they should."""
    total = sum((one.amount for one in group), ZERO)
    cents, left = quantise(total, TOTAL_PLACES), document.left[tax]
    over = cents - left
    # Every adjustment so far was rounded once. What the caller says is never changed.
    slack = _CENT * (document.adjustments + 1) if all(one.is_derived for one in group) else ZERO
    if over > ZERO:
        if over > slack and not everything:
            faults.add(
                _path(group), "amount_exceeds_left", credit=cents, left=quantise(left, TOTAL_PLACES), tax=tax.value
            )
            return group
        return _to(group, left)
    if over < ZERO and -over <= slack and _is_all(group, document, tax):
        return _to(group, left)
    # Beside other documents the sum of all is rounded; each has to be whole by itself.
    return group if alone or cents == total else _to(group, cents)


def _path(group: Sequence[Portion]) -> tuple[str | int, ...]:
    """Where the fault of a class is told: at its line, or at all of them."""
    return group[0].path if len({one.path for one in group}) == 1 else ("items",)


def _is_all(group: Sequence[Portion], document: Adjusted, tax: Taxation) -> bool:
    """Whether nothing stays of the class's lines."""
    taken: dict[int, Decimal] = {}
    for one in group:
        if one.source is not None and one.line.item.price == one.source.item.price:
            number = one.source.number
            taken[number] = taken.get(number, ZERO) + one.line.item.quantity
    lines = [line for line in document.lines if line.item.tax is tax]
    return all(line.is_used_up or taken.get(line.number, ZERO) == line.quantity for line in lines)


def _to(group: list[Portion], total: Decimal) -> list[Portion]:
    """The same portions adding up to `total`: cents go to the last one, more is spread as a discount."""
    over = sum((one.amount for one in group), ZERO) - total
    if not over:
        return group
    if over < _CENT * 2:
        for place in reversed(range(len(group))):
            if group[place].amount > over:
                return [*group[:place], _lowered(group[place], over), *group[place + 1 :]]
    shares = allocate(over, [one.amount for one in group], ITEM_PLACES)
    return [_lowered(one, min(share, one.amount)) for one, share in zip(group, shares, strict=True)]


def _lowered(portion: Portion, by: Decimal) -> Portion:
    """The portion come to less, or, `by` being negative, to more. What is printed still multiplies to its amount."""
    item = portion.line.item
    amount, discount, price = item.amount - by, item.discount + by, item.price
    if discount < ZERO:
        # There is no discount below zero: the price takes up what is missing, the discount what is over then.
        price = quantise((amount / item.quantity) + Decimal(1).scaleb(-ITEM_PLACES), ITEM_PLACES)
        discount = quantise(price * item.quantity - amount, ITEM_PLACES)
    item = replace(item, amount=amount, discount=discount, price=price)
    return replace(portion, line=replace(portion.line, item=item))


def _with_charges(portions: list[Portion], document: Adjusted, faults: Faults, *, everything: bool) -> list[Portion]:
    """Charges and credits outside the tax base: each sign for itself. So are withholdings."""
    charges = [
        (place, one.amount > ZERO)
        for place, one in enumerate(portions)
        if one.number == document.number and one.line.item.tax is Taxation.NOT_TAXED
    ]
    above, below = document.charges
    if document.type_code == WITHHOLDING:
        above = document.sums["totalIvaRetenido"].left
    for is_above, left in ((True, above), (False, below)):
        places = [place for place, sign in charges if sign is is_above]
        group = [portions[place] for place in places]
        amounts = [one.amount.copy_abs() for one in group]
        total = sum(amounts, ZERO)
        if total <= left:
            continue
        if not everything:
            faults.add(_path(group), "amount_exceeds_left", credit=total, left=left, tax=Taxation.NOT_TAXED.value)
            continue
        for place, one, part in zip(places, group, allocate(left, amounts, ITEM_PLACES), strict=True):
            amount = part if one.amount > ZERO else ZERO - part
            item = replace(one.line.item, amount=amount)
            portions[place] = replace(one, line=replace(one.line, item=item))
    return [one for one in portions if one.amount]


def closes(portions: Sequence[Portion], document: Adjusted, tax: Taxation) -> bool:
    """Whether the portions take all that is left of a class of the document."""
    taken = sum((one.amount for one in portions if one.line.item.tax is tax), ZERO)
    return quantise(taken, TOTAL_PLACES) == document.left[tax]


def share(known: Sum, due: Decimal, *, last: bool) -> Decimal:
    """The part of an amount of the original's summary that goes with a credit, in cents.

    `due` is what its rate makes of the credit, unrounded; the `last` credit takes what is left, as long as that is
    within the cent that Hacienda lets pass. Never more than there is.
    """
    if last and (known.left - due).copy_abs() <= _CENT:
        return known.left
    return min(quantise(due, TOTAL_PLACES), quantise(known.left, TOTAL_PLACES))

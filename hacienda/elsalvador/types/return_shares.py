"""What the lines of a return carry of the sums of what they give back: withholdings, insurance, freight. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from hacienda.drafts import ItemKind, Taxation
from hacienda.elsalvador.blocks import fields
from hacienda.elsalvador.case import Case
from hacienda.elsalvador.kinds import EXCLUDED_SUBJECT, EXPORT_INVOICE, INVOICE
from hacienda.elsalvador.rules import ADVANCE_RATE, INCOME_TAX_RATE, PAYMENT_TOLERANCE, TOTAL_PLACES, VAT_FACTOR
from hacienda.elsalvador.types import balances
from hacienda.elsalvador.types.originals import Adjusted
from hacienda.elsalvador.types.portions import Documents, Portion
from hacienda.money import ZERO, allocate, quantise
from hacienda.values import Path

# The caller's words for what an export carries, and the document's.
CARRIAGE: Final = {"freight": "flete", "insurance": "seguro"}


@dataclass(frozen=True, slots=True)
class Shares:
    """What the lines carry of the sums of their originals, in cents, one amount a line."""

    withheld: tuple[Decimal, ...]
    income_tax: tuple[Decimal, ...]
    insurance: tuple[Decimal, ...]
    freight: tuple[Decimal, ...]


def shares_of(case: Case, picked: Sequence[Portion], documents: Documents, given_back: str) -> Shares:
    """What each portion carries. `given_back` is the type of the originals, of which there is only one."""
    nothing = [ZERO] * len(picked)
    withheld, income_tax = list(nothing), list(nothing)
    insurance, freight = list(nothing), list(nothing)
    draft = case.draft
    for number, document in documents.items():
        places = [place for place, one in enumerate(picked) if one.number == number]
        group = [picked[place] for place in places]
        if given_back == INVOICE and (draft.vat_withheld if document is None else document.sums["ivaRete"].whole):
            due = [_net(one) * ADVANCE_RATE for one in group]
            _spread(withheld, places, due, _due("ivaRete", Taxation.TAXED, due, group, document))
        elif given_back == EXCLUDED_SUBJECT:
            due = _income_tax_due(group, document, by_hand=bool(draft.income_tax_withheld))
            _spread(income_tax, places, due, _due("reteRenta", Taxation.NOT_SUBJECT, due, group, document))
        elif given_back == EXPORT_INVOICE and document is not None and not draft.items and draft.export is None:
            weights = [max(one.amount, ZERO) for one in group]
            _spread(insurance, places, weights, document.sums["seguro"].left)
            _spread(freight, places, weights, document.sums["flete"].left)
    if draft.export is not None and given_back == EXPORT_INVOICE:
        for name, into in (("insurance", insurance), ("freight", freight)):
            _carry(case, name, into, picked, documents)
    return Shares(tuple(withheld), tuple(income_tax), tuple(insurance), tuple(freight))


def _net(portion: Portion) -> Decimal:
    """What may have been withheld on: the taxed amount without its VAT."""
    return portion.amount / VAT_FACTOR if portion.line.item.tax is Taxation.TAXED else ZERO


def _due(
    name: str, tax: Taxation, due: Sequence[Decimal], group: Sequence[Portion], document: Adjusted | None
) -> Decimal:
    total = sum(due, ZERO)
    if document is None:
        return quantise(total, TOTAL_PLACES)
    return balances.share(document.sums[name], total, last=balances.closes(group, document, tax))


def _spread(into: list[Decimal], places: Sequence[int], weights: Sequence[Decimal], total: Decimal) -> None:
    if not total or not any(weights):
        return
    for place, part in zip(places, allocate(quantise(total, TOTAL_PLACES), weights, TOTAL_PLACES), strict=True):
        into[place] += part


def _income_tax_due(group: Sequence[Portion], document: Adjusted | None, *, by_hand: bool) -> list[Decimal]:
    """The income tax of each line, not rounded: at the rate of what bore it in the purchase."""
    if document is None:
        services = any(one.line.item.kind == ItemKind.SERVICE.value for one in group)
        return [
            one.amount * INCOME_TAX_RATE
            if by_hand and (not services or one.line.item.kind == ItemKind.SERVICE.value)
            else ZERO
            for one in group
        ]
    kinds, rate = _withheld_on(document)
    return [one.amount * rate if one.line.item.kind in kinds else ZERO for one in group]


def _withheld_on(document: Adjusted) -> tuple[frozenset[str], Decimal]:
    """On which kinds of lines a purchase withheld income tax, and at what rate.

    The document only says the sum. It is the smallest set of kinds that explains it at the legal rate, else all.
    """
    whole = document.sums["reteRenta"].whole
    service, both = ItemKind.SERVICE.value, ItemKind.BOTH.value
    everything = frozenset(line.item.kind for line in document.lines)
    for kinds in (frozenset({service}), frozenset({service, both}), everything):
        base = sum((line.item.amount for line in document.lines if line.item.kind in kinds), ZERO)
        if base and (base * INCOME_TAX_RATE - whole).copy_abs() <= PAYMENT_TOLERANCE:
            return kinds, INCOME_TAX_RATE
    total = sum((line.item.amount for line in document.lines), ZERO)
    return everything, whole / total if total else ZERO


def _carry(case: Case, name: str, into: list[Decimal], picked: Sequence[Portion], documents: Documents) -> None:
    """So much of the insurance or freight as the caller gives back, no more than is left of it."""
    here: Path = ("export", name)
    total: Decimal = getattr(case.draft.export, name)
    if not fields.amount(total, here, case.faults, places=TOTAL_PLACES):
        return
    _spread(into, range(len(picked)), [max(one.amount, ZERO) for one in picked], total)
    for number, document in documents.items():
        if document is None:
            continue
        share = sum((part for part, one in zip(into, picked, strict=True) if one.number == number), ZERO)
        left = document.sums[CARRIAGE[name]].left
        if share > left:
            case.faults.add(here, "carriage_exceeds_left", credit=share, left=left)

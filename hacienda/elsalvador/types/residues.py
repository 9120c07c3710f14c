"""The cents of VAT that rounding leaves over between a document and what credits it. Pure.

Every credit rounds its VAT once, so that several may come to a cent more or less than the document. The one that
takes the last of the taxed sales takes those cents too, as far as Hacienda still finds its VAT: at most a cent from
13 % of what the note prints. What many small credits have left beyond that stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from hacienda.drafts import Taxation
from hacienda.elsalvador.blocks.totals import Summary
from hacienda.elsalvador.kinds import VAT
from hacienda.elsalvador.rules import PAYMENT_TOLERANCE, TOTAL_PLACES, VAT_RATE
from hacienda.elsalvador.types import balances
from hacienda.elsalvador.types.portions import Documents, Portion
from hacienda.money import ZERO, quantise

_CENT = Decimal("0.01")


def taken(summary: Summary, picked: Sequence[Portion], documents: Documents) -> Summary:
    """The sums of a credit with the residue of each document whose taxed sales it takes the last of."""
    base, left, is_last = ZERO, ZERO, False
    for number, document in documents.items():
        group = [one for one in picked if one.number == number and one.line.item.tax is Taxation.TAXED]
        amount = sum((one.amount for one in group), ZERO)
        base += amount
        if group and document is not None and balances.closes(group, document, Taxation.TAXED):
            left, is_last = left + document.vat.left, True
        else:
            left += amount * VAT_RATE
    if not is_last:
        return summary
    # As Hacienda may find it: from the lines, or from their printed sum.
    found = (base * VAT_RATE, summary.taxed * VAT_RATE)
    within = [
        vat
        for vat in (summary.vat, summary.vat - _CENT, summary.vat + _CENT)
        if vat >= ZERO and all((vat - each).copy_abs() <= PAYMENT_TOLERANCE for each in found)
    ]
    wanted = quantise(left, TOTAL_PLACES)
    return _with_vat(summary, min(within, key=lambda vat: (vat - wanted).copy_abs(), default=summary.vat))


def _with_vat(summary: Summary, vat: Decimal) -> Summary:
    rows = tuple(replace(row, amount=vat) if row.code == VAT else row for row in summary.rows)
    return replace(summary, rows=rows, vat=vat, total=summary.total + vat - summary.vat)

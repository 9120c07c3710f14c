"""Hacienda computes every figure again and lets each differ by a cent (DOCUMENTS.md 2.2 and 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import localcontext
from typing import Any

from .answers import Refusal
from .arithmetic_events import return_faults, special_operation_faults
from .arithmetic_notes import note_faults
from .arithmetic_purchases import donation_faults, given_in_cash, purchase_faults
from .arithmetic_sales import sale_faults
from .arithmetic_settlements import card_faults, commission_faults, withholding_faults
from .earlier_arithmetic import earlier_note_faults
from .figures import PRECISION, differs, summed
from .kinds import DONATION, Kind

COMPUTED: dict[str, Callable[[Mapping[str, Any], Kind], Iterator[Refusal]]] = {
    "01": sale_faults,
    "03": sale_faults,
    "04": sale_faults,
    "05": note_faults,
    "06": note_faults,
    "07": withholding_faults,
    "08": commission_faults,
    "09": card_faults,
    "11": sale_faults,
    "14": purchase_faults,
    "15": donation_faults,
    "17": special_operation_faults,
    "18": return_faults,
}
# Of versions of before Normativa 2.0 that compute otherwise.
EARLIER_COMPUTED = {("05", 3): earlier_note_faults, ("06", 3): earlier_note_faults}


def arithmetic_fault(document: Mapping[str, Any], kind: Kind) -> Refusal | None:
    """Return the first wrong figure of a document that fits its form, or None."""
    with localcontext() as context:
        context.prec = PRECISION
        computed = EARLIER_COMPUTED.get((kind.code, kind.version), COMPUTED[kind.code])
        return next(computed(document, kind), None)


def payments_differ(document: Mapping[str, Any], kind: Kind) -> bool:
    """Tell whether the payments do not add up to what is to be paid: a warning, not a refusal."""
    summary = document.get("resumen", {})
    if summary.get("pagos") is None:
        return False
    paid = summed(summary["pagos"], "montoPago")
    if kind.code == DONATION:
        return differs(paid, given_in_cash(document))
    return bool(paid != summary["totalPagar"])

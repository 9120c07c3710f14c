"""The rules about how and when is paid (DOCUMENTS.md 3.7)."""

from __future__ import annotations

from collections.abc import Iterator

from .answers import Refusal
from .case import Case, Part
from .catalogues import CASH, CONDITIONS, CREDIT, DONATED_CASH, PAYMENT_MEANS, TERMS


def condition_faults(case: Case) -> Iterator[Refusal]:
    """Check the condition of the operation."""
    summary = case.document["resumen"]
    condition = summary["condicionOperacion"]
    if condition not in CONDITIONS:
        yield Refusal("003", "resumen.condicionOperacion")
    if summary.get("totalPagar", summary.get("total")) == 0 and condition != CASH:
        yield Refusal("007", "resumen.condicionOperacion")


def payment_faults(case: Case) -> Iterator[Refusal]:
    """Check the payments of what is sold or bought, with their terms."""
    summary = case.document["resumen"]
    condition, payments = summary["condicionOperacion"], summary["pagos"]
    if payments is None and case.kind.payments_required:
        yield Refusal("005", "resumen.pagos")
    for payment in payments or ():
        yield from _means_faults(payment)
        yield from _term_faults(payment, condition)


def donation_payment_faults(case: Case) -> Iterator[Refusal]:
    """Check that a donation has payments exactly when cash is given."""
    payments = case.document["resumen"]["pagos"]
    cash = any(line["tipoDonacion"] == DONATED_CASH for line in case.document["cuerpoDocumento"])
    if cash and payments is None:
        yield Refusal("005", "resumen.pagos")
    if not cash and payments is not None:
        yield Refusal("024", "resumen.pagos")
    for payment in payments or ():
        yield from _means_faults(payment)


def _means_faults(payment: Part) -> Iterator[Refusal]:
    if payment["codigo"] is None:
        yield Refusal("005", "resumen.pagos.codigo")
    if payment["codigo"] not in PAYMENT_MEANS:
        yield Refusal("003", "resumen.pagos.codigo")


def _term_faults(payment: Part, condition: int) -> Iterator[Refusal]:
    term, period = payment["plazo"], payment["periodo"]
    if term is not None and term not in TERMS:
        yield Refusal("003", "resumen.pagos.plazo")
    for name, value in (("plazo", term), ("periodo", period)):
        if condition == CASH and value is not None:
            yield Refusal("024", f"resumen.pagos.{name}")
        if condition == CREDIT and value is None:
            yield Refusal("005", f"resumen.pagos.{name}")
    if (term is None) != (period is None):
        yield Refusal("005", "resumen.pagos.plazo" if term is None else "resumen.pagos.periodo")
    if period is not None and period <= 0:
        yield Refusal("003", "resumen.pagos.periodo")

"""How a document is paid: `condicionOperacion` and `pagos` (DTE v2.0). There is always at least one row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hacienda.drafts import Condition, Payment, PaymentMethod
from hacienda.elsalvador import catalogs
from hacienda.elsalvador.blocks import fields
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.rules import TOTAL_PLACES
from hacienda.money import ZERO, quantise
from hacienda.values import Path

CASH: Final = "01"
ON_ACCOUNT: Final = "13"  # CAT-017 "Cuentas por pagar del receptor"
OTHER: Final = "99"

_CONDITIONS: Final[Mapping[Condition, int]] = MappingProxyType(
    {Condition.CASH: 1, Condition.CREDIT: 2, Condition.OTHER: 3}
)
# Form 99 must say what it stands for; these are our words where the law, not the caller, chose the form.
_NOTHING_TO_PAY: Final = "SIN PAGO"
_CREDIT_BALANCE: Final = "SALDO A FAVOR"

Block = dict[str, object]


def condition_code(condition: Condition) -> int:
    """The code of CAT-016."""
    return _CONDITIONS[condition]


@dataclass(frozen=True, slots=True)
class Settlement:
    """`condition` is a code of CAT-016, `rows` are `pagos`."""

    condition: int
    rows: list[Block]


def settle(payment: Payment, payable: Decimal | None, credit_balance: Decimal, faults: Faults) -> Settlement:
    """The payments of a document, completed and checked against the amount to pay.

    One missing amount is filled with what is left. A document that comes to zero is paid in cash by form 99,
    whatever was asked for. `payable` None (it could not be computed) checks the forms alone.
    """
    methods = payment.methods or (PaymentMethod(),)
    in_favour = credit_balance.is_finite() and credit_balance > ZERO
    if in_favour and payment.condition is not Condition.CASH:
        faults.add(("payment", "condition"), "credit_balance_is_cash")
    amounts = _amounts(methods, payable, faults)
    if payable is not None and not payable:
        return Settlement(_CONDITIONS[Condition.CASH], [_row(OTHER, payable, _NOTHING_TO_PAY, None, None)])
    rows: list[Block] = []
    for index, (method, amount) in enumerate(zip(methods, amounts, strict=True)):
        # Without methods the caller's body has none to point at.
        path: Path = ("payment", "methods", index) if payment.methods else ("payment", "methods")
        code = fields.code(method.code, catalogs.PAYMENT_METHODS, (*path, "code"), faults, required=False)
        reference = fields.text(method.reference, (*path, "reference"), faults, longest=50, required=False)
        if fields.blank(method.code):
            code = _default_form(payment.condition, method, in_favour=in_favour)
            if code == OTHER and reference is None:
                reference = _CREDIT_BALANCE
        if code == CASH and reference is not None:
            faults.add((*path, "reference"), "cash_has_no_reference")
        if code == OTHER and fields.blank(reference or method.reference):
            faults.add((*path, "reference"), "reference_required")
        term = _term(payment.condition, method, path, named=bool(payment.methods), faults=faults)
        rows.append(_row(code, amount, reference, term, method.period))
    return Settlement(_CONDITIONS[payment.condition], rows)


def _row(code: str | None, amount: Decimal, reference: str | None, term: str | None, period: Decimal | None) -> Block:
    return {"codigo": code, "montoPago": amount, "referencia": reference, "plazo": term, "periodo": period}


def _default_form(condition: Condition, method: PaymentMethod, *, in_favour: bool) -> str:
    if in_favour:
        return OTHER
    on_credit = condition is Condition.CREDIT or not fields.blank(method.term)
    return ON_ACCOUNT if on_credit and condition is not Condition.CASH else CASH


def _amounts(methods: tuple[PaymentMethod, ...], payable: Decimal | None, faults: Faults) -> tuple[Decimal, ...]:
    """The amount of each method, zeros after a fault."""
    before = len(faults)
    missing = [index for index, method in enumerate(methods) if method.amount is None]
    for index, method in enumerate(methods):
        path: Path = ("payment", "methods", index, "amount")
        if method.amount is not None:
            fields.amount(method.amount, path, faults, places=TOTAL_PLACES)
        elif len(missing) > 1:
            faults.add(path, "required")
    if payable is None or len(faults) > before:
        return (ZERO,) * len(methods)
    paid = quantise(sum((method.amount for method in methods if method.amount is not None), ZERO), TOTAL_PLACES)
    left = payable - paid
    if left < ZERO or (left and not missing):
        faults.add(("payment", "methods"), "payments_do_not_add_up", paid=paid, payable=payable)
    return tuple(left if method.amount is None else method.amount for method in methods)


def _term(condition: Condition, method: PaymentMethod, path: Path, *, named: bool, faults: Faults) -> str | None:
    """`plazo` (CAT-018): on credit always, in cash never, otherwise with its period or not at all."""
    given = (not fields.blank(method.term), method.period is not None)
    if condition is Condition.CASH:
        for name, present in zip(("term", "period"), given, strict=True):
            if present:
                faults.add((*path, name), "term_not_allowed")
        return None
    if condition is Condition.CREDIT and not all(given):
        if not named:
            faults.add(path, "term_required")
            return None
        for name, present in zip(("term", "period"), given, strict=True):
            if not present:
                faults.add((*path, name), "term_required")
    elif given[0] != given[1]:
        faults.add((*path, "term" if given[1] else "period"), "term_incomplete")
    if method.period is not None:
        fields.amount(method.period, (*path, "period"), faults, places=TOTAL_PLACES, positive=True)
    return fields.code(method.term, catalogs.TERMS, (*path, "term"), faults, required=False)

"""Condition of sale and means of payment (annex v4.4, notes 5 and 6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from hacienda.costarica import catalogs, codes, fields
from hacienda.costarica.case import Block, Case
from hacienda.costarica.facts import MAX_METHODS, PLACES
from hacienda.costarica.faults import Faults
from hacienda.drafts import Condition, Payment
from hacienda.money import ZERO, quantise
from hacienda.values import Path

_CONDITIONS: Final = {
    Condition.CASH: codes.CASH_SALE,
    Condition.CREDIT: codes.CREDIT_SALE,
    Condition.OTHER: codes.OTHER,
}
_METHODS: Final[Path] = ("payment", "methods")
_CENTS: Final = 2
_APPROACHES: Final = 20  # each brings the refund nearer by an order of magnitude
_SHORTEST_CONDITION, _SHORTEST_METHOD = 5, 3


@dataclass(frozen=True, slots=True)
class Settlement:
    """How an amount is paid: rows of the summary, and the tax that is given back because a card pays."""

    rows: list[object] | None
    refunded: Decimal


def condition(payment: Payment) -> str:
    """The authority's code of the condition of sale."""
    return fields.text(payment.code) or _CONDITIONS[payment.condition]


def head(case: Case) -> Block:
    """The members that tell the condition of sale."""
    payment, faults = case.draft.payment, case.faults
    code = condition(payment)
    if case.type_code == codes.PAYMENT_RECEIPT and fields.text(payment.code) is None:
        faults.add(("payment", "code"), "required")  # only what is paid can tell it
        return {}
    is_known = catalogs.has(catalogs.SALE_CONDITIONS, code)
    if is_known and not catalogs.takes(case.type_code, catalogs.SALE_CONDITIONS, code):
        faults.add(("payment", "code"), "code_not_allowed", type=case.type_code, value=code)
    days = payment.days
    if code in codes.WITH_DAYS:
        if days is None:
            faults.add(("payment", "days"), "days_required")
        elif days <= 0:
            faults.add(("payment", "days"), "must_be_positive")
    elif days is not None:
        faults.add(("payment", "days"), "days_not_allowed")
        days = None
    other = fields.text(payment.description)
    if code == codes.OTHER and other is None:
        faults.add(("payment", "description"), "description_required", minimum=_SHORTEST_CONDITION)
    elif code != codes.OTHER and other is not None:
        faults.add(("payment", "description"), "not_allowed")
    return {
        "CondicionVenta": code,
        "CondicionVentaOtros": other if code == codes.OTHER else None,
        "PlazoCredito": None if days is None else str(days),
    }


def settle(case: Case, total: Decimal, refundable: Decimal) -> Settlement:
    """How `total` is paid, of which `refundable` is tax that a card gives back in proportion to what it pays."""
    methods, faults = case.draft.payment.methods, case.faults
    if len(methods) > MAX_METHODS:
        faults.add(_METHODS, "too_many", maximum=MAX_METHODS)
        return Settlement(None, ZERO)
    if not methods:
        if condition(case.draft.payment) in codes.UNPAID and case.type_code != codes.PAYMENT_RECEIPT:
            return Settlement(None, ZERO)
        return Settlement([_row(codes.CASH, None, total)], ZERO)
    if not are_sound(case.draft.payment, faults):
        return Settlement(None, ZERO)
    kinds = [fields.text(one.code) or codes.CASH for one in methods]
    amounts = [one.amount or ZERO for one in methods]
    missing = next((place for place, one in enumerate(methods) if one.amount is None), None)
    if missing is not None:
        amounts[missing] = _left(kinds, amounts, missing, total, refundable)
    paid, refunded = sum(amounts, ZERO), _refunded(kinds, amounts, refundable)
    payable = total - refunded
    if missing is not None and len(methods) > 1 and amounts[missing] <= ZERO:
        faults.add(_METHODS, "payments_do_not_add_up", paid=paid - amounts[missing], payable=payable)
    elif paid != payable and quantise(payable, _CENTS) == paid:
        amounts[-1] += payable - paid  # told in cents; what is printed adds up to the last decimal
    elif paid != payable:
        faults.add(_METHODS, "payments_do_not_add_up", paid=paid, payable=payable)
    rows: list[object] = [
        _row(kind, fields.text(one.reference), amount)
        for kind, one, amount in zip(kinds, methods, amounts, strict=True)
    ]
    return Settlement(rows, refunded)


def _refunded(kinds: Sequence[str], amounts: Sequence[Decimal], refundable: Decimal) -> Decimal:
    """The part of the refundable tax that cards give back."""
    paid = sum(amounts, ZERO)
    by_card = sum((amount for kind, amount in zip(kinds, amounts, strict=True) if kind == codes.CARD), ZERO)
    return quantise(refundable * by_card / paid, PLACES) if paid else ZERO


def _left(
    kinds: Sequence[str], amounts: Sequence[Decimal], place: int, total: Decimal, refundable: Decimal
) -> Decimal:
    """What the one means without an amount pays. The refund depends on it and it on the refund: it is approached."""
    told = sum(amounts, ZERO)
    left = total - told
    for _ in range(_APPROACHES):
        tried = [*amounts[:place], left, *amounts[place + 1 :]]
        better = total - _refunded(kinds, tried, refundable) - told
        if better == left:
            break
        left = better
    return left


def are_sound(payment: Payment, faults: Faults) -> bool:
    """Whether each means of payment is told as the law asks, whatever they come to."""
    before = len(faults)
    several = len(payment.methods) > 1
    missing = sum(one.amount is None for one in payment.methods)
    for index, one in enumerate(payment.methods):
        path = (*_METHODS, index)
        is_other = fields.text(one.code) == codes.OTHER
        if is_other and fields.text(one.reference) is None:
            faults.add((*path, "reference"), "description_required", minimum=_SHORTEST_METHOD)
        elif not is_other and one.reference is not None:
            faults.add((*path, "reference"), "not_allowed")
        for name in ("term", "period"):
            if getattr(one, name) is not None:
                faults.add((*path, name), "not_allowed")
        if one.amount is not None:
            fields.amount(one.amount, (*path, "amount"), faults, positive=several)
        elif missing > 1:
            faults.add((*path, "amount"), "amounts_required")
    return len(faults) == before


def _row(code: str, other: str | None, amount: Decimal) -> Block:
    return {
        "TipoMedioPago": code,
        **({} if other is None else {"MedioPagoOtros": other}),
        "TotalMedioPago": quantise(amount, PLACES),
    }

"""What a receptor may decide about a document, and what follows from the document itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hacienda.costarica.facts import PLACES
from hacienda.costarica.inbox.faults import fault
from hacienda.faults import Fault, Invalid
from hacienda.inbox import Decision, Kind, Received
from hacienda.messages import gettext_noop
from hacienda.money import quantise

SHORTEST_REASON: Final = 5
LONGEST_REASON: Final = 160

# What becomes of the tax (CondicionImpuesto).
CREDIT: Final = "01"
PARTIAL_CREDIT: Final = "02"
CAPITAL_GOODS: Final = "03"
EXPENSE: Final = "04"
PROPORTIONAL: Final = "05"
CONDITIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        CREDIT: gettext_noop("All of the tax is credited"),
        PARTIAL_CREDIT: gettext_noop("A part of the tax is credited"),
        CAPITAL_GOODS: gettext_noop("Capital goods"),
        EXPENSE: gettext_noop("Current expense without a credit"),
        PROPORTIONAL: gettext_noop("Proportional credit"),
    }
)

# The receptor's identification in the message: the schemas of 2024 and 2026 know no letters there.
_RECEIVER: Final = re.compile(r"[0-9]{9,12}", re.ASCII)
_ACTIVITY: Final = re.compile(r"[0-9A-Za-z.]{6}", re.ASCII)
_ABOUT_TAX: Final = ("condition", "tax_credit", "expense", "activity")


def complete(decision: Decision, received: Received, *, tax_id: str, activity: str) -> Decision:
    """The decision with credit, expense and activity as they follow. Raises `Invalid` with every fault.

    All of the tax is credited with conditions 01 and 03 where nothing else is said, and the whole document is an
    expense with 04. Nothing is filled in with 05, where the proportion is settled later.
    """
    decision = replace(decision, reason=decision.reason.strip())
    found = list(_faults(decision, received, tax_id))
    if found:
        raise Invalid(tuple(found))
    if decision.condition is None or decision.condition == PROPORTIONAL:
        return decision
    completed = _filled(decision, received, activity)
    if not _ACTIVITY.fullmatch(completed.activity or ""):
        raise Invalid((fault(("activity",), "activity_invalid"),))
    return completed


def _filled(decision: Decision, received: Received, activity: str) -> Decision:
    is_expense = decision.condition == EXPENSE
    credit = Decimal(0) if is_expense else received.tax or Decimal(0)
    expense = received.total if is_expense else Decimal(0)
    return replace(
        decision,
        tax_credit=credit if decision.tax_credit is None else decision.tax_credit,
        expense=expense if decision.expense is None else decision.expense,
        activity=decision.activity or activity,
    )


def _faults(decision: Decision, received: Received, tax_id: str) -> Iterator[Fault]:
    yield from _of_reason(decision)
    if decision.kind is Kind.REJECT:
        for name in _ABOUT_TAX:
            if getattr(decision, name) is not None:
                yield fault((name,), "not_with_rejection")
    else:
        yield from _of_condition(decision)
        yield from _of_amounts(decision, received)
    if not _RECEIVER.fullmatch(tax_id):
        yield fault((), "receiver_not_digits")


def _of_reason(decision: Decision) -> Iterator[Fault]:
    if decision.kind is not Kind.ACCEPT and not SHORTEST_REASON <= len(decision.reason) <= LONGEST_REASON:
        yield fault(("reason",), "reason_required", minimum=SHORTEST_REASON, maximum=LONGEST_REASON)
    elif len(decision.reason) > LONGEST_REASON:
        yield fault(("reason",), "reason_too_long", maximum=LONGEST_REASON)


def _of_condition(decision: Decision) -> Iterator[Fault]:
    condition = decision.condition
    if condition is None:
        if any(getattr(decision, name) is not None for name in _ABOUT_TAX):
            yield fault(("condition",), "condition_required")
    elif condition not in CONDITIONS:
        yield fault(("condition",), "unknown_condition", value=condition)
    if decision.activity is None:
        return
    if condition == PROPORTIONAL:
        yield fault(("activity",), "activity_not_taken")
    elif not _ACTIVITY.fullmatch(decision.activity):
        yield fault(("activity",), "activity_invalid")


def _of_amounts(decision: Decision, received: Received) -> Iterator[Fault]:
    tax, credit, expense = received.tax or Decimal(0), decision.tax_credit, decision.expense
    if credit is None:
        if decision.condition == PARTIAL_CREDIT:
            yield fault(("tax_credit",), "credit_required")
    else:
        yield from _of_form("tax_credit", credit)
        if decision.condition == EXPENSE and credit:
            yield fault(("tax_credit",), "no_credit")
        elif credit > tax:
            yield fault(("tax_credit",), "credit_too_high", tax=tax)
    if expense is not None:
        yield from _of_form("expense", expense)
        if expense > received.total:
            yield fault(("expense",), "expense_too_high", total=received.total)


def _of_form(name: str, amount: Decimal) -> Iterator[Fault]:
    if amount < 0:
        yield fault((name,), "must_not_be_negative")
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -PLACES and amount != quantise(amount, PLACES):
        yield fault((name,), "too_many_decimals", places=PLACES)

"""Receipts of payment: what is paid of a sale on credit to the State, or on credit of its tax (annex v4.4, type 10).

From a reference alone follows the payment of all that is unpaid, in one line for each rate of tax.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

from hacienda.costarica import codes, fields, notes, references, taxes
from hacienda.costarica.case import Block, Case
from hacienda.costarica.facts import CURRENCY, MAX_LINES, PLACES
from hacienda.costarica.lines import Line, taxation
from hacienda.costarica.originals import Document
from hacienda.drafts import Draft, Item, ItemKind, Related
from hacienda.money import ZERO, quantise
from hacienda.values import PreparedItem

_HUNDRED: Final = Decimal(100)
_ONE: Final = Decimal(1)


def complete(case: Case, index: int, related: Related, document: Document) -> Draft:
    """The draft with what follows from the document that is paid."""
    draft = case.draft
    condition = codes.PAID_BY_RECEIPT.get(document.payment.code or "")
    if condition is None:
        case.faults.add(("related", index), "not_paid_by_receipt")
    named = list(draft.related)
    named[index] = references.named(related, document.clave, document.issued_at, codes.PAYS)
    payment = draft.payment
    if payment.code is None:
        payment = replace(payment, code=condition or codes.STATE_PAID)
    rates = {line.item.tax_rate for line in document.lines}
    usual = next(iter(rates)) if len(rates) == 1 else None
    items = tuple(item if item.tax or item.tax_rate else replace(item, tax_rate=usual) for item in draft.items)
    return replace(
        draft,
        items=items or _unpaid(case, index, document),
        related=tuple(named),
        customer=notes.customer(case, document),
        payment=payment,
        currency=notes.currency(case, document),
        exchange_rate=document.exchange_rate if document.currency != CURRENCY else None,
    )


def check_unpaid(case: Case, document: Document, lines: list[Line], total: Decimal) -> None:
    """No more is paid than is unpaid, but for what rounding each part adds."""
    spare = Decimal(1).scaleb(-PLACES) * (len(lines) + len(document.lines))
    if total > document.unpaid + spare:
        path = ("items",) if case.draft.items else ("related",)
        case.faults.add(path, "exceeds_unpaid", total=total, left=max(document.unpaid, ZERO))


def build(case: Case) -> list[Line | None]:
    """The lines of a receipt: a text, an amount without tax, its tax. None in the place of what is no amount."""
    items = case.draft.items
    if len(items) > MAX_LINES:
        case.faults.add(("items",), "too_many", maximum=MAX_LINES)
    return [_line(item, index, case) for index, item in enumerate(items[:MAX_LINES])]


def _unpaid(case: Case, index: int, document: Document) -> tuple[Item, ...]:
    """One line for each rate, together what is unpaid; their amounts are without tax."""
    if document.unpaid <= ZERO:
        case.faults.add(("related", index), "nothing_left")
        return ()
    share = document.unpaid / document.total
    words = f"Pago de comprobante {document.clave[21:41]}"
    parts = {rate: quantise(amount * share, PLACES) for rate, amount in _amounts(document).items()}
    return tuple(Item(words, amount, tax_rate=rate) for rate, amount in parts.items() if amount)


def _amounts(document: Document) -> dict[str, Decimal]:
    """What a document comes to without value added tax, by rate.

    A receipt has room for value added tax alone: what an exemption freed, other taxes and other charges stand in it
    as exempt, so that the sum is that of the document.
    """
    amounts: dict[str, Decimal] = {}
    rest = sum((charge.amount or ZERO for charge in document.charges), ZERO)
    for line in document.lines:
        rate = line.item.tax_rate or codes.EXEMPT
        percent = codes.RATES[rate]
        taxed = line.net
        if line.tax != quantise(taxed * percent / _HUNDRED, PLACES):
            taxed = min(taxed, quantise(line.tax * _HUNDRED / percent, PLACES)) if percent else taxed
            rest += line.net + line.tax - taxed - quantise(taxed * percent / _HUNDRED, PLACES)
        amounts[rate] = amounts.get(rate, ZERO) + taxed
    if rest:
        amounts[codes.EXEMPT] = amounts.get(codes.EXEMPT, ZERO) + max(rest, ZERO)
    return amounts


def _line(item: Item, index: int, case: Case) -> Line | None:
    rate = taxes.rate_code(item, index, case)
    if item.price is None:
        case.faults.add(("items", index, "price"), "required")
        return None
    if not fields.amount(item.price, ("items", index, "price"), case.faults, positive=True) or rate is None:
        return None
    percent = codes.RATES[rate]
    amount = quantise(item.price, PLACES)
    if case.draft.prices_include_tax:
        amount = quantise(item.price * _HUNDRED / (_HUNDRED + percent), PLACES)
    plain = Item(item.description, amount, tax_rate=rate)
    tax = taxes.value_added(plain, index, case, rate=rate, subtotal=amount, base=amount, full=None)
    words = fields.text(item.description)
    block: Block = {
        "NumeroLinea": str(index + 1),
        "Detalle": words,
        "MontoTotal": amount,
        "SubTotal": amount,
        "Impuesto": [tax.block],
        "ImpuestoNeto": tax.net,
        "MontoTotalLinea": amount + tax.net,
    }
    printed = PreparedItem(
        description=words or "",
        quantity=_ONE,
        price=amount,
        discount=ZERO,
        amount=amount,
        tax=taxation(rate),
        kind=ItemKind.SERVICE.value,
        code=None,
        unit=0,
    )
    return Line(block, printed, None, rate, True, amount, ZERO, amount, ZERO, (tax,), amount + tax.net)

"""Notes of credit and debit: what they take from a document of the issuer's own follows from that document.

From a reference alone follows a note of the whole amount that voids. A note may not exceed what is left, and keeps to
the customer, the currency and the goods of what it adjusts (annex v4.4, section of references).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields as members
from dataclasses import replace
from decimal import Decimal
from typing import Final

from hacienda.costarica import codes, fields, originals, references
from hacienda.costarica.case import Case
from hacienda.costarica.facts import CURRENCY, PLACES
from hacienda.costarica.lines import Line
from hacienda.costarica.original_lines import part
from hacienda.costarica.originals import Document, LeftLine
from hacienda.drafts import Draft, Item, Party, Payment, Related
from hacienda.money import ZERO, quantise

_PARTY: Final = tuple(member.name for member in members(Party))
_STEP: Final = Decimal(1).scaleb(-PLACES)
_VOIDS: Final = frozenset({codes.VOIDS, codes.VOIDS_BY_ERROR})
# Codes of notes whose lines need no place in the original: they are of money or of a tax, not of goods.
_FREE: Final = codes.FINANCIAL | {codes.LATER_EXEMPTION, codes.OTHER}


def own(case: Case) -> tuple[int, Related, Document] | None:
    """The document of the issuer's own that is referred to, with its place; None where there is none to be used."""
    found = [(index, one) for index, one in enumerate(case.draft.related) if one.original is not None]
    if not found:
        return None
    index, related = found[0]
    path = ("related", index)
    if len(found) > 1:
        case.faults.add(("related", found[1][0]), "one_original")
    original = related.original
    assert original is not None
    if original.is_invalidated:
        case.faults.add(path, "related_invalidated")
    elif not original.is_stamped:
        case.faults.add(path, "related_not_stamped")
    try:
        document = originals.read(original)
    except ValueError:
        case.faults.add(path, "related_unreadable")
        return None
    if document.type_code == codes.PAYMENT_RECEIPT and case.type_code in codes.NOTES:
        case.faults.add(path, "receipt_not_taken_back")
        return None
    return index, related, document


def complete(case: Case, index: int, related: Related, document: Document) -> Draft:
    """The draft with everything that follows from the document it adjusts."""
    draft = case.draft
    adds = case.type_code == codes.DEBIT_NOTE and document.type_code != codes.CREDIT_NOTE
    is_whole = not draft.items and not draft.other_charges and not adds
    items = (
        _left(document) if is_whole else tuple(_completed(case, place, document) for place in range(len(draft.items)))
    )
    charges = draft.other_charges
    if is_whole and not document.notes:
        charges = document.charges
    if is_whole and not items and not charges:
        case.faults.add(("related", index), "nothing_left")
    code = codes.VOIDS if is_whole and not document.notes else codes.CORRECTS_AMOUNT
    named = list(draft.related)
    named[index] = references.named(related, document.clave, document.issued_at, code)
    return replace(
        draft,
        items=items,
        other_charges=charges,
        related=tuple(named),
        customer=customer(case, document),
        payment=document.payment if draft.payment == Payment() else draft.payment,
        currency=currency(case, document),
        exchange_rate=document.exchange_rate if document.currency != CURRENCY else None,
    )


def check_left(case: Case, document: Document, index: int, lines: Sequence[Line], total: Decimal) -> None:
    """A credit does not exceed what is left; one that voids takes all of it; lines keep to the goods adjusted."""
    related = case.draft.related[index]
    code = related.reference_code or ""
    if case.type_code == codes.CREDIT_NOTE or document.type_code == codes.CREDIT_NOTE:
        # Each note was rounded line by line: parts may differ from the whole by as much.
        spare = _STEP * (len(lines) + len(document.lines) * (document.notes + 1)) if document.notes or lines else ZERO
        if total > document.left + spare:
            case.faults.add(("items",), "exceeds_original", total=total, left=max(document.left, ZERO))
        elif code in _VOIDS and abs(total - document.left) > spare:
            path = ("related", index, "reference_code")
            case.faults.add(path, "void_not_whole", total=total, left=document.left)
    if code in _FREE:
        return
    sold = {(line.item.cabys, line.item.tax_rate) for line in document.lines}
    for place, line in enumerate(lines):
        if line.cabys and (line.cabys, line.taxes[0].rate_code) not in sold:
            case.faults.add(("items", place, "cabys"), "cabys_not_in_original")


def _left(document: Document) -> tuple[Item, ...]:
    return tuple(part(line.item, line.quantity, line.discount) for line in document.lines if line.quantity)


def _completed(case: Case, index: int, document: Document) -> Item:
    """A line of the note: as it was given, the rest from the line that it names."""
    item = case.draft.items[index]
    if item.line is None:
        return item
    line = document.line(item.line)
    if line is None:
        case.faults.add(("items", index, "line"), "line_unknown", line=item.line)
        return item
    if case.draft.prices_include_tax and item.price is None:
        case.faults.add(("prices_include_tax",), "follows_from_original")
    quantity = line.quantity if item.quantity is None else item.quantity
    is_credit = case.type_code == codes.CREDIT_NOTE
    if is_credit and quantity.is_finite() and (quantity > line.quantity or not line.quantity):
        case.faults.add(("items", index, "quantity"), "line_exceeds_original", line=item.line, left=line.quantity)
    if not quantity.is_finite() or quantity <= ZERO:
        return replace(item, price=item.price if item.price is not None else line.item.price)
    whole = part(line.item, quantity, _discount(line, quantity))
    if item.price is not None:  # another amount: the discounts were of the original's own price
        whole = replace(whole, discounts=())
    given = {
        member.name: getattr(item, member.name)
        for member in members(Item)
        if getattr(item, member.name) != member.default
    }
    if item.discount:
        given["discounts"] = ()
    if item.tax is not None and item.tax_rate is None:
        given["tax_rate"] = None
    return replace(whole, **given)


def _discount(line: LeftLine, quantity: Decimal) -> Decimal:
    if quantity >= line.quantity:
        return line.discount
    whole = sum((one.amount for one in line.item.discounts), ZERO)
    return min(quantise(whole * quantity / line.whole, PLACES), line.discount)


def customer(case: Case, document: Document) -> Party | None:
    """The receiver of the document referred to; what the caller says of him beside his identification counts."""
    given, known = case.draft.customer, document.customer
    if given is None:
        return known
    if known is None:
        if given.tax_id is not None:
            case.faults.add(("customer", "tax_id"), "customer_differs")
        return given
    if given.tax_id is not None and fields.without_dashes(given.tax_id) != fields.without_dashes(known.tax_id or ""):
        case.faults.add(("customer", "tax_id"), "customer_differs")
    told = {name: value for name in _PARTY if (value := getattr(given, name)) is not None}
    return replace(known, **told)


def currency(case: Case, document: Document) -> str:
    """The currency of the document referred to; the caller can only say the same."""
    given = case.draft.currency
    if given is not None and given.strip().upper() != document.currency:
        case.faults.add(("currency",), "currency_differs", currency=document.currency)
    rate = case.draft.exchange_rate
    if rate is not None and rate != document.exchange_rate:
        case.faults.add(("exchange_rate",), "follows_from_original")
    return document.currency

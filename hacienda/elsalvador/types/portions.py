"""Lines that adjust other documents: portions of an original's lines, or amounts of their own. Pure.

Amounts are on the basis of the document that is made; for a credit, what was taken by several adjustments comes to
the original's totals to the cent, because the one that takes the last of a class takes the cents that are over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from hacienda.drafts import Item, ItemKind, Taxation
from hacienda.elsalvador.blocks import fields, lines, taxes
from hacienda.elsalvador.blocks.items import Sale
from hacienda.elsalvador.blocks.lines import Line, includes_vat, on_basis, vat_inside
from hacienda.elsalvador.blocks.references import RelatedDocuments
from hacienda.elsalvador.case import Case
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.kinds import WITHHOLDING
from hacienda.elsalvador.rules import ITEM_PLACES, MAX_LINES, TOTAL_PLACES, VAT_FACTOR
from hacienda.elsalvador.types.originals import Adjusted, LeftLine
from hacienda.money import ZERO, quantise
from hacienda.values import Path, PreparedItem

_ONE: Final = Decimal(1)
# What an item that names a line never says: the original says it.
_OF_THE_ORIGINAL: Final = ("tax", "kind", "unit", "code", "extra_taxes", "suggested_price")

Documents = Mapping[str, Adjusted | None]  # by number; None for a document that was issued elsewhere


@dataclass(frozen=True, slots=True)
class Portion:
    """A line of the document that is made, the document that it adjusts and, if it is a part of one, that line.

    `is_derived`: nobody said its amount, it follows from the original.
    """

    line: Line
    number: str
    document: Adjusted | None
    source: LeftLine | None
    path: Path
    is_derived: bool

    @property
    def amount(self) -> Decimal:
        return self.line.item.amount


class Picking:
    """Takes from originals, item by item: two items that name one line share what is left of it."""

    def __init__(self, case: Case, related: RelatedDocuments, documents: Documents, *, takes_away: bool) -> None:
        self._case = case
        self._related = related
        self._documents = documents
        self._takes_away = takes_away
        self._with_vat = includes_vat(case.draft, case.kind)
        self._of_withholding = any(one.type_code == WITHHOLDING for one in case.draft.related)
        self._left = {
            (number, line.number): line
            for number, document in documents.items()
            if document is not None
            for line in document.lines
        }

    def portions(self) -> tuple[Portion, ...] | None:
        """What the items take; all that is left of every document where there are none.

        None where some amount cannot be computed.
        """
        draft, faults = self._case.draft, self._case.faults
        if len(draft.items) > MAX_LINES:
            faults.add(("items",), "too_many", maximum=MAX_LINES)
            return None
        if not draft.items:
            return self._everything()
        found: list[Portion] = []
        named: set[str] = set()
        sound = True
        for index, item in enumerate(draft.items):
            number = self._related.of_line(item.related, ("items", index, "related"), faults)
            if number is None:
                sound = False
                continue
            named.add(number)
            made = self._of_item(item, index, number)
            sound = sound and made is not None
            found += made or ()
        for index, one in enumerate(draft.related):
            number = one.number.strip().upper() if one.electronic else one.number.strip()
            if sound and number in self._documents and number not in named:
                faults.add(("related", index), "related_unused")
        if len(found) > MAX_LINES:
            faults.add(("items",), "too_many", maximum=MAX_LINES)
        return tuple(found) if sound else None

    def _everything(self) -> tuple[Portion, ...] | None:
        faults = self._case.faults
        if not self._takes_away or any(document is None for document in self._documents.values()):
            faults.add(("items",), "required")
            return None
        found: list[Portion] = []
        before = len(faults)
        for index, one in enumerate(self._case.draft.related):
            number = one.number.strip().upper()
            document = self._documents.get(number)
            if document is None:
                continue
            portions = [self._whole(line, document, ("related", index)) for line in self._worth(document)]
            if not portions:
                faults.add(("related", index), "nothing_left")
            found += portions
        if len(found) > MAX_LINES:
            faults.add(("related",), "too_many", maximum=MAX_LINES)
        return tuple(found) if len(faults) == before else None

    def _worth(self, document: Adjusted) -> Iterator[LeftLine]:
        """The lines of which something can still be credited."""
        for line in document.lines:
            if not line.is_used_up and (not line.is_sale or document.left[line.item.tax]):
                yield line

    def _whole(self, line: LeftLine, document: Adjusted, path: Path) -> Portion:
        quantity, discount = (line.quantity, line.discount) if line.is_sale else (_ONE, ZERO)
        item = replace(line.item, quantity=quantity, discount=discount, amount=line.worth)
        return self._portion(item, line, document, path, is_derived=True)

    def _of_item(self, item: Item, index: int, number: str) -> tuple[Portion, ...] | None:
        document = self._documents[number]
        faults = self._case.faults
        if item.line is None:
            if item.price is None and document is not None:
                faults.add(("items", index), "line_or_price_required")
                return None
            return self._free(item, index, number)
        here: Path = ("items", index, "line")
        if document is None:
            faults.add(here, "line_needs_original")
            return None
        source = self._left.get((number, item.line))
        if source is None:
            faults.add(here, "line_unknown", line=item.line)
            return None
        for name in _OF_THE_ORIGINAL:
            if getattr(item, name):
                faults.add(("items", index, name), "follows_from_original")
        made = self._sale(item, index, source) if source.is_sale else self._sum(item, index, source)
        if made is None:
            return None
        if self._takes_away and made.price == source.item.price:
            self._left[number, item.line] = source.without(made)
        is_derived = item.price is None and item.discount is None
        return (self._portion(made, source, document, ("items", index), is_derived=is_derived),)

    def _free(self, item: Item, index: int, number: str) -> tuple[Portion, ...] | None:
        case = self._case
        if self._of_withholding:
            item = replace(item, tax=Taxation.NOT_TAXED)  # an amount that sells nothing
        made = lines.of_item(item, index, case.kind, case.faults, with_vat=self._with_vat, related=number)
        if made is None:
            return None
        document = self._documents[number]
        return tuple(Portion(line, number, document, None, ("items", index), False) for line in made)

    def _sale(self, item: Item, index: int, source: LeftLine) -> PreparedItem | None:
        """So many units of a line, at its price and with their share of its discount, unless said otherwise."""
        case, of = self._case, source.item
        faults = case.faults
        if item.price is None and not self._takes_away:
            faults.add(("items", index, "price"), "required")
            return None
        if self._takes_away and source.quantity <= ZERO:
            faults.add(("items", index, "line"), "line_used_up", line=source.number)
            return None
        left = source.quantity if self._takes_away else of.quantity
        quantity = left if item.quantity is None else item.quantity
        sale = _sale_of(item, source, quantity)
        description = _description(item, index, of, faults)
        if not lines.are_sound(sale, index, faults):
            return None
        if source.own_tax is not None and quantity != _ONE:
            faults.add(("items", index, "quantity"), "quantity_must_be_one")
            return None
        if self._takes_away and quantity > left:
            faults.add(("items", index, "quantity"), "quantity_exceeds_left", quantity=quantity, left=left)
            return None
        price = of.price if item.price is None else self._on_basis(item.price, of.tax)
        discount = _discount_of(source, quantity) if item.price is None else ZERO
        if item.discount is not None:
            discount = self._on_basis(item.discount, of.tax)
        amount = lines.sale_amount(sale, index, price, discount, faults)
        if amount is None:
            return None
        return replace(
            of, description=description or "", quantity=quantity, price=price, discount=discount, amount=amount
        )

    def _sum(self, item: Item, index: int, source: LeftLine) -> PreparedItem | None:
        """A charge or a withholding: the amount that is left of it, or so much of it as is said."""
        faults = self._case.faults
        amount = source.amount if item.price is None else item.price
        for name, value in (("quantity", item.quantity), ("discount", item.discount)):
            if value is not None and value != (_ONE if name == "quantity" else ZERO):
                faults.add(("items", index, name), "quantity_must_be_one" if name == "quantity" else "not_allowed")
        description = _description(item, index, source.item, faults)
        here: Path = ("items", index, "price")
        if item.price is None and not self._takes_away:
            faults.add(here, "required")
            return None
        if not amount:
            if item.price is None:
                faults.add(("items", index, "line"), "line_used_up", line=source.number)
            else:
                faults.add(here, "line_without_amount")
            return None
        places = ITEM_PLACES if source.withholding is None else TOTAL_PLACES
        if not fields.amount(amount, here, faults, places=places, negative=source.withholding is None):
            return None
        other_sign = (amount > ZERO) != (source.item.amount > ZERO)
        if self._takes_away and (other_sign or amount.copy_abs() > source.amount.copy_abs()):
            faults.add(here, "line_amount_exceeds_left", credit=amount, left=source.amount)
            return None
        price = source.item.price if source.withholding is None else amount
        return replace(source.item, description=description or "", price=price, amount=amount)

    def _on_basis(self, amount: Decimal, tax: Taxation) -> Decimal:
        if tax is not Taxation.TAXED:
            return amount
        return on_basis(amount, with_vat=self._with_vat, kind=self._case.kind, places=ITEM_PLACES)

    def _portion(
        self, item: PreparedItem, source: LeftLine, document: Adjusted, path: Path, *, is_derived: bool
    ) -> Portion:
        line = Line(item, ZERO, document.number, source.suggested_price, (), source.own_tax)
        return Portion(line, document.number, document, source, path, is_derived)


def _description(item: Item, index: int, of: PreparedItem, faults: Faults) -> str | None:
    given = of.description if item.description is None else item.description
    return fields.text(given, ("items", index, "description"), faults, longest=1500)


def _sale_of(item: Item, source: LeftLine, quantity: Decimal) -> Sale:
    """The item as the checks of a sale's amounts want it, on the caller's basis."""
    of = source.item
    return Sale(
        description=of.description,
        price=of.price if item.price is None else item.price,
        quantity=quantity,
        code=of.code,
        unit=of.unit,
        kind=ItemKind.GOODS,
        discount=ZERO if item.discount is None else item.discount,
        tax=of.tax,
        extra_taxes=(),
        suggested_price=ZERO,
        related=item.related,
    )


def _discount_of(source: LeftLine, quantity: Decimal) -> Decimal:
    """The share of so many units in what is left of the line's discount: in cents, all of it for the last ones."""
    if quantity == source.quantity:
        return source.discount
    share = source.discount * quantity / source.quantity
    cents = quantise(share, TOTAL_PLACES)
    # Of units that cost less than a cent, cents might be more than there is.
    return cents if cents < quantity * source.item.price else quantise(share, ITEM_PLACES)


def finished(portion: Portion, *, has_vat: bool) -> Portion:
    """The portion with the taxes that follow from its amount. `has_vat`: there is VAT inside its price."""
    line, source = portion.line, portion.source
    taxed = line.item.tax is Taxation.TAXED
    vat = quantise(vat_inside(line.item.amount), ITEM_PLACES) if taxed and has_vat else ZERO
    listed = line.listed_taxes
    if source is not None and source.listed:
        net = line.item.amount / VAT_FACTOR if has_vat else line.item.amount
        listed = tuple((code, _tax(code, whole, line.item, net, source)) for code, whole in source.listed)
    return replace(portion, line=replace(line, vat=vat, listed_taxes=listed))


def _tax(code: str, whole: Decimal, item: PreparedItem, net: Decimal, source: LeftLine) -> Decimal:
    laid_down = taxes.by_law(code, item.quantity, net)
    if laid_down is not None:
        return laid_down
    return quantise(whole * item.amount / source.item.amount, ITEM_PLACES)

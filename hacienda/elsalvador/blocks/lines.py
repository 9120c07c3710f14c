"""The lines of a document: amounts on the document's own tax basis, each in one class of sale (DTE v2.0).

A line's amount is computed from the figures that are printed, so that whoever multiplies them finds it:
amount = quantity x price - discount, at 8 decimals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from hacienda.drafts import Draft, Item, ItemKind, Taxation
from hacienda.elsalvador import catalogs
from hacienda.elsalvador.blocks import fields, items, taxes
from hacienda.elsalvador.blocks.items import Sale
from hacienda.elsalvador.blocks.references import RelatedDocuments
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.kinds import EXPORT_VAT, Kind
from hacienda.elsalvador.rules import (
    AMOUNT_LIMIT,
    ITEM_PLACES,
    MAX_LINES,
    TOTAL_PLACES,
    VAT_FACTOR,
    VAT_PERCENT,
)
from hacienda.money import ZERO, quantise
from hacienda.values import PreparedItem

_ONE: Final = Decimal(1)
PIECE: Final = 59  # CAT-014 "Unidad"
OTHER_UNIT: Final = 99  # CAT-014 "Otra": services, charges, taxes
TAX_LINE: Final = "tax"
ITEM_TYPES: Final = {ItemKind.GOODS.value: 1, ItemKind.SERVICE.value: 2, ItemKind.BOTH.value: 3, TAX_LINE: 4}


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line. `listed_taxes` are those beside VAT, `own_tax` the one that the line itself is."""

    item: PreparedItem
    vat: Decimal  # inside the amount where prices include it; 8 decimals
    related: str | None
    suggested_price: Decimal
    listed_taxes: tuple[tuple[str, Decimal], ...] = ()
    own_tax: str | None = None


def build(draft: Draft, kind: Kind, related: RelatedDocuments, faults: Faults) -> tuple[Line, ...] | None:
    """Every line, taxes of section 2 right after the line that they belong to.

    None where some amount cannot be computed; faults that do not touch the arithmetic leave the lines usable
    for the checks of the totals.
    """
    if not are_countable(draft.items, faults):
        return None
    with_vat = includes_vat(draft, kind)
    rows: list[Line] = []
    sound = True
    for index, item in enumerate(draft.items):
        number = None
        if item.related is not None or related.numbers:
            number = related.of_line(item.related, ("items", index, "related"), faults)
        made = of_item(item, index, kind, faults, with_vat=with_vat, related=number)
        sound = sound and made is not None
        rows.extend(made or ())
    if not sound:
        return None
    if len(rows) > MAX_LINES:
        faults.add(("items",), "too_many", maximum=MAX_LINES)
    if all(line.item.tax is Taxation.NOT_TAXED for line in rows):
        faults.add(("items",), "no_sale")
    return tuple(rows)


def are_countable(given: Sequence[Item], faults: Faults) -> bool:
    """Whether there are lines, and no more than a document holds."""
    if not given:
        faults.add(("items",), "required")
        return False
    if len(given) > MAX_LINES:
        faults.add(("items",), "too_many", maximum=MAX_LINES)
        return False
    return True


def includes_vat(draft: Draft, kind: Kind) -> bool:
    """Whether the caller's prices include VAT: as said, else as the kind of document has it."""
    return kind.prices_include_vat if draft.prices_include_tax is None else draft.prices_include_tax


def on_basis(amount: Decimal, *, with_vat: bool, kind: Kind, places: int) -> Decimal:
    """A caller's taxed amount on the document's basis; unrounded where the two are the same."""
    if with_vat == kind.prices_include_vat:
        return amount
    return quantise(amount * VAT_FACTOR if kind.prices_include_vat else amount / VAT_FACTOR, places)


def without_vat(amount: Decimal, kind: Kind) -> Decimal:
    """A taxed amount of the document without VAT, not rounded."""
    return amount / VAT_FACTOR if kind.prices_include_vat else amount


def vat_inside(amount: Decimal) -> Decimal:
    """The VAT inside an amount that includes it, not rounded."""
    return amount * VAT_PERCENT / (100 + VAT_PERCENT)


def of_item(
    given: Item, index: int, kind: Kind, faults: Faults, *, with_vat: bool, related: str | None
) -> tuple[Line, ...] | None:
    """The line of an item and those of its taxes of section 2; None, with its faults, where it cannot be computed."""
    description = fields.text(given.description, ("items", index, "description"), faults, longest=1500)
    code = fields.text(given.code, ("items", index, "code"), faults, longest=25, required=False)
    item = items.sale(given, index, faults)
    if item is None:
        return None
    if item.tax not in kind.classes:
        faults.add(("items", index, "tax"), "class_not_allowed", type=kind.code, value=item.tax.value)
        return None
    unit = unit_of(item, index, faults)
    if not are_sound(item, index, faults):
        return None
    if item.free_of_charge:
        gift = _gift(
            item,
            index,
            PreparedItem(description or "", item.quantity, ZERO, ZERO, ZERO, item.tax, item.kind.value, code, unit),
            related,
            faults,
        )
        return None if gift is None else (gift,)
    if item.tax is Taxation.NOT_TAXED:
        charge = _charge(item, index, description or "", code, related, faults)
        return None if charge is None else (charge,)
    price, discount = item.price, item.discount
    if item.tax is Taxation.TAXED:
        price = on_basis(price, with_vat=with_vat, kind=kind, places=ITEM_PLACES)
        discount = on_basis(discount, with_vat=with_vat, kind=kind, places=ITEM_PLACES)
    amount = sale_amount(item, index, price, discount, faults)
    specific: taxes.SpecificTaxes | None = taxes.NONE
    if item.extra_taxes:
        net = without_vat(amount or ZERO, kind)
        specific = taxes.of_item(item, index, net, unit, faults, allowed=kind.extra_taxes)
    if amount is None or specific is None:
        return None
    taxed = item.tax is Taxation.TAXED
    line = Line(
        PreparedItem(
            description or "", item.quantity, price, discount, amount, item.tax, item.kind.value, code, unit
        ),
        quantise(vat_inside(amount), ITEM_PLACES) if taxed and kind.prices_include_vat else ZERO,
        related,
        item.suggested_price,
        specific.listed,
    )
    return (line, *(_tax_line(tax, net, kind, related) for tax, net in specific.own_lines))


def unit_of(item: Sale, index: int, faults: Faults) -> int:
    """The unit (CAT-014) of a line: as given, else pieces, or 99 for what is not counted."""
    if item.tax is Taxation.NOT_TAXED:
        return OTHER_UNIT
    if item.unit is None:
        return OTHER_UNIT if item.kind is ItemKind.SERVICE else PIECE
    if not catalogs.has(catalogs.UNITS, str(item.unit)):
        faults.add(("items", index, "unit"), "unknown_code", value=item.unit, catalog=catalogs.UNITS)
    return item.unit


def are_sound(item: Sale, index: int, faults: Faults) -> bool:
    """Whether every amount of an item can be written as it was given."""
    before = len(faults)
    check = fields.amount
    check(item.quantity, ("items", index, "quantity"), faults, places=ITEM_PLACES, positive=True)
    check(item.price, ("items", index, "price"), faults, places=ITEM_PLACES, negative=True)
    check(item.discount, ("items", index, "discount"), faults, places=ITEM_PLACES)
    check(item.suggested_price, ("items", index, "suggested_price"), faults, places=ITEM_PLACES)
    return len(faults) == before


def sale_amount(item: Sale, index: int, price: Decimal, discount: Decimal, faults: Faults) -> Decimal | None:
    """The amount of a sale: more than nothing, because Hacienda wants exactly one class above zero a line.

    `price` and `discount` are on the document's basis, those of `item` as the caller has them; None after a fault.
    """
    if price < ZERO:
        faults.add(("items", index, "price"), "negative_price")
        return None
    gross = item.quantity * price
    amount = quantise(gross - discount, ITEM_PLACES)
    if gross >= AMOUNT_LIMIT:
        faults.add(("items", index, "price"), "too_large", limit=AMOUNT_LIMIT)
    elif amount < ZERO:
        faults.add(("items", index, "discount"), "discount_exceeds_line", gross=item.quantity * item.price)
    elif not amount:
        faults.add(("items", index, "discount" if discount else "price"), "line_without_amount")
    else:
        return amount
    return None


def _charge(
    item: Sale, index: int, description: str, code: str | None, related: str | None, faults: Faults
) -> Line | None:
    """A charge (or, negative, a credit) outside the tax base: one unit at price 0, the amount beside it."""
    if item.discount:
        faults.add(("items", index, "discount"), "not_allowed")
    if item.suggested_price:
        faults.add(("items", index, "suggested_price"), "not_allowed")
    if item.extra_taxes:
        faults.add(("items", index, "extra_taxes"), "tax_needs_taxed_line")
    amount = quantise(item.quantity * item.price, ITEM_PLACES)
    if amount.copy_abs() >= AMOUNT_LIMIT:
        faults.add(("items", index, "price"), "too_large", limit=AMOUNT_LIMIT)
        return None
    if not amount:
        faults.add(("items", index, "price"), "line_without_amount")
        return None
    prepared = PreparedItem(
        description, _ONE, ZERO, ZERO, amount, Taxation.NOT_TAXED, item.kind.value, code, OTHER_UNIT
    )
    return Line(prepared, ZERO, related, ZERO)


def _gift(item: Sale, index: int, printed: PreparedItem, related: str | None, faults: Faults) -> Line | None:
    """Goods sent along for nothing: a line at price 0. What they are worth is told in the summary alone."""
    before = len(faults)
    if item.tax is not Taxation.TAXED:
        faults.add(("items", index, "tax"), "not_allowed")
    if item.discount:
        faults.add(("items", index, "discount"), "not_allowed")
    if item.extra_taxes:
        faults.add(("items", index, "extra_taxes"), "tax_needs_taxed_line")
    worth = item.quantity * item.price
    if worth < ZERO:
        faults.add(("items", index, "price"), "negative_price")
    elif not quantise(worth, TOTAL_PLACES):  # Hacienda asks for their sum, which is printed in cents
        faults.add(("items", index, "price"), "line_without_amount")
    elif worth >= AMOUNT_LIMIT:
        faults.add(("items", index, "price"), "too_large", limit=AMOUNT_LIMIT)
    return Line(printed, ZERO, related, ZERO) if len(faults) == before else None


def lists_vat(line: Line, kind: Kind) -> bool:
    """Whether a line names the tax that taxed lines of its kind list: at 0 % a tax as a line does not."""
    is_sale = line.item.tax is Taxation.TAXED and line.item.amount > ZERO
    at_nothing = kind.vat_code == EXPORT_VAT and line.own_tax is not None
    return is_sale and kind.vat_code is not None and not kind.prices_include_vat and not at_nothing


def _tax_line(tax: str, net: Decimal, kind: Kind, related: str | None) -> Line:
    """A tax of section 2 as a line: taxed, and bearing VAT on the document's own basis."""
    amount = on_basis(net, with_vat=False, kind=kind, places=ITEM_PLACES)
    name = catalogs.name(catalogs.TAXES, tax) or tax
    prepared = PreparedItem(name, _ONE, amount, ZERO, amount, Taxation.TAXED, TAX_LINE, None, OTHER_UNIT)
    vat = quantise(vat_inside(amount), ITEM_PLACES) if kind.prices_include_vat else ZERO
    return Line(prepared, vat, related, ZERO, (), tax)


def line_block(line: Line, number: int, kind: Kind) -> dict[str, object]:
    """A row of `cuerpoDocumento`, in the key order of the kind's schema."""
    row = cells(line, number, kind)
    return {key: row[key] for key in kind.line_keys}


def cells(line: Line, number: int, kind: Kind) -> dict[str, object]:
    """Whatever a row of `cuerpoDocumento` may say of a line; `number` is its place, from 1."""
    item = line.item
    amount, tax = item.amount, item.tax
    codes: list[str] | None = [code for code, _ in line.listed_taxes]
    if kind.vat_code is not None and lists_vat(line, kind):
        codes = [kind.vat_code, *(codes or ())]
    return {
        "numItem": number,
        "tipoItem": ITEM_TYPES[item.kind],
        "numeroDocumento": line.related,
        "cantidad": item.quantity,
        "codigo": item.code,
        "codTributo": line.own_tax,
        "uniMedida": item.unit,
        "descripcion": item.description,
        "precioUni": item.price,
        "montoDescu": item.discount,
        "ventaNoSuj": amount if tax is Taxation.NOT_SUBJECT else ZERO,
        "ventaExenta": amount if tax is Taxation.EXEMPT else ZERO,
        "ventaGravada": amount if tax is Taxation.TAXED else ZERO,
        "tributos": codes or None,
        "psv": line.suggested_price,
        "noGravado": amount if tax is Taxation.NOT_TAXED else ZERO,
        "ivaItem": line.vat,
    }

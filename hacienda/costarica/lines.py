"""The lines of a document and their arithmetic: 5 decimals each, half up (annex v4.4, section of the detail).

A line is computed from the figures that it prints, so that whoever multiplies them finds the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from hacienda.costarica import codes, fields, line_words, prices, specific_taxes, taxes
from hacienda.costarica.case import Block, Case
from hacienda.costarica.facts import AMOUNT_LIMIT, MAX_DISCOUNTS, MAX_LINES, PLACES, QUANTITY_LIMIT, QUANTITY_PLACES
from hacienda.costarica.taxes import Tax
from hacienda.drafts import Discount, Item, ItemKind, Taxation
from hacienda.money import ZERO, quantise
from hacienda.values import PreparedItem

_ONE: Final = Decimal(1)
_NOTHING: Final = quantise(ZERO, PLACES)  # as it is printed
_UNITS: Final = {True: "Os", False: "Unid"}  # the usual unit of a service and of goods
_LINE: Final = "DetalleServicio/LineaDetalle"
_COMPUTED: Final = frozenset({"BaseImponible", "ImpuestoAsumidoEmisorFabrica", "ImpuestoNeto"})


_Given = tuple[Decimal, Decimal, tuple[Discount, ...]]  # quantity, price, discounts


@dataclass(frozen=True, slots=True)
class _Counted:
    """The amounts of a line, as they are printed."""

    quantity: Decimal
    price: Decimal
    discounts: tuple[Discount, ...]
    gross: Decimal
    subtotal: Decimal
    base: Decimal
    taxes: tuple[Tax, ...]

    @property
    def net_tax(self) -> Decimal:
        return sum((tax.net for tax in self.taxes), ZERO)

    @property
    def total(self) -> Decimal:
        return self.subtotal + self.net_tax


@dataclass(frozen=True, slots=True)
class Line:
    """A computed line: its block as it is printed, and what the summary adds up."""

    block: Block
    item: PreparedItem
    cabys: str | None
    rate: str
    is_service: bool
    gross: Decimal  # quantity x price
    discount: Decimal
    subtotal: Decimal
    exonerated: Decimal  # the part of `gross` whose tax an exemption frees
    taxes: tuple[Tax, ...]  # value added tax first
    total: Decimal

    @property
    def net_tax(self) -> Decimal:
        return sum((tax.net for tax in self.taxes), ZERO)

    @property
    def assumed(self) -> Decimal:
        return sum((tax.assumed for tax in self.taxes), ZERO)

    @property
    def taxation(self) -> Taxation:
        return self.item.tax


def build(case: Case) -> list[Line | None]:
    """Every line of the draft; None in the place of one whose amounts cannot be computed."""
    items = case.draft.items
    if len(items) > MAX_LINES:
        case.faults.add(("items",), "too_many", maximum=MAX_LINES)
    made: list[Line | None] = []
    for index, item in enumerate(items[:MAX_LINES]):
        line = of_item(item, index, case)
        made.append(line)
        if line is None:
            line_words.check(item, index, case)
    return made


def of_item(item: Item, index: int, case: Case) -> Line | None:
    """The line of an item; None, with its faults, where it cannot be computed."""
    rate = taxes.rate_code(item, index, case)
    given = _given(item, index, case)
    if rate is None or given is None:
        return None
    counted = _counted(item, index, case, rate, given)
    if counted is None:
        return None
    cabys = fields.text(item.cabys)
    is_service = line_words.is_service(item, index, cabys, case)
    unit = fields.text(item.measure) or _UNITS[is_service]
    vat = counted.taxes[0]
    printed = PreparedItem(
        description=fields.text(item.description) or "",
        quantity=counted.quantity,
        price=counted.price,
        discount=counted.gross - counted.subtotal,
        amount=counted.subtotal,
        tax=taxation(rate),
        kind=(ItemKind.SERVICE if is_service else ItemKind.GOODS).value,
        code=fields.text(item.code),
        unit=0,
        measure=unit,
    )
    return Line(
        block=_block(item, index, case, counted, unit, is_service=is_service),
        item=printed,
        cabys=cabys,
        rate=rate,
        is_service=is_service,
        gross=counted.gross,
        discount=printed.discount,
        subtotal=counted.subtotal,
        exonerated=quantise(counted.gross * vat.exempted / vat.amount, PLACES) if vat.exempted else ZERO,
        taxes=counted.taxes,
        total=counted.total,
    )


def _block(item: Item, index: int, case: Case, counted: _Counted, unit: str, *, is_service: bool) -> Block:
    """The line as it is printed. What is always computed but has no place in some types is left out there."""
    rows = [line_words.discount_row(one, place, index, case) for place, one in enumerate(counted.discounts)]
    block: Block = {
        "NumeroLinea": str(index + 1),
        **line_words.naming(item, index, case, is_service=is_service),
        "Cantidad": quantise(counted.quantity, QUANTITY_PLACES),
        "UnidadMedida": unit,
        **line_words.describing(item, index, case),
        "PrecioUnitario": quantise(counted.price, PLACES),
        "MontoTotal": counted.gross,
        "Descuento": rows or None,
        "SubTotal": counted.subtotal,
        "IVACobradoFabrica": fields.text(item.factory_vat),
        "BaseImponible": counted.base,
        "Impuesto": [tax.block for tax in counted.taxes],
        "ImpuestoAsumidoEmisorFabrica": sum((tax.assumed for tax in counted.taxes), _NOTHING),
        "ImpuestoNeto": counted.net_tax,
        "MontoTotalLinea": counted.total,
    }
    return {
        name: value
        for name, value in block.items()
        if value is not None and (name not in _COMPUTED or case.has(f"{_LINE}/{name}"))
    }


def _counted(item: Item, index: int, case: Case, rate: str, given: _Given) -> _Counted | None:
    """The arithmetic of a line; None, with faults, where it cannot be done."""
    quantity, price, discounts = given
    if case.draft.prices_include_tax and not item.vat_code:
        if item.extra_taxes:
            case.faults.add(("items", index, "price"), "price_with_extra_taxes")
            return None
        price, discounts = prices.without_tax(quantity, price, discounts, codes.RATES[rate])
    gross = quantise(quantity * price, PLACES)
    discount = sum((one.amount for one in discounts), ZERO)
    if discount > gross:
        name = "discounts" if item.discounts else "discount"
        case.faults.add(("items", index, name), "discount_exceeds_line", gross=gross)
        return None
    subtotal = gross - discount
    laid = _taxes(
        item, index, case, rate=rate, quantity=quantity, gross=gross, subtotal=subtotal, discounts=discounts
    )
    if laid is None:
        return None
    counted = _Counted(quantity, price, discounts, gross, subtotal, *laid)
    if max(gross, counted.base, counted.total) >= AMOUNT_LIMIT:
        case.faults.add(("items", index, "price"), "too_large", limit=AMOUNT_LIMIT)
        return None
    return counted


def taxation(rate: str) -> Taxation:
    """How a line at that rate is summed up: 10 is exempt, 01 and 11 are not subject, all others taxed."""
    if rate == codes.EXEMPT:
        return Taxation.EXEMPT
    return Taxation.NOT_SUBJECT if rate in codes.NOT_SUBJECT_RATES else Taxation.TAXED


def _given(item: Item, index: int, case: Case) -> _Given | None:
    """Quantity, price and discounts as they were given, checked one by one."""
    faults, path = case.faults, ("items", index)
    before = len(faults)
    quantity = _ONE if item.quantity is None else item.quantity
    fields.amount(quantity, (*path, "quantity"), faults, places=QUANTITY_PLACES, positive=True, limit=QUANTITY_LIMIT)
    if item.price is None:
        faults.add((*path, "price"), "required")
    else:
        fields.amount(item.price, (*path, "price"), faults, positive=True)
    discounts = item.discounts
    if item.discount:
        if discounts:
            faults.add((*path, "discounts"), "discount_given_twice")
        discounts = (Discount(item.discount),)
        fields.amount(item.discount, (*path, "discount"), faults)
    else:
        for place, one in enumerate(discounts):
            fields.amount(one.amount, (*path, "discounts", place, "amount"), faults, positive=True)
    if len(discounts) > MAX_DISCOUNTS:
        faults.add((*path, "discounts"), "too_many", maximum=MAX_DISCOUNTS)
    if item.price is None or len(faults) > before:
        return None
    return quantity, item.price, discounts


def _taxes(
    item: Item,
    index: int,
    case: Case,
    *,
    rate: str,
    quantity: Decimal,
    gross: Decimal,
    subtotal: Decimal,
    discounts: tuple[Discount, ...],
) -> tuple[Decimal, tuple[Tax, ...]] | None:
    """The taxable base and the taxes of a line, value added tax first."""
    before = len(case.faults)
    others = specific_taxes.of_item(item, index, case, quantity, subtotal)
    if others is None:
        return None
    base = subtotal + sum((tax.amount for tax in others if tax.code in codes.IN_TAX_BASE), ZERO)
    is_free = item.vat_code == codes.VAT_SPECIAL or item.factory_vat == codes.FACTORY_COLLECTED
    path = ("items", index, "taxable_base")
    if is_free and item.taxable_base is None:
        case.faults.add(path, "taxable_base_required")
    elif item.taxable_base is not None and not is_free:
        case.faults.add(path, "taxable_base_computed")
    elif item.taxable_base is not None and fields.amount(item.taxable_base, path, case.faults, positive=True):
        base = quantise(item.taxable_base, PLACES)
    if item.factory_vat == codes.FACTORY_EXEMPT and codes.RATES[rate]:
        case.faults.add(("items", index, "tax_rate"), "code_not_allowed", type=case.type_code, value=rate)
    natures = {one.code or codes.COMMERCIAL_DISCOUNT for one in discounts}
    can_assume = case.has(f"{_LINE}/ImpuestoAsumidoEmisorFabrica")
    full = gross if natures & codes.FULL_VAT_DISCOUNTS else None
    vat = taxes.value_added(item, index, case, rate=rate, subtotal=subtotal, base=base, full=full)
    is_assumed = bool(natures & codes.ASSUMED_DISCOUNTS)
    if is_assumed and not can_assume and vat.amount:
        # Nobody can bear the tax for another where the form has no place to say so.
        name = ("discounts", _place_of(discounts, codes.ASSUMED_DISCOUNTS), "code")
        value = sorted(natures & codes.ASSUMED_DISCOUNTS)[0]
        case.faults.add(("items", index, *name), "code_not_allowed", type=case.type_code, value=value)
    if item.exemption is not None:
        if is_assumed:
            case.faults.add(("items", index, "exemption"), "exemption_exceeds_tax")
        else:
            vat = taxes.exempted(vat, item.exemption, index, case, base)
    if is_assumed:
        vat = replace(vat, assumed=vat.amount)
    return (base, (vat, *others)) if len(case.faults) == before else None


def _place_of(discounts: tuple[Discount, ...], kinds: frozenset[str]) -> int:
    return next(place for place, one in enumerate(discounts) if one.code in kinds)

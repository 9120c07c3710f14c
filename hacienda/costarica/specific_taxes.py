"""Taxes of a line beside value added tax (annex v4.4, note 8): by a rate, by units of measure, or as told."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from hacienda.costarica import codes, fields
from hacienda.costarica.case import Block, Case
from hacienda.costarica.facts import PLACES, RATE_PLACES
from hacienda.costarica.taxes import Tax, other
from hacienda.drafts import ExtraTax, Item
from hacienda.money import ZERO, quantise
from hacienda.values import Path

_HUNDRED: Final = Decimal(100)
_ONE: Final = Decimal(1)
# What each of these is computed from: of these members all, and no others.
_DATA: Final = {
    codes.FUEL: frozenset({"quantity", "unit_amount"}),
    codes.ALCOHOL: frozenset({"quantity", "percentage", "unit_amount"}),
    codes.DRINKS: frozenset({"quantity", "volume", "unit_amount"}),
    codes.TOBACCO: frozenset({"quantity", "unit_amount"}),
}
_SOAP: Final = frozenset({"volume", "unit_amount"})  # of the tax on drinks and soap, which counts in volume alone
_RATED: Final = frozenset({codes.SELECTIVE, codes.CEMENT})
_MEMBERS: Final = ("quantity", "percentage", "volume", "unit_amount")
_DATA_PLACE: Final = "DetalleServicio/LineaDetalle/Impuesto/DatosImpuestoEspecifico"


def of_item(item: Item, index: int, case: Case, quantity: Decimal, subtotal: Decimal) -> list[Tax] | None:
    """The taxes of a line beside value added tax; None, with faults, where one cannot be computed."""
    made = [
        _tax(one, ("items", index, "extra_taxes", place), case, quantity, subtotal)
        for place, one in enumerate(item.extra_taxes)
    ]
    sound = [one for one in made if one is not None]
    return sound if len(sound) == len(made) else None


def _tax(tax: ExtraTax, path: Path, case: Case, quantity: Decimal, subtotal: Decimal) -> Tax | None:
    if tax.code in codes.VATS:
        case.faults.add((*path, "code"), "vat_not_among_extra")
        return None
    before = len(case.faults)
    block: Block = {
        "Codigo": tax.code,
        "CodigoImpuestoOTRO": other(tax.code, tax.description, (*path, "description"), case),
    }
    computed = _by_rate(tax, path, case, subtotal, block)
    if any(getattr(tax, name) is not None for name in _MEMBERS):
        computed = _by_units(tax, path, case, quantity, block)
    if len(case.faults) > before:
        return None
    amount = _amount(tax, path, case, computed)
    if amount is None:
        return None
    block["Monto"] = amount
    return Tax(tax.code, None, amount, block)


def _amount(tax: ExtraTax, path: Path, case: Case, computed: Decimal | None) -> Decimal | None:
    """What was computed, else what was told; never both."""
    if tax.amount is None:
        if computed is None:
            case.faults.add((*path, "amount"), "tax_amount_required", tax=tax.code)
        return computed
    if computed is not None:
        case.faults.add((*path, "amount"), "tax_amount_computed", tax=tax.code)
        return None
    is_sound = fields.amount(tax.amount, (*path, "amount"), case.faults, positive=True)
    return quantise(tax.amount, PLACES) if is_sound else None


def _by_rate(tax: ExtraTax, path: Path, case: Case, subtotal: Decimal, block: Block) -> Decimal | None:
    if tax.code not in _RATED:
        if tax.rate is not None:
            case.faults.add((*path, "rate"), "not_allowed")
        return None
    percent = codes.LAID_DOWN_RATES.get(tax.code) if tax.rate is None else tax.rate
    if percent is None or not fields.amount(percent, (*path, "rate"), case.faults, places=RATE_PLACES):
        return None
    block["Tarifa"] = quantise(percent, RATE_PLACES)
    return quantise(subtotal * percent / _HUNDRED, PLACES)


def _by_units(tax: ExtraTax, path: Path, case: Case, quantity: Decimal, block: Block) -> Decimal | None:
    """The amount of a tax that is laid on units of measure, its data added to `block`."""
    if not _are_complete(tax, path, case) or tax.unit_amount is None:
        return None
    units = _ONE if tax.quantity is None else tax.quantity
    percentage, volume, proportion = tax.percentage, tax.volume, None
    if tax.code == codes.FUEL:
        amount = units * tax.unit_amount
    elif tax.code == codes.ALCOHOL:
        proportion = quantise(units * (percentage or ZERO) / _HUNDRED, PLACES)
        amount = quantity * proportion * tax.unit_amount
    elif tax.code == codes.DRINKS and volume is not None:
        amount = quantity * tax.unit_amount
        amount = amount * volume if tax.quantity is None else amount * units / volume
    else:
        amount = quantity * units * tax.unit_amount
    block["DatosImpuestoEspecifico"] = {
        "CantidadUnidadMedida": quantise(units, RATE_PLACES),
        "Porcentaje": None if percentage is None else quantise(percentage, RATE_PLACES),
        "Proporcion": proportion,
        "VolumenUnidadConsumo": None if volume is None else quantise(volume, RATE_PLACES),
        "ImpuestoUnidad": quantise(tax.unit_amount, PLACES),
    }
    return quantise(amount, PLACES)


def _are_complete(tax: ExtraTax, path: Path, case: Case) -> bool:
    """Whether everything is there that the tax is computed from, and nothing else."""
    before = len(case.faults)
    given = frozenset(name for name in _MEMBERS if getattr(tax, name) is not None)
    wanted = _DATA.get(tax.code, frozenset())
    if tax.code == codes.DRINKS and "quantity" not in given:
        wanted = _SOAP
    has_room = case.has(_DATA_PLACE)
    for name in sorted(given):
        if not has_room:
            case.faults.add((*path, name), "not_taken", type=case.type_code)
        elif name not in wanted:
            case.faults.add((*path, name), "not_allowed")
        else:
            places = PLACES if name == "unit_amount" else RATE_PLACES
            fields.amount(getattr(tax, name), (*path, name), case.faults, places=places, positive=True)
    if has_room:
        for name in sorted(wanted - given):
            case.faults.add((*path, name), "required")
    return len(case.faults) == before

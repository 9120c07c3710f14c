"""Specific taxes of a line beside VAT (CAT-015), and how each section of the catalogue is read.

Section 1 is listed on the line, summed up by code and added to the total. Section 3 is listed and summed up
too, but informs only. A tax of section 2 becomes a line of its own, which itself bears VAT. D5 stands in
sections 1 and 2; it is read as section 1, because such fees do not bear VAT by themselves. D4 stands there
too, but only Hacienda uses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hacienda.drafts import ExtraTax, Taxation
from hacienda.elsalvador import catalogs
from hacienda.elsalvador.blocks import fields
from hacienda.elsalvador.blocks.items import Sale
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.rules import ITEM_PLACES
from hacienda.money import ZERO, quantise
from hacienda.values import Path

ADDED: Final = 1
OWN_LINE: Final = 2
INFORMATIVE: Final = 3

# VAT is never given by hand: it is inside the price (01) or follows from the taxed amount (03), and its
# export form belongs to other documents. D4 is Hacienda's own.
EXPORT_VAT: Final = "C3"
_NEVER_GIVEN: Final = frozenset({"20", EXPORT_VAT, "D4"})

# Laid down by law: a share of the line's amount without VAT, or dollars a unit.
SHARES: Final[Mapping[str, Decimal]] = MappingProxyType({"59": Decimal("0.05")})  # tourism, lodging
PER_UNIT: Final[Mapping[str, Decimal]] = MappingProxyType(
    {
        "71": Decimal("7.00"),  # leaving the country by air
        "D1": Decimal("0.20"),  # FOVIAL, a gallon
        "C8": Decimal("0.10"),  # COTRANS, a gallon
    }
)
_PER_GALLON: Final = frozenset({"D1", "C8"})
_GALLON: Final = 22  # CAT-014


@dataclass(frozen=True, slots=True)
class SpecificTaxes:
    """Those of one line, as code and amount at 8 decimals; the amounts of `own_lines` are without VAT."""

    listed: tuple[tuple[str, Decimal], ...] = ()
    own_lines: tuple[tuple[str, Decimal], ...] = ()


NONE: Final = SpecificTaxes()


def section(code: str) -> int:
    """The section under which a code of CAT-015 is read."""
    return catalogs.tax_sections()[code]


def laid_down(code: str, quantity: Decimal, net: Decimal) -> Decimal | None:
    """The amount of a tax whose rate is laid down, not rounded; None for one that the issuer has to say.

    `net` is what is sold without VAT, in so many units.
    """
    if code == EXPORT_VAT:
        return ZERO
    if code in SHARES:
        return net * SHARES[code]
    return quantity * PER_UNIT[code] if code in PER_UNIT else None


def by_law(code: str, quantity: Decimal, net: Decimal) -> Decimal | None:
    """The same of one line, at 8 decimals."""
    exact = laid_down(code, quantity, net)
    return None if exact is None else quantise(exact, ITEM_PLACES)


def of_item(
    item: Sale, index: int, net: Decimal, unit: int, faults: Faults, *, allowed: frozenset[str] | None = None
) -> SpecificTaxes | None:
    """The specific taxes of a line whose amount without VAT is `net`; None after a fault.

    `allowed` are those that the type of document may bear, None for all.
    """
    listed: list[tuple[str, Decimal]] = []
    own_lines: list[tuple[str, Decimal]] = []
    seen: set[str] = set()
    before = len(faults)
    if item.tax is not Taxation.TAXED:
        faults.add(("items", index, "extra_taxes"), "tax_needs_taxed_line")
    for position, tax in enumerate(item.extra_taxes):
        path: Path = ("items", index, "extra_taxes", position)
        code = fields.code(tax.code, catalogs.TAXES, (*path, "code"), faults)
        if code is None:
            continue
        if code in _NEVER_GIVEN or (allowed is not None and code not in allowed):
            faults.add((*path, "code"), "tax_not_allowed", tax=code)
            continue
        if code in seen:
            faults.add((*path, "code"), "duplicate", value=code)
            continue
        seen.add(code)
        if code in _PER_GALLON and unit != _GALLON:
            faults.add(("items", index, "unit"), "unit_must_be_gallon", tax=code)
        amount = _amount(tax, code, item.quantity, net, path, faults)
        if amount is not None:
            (own_lines if section(code) == OWN_LINE else listed).append((code, amount))
    return SpecificTaxes(tuple(listed), tuple(own_lines)) if len(faults) == before else None


def _amount(tax: ExtraTax, code: str, quantity: Decimal, net: Decimal, path: Path, faults: Faults) -> Decimal | None:
    computed = by_law(code, quantity, net)
    if computed is not None:
        if tax.amount is not None:
            faults.add((*path, "amount"), "tax_amount_computed", tax=code)
            return None
        return computed
    if tax.amount is None:
        faults.add((*path, "amount"), "tax_amount_required", tax=code)
        return None
    sound = fields.amount(
        tax.amount,
        (*path, "amount"),
        faults,
        places=ITEM_PLACES,
        positive=section(code) != INFORMATIVE,
    )
    return tax.amount if sound else None

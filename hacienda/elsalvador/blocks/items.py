"""The items of a caller with the defaults of a sale filled in."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from hacienda.drafts import ExtraTax, Item, ItemKind, Taxation
from hacienda.elsalvador.faults import Faults
from hacienda.money import ZERO

_ONE: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class Sale:
    """An item that is priced: what `Item` may leave out is there. `unit` has a default that follows from the rest."""

    description: str | None
    price: Decimal
    quantity: Decimal
    code: str | None
    unit: int | None
    kind: ItemKind
    discount: Decimal
    tax: Taxation
    extra_taxes: tuple[ExtraTax, ...]
    suggested_price: Decimal
    related: str | None
    free_of_charge: bool = False


def sale(item: Item, index: int, faults: Faults) -> Sale | None:
    """The item as a sale; None, with a fault, where it has no price."""
    if item.price is None:
        faults.add(("items", index, "price"), "required")
        return None
    return Sale(
        description=item.description,
        price=item.price,
        quantity=_ONE if item.quantity is None else item.quantity,
        code=item.code,
        unit=item.unit,
        kind=item.kind or ItemKind.GOODS,
        discount=ZERO if item.discount is None else item.discount,
        tax=item.tax or Taxation.TAXED,
        extra_taxes=item.extra_taxes,
        suggested_price=item.suggested_price,
        related=item.related,
        free_of_charge=item.free_of_charge,
    )

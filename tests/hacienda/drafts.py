"""Made-up parties and drafts of which El Salvador's tests change one thing at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from hacienda.drafts import Address, Draft, Export, Item, PaperRange, Party
from hacienda.elsalvador.build import prepare
from hacienda.elsalvador.kinds import KINDS
from hacienda.values import Fault, Invalid, Issuer, Prepared, Resolution

AT = datetime(2026, 11, 20, 16, 15, 30, tzinfo=UTC)  # 10:15:30 in El Salvador
VERSIONS = {kind.code: kind.version for kind in KINDS.values()}

ISSUER = Issuer(
    tax_id="06141502101015",
    registration="1234567",
    name="COMERCIAL EJEMPLO, S.A. DE C.V.",
    activity="46632",
    trade_name="FERRETERÍA EJEMPLO",
    address=Address("06", "23", "14", "Alameda Ejemplo 123, Colonia Centro"),
    phone="22001100",
    email="facturacion@ejemplo.com.sv",
    establishment="M001",
    point_of_sale="P001",
    donation_resolution=Resolution("Resolución 12345-EXC-2025", "Calificación como entidad exenta, art. 6 LISR"),
)
SANTA_TECLA = Address("05", "28", "11", "4a Avenida Norte 45, Santa Tecla")
TAXPAYER = Party(
    name="CLIENTE CONTRIBUYENTE, S.A. DE C.V.",
    tax_id="06142203051028",
    registration="765432",
    activity="46900",
    address=SANTA_TECLA,
    phone="25001200",
    email="compras@cliente.com.sv",
)
CONSUMER = Party(
    name="MARÍA PERSONA DE EJEMPLO",
    tax_id="012345678",
    address=SANTA_TECLA,
    phone="70001122",
    email="maria@example.com",
)
COFFEE = Item("Café", Decimal("3.50"), Decimal(2))
INVOICE = Draft("01", (COFFEE,))
TAX_CREDIT = Draft("03", (Item("Varilla de hierro 3/8", Decimal("100.00"), Decimal(10)),), customer=TAXPAYER)
SELLER = Party(name="PEDRO PROVEEDOR DE EJEMPLO", tax_id="098765432", address=ISSUER.address, phone="71112233")
PURCHASE = Draft("14", (Item("Tomate de cocina", Decimal("0.45"), Decimal(30)),), customer=SELLER)
DONATION = Draft("15", (Item("Donativo", Decimal("100.00"), donation="cash"),), customer=CONSUMER)
BUYER_ABROAD = Party(
    name="FOREIGN BUYER INC.",
    tax_id="US-98-7654321",
    country="US",
    person="company",
    address=Address(line="100 Example Ave, Miami FL"),
)
DELIVERY = Draft("04", (COFFEE,), customer=replace(TAXPAYER, goods_title="03"))
EXPORT = Draft("11", (COFFEE,), customer=BUYER_ABROAD, export=Export("02", "EX-1", "1000.000", "09"))
SIMPLIFIED = PaperRange("02", "1", "120", issued_on=date(2026, 11, 20))
SPECIAL = Draft("17", (Item(price=Decimal(1), paper=SIMPLIFIED),))


def item(price: str, quantity: str = "1", **more: Any) -> Item:
    return replace(Item("Producto", Decimal(price), Decimal(quantity)), **more)


def built(draft: Draft, *, issuer: Issuer = ISSUER, at: datetime = AT, now: datetime | None = None) -> Prepared:
    return prepare(draft, issuer, version=VERSIONS[draft.type_code], at=at, now=now or at)


def body(draft: Draft) -> dict[str, Any]:
    """The body as plain data, to be read by key."""
    return dict(built(draft).body)


def rows(draft: Draft) -> list[dict[str, Any]]:
    return list(body(draft)["cuerpoDocumento"])


def summary(draft: Draft) -> dict[str, Any]:
    return dict(body(draft)["resumen"])


def faults(draft: Draft, *, issuer: Issuer = ISSUER, at: datetime = AT, now: datetime | None = None) -> list[Fault]:
    with pytest.raises(Invalid) as refused:
        built(draft, issuer=issuer, at=at, now=now)
    return list(refused.value.faults)


def found(
    draft: Draft, *, issuer: Issuer = ISSUER, at: datetime = AT, now: datetime | None = None
) -> set[tuple[str, str]]:
    """Pointer and code of every fault; each must have a text that fills."""
    return {(fault.pointer, fault.code) for fault in _checked(faults(draft, issuer=issuer, at=at, now=now))}


def _checked(found: list[Fault]) -> Iterator[Fault]:
    for fault in found:
        assert "%(" not in fault.text
        yield fault

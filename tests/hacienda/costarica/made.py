"""Made-up parties and drafts of which Costa Rica's tests change one thing at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from lxml import etree

from hacienda.costarica import clave
from hacienda.costarica.build import VERSION, finish, prepare
from hacienda.costarica.facts import ZONE
from hacienda.drafts import Address, Draft, Item, Original, Party, Payment, Related
from hacienda.values import NORMAL, Environment, Fault, Identity, Invalid, Issuer, Manner, Prepared

AT = datetime(2026, 11, 20, 10, 15, 30, tzinfo=ZONE)

ISSUER = Issuer(
    tax_id="3101000000",
    registration="",
    name="EMPRESA DE PRUEBA SOCIEDAD ANONIMA",
    activity="6201.0",
    trade_name="Prueba CR",
    address=Address("1", "01", "01", "100 metros al norte de la prueba"),
    phone="22000000",
    email="facturas@prueba.example",
    establishment="001",
    point_of_sale="00001",
)
CUSTOMER = Party(
    name="CLIENTE DE PRUEBA LIMITADA",
    tax_id="3102000000",
    activity="4711.0",
    address=Address("4", "01", "01", "Edificio de prueba, piso 2"),
    email="compras@cliente.example",
)
SUPPLIER = Party(
    name="PROVEEDOR DE PRUEBA",
    tax_id="100000000",
    address=Address("2", "01", "01", "Frente al mercado de prueba"),
    phone="8800-0000",
)
ABROAD = Party(
    name="EXAMPLE BUYER GMBH",
    tax_id="DE123456789",
    id_type="05",
    address=Address(line="Beispielstrasse 1, Berlin"),
    email="ap@buyer.example",
)
SOFTWARE = "8314300000000"
BOOK = "3229100000000"
RICE = "2314000991000"
SERVICE = Item("Desarrollo de software", Decimal(25000), cabys=SOFTWARE)
GOODS = Item("Libro técnico impreso", Decimal("19.95"), Decimal(3), cabys=BOOK)
CREDIT_OF_STATE = Payment(code="08")
BOUGHT = Related("14", "FAC-000123", electronic=False, issued_on=date(2026, 11, 19))

INVOICE = Draft("01", (SERVICE,), CUSTOMER)
TICKET = Draft("04", (GOODS,))
PURCHASE = Draft("08", (Item("Arroz comprado", Decimal(700), Decimal(50), cabys=RICE),), SUPPLIER, related=(BOUGHT,))
EXPORT = Draft("09", (SERVICE,), ABROAD, currency="USD", exchange_rate=Decimal("505.12"))
# Of every type that needs no document of the issuer's own, the least that a caller says.
LEAST: Mapping[str, Draft] = MappingProxyType({"01": INVOICE, "04": TICKET, "08": PURCHASE, "09": EXPORT})


def prepared(draft: Draft, issuer: Issuer = ISSUER, at: datetime = AT) -> Prepared:
    return prepare(draft, issuer, version=VERSION, at=at, now=at)


def identity(
    type_code: str, at: datetime = AT, number: int = 1, situation: str = "1", issuer: Issuer = ISSUER
) -> Identity:
    printed = clave.consecutivo(issuer.establishment, issuer.point_of_sale, type_code, number)
    key = clave.make(
        issued_at=at, tax_id=issuer.tax_id, consecutivo=printed, situation=situation, security="12345678"
    )
    return Identity(Environment.TEST, key, printed, at)


def issued(draft: Draft, number: int = 1, manner: Manner = NORMAL, issuer: Issuer = ISSUER) -> str:
    """The text of the document that a draft becomes."""
    known = identity(draft.type_code, number=number, issuer=issuer)
    return finish(prepared(draft, issuer), known, manner)


def own(text: str, *adjustments: str, **changes: Any) -> Related:
    """A reference to a document of the issuer's own, as the rest of the product fills it."""
    root = etree.fromstring(text.encode())
    key = root.findtext("{*}Clave")
    assert key is not None
    original = Original(
        text,
        is_stamped=changes.pop("is_stamped", True),
        is_invalidated=changes.pop("is_invalidated", False),
        adjustments={str(place): one for place, one in enumerate(adjustments)},
    )
    parts: dict[str, Any] = {
        "type_code": clave.read(key).type_code,
        "number": key,
        "electronic": True,
        "issued_on": clave.read(key).issued_on,
        "original": original,
    }
    return Related(**(parts | changes))


def faults_of(draft: Draft, issuer: Issuer = ISSUER, at: datetime = AT) -> tuple[Fault, ...]:
    with pytest.raises(Invalid) as caught:
        prepared(draft, issuer, at)
    return caught.value.faults


def faults(draft: Draft, issuer: Issuer = ISSUER) -> set[tuple[str, str]]:
    """Pointer and code of everything wrong with a draft; nothing for a sound one."""
    try:
        prepared(draft, issuer)
    except Invalid as refused:
        return {(fault.pointer, fault.code) for fault in refused.faults if fault.text}
    return set()


def element(text: str, place: str) -> str | None:
    """The text of an element of a document: "ResumenFactura/TotalComprobante"."""
    path = "/".join(f"{{*}}{name}" for name in place.split("/"))
    found = etree.fromstring(text.encode()).findtext(path)
    return None if found is None else str(found)

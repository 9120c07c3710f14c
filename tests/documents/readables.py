"""Readable documents made up for tests: nobody in them exists."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from documents.presentation import Other, Presentation, Revocation, present
from documents.states import State
from hacienda.readable import Cell, Column, Field, Readable, ReadableParty, Role, Section, Sum, Table

ZONE = ZoneInfo("America/El_Salvador")
ISSUED_AT = datetime(2026, 11, 22, 9, 15, 30, tzinfo=ZONE)
STAMPED_AT = datetime(2026, 11, 22, 9, 15, 32, tzinfo=ZONE)
STAMP = "2026A1B2C3D4E5F64A7B8C9D0E1F2A3B4C5DXY7Z"
GENERATION_CODE = "A58BF1F7-6B02-43E9-B302-ECC5C61DBCEB"
PAGE_URL = "https://facturas.example/d/AbCdEfGhIjKlMnOpQrStUv"
QUERY_URL = f"https://admin.factura.gob.sv/consultaPublica?ambiente=00&codGen={GENERATION_CODE}&fechaEmi=2026-11-22"


SALE = {
    "number": Column("No.", Role.NUMBER),
    "quantity": Column("Quantity", Role.QUANTITY),
    "unit": Column("Unit", Role.UNIT),
    "code": Column("Code", Role.CODE),
    "description": Column("Description", Role.MAIN),
    "price": Column("Unit price", Role.PRICE),
    "discount": Column("Discount", Role.DISCOUNT),
    "not_taxed": Column("Other amounts", Role.TREATMENT, "does not affect the tax base"),
    "not_subject": Column("Sales not subject", Role.TREATMENT, "not subject"),
    "exempt": Column("Exempt sales", Role.TREATMENT, "exempt"),
    "taxed": Column("Taxed sales", Role.TREATMENT),
    "amount": Column("Amount", Role.AMOUNT),
}
Row = tuple[Cell, ...]


def line(number: int, description: str, quantity: str, each: str, **changes: Any) -> Row:
    """A taxed line of `quantity` at `each`: its cells in the columns of `SALE`."""
    amount = Decimal(quantity) * Decimal(each)
    values: dict[str, Any] = {
        "number": number,
        "quantity": Decimal(quantity),
        "unit": "Unidad",
        "code": None,
        "description": description,
        "price": Decimal(each),
        "discount": Decimal(0),
        "not_subject": Decimal(0),
        "exempt": Decimal(0),
        "taxed": amount,
        "not_taxed": Decimal(0),
        "amount": amount,
    }
    values |= changes
    return tuple(values[name] for name in SALE)


def readable(**changes: Any) -> Readable:
    """An invoice of three lines over $37.75, of the test environment; `lines` are rows as `line` makes them."""
    values: dict[str, Any] = {
        "title": "DOCUMENTO TRIBUTARIO ELECTRÓNICO",
        "type_code": "01",
        "type_name": "FACTURA",
        "version": 2,
        "is_test": True,
        "generation_code": GENERATION_CODE,
        "control_number": "DTE-01-M001P001-000000000000042",
        "model": "Modelo de facturación previo",
        "transmission": "Transmisión normal",
        "is_contingency": False,
        "issued_at": ISSUED_AT,
        "currency": "USD",
        "issuer": ReadableParty(
            heading="Emisor",
            name="COMERCIAL DE EJEMPLO, S.A. DE C.V.",
            fields=(
                Field("Nombre comercial", "Ferretería El Ejemplo"),
                Field("NIT", "0614-150210-101-5"),
                Field("NRC", "123456-7"),
                Field("Actividad económica", "Venta al por mayor de artículos de ferretería y pinturerías"),
                Field("Dirección", "Alameda Ejemplo 123, Colonia Centro, San Salvador Centro, San Salvador"),
                Field("Teléfono", "2200-1100"),
                Field("Correo electrónico", "facturacion@ejemplo.example"),
            ),
        ),
        "customer": ReadableParty(
            heading="Receptor",
            name="María Inventada Ñúñez",
            fields=(Field("DUI", "01234567-8"), Field("Correo electrónico", "maria@cliente.example")),
        ),
        "lines": (
            line(1, "Café de altura, tostado medio, bolsa de 460 g", "2", "3.50"),
            line(
                2,
                "Taza de cerámica",
                "3",
                "8.25",
                code="TZ-001",
                discount=Decimal("4.00"),
                amount=Decimal("20.75"),
                taxed=Decimal("20.75"),
            ),
            line(3, "Libro de cocina salvadoreña", "1", "10.00", taxed=Decimal(0), exempt=Decimal("10.00")),
        ),
        "sums": (
            Sum("Suma de ventas exentas", Decimal("10.00")),
            Sum("Suma de ventas gravadas", Decimal("27.75")),
            Sum("Sub-total", Decimal("37.75")),
            Sum("IVA incluido", Decimal("3.19")),
            Sum("Total a pagar", Decimal("37.75"), is_total=True),
        ),
        "payable": Decimal("37.75"),
        "in_words": "TREINTA Y SIETE DÓLARES CON 75/100",
        "sections": (
            Section(
                "Forma de pago",
                (
                    (
                        Field("Condición de la operación", "Contado"),
                        Field("Forma", "Billetes y monedas"),
                        Field("Monto", "$37.75"),
                    ),
                ),
            ),
        ),
        "notes": "Gracias por su compra. Cambios dentro de 15 días con este documento.",
    }
    values |= changes
    lines = values.pop("lines")
    return Readable(**{"table": Table(tuple(SALE.values()), lines), **values})


def revocation(**changes: Any) -> Revocation:
    values: dict[str, Any] = {
        "at": datetime(2026, 11, 23, 10, 0, 5, tzinfo=ZONE),
        "kind": "Error en el documento",
        "reason": "El nombre del cliente estaba equivocado",
        "stamp": "2026FFEEDDCCBBAA4988776655443322110099ZZ",
        "replacement": Other("DTE-01-M001P001-000000000000043", "https://facturas.example/d/ZyXwVuTsRqPoNmLkJiHgFe"),
    }
    return Revocation(**{**values, **changes})


def presentation(state: State = State.ACCEPTED, **changes: Any) -> Presentation:
    """What is shown of `readable()`; keywords of `present`, or `document` for another readable."""
    document = changes.pop("document", None) or readable()
    stamped = state in (State.ACCEPTED, State.INVALIDATED)
    values: dict[str, Any] = {
        "state": state,
        "zone": ZONE,
        "query_url": QUERY_URL,
        "page_url": PAGE_URL,
        "stamp": STAMP if stamped else "",
        "stamped_at": STAMPED_AT if stamped else None,
        "revocation": revocation() if state is State.INVALIDATED else None,
    }
    return present(document, **{**values, **changes})

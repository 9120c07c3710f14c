"""The made-up companies of the demo, and what they send first. Nobody has these numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hacienda import drafts, values


@dataclass(frozen=True, slots=True)
class Company:
    """A made-up taxpayer: nobody has these numbers."""

    name: str
    trade_name: str
    tax_id: str
    registration: str
    activity: str
    phone: str
    email: str
    address: drafts.Address
    responsible: values.Person | None = None
    export: values.ExportDefaults | None = None
    resolution: values.Resolution | None = None
    country: str = "SV"


DEMO = Company(
    name="CAFETERÍA DE EJEMPLO, S.A. DE C.V.",
    trade_name="Cafetería de Ejemplo",
    tax_id="06140101001014",
    registration="1000001",
    activity="56101",
    phone="22000001",
    email="cafeteria@smartbill.example",
    address=drafts.Address("06", "23", "14", "Calle de Ejemplo número 1"),
    responsible=values.Person(name="PERSONA DE EJEMPLO", id_type="13", id_number="000000018"),
    export=values.ExportDefaults(customs_post="02", regime_type="EX-1", regime="1000.000", incoterm="09"),
    resolution=values.Resolution("RES-EJEMPLO-0001-2026", "Resolución de exención inventada para la demostración"),
)
SUPPLIER = Company(
    name="ABARROTES DE EJEMPLO, S.A. DE C.V.",
    trade_name="Abarrotes de Ejemplo",
    tax_id="06140101001022",
    registration="1000002",
    activity="46391",
    phone="22000002",
    email="abarrotes@smartbill.example",
    address=drafts.Address("05", "28", "11", "Avenida de Ejemplo número 2"),
    responsible=values.Person(name="OTRA PERSONA DE EJEMPLO", id_type="13", id_number="000000026"),
)
COSTA_RICA = Company(
    name="CAFETERIA DE EJEMPLO SOCIEDAD ANONIMA",
    trade_name="Cafetería de Ejemplo CR",
    tax_id="3101000001",
    registration="",
    activity="5610.0",
    phone="22000003",
    email="cafeteria.cr@smartbill.example",
    address=drafts.Address("1", "01", "01", "Cien metros al norte de la iglesia de ejemplo"),
    country="CR",
)

FIRST_BODY: dict[str, Any] = {
    "type": "invoice",
    "items": [{"description": "Café", "quantity": 2, "price": "3.50"}],
}
# CABYS: food served without a waiter, with places to sit.
FIRST_TICKET: dict[str, Any] = {
    "type": "ticket",
    "items": [{"description": "Café", "quantity": 2, "price": "1500", "cabys": "6332000000000"}],
}

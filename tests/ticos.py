"""Costa Rica's part among the actors: a taxpayer that is made up, and the smallest bodies that it sends."""

from __future__ import annotations

from typing import Any

from hacienda import drafts

TICO_TAX_ID = "3101000002"
TICO_USER = f"cpj-{TICO_TAX_ID}@pruebas.example"
TICO_NAME = "COMERCIAL DE PRUEBA SOCIEDAD ANONIMA"
TICO_ADDRESS = drafts.Address("1", "01", "01", "Cien metros al norte de la iglesia de ejemplo")
CAFE = {"description": "Café", "quantity": 2, "price": "1500", "cabys": "6332000000000"}


def ticket(**more: object) -> dict[str, Any]:
    """The smallest document there is: it names no buyer."""
    return {"type": "ticket", "items": [CAFE], **more}


def cr_invoice(**more: object) -> dict[str, Any]:
    """The smallest invoice: its customer must be known."""
    return {
        "type": "invoice",
        "customer": {
            "name": "CLIENTE DE PRUEBA SOCIEDAD ANONIMA",
            "tax_id": "3101000009",
            "activity": "5610.0",
            "email": "cliente@example.com",
            "address": {"department": "1", "municipality": "01", "district": "01", "line": "Avenida de Ejemplo 2"},
        },
        "items": [CAFE],
        **more,
    }

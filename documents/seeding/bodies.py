"""What made-up documents say: bodies as a caller would send them. Nobody and nothing in them exists."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from documents.seeding.plot import Planned
from hacienda.registry import authority

GOODS = (
    ("Café de altura, libra", "4.25"),
    ("Harina de maíz, bolsa de cinco libras", "3.10"),
    ("Aceite vegetal, botella de 750 ml", "2.95"),
    ("Cuaderno rayado de cien páginas", "1.35"),
    ("Resma de papel bond tamaño carta", "5.60"),
    ("Bombillo LED de nueve vatios", "2.20"),
    ("Servicio de reparación, por hora", "12.50"),
    ("Cemento gris, bolsa de 42.5 kg", "9.75"),
)
GIVEN = ("Ana", "José", "María", "Óscar", "Lucía", "Núñez", "Carmen", "Iván", "Beatriz", "Tomás")
KINDS = ("Ferretería", "Cafetería", "Librería", "Panadería", "Distribuidora", "Constructora", "Farmacia")
PLACE = {"department": "05", "municipality": "28", "district": "11", "line": "Avenida de Ejemplo 2"}


def body(planned: Planned) -> dict[str, Any]:
    """The body of one document; a note's `related` and lines are added by whoever knows its original."""
    made: dict[str, Any] = {"type": authority("SV").rules.type_name(planned.type_code), "items": _items(planned)}
    customer = _customer(planned)
    if customer is not None:
        made["customer"] = customer
    if planned.position % 3 == 0:
        made["external_id"] = f"PEDIDO-{planned.position:08}"
    return made


def _items(planned: Planned) -> list[dict[str, Any]]:
    kind = {"kind": "goods"} if planned.type_code in ("11", "04") else {}
    return [
        {
            "description": text,
            "quantity": Decimal(1 + (planned.position + line) % 6),
            "price": Decimal(price),
            **kind,
        }
        for line in range(1 + planned.position % 3)
        for text, price in (GOODS[(planned.customer + line * 3) % (len(GOODS) - (1 if kind else 0))],)
    ]


def _customer(planned: Planned) -> dict[str, Any] | None:
    number = planned.customer
    match planned.type_code:
        case "01":
            # Most consumers give no name.
            return None if planned.position % 4 else {"name": _person(number)}
        case "14":
            return {"name": _person(number), "tax_id": _dui(number), "address": PLACE}
        case "11":
            return {
                "name": f"MADE-UP BUYER {number:05} INC.",
                "tax_id": f"US-{number:07}",
                "country": "US",
                "person": "company",
                "address": {"line": "100 Example Ave, Miami FL"},
            }
        case "04":
            return {"goods_title": "04"}
    return {
        "name": f"{KINDS[number % len(KINDS)]} Inventada {number:05}, S.A. de C.V.".upper(),
        "tax_id": f"0614019902{number:04}" if number < 10_000 else f"061401{number:08}",
        "registration": f"8{number:06}",
        "activity": "46900",
        "address": PLACE,
    }


def _person(number: int) -> str:
    first, second = GIVEN[number % len(GIVEN)], GIVEN[number // len(GIVEN) % len(GIVEN)]
    return f"{first} {second} Ejemplo {number:05}"


def _dui(number: int) -> str:
    """A DUI of the right form, check digit included."""
    digits = f"{90_000_000 + number:08}"
    total = sum(weight * int(digit) for weight, digit in zip(range(9, 1, -1), digits, strict=True))
    return f"{digits}-{(10 - total % 10) % 10}"

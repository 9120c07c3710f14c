"""Documents that others adjust: sales of ours as they stand, and those of types that are written elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hacienda.drafts import Draft, Item, Original, Related
from hacienda.elsalvador import writer
from hacienda.elsalvador.build import finish, prepare
from hacienda.values import Environment, Identity, Issuer
from tests.hacienda.drafts import AT, ISSUER, TAXPAYER, VERSIONS, built

SOLD = "A58BF1F7-6B02-43E9-B302-ECC5C61DBCEB"
OTHER = "79CF13C4-470E-4D98-9A1A-D4301E669703"
NOTE = "E18E0162-B5CF-492A-8E47-24FD97F9DBD4"
LATER = datetime(2026, 11, 21, 15, 0, 0, tzinfo=UTC)
ON = date(2026, 11, 20)


def signed(draft: Draft, code: str = SOLD) -> str:
    """The draft as it would be signed on the day of these tests."""
    number = "" if draft.type_code == "18" else f"DTE-{draft.type_code}-M001P001-000000000000001"
    return finish(built(draft), Identity(Environment.TEST, code, number, AT))


def related(
    payload: str,
    code: str = SOLD,
    *,
    notes: Mapping[str, str] | None = None,
    stamped: bool = True,
    invalidated: bool = False,
) -> Related:
    """A document of ours, adjusted by `notes` already."""
    head = json.loads(payload)["identificacion"]
    original = Original(payload, stamped, invalidated, dict(notes or {}))
    return Related(head["tipoDte"], code, True, date.fromisoformat(head["fecEmi"]), original)


def elsewhere(type_code: str = "03", number: str = OTHER, *, electronic: bool = True, **more: Any) -> Related:
    return Related(type_code, number, electronic, ON, **more)


def note(*to: Related, items: tuple[Item, ...] = (), type_code: str = "05", **more: Any) -> Draft:
    return replace(Draft(type_code, items, related=to), **more)


def part(line: int, **more: Any) -> Item:
    """So much of a line; numbers may be given as text."""
    amounts = {name: Decimal(value) for name, value in more.items() if name in ("price", "quantity", "discount")}
    return Item(line=line, **(more | amounts))


def made(draft: Draft, *, at: datetime = LATER, issuer: Issuer = ISSUER) -> dict[str, Any]:
    """The document as it would be signed, amounts exact."""
    return dict(json.loads(text(draft, at=at, issuer=issuer), parse_float=Decimal))


def text(
    draft: Draft, code: str = "E18E0162-B5CF-492A-8E47-24FD97F9DBD4", *, at: datetime = LATER, issuer: Any = ISSUER
) -> str:
    prepared = prepare(draft, issuer, version=VERSIONS[draft.type_code], at=at, now=at)
    number = "" if draft.type_code == "18" else f"DTE-{draft.type_code}-M001P001-000000000000009"
    return finish(prepared, Identity(Environment.TEST, code, number, at))


_ISSUER = {"nit": ISSUER.tax_id, "nombre": ISSUER.name}
_SELLER = {
    "tipoDocumento": "13",
    "numDocumento": "098765432",
    "nombre": "PEDRO PROVEEDOR DE EJEMPLO",
    "telefono": "71112233",
    "correo": None,
}
_BUYER = {
    "tipoDocumento": "37",
    "numDocumento": "US-98-7654321",
    "nombre": "FOREIGN BUYER INC.",
    "descActividad": "Importer",
    "codPais": "US",
    "nombrePais": "Estados Unidos",
    "complemento": "100 Example Ave, Miami FL",
    "telefono": None,
    "correo": "buyer@example.com",
}


def _whole(type_code: str, rows: list[dict[str, Any]], summary: dict[str, Any], **blocks: Any) -> str:
    head = {"tipoDte": type_code, "codigoGeneracion": SOLD, "fecEmi": "2026-11-20"}
    numbered = [{"numItem": number, **row} for number, row in enumerate(rows, 1)]
    body = {"identificacion": head, "emisor": _ISSUER, **blocks, "cuerpoDocumento": numbered, "resumen": summary}
    return writer.dumps(body)


def _row(description: str, quantity: str, price: str, discount: str = "0", kind: int = 1) -> dict[str, Any]:
    return {
        "tipoItem": kind,
        "cantidad": Decimal(quantity),
        "codigo": None,
        "uniMedida": 59,
        "descripcion": description,
        "precioUni": Decimal(price),
        "montoDescu": Decimal(discount),
    }


def purchase(*rows: tuple[str, str, int], discount: str = "0", income_tax: str = "0") -> str:
    """What was bought from an excluded subject: units, price and kind (CAT-011) of each line."""
    lines = [
        _row(f"Compra {place}", units, price, kind=kind) | {"compra": Decimal(units) * Decimal(price)}
        for place, (units, price, kind) in enumerate(rows, 1)
    ]
    total = sum((row["compra"] for row in lines), Decimal(0))
    summary = {"totalCompra": total, "descu": Decimal(discount), "reteRenta": Decimal(income_tax)}
    return _whole("14", lines, summary, receptor=_SELLER)


def export_sale(*rows: tuple[str, str, str], freight: str = "0", insurance: str = "0", post: str = "01") -> str:
    """Goods sold abroad: units, price and discount of each line."""
    lines = [
        _row(f"Artesanía {place}", units, price, discount)
        | {"ventaGravada": Decimal(units) * Decimal(price) - Decimal(discount), "tributos": ["C3"], "noGravado": 0}
        for place, (units, price, discount) in enumerate(rows, 1)
    ]
    summary = {
        "totalGravada": sum((row["ventaGravada"] for row in lines), Decimal(0)),
        "descuGravada": Decimal(0),
        "seguro": Decimal(insurance),
        "flete": Decimal(freight),
        "tributos": [{"codigo": "C3", "descripcion": "IVA 0%", "valor": 0}],
    }
    exporter = {"recintoFiscal": post, "tipoRegimen": "EX-1", "regimen": "1000.000", "tipoItemExpor": 1}
    blocks = {"receptor": _BUYER, "ventaTercero": None, "compraTercero": None}
    return _whole("11", lines, summary, **{**blocks, "emisor": _ISSUER | exporter})


def withholding(*rows: tuple[str, str]) -> str:
    """A document of withholding to the usual taxpayer: the code and the amount of each line."""
    lines: list[dict[str, Any]] = [
        {
            "tipoDte": "03",
            "tipoGeneracion": 2,
            "numeroDocumento": f"79CF13C4-470E-4D98-9A1A-{place:012d}",
            "fechaEmision": "2026-11-20",
            "codigoRetencionMH": code,
            "ivaRetenido": Decimal(amount),
            "descripcion": None,
        }
        for place, (code, amount) in enumerate(rows, 1)
    ]
    total = sum((row["ivaRetenido"] for row in lines), Decimal(0))
    assert TAXPAYER.address is not None
    receiver = {
        "tipoDocumento": "36",
        "numDocumento": TAXPAYER.tax_id,
        "nrc": TAXPAYER.registration,
        "nombre": TAXPAYER.name,
        "codActividad": TAXPAYER.activity,
        "nombreComercial": None,
        "direccion": {
            "departamento": "05",
            "municipio": "28",
            "distrito": "11",
            "complemento": "4a Avenida Norte 45",
        },
        "telefono": None,
        "correo": None,
    }
    return _whole("07", lines, {"totalIvaRetenido": total}, receptor=receiver)


CR_ONE = withholding(("22", "10.00"), ("22", "6.98"))
CR_THIRTEEN = withholding(("C4", "13.00"))

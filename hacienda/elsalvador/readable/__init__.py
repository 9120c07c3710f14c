"""A sealed document or event as a Salvadoran reads it: "versión legible" (Normativa v2.0).

Everything comes out of the payload; codes are put into words by the catalogues. Labels are in Spanish because
the document is, and follow the order of Hacienda's own examples.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields as members
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hacienda.elsalvador import catalogs, kinds
from hacienda.elsalvador.earlier.conversion import as_newest
from hacienda.elsalvador.readable import adjustments, events, purchases, sales, settlements
from hacienda.elsalvador.readable.wording import Block, named
from hacienda.elsalvador.rules import ZONE
from hacienda.readable import Content, Readable

DOCUMENT: Final = "DOCUMENTO TRIBUTARIO ELECTRÓNICO"
EVENT: Final = "EVENTO DE DOCUMENTOS TRIBUTARIOS ELECTRÓNICOS"

_TEST: Final = "00"
_CONTINGENCY: Final = 2

Reader = Callable[[Block], Content]

# The official name of each type, and what reads it.
_TYPES: Final[Mapping[str, tuple[str, Reader]]] = MappingProxyType(
    {
        kinds.INVOICE: ("FACTURA", sales.sale),
        kinds.TAX_CREDIT: ("COMPROBANTE DE CRÉDITO FISCAL", sales.sale),
        kinds.DELIVERY_NOTE: ("NOTA DE REMISIÓN", sales.delivery),
        kinds.CREDIT_NOTE: ("NOTA DE CRÉDITO", adjustments.credit),
        kinds.DEBIT_NOTE: ("NOTA DE DÉBITO", adjustments.debit),
        kinds.WITHHOLDING: ("COMPROBANTE DE RETENCIÓN", settlements.withholding),
        kinds.SETTLEMENT: ("COMPROBANTE DE LIQUIDACIÓN", settlements.settlement),
        kinds.ACCOUNTING_SETTLEMENT: ("DOCUMENTO CONTABLE DE LIQUIDACIÓN", settlements.accounting),
        kinds.EXPORT_INVOICE: ("FACTURA DE EXPORTACIÓN", sales.export),
        kinds.EXCLUDED_SUBJECT: ("FACTURA DE SUJETO EXCLUIDO", purchases.purchase),
        kinds.DONATION: ("COMPROBANTE DE DONACIÓN", purchases.donation),
        kinds.SPECIAL_OPERATIONS: ("EVENTO DE OPERACIONES ESPECIALES", events.special_operations),
        kinds.RETURN: ("EVENTO DE RETORNO", events.returned),
    }
)


def read(payload: str) -> Readable:
    """The document or event in `payload` as it is printed; amounts in dollars, times in El Salvador.

    A preview reads too, with empty number and code. Raises `ValueError` for what is of no type of Normativa 2.0.
    """
    document: Block = as_newest(json.loads(payload, parse_float=Decimal, parse_int=Decimal))
    identification = document.get("identificacion") or {}
    event: str = identification.get("tipoEvento", "")
    code: str = event or identification.get("tipoDte", "")
    if code not in _TYPES:
        raise ValueError(f"no readable version of type {code!r}")
    name, reader = _TYPES[code]
    content = reader(document)
    return Readable(
        title=EVENT if event else DOCUMENT,
        type_code=code,
        type_name=name,
        version=int(identification["version"]),
        is_test=identification["ambiente"] == _TEST,
        generation_code=identification["codigoGeneracion"] or "",
        control_number=None if event else identification["numeroControl"] or "",
        model=named(catalogs.MODELS, identification["tipoModelo"]),
        transmission=named(catalogs.TRANSMISSIONS, identification["tipoOperacion"]),
        is_contingency=identification["tipoOperacion"] == _CONTINGENCY,
        issued_at=_moment(identification),
        currency=identification["tipoMoneda"],
        **{member.name: getattr(content, member.name) for member in members(Content)},
    )


def _moment(identification: Block) -> datetime:
    text = f"{identification['fecEmi']}T{identification['horEmi']}"
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)

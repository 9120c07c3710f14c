"""XML as it is signed: one line, elements in the order of their table, amounts in plain digits.

Nobody may change a byte of it afterwards, so it is written once and without any indentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from hacienda.costarica import codes
from hacienda.costarica.structure import CODE, TEXT, TREES, Element

DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>'
NAMESPACE: Final = "https://cdn.comprobanteselectronicos.go.cr/xml-schemas/v4.4/"

# Root element of each type; its namespace ends in the same name with a small initial.
ROOTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        codes.INVOICE: "FacturaElectronica",
        codes.DEBIT_NOTE: "NotaDebitoElectronica",
        codes.CREDIT_NOTE: "NotaCreditoElectronica",
        codes.TICKET: "TiqueteElectronico",
        codes.PURCHASE_INVOICE: "FacturaElectronicaCompra",
        codes.EXPORT_INVOICE: "FacturaElectronicaExportacion",
        codes.PAYMENT_RECEIPT: "ReciboElectronicoPago",
    }
)


def namespace(type_code: str) -> str:
    """The namespace of a type's elements."""
    root = ROOTS[type_code]
    return f"{NAMESPACE}{root[0].lower()}{root[1:]}"


def dumps(type_code: str, body: Mapping[str, Any]) -> str:
    """A document as text. What its type does not have is not written: `structure.problems` tells of it."""
    parts: list[str] = []
    _write(TREES[type_code], body, parts)
    root = ROOTS[type_code]
    return f'{DECLARATION}\n<{root} xmlns="{namespace(type_code)}">{"".join(parts)}</{root}>'


def escaped(text: str) -> str:
    """A text as it stands between two tags."""
    if "&" in text or "<" in text or ">" in text:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text


def _write(element: Element, block: Mapping[str, Any], parts: list[str]) -> None:
    for child in element.children:
        value = block.get(child.name)
        if value is None:
            continue
        name = child.name
        for one in value if type(value) is list else (value,):
            if type(one) is str:
                parts.append(f"<{name}>{escaped(one)}</{name}>")
            elif type(one) is Decimal:
                parts.append(f"<{name}>{one:f}</{name}>")
            elif TEXT in one:
                code = one.get(CODE)
                attribute = "" if code is None else f' codigo="{escaped(code).replace(chr(34), "&quot;")}"'
                parts.append(f"<{name}{attribute}>{escaped(one[TEXT])}</{name}>")
            else:
                parts.append(f"<{name}>")
                _write(child, one, parts)
                parts.append(f"</{name}>")

"""What a document of ours says that another one refers to, and what earlier notes and receipts left of it. Pure.

A note does not say which line of the original one of its lines takes from; the form has no place for it. It is told
by what both print: CABYS code, unit, price and rate, the same text before another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from lxml import etree

from hacienda.costarica import codes
from hacienda.costarica.original_lines import item_of, number, text
from hacienda.costarica.writer import ROOTS
from hacienda.drafts import Address, Item, Original, OtherCharge, Party, Payment, PaymentMethod
from hacienda.money import ZERO

_TYPES: Final = {root: type_code for type_code, root in ROOTS.items()}


@dataclass(frozen=True, slots=True)
class LeftLine:
    """A line of the original: as it was, and how many of its units and how much of its discount nothing has taken."""

    number: int
    item: Item
    quantity: Decimal
    discount: Decimal
    net: Decimal  # of the whole line, without tax
    tax: Decimal  # of the whole line, less what is exempted or assumed

    @property
    def whole(self) -> Decimal:
        return self.item.quantity or ZERO


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it was issued. `left` is what notes have left of its total, `unpaid` what receipts have."""

    type_code: str
    clave: str
    issued_at: datetime
    customer: Party | None
    payment: Payment
    currency: str
    exchange_rate: Decimal
    lines: tuple[LeftLine, ...]
    charges: tuple[OtherCharge, ...]
    total: Decimal
    left: Decimal
    unpaid: Decimal
    notes: int  # how many have taken from it

    def line(self, number: int) -> LeftLine | None:
        """The line of that number, from 1; the numbers follow each other without gaps."""
        return self.lines[number - 1] if 1 <= number <= len(self.lines) else None


def parsed(payload: str) -> Any:
    """The root element of a document of ours. Raises `ValueError` for what is none."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(payload.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise ValueError("the text is no document") from error
    for element in root.iter("{*}*"):
        element.tag = etree.QName(element).localname
    if root.tag not in _TYPES:
        raise ValueError(f"{root.tag} is not a document")
    return root


def read(original: Original) -> Document:
    """A document of the issuer's own, as it stands."""
    root = parsed(original.payload)
    type_code = _TYPES[root.tag]
    others = [parsed(payload) for payload in {**original.settlements, **original.adjustments}.values()]
    total = left = paid = number(root, "ResumenFactura/TotalComprobante")
    lines = _lines(root)
    notes = 0
    for other in others:
        amount = number(other, "ResumenFactura/TotalComprobante")
        kind = _TYPES[other.tag]
        if kind == codes.CREDIT_NOTE or (kind == codes.DEBIT_NOTE and type_code == codes.CREDIT_NOTE):
            left, paid, notes = left - amount, paid - amount, notes + 1
            lines = _after(lines, [item_of(row) for row in other.iterfind("DetalleServicio/LineaDetalle")])
        elif kind == codes.DEBIT_NOTE:
            left, paid = left + amount, paid + amount
        elif kind == codes.PAYMENT_RECEIPT:
            paid -= amount
    return Document(
        type_code=type_code,
        clave=text(root, "Clave") or "",
        issued_at=datetime.fromisoformat(text(root, "FechaEmision") or ""),
        customer=_customer(root, type_code),
        payment=_payment(root),
        currency=text(root, "ResumenFactura/CodigoTipoMoneda/CodigoMoneda") or "",
        exchange_rate=number(root, "ResumenFactura/CodigoTipoMoneda/TipoCambio"),
        lines=tuple(lines),
        charges=tuple(_charge(row) for row in root.iterfind("OtrosCargos")),
        total=total,
        left=left,
        unpaid=paid,
        notes=notes,
    )


def _lines(root: Any) -> list[LeftLine]:
    found = []
    for row in root.iterfind("DetalleServicio/LineaDetalle"):
        item = item_of(row)
        discount = sum((one.amount for one in item.discounts), ZERO)
        net, total = number(row, "SubTotal"), number(row, "MontoTotalLinea")
        place = int(text(row, "NumeroLinea") or 0)
        found.append(LeftLine(place, item, item.quantity or ZERO, discount, net, total - net))
    return found


def _after(lines: list[LeftLine], taken: Sequence[Item]) -> list[LeftLine]:
    """What is left of the lines after those of a note."""
    left = list(lines)
    places: dict[tuple[object, ...], list[int]] = {}
    for place, line in enumerate(left):
        places.setdefault(_likeness(line.item), []).append(place)
    for item in taken:
        quantity = item.quantity or ZERO
        fitting = [place for place in places.get(_likeness(item), ()) if quantity <= left[place].quantity]
        same = [place for place in fitting if left[place].item.description == item.description]
        for place in (same or fitting)[:1]:
            line = left[place]
            discount = sum((one.amount for one in item.discounts), ZERO)
            left[place] = replace(
                line, quantity=line.quantity - quantity, discount=max(line.discount - discount, ZERO)
            )
    return left


def _likeness(item: Item) -> tuple[object, ...]:
    """What a line of a note has in common with the line that it takes from."""
    return item.cabys, item.measure, item.price, item.tax_rate


def _customer(root: Any, type_code: str) -> Party | None:
    block = root.find("Emisor" if type_code == codes.PURCHASE_INVOICE else "Receptor")
    if block is None:
        return None
    role = "Emisor" if type_code == codes.PURCHASE_INVOICE else "Receptor"
    place, abroad = block.find("Ubicacion"), text(block, "OtrasSenasExtranjero")
    address = None if abroad is None else Address(line=abroad)
    if place is not None:
        parts = (text(place, name) or "" for name in ("Provincia", "Canton", "Distrito", "OtrasSenas"))
        address = Address(*parts)
    return Party(
        name=text(block, "Nombre"),
        tax_id=text(block, "Identificacion/Numero"),
        id_type=text(block, "Identificacion/Tipo"),
        activity=text(root, f"CodigoActividad{role}"),
        trade_name=text(block, "NombreComercial"),
        address=address,
        phone=_phone(block),
        email=",".join(row.text or "" for row in block.iterfind("CorreoElectronico")) or None,
    )


def _phone(block: Any) -> str | None:
    digits = text(block, "Telefono/NumTelefono")
    return None if digits is None else f"+{text(block, 'Telefono/CodigoPais')}{digits}"


def _payment(root: Any) -> Payment:
    days = text(root, "PlazoCredito")
    rows = root.findall("ResumenFactura/MedioPago")
    first = [PaymentMethod(text(row, "TipoMedioPago"), reference=text(row, "MedioPagoOtros")) for row in rows[:1]]
    return Payment(
        methods=tuple(first),
        code=text(root, "CondicionVenta"),
        days=None if days is None else int(days),
        description=text(root, "CondicionVentaOtros"),
    )


def _charge(row: Any) -> OtherCharge:
    name, percentage = text(row, "NombreTercero"), text(row, "PorcentajeOC")
    third = Party(name, text(row, "IdentificacionTercero/Numero"), text(row, "IdentificacionTercero/Tipo"))
    return OtherCharge(
        type=text(row, "TipoDocumentoOC") or "",
        description=text(row, "Detalle") or "",
        amount=number(row, "MontoCargo"),
        percentage=None if percentage is None else Decimal(percentage),
        type_description=text(row, "TipoDocumentoOTROS"),
        third_party=None if third == Party() else third,
    )

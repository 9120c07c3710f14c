"""What a document refers to: which references a kind needs, and what is left of the document that a note is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from . import kinds, memory
from .answers import Finding
from .arithmetic import UNIT, amount
from .clave import read_clave
from .kinds import Kind
from .memory import Document, Memory
from .reading import parse
from .rules import FINANCIAL
from .signature import same_identity
from .structure import Record, kind_of, read
from .totals import lines_of
from .values import moment

MISSING, UNKNOWN, EXCEEDED, DIFFERENT, NOT_FOR_RECEIPT = -509, -451, -454, -488, -131
# Types of referred documents whose number is a key.
WITH_KEY = ("01", "02", "03", "04", "09", "11", "12", "15")
REJECTED_DOCUMENT, AFTER_MONTH, FOREIGN_SUPPLIER, RETURNED_GOODS = "10", "13", "16", "09"
REPLACES_REJECTED, LATER_EXONERATION, PAYS = "16", "12", "17"
VOIDS = ("01", "13")
# What a payment receipt may pay: services to the State, and sales on the tax's credit of ninety days.
PAYABLE_LATER = ("08", "10")
OLDEST_YEARS = 10


@dataclass(frozen=True, slots=True)
class Referred:
    """A document that another one refers to, read again."""

    document: Document
    kind: Kind
    record: Record

    @property
    def total(self) -> Decimal:
        """Return its total."""
        return amount(self.record["ResumenFactura"], "TotalComprobante")


def read_again(document: Document) -> Referred | None:
    """Return an accepted document with its content, or None when it has none of the kinds."""
    root = parse(document.payload)
    kind = None if root is None else kind_of(root)
    return None if root is None or kind is None else Referred(document, kind, read(root, kind))


def keys_of(record: Record) -> list[str]:
    """Return the keys of the documents that a document refers to."""
    return [one["Numero"] for one in record.get("InformacionReferencia", []) if read_clave(one.get("Numero", ""))]


class References:
    """Checks references against what was accepted before."""

    def __init__(self, kept: Memory) -> None:
        self._memory = kept

    def faults(self, record: Record, kind: Kind, document: Document) -> list[Finding]:
        """Return what is wrong with a document's references; those that are not well formed come first."""
        arrived_at = datetime.fromisoformat(document.arrived_at)
        listed = record.get("InformacionReferencia", [])
        found = [finding for one in listed for finding in _shape(one, kind, arrived_at)]
        return found or [finding for one in listed for finding in self._known(one, record, kind, document)]

    def _known(self, reference: Record, record: Record, kind: Kind, document: Document) -> Iterator[Finding]:
        number = reference.get("Numero", "")
        if reference["TipoDocIR"] == REJECTED_DOCUMENT and reference.get("Codigo") == REPLACES_REJECTED:
            rejected = self._memory.document(document.ambiente, number)
            if rejected is None or rejected.state != memory.REJECTED:
                yield Finding(UNKNOWN, f"El comprobante rechazado {number} no existe.")
            return
        if not (kind in kinds.NOTES or kind == kinds.PAYMENT_RECEIPT) and reference["TipoDocIR"] not in WITH_KEY:
            return
        if read_clave(number) is None:
            return
        kept = self._memory.document(document.ambiente, number)
        referred = read_again(kept) if kept is not None and kept.state == memory.ACCEPTED else None
        if referred is None:
            yield Finding(UNKNOWN, f"El comprobante de referencia {number} no existe.")
        elif kind in kinds.NOTES:
            yield from self._note(reference, record, kind, referred)
        elif kind == kinds.PAYMENT_RECEIPT:
            yield from self._receipt(record, referred)

    def _note(self, reference: Record, record: Record, kind: Kind, referred: Referred) -> Iterator[Finding]:
        yield from _same(record, referred)
        if reference.get("Codigo") not in FINANCIAL:
            yield from _of_the_same_lines(record, referred)
        total = amount(record["ResumenFactura"], "TotalComprobante")
        # A debit note adds to what it refers to, unless that is a credit note, of which it takes away.
        takes_away = kind == kinds.CREDIT_NOTE or referred.kind == kinds.CREDIT_NOTE
        left = self.left_of(referred)
        if takes_away and total > left:
            yield Finding(EXCEEDED, f"El monto de la nota es {total} y excede el saldo del comprobante, {left}.")
        elif takes_away and reference.get("Codigo") in VOIDS and total != left:
            yield Finding(EXCEEDED, f"La nota que anula debe ser por el saldo del comprobante, {left}.")

    def left_of(self, referred: Referred) -> Decimal:
        """Return what is left of a document: less credit notes, more debit notes; the other way for a credit note."""
        left = referred.total
        for child in self._children(referred, kinds.NOTES):
            effect = self.left_of(child)
            adds = child.kind == kinds.DEBIT_NOTE and referred.kind != kinds.CREDIT_NOTE
            left += effect if adds else -effect
        return left

    def _children(self, referred: Referred, of: tuple[Kind, ...]) -> list[Referred]:
        kept = self._memory.children(referred.document.ambiente, referred.document.code)
        read_ones = (read_again(child) for child in kept)
        return [child for child in read_ones if child is not None and child.kind in of]

    def _receipt(self, record: Record, referred: Referred) -> Iterator[Finding]:
        yield from _same(record, referred)
        if referred.record["CondicionVenta"] not in PAYABLE_LATER:
            yield Finding(NOT_FOR_RECEIPT, "El comprobante de referencia no es de los que se pagan con recibo.")
        earlier = self._children(referred, (kinds.PAYMENT_RECEIPT,))
        paid, owed = sum((_paid(one.record) for one in earlier), _paid(record)), self.left_of(referred)
        # The tax of a part is rounded by itself, so that parts may come to a little more than the whole.
        rounded = sum(len(lines_of(one.record)) for one in (*earlier, referred)) + len(lines_of(record))
        if paid > owed + UNIT * rounded:
            yield Finding(EXCEEDED, f"Los pagos suman {paid} y exceden el comprobante, {owed}.")


def _paid(record: Record) -> Decimal:
    """Return what a payment receipt pays, with the tax: its total can be read as without."""
    return amount(record["ResumenFactura"], "TotalVentaNeta") + amount(record["ResumenFactura"], "TotalImpuesto")


def _shape(reference: Record, kind: Kind, arrived_at: datetime) -> Iterator[Finding]:
    of, code = reference["TipoDocIR"], reference.get("Codigo")
    dated = moment(reference["FechaEmisionIR"])
    if dated is not None and dated.tzinfo is None:
        dated = dated.replace(tzinfo=arrived_at.tzinfo)
    if dated is None or dated > arrived_at:
        yield Finding(MISSING, "La fecha del documento de referencia es posterior a la de recepción.")
    elif arrived_at.year - dated.year > OLDEST_YEARS:
        yield Finding(MISSING, "El documento de referencia tiene más de diez años.")
    if of in (*WITH_KEY, REJECTED_DOCUMENT) and read_clave(reference.get("Numero", "")) is None:
        yield Finding(MISSING, "El número del documento de referencia debe ser una clave.")
    if of != AFTER_MONTH and (code is None or len(reference.get("Razon", "").strip()) < 3):
        yield Finding(MISSING, "Faltan el código y la razón de la referencia.")
    if of == FOREIGN_SUPPLIER and kind != kinds.PURCHASE:
        yield Finding(MISSING, "El tipo de documento de referencia es solo de facturas de compra.")
    if of == RETURNED_GOODS and kind not in kinds.NOTES:
        yield Finding(MISSING, "El tipo de documento de referencia es solo de notas.")
    if code == LATER_EXONERATION and kind != kinds.CREDIT_NOTE:
        yield Finding(MISSING, "El código de referencia es solo de notas de crédito.")


def _same(record: Record, referred: Referred) -> Iterator[Finding]:
    """Yield in what a note or a payment differs from the document: receptor, issuer, currency.

    A purchase names its issuer, the buyer, as the receptor; the notes on it name him as their issuer.
    """
    sides = ("Emisor", "Receptor")
    for who, other in zip(sides, reversed(sides) if referred.kind == kinds.PURCHASE else sides, strict=True):
        here, there = _number_of(record, who), _number_of(referred.record, other)
        if here != there and not same_identity(here, there):
            yield Finding(DIFFERENT, f"El {who.lower()} no es el del comprobante de referencia.")
    here, there = (one["ResumenFactura"]["CodigoTipoMoneda"]["CodigoMoneda"] for one in (record, referred.record))
    if here != there:
        yield Finding(DIFFERENT, "La moneda no es la del comprobante de referencia.")


def _number_of(record: Record, who: str) -> str:
    return str(record.get(who, {}).get("Identificacion", {}).get("Numero", ""))


def _of_the_same_lines(record: Record, referred: Referred) -> Iterator[Finding]:
    """Yield the lines of a note whose CABYS code and rates are of no line of the document."""
    sold = {_goods(line) for line in lines_of(referred.record)}
    for line in lines_of(record):
        if "CodigoCABYS" in line and _goods(line) not in sold:
            yield Finding(
                DIFFERENT,
                f"El código CABYS o la tarifa de la línea {line['NumeroLinea'].strip()} no son del comprobante de "
                "referencia.",
            )


def _goods(line: Record) -> tuple[str, frozenset[tuple[str, str]]]:
    rates = frozenset((tax["Codigo"], tax.get("CodigoTarifaIVA", "")) for tax in line.get("Impuesto", []))
    return line.get("CodigoCABYS", ""), rates

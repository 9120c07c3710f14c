"""The receptor's message about a document: accepted, accepted in part, rejected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from . import kinds, memory
from .answers import Finding
from .arithmetic import amount
from .calendar import last_day_to_confirm
from .clave import Clave, kind_code
from .dates import AHEAD
from .memory import Document, Memory
from .references import read_again
from .rules import issuer_of
from .signature import same_identity
from .structure import Record
from .values import COSTA_RICA, moment

FORMAT, UNKNOWN, DIFFERENT, LATE = -471, -451, -488, -16
# The series of a message's numbers by what it says.
SERIES = {"1": "05", "2": "06", "3": "07"}
REJECTS, PROPORTIONAL = "3", "05"
SHORTEST_TEXT = 5


def message_format_faults(record: Record, document: Document) -> Iterator[Finding]:
    """Yield what is wrong with a message by itself."""
    said = record["Mensaje"].strip()
    number = record["NumeroConsecutivoReceptor"]
    if number != document.number or kind_code(number) != SERIES[said]:
        yield Finding(FORMAT, "El número consecutivo del receptor no es el de su mensaje.")
    if not same_identity(record["NumeroCedulaReceptor"], document.sender):
        yield Finding(FORMAT, "La identificación del receptor no coincide.")
    if said != "1" and len(record.get("DetalleMensaje", "").strip()) < SHORTEST_TEXT:
        yield Finding(FORMAT, "Falta el detalle del mensaje.")
    condition = record.get("CondicionImpuesto")
    if condition == PROPORTIONAL and "CodigoActividad" in record:
        yield Finding(FORMAT, "La actividad no se indica con la condición 05.")
    dated, arrived_at = moment(record["FechaEmisionDoc"]), datetime.fromisoformat(document.arrived_at)
    if dated is None or dated.tzinfo is None or dated > arrived_at + AHEAD:
        yield Finding(FORMAT, "La fecha del mensaje no es válida.")
    if amount(record, "MontoTotalImpuestoAcreditar") > amount(record, "MontoTotalImpuesto"):
        yield Finding(FORMAT, "El impuesto por acreditar excede el impuesto del comprobante.")


def message_document_faults(record: Record, clave: Clave, document: Document, kept: Memory) -> Iterator[Finding]:
    """Yield what is wrong with a message by the document that it is about."""
    about = kept.document(document.ambiente, clave.text)
    referred = read_again(about) if about is not None and about.state == memory.ACCEPTED else None
    if referred is None:
        yield Finding(UNKNOWN, "El comprobante que se confirma no existe.")
        return
    confirmed = referred.record
    if referred.kind in (kinds.PURCHASE, kinds.TICKET):
        yield Finding(UNKNOWN, "El comprobante no es de los que se confirman.")
    if not same_identity(_number(issuer_of(confirmed, referred.kind)), record["NumeroCedulaEmisor"]):
        yield Finding(DIFFERENT, "El emisor no es el del comprobante.")
    if not same_identity(_number(confirmed.get("Receptor", {})), record["NumeroCedulaReceptor"]):
        yield Finding(DIFFERENT, "El receptor no es el del comprobante.")
    summary = confirmed["ResumenFactura"]
    if amount(record, "TotalFactura") != amount(summary, "TotalComprobante"):
        yield Finding(DIFFERENT, "El total no es el del comprobante.")
    tax: Decimal = amount(summary, "TotalImpuesto")
    if amount(record, "MontoTotalImpuesto") != tax:
        yield Finding(DIFFERENT, "El impuesto no es el del comprobante.")
    arrived_on = datetime.fromisoformat(document.arrived_at).astimezone(COSTA_RICA).date()
    if arrived_on > last_day_to_confirm(clave.issued_on):
        yield Finding(LATE, "El plazo para confirmar el comprobante venció.")


def _number(party: Record) -> str:
    return str(party.get("Identificacion", {}).get("Numero", ""))

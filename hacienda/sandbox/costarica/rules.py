"""What the structure cannot say: which values go together, who may be named, which codes are for which kinds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

from . import kinds
from .answers import Finding
from .arithmetic import VALUE_ADDED, amount
from .clave import Clave
from .codes import RATES
from .kinds import Kind
from .signature import same_identity
from .structure import Record
from .totals import lines_of

FORMAT, IDENTITY, CREDIT, CODE_TEXT, PAYMENT, CABYS, TRANSITORY, RATE, REFERENCE, EXONERATION = (
    -471,
    -38,
    -58,
    -459,
    -473,
    -400,
    -505,
    -508,
    -509,
    -190,
)
NATURAL, LEGAL, RESIDENT, SPECIAL, FOREIGN, NOT_REGISTERED = "01", "02", "03", "04", "05", "06"
NUMBERS = {
    NATURAL: re.compile(r"[1-9][0-9]{8}"),
    LEGAL: re.compile(r"[0-9]{10}|[0-9]{4}[A-Za-z0-9]{6}"),
    RESIDENT: re.compile(r"[1-9][0-9]{10,11}"),
    SPECIAL: re.compile(r"[0-9]{10}"),
    FOREIGN: re.compile(r"[A-Za-z0-9-]{1,20}"),
    NOT_REGISTERED: re.compile(r"[A-Za-z0-9]{1,20}"),
}
MAIL = re.compile(r"[^\s@<>]+@[^\s@<>.]+(\.[^\s@<>.]+)+")
ACTIVITY = re.compile(r"[0-9]{4}\.[0-9]|[0-9]{6}")
PROVINCES = frozenset("1234567")
CREDIT_CONDITIONS = ("02", "10")
UNPAID_CONDITIONS = ("02", "08", "10")
OTHER = "99"
# Rates of transitory provisions that are over: only a note on an old document may have them.
OVER_RATES = ("05", "06", "07")
OVER_EXONERATIONS = ("01", "05", "06", "07")
# Charges of which a document may consist alone.
CHARGES_ALONE = ("04", "08", "09", "10")
FINANCIAL = ("09", "10")


def issuer_of(record: Record, kind: Kind) -> Record:
    """Return who issues a document: of a purchase it is the buyer, who is named as the receptor."""
    return dict(record["Receptor" if kind == kinds.PURCHASE else "Emisor"])


def rule_faults(record: Record, kind: Kind, clave: Clave) -> list[Finding]:
    """Return what is wrong with the document's format: keys, parties, conditions, payments, texts of other codes."""
    return [finding for check in CHECKS for finding in check(record, kind, clave)]


def catalogue_faults(record: Record, kind: Kind) -> list[Finding]:
    """Return the codes of the lines that do not exist, or that do not go together."""
    return [finding for line in lines_of(record) for finding in _line(line, record, kind)]


def _key(record: Record, kind: Kind, clave: Clave) -> Iterator[Finding]:
    if record["NumeroConsecutivo"] != clave.number:
        yield Finding(FORMAT, "El número consecutivo no coincide con el de la clave.")
    if clave.kind_code != kind.code:
        yield Finding(FORMAT, "El tipo de comprobante no coincide con el de la clave.")
    if not same_identity(issuer_of(record, kind)["Identificacion"]["Numero"], clave.issuer):
        yield Finding(FORMAT, "La identificación del emisor no coincide con la de la clave.")
    if clave.number.startswith("000") or clave.number[3:8] == "00000" or int(clave.number[10:]) == 0:
        yield Finding(FORMAT, "El número consecutivo no es válido.")


def _parties(record: Record, kind: Kind, clave: Clave) -> Iterator[Finding]:
    issuer, receiver = record["Emisor"], record.get("Receptor", {})
    for who, party in (("emisor", issuer), ("receptor", receiver)):
        yield from _party(who, party)
    allowed = {NATURAL, LEGAL, RESIDENT, SPECIAL} | ({FOREIGN, NOT_REGISTERED} if kind == kinds.PURCHASE else set())
    if issuer["Identificacion"]["Tipo"] not in allowed:
        yield Finding(IDENTITY, "El tipo de identificación del emisor no se permite en este comprobante.")
    named = receiver.get("Identificacion", {}).get("Tipo")
    abroad = (kinds.EXPORT, kinds.TICKET, *kinds.NOTES)
    if named == FOREIGN and kind not in abroad and not (kind == kinds.INVOICE and record["CondicionVenta"] == "12"):
        yield Finding(IDENTITY, "El tipo de identificación del receptor no se permite en este comprobante.")
    if named == FOREIGN and kind == kinds.INVOICE and not record.get("InformacionReferencia"):
        yield Finding(REFERENCE, "Falta la información de referencia de la mercancía no nacionalizada.")
    if "OtrasSenasExtranjero" in receiver and named != FOREIGN:
        yield Finding(IDENTITY, "Las otras señas del extranjero son solo de quien no está domiciliado.")
    for name in ("CodigoActividadEmisor", "CodigoActividadReceptor"):
        if name in record and not ACTIVITY.fullmatch(record[name]):
            yield Finding(FORMAT, f"El valor de {name} no es una actividad económica registrada.")


def _party(who: str, party: Record) -> Iterator[Finding]:
    identity = party.get("Identificacion")
    if identity is not None and not NUMBERS[identity["Tipo"]].fullmatch(identity["Numero"]):
        yield Finding(IDENTITY, f"El número de identificación del {who} no tiene el formato de su tipo.")
    mails = party.get("CorreoElectronico", [])
    for mail in [mails] if isinstance(mails, str) else mails:
        if not MAIL.fullmatch(mail):
            yield Finding(FORMAT, f"El correo electrónico del {who} no es válido.")
    if party.get("Ubicacion", {}).get("Provincia", "1") not in PROVINCES:
        yield Finding(FORMAT, f"La provincia del {who} no existe.")


def _conditions(record: Record, kind: Kind, clave: Clave) -> Iterator[Finding]:
    condition = record["CondicionVenta"]
    if condition in CREDIT_CONDITIONS and kind != kinds.PAYMENT_RECEIPT:
        if amount(record, "PlazoCredito") <= 0:
            yield Finding(CREDIT, "El plazo del crédito debe ser mayor que cero.")
    elif "PlazoCredito" in record:
        yield Finding(CREDIT, "El plazo del crédito es solo de las ventas a crédito.")
    if condition == "13" and kind not in (kinds.PURCHASE, *kinds.NOTES):
        yield Finding(FORMAT, "La condición de la venta no se permite en este comprobante.")
    used = kind == kinds.PURCHASE and record["Emisor"]["Identificacion"]["Tipo"] == NOT_REGISTERED
    if used and condition != "13":
        yield Finding(FORMAT, "La compra a un no contribuyente es de bienes usados.")
    currency = record["ResumenFactura"]["CodigoTipoMoneda"]
    rate = amount(currency, "TipoCambio")
    if rate <= 0 or (currency["CodigoMoneda"] == "CRC" and rate != 1):
        yield Finding(FORMAT, "El tipo de cambio no es válido para la moneda.")


def _payments(record: Record, kind: Kind, clave: Clave) -> Iterator[Finding]:
    payments = record["ResumenFactura"].get("MedioPago", [])
    if not payments and record["CondicionVenta"] not in UNPAID_CONDITIONS:
        yield Finding(PAYMENT, "Falta el medio de pago.")
    for payment in payments:
        if "TipoMedioPago" not in payment:
            yield Finding(PAYMENT, "Falta el código del medio de pago.")


def _contents(record: Record, kind: Kind, clave: Clave) -> Iterator[Finding]:
    charges = record.get("OtrosCargos", [])
    for charge in charges:
        third = "IdentificacionTercero" in charge and "NombreTercero" in charge
        if charge["TipoDocumentoOC"] == "04" and not third:
            yield Finding(FORMAT, "Al cobro de un tercero le falta el tercero.")
        if "IdentificacionTercero" in charge:
            yield from _party("tercero", {"Identificacion": charge["IdentificacionTercero"]})
    alone = charges and all(charge["TipoDocumentoOC"] in CHARGES_ALONE for charge in charges)
    if "DetalleServicio" not in record and not alone:
        yield Finding(FORMAT, "Falta el detalle del comprobante.")


# Codes that stand for "other", with the element that must then say what.
OTHERS = (
    ("CondicionVenta", "CondicionVentaOtros"),
    ("TipoMedioPago", "MedioPagoOtros"),
    ("CodigoDescuento", "CodigoDescuentoOTRO"),
    ("CodigoDescuento", "NaturalezaDescuento"),
    ("TipoDocumentoEX1", "TipoDocumentoOTRO"),
    ("NombreInstitucion", "NombreInstitucionOtros"),
    ("TipoDocumentoOC", "TipoDocumentoOTROS"),
    ("TipoDocIR", "TipoDocRefOTRO"),
)


def _others(record: Record, kind: Kind, clave: Clave) -> Iterator[Finding]:
    """Find every code 99 whose text is missing, wherever it is."""
    for part in _parts(record):
        pairs = [*OTHERS]
        if "FechaEmisionIR" in part:
            pairs.append(("Codigo", "CodigoReferenciaOTRO"))
        elif "Monto" in part:
            pairs.append(("Codigo", "CodigoImpuestoOTRO"))
        for code, text in pairs:
            if part.get(code) == OTHER and text not in part:
                yield Finding(CODE_TEXT, f"El código 99 de {code} requiere {text}.")


def _parts(value: object) -> Iterator[Record]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _parts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _parts(inner)


CHECKS: tuple[Callable[[Record, Kind, Clave], Iterator[Finding]], ...] = (
    _key,
    _parties,
    _conditions,
    _payments,
    _contents,
    _others,
)


# Catalogues


def _line(line: Record, record: Record, kind: Kind) -> Iterator[Finding]:
    number = line["NumeroLinea"].strip()
    code = line.get("CodigoCABYS")
    financial = all(one.get("Codigo") in FINANCIAL for one in record.get("InformacionReferencia", []))
    if code is None and kind in kinds.NOTES and not financial:
        yield Finding(CABYS, f"Falta el código CABYS de la línea {number}.")
    # Only that it can be one: the catalogue of twenty thousand codes is not kept here.
    if code is not None and not re.fullmatch(r"(?!0{13})[0-9]{13}", code):
        yield Finding(CABYS, f"El código CABYS de la línea {number} no existe.")
    if kind == kinds.EXPORT and code is not None and code[:1] in "01234" and "PartidaArancelaria" not in line:
        yield Finding(FORMAT, f"Falta la partida arancelaria de la línea {number}.")
    for tax in line.get("Impuesto", []):
        yield from _rate(tax, number, kind)
        exoneration = tax.get("Exoneracion", {})
        if exoneration.get("TipoDocumentoEX1") in OVER_EXONERATIONS and kind not in kinds.NOTES:
            yield Finding(EXONERATION, f"El tipo de exoneración de la línea {number} ya no está vigente.")
        if exoneration.get("TipoDocumentoEX1") == "11" and not record.get("InformacionReferencia"):
            yield Finding(REFERENCE, f"La exoneración de la línea {number} requiere información de referencia.")


def _rate(tax: Record, number: str, kind: Kind) -> Iterator[Finding]:
    rate = tax.get("CodigoTarifaIVA")
    if tax["Codigo"] not in (VALUE_ADDED, "07"):
        if rate is not None:
            yield Finding(RATE, f"El impuesto {tax['Codigo']} de la línea {number} no lleva código de tarifa.")
        return
    if rate is None or "Tarifa" not in tax:
        yield Finding(RATE, f"Falta la tarifa del impuesto de la línea {number}.")
    elif amount(tax, "Tarifa") != Decimal(RATES[rate]):
        yield Finding(RATE, f"La tarifa de la línea {number} no es la del código {rate}.")
    if rate in OVER_RATES and kind not in kinds.NOTES:
        yield Finding(TRANSITORY, f"La tarifa transitoria de la línea {number} ya no está vigente.")

"""The summary of a document: goods and services, what is taxed of them and what is not, and what is to be paid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from . import kinds
from .answers import Finding
from .arithmetic import EXEMPT, NOT_SUBJECT, TAX, ZERO, Line, amount, money, read_line
from .kinds import Kind
from .structure import Record

SERVICES, GOODS, TOTAL, PAID, CHARGES, RETURNED = -111, -110, -312, -300, -125, -488
# What is taxed, exempt, exonerated and not subject: of services, of goods, of both.
NAMES = (
    ("TotalServGravados", "TotalMercanciasGravadas", "TotalGravado"),
    ("TotalServExentos", "TotalMercanciasExentas", "TotalExento"),
    ("TotalServExonerado", "TotalMercExonerada", "TotalExonerado"),
    ("TotalServNoSujeto", "TotalMercNoSujeta", "TotalNoSujeto"),
)
TAXED, IS_EXEMPT, EXONERATED, IS_NOT_SUBJECT = range(4)
CARD = "02"
# Where the first two digits of a CABYS code are these, it is of human health.
HEALTH = "93"


def sum_faults(record: Record, kind: Kind) -> list[Finding]:
    """Return every amount that is wrong: those of the lines, or, where they are right, those of the summary."""
    lines = [read_line(line, kind) for line in lines_of(record)]
    found = [finding for line in lines for finding in line.findings]
    for position, line in enumerate(lines, 1):
        if int(line.record["NumeroLinea"]) != position:
            found.append(Finding(TOTAL, f"El número de la línea {position} no es consecutivo."))
    return found or list(_summary_faults(record, kind, lines))


def lines_of(record: Record) -> list[Record]:
    """Return a document's lines; some documents have none."""
    return list(record.get("DetalleServicio", {}).get("LineaDetalle", []))


def _summary_faults(record: Record, kind: Kind, lines: Sequence[Line]) -> Iterator[Finding]:
    """Yield every total that is not what the lines come to."""
    summary: Record = record["ResumenFactura"]
    sale = sum((line.total for line in lines), ZERO)
    if kind != kinds.PAYMENT_RECEIPT:
        yield from _parts(summary, kind, lines)
    discounts = sum((line.discounts for line in lines), ZERO)
    yield from _equal(summary, TOTAL, "TotalVenta", sale)
    yield from _equal(summary, TOTAL, "TotalDescuentos", discounts)
    yield from _equal(summary, TOTAL, "TotalVentaNeta", sale - discounts)
    yield from _taxes(summary, lines)
    charges = sum((amount(charge, "MontoCargo") for charge in record.get("OtrosCargos", [])), ZERO)
    yield from _equal(summary, CHARGES, "TotalOtrosCargos", charges)
    if any(amount(charge, "MontoCargo") <= 0 for charge in record.get("OtrosCargos", [])):
        yield Finding(CHARGES, "El monto de cada cargo debe ser mayor que cero.")
    yield from _returned(summary, lines)
    tax = sum((line.net for line in lines), ZERO)
    returned = amount(summary, "TotalIVADevuelto")
    yield from _payable(summary, kind, sale - discounts, tax + charges - returned)
    yield from _payments(record, summary)


def _equal(summary: Record, code: int, name: str, right: Decimal) -> Iterator[Finding]:
    found = amount(summary, name)
    if found != right:
        yield Finding(code, f"El campo {name} del resumen es {found} y debe ser {right}.")


def _shares(line: Line, kind: Kind) -> dict[int, Decimal]:
    """Return how a line's amount is divided among the four kinds of totals."""
    if line.record.get("IVACobradoFabrica") == "02" and not line.is_service:
        return {IS_EXEMPT: line.total}
    if line.rate_code == EXEMPT:
        return {IS_EXEMPT: line.total}
    if line.rate_code in NOT_SUBJECT:
        # The summary of an export has no total for what is not subject.
        return {IS_EXEMPT if kind == kinds.EXPORT else IS_NOT_SUBJECT: line.total}
    if line.exonerated and line.tax_before:
        share = money(line.total * line.exonerated / line.tax_before)
        return {EXONERATED: share, TAXED: line.total - share}
    return {TAXED: line.total}


def _parts(summary: Record, kind: Kind, lines: Sequence[Line]) -> Iterator[Finding]:
    sums = {(position, service): ZERO for position in range(4) for service in (True, False)}
    for line in lines:
        for position, share in _shares(line, kind).items():
            sums[position, line.is_service] += share
    for position, (services, goods, both) in enumerate(NAMES):
        yield from _equal(summary, SERVICES, services, sums[position, True])
        yield from _equal(summary, GOODS, goods, sums[position, False])
        yield from _equal(summary, TOTAL, both, sums[position, True] + sums[position, False])


def _taxes(summary: Record, lines: Sequence[Line]) -> Iterator[Finding]:
    sums: dict[tuple[str, str], Decimal] = {}
    for line in lines:
        for key, net in line.net_taxes.items():
            sums[key] = sums.get(key, ZERO) + net
    said: dict[tuple[str, str], Decimal] = {}
    for part in summary.get("TotalDesgloseImpuesto", []):
        key = part["Codigo"], part.get("CodigoTarifaIVA", "")
        if key in said:
            yield Finding(TAX, f"El desglose del impuesto {key[0]} con tarifa {key[1]} está repetido.")
        said[key] = amount(part, "TotalMontoImpuesto")
    for key in sorted(sums.keys() | said.keys()):
        if said.get(key) != sums.get(key):
            yield Finding(
                TAX,
                f"El desglose del impuesto {key[0]} con tarifa {key[1]} es {said.get(key, 'ninguno')} y debe ser "
                f"{sums.get(key, 'ninguno')}.",
            )
    yield from _equal(summary, TAX, "TotalImpuesto", sum(sums.values(), ZERO))
    yield from _equal(summary, TAX, "TotalImpAsumEmisorFabrica", sum((line.assumed for line in lines), ZERO))


def _returned(summary: Record, lines: Sequence[Line]) -> Iterator[Finding]:
    returned = amount(summary, "TotalIVADevuelto")
    if not returned:
        return
    of_health = sum((line.net for line in lines if line.record.get("CodigoCABYS", "").startswith(HEALTH)), ZERO)
    by_card = any(payment.get("TipoMedioPago") == CARD for payment in summary.get("MedioPago", []))
    if not by_card or returned > of_health:
        yield Finding(RETURNED, "El IVA devuelto es solo el de servicios de salud pagados con tarjeta.")


def _payable(summary: Record, kind: Kind, sale: Decimal, rest: Decimal) -> Iterator[Finding]:
    # The official text can be read so that a payment receipt's total is without the tax.
    if kind == kinds.PAYMENT_RECEIPT and amount(summary, "TotalComprobante") == sale:
        return
    yield from _equal(summary, TOTAL, "TotalComprobante", sale + rest)


def _payments(record: Record, summary: Record) -> Iterator[Finding]:
    payments: Sequence[Record] = summary.get("MedioPago", [])
    said = [payment for payment in payments if "TotalMedioPago" in payment]
    if len(payments) > 1 and (len(said) < len(payments) or any(amount(one, "TotalMedioPago") <= 0 for one in said)):
        yield Finding(PAID, "Con más de un medio de pago, cada uno debe indicar un monto mayor que cero.")
    elif said:
        paid, total = sum((amount(one, "TotalMedioPago") for one in said), ZERO), amount(summary, "TotalComprobante")
        if paid != total:
            yield Finding(PAID, f"La suma de los medios de pago es {paid} y debe ser {total}.")

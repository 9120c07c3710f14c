"""The sums of a document: exact sums of its rounded lines (annex v4.4, section of the summary)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from hacienda.costarica import codes, payments
from hacienda.costarica.case import Block, Case
from hacienda.costarica.facts import CURRENCY, PLACES
from hacienda.costarica.lines import Line
from hacienda.drafts import Taxation
from hacienda.money import ZERO, quantise
from hacienda.values import Totals

_ONE: Final = Decimal(1)
_NOTHING: Final = quantise(ZERO, PLACES)
# Names of the sums of services, of goods, and of both, by class of sale.
_CLASSES: Final = {
    Taxation.TAXED: ("TotalServGravados", "TotalMercanciasGravadas", "TotalGravado"),
    Taxation.EXEMPT: ("TotalServExentos", "TotalMercanciasExentas", "TotalExento"),
    None: ("TotalServExonerado", "TotalMercExonerada", "TotalExonerado"),
    Taxation.NOT_SUBJECT: ("TotalServNoSujeto", "TotalMercNoSujeta", "TotalNoSujeto"),
}
_PLACE: Final = "ResumenFactura"


@dataclass(frozen=True, slots=True)
class Summary:
    """The block of the summary, and its sums as the rest of the product knows them."""

    block: Block
    totals: Totals


def compute(case: Case, lines: Sequence[Line], charges: Decimal) -> Summary:
    """The sums of `lines` and `charges` and how they are paid; what does not add up goes to the case's faults.

    In `Totals` what is exonerated counts as exempt, and other charges as not taxed: they stand outside the tax base.
    """
    sums = _by_class(lines)
    sale = sum((line.gross for line in lines), _NOTHING)
    discount = sum((line.discount for line in lines), _NOTHING)
    tax = sum((line.net_tax for line in lines), _NOTHING)
    before_refund = sale - discount + tax + charges
    settlement = payments.settle(case, before_refund, _refundable(case, lines))
    total = before_refund - settlement.refunded
    block: Block = {
        "CodigoTipoMoneda": currency(case),
        **sums,
        "TotalVenta": sale,
        "TotalDescuentos": discount,
        "TotalVentaNeta": sale - discount,
        "TotalDesgloseImpuesto": _breakdown(lines) or None,
        "TotalImpuesto": tax,
        "TotalImpAsumEmisorFabrica": sum((line.assumed for line in lines), _NOTHING),
        "TotalIVADevuelto": settlement.refunded + _NOTHING,
        "TotalOtrosCargos": charges if charges else None,
        "MedioPago": settlement.rows,
        "TotalComprobante": total,
    }
    assumes = case.has("DetalleServicio/LineaDetalle/ImpuestoAsumidoEmisorFabrica")
    block = {
        name: value
        for name, value in block.items()
        if value is not None and case.has(f"{_PLACE}/{name}") and (assumes or name != "TotalImpAsumEmisorFabrica")
    }
    return Summary(block, _totals(lines, sums, settlement.refunded, charges, total))


def currency(case: Case) -> Block:
    """The currency and what it is worth in colones."""
    draft, faults = case.draft, case.faults
    code = (draft.currency or CURRENCY).strip().upper()
    rate = draft.exchange_rate
    if code == CURRENCY:
        if rate is not None and rate != _ONE:
            faults.add(("exchange_rate",), "exchange_rate_of_colones")
        rate = _ONE
    elif rate is None:
        faults.add(("exchange_rate",), "exchange_rate_required", currency=code)
    elif not rate.is_finite() or rate <= ZERO:
        faults.add(("exchange_rate",), "must_be_positive")
        rate = None
    elif quantise(rate, PLACES) != rate:
        faults.add(("exchange_rate",), "too_many_decimals", places=PLACES)
    return {"CodigoMoneda": code, "TipoCambio": None if rate is None else quantise(rate, PLACES)}


def _by_class(lines: Sequence[Line]) -> Block:
    """By MontoTotal; an exonerated line stands in its part of two classes."""
    services: dict[Taxation | None, Decimal] = dict.fromkeys(_CLASSES, _NOTHING)
    goods = dict(services)
    for line in lines:
        into = services if line.is_service else goods
        into[line.taxation] += line.gross - line.exonerated
        into[None] += line.exonerated
    both = {kind: services[kind] + goods[kind] for kind in _CLASSES}
    block: Block = {}
    for place, sums in enumerate((services, goods, both)):
        block |= {names[place]: sums[kind] for kind, names in _CLASSES.items()}
    return block


def _breakdown(lines: Sequence[Line]) -> list[object]:
    """One row for each tax and rate, in the order of their codes."""
    found: dict[tuple[str, str], Decimal] = {}
    for line in lines:
        for tax in line.taxes:
            key = (tax.code, tax.rate_code or "")
            found[key] = found.get(key, _NOTHING) + tax.net
    return [
        {"Codigo": code, "CodigoTarifaIVA": rate or None, "TotalMontoImpuesto": amount}
        for (code, rate), amount in sorted(found.items())
    ]


def _refundable(case: Case, lines: Sequence[Line]) -> Decimal:
    """The value added tax of health services, which a card gives back (law of the VAT, article 28)."""
    if not case.has(f"{_PLACE}/TotalIVADevuelto"):
        return ZERO
    return sum(
        (
            line.taxes[0].net
            for line in lines
            if line.rate == codes.HEALTH_RATE and (line.cabys or "").startswith(codes.HEALTH_CABYS)
        ),
        ZERO,
    )


def _totals(
    lines: Sequence[Line], sums: Mapping[str, object], refunded: Decimal, charges: Decimal, total: Decimal
) -> Totals:
    vat = sum((tax.net for line in lines for tax in line.taxes if tax.code in codes.VATS), _NOTHING)
    others = sum((tax.net for line in lines for tax in line.taxes if tax.code not in codes.VATS), _NOTHING)
    by_class = {name: value for name, value in sums.items() if isinstance(value, Decimal)}
    return Totals(
        taxed=by_class["TotalGravado"],
        exempt=by_class["TotalExento"] + by_class["TotalExonerado"],
        not_subject=by_class["TotalNoSujeto"],
        not_taxed=charges + _NOTHING,
        discount=sum((line.discount for line in lines), _NOTHING),
        tax=vat - refunded,
        other_taxes=others,
        withheld=_NOTHING,
        perceived=_NOTHING,
        total=total - charges,
        payable=total,
        in_words="",
    )

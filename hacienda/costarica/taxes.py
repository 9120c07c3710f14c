"""Taxes of a line (annex v4.4, notes 8, 8.1, 10.1 and 23): value added tax and exemptions of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from hacienda.costarica import catalogs, codes, fields
from hacienda.costarica.case import Block, Case
from hacienda.costarica.facts import PLACES, RATE_PLACES
from hacienda.drafts import Exemption, Item, Taxation
from hacienda.money import ZERO, quantise
from hacienda.values import Path

_HUNDRED: Final = Decimal(100)
_FACTOR_PLACES: Final = 4
_SHORTEST: Final = 5
_RATE_OF: Final = {
    Taxation.TAXED: codes.GENERAL,
    Taxation.EXEMPT: codes.EXEMPT,
    Taxation.NOT_SUBJECT: codes.NOT_SUBJECT,
}


@dataclass(frozen=True, slots=True)
class Tax:
    """One tax of a line. `exempted` is what an exemption frees, `assumed` what the issuer bears of it."""

    code: str
    rate_code: str | None
    amount: Decimal
    block: Block
    exempted: Decimal = ZERO
    assumed: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        return self.amount - self.exempted - self.assumed


def rate_code(item: Item, index: int, case: Case) -> str | None:
    """The code of a line's rate of value added tax; None, with a fault, where there is none."""
    path = ("items", index, "tax_rate")
    given = fields.text(item.tax_rate)
    if given is None:
        # An export bears no tax, and its form has no room for what is not subject to it.
        is_export = case.type_code == codes.EXPORT_INVOICE
        usual = Taxation.EXEMPT if is_export or item.factory_vat == codes.FACTORY_EXEMPT else Taxation.TAXED
        tax = item.tax or usual
        path, given = ("items", index, "tax"), _RATE_OF.get(tax)
        if given is None:
            case.faults.add(path, "class_not_allowed", type=case.type_code, value=tax.value)
            return None
    if given not in codes.RATES:
        case.faults.add(path, "unknown_code", value=given, catalog="vat_rates")
        return None
    has_class = case.has("ResumenFactura/TotalNoSujeto") or case.type_code == codes.PAYMENT_RECEIPT
    is_foreign = not catalogs.takes(case.type_code, catalogs.VAT_RATES, given)
    if is_foreign or (given in codes.NOT_SUBJECT_RATES and not has_class):
        case.faults.add(path, "code_not_allowed", type=case.type_code, value=given)
        return None
    return given


def value_added(
    item: Item, index: int, case: Case, *, rate: str, subtotal: Decimal, base: Decimal, full: Decimal | None
) -> Tax:
    """The value added tax of a line on `base`; on `full` where a discount does not lessen it."""
    code = fields.text(item.vat_code) or codes.VAT
    if code == codes.VAT_USED_GOODS:
        factor = item.vat_factor
        if factor is None:
            case.faults.add(("items", index, "vat_factor"), "vat_factor_required")
        elif not fields.amount(factor, ("items", index, "vat_factor"), case.faults, places=_FACTOR_PLACES):
            factor = None
        factor = quantise(factor or ZERO, _FACTOR_PLACES)
        amount = quantise(subtotal * factor, PLACES)
        return Tax(code, None, amount, {"Codigo": code, "FactorCalculoIVA": factor, "Monto": amount})
    if code not in codes.VATS:
        case.faults.add(("items", index, "vat_code"), "unknown_code", value=code, catalog="taxes")
    if item.vat_factor is not None:
        case.faults.add(("items", index, "vat_factor"), "not_allowed")
    percent = codes.RATES.get(rate, ZERO)
    amount = quantise((base if full is None else full) * percent / _HUNDRED, PLACES)
    block: Block = {
        "Codigo": code,
        "CodigoTarifaIVA": rate,
        "Tarifa": quantise(percent, RATE_PLACES),
        "Monto": amount,
    }
    return Tax(code, rate, amount, block)


def exempted(tax: Tax, exemption: Exemption, index: int, case: Case, base: Decimal) -> Tax:
    """The same tax with what an exemption frees of it."""
    path: Path = ("items", index, "exemption")
    faults = case.faults
    percent = codes.RATES.get(tax.rate_code or "", ZERO)
    if not percent or not tax.amount:
        faults.add(path, "nothing_to_exempt")
        return tax
    points = percent if exemption.rate is None else exemption.rate
    if not fields.amount(points, (*path, "rate"), faults, places=RATE_PLACES, positive=True):
        return tax
    if points > percent:
        faults.add((*path, "rate"), "exemption_exceeds_rate", rate=percent)
        return tax
    is_known = catalogs.has(catalogs.EXEMPTION_TYPES, exemption.type)
    if is_known and not catalogs.takes(case.type_code, catalogs.EXEMPTION_TYPES, exemption.type):
        faults.add((*path, "type"), "code_not_allowed", type=case.type_code, value=exemption.type)
    if exemption.issued_at.tzinfo is None:
        faults.add((*path, "issued_at"), "time_zone_required")
        return tax
    amount = min(quantise(base * points / _HUNDRED, PLACES), tax.amount)
    block: Block = {
        "TipoDocumentoEX1": exemption.type,
        "TipoDocumentoOTRO": other(exemption.type, exemption.description, (*path, "description"), case),
        "NumeroDocumento": fields.text(exemption.number),
        "Articulo": None if exemption.article is None else str(exemption.article),
        "Inciso": None if exemption.clause is None else str(exemption.clause),
        "NombreInstitucion": exemption.institution,
        "NombreInstitucionOtros": other(
            exemption.institution, exemption.institution_name, (*path, "institution_name"), case
        ),
        "FechaEmisionEX": fields.moment(exemption.issued_at),
        "TarifaExonerada": quantise(points, RATE_PLACES),
        "MontoExoneracion": amount,
    }
    return Tax(tax.code, tax.rate_code, tax.amount, {**tax.block, "Exoneracion": block}, exempted=amount)


def other(code: str, words: str | None, path: Path, case: Case) -> str | None:
    """The words that code 99 needs and no other code takes."""
    given = fields.text(words)
    if code == codes.OTHER and given is None:
        case.faults.add(path, "description_required", minimum=_SHORTEST)
    elif code != codes.OTHER and given is not None:
        case.faults.add(path, "not_allowed")
    return given

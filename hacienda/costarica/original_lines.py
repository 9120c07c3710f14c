"""A printed line of a document, read back as the item that would print it again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from hacienda.costarica import codes
from hacienda.costarica.facts import PLACES, RATE_PLACES
from hacienda.drafts import CommercialCode, Discount, Exemption, ExtraTax, Item, Medicine
from hacienda.money import ZERO, quantise


def text(block: Any, place: str) -> str | None:
    """The text of an element below `block`; None where there is none."""
    found: str | None = block.findtext(place)
    return found


def number(block: Any, place: str) -> Decimal:
    """The amount of an element below `block`; zero where there is none."""
    return Decimal(text(block, place) or 0)


def optional(block: Any, place: str) -> Decimal | None:
    """The amount of an element below `block`, if it is there."""
    found = text(block, place)
    return None if found is None else Decimal(found)


def item_of(row: Any) -> Item:
    """The item of a line. What is computed is left out; what was told is kept."""
    taxes = row.findall("Impuesto")
    vat = next((one for one in taxes if text(one, "Codigo") in codes.VATS), None)
    vat_code = None if vat is None else text(vat, "Codigo")
    factory = text(row, "IVACobradoFabrica")
    is_free = vat_code == codes.VAT_SPECIAL or factory == codes.FACTORY_COLLECTED
    known = [
        CommercialCode(text(one, "Tipo") or "", text(one, "Codigo") or "") for one in row.findall("CodigoComercial")
    ]
    own = known[0].code if known and known[0].type == codes.OWN_CODE else None
    form = Medicine(text(row, "RegistroMedicamento"), text(row, "FormaFarmaceutica"))
    return Item(
        description=text(row, "Detalle"),
        price=number(row, "PrecioUnitario"),
        quantity=number(row, "Cantidad"),
        code=own,
        extra_taxes=tuple(_extra(one) for one in taxes if text(one, "Codigo") not in codes.VATS),
        cabys=text(row, "CodigoCABYS"),
        measure=text(row, "UnidadMedida"),
        commercial_unit=text(row, "UnidadMedidaComercial"),
        tax_rate=None if vat is None else text(vat, "CodigoTarifaIVA"),
        vat_code=None if vat_code == codes.VAT else vat_code,
        vat_factor=None if vat is None else optional(vat, "FactorCalculoIVA"),
        taxable_base=optional(row, "BaseImponible") if is_free else None,
        factory_vat=factory,
        exemption=_exemption(vat),
        discounts=tuple(_discount(one) for one in row.findall("Descuento")),
        commercial_codes=tuple(known[1:] if own is not None else known),
        tariff_heading=text(row, "PartidaArancelaria"),
        transaction=text(row, "TipoTransaccion"),
        serials=tuple(one.text or "" for one in row.findall("NumeroVINoSerie")),
        medicine=None if form == Medicine() else form,
    )


def _discount(row: Any) -> Discount:
    return Discount(number(row, "MontoDescuento"), text(row, "CodigoDescuento"), text(row, "NaturalezaDescuento"))


def _extra(row: Any) -> ExtraTax:
    code = text(row, "Codigo") or ""
    data = row.find("DatosImpuestoEspecifico")
    rate = optional(row, "Tarifa")
    is_soap = code == codes.DRINKS and data is not None and _is_soap(row, data)
    return ExtraTax(
        code=code,
        amount=number(row, "Monto") if data is None and rate is None else None,
        rate=rate,
        quantity=None if data is None or is_soap else number(data, "CantidadUnidadMedida"),
        percentage=None if data is None else optional(data, "Porcentaje"),
        volume=None if data is None else optional(data, "VolumenUnidadConsumo"),
        unit_amount=None if data is None else number(data, "ImpuestoUnidad"),
        description=text(row, "CodigoImpuestoOTRO"),
    )


def _is_soap(row: Any, data: Any) -> bool:
    """Soap is taxed by its volume, drinks by portions of it; the form is the same, the amount tells."""
    units, volume = number(data, "CantidadUnidadMedida"), number(data, "VolumenUnidadConsumo")
    if units != 1 or not volume:
        return False
    whole = number(row.getparent(), "Cantidad") * number(data, "ImpuestoUnidad")
    return quantise(whole * units / volume, PLACES) != number(row, "Monto")


def _exemption(vat: Any) -> Exemption | None:
    row = None if vat is None else vat.find("Exoneracion")
    if row is None:
        return None
    article, clause = optional(row, "Articulo"), optional(row, "Inciso")
    return Exemption(
        type=text(row, "TipoDocumentoEX1") or "",
        number=text(row, "NumeroDocumento") or "",
        institution=text(row, "NombreInstitucion") or "",
        issued_at=datetime.fromisoformat(text(row, "FechaEmisionEX") or ""),
        rate=optional(row, "TarifaExonerada"),
        article=None if article is None else int(article),
        clause=None if clause is None else int(clause),
        description=text(row, "TipoDocumentoOTRO"),
        institution_name=text(row, "NombreInstitucionOtros"),
    )


def part(item: Item, quantity: Decimal, discount: Decimal) -> Item:
    """`quantity` units of a line with `discount` in all; what was told for the whole line is taken in proportion."""
    whole = item.quantity or quantity
    if quantity == whole and discount == sum((one.amount for one in item.discounts), ZERO):
        return item
    share = quantity / whole
    discounts = [replace(one, amount=quantise(one.amount * share, PLACES)) for one in item.discounts]
    if discounts:
        others = sum((one.amount for one in discounts[:-1]), ZERO)
        discounts[-1] = replace(discounts[-1], amount=max(discount - others, ZERO))
    return replace(
        item,
        quantity=quantity,
        discounts=tuple(one for one in discounts if one.amount),
        extra_taxes=tuple(tax for each in item.extra_taxes if _is_any(tax := _part_of(each, share))),
        taxable_base=None if item.taxable_base is None else quantise(item.taxable_base * share, PLACES),
    )


def _is_any(tax: ExtraTax) -> bool:
    """Whether something is left of a tax that was told for more than is taken."""
    return tax.amount != ZERO and tax.quantity != ZERO


def _part_of(tax: ExtraTax, share: Decimal) -> ExtraTax:
    amount = None if tax.amount is None else quantise(tax.amount * share, PLACES)
    quantity = tax.quantity
    if tax.code == codes.FUEL and quantity is not None:  # counted for the line, not by piece
        quantity = quantise(quantity * share, RATE_PLACES)
    return replace(tax, amount=amount, quantity=quantity)

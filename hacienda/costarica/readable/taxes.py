"""The taxes, exemptions and discounts of a line in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from hacienda.costarica import catalogs
from hacienda.costarica.readable.wording import day, described, figure, named, percentage
from hacienda.costarica.xml_tree import Node
from hacienda.money import ZERO

VAT: Final = frozenset({"01", "07"})

_RATE: Final = "Tarifa "


def charged(line: Node) -> Decimal:
    """All tax of a line before exemptions."""
    return sum((tax.amount("Monto") or ZERO for tax in line.all("Impuesto")), ZERO)


def due(line: Node) -> Decimal:
    """The tax of a line after exemptions; an export line has none to tell apart."""
    net = line.amount("ImpuestoNeto")
    return charged(line) if net is None else net


def rate(code: str) -> str:
    """The rate of a code of value added tax in words: General 13%."""
    name = named(catalogs.VAT_RATES, code).removeprefix(_RATE)
    return name[:1].upper() + name[1:]


def rates(line: Node) -> str:
    """At which rates of value added tax a line is taxed."""
    return ", ".join(filter(None, (rate(tax.said("CodigoTarifaIVA")) for tax in line.all("Impuesto"))))


def explained(line: Node) -> str:
    """Every tax of a line, where a rate and the tax of the line do not say it all; else empty."""
    taxes = line.all("Impuesto")
    if len(taxes) == 1 and _is_plain(taxes[0]) and taxes[0].amount("Monto") == due(line):
        return ""
    return "; ".join(_told(tax) for tax in taxes)


def _is_plain(tax: Node) -> bool:
    """Whether a tax is value added tax at the percentage of its rate and nothing else."""
    told = {"Codigo", "CodigoTarifaIVA", "Tarifa", "Monto"}
    percent = catalogs.vat_rates().get(tax.said("CodigoTarifaIVA"))
    return (
        tax.said("Codigo") == "01"
        and {child.name for child in tax.children} <= told
        and percent is not None
        and tax.amount("Tarifa") == percent
    )


def _told(tax: Node) -> str:
    name = described(catalogs.TAXES, tax.said("Codigo"), tax.said("CodigoImpuestoOTRO"))
    special = tax.at("DatosImpuestoEspecifico")
    pairs = [
        (rate(tax.said("CodigoTarifaIVA")), ""),
        ("tarifa", percentage(tax.amount("Tarifa"))),
        ("factor", figure(tax.amount("FactorCalculoIVA"), 0)),
    ]
    if special is not None:
        pairs += [
            ("cantidad", figure(special.amount("CantidadUnidadMedida"))),
            ("porcentaje", percentage(special.amount("Porcentaje"))),
            ("proporción", figure(special.amount("Proporcion"))),
            ("volumen por unidad de consumo", figure(special.amount("VolumenUnidadConsumo"))),
            ("impuesto por unidad", figure(special.amount("ImpuestoUnidad"))),
        ]
    pairs.append(("de exportación", figure(tax.amount("MontoExportacion"))))
    facts = [f"{label} {value}" for label, value in pairs[1:] if value]
    told = ", ".join(filter(None, (pairs[0][0], *facts)))
    return f"{name}{f' ({told})' if told else ''}: {figure(tax.amount('Monto'))}"


def exemptions(line: Node) -> str:
    """Every exemption of a line."""
    return "; ".join(_exemption(exemption) for tax in line.all("Impuesto") for exemption in tax.all("Exoneracion"))


def _exemption(block: Node) -> str:
    institution = described(
        catalogs.EXEMPTION_INSTITUTIONS, block.said("NombreInstitucion"), block.said("NombreInstitucionOtros")
    )
    article, part = block.said("Articulo"), block.said("Inciso")
    facts = (
        described(catalogs.EXEMPTION_TYPES, block.said("TipoDocumentoEX1"), block.said("TipoDocumentoOTRO")),
        f"n.º {block.said('NumeroDocumento')}",
        f"artículo {article}" if article else "",
        f"inciso {part}" if part else "",
        institution,
        day(block.said("FechaEmisionEX")),
        f"tarifa exonerada {percentage(block.amount('TarifaExonerada'))}",
        f"monto exonerado {figure(block.amount('MontoExoneracion'))}",
    )
    return ", ".join(filter(None, facts))


def discount(line: Node) -> Decimal:
    """All discounts of a line."""
    return sum((each.amount("MontoDescuento") or ZERO for each in line.all("Descuento")), ZERO)


def discounts(line: Node) -> str:
    """Every discount of a line and its reason."""
    return "; ".join(_discount(each) for each in line.all("Descuento"))


def _discount(block: Node) -> str:
    kind = described(catalogs.DISCOUNTS, block.said("CodigoDescuento"), block.said("CodigoDescuentoOTRO"))
    nature = block.said("NaturalezaDescuento")
    name = " – ".join(filter(None, (kind, nature)))
    return f"{name}: {figure(block.amount('MontoDescuento'))}"

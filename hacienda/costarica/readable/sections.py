"""What stands beside lines and sums: condition and payment, references, other charges, free texts, the resolution."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from hacienda.costarica import catalogs
from hacienda.costarica.facts import CURRENCY
from hacienda.costarica.readable.wording import day, described, fields, figure, money, named, percentage
from hacienda.costarica.xml_tree import Node
from hacienda.readable import Field, Section

RESOLUTION: Final = "Resolución MH-DGT-RES-0027-2024 del 13 de noviembre de 2024"

Rows = tuple[Field, ...]


def currency(document: Node) -> str:
    """The code of the currency. Raises `ValueError` where the document does not say."""
    code = document.said("ResumenFactura", "CodigoTipoMoneda", "CodigoMoneda")
    if not code:
        raise ValueError("the document has no currency")
    return code


def told(document: Node) -> Iterator[Section]:
    """The sections that a document has, in the order of its elements."""
    code = currency(document)
    yield Section("Condición y pago", tuple(_payment(document, code)))
    yield from _listed("Otros cargos", document.all("OtrosCargos"), lambda block: _charge(block, code))
    yield from _listed("Documentos de referencia", document.all("InformacionReferencia"), _reference)
    yield from _listed("Otros datos", tuple(_texts(document)), _text)
    legend = fields(
        ("Autorizado mediante", RESOLUTION), ("Proveedor de sistemas", document.said("ProveedorSistemas"))
    )
    yield Section("Autorización", (legend,))


def notes(document: Node) -> str | None:
    """The free texts that have no code of their own."""
    others = document.at("Otros")
    texts = [one.text for one in others.all("OtroTexto") if not _code(one)] if others else []
    return "\n".join(texts) or None


def _listed(heading: str, blocks: Sequence[Node], build: Callable[[Node], Rows]) -> Iterator[Section]:
    if blocks:
        yield Section(heading, tuple(build(block) for block in blocks))


def _payment(document: Node, code: str) -> Iterator[Rows]:
    """Condition and currency, then each means of payment."""
    summary = document.at("ResumenFactura")
    term = document.said("PlazoCredito")
    condition = described(
        catalogs.SALE_CONDITIONS, document.said("CondicionVenta"), document.said("CondicionVentaOtros")
    )
    rate = summary.amount("CodigoTipoMoneda", "TipoCambio") if summary else None
    yield fields(
        ("Condición de la venta", condition),
        ("Plazo del crédito", f"{term} días" if term else ""),
        ("Moneda", f"{code}, {named(catalogs.CURRENCIES, code)}"),
        ("Tipo de cambio", figure(rate) if code != CURRENCY else ""),
    )
    for means in summary.all("MedioPago") if summary else ():
        name = described(catalogs.PAYMENT_METHODS, means.said("TipoMedioPago"), means.said("MedioPagoOtros"))
        row = fields(("Medio de pago", name), ("Monto", money(means.amount("TotalMedioPago"), code)))
        if row:
            yield row


def _charge(block: Node, code: str) -> Rows:
    return fields(
        (
            "Cargo",
            described(catalogs.OTHER_CHARGES, block.said("TipoDocumentoOC"), block.said("TipoDocumentoOTROS")),
        ),
        ("Detalle", block.said("Detalle")),
        ("Tercero", block.said("NombreTercero")),
        (
            named(catalogs.ID_TYPES, block.said("IdentificacionTercero", "Tipo")),
            block.said("IdentificacionTercero", "Numero"),
        ),
        ("Porcentaje", percentage(block.amount("PorcentajeOC"))),
        ("Monto", money(block.amount("MontoCargo"), code)),
    )


def _reference(block: Node) -> Rows:
    kind = described(catalogs.REFERENCE_DOCUMENT_TYPES, block.said("TipoDocIR"), block.said("TipoDocRefOTRO"))
    why = described(catalogs.REFERENCE_CODES, block.said("Codigo"), block.said("CodigoReferenciaOTRO"))
    return fields(
        ("Tipo de documento", kind),
        ("Número", block.said("Numero")),
        ("Fecha de emisión", day(block.said("FechaEmisionIR"))),
        ("Motivo", why),
        ("Razón", block.said("Razon")),
    )


def _texts(document: Node) -> Iterator[Node]:
    """Free texts with a code, and any other content."""
    others = document.at("Otros")
    for one in others.children if others else ():
        if one.text and (one.name != "OtroTexto" or _code(one)):
            yield one


def _text(block: Node) -> Rows:
    return (Field(_code(block) or "Contenido", block.text),)


def _code(block: Node) -> str:
    return block.attributes.get("codigo", "").strip()

"""What stands beside lines and sums: related and other documents, third parties, export, payment, appendix."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from hacienda.elsalvador import catalogs
from hacienda.elsalvador.readable.wording import Block, fields, money, named
from hacienda.elsalvador.writer import plain
from hacienda.readable import Field, Section

_ELECTRONIC = 2


def leading(document: Block) -> Iterator[Section]:
    """The blocks that the types share, in Hacienda's order; those that a document has."""
    yield from _listed("Documentos relacionados", document.get("documentoRelacionado"), _related)
    others: Sequence[Block] = document.get("otrosDocumentos") or ()
    yield from _listed("Otros documentos asociados", [row for row in others if not _is_transport(row)], _associated)
    yield from _listed("Transporte", [row for row in others if _is_transport(row)], _transport)
    yield from _listed("Venta a cuenta de terceros", _alone(document.get("ventaTercero")), _seller)
    yield from _listed("Compra a cuenta de terceros", _alone(document.get("compraTercero")), _buyer)


def export(issuer: Block, summary: Block | None = None) -> Iterator[Section]:
    """Where and how goods leave the country; of services, that they are services."""
    terms = summary or {}
    facts = fields(
        ("Tipo de exportación", named(catalogs.ITEM_TYPES, issuer["tipoItemExpor"])),
        ("Recinto fiscal", named(catalogs.CUSTOMS_POSTS, issuer["recintoFiscal"])),
        ("Tipo de régimen", named(catalogs.REGIME_TYPES, issuer["tipoRegimen"])),
        ("Régimen de exportación", named(catalogs.REGIMES, issuer["regimen"])),
        ("INCOTERMS", terms.get("descIncoterms") or named(catalogs.INCOTERMS, terms.get("codIncoterms"))),
    )
    if facts:
        yield Section("Exportación", (facts,))


def payment(summary: Block) -> Iterator[Section]:
    """On what condition and by what means; a type may know only one of the two, a gift in kind neither."""
    condition = fields(
        ("Condición de la operación", named(catalogs.CONDITIONS, summary.get("condicionOperacion"))),
        ("Número de pago electrónico", summary.get("numPagoElectronico")),
    )
    rows = tuple(_means(row) for row in summary.get("pagos") or ())
    if condition or rows:
        yield Section("Forma de pago", (condition, *rows) if condition else rows)


def withholding(summary: Block) -> Iterator[Section]:
    """Which withholding an adjustment adjusts."""
    facts = fields(("Tipo de retención", named(catalogs.VAT_WITHHOLDINGS, summary["codigoRetencionMH"])))
    if facts:
        yield Section("Retención que se ajusta", (facts,))


def appendix(document: Block) -> Iterator[Section]:
    if document["apendice"]:
        rows = document["apendice"]
        yield Section("Apéndice", tuple((Field(row["etiqueta"] or "", row["valor"] or ""),) for row in rows))


def _listed(
    heading: str, rows: Sequence[Block] | None, build: Callable[[Block], tuple[Field, ...]]
) -> Iterator[Section]:
    if rows:
        yield Section(heading, tuple(build(row) for row in rows))


def _alone(block: Block | None) -> tuple[Block, ...]:
    return (block,) if block else ()


def _related(row: Block) -> tuple[Field, ...]:
    # A return names electronic documents only, under a key of its own.
    printed = row.get("tipoGeneracion", _ELECTRONIC) != _ELECTRONIC
    return fields(
        ("Tipo de documento", named(catalogs.DOCUMENT_TYPES, row["tipoDocumento"])),
        (
            "Número de documento" if printed else "Código de generación",
            row.get("numeroDocumento") or row.get("codigoGeneracion"),
        ),
        ("Fecha de emisión", row["fechaEmision"]),
    )


def _associated(row: Block) -> tuple[Field, ...]:
    doctor = row.get("medico") or {}
    return fields(
        ("Documento asociado", named(catalogs.ASSOCIATED_DOCUMENTS, row["codDocAsociado"])),
        ("Identificación", row["descDocumento"]),
        ("Descripción", row["detalleDocumento"]),
        ("Médico", doctor.get("nombre")),
        ("NIT del médico", doctor.get("nit")),
        ("Documento del médico", doctor.get("docIdentificacion")),
        ("Servicio médico", named(catalogs.MEDICAL_SERVICES, doctor.get("tipoServicio"))),
    )


def _is_transport(row: Block) -> bool:
    return row.get("modoTransp") is not None


def _transport(row: Block) -> tuple[Field, ...]:
    return fields(
        ("Modo de transporte", named(catalogs.TRANSPORT_MODES, row["modoTransp"]).capitalize()),
        ("Placas", row["placaTrans"]),
        ("Conductor", row["nombreConductor"]),
        ("Documento del conductor", row["numConductor"]),
    )


def _seller(row: Block) -> tuple[Field, ...]:
    return fields(
        ("Nombre", row["nombre"]),
        ("NIT", row["nit"]),
        ("Domicilio fiscal", named(catalogs.DOMICILES, row["codDomiciliado"])),
    )


def _buyer(row: Block) -> tuple[Field, ...]:
    return fields(("Nombre", row["nombre"]), ("Número de documento", row["numDocumento"]))


def _means(row: Block) -> tuple[Field, ...]:
    term = row.get("plazo") and f"{plain(row['periodo'])} {named(catalogs.TERMS, row['plazo']).lower()}"
    return fields(
        ("Forma de pago", named(catalogs.PAYMENT_METHODS, row["codigo"])),
        ("Monto", money(row["montoPago"])),
        ("Referencia", row["referencia"]),
        ("Plazo", term),
    )

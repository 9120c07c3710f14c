"""A sealed factura or crédito fiscal as a Salvadoran buyer reads it: "versión legible" (Normativa v2.0).

Everything comes out of the payload; codes are put into words by the catalogues. Labels are in Spanish because
the document is, and follow the order of Hacienda's own examples.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from hacienda.elsalvador import catalogs, kinds, taxes
from hacienda.elsalvador.rules import ZONE
from hacienda.elsalvador.writer import plain
from hacienda.money import ZERO, quantise
from hacienda.readable import Field, Readable, ReadableLine, ReadableParty, Section, Sum

TITLE: Final = "DOCUMENTO TRIBUTARIO ELECTRÓNICO"

_TEST: Final = "00"
_CONTINGENCY: Final = 2

Block = Mapping[str, Any]


def read(payload: str) -> Readable:
    """The document in `payload` as it is printed; amounts in dollars, times in El Salvador.

    A preview reads too, with empty number and code. Raises `ValueError` for what is no factura (01) or
    crédito fiscal (03).
    """
    document: Block = json.loads(payload, parse_float=Decimal, parse_int=Decimal)
    identification = document.get("identificacion") or {}
    kind = kinds.KINDS.get(identification.get("tipoDte", ""))
    if kind is None:
        raise ValueError(f"no readable version of type {identification.get('tipoDte')!r}")
    summary = document["resumen"]
    return Readable(
        title=TITLE,
        type_code=kind.code,
        type_name=kind.title,
        version=int(identification["version"]),
        is_test=identification["ambiente"] == _TEST,
        generation_code=identification["codigoGeneracion"] or "",
        control_number=identification["numeroControl"] or "",
        model=_named(catalogs.MODELS, identification["tipoModelo"]),
        transmission=_named(catalogs.TRANSMISSIONS, identification["tipoOperacion"]),
        is_contingency=identification["tipoOperacion"] == _CONTINGENCY,
        issued_at=_moment(identification),
        currency=identification["tipoMoneda"],
        issuer=_issuer(document["emisor"]),
        customer=_customer(document["receptor"]),
        lines=tuple(_line(row) for row in document["cuerpoDocumento"]),
        sums=tuple(_sums(summary, kind)),
        payable=quantise(summary["totalPagar"], 2),
        in_words=summary["totalLetras"] or "",
        sections=tuple(_sections(document)),
        notes=summary["observaciones"],
    )


def _moment(identification: Block) -> datetime:
    text = f"{identification['fecEmi']}T{identification['horEmi']}"
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def _named(catalog: str, code: object) -> str:
    """The name of a code, or the code itself where the catalogue no longer has it."""
    text = _text(code)
    return catalogs.name(catalog, text) or text


def _text(value: object) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)


def _fields(*pairs: tuple[str, object]) -> tuple[Field, ...]:
    """Those that have a value."""
    return tuple(Field(label, _text(value)) for label, value in pairs if value not in (None, ""))


def _money(amount: Decimal) -> str:
    return f"${quantise(amount, 2):,}"


def _issuer(block: Block) -> ReadableParty:
    return ReadableParty(
        "Emisor",
        block["nombre"],
        _fields(
            ("Nombre comercial", block["nombreComercial"]),
            ("NIT", block["nit"]),
            ("NRC", block["nrc"]),
            ("Actividad económica", block["descActividad"]),
            ("Dirección", _address(block["direccion"])),
            ("Teléfono", block["telefono"]),
            ("Correo electrónico", block["correo"]),
            ("Establecimiento", block["codEstable"]),
            ("Punto de venta", block["codPuntoVenta"]),
        ),
    )


def _customer(block: Block | None) -> ReadableParty | None:
    if block is None:
        return None
    id_type = block.get("tipoDocumento")
    return ReadableParty(
        "Receptor",
        block["nombre"] or "",
        _fields(
            ("Nombre comercial", block.get("nombreComercial")),
            ("NIT", block.get("nit")),
            (_named(catalogs.IDENTITY_DOCUMENTS, id_type) if id_type else "", block.get("numDocumento")),
            ("NRC", block["nrc"]),
            ("Actividad económica", block["descActividad"]),
            ("Dirección", _address(block["direccion"])),
            ("Teléfono", block["telefono"]),
            ("Correo electrónico", block["correo"]),
        ),
    )


def _address(block: Block | None) -> str | None:
    if block is None:
        return None
    department, municipality = block["departamento"], block["municipio"]
    places = (
        catalogs.district(department, municipality, block["distrito"]),
        catalogs.municipality(department, municipality),
        catalogs.department(department),
    )
    return ", ".join([block["complemento"], *(place.title() for place in places if place)])


def _line(row: Block) -> ReadableLine:
    amounts = [row[key] for key in ("ventaNoSuj", "ventaExenta", "ventaGravada", "noGravado")]
    not_subject, exempt, taxed, not_taxed = amounts
    return ReadableLine(
        number=int(row["numItem"]),
        quantity=row["cantidad"],
        unit=_named(catalogs.UNITS, row["uniMedida"]),
        code=row["codigo"],
        description=row["descripcion"],
        price=row["precioUni"],
        discount=row["montoDescu"],
        not_subject=not_subject,
        exempt=exempt,
        taxed=taxed,
        not_taxed=not_taxed,
        amount=sum(amounts, ZERO),
    )


def _sums(summary: Block, kind: kinds.Kind) -> Iterator[Sum]:
    """The sums from the top down, so that each can be followed; zeros only where they say something."""
    always = frozenset({"totalGravada", "subTotalVentas", "subTotal", "montoTotalOperacion"})

    def shown(*rows: tuple[str, str]) -> Iterable[Sum]:
        return (Sum(label, quantise(summary[key], 2)) for key, label in rows if key in always or summary.get(key))

    yield from shown(
        ("totalNoSuj", "Ventas no sujetas"),
        ("totalExenta", "Ventas exentas"),
        ("totalGravada", "Ventas gravadas"),
        ("subTotalVentas", "Suma total de operaciones"),
        ("descuNoSuj", "Descuento global a ventas no sujetas"),
        ("descuExenta", "Descuento global a ventas exentas"),
        ("descuGravada", "Descuento global a ventas gravadas"),
        ("subTotal", "Sub-total"),
    )
    if kind.prices_include_vat:
        yield from shown(("totalIva", "IVA 13% incluido"))
    for row in summary["tributos"] or ():
        informs = taxes.section(row["codigo"]) == taxes.INFORMATIVE
        yield Sum(row["descripcion"] + (" (informativo)" if informs else ""), quantise(row["valor"], 2))
    yield from shown(
        ("montoTotalOperacion", "Monto total de la operación"),
        ("ivaPerci", "IVA percibido"),
        ("ivaRete", "IVA retenido"),
        ("totalNoGravado", "Otros montos no afectos"),
        ("saldoFavor", "Saldo a favor"),
    )
    yield Sum("Total a pagar", quantise(summary["totalPagar"], 2), is_total=True)


def _sections(document: Block) -> Iterator[Section]:
    builders = (
        ("Documentos relacionados", document["documentoRelacionado"], _related),
        ("Otros documentos asociados", document["otrosDocumentos"], _associated),
        ("Venta a cuenta de terceros", document["ventaTercero"] and [document["ventaTercero"]], _third_party),
    )
    for heading, rows, build in builders:
        if rows:
            yield Section(heading, tuple(build(row) for row in rows))
    summary = document["resumen"]
    condition = _fields(
        ("Condición de la operación", _named(catalogs.CONDITIONS, summary["condicionOperacion"])),
        ("Número de pago electrónico", summary["numPagoElectronico"]),
    )
    yield Section("Forma de pago", (condition, *(_payment(row) for row in summary["pagos"] or ())))
    if document["apendice"]:
        rows = document["apendice"]
        yield Section("Apéndice", tuple((Field(row["etiqueta"], row["valor"]),) for row in rows))


def _related(row: Block) -> tuple[Field, ...]:
    electronic = row["tipoGeneracion"] == 2
    return _fields(
        ("Tipo de documento", _named(catalogs.DOCUMENT_TYPES, row["tipoDocumento"])),
        ("Código de generación" if electronic else "Número de documento", row["numeroDocumento"]),
        ("Fecha de emisión", row["fechaEmision"]),
    )


def _associated(row: Block) -> tuple[Field, ...]:
    doctor = row["medico"] or {}
    service = doctor.get("tipoServicio")
    return _fields(
        ("Documento asociado", _named(catalogs.ASSOCIATED_DOCUMENTS, row["codDocAsociado"])),
        ("Identificación", row["descDocumento"]),
        ("Descripción", row["detalleDocumento"]),
        ("Médico", doctor.get("nombre")),
        ("NIT del médico", doctor.get("nit")),
        ("Documento del médico", doctor.get("docIdentificacion")),
        ("Servicio médico", service and _named(catalogs.MEDICAL_SERVICES, service)),
    )


def _third_party(row: Block) -> tuple[Field, ...]:
    domicile = row["codDomiciliado"]
    return _fields(
        ("Nombre", row["nombre"]),
        ("NIT", row["nit"]),
        ("Domicilio fiscal", domicile and _named(catalogs.DOMICILES, domicile)),
    )


def _payment(row: Block) -> tuple[Field, ...]:
    term = row["plazo"] and f"{plain(row['periodo'])} {_named(catalogs.TERMS, row['plazo']).lower()}"
    return _fields(
        ("Forma de pago", _named(catalogs.PAYMENT_METHODS, row["codigo"])),
        ("Monto", _money(row["montoPago"])),
        ("Referencia", row["referencia"]),
        ("Plazo", term),
    )

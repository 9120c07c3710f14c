"""The forms of what an emitter sells or sends: 01, 03, 04 and 11 (DOCUMENTS.md 3, 6.1, 6.2, 6.3 and 6.9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .blocks import (
    BALANCE_IN_FAVOUR,
    CLASS_AMOUNTS,
    DISCOUNTED,
    LIMIT,
    LINE,
    LINE_AMOUNT,
    LINE_PLACES,
    PAYMENTS,
    PERCENTAGE,
    REGISTRATION_IF_ANY,
    SUMMARY_PLACES,
    SUMMED,
    TELEPHONE_IF_ANY,
    THIRD_PARTY,
    address,
    amounts,
    appendix,
    emitter,
    identification,
    identified,
    lines,
    related,
    signed,
    tax_rows,
    text,
)
from .schema import Node, Number, Record, Rows, Text

CONSUMER = Record(
    null=True,
    fields={
        "tipoDocumento": Text(null=True),
        "numDocumento": text(20, null=True),
        "nrc": REGISTRATION_IF_ANY,
        "nombre": text(250, null=True),
        "codActividad": text(6, 5, null=True),
        "descActividad": text(150, 5, null=True),
        "direccion": address(null=True),
        "telefono": TELEPHONE_IF_ANY,
        "correo": text(100, 6, null=True),
    },
)
TAXPAYER = Record(
    fields={
        "nit": Text(),
        "nrc": REGISTRATION_IF_ANY,
        "nombre": text(250),
        "codActividad": text(6, 5),
        "descActividad": text(150, 5),
        "nombreComercial": text(150, null=True),
        "direccion": address(),
        "telefono": TELEPHONE_IF_ANY,
        "correo": text(100, null=True),
    }
)
FOREIGNER = Record(
    fields={
        "nombre": text(250),
        "tipoDocumento": text(2, 2),
        "numDocumento": text(20),
        "descActividad": text(150, 5),
        "nombreComercial": text(150, null=True),
        "codPais": Text(),
        "nombrePais": text(50, 3),
        "complemento": text(200),
        "tipoPersona": Number(whole=True),
        "telefono": TELEPHONE_IF_ANY,
        "correo": text(100, 6, null=True),
    }
)


def _associated(*, doctor_name: Text, service: Number) -> Rows:
    doctor = Record(
        null=True,
        fields={
            "nombre": doctor_name,
            "nit": Text(null=True),
            "docIdentificacion": text(25, null=True),
            "tipoServicio": service,
        },
    )
    item = Record(
        fields={
            "codDocAsociado": Number(whole=True, null=True, least=1, most=4),
            "descDocumento": text(100, 3, null=True),
            "detalleDocumento": text(300, 3, null=True),
            "medico": doctor,
        }
    )
    return Rows(null=True, low=1, high=10, item=item)


TRANSPORTED = Rows(
    null=True,
    low=1,
    high=20,
    item=Record(
        fields={
            "codDocAsociado": Number(whole=True, null=True),
            "descDocumento": text(100, 3, null=True),
            "detalleDocumento": text(300, 3, null=True),
            "placaTrans": text(70, 5, null=True),
            "modoTransp": Number(whole=True, null=True, least=1, most=7),
            "numConductor": text(100, 5, null=True),
            "nombreConductor": text(200, 5, null=True),
        }
    ),
)
NAMED_LINE: dict[str, Node] = LINE | {"numeroDocumento": text(36, null=True)}
SOLD_LINE = NAMED_LINE | CLASS_AMOUNTS | {"psv": LINE_AMOUNT, "noGravado": signed(LINE_PLACES)}


def _summary(in_words: Text, *names: str) -> Record:
    fields: dict[str, Node] = {
        "porcentajeDescuento": PERCENTAGE,
        "tributos": tax_rows(),
        "totalNoGravado": signed(SUMMARY_PLACES),
        "totalLetras": in_words,
        "saldoFavor": BALANCE_IN_FAVOUR,
        "condicionOperacion": Number(),
        "pagos": PAYMENTS,
        "numPagoElectronico": text(100, 0, null=True),
        "observaciones": text(3000, null=True),
    }
    figures = amounts(*SUMMED, *DISCOUNTED, "totalDescu", "subTotal", "montoTotalOperacion", "totalPagar", *names)
    return Record(fields=figures | fields)


def both_third_parties(document: Mapping[str, Any]) -> str | None:
    """Return the second of two blocks of which one document may fill only one."""
    both = document["ventaTercero"] is not None and document["compraTercero"] is not None
    return "compraTercero" if both else None


CONSUMER_INVOICE_V2 = Record(
    fields={
        "identificacion": identification("01", 2),
        "documentoRelacionado": related(null=True),
        "emisor": emitter(nit=text(14, 0)),
        "receptor": CONSUMER,
        "otrosDocumentos": _associated(doctor_name=text(100, null=True), service=Number(null=True, least=1, most=6)),
        "ventaTercero": THIRD_PARTY,
        "cuerpoDocumento": lines(
            SOLD_LINE | {"precioUni": Number(places=LINE_PLACES, below=LIMIT), "ivaItem": LINE_AMOUNT}
        ),
        "resumen": _summary(text(200, null=True), "ivaRete", "totalIva"),
        "apendice": appendix(),
    }
)
TAX_CREDIT_V4 = Record(
    fields={
        "identificacion": identification("03", 4),
        "documentoRelacionado": related(null=True),
        "emisor": emitter(),
        "receptor": TAXPAYER,
        "otrosDocumentos": _associated(doctor_name=text(100, null=True), service=Number(least=1, most=6)),
        "ventaTercero": THIRD_PARTY,
        "cuerpoDocumento": lines(SOLD_LINE),
        "resumen": _summary(text(200, 8, null=True), "ivaPerci", "ivaRete"),
        "apendice": appendix(),
    }
)
DELIVERY_NOTE_V4 = Record(
    fields={
        "identificacion": identification("04", 4),
        "documentoRelacionado": related(null=True),
        "emisor": emitter(),
        "receptor": identified(
            codActividad=Text(), direccion=address(null=True), bienTitulo=text(2, 0), correo=text(100, 6, null=True)
        ),
        "ventaTercero": THIRD_PARTY,
        "cuerpoDocumento": lines(NAMED_LINE | CLASS_AMOUNTS),
        "resumen": Record(
            fields={
                **amounts(*SUMMED, *DISCOUNTED, "totalDescu", "subTotal", "montoTotalOperacion"),
                "porcentajeDescuento": PERCENTAGE,
                "tributos": tax_rows(),
                "totalLetras": text(200, null=True),
                "observaciones": text(3000, 0, null=True),
            }
        ),
        "apendice": appendix(),
    }
)
EXPORT_INVOICE_V3 = Record(
    fields={
        "identificacion": identification("11", 3),
        "documentoRelacionado": related(null=True),
        "emisor": emitter(
            descActividad=text(150),
            telefono=TELEPHONE_IF_ANY,
            tipoItemExpor=Number(whole=True),
            recintoFiscal=text(2, 2, null=True),
            tipoRegimen=Text(null=True),
            regimen=text(13, null=True),
        ),
        "receptor": FOREIGNER,
        "otrosDocumentos": TRANSPORTED,
        "ventaTercero": THIRD_PARTY,
        "compraTercero": Record(null=True, fields={"numDocumento": text(20), "nombre": text(250)}),
        "cuerpoDocumento": lines(
            NAMED_LINE
            | {
                "numeroDocumento": text(36, null=True),
                "ventaGravada": LINE_AMOUNT,
                "noGravado": signed(LINE_PLACES),
            }
        ),
        "resumen": Record(
            fields={
                **amounts("totalGravada", "descuGravada", "totalDescu", "seguro", "montoTotalOperacion"),
                **amounts("totalNoOnerosas", "totalPagar"),
                "porcentajeDescuento": PERCENTAGE,
                "flete": Number(places=SUMMARY_PLACES, least=0, below=LIMIT, null=True),
                "tributos": tax_rows(),
                "totalNoGravado": signed(SUMMARY_PLACES),
                "totalLetras": text(200, null=True),
                "saldoFavor": signed(SUMMARY_PLACES),
                "condicionOperacion": Number(),
                "pagos": PAYMENTS,
                "codIncoterms": text(2, 0, null=True),
                "descIncoterms": text(150, null=True),
                "numPagoElectronico": text(100, null=True),
                "observaciones": text(3000, null=True),
            }
        ),
        "apendice": appendix(1, 1, 1),
    },
    verify=both_third_parties,
)

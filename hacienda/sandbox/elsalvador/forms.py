"""The forms of the documents and events the sandbox takes, as data: one entry a type and version.

Limits that the published files write where they have no effect (a maximum on a text) are enforced here, as
Hacienda's server does. Addresses must lie inside one another: Hacienda answers a wrong one as a schema fault.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .catalogues import FOREIGN, place_fault
from .schema import Node, Number, Record, Rows, Text

LIMIT = 100_000_000_000
LINE_PLACES, SUMMARY_PLACES = 8, 2
CODE = re.compile(r"[A-F0-9]{8}-[A-F0-9]{4}-[A-F0-9]{4}-[A-F0-9]{4}-[A-F0-9]{12}")
TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]?")
MERGED = re.compile(r"[0-9]{14}|[0-9]{9}")


def _amount(places: int) -> Number:
    return Number(places=places, least=0, below=LIMIT)


def _signed(places: int) -> Number:
    return Number(places=places, above=-LIMIT, below=LIMIT)


def _text(high: int, low: int = 1, *, null: bool = False) -> Text:
    return Text(low=low, high=high, null=null)


LINE_AMOUNT, SUMMARY_AMOUNT = _amount(LINE_PLACES), _amount(SUMMARY_PLACES)


def _misplaced(address: Mapping[str, Any]) -> str | None:
    return place_fault(address["departamento"], address["municipio"], address["distrito"])


def _misplaced_emitter(address: Mapping[str, Any]) -> str | None:
    # The rows for foreigners exist for receivers: an emitter sells from inside the country.
    return "departamento" if address["departamento"] == FOREIGN else _misplaced(address)


def _address(*, null: bool, emitter: bool = False) -> Record:
    return Record(
        null=null,
        fields={
            "departamento": Text(),
            "municipio": Text(),
            "distrito": Text(),
            "complemento": _text(200),
        },
        verify=_misplaced_emitter if emitter else _misplaced,
    )


def _identification(kind: str, version: int) -> Record:
    number = re.compile(rf"DTE-{kind}-[MBSP][0-9]{{3}}P[0-9]{{3}}-[0-9]{{15}}")
    return Record(
        fields={
            "version": Number(whole=True, choices=frozenset({version})),
            "ambiente": Text(choices=frozenset({"00", "01"})),
            "tipoDte": Text(choices=frozenset({kind})),
            "numeroControl": Text(low=31, high=31, pattern=number),
            "codigoGeneracion": Text(low=36, high=36, pattern=CODE),
            "tipoModelo": Number(choices=frozenset({1, 2})),
            "tipoOperacion": Number(whole=True, choices=frozenset({1, 2})),
            "tipoContingencia": Number(whole=True, null=True, choices=frozenset({1, 2, 3, 4, 5})),
            "motivoContin": _text(500, null=True),
            "fecEmi": Text(day=True),
            "horEmi": Text(pattern=TIME),
            "tipoMoneda": Text(choices=frozenset({"USD"})),
        }
    )


def _emitter(nit: Text) -> Record:
    return Record(
        fields={
            "nit": nit,
            "nrc": _text(8, 2),
            "nombre": _text(250),
            "codActividad": _text(6, 5),
            "descActividad": _text(150, 5),
            "nombreComercial": _text(150, null=True),
            "direccion": _address(null=False, emitter=True),
            "telefono": _text(30, 8),
            "correo": _text(100, 6),
            "codEstable": _text(4, 4, null=True),
            "codPuntoVenta": _text(15, null=True),
        }
    )


CONSUMER = Record(
    null=True,
    fields={
        "tipoDocumento": Text(null=True),
        "numDocumento": _text(20, null=True),
        "nrc": _text(8, 2, null=True),
        "nombre": _text(250, null=True),
        "codActividad": _text(6, 5, null=True),
        "descActividad": _text(150, 5, null=True),
        "direccion": _address(null=True),
        "telefono": _text(30, 8, null=True),
        "correo": _text(100, 6, null=True),
    },
)
TAXPAYER = Record(
    fields={
        "nit": Text(),
        "nrc": _text(8, 2, null=True),
        "nombre": _text(250),
        "codActividad": _text(6, 5),
        "descActividad": _text(150, 5),
        "nombreComercial": _text(150, null=True),
        "direccion": _address(null=False),
        "telefono": _text(30, 8, null=True),
        "correo": _text(100, null=True),
    }
)
RELATED = Rows(
    null=True,
    low=1,
    high=50,
    item=Record(
        fields={
            "tipoDocumento": Text(),
            "tipoGeneracion": Number(whole=True),
            "numeroDocumento": _text(36),
            "fechaEmision": Text(day=True),
        }
    ),
)


def _associated(*, doctor_name: Text, service: Number) -> Rows:
    doctor = Record(
        null=True,
        fields={
            "nombre": doctor_name,
            "nit": Text(null=True),
            "docIdentificacion": _text(25, null=True),
            "tipoServicio": service,
        },
    )
    item = Record(
        fields={
            "codDocAsociado": Number(whole=True, null=True, least=1, most=4),
            "descDocumento": _text(100, 3, null=True),
            "detalleDocumento": _text(300, 3, null=True),
            "medico": doctor,
        }
    )
    return Rows(null=True, low=1, high=10, item=item)


THIRD_PARTY = Record(
    null=True,
    fields={
        "nit": _text(20, null=True),
        "nombre": _text(250),
        "codDomiciliado": Number(whole=True, null=True),
    },
)


def _line(price: Number, **more: Node) -> Rows:
    fields: dict[str, Node] = {
        "numItem": Number(whole=True, least=1, most=2000),
        "tipoItem": Number(whole=True),
        "numeroDocumento": _text(36, null=True),
        "cantidad": Number(places=LINE_PLACES, above=0, below=LIMIT),
        "codigo": _text(25, null=True),
        "codTributo": _text(2, 2, null=True),
        "uniMedida": Number(whole=True, least=1, most=99),
        "descripcion": _text(1500),
        "precioUni": price,
        "montoDescu": LINE_AMOUNT,
        "ventaNoSuj": LINE_AMOUNT,
        "ventaExenta": LINE_AMOUNT,
        "ventaGravada": LINE_AMOUNT,
        "tributos": Rows(null=True, low=1, unique=True, item=_text(2, 2)),
        "psv": LINE_AMOUNT,
        "noGravado": _signed(LINE_PLACES),
    }
    return Rows(low=1, high=2000, item=Record(fields=fields | more))


TAX_ROWS = Rows(
    null=True,
    unique=True,
    item=Record(fields={"codigo": _text(2, 2), "descripcion": _text(300), "valor": SUMMARY_AMOUNT}),
)
PAYMENTS = Rows(
    null=True,
    low=1,
    item=Record(
        fields={
            "codigo": _text(2, 0, null=True),
            "montoPago": SUMMARY_AMOUNT,
            "referencia": _text(50, 0, null=True),
            "plazo": Text(null=True),
            "periodo": Number(null=True, above=0),
        }
    ),
)
SUMMED = ("totalNoSuj", "totalExenta", "totalGravada", "subTotalVentas", "descuNoSuj", "descuExenta")


def _summary(in_words: Text, *amounts: str) -> Record:
    fields: dict[str, Node] = dict.fromkeys(SUMMED, SUMMARY_AMOUNT)
    fields |= {
        "descuGravada": SUMMARY_AMOUNT,
        "porcentajeDescuento": Number(places=SUMMARY_PLACES, least=0, most=100),
        "totalDescu": SUMMARY_AMOUNT,
        "tributos": TAX_ROWS,
        "subTotal": SUMMARY_AMOUNT,
        "montoTotalOperacion": SUMMARY_AMOUNT,
        "totalNoGravado": _signed(SUMMARY_PLACES),
        "totalPagar": SUMMARY_AMOUNT,
        "totalLetras": in_words,
        "saldoFavor": Number(places=SUMMARY_PLACES, above=-LIMIT, most=0),
        "condicionOperacion": Number(),
        "pagos": PAYMENTS,
        "numPagoElectronico": _text(100, 0, null=True),
        "observaciones": _text(3000, null=True),
    }
    return Record(fields=fields | dict.fromkeys(amounts, SUMMARY_AMOUNT))


APPENDIX = Rows(
    null=True,
    low=1,
    high=10,
    item=Record(fields={"campo": _text(25, 0), "etiqueta": _text(50, 0), "valor": _text(150, 0)}),
)

CONSUMER_INVOICE_V2 = Record(
    fields={
        "identificacion": _identification("01", 2),
        "documentoRelacionado": RELATED,
        "emisor": _emitter(_text(14, 0)),
        "receptor": CONSUMER,
        "otrosDocumentos": _associated(doctor_name=_text(100, null=True), service=Number(null=True, least=1, most=6)),
        "ventaTercero": THIRD_PARTY,
        "cuerpoDocumento": _line(Number(places=LINE_PLACES, below=LIMIT), ivaItem=LINE_AMOUNT),
        "resumen": _summary(_text(200, null=True), "ivaRete", "totalIva"),
        "apendice": APPENDIX,
    }
)
TAX_CREDIT_V4 = Record(
    fields={
        "identificacion": _identification("03", 4),
        "documentoRelacionado": RELATED,
        "emisor": _emitter(Text()),
        "receptor": TAXPAYER,
        "otrosDocumentos": _associated(doctor_name=_text(100, null=True), service=Number(least=1, most=6)),
        "ventaTercero": THIRD_PARTY,
        "cuerpoDocumento": _line(LINE_AMOUNT),
        "resumen": _summary(_text(200, 8, null=True), "ivaPerci", "ivaRete"),
        "apendice": APPENDIX,
    }
)
INVALIDATION_V3 = Record(
    fields={
        "identificacion": Record(
            fields={
                "version": Number(whole=True, choices=frozenset({3})),
                "ambiente": Text(choices=frozenset({"00", "01"})),
                "codigoGeneracion": Text(low=36, high=36, pattern=CODE),
                "fecEmi": Text(day=True),
                "horEmi": Text(pattern=TIME),
                "fusion": Text(null=True, pattern=MERGED),
            }
        ),
        "emisor": Record(
            fields={
                "nit": Text(),
                "nombre": _text(250),
                "codEstableMH": _text(4, 4),
                "codEstable": _text(10, null=True),
                "codPuntoVentaMH": _text(4, 4),
                "codPuntoVenta": _text(15, null=True),
                "telefono": _text(30, 8),
                "correo": _text(100),
            }
        ),
        "documento": Record(
            fields={
                "tipoDte": Text(),
                "codigoGeneracion": _text(36, 36),
                "selloRecibido": _text(40, 40),
                "numeroControl": _text(31, 31, null=True),
                "fecEmi": Text(day=True),
                "codigoGeneracionR": _text(36, 36, null=True),
                "tipoDocumento": Text(null=True),
                "numDocumento": _text(20, null=True),
                "nombre": _text(250, null=True),
                "telefono": _text(30, 8, null=True),
                "correo": _text(100, 0, null=True),
            }
        ),
        "motivo": Record(
            fields={
                "tipoAnulacion": Number(whole=True),
                "motivoAnulacion": _text(200, null=True),
                "nombreResponsable": _text(100),
                "tipDocResponsable": Text(),
                "numDocResponsable": _text(20),
                "nombreSolicita": _text(100),
                "tipDocSolicita": Text(),
                "numDocSolicita": _text(20),
            }
        ),
    }
)
DOCUMENT_FORMS: dict[tuple[str, int], Record] = {
    ("01", 2): CONSUMER_INVOICE_V2,
    ("03", 4): TAX_CREDIT_V4,
}
INVALIDATION_FORMS: dict[int, Record] = {3: INVALIDATION_V3}

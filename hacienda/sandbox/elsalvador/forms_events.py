"""The forms of the events about sales: invalidation, return (18), special operations (17) (DOCUMENTS.md 7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .blocks import (
    BALANCE_IN_FAVOUR,
    CLASS_AMOUNTS,
    EITHER_WAY,
    FUSION,
    LIMIT,
    LINE,
    LINE_AMOUNT,
    LINE_PLACES,
    NORMAL_ONLY,
    STAMPED,
    SUMMARY_AMOUNT,
    SUMMARY_PLACES,
    SUMMED,
    TAX_CODES,
    TELEPHONE,
    TELEPHONE_IF_ANY,
    amounts,
    appendix,
    lines,
    signed,
    tax_rows,
    text,
    version,
)
from .catalogues import OTHER_REASON
from .forms_sales import both_third_parties
from .schema import Node, Number, Record, Rows, Text

FULL_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]")
ZERO_OR_MORE_IF_ANY = Number(places=SUMMARY_PLACES, least=0, below=LIMIT, null=True)
ESTABLISHED: dict[str, Node] = {
    "codEstableMH": text(4, 4),
    "codEstable": text(10, null=True),
    "codPuntoVentaMH": text(4, 4),
    "codPuntoVenta": text(15, null=True),
}


def _identification(kind: str, manner: Mapping[str, Node], **more: Node) -> dict[str, Node]:
    fields: dict[str, Node] = {
        "version": version(1),
        "tipoEvento": Text(choices=frozenset({kind})),
        "tipoMoneda": Text(choices=frozenset({"USD"})),
    }
    return fields | STAMPED | dict(manner) | more


def _unlike_manner(identification: Mapping[str, Any]) -> str | None:
    """Return the first field that does not go with the transmission: the only file that still has such rules."""
    reason, note = identification["tipoContingencia"], identification["motivoContin"]
    if identification["tipoOperacion"] == 1:
        if reason is not None:
            return "tipoContingencia"
    elif reason is None:
        return "tipoContingencia"
    elif identification["tipoModelo"] != 2:
        return "tipoModelo"
    return None if (note is not None) == (reason == OTHER_REASON) else "motivoContin"


RETURNED_LINE: dict[str, Node] = {
    **LINE,
    **CLASS_AMOUNTS,
    "codigoGeneracion": text(36),
    "precioUni": Number(places=LINE_PLACES, below=LIMIT),
    "compra": LINE_AMOUNT,
    "tributos": Rows(null=True, low=1, unique=True, item=text(2, 2, null=True)),
    "psv": LINE_AMOUNT,
    "ivaItem": LINE_AMOUNT,
    **dict.fromkeys(("noGravado", "seguro", "flete"), signed(LINE_PLACES)),
    "ivaRete": Number(places=SUMMARY_PLACES, least=0),
    "reteRenta": SUMMARY_AMOUNT,
}
RETURN_V1 = Record(
    fields={
        "identificacion": Record(
            fields=_identification(
                "18",
                EITHER_WAY,
                horEmi=Text(pattern=FULL_TIME),
                fusion=text(14, 9, null=True),
            ),
            verify=_unlike_manner,
        ),
        "documentoRelacionado": Rows(
            low=1,
            high=50,
            item=Record(
                fields={
                    "tipoDocumento": Text(),
                    "codigoGeneracion": text(36),
                    "fechaEmision": Text(day=True),
                }
            ),
        ),
        "emisor": Record(
            fields={
                "nit": text(14, 0),
                "nombre": text(250),
                **ESTABLISHED,
                "recintoFiscal": text(2, 2, null=True),
                "tipoRegimen": text(4, null=True),
                "regimen": text(13, null=True),
                "tipoItemExpor": Number(whole=True, null=True),
            }
        ),
        "documento": Record(
            null=True,
            fields={
                "tipoDocumento": Text(null=True),
                "numDocumento": text(20, null=True),
                "nombre": text(250, null=True),
                "codPais": Text(null=True),
                "nombrePais": text(50, 3, null=True),
                "telefono": TELEPHONE_IF_ANY,
                "correo": text(100, null=True),
            },
        ),
        "ventaTercero": Record(
            null=True,
            fields={
                "nit": text(20, null=True),
                "nombre": text(250, null=True),
                "codDomiciliado": Number(whole=True, null=True),
            },
        ),
        "compraTercero": Record(
            null=True, fields={"numDocumento": text(20, null=True), "nombre": text(250, null=True)}
        ),
        "cuerpoDocumento": lines(RETURNED_LINE, optional=frozenset({"codigo", "uniMedida"})),
        "resumen": Record(
            fields={
                **amounts(*SUMMED, "totalCompraExcluidos", "montoTotalOperacion", "ivaRete", "totalPagar"),
                **amounts("totalNoOnerosas", "totalIva"),
                **dict.fromkeys(("totalSeguro", "totalFlete", "reteRenta"), ZERO_OR_MORE_IF_ANY),
                "tributos": tax_rows(),
                "totalNoGravado": signed(SUMMARY_PLACES),
                "totalLetras": text(200, 8, null=True),
                "saldoFavor": BALANCE_IN_FAVOUR,
            }
        ),
        "apendice": appendix(),
    },
    verify=both_third_parties,
)
SPECIAL_OPERATIONS_V1 = Record(
    fields={
        "identificacion": Record(
            fields=_identification("17", NORMAL_ONLY | {"tipoModelo": Number(whole=True, choices=frozenset({1}))})
        ),
        "emisor": Record(fields={"nit": text(14, 0), "nombre": text(250)}),
        "cuerpoDocumento": lines(
            {
                "numItem": LINE["numItem"],
                "codigoGeneracionRef": text(36, 36, null=True),
                "tipoDocumento": Text(),
                "numDocumento": text(36, null=True),
                "fechaEmision": Text(null=True, day=True),
                "cantidad": Number(whole=True, least=1),
                "descripcion": LINE["descripcion"],
                "docDel": text(36, 0, null=True),
                "docAl": text(36, 0, null=True),
                "precioUni": LINE_AMOUNT,
                **CLASS_AMOUNTS,
                "tributos": TAX_CODES,
            }
        ),
        "resumen": Record(
            fields={
                **amounts("totalNoSuj", "totalExenta", "totalGravada", "subTotal", "total"),
                "tributos": tax_rows(Number(places=SUMMARY_PLACES, below=LIMIT)),
                "totalLetras": text(200, 8, null=True),
            }
        ),
        "apendice": appendix(),
    }
)
INVALIDATION_V3 = Record(
    fields={
        "identificacion": Record(fields={"version": version(3), **STAMPED, "fusion": FUSION}),
        "emisor": Record(
            fields={
                "nit": Text(),
                "nombre": text(250),
                **ESTABLISHED,
                "telefono": TELEPHONE,
                "correo": text(100),
            }
        ),
        "documento": Record(
            fields={
                "tipoDte": Text(),
                "codigoGeneracion": text(36, 36),
                "selloRecibido": text(40, 40),
                "numeroControl": text(31, 31, null=True),
                "fecEmi": Text(day=True),
                "codigoGeneracionR": text(36, 36, null=True),
                "tipoDocumento": Text(null=True),
                "numDocumento": text(20, null=True),
                "nombre": text(250, null=True),
                "telefono": TELEPHONE_IF_ANY,
                "correo": text(100, 0, null=True),
            }
        ),
        "motivo": Record(
            fields={
                "tipoAnulacion": Number(whole=True),
                "motivoAnulacion": text(200, null=True),
                "nombreResponsable": text(100),
                "tipDocResponsable": Text(),
                "numDocResponsable": text(20),
                "nombreSolicita": text(100),
                "tipDocSolicita": Text(),
                "numDocSolicita": text(20),
            }
        ),
    }
)

"""The forms of what an emitter takes in and papers himself: purchases, 14, and donations, 15 (DOCUMENTS.md 6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .blocks import (
    LINE,
    LINE_AMOUNT,
    REGISTRATION_IF_ANY,
    address,
    amounts,
    appendix,
    emitter,
    identification,
    identified,
    lines,
    payments,
    text,
    without,
)
from .catalogues import DOMICILED
from .schema import Number, Record, Rows, Text


def _unlike_domicile(donor: Mapping[str, Any]) -> str | None:
    """Return the address of a donor at home who has none, or of one abroad who has one: recorded as 096."""
    return None if (donor["direccion"] is not None) == (donor["codDomiciliado"] == DOMICILED) else "direccion"


def _chosen(*names: str) -> dict[str, Any]:
    return {name: LINE[name] for name in names}


DONOR = identified(
    codActividad=text(6, 5, null=True),
    descActividad=text(150, null=True),
    direccion=address(null=True),
    codDomiciliado=Number(whole=True),
    codPais=Text(),
)

EXCLUDED_SUBJECT_V2 = Record(
    fields={
        "identificacion": identification("14", 2),
        "emisor": without(emitter(nrc=REGISTRATION_IF_ANY), "nombreComercial"),
        "receptor": without(
            identified(codActividad=Text(null=True), descActividad=text(150, 5, null=True)),
            "nrc",
            "nombreComercial",
        ),
        "cuerpoDocumento": lines(
            {
                **_chosen("numItem", "tipoItem", "cantidad", "codigo", "descripcion", "precioUni", "montoDescu"),
                "uniMedida": Number(whole=True, least=1),
                "compra": LINE_AMOUNT,
            }
        ),
        "resumen": Record(
            fields={
                **amounts("totalCompra", "descu", "totalDescu", "subTotal", "reteRenta", "totalPagar"),
                "totalLetras": text(200, null=True),
                "condicionOperacion": Number(),
                "pagos": payments(Number(null=True)),
                "observaciones": text(3000, null=True),
            }
        ),
        "apendice": appendix(),
    }
)
DONATION_V2 = Record(
    fields={
        "identificacion": identification(
            "15",
            2,
            {
                "tipoModelo": Number(choices=frozenset({1, 2})),
                "tipoOperacion": Number(whole=True, choices=frozenset({1})),
            },
            series="[A-Z0-9]{8}",
        ),
        "emisor": without(
            emitter(tipoDocumento=Text(), numDocumento=text(14, 9), nrc=REGISTRATION_IF_ANY),
            "nit",
        ),
        "receptor": Record(
            fields=without(DONOR, "nombreComercial").fields,
            verify=_unlike_domicile,
        ),
        "otrosDocumentos": Rows(
            low=1,
            high=10,
            item=Record(
                fields={
                    "codDocAsociado": Number(whole=True, null=True),
                    "descDocumento": text(100, 3, null=True),
                    "detalleDocumento": text(300, 3, null=True),
                }
            ),
        ),
        "cuerpoDocumento": lines(
            {
                **_chosen("numItem", "cantidad", "codigo", "descripcion"),
                "tipoDonacion": Number(whole=True),
                "uniMedida": Number(whole=True),
                "tipoDepreciacion": LINE_AMOUNT,
                "valorUni": LINE_AMOUNT,
                "valor": LINE_AMOUNT,
            }
        ),
        "resumen": Record(fields={**amounts("valorTotal"), "totalLetras": text(200, null=True), "pagos": payments()}),
        "apendice": appendix(1, 1, 1),
    }
)

"""The forms before Normativa 2.0 of what an emitter takes in and papers himself: 14 v1 and 15 v1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .blocks import LINE_AMOUNT, NORMAL_ONLY, SUMMARY_AMOUNT, amounts, appendix, text, without
from .blocks import identification as present_identification
from .catalogues import DOMICILED, DOMICILES, DONATED_GOODS, DONATIONS, OTHER_UNIT, TERMS, UNITS
from .earlier_blocks import (
    ACTIVITY,
    CONDITION,
    DUI,
    IDENTITY_DOCUMENT,
    MEANS,
    NIT_DOCUMENT,
    PAID,
    SELLER,
    SERIES,
    UNITS_BEFORE,
    address,
    chosen,
    credit_without_terms,
    emitter,
    identification,
    line,
    lines,
    mail,
    nrc,
    numbered,
)
from .earlier_catalogues import COUNTRIES_BEFORE
from .schema import Number, Record, Rows, Text

UNIT = Number(whole=True, choices=UNITS | UNITS_BEFORE)
SHORT_ACTIVITY = Text(low=1, high=6, pattern=ACTIVITY)


def _chosen_fields(*names: str) -> dict[str, Any]:
    return {name: node for name, node in line().items() if name in names}


BUYING = without(SELLER, "nombreComercial", "tipoEstablecimiento")
EXCLUDED_SUBJECT_V1 = Record(
    fields={
        "identificacion": identification("14", 1, high=500),
        "emisor": Record(fields={**BUYING.fields, "nrc": nrc(null=True), "nombre": text(250)}),
        "sujetoExcluido": Record(
            fields={
                "tipoDocumento": IDENTITY_DOCUMENT,
                "numDocumento": text(20),
                "nombre": text(250),
                "codActividad": Text(pattern=ACTIVITY, null=True),
                "descActividad": text(150, null=True),
                "direccion": address(),
                "telefono": text(30, 8, null=True),
                "correo": mail(null=True),
            },
            verify=numbered(DUI),
        ),
        "cuerpoDocumento": lines(
            {
                **_chosen_fields("numItem", "cantidad", "codigo", "descripcion", "montoDescu"),
                "tipoItem": Number(whole=True, choices=frozenset({1, 2, 3})),
                "uniMedida": UNIT,
                "precioUni": LINE_AMOUNT,
                "compra": LINE_AMOUNT,
            }
        ),
        "resumen": Record(
            fields={
                **amounts("totalCompra", "descu", "subTotal", "ivaRete1", "reteRenta", "totalPagar"),
                "totalDescu": replace(SUMMARY_AMOUNT, null=True),
                "totalLetras": text(200, 0),
                "condicionOperacion": CONDITION,
                "pagos": Rows(
                    null=True,
                    low=1,
                    item=Record(fields=PAID | {"plazo": chosen(TERMS, null=True), "periodo": Number(null=True)}),
                ),
                "observaciones": text(3000, 0, null=True),
            },
            verify=credit_without_terms,
        ),
        "apendice": appendix(),
    }
)


def _unlike_domicile(donor: Mapping[str, Any]) -> str | None:
    """Return what a donor at home lacks, or one abroad has too much."""
    if donor["codDomiciliado"] == DOMICILED:
        return "direccion" if donor["direccion"] is None else None
    return next((name for name in ("direccion", "descActividad") if donor[name] is not None), None)


def _unlike_donation(line: Mapping[str, Any]) -> str | None:
    if line["tipoDonacion"] == DONATED_GOODS:
        return None
    if line["depreciacion"] != 0:
        return "depreciacion"
    return "uniMedida" if line["uniMedida"] != OTHER_UNIT else None


DONATION_V1 = Record(
    fields={
        "identificacion": present_identification("15", 1, NORMAL_ONLY, series=SERIES),
        "donatario": without(
            emitter(
                tipoDocumento=chosen({NIT_DOCUMENT}),
                numDocumento=text(14, 9),
                nrc=nrc(2, null=True),
                codActividad=SHORT_ACTIVITY,
                descActividad=text(150),
                nombreComercial=text(150, null=True),
            ),
            "nit",
        ),
        "donante": Record(
            fields={
                "tipoDocumento": IDENTITY_DOCUMENT,
                "numDocumento": text(20, 3),
                "nrc": nrc(2, null=True),
                "nombre": text(250),
                "codActividad": replace(SHORT_ACTIVITY, null=True),
                "descActividad": text(150, null=True),
                "direccion": address(null=True),
                "telefono": text(30, 8, null=True),
                "correo": mail(null=True),
                "codDomiciliado": Number(whole=True, choices=DOMICILES),
                "codPais": chosen(COUNTRIES_BEFORE),
            },
            verify=_unlike_domicile,
        ),
        "otrosDocumentos": Rows(
            low=1,
            high=10,
            item=Record(
                fields={
                    "codDocAsociado": Number(whole=True, choices=frozenset({1, 2})),
                    "descDocumento": text(100, 0),
                    "detalleDocumento": text(300, 0),
                }
            ),
        ),
        "cuerpoDocumento": lines(
            {
                **_chosen_fields("numItem", "cantidad", "codigo"),
                "descripcion": text(1000),
                "tipoDonacion": Number(whole=True, choices=DONATIONS),
                "uniMedida": UNIT,
                **dict.fromkeys(("depreciacion", "valorUni", "valor"), LINE_AMOUNT),
            },
            _unlike_donation,
        ),
        "resumen": Record(
            fields={
                **amounts("valorTotal"),
                "totalLetras": text(200, 0),
                "pagos": Rows(
                    null=True,
                    low=1,
                    item=Record(fields=PAID | {"codigo": Text(high=2, pattern=MEANS, null=True)}),
                ),
            }
        ),
        "apendice": appendix(2, 3, 1),
    }
)

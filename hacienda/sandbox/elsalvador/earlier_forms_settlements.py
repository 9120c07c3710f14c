"""The forms before Normativa 2.0 of what accounts for other documents: 07 v1, 08 v1 and 09 v1."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .blocks import (
    CODE,
    LIMIT,
    LINE_PLACES,
    NORMAL_ONLY,
    SETTLED_LIMIT,
    SUMMARY_PLACES,
    amounts,
    appendix,
    positive,
    signed,
    text,
    without,
)
from .blocks import identification as present_identification
from .catalogues import ADDED_TAXES, ESTABLISHMENTS, WITHHOLDINGS
from .earlier_blocks import (
    ACTIVITY,
    BUYER,
    CONDITION,
    DUI,
    ESTABLISHMENT,
    FOUR_IF_ANY,
    GENERATION,
    IDENTITY_DOCUMENT,
    NEVER,
    POINT_OF_SALE,
    SERIES,
    address,
    chosen,
    emitter,
    extension,
    lines,
    mail,
    nrc,
    numbered,
)
from .schema import Number, Record, Rows, Text

POSITIVE, MONEY_SIGNED, LINE_SIGNED = positive(SUMMARY_PLACES), signed(SUMMARY_PLACES), signed(LINE_PLACES)
POSITION = Number(whole=True, least=1, most=SETTLED_LIMIT)
FIVE_OR_SIX = re.compile(r"[0-9]{5,6}")
PRINTED = re.compile(r"[A-Z0-9]{1,20}")
EIGHT_DIGITS = re.compile(r"[0-9+;]{8}")
OWN_CODES = ("codEstableMH", "codEstable", "codPuntoVentaMH", "codPuntoVenta")
WITHHELD_AT = chosen(ESTABLISHMENTS - {"07"})

WITHHOLDING_V1 = Record(
    fields={
        # It could not be issued in contingency.
        "identificacion": present_identification(
            "07", 1, NORMAL_ONLY, series=SERIES, tipoContingencia=NEVER, motivoContin=NEVER
        ),
        "emisor": without(
            emitter(
                nrc=nrc(),
                codActividad=Text(low=5, high=6, pattern=FIVE_OR_SIX),
                nombreComercial=text(150, null=True),
                tipoEstablecimiento=WITHHELD_AT,
                direccion=address(5),
                telefono=Text(low=8, high=30, pattern=re.compile(r"[A-Z0-9]*"), null=True),
                codigoMH=FOUR_IF_ANY,
                codigo=FOUR_IF_ANY,
                puntoVentaMH=FOUR_IF_ANY,
                puntoVenta=POINT_OF_SALE,
            ),
            *OWN_CODES,
        ),
        "receptor": Record(
            fields={
                "tipoDocumento": IDENTITY_DOCUMENT,
                "numDocumento": text(20, 3),
                "nrc": nrc(2, null=True),
                "nombre": text(250),
                "codActividad": Text(pattern=FIVE_OR_SIX),
                "descActividad": text(150, 5),
                "nombreComercial": text(150, null=True),
                "direccion": address(5),
                "telefono": Text(low=8, high=30, pattern=re.compile(r"[0-9+;]*"), null=True),
                "correo": mail(),
            },
            verify=numbered(DUI),
        ),
        "cuerpoDocumento": lines(
            {
                "numItem": POSITION,
                "tipoDte": chosen({"01", "03", "14"}),
                "tipoDoc": GENERATION,
                # What the file says of its pattern is said of a field that it does not have.
                "numDocumento": Text(),
                "fechaEmision": Text(day=True),
                "montoSujetoGrav": Number(places=SUMMARY_PLACES, least=1, below=LIMIT),
                "codigoRetencionMH": chosen(WITHHOLDINGS),
                "ivaRetenido": POSITIVE,
                "descripcion": text(1000, 0),
            },
            high=SETTLED_LIMIT,
        ),
        "resumen": Record(
            fields={**amounts("totalSujetoRetencion", "totalIVAretenido"), "totalIVAretenidoLetras": text(200, 0)}
        ),
        "extension": extension(5),
        "apendice": appendix(2, 3, 1),
    }
)


def _unlike_generation(row: Mapping[str, Any]) -> str | None:
    pattern = PRINTED if row["tipoGeneracion"] == 1 else CODE
    return None if pattern.fullmatch(row["numeroDocumento"]) else "numeroDocumento"


def _owed_for_nothing(summary: Mapping[str, Any]) -> str | None:
    return "condicionOperacion" if summary["total"] == 0 and summary["condicionOperacion"] != 1 else None


COMMISSION_SETTLEMENT_V1 = Record(
    fields={
        "identificacion": present_identification("08", 1, NORMAL_ONLY, series=SERIES),
        "emisor": emitter(nombreComercial=text(150, 0, null=True)),
        "receptor": replace(
            BUYER,
            fields={
                **BUYER.fields,
                "nrc": nrc(2),
                "codActividad": Text(low=5, high=6, pattern=ACTIVITY),
                "descActividad": text(150, 5),
                "nombreComercial": text(150, 5, null=True),
                "direccion": address(5),
            },
        ),
        "cuerpoDocumento": lines(
            {
                "numItem": POSITION,
                "tipoDte": chosen({"01", "03", "05", "06", "11"}),
                "tipoGeneracion": GENERATION,
                "numeroDocumento": text(36),
                "fechaGeneracion": Text(day=True),
                **dict.fromkeys(("ventaNoSuj", "ventaExenta", "ventaGravada", "exportaciones"), LINE_SIGNED),
                "tributos": Rows(null=True, unique=True, item=chosen(ADDED_TAXES)),
                "ivaItem": LINE_SIGNED,
                "obsItem": text(3000, 3),
            },
            _unlike_generation,
            high=SETTLED_LIMIT,
        ),
        "resumen": Record(
            fields={
                **dict.fromkeys(("totalNoSuj", "totalExenta", "totalGravada", "totalExportacion"), MONEY_SIGNED),
                **dict.fromkeys(("subTotalVentas", "montoTotalOperacion", "ivaPerci", "total"), MONEY_SIGNED),
                "tributos": Rows(
                    null=True,
                    unique=True,
                    item=Record(
                        fields={"codigo": chosen(ADDED_TAXES), "descripcion": text(300, 2), "valor": MONEY_SIGNED}
                    ),
                ),
                "totalLetras": text(200, 0),
                "condicionOperacion": CONDITION,
            },
            verify=_owed_for_nothing,
        ),
        "extension": extension(5),
        "apendice": appendix(),
    }
)
CARD_SETTLEMENT_V1 = Record(
    fields={
        "identificacion": present_identification("09", 1, NORMAL_ONLY, series=SERIES),
        "emisor": without(
            emitter(
                nrc=nrc(),
                nombre=text(200, 3),
                telefono=Text(pattern=EIGHT_DIGITS),
                direccion=address(5),
                codigoMH=FOUR_IF_ANY,
                codigo=FOUR_IF_ANY,
                puntoVentaMH=FOUR_IF_ANY,
                puntoVentaContri=POINT_OF_SALE,
            ),
            *OWN_CODES,
        ),
        "receptor": replace(
            BUYER,
            fields={
                **BUYER.fields,
                "codActividad": Text(low=5, high=6, pattern=ACTIVITY),
                "descActividad": text(150, 5),
                "nombreComercial": text(150, 5, null=True),
                "tipoEstablecimiento": ESTABLISHMENT,
                "direccion": address(5),
                "telefono": Text(pattern=EIGHT_DIGITS, null=True),
                "codigoMH": FOUR_IF_ANY,
                "puntoVentaMH": FOUR_IF_ANY,
            },
        ),
        "cuerpoDocumento": Record(
            fields={
                "periodoLiquidacionFechaInicio": Text(day=True),
                "periodoLiquidacionFechaFin": Text(day=True),
                "codLiquidacion": text(30, null=True),
                "cantidadDoc": Number(null=True, places=0, above=0, below=LIMIT),
                "descripSinPercepcion": text(100, null=True),
                **amounts("montoSinPercepcion", "comision", "ivaComision"),
                **dict.fromkeys(("valorOperaciones", "subTotal", "montoSujetoPercepcion"), POSITIVE),
                **dict.fromkeys(("ivaPercibido", "liquidoApagar"), POSITIVE),
                "iva": positive(LINE_PLACES),
                "porcentComision": text(100, null=True),
                "totalLetras": text(200, 8),
                "observaciones": text(200, 0, null=True),
            }
        ),
        "extension": Record(
            fields={"nombEntrega": text(100, 5), "docuEntrega": text(25, 5), "codEmpleado": text(15, null=True)}
        ),
        "apendice": appendix(2, 3, 1),
    }
)

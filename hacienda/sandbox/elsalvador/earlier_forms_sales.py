"""The forms before Normativa 2.0 of what an emitter sells or sends: 01 v1, 03 v3, 04 v3 and 11 v1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from .blocks import (
    BALANCE_IN_FAVOUR,
    DISCOUNTED,
    EITHER_WAY,
    LIMIT,
    LINE_AMOUNT,
    LINE_PLACES,
    PERCENTAGE,
    SUMMARY_PLACES,
    SUMMED,
    amounts,
    appendix,
    positive,
    signed,
    text,
)
from .blocks import identification as present_identification
from .catalogues import ADDED_TAXES, EXPORT_IVA, HACIENDA_ONLY_TAX, INFORMATIVE_TAXES, IVA
from .earlier_blocks import (
    ACTIVITY,
    BUYER,
    CONDITION,
    DASHED_DUI,
    IDENTITY_DOCUMENT,
    NIT,
    PAYMENTS,
    SELLER,
    SERIES,
    address,
    chosen,
    credit_without_terms,
    emitter,
    extension,
    identification,
    line,
    lines,
    mail,
    nrc,
    numbered,
    related,
    tax_rows,
    taxed,
    third_party,
    withheld_of_nothing,
)
from .earlier_catalogues import COUNTRIES_BEFORE
from .schema import Node, Number, Record, Rows, Text

# From these US dollars a form asks for who receives: three minimum wages of before 2024, and where to write to him.
NAMED_FROM, REACHED_FROM = Decimal("1095"), Decimal("10000")
SERVICES, DOCTOR, CARRIER = 2, 3, 4
SALE_TAXES = ADDED_TAXES | INFORMATIVE_TAXES
CONSUMER_TAXES = SALE_TAXES - {IVA}
MONEY_SIGNED, LINE_SIGNED = signed(SUMMARY_PLACES), signed(LINE_PLACES)

CONSUMER = Record(
    null=True,
    fields={
        "tipoDocumento": replace(IDENTITY_DOCUMENT, null=True),
        "numDocumento": text(20, 3, null=True),
        "nrc": nrc(2, null=True),
        "nombre": text(250, null=True),
        "codActividad": Text(low=5, high=6, pattern=ACTIVITY, null=True),
        "descActividad": text(150, 5, null=True),
        "direccion": address(5, null=True),
        "telefono": text(30, 8, null=True),
        "correo": mail(null=True),
    },
    verify=numbered(DASHED_DUI, registered_by_nit=True),
)


def _unlike_doctor(doctor: Mapping[str, Any]) -> str | None:
    return "docIdentificacion" if doctor["nit"] is None and doctor["docIdentificacion"] is None else None


def _unlike_paper(paper: Mapping[str, Any]) -> str | None:
    of_doctor = paper["codDocAsociado"] == DOCTOR
    if (paper["medico"] is None) == of_doctor:
        return "medico"
    return next((name for name in ("descDocumento", "detalleDocumento") if (paper[name] is None) != of_doctor), None)


PAPERS = Rows(
    null=True,
    low=1,
    high=10,
    item=Record(
        fields={
            "codDocAsociado": Number(whole=True, least=1, most=4),
            "descDocumento": text(100, 0, null=True),
            "detalleDocumento": text(300, 0, null=True),
            "medico": Record(
                null=True,
                fields={
                    "nombre": text(100, 0),
                    "nit": Text(pattern=NIT, null=True),
                    "docIdentificacion": text(25, 2, null=True),
                    "tipoServicio": Number(least=1, most=6),
                },
                verify=_unlike_doctor,
            ),
        },
        verify=_unlike_paper,
    ),
)
SUMMARY: dict[str, Node] = {
    **amounts(*SUMMED, *DISCOUNTED, "totalDescu", "subTotal", "montoTotalOperacion", "totalPagar"),
    **amounts("ivaRete1", "reteRenta"),
    "porcentajeDescuento": PERCENTAGE,
    "tributos": tax_rows(),
    "totalNoGravado": MONEY_SIGNED,
    "totalLetras": text(200, 0),
    "saldoFavor": BALANCE_IN_FAVOUR,
    "condicionOperacion": CONDITION,
    "pagos": PAYMENTS,
    "numPagoElectronico": text(100, 0, null=True),
}
CHARGED: dict[str, Node] = {"psv": LINE_AMOUNT, "noGravado": LINE_SIGNED}

_consumer_taxes = taxed(CONSUMER_TAXES, of_tax_item=None)
_nothing_withheld = withheld_of_nothing("ivaPerci1", "ivaRete1")


def _unlike_consumer_line(line: Mapping[str, Any]) -> str | None:
    iva_of_nothing = line["ventaGravada"] <= 0 and line["ivaItem"] > 0
    return _consumer_taxes(line) or ("ivaItem" if iva_of_nothing else None)


def _unnamed(document: Mapping[str, Any]) -> str | None:
    receiver = document["receptor"]
    if document["resumen"]["montoTotalOperacion"] < NAMED_FROM:
        return None
    if receiver is None:
        return "receptor"
    missing = (name for name in ("tipoDocumento", "numDocumento", "nombre") if receiver[name] is None)
    return next((f"receptor/{name}" for name in missing), None)


CONSUMER_INVOICE_V1 = Record(
    fields={
        "identificacion": identification("01", 1, low=5),
        "documentoRelacionado": related("04", "09", high=10, short=True),
        "emisor": emitter(),
        "receptor": CONSUMER,
        "otrosDocumentos": PAPERS,
        "ventaTercero": third_party(250, 1),
        "cuerpoDocumento": lines(line(ivaItem=LINE_AMOUNT, **CHARGED), _unlike_consumer_line),
        "resumen": Record(
            fields=SUMMARY
            | amounts("totalIva")
            | {"tributos": tax_rows(chosen(CONSUMER_TAXES - {HACIENDA_ONLY_TAX}))},
            verify=withheld_of_nothing("ivaRete1"),
        ),
        "extension": extension(5, placaVehiculo=text(10, 0, null=True)),
        "apendice": appendix(),
    },
    verify=_unnamed,
)


def _unlike_credit(summary: Mapping[str, Any]) -> str | None:
    paid_later = summary["totalPagar"] == 0 and summary["condicionOperacion"] != 1
    misfit = credit_without_terms(summary) or _nothing_withheld(summary)
    return misfit or ("condicionOperacion" if paid_later else None)


TAX_CREDIT_V3 = Record(
    fields={
        "identificacion": identification("03", 3),
        "documentoRelacionado": related("04", "08", "09"),
        "emisor": SELLER,
        "receptor": BUYER,
        "otrosDocumentos": PAPERS,
        "ventaTercero": third_party(),
        "cuerpoDocumento": lines(line(precioUni=LINE_AMOUNT, **CHARGED), taxed(SALE_TAXES, of_tax_item=[IVA])),
        "resumen": Record(
            fields=SUMMARY | amounts("ivaPerci1") | {"montoTotalOperacion": positive(SUMMARY_PLACES)},
            verify=_unlike_credit,
        ),
        "extension": extension(1, placaVehiculo=text(10, 2, null=True)),
        "apendice": appendix(2, 3, 1),
    }
)
DELIVERY_NOTE_V3 = Record(
    fields={
        "identificacion": identification("04", 3),
        "documentoRelacionado": related("01", "03"),
        "emisor": SELLER,
        "receptor": Record(
            fields={
                "tipoDocumento": IDENTITY_DOCUMENT,
                "numDocumento": text(20, 3),
                "nrc": nrc(2, null=True),
                "nombre": text(250),
                "codActividad": Text(pattern=ACTIVITY, null=True),
                "descActividad": text(150, null=True),
                "nombreComercial": text(150, null=True),
                "direccion": address(),
                "telefono": text(30, 8, null=True),
                "correo": mail(),
                "bienTitulo": text(2, 0),
            },
            verify=numbered(DASHED_DUI, registered_by_nit=True),
        ),
        "ventaTercero": third_party(200, 1),
        "cuerpoDocumento": lines(line(), taxed(of_tax_item=[IVA])),
        "resumen": Record(
            fields={
                **amounts(*SUMMED, *DISCOUNTED, "totalDescu", "subTotal", "montoTotalOperacion"),
                "porcentajeDescuento": replace(PERCENTAGE, null=True),
                "tributos": tax_rows(),
                "totalLetras": text(200, 0),
            }
        ),
        "extension": extension(1),
        "apendice": appendix(),
    }
)


def _unlike_export_manner(identification: Mapping[str, Any]) -> str | None:
    # What the file says of a contingency's words is said of a field that it does not have.
    if identification["tipoModelo"] != identification["tipoOperacion"]:
        return "tipoModelo"
    normal = identification["tipoOperacion"] == 1
    return "tipoContingencia" if normal and identification["tipoContingencia"] is not None else None


def _unlike_exported(emitter: Mapping[str, Any]) -> str | None:
    if emitter["tipoItemExpor"] != SERVICES:
        return None
    return next((name for name in ("recintoFiscal", "regimen") if emitter[name] is not None), None)


def _unlike_transport(paper: Mapping[str, Any]) -> str | None:
    carried = paper["codDocAsociado"] == CARRIER
    names = [name for name in ("modoTransp", "nombreConductor", "placaTrans") if (paper[name] is None) == carried]
    if paper["codDocAsociado"] in (1, 2):
        names += [name for name in ("descDocumento", "detalleDocumento") if paper[name] is None]
    return names[0] if names else None


def _unlike_export_line(line: Mapping[str, Any]) -> str | None:
    foreign = line["noGravado"] == 0 and any(code != EXPORT_IVA for code in line["tributos"] or ())
    return "tributos" if foreign else None


def _unreached(document: Mapping[str, Any]) -> str | None:
    receiver = document["receptor"]
    if document["resumen"]["montoTotalOperacion"] < REACHED_FROM:
        return None
    if receiver is None:
        return "receptor"
    return "receptor/correo" if receiver["correo"] is None else None


EXPORT_IDENTIFICATION = present_identification(
    "11",
    1,
    {name: node for name, node in EITHER_WAY.items() if name != "motivoContin"},
    series=SERIES,
    motivoContigencia=text(500, null=True),
)
# An exported line is of one kind and of one column.
NOT_EXPORTED = ("tipoItem", "numeroDocumento", "codTributo", "ventaNoSuj", "ventaExenta")
EXPORT_LINE = {name: node for name, node in line(codigo=text(200, null=True)).items() if name not in NOT_EXPORTED}
EXPORT_INVOICE_V1 = Record(
    fields={
        "identificacion": replace(EXPORT_IDENTIFICATION, verify=_unlike_export_manner),
        "emisor": replace(
            emitter(
                tipoItemExpor=Number(whole=True, choices=frozenset({1, 2, 3})),
                recintoFiscal=text(2, 2, null=True),
                regimen=text(13, null=True),
            ),
            verify=_unlike_exported,
        ),
        "receptor": Record(
            null=True,
            fields={
                "nombre": text(250),
                "tipoDocumento": IDENTITY_DOCUMENT,
                "numDocumento": text(20, 3),
                "nombreComercial": text(150, null=True),
                "codPais": chosen(COUNTRIES_BEFORE),
                "nombrePais": text(50, 3),
                "complemento": text(300, 5),
                "tipoPersona": Number(whole=True, choices=frozenset({1, 2})),
                "descActividad": text(150, 5),
                "telefono": text(50, 8, null=True),
                "correo": mail(3, null=True),
            },
            verify=numbered(DASHED_DUI),
        ),
        "otrosDocumentos": Rows(
            null=True,
            low=1,
            high=20,
            item=Record(
                fields={
                    "codDocAsociado": Number(whole=True, choices=frozenset({1, 2, 3, 4})),
                    "descDocumento": text(100, 0, null=True),
                    "detalleDocumento": text(300, 0, null=True),
                    "placaTrans": text(70, 5, null=True),
                    "modoTransp": Number(whole=True, null=True, least=1, most=4),
                    "numConductor": text(100, 5, null=True),
                    "nombreConductor": text(200, 5, null=True),
                },
                verify=_unlike_transport,
            ),
        ),
        "ventaTercero": third_party(250, 1),
        "cuerpoDocumento": lines(EXPORT_LINE | {"noGravado": LINE_SIGNED}, _unlike_export_line),
        "resumen": Record(
            fields={
                **amounts("totalGravada", "descuento", "totalDescu", "totalPagar"),
                **dict.fromkeys(("seguro", "flete"), Number(places=SUMMARY_PLACES, least=0, below=LIMIT, null=True)),
                "porcentajeDescuento": PERCENTAGE,
                "montoTotalOperacion": positive(SUMMARY_PLACES),
                "totalNoGravado": MONEY_SIGNED,
                "totalLetras": text(200, 0),
                "condicionOperacion": CONDITION,
                "pagos": PAYMENTS,
                "codIncoterms": Text(null=True),
                "descIncoterms": text(150, 3, null=True),
                "numPagoElectronico": text(100, 0, null=True),
                "observaciones": text(500, 0, null=True),
            }
        ),
        "apendice": appendix(),
    },
    verify=_unreached,
)

"""Payloads of every type as they could have been signed: made up, and no longer than a reader needs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from django.utils import translation
from django.utils.translation import gettext

from hacienda.readable import Readable

CODE = "5B1C0C55-0B5A-4E37-9C1B-0D5C7A8E9F10"
OLD = "C2B7E7B0-6A53-4D0E-8E53-3C5B8A4D1122"
OLDER = "D4A1F3C6-91B2-4F77-A2C3-7E6D5F4B3344"
PLACE = {"departamento": "06", "municipio": "23", "distrito": "14", "complemento": "Calle Inventada 5"}

Payload = dict[str, Any]


def _document(type_code: str, version: int, **blocks: Any) -> Payload:
    identification = {
        "version": version,
        "ambiente": "01",
        "tipoDte": type_code,
        "numeroControl": f"DTE-{type_code}-M001P001-000000000000007",
        "codigoGeneracion": CODE,
        "tipoModelo": 1,
        "tipoOperacion": 1,
        "fecEmi": "2026-11-20",
        "horEmi": "10:15:30",
        "tipoMoneda": "USD",
        **blocks.pop("identificacion", {}),
    }
    return {"identificacion": identification, "emisor": _issuer(), **blocks, "apendice": None}


def _event(type_code: str, **blocks: Any) -> Payload:
    made = _document(type_code, 1, **blocks)
    del made["identificacion"]["numeroControl"], made["identificacion"]["tipoDte"]
    made["identificacion"]["tipoEvento"] = type_code
    return made


def _issuer(**more: Any) -> Payload:
    return {
        "nit": "06140101901012",
        "nrc": "112233",
        "nombre": "TALLER INVENTADO, S.A. DE C.V.",
        "codActividad": "46632",
        "descActividad": "Venta de herramientas",
        "nombreComercial": "Taller Inventado",
        "direccion": PLACE,
        "telefono": "2222-0000",
        "correo": "taller@inventado.example",
        "codEstable": "M001",
        "codPuntoVenta": "P001",
        **more,
    }


def _taxpayer(**more: Any) -> Payload:
    return {
        "tipoDocumento": "36",
        "numDocumento": "06140202902023",
        "nrc": "445566",
        "nombre": "COMPRAS INVENTADAS, S.A. DE C.V.",
        "codActividad": "46900",
        "descActividad": "Venta de otros productos",
        "nombreComercial": None,
        "direccion": PLACE,
        "telefono": None,
        "correo": "compras@inventadas.example",
        **more,
    }


def _line(number: int, text: str, **more: Any) -> Payload:
    return {
        "numItem": number,
        "tipoItem": 1,
        "numeroDocumento": None,
        "cantidad": 2,
        "codigo": "SKU-1",
        "codTributo": None,
        "uniMedida": 59,
        "descripcion": text,
        "precioUni": 50,
        "montoDescu": 10,
        "ventaNoSuj": 0,
        "ventaExenta": 0,
        "ventaGravada": 90,
        "tributos": ["20"],
        **more,
    }


_VAT = {"codigo": "20", "descripcion": "Impuesto al Valor Agregado 13%"}
_RELATED = {"tipoDocumento": "03", "tipoGeneracion": 2, "numeroDocumento": OLD, "fechaEmision": "2026-11-02"}


def delivery_note() -> Payload:
    summary = {
        "totalNoSuj": 0,
        "totalExenta": 0,
        "totalGravada": 90,
        "subTotalVentas": 90,
        "descuNoSuj": 0,
        "descuExenta": 0,
        "descuGravada": 5,
        "subTotal": 85,
        "tributos": [{**_VAT, "valor": 11.05}],
        "montoTotalOperacion": 96.05,
        "totalLetras": "NOVENTA Y SEIS DÓLARES CON 05/100",
        "observaciones": "Entregar en bodega",
    }
    return _document(
        "04",
        4,
        documentoRelacionado=None,
        receptor=_taxpayer(bienTitulo="03"),
        ventaTercero={"nit": "06140303903034", "nombre": "DUEÑO INVENTADO", "codDomiciliado": 1},
        cuerpoDocumento=[_line(1, "Sierra de mano")],
        resumen=summary,
    )


def _note(type_code: str, lines: list[Payload], summary: Payload, related: list[Payload]) -> Payload:
    issuer = _issuer()
    del issuer["codEstable"], issuer["codPuntoVenta"]
    return _document(
        type_code,
        4,
        identificacion={"fusion": None},
        emisor=issuer,
        receptor=_taxpayer(),
        documentoRelacionado=related,
        ventaTercero=None,
        cuerpoDocumento=lines,
        resumen={
            "totalNoSuj": 0,
            "totalExenta": 0,
            "totalGravada": 0,
            "subTotalVentas": 0,
            "totalDescu": 0,
            "tributos": None,
            "ivaPerci": 0,
            "totalIva": 0,
            "ivaRete": 0,
            "montoTotalOperacion": 0,
            "totalNoGravado": 0,
            "condicionOperacion": 1,
            "observaciones": None,
            "codigoRetencionMH": None,
            **summary,
        },
    )


def credit_note() -> Payload:
    zero = {"noGravado": 0, "ivaPerci": 0, "totalIva": 0, "ivaRete": 0}
    lines = [
        _line(1, "Sierra devuelta", numeroDocumento=OLD, **{**zero, "ivaRete": 0.9}),
        _line(
            2,
            "Propina devuelta",
            numeroDocumento=OLDER,
            **{**zero, "noGravado": -3, "ventaGravada": 0, "precioUni": 0, "montoDescu": 0},
        ),
    ]
    summary = {
        "totalGravada": 90,
        "subTotalVentas": 90,
        "tributos": [{**_VAT, "valor": 11.7}],
        "ivaRete": 0.9,
        "montoTotalOperacion": 101.7,
        "totalNoGravado": -3,
        "totalPagar": 97.8,
        "totalLetras": "NOVENTA Y SIETE DÓLARES CON 80/100",
    }
    return _note("05", lines, summary, [_RELATED, {**_RELATED, "numeroDocumento": OLDER}])


def note_on_retention() -> Payload:
    nothing = {"precioUni": 0, "montoDescu": 0, "ventaGravada": 0, "noGravado": 0, "ivaPerci": 0, "totalIva": 0}
    line = _line(1, "Retención de más", numeroDocumento=OLD, ivaRete=1.5, **nothing)
    summary = {
        "ivaRete": 1.5,
        "totalPagar": 1.5,
        "totalLetras": "UN DÓLAR CON 50/100",
        "codigoRetencionMH": "22",
    }
    return _note("05", [line], summary, [{**_RELATED, "tipoDocumento": "07"}])


def debit_note() -> Payload:
    line = _line(1, "Diferencia de precio", numeroDocumento=OLD, noGravado=0, ivaPerci=0.9, totalIva=0, ivaRete=0)
    summary = {
        "totalGravada": 90,
        "subTotalVentas": 90,
        "tributos": [{**_VAT, "valor": 11.7}],
        "ivaPerci": 0.9,
        "montoTotalOperacion": 101.7,
        "totalPagar": 102.6,
        "totalLetras": "CIENTO DOS DÓLARES CON 60/100",
        "numPagoElectronico": None,
    }
    return _note("06", [line], summary, [_RELATED])


def withholding() -> Payload:
    row = {
        "numItem": 1,
        "tipoDte": "03",
        "tipoGeneracion": 2,
        "numeroDocumento": OLD,
        "fechaEmision": "2026-11-02",
        "montoSujetoGrav": 1000,
        "codigoRetencionMH": "22",
        "ivaRetenido": 10,
        "descripcion": None,
    }
    paper = {**row, "numItem": 2, "tipoGeneracion": 1, "numeroDocumento": "A-77", "descripcion": "Recibida en papel"}
    return _document(
        "07",
        2,
        identificacion={"fusion": "06140505905056"},
        receptor=_taxpayer(),
        cuerpoDocumento=[row, paper],
        resumen={
            "totalSujetoRetencion": 2000,
            "totalIva": 260,
            "totalIvaRetenido": 20,
            "totalLetras": "VEINTE DÓLARES CON 00/100",
            "observaciones": None,
        },
    )


def settlement() -> Payload:
    row = {
        "numItem": 1,
        "tipoDte": "03",
        "tipoGeneracion": 2,
        "numeroDocumento": OLD,
        "fechaEmision": "2026-11-02",
        "ventaNoSuj": 0,
        "ventaExenta": 0,
        "ventaGravada": 200,
        "exportaciones": 0,
        "tributos": ["20"],
        "ivaItem": 26,
        "observaciones": None,
    }
    back = {**row, "numItem": 2, "numeroDocumento": OLDER, "ventaGravada": -50, "ivaItem": -6.5}
    return _document(
        "08",
        2,
        identificacion={"fusion": None},
        receptor=_taxpayer(codDomiciliado=1),
        cuerpoDocumento=[row, {**back, "observaciones": "Invalidado en noviembre"}],
        resumen={
            "totalNoSuj": 0,
            "totalExenta": 0,
            "totalGravada": 150,
            "exportacion": 0,
            "subTotalVentas": 150,
            "tributos": [{**_VAT, "valor": 19.5}],
            "montoTotalOperacion": 169.5,
            "ivaPerci": 0,
            "total": 169.5,
            "totalLetras": "CIENTO SESENTA Y NUEVE DÓLARES CON 50/100",
            "condicionOperacion": 1,
            "observaciones": None,
        },
    )


def accounting_settlement() -> Payload:
    receiver = _taxpayer(nit="06140202902023", tipoEstablecimiento="02")
    del receiver["tipoDocumento"], receiver["numDocumento"]
    return _document(
        "09",
        2,
        receptor=receiver,
        cuerpoDocumento={
            "periodoLiquidacionFechaInicio": "2026-11-01",
            "periodoLiquidacionFechaFin": "2026-11-15",
            "codLiquidacion": "LQ-9",
            "cantidadDoc": 42,
            "valorOperaciones": 1230,
            "montoSinPercepcion": 100,
            "descripSinPercepcion": "Propinas",
            "subTotal": 1130,
            "iva": 130,
            "montoSujetoPercepcion": 1000,
            "ivaPercibido": 20,
            "comision": 33.9,
            "porcentComision": 3,
            "ivaComision": 4.41,
            "liquidoApagar": 1171.69,
            "totalLetras": "MIL CIENTO SETENTA Y UN DÓLARES CON 69/100",
            "observaciones": "Abonado en cuenta",
        },
        extension={"nombEntrega": "Ana Inventada", "docuEntrega": "012345678", "codEmpleado": None},
    )


def export_invoice() -> Payload:
    line = _line(1, "Hamaca", noGravado=0, tributos=["C3"])
    del line["ventaNoSuj"], line["ventaExenta"]
    return _document(
        "11",
        3,
        emisor=_issuer(tipoItemExpor=1, recintoFiscal="02", tipoRegimen="EX-1", regimen="1000.000"),
        receptor={
            "nombre": "INVENTED BUYER INC.",
            "tipoDocumento": "37",
            "numDocumento": "US-1",
            "descActividad": "Importador",
            "nombreComercial": None,
            "codPais": "US",
            "nombrePais": "Estados Unidos",
            "complemento": "1 Invented Ave, Miami FL",
            "tipoPersona": 2,
            "telefono": None,
            "correo": None,
        },
        documentoRelacionado=None,
        otrosDocumentos=[
            {
                "codDocAsociado": 4,
                "descDocumento": None,
                "detalleDocumento": None,
                "placaTrans": "C-1234",
                "modoTransp": 1,
                "numConductor": "012345678",
                "nombreConductor": "Juan Inventado",
            }
        ],
        ventaTercero=None,
        compraTercero={"numDocumento": "US-9", "nombre": "THIRD BUYER INC."},
        cuerpoDocumento=[line],
        resumen={
            "totalGravada": 90,
            "descuGravada": 10,
            "seguro": 5,
            "flete": 15,
            "tributos": [{"codigo": "C3", "descripcion": "IVA (exportaciones) 0%", "valor": 0}],
            "montoTotalOperacion": 100,
            "totalNoGravado": 0,
            "totalNoOnerosas": 0,
            "totalPagar": 100,
            "totalLetras": "CIEN DÓLARES CON 00/100",
            "saldoFavor": 0,
            "condicionOperacion": 1,
            "pagos": [{"codigo": "05", "montoPago": 100, "referencia": "T-1", "plazo": None, "periodo": None}],
            "codIncoterms": "09",
            "descIncoterms": "FOB-Libre a bordo",
            "numPagoElectronico": None,
            "observaciones": None,
        },
    )


def purchase() -> Payload:
    line = _line(1, "Corte de grama", compra=90)
    for key in ("ventaNoSuj", "ventaExenta", "ventaGravada", "tributos"):
        del line[key]
    issuer = _issuer()
    del issuer["nombreComercial"]
    return _document(
        "14",
        2,
        emisor=issuer,
        receptor={
            "tipoDocumento": "13",
            "numDocumento": "098765432",
            "nombre": "Pedro Inventado",
            "codActividad": None,
            "descActividad": None,
            "direccion": PLACE,
            "telefono": None,
            "correo": None,
        },
        cuerpoDocumento=[line],
        resumen={
            "totalCompra": 90,
            "descu": 0,
            "totalDescu": 10,
            "subTotal": 90,
            "reteRenta": 9,
            "totalPagar": 81,
            "totalLetras": "OCHENTA Y UN DÓLARES CON 00/100",
            "condicionOperacion": 1,
            "pagos": None,
            "observaciones": None,
        },
    )


def donation() -> Payload:
    issuer = _issuer(tipoDocumento="36", numDocumento="06140101901012")
    del issuer["nit"]
    return _document(
        "15",
        2,
        emisor=issuer,
        receptor=_taxpayer(
            tipoDocumento="03", numDocumento="X-1", nrc=None, direccion=None, codDomiciliado=2, codPais="US"
        ),
        otrosDocumentos=[
            {"codDocAsociado": 1, "descDocumento": "Resolución 1", "detalleDocumento": "Entidad exenta"}
        ],
        cuerpoDocumento=[
            {
                "numItem": 1,
                "tipoDonacion": 2,
                "cantidad": 10,
                "codigo": None,
                "uniMedida": 59,
                "descripcion": "Sillas usadas",
                "tipoDepreciacion": 50,
                "valorUni": 100,
                "valor": 950,
            }
        ],
        resumen={"valorTotal": 950, "totalLetras": "NOVECIENTOS CINCUENTA DÓLARES CON 00/100", "pagos": None},
    )


def special_operations() -> Payload:
    row = {
        "numItem": 1,
        "codigoGeneracionRef": None,
        "tipoDocumento": "02",
        "numDocumento": None,
        "fechaEmision": "2026-11-20",
        "cantidad": 120,
        "descripcion": "Ventas del día",
        "docDel": "1",
        "docAl": "120",
        "precioUni": 1,
        "ventaNoSuj": 0,
        "ventaExenta": 120,
        "ventaGravada": 0,
        "tributos": None,
    }
    voucher = {"tipoDocumento": "97", "numDocumento": "V-1", "docDel": None, "docAl": None, "fechaEmision": None}
    return _event(
        "17",
        emisor={"nit": "06140101901012", "nombre": "TALLER INVENTADO, S.A. DE C.V."},
        cuerpoDocumento=[row, {**row, **voucher, "numItem": 2, "codigoGeneracionRef": OLD}],
        resumen={
            "totalNoSuj": 0,
            "totalExenta": 240,
            "totalGravada": 0,
            "subTotal": 240,
            "tributos": None,
            "total": 240,
            "totalLetras": "DOSCIENTOS CUARENTA DÓLARES CON 00/100",
        },
    )


def _returned(related_type: str, line: Payload, summary: Payload, **issuer: Any) -> Payload:
    keys = (
        "totalNoSuj",
        "totalExenta",
        "totalGravada",
        "totalCompraExcluidos",
        "subTotalVentas",
        "totalSeguro",
        "totalFlete",
        "montoTotalOperacion",
        "ivaRete",
        "reteRenta",
        "totalNoGravado",
        "totalPagar",
        "totalNoOnerosas",
        "totalIva",
        "saldoFavor",
    )
    amounts = ("compra", "psv", "ivaItem", "noGravado", "seguro", "flete", "ivaRete", "reteRenta")
    row = {**_line(1, "Lo que vuelve", tributos=None), **dict.fromkeys(amounts, 0), **line, "codigoGeneracion": OLD}
    del row["numeroDocumento"]
    return _event(
        "18",
        identificacion={"tipoContingencia": None, "motivoContin": None, "fusion": None},
        documentoRelacionado=[{"tipoDocumento": related_type, "codigoGeneracion": OLD, "fechaEmision": "2026-11-02"}],
        emisor={
            "nit": "06140101901012",
            "nombre": "TALLER INVENTADO, S.A. DE C.V.",
            "codEstableMH": "M001",
            "codEstable": None,
            "codPuntoVentaMH": "P001",
            "codPuntoVenta": None,
            "recintoFiscal": None,
            "tipoRegimen": None,
            "regimen": None,
            "tipoItemExpor": None,
            **issuer,
        },
        documento=None,
        ventaTercero=None,
        compraTercero=None,
        cuerpoDocumento=[row],
        resumen={
            **dict.fromkeys(keys, 0),
            "tributos": None,
            "totalLetras": "CANTIDAD CON 00/100",
            **summary,
        },
    )


def return_of_sale() -> Payload:
    """Without a code and a unit, which this event alone may leave out."""
    made = _returned(
        "01",
        {"ivaItem": 10.35},
        {
            "totalGravada": 90,
            "subTotalVentas": 90,
            "montoTotalOperacion": 90,
            "totalIva": 10.35,
            "totalPagar": 90,
        },
    )
    (line,) = made["cuerpoDocumento"]
    del line["codigo"], line["uniMedida"]
    return made


def return_of_export() -> Payload:
    made = _returned(
        "11",
        {"seguro": 5, "flete": 15},
        {
            "totalGravada": 90,
            "subTotalVentas": 90,
            "totalSeguro": 5,
            "totalFlete": 15,
            "montoTotalOperacion": 110,
            "totalPagar": 110,
        },
        tipoItemExpor=1,
        recintoFiscal="02",
        tipoRegimen="EX-1",
        regimen="1000.000",
    )
    made["documento"] = {
        "tipoDocumento": "37",
        "numDocumento": "US-1",
        "nombre": "INVENTED BUYER INC.",
        "codPais": "US",
        "nombrePais": "Estados Unidos",
        "telefono": None,
        "correo": None,
    }
    return made


def return_of_purchase() -> Payload:
    return _returned(
        "14",
        {"ventaGravada": 0, "compra": 90, "reteRenta": 9},
        {
            "totalCompraExcluidos": 90,
            "subTotalVentas": 90,
            "montoTotalOperacion": 90,
            "reteRenta": 9,
            "totalPagar": 81,
        },
    )


EVERY: Mapping[str, Callable[[], Payload]] = MappingProxyType(
    {
        made.__name__: made
        for made in (
            delivery_note,
            credit_note,
            note_on_retention,
            debit_note,
            withholding,
            settlement,
            accounting_settlement,
            export_invoice,
            purchase,
            donation,
            special_operations,
            return_of_sale,
            return_of_export,
            return_of_purchase,
        )
    }
)


def sums(readable: Readable) -> dict[str, str]:
    """The sums by their names as a Spanish document prints them."""
    with translation.override("es"):
        named = [(gettext(one.label), one) for one in readable.sums]
    return {label % one.params if one.params else label: str(one.amount) for label, one in named}


def text(payload: Payload) -> str:
    """As it would be signed."""
    return json.dumps(payload, ensure_ascii=False)

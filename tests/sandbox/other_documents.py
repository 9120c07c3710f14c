"""Good documents of the types besides invoices and tax credits, for a made-up merchant; every figure is right."""

from __future__ import annotations

from typing import Any

from tests.sandbox.merchant import ADDRESS, CUSTOMER_NIT, Merchant, changed, new_code

BUYER = {
    "tipoDocumento": "36",
    "numDocumento": CUSTOMER_NIT,
    "nrc": "765432",
    "nombre": "CLIENTE DE PRUEBA, S.A. DE C.V.",
    "codActividad": "46900",
    "descActividad": "Venta al por mayor",
    "nombreComercial": None,
    "direccion": dict(ADDRESS),
    "telefono": None,
    "correo": "cliente@example.com",
}
IVA_ROW = {"codigo": "20", "descripcion": "Impuesto al Valor Agregado 13%", "valor": 13}
CASH = {"codigo": "01", "referencia": None, "plazo": None, "periodo": None}


def _identified(merchant: Merchant, kind: str, version: int, *without: str, **more: Any) -> dict[str, Any]:
    identification = merchant.invoice()["identificacion"]
    number = identification["numeroControl"].replace("DTE-01", f"DTE-{kind}")
    identification |= {"version": version, "tipoDte": kind, "numeroControl": number}
    return {name: value for name, value in identification.items() if name not in without} | more


def _event(merchant: Merchant, kind: str, *without: str, **more: Any) -> dict[str, Any]:
    return _identified(merchant, kind, 1, "tipoDte", "numeroControl", *without, tipoEvento=kind, **more)


def _emitter(merchant: Merchant, *without: str, **more: Any) -> dict[str, Any]:
    emitter = merchant.invoice()["emisor"]
    return {name: value for name, value in emitter.items() if name not in without} | more


def _code(document: dict[str, Any]) -> str:
    return str(document["identificacion"]["codigoGeneracion"])


def related_to(*documents: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "tipoDocumento": one["identificacion"]["tipoDte"],
            "tipoGeneracion": 2,
            "numeroDocumento": _code(one),
            "fechaEmision": one["identificacion"]["fecEmi"],
        }
        for one in documents
    ]


def delivery_note(merchant: Merchant, **changes: Any) -> dict[str, Any]:
    """Four articles of 25.00 that travel, with the IVA shown."""
    document = merchant.tax_credit()
    unlike = ("psv", "noGravado")
    lines = [{name: value for name, value in document["cuerpoDocumento"][0].items() if name not in unlike}]
    kept = (
        "totalNoSuj",
        "totalExenta",
        "totalGravada",
        "subTotalVentas",
        "descuNoSuj",
        "descuExenta",
        "descuGravada",
    )
    kept += ("porcentajeDescuento", "totalDescu", "tributos", "subTotal", "montoTotalOperacion", "totalLetras")
    return {
        "identificacion": _identified(merchant, "04", 4),
        "documentoRelacionado": None,
        "emisor": document["emisor"],
        "receptor": BUYER | {"bienTitulo": "03"},
        "ventaTercero": None,
        "cuerpoDocumento": lines,
        "resumen": {name: document["resumen"][name] for name in kept} | {"observaciones": None},
        "apendice": None,
    } | changes


def note(merchant: Merchant, kind: str, *sales: dict[str, Any], price: float = 10) -> dict[str, Any]:
    """A credit note (05) or debit note (06) of one article of each sale."""
    iva = round(price * len(sales) * 0.13, 2)
    total = price * len(sales)
    more: dict[str, Any] = {"numPagoElectronico": None} if kind == "06" else {}
    lines = [
        {
            "numItem": position,
            "tipoItem": 1,
            "numeroDocumento": _code(sale),
            "cantidad": 1,
            "codigo": None,
            "codTributo": None,
            "uniMedida": 59,
            "descripcion": "Ajuste de prueba",
            "precioUni": price,
            "montoDescu": 0,
            "ventaNoSuj": 0,
            "ventaExenta": 0,
            "ventaGravada": price,
            "tributos": ["20"],
            "noGravado": 0,
            "ivaPerci": 0,
            "totalIva": 0,
            "ivaRete": 0,
        }
        for position, sale in enumerate(sales, start=1)
    ]
    return {
        "identificacion": _identified(merchant, kind, 4, fusion=None),
        "documentoRelacionado": related_to(*sales),
        "emisor": _emitter(merchant, "codEstable", "codPuntoVenta"),
        "receptor": dict(BUYER),
        "ventaTercero": None,
        "cuerpoDocumento": lines,
        "resumen": {
            "totalNoSuj": 0,
            "totalExenta": 0,
            "totalGravada": total,
            "subTotalVentas": total,
            "totalDescu": 0,
            "tributos": [IVA_ROW | {"valor": iva}],
            "montoTotalOperacion": round(total + iva, 2),
            "ivaPerci": 0,
            "totalIva": 0,
            "ivaRete": 0,
            "totalNoGravado": 0,
            "totalPagar": round(total + iva, 2),
            "totalLetras": "ONCE 30/100 USD",
            "condicionOperacion": 1,
            "observaciones": None,
            "codigoRetencionMH": None,
        }
        | more,
        "apendice": None,
    }


def withholding_note(merchant: Merchant, withheld: dict[str, Any], amount: float = 0.5) -> dict[str, Any]:
    """A credit note that takes back part of a withholding of 1 %."""
    document = note(merchant, "05", withheld, price=0)
    document["cuerpoDocumento"][0] |= {"tributos": None, "ivaRete": amount}
    document["resumen"] |= {"tributos": None, "ivaRete": amount, "totalPagar": amount, "codigoRetencionMH": "22"}
    return document


def paper(number: str, day: str, kind: str = "03") -> dict[str, Any]:
    """A printed document, as a row of a withholding or a settlement refers to it."""
    return {"tipoDte": kind, "tipoGeneracion": 1, "numeroDocumento": number, "fechaEmision": day}


def withholding(merchant: Merchant, *referred: dict[str, Any], base: float = 100) -> dict[str, Any]:
    """A withholding of 1 % of the base of each document; of a printed one without documents."""
    identification = _identified(merchant, "07", 2, fusion=None)
    rows = referred or (paper("123", identification["fecEmi"]),)
    total = base * len(rows)
    return {
        "identificacion": identification,
        "emisor": _emitter(merchant),
        "receptor": dict(BUYER),
        "cuerpoDocumento": [
            {
                "numItem": position,
                **row,
                "montoSujetoGrav": base,
                "codigoRetencionMH": "22",
                "ivaRetenido": round(base / 100, 2),
                "descripcion": None,
            }
            for position, row in enumerate(rows, start=1)
        ],
        "resumen": {
            "totalSujetoRetencion": total,
            "totalIva": 0,
            "totalIvaRetenido": round(total / 100, 2),
            "totalLetras": "UNO 00/100 USD",
            "observaciones": None,
        },
        "apendice": None,
    }


def as_row(document: dict[str, Any]) -> dict[str, Any]:
    """How a withholding or a settlement refers to an electronic document."""
    (related,) = related_to(document)
    return {"tipoDte": related.pop("tipoDocumento"), **related}


MANDANTE = {"nit": CUSTOMER_NIT, "nombre": "CLIENTE DE PRUEBA, S.A. DE C.V.", "codDomiciliado": 1}


def settlement(merchant: Merchant, *rows: tuple[dict[str, Any], float]) -> dict[str, Any]:
    """A commission agent's settlement: each row is what it refers to and its net taxed amount."""
    identification = _identified(merchant, "08", 2, "tipoContingencia", "motivoContin", fusion=None)
    rows = rows or ((paper("123", identification["fecEmi"]), 100),)
    total = sum(amount for _, amount in rows)
    iva = round(total * 0.13, 2)
    lines = [
        {
            "numItem": position,
            **row,
            "ventaNoSuj": 0,
            "ventaExenta": 0,
            "ventaGravada": amount,
            "exportaciones": 0,
            "tributos": ["20"],
            "ivaItem": round(amount * 0.13, 2),
            "observaciones": None,
        }
        for position, (row, amount) in enumerate(rows, start=1)
    ]
    return {
        "identificacion": identification,
        "emisor": _emitter(merchant),
        "receptor": BUYER | {"codDomiciliado": 1},
        "cuerpoDocumento": lines,
        "resumen": {
            "totalNoSuj": 0,
            "totalExenta": 0,
            "totalGravada": total,
            "exportacion": 0,
            "subTotalVentas": total,
            "tributos": [IVA_ROW | {"valor": iva}],
            "montoTotalOperacion": round(total + iva, 2),
            "ivaPerci": 0,
            "total": max(round(total + iva, 2), 0),
            "totalLetras": "CIENTO TRECE 00/100 USD",
            "condicionOperacion": 1,
            "observaciones": None,
        },
        "apendice": None,
    }


def card_settlement(merchant: Merchant) -> dict[str, Any]:
    """What a card acquirer owes: 565.00 of sales and 50.00 of tips, less fee and perception."""
    identification = _identified(merchant, "09", 2, "tipoContingencia", "motivoContin")
    receiver = {name: value for name, value in BUYER.items() if name not in ("tipoDocumento", "numDocumento")}
    return {
        "identificacion": identification,
        "emisor": _emitter(merchant),
        "receptor": receiver | {"nit": CUSTOMER_NIT, "tipoEstablecimiento": "02"},
        "cuerpoDocumento": {
            "periodoLiquidacionFechaInicio": "2026-11-01",
            "periodoLiquidacionFechaFin": "2026-11-02",
            "codLiquidacion": None,
            "cantidadDoc": None,
            "valorOperaciones": 615,
            "montoSinPercepcion": 50,
            "descripSinPercepcion": "Propinas",
            "subTotal": 565,
            "iva": 65,
            "montoSujetoPercepcion": 500,
            "ivaPercibido": 10,
            "comision": 20,
            "porcentComision": 0,
            "ivaComision": 2.6,
            "liquidoApagar": 582.4,
            "totalLetras": "QUINIENTOS OCHENTA Y DOS 40/100 USD",
            "observaciones": None,
        },
        "extension": {"nombEntrega": "PERSONA DE PRUEBA", "docuEntrega": "000000000", "codEmpleado": None},
        "apendice": None,
    }


FOREIGN_BUYER = {
    "nombre": "BUYER OF TESTS INC.",
    "tipoDocumento": "37",
    "numDocumento": "A-1",
    "descActividad": "Comercio",
    "nombreComercial": None,
    "codPais": "US",
    "nombrePais": "Estados Unidos",
    "complemento": "1 Test Avenue",
    "tipoPersona": 2,
    "telefono": None,
    "correo": None,
}
CARRIER = {
    "codDocAsociado": 4,
    "descDocumento": None,
    "detalleDocumento": None,
    "placaTrans": "C-00000",
    "modoTransp": 1,
    "numConductor": "000000000",
    "nombreConductor": "PERSONA DE PRUEBA",
}


def export_invoice(merchant: Merchant, **changes: Any) -> dict[str, Any]:
    """Goods of 100.00 sold abroad, with 5.00 of insurance and 20.00 of freight."""
    document = merchant.tax_credit()
    unlike = ("ventaNoSuj", "ventaExenta", "psv")
    sold = {name: value for name, value in document["cuerpoDocumento"][0].items() if name not in unlike}
    regime = {"tipoItemExpor": 1, "recintoFiscal": "02", "tipoRegimen": "EX-1", "regimen": "1000.000"}
    return {
        "identificacion": _identified(merchant, "11", 3),
        "documentoRelacionado": None,
        "emisor": _emitter(merchant, **regime),
        "receptor": dict(FOREIGN_BUYER),
        "otrosDocumentos": [dict(CARRIER)],
        "ventaTercero": None,
        "compraTercero": None,
        "cuerpoDocumento": [sold | {"tributos": ["C3"]}],
        "resumen": {
            "totalGravada": 100,
            "descuGravada": 0,
            "porcentajeDescuento": 0,
            "totalDescu": 0,
            "seguro": 5,
            "flete": 20,
            "tributos": [{"codigo": "C3", "descripcion": "Exportaciones 0%", "valor": 0}],
            "montoTotalOperacion": 125,
            "totalNoGravado": 0,
            "totalNoOnerosas": 0,
            "totalPagar": 125,
            "totalLetras": "CIENTO VEINTICINCO 00/100 USD",
            "saldoFavor": 0,
            "condicionOperacion": 1,
            "pagos": [CASH | {"montoPago": 125}],
            "codIncoterms": "09",
            "descIncoterms": "FOB-Libre a bordo",
            "numPagoElectronico": None,
            "observaciones": None,
        },
        "apendice": None,
    } | changes


def services_abroad(merchant: Merchant) -> dict[str, Any]:
    """The same for services: nothing of customs in it."""
    document = export_invoice(merchant, otrosDocumentos=None)
    document["emisor"] |= {"tipoItemExpor": 2, "recintoFiscal": None, "tipoRegimen": None, "regimen": None}
    document["resumen"] |= {"codIncoterms": None, "descIncoterms": None}
    return document


SELLER = {name: BUYER[name] for name in BUYER if name not in ("nrc", "nombreComercial")} | {
    "tipoDocumento": "13",
    "numDocumento": "000000000",
    "nombre": "PERSONA DE PRUEBA",
    "codActividad": None,
    "descActividad": None,
}


def purchase(merchant: Merchant, **changes: Any) -> dict[str, Any]:
    """A service of 100.00 bought from somebody without registration, 10.00 of it withheld."""
    line = {
        "numItem": 1,
        "tipoItem": 2,
        "cantidad": 1,
        "codigo": None,
        "uniMedida": 99,
        "descripcion": "Servicio de prueba",
        "precioUni": 100,
        "montoDescu": 0,
        "compra": 100,
    }
    return {
        "identificacion": _identified(merchant, "14", 2),
        "emisor": _emitter(merchant, "nombreComercial"),
        "receptor": dict(SELLER),
        "cuerpoDocumento": [line],
        "resumen": {
            "totalCompra": 100,
            "descu": 0,
            "totalDescu": 0,
            "subTotal": 100,
            "reteRenta": 10,
            "totalPagar": 90,
            "totalLetras": "NOVENTA 00/100 USD",
            "condicionOperacion": 1,
            "pagos": [CASH | {"montoPago": 90}],
            "observaciones": None,
        },
        "apendice": None,
    } | changes


def donation(merchant: Merchant, **changes: Any) -> dict[str, Any]:
    """50.00 given in cash."""
    emitter = _emitter(merchant, "nit", tipoDocumento="36", numDocumento=merchant.nit)
    donor = {name: BUYER[name] for name in BUYER if name != "nombreComercial"}
    return {
        "identificacion": _identified(merchant, "15", 2, "tipoContingencia", "motivoContin"),
        "emisor": emitter,
        "receptor": donor | {"codDomiciliado": 1, "codPais": "SV"},
        "otrosDocumentos": [
            {"codDocAsociado": 1, "descDocumento": "Resolución 1", "detalleDocumento": "Entidad exenta"}
        ],
        "cuerpoDocumento": [
            {
                "numItem": 1,
                "tipoDonacion": 1,
                "cantidad": 1,
                "codigo": None,
                "uniMedida": 99,
                "descripcion": "Efectivo",
                "tipoDepreciacion": 0,
                "valorUni": 50,
                "valor": 50,
            }
        ],
        "resumen": {
            "valorTotal": 50,
            "totalLetras": "CINCUENTA 00/100 USD",
            "pagos": [{"codigo": "01", "montoPago": 50, "referencia": None}],
        },
        "apendice": None,
    } | changes


def donated_goods(merchant: Merchant) -> dict[str, Any]:
    """Two used articles of 30.00, worn by 10.00."""
    document = donation(merchant)
    document["cuerpoDocumento"][0] |= {"tipoDonacion": 2, "cantidad": 2, "uniMedida": 59, "valorUni": 30}
    document["cuerpoDocumento"][0] |= {"tipoDepreciacion": 10}
    document["resumen"]["pagos"] = None
    return document


def returned(merchant: Merchant, *sales: dict[str, Any], price: float = 0, compra: float = 0) -> dict[str, Any]:
    """A return of one article of each sale, of consumer invoices or exports at `price`, of purchases at `compra`."""
    first = sales[0]
    kind, exporter = first["identificacion"]["tipoDte"], first["emisor"]
    receiver = first["receptor"]
    copied = ("tipoDocumento", "numDocumento", "nombre", "codPais", "nombrePais")
    names = ("recintoFiscal", "tipoRegimen", "regimen", "tipoItemExpor")
    iva = round(price / 1.13 * 0.13, 8) if kind == "01" else 0
    lines = [
        {
            "numItem": position,
            "tipoItem": 1,
            "codigoGeneracion": _code(sale),
            "cantidad": 1,
            "precioUni": price or compra,
            "descripcion": "Devolución de prueba",
            "codigo": None,
            "uniMedida": 59,
            "montoDescu": 0,
            "codTributo": None,
            **dict.fromkeys(("ventaNoSuj", "ventaExenta", "psv", "noGravado", "seguro", "flete"), 0),
            "ventaGravada": price,
            "compra": compra,
            "tributos": ["C3"] if kind == "11" else None,
            "ivaItem": iva,
            "ivaRete": 0,
            "reteRenta": 0,
        }
        for position, sale in enumerate(sales, start=1)
    ]
    sold, bought = price * len(sales), compra * len(sales)
    export_row = {"codigo": "C3", "descripcion": "Exportaciones 0%", "valor": 0}
    zero = ("totalNoSuj", "totalExenta", "totalSeguro", "totalFlete", "ivaRete", "reteRenta", "totalNoGravado")
    related = [
        {"tipoDocumento": kind, "codigoGeneracion": _code(one), "fechaEmision": one["identificacion"]["fecEmi"]}
        for one in sales
    ]
    return {
        "identificacion": _event(merchant, "18", fusion=None),
        "documentoRelacionado": related,
        "emisor": {
            "nit": merchant.nit,
            "nombre": "EMPRESA DE PRUEBA, S.A. DE C.V.",
            "codEstableMH": "M001",
            "codEstable": None,
            "codPuntoVentaMH": "P001",
            "codPuntoVenta": None,
            **{name: exporter.get(name) for name in names},
        },
        "documento": receiver
        and {name: receiver.get(name) for name in copied} | dict.fromkeys(("telefono", "correo")),
        "ventaTercero": None,
        "compraTercero": None,
        "cuerpoDocumento": lines,
        "resumen": {
            **dict.fromkeys((*zero, "totalNoOnerosas", "saldoFavor"), 0),
            "totalGravada": sold,
            "totalCompraExcluidos": bought,
            "subTotalVentas": sold + bought,
            "tributos": [export_row] if kind == "11" else None,
            "montoTotalOperacion": sold + bought,
            "totalPagar": sold + bought,
            "totalLetras": "ONCE 30/100 USD",
            "totalIva": round(iva * len(sales), 2),
        },
        "apendice": None,
    }


def special_operations(merchant: Merchant) -> dict[str, Any]:
    """A hundred simplified sales of 1.00."""
    identification = _event(merchant, "17", "tipoContingencia", "motivoContin")
    return {
        "identificacion": identification,
        "emisor": {"nit": merchant.nit, "nombre": "EMPRESA DE PRUEBA, S.A. DE C.V."},
        "cuerpoDocumento": [
            {
                "numItem": 1,
                "codigoGeneracionRef": None,
                "tipoDocumento": "02",
                "numDocumento": None,
                "fechaEmision": identification["fecEmi"],
                "cantidad": 100,
                "descripcion": "Ventas simplificadas",
                "docDel": "1",
                "docAl": "100",
                "precioUni": 1,
                "ventaNoSuj": 0,
                "ventaExenta": 0,
                "ventaGravada": 100,
                "tributos": ["20"],
            }
        ],
        "resumen": {
            "totalNoSuj": 0,
            "totalExenta": 0,
            "totalGravada": 100,
            "subTotal": 100,
            "tributos": [dict(IVA_ROW)],
            "total": 113,
            "totalLetras": "CIENTO TRECE 00/100 USD",
        },
        "apendice": None,
    }


def all_changed(document: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A copy of the document with the value at each dotted path replaced."""
    for path, value in changes.items():
        document = changed(document, path, value)
    return document


def fresh(document: dict[str, Any], number: int) -> dict[str, Any]:
    """The document again, as another one."""
    again = changed(document, "identificacion.codigoGeneracion", new_code())
    if "numeroControl" in again["identificacion"]:
        prefix = again["identificacion"]["numeroControl"][:-15]
        again["identificacion"]["numeroControl"] = f"{prefix}{number:015d}"
    return again

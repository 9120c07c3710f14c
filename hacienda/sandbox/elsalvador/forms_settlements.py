"""The forms of what accounts for other documents: 07, 08 and 09 (DOCUMENTS.md 6.6, 6.7 and 6.8)."""

from __future__ import annotations

from .blocks import (
    FUSION,
    LIMIT,
    LINE_PLACES,
    NORMAL_ONLY,
    PERCENTAGE,
    REGISTRATION_IF_ANY,
    SETTLED_LIMIT,
    SUMMARY_AMOUNT,
    SUMMARY_PLACES,
    TELEPHONE_IF_ANY,
    address,
    appendix,
    emitter,
    identification,
    identified,
    lines,
    positive,
    signed,
    tax_rows,
    text,
)
from .schema import Number, Record, Rows, Text

POSITIVE = positive(SUMMARY_PLACES)
SIGNED_LINE, SIGNED_TOTAL = signed(LINE_PLACES), signed(SUMMARY_PLACES)
POSITION = Number(whole=True, least=1, most=SETTLED_LIMIT)
NUMBERED_LIMIT = 1_000_000_000

WITHHOLDING_V2 = Record(
    fields={
        "identificacion": identification(
            "07",
            2,
            # Its file leaves the manner of issue to Hacienda's server.
            {
                "tipoModelo": Number(),
                "tipoOperacion": Number(whole=True),
                "tipoContingencia": Number(whole=True, null=True),
                "motivoContin": Text(null=True),
            },
            fusion=Text(null=True),
            optional=frozenset({"fusion"}),
        ),
        "emisor": emitter(nrc=REGISTRATION_IF_ANY, telefono=TELEPHONE_IF_ANY),
        "receptor": identified(codActividad=Text()),
        "cuerpoDocumento": lines(
            {
                "numItem": POSITION,
                "tipoDte": Text(null=True),
                "tipoGeneracion": Number(whole=True, null=True),
                "numeroDocumento": Text(null=True),
                "fechaEmision": Text(null=True, day=True),
                "montoSujetoGrav": POSITIVE,
                "codigoRetencionMH": Text(),
                "ivaRetenido": POSITIVE,
                "descripcion": text(1500, null=True),
            },
            high=SETTLED_LIMIT,
        ),
        "resumen": Record(
            fields={
                "totalSujetoRetencion": POSITIVE,
                "totalIva": SUMMARY_AMOUNT,
                "totalIvaRetenido": POSITIVE,
                "totalLetras": text(200, null=True),
                "observaciones": text(3000, null=True),
            }
        ),
        "apendice": appendix(1, 1, 1, null=True),
    }
)
COMMISSION_SETTLEMENT_V2 = Record(
    fields={
        "identificacion": identification("08", 2, NORMAL_ONLY, fusion=FUSION),
        "emisor": emitter(
            nrc=REGISTRATION_IF_ANY, nombreComercial=text(150, 2, null=True), telefono=TELEPHONE_IF_ANY
        ),
        "receptor": identified(codDomiciliado=Number(whole=True)),
        "cuerpoDocumento": lines(
            {
                "numItem": POSITION,
                "tipoDte": Text(),
                "tipoGeneracion": Number(whole=True),
                "numeroDocumento": text(36),
                "fechaEmision": Text(day=True),
                "ventaNoSuj": SIGNED_LINE,
                "ventaExenta": SIGNED_LINE,
                "ventaGravada": SIGNED_LINE,
                "exportaciones": SIGNED_LINE,
                "tributos": Rows(null=True, unique=True, item=text(2, 2)),
                "ivaItem": SIGNED_LINE,
                "observaciones": text(1000, null=True),
            },
            high=SETTLED_LIMIT,
        ),
        "resumen": Record(
            fields={
                **dict.fromkeys(("totalNoSuj", "totalExenta", "totalGravada", "exportacion"), SIGNED_TOTAL),
                **dict.fromkeys(("subTotalVentas", "montoTotalOperacion", "ivaPerci"), SIGNED_TOTAL),
                "tributos": tax_rows(SIGNED_TOTAL),
                "total": SUMMARY_AMOUNT,
                "totalLetras": text(200, null=True),
                "condicionOperacion": Number(),
                "observaciones": text(3000, null=True),
            }
        ),
        "apendice": appendix(1, 1, 1),
    }
)
CARD_SETTLEMENT_V2 = Record(
    fields={
        "identificacion": identification("09", 2, NORMAL_ONLY),
        "emisor": emitter(),
        "receptor": Record(
            fields={
                "nit": Text(),
                "nrc": Text(null=True),
                "nombre": text(250),
                "codActividad": text(6, 5),
                "descActividad": text(150, 5),
                "nombreComercial": text(150, null=True),
                "tipoEstablecimiento": Text(),
                "direccion": address(null=True),
                "telefono": TELEPHONE_IF_ANY,
                "correo": text(100, 6),
            }
        ),
        "cuerpoDocumento": Record(
            fields={
                "periodoLiquidacionFechaInicio": Text(day=True),
                "periodoLiquidacionFechaFin": Text(day=True),
                "codLiquidacion": text(30, null=True),
                "cantidadDoc": Number(null=True, above=0, below=NUMBERED_LIMIT),
                "montoSinPercepcion": Number(places=SUMMARY_PLACES, least=0, below=LIMIT, null=True),
                "descripSinPercepcion": text(100, null=True),
                **dict.fromkeys(("valorOperaciones", "subTotal", "iva", "montoSujetoPercepcion"), POSITIVE),
                **dict.fromkeys(("ivaPercibido", "liquidoApagar"), POSITIVE),
                "comision": SUMMARY_AMOUNT,
                "porcentComision": PERCENTAGE,
                "ivaComision": SUMMARY_AMOUNT,
                "totalLetras": text(200),
                "observaciones": text(1000, null=True),
            }
        ),
        "extension": Record(
            fields={"nombEntrega": text(100), "docuEntrega": text(25), "codEmpleado": text(15, null=True)}
        ),
        "apendice": appendix(2, 3, 1),
    }
)

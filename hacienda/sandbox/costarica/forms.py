"""The structure of the documents of version 4.4: elements in their order, how many of each, what each holds.

Presence is written for the seven kinds in the order of PRESENCE: "1" at least one, "0" none or more, "-" no such
element. How many there may be at most is `most`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from . import codes, kinds
from .kinds import Kind
from .values import AMOUNT, Form, date_time, decimal, integer, one_of, shaped, text

PRESENCE = (
    kinds.INVOICE,
    kinds.TICKET,
    kinds.CREDIT_NOTE,
    kinds.DEBIT_NOTE,
    kinds.PURCHASE,
    kinds.EXPORT,
    kinds.PAYMENT_RECEIPT,
)
UNBOUNDED = 10**9


@dataclass(frozen=True, slots=True)
class Part:
    """An element: a value when it has a form, a container of others when it has parts."""

    name: str
    least: int
    most: int
    form: Form | None = None
    parts: tuple[Part, ...] = ()
    attributes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: an element in every kind that has it. `form` may differ by kind."""

    name: str
    presence: str
    form: Form | dict[Kind, Form] | None = None
    most: int = 1
    rows: tuple[Row, ...] = ()
    attributes: frozenset[str] = frozenset()


def _for(rows: Iterable[Row], kind: Kind) -> tuple[Part, ...]:
    position = PRESENCE.index(kind)
    made = []
    for row in rows:
        sign = row.presence[position]
        if sign != "-":
            form = row.form[kind] if isinstance(row.form, dict) else row.form
            made.append(Part(row.name, int(sign), row.most, form, _for(row.rows, kind), row.attributes))
    return tuple(made)


ALL, ANY = "1111111", "0000000"
SALES = "111111-"  # Of every kind but the payment receipt.
ANY_SALE = "000000-"
HOME = "1111---"  # Neither purchases nor exports.
ANY_HOME = "0000---"
ACTIVITY, CABYS, TWO_DIGITS = text(6, 6), text(13, 13), shaped("[0-9]{2}")
OTHER, RATE_CODE, TAX = text(5, 100), one_of(frozenset(codes.RATES)), one_of(codes.TAXES)
PERCENT, QUANTITY = decimal(4, 2), decimal(16, 3)
PROVINCE, PLACE = shaped("[1-9]"), shaped("0[1-9]|[1-9][0-9]")


def _identity(name: str, presence: str) -> Row:
    number = Row("Numero", ALL, text(0, 20))
    return Row(name, presence, rows=(Row("Tipo", ALL, one_of(codes.IDENTIFICATIONS)), number))


def _place(presence: str) -> Row:
    return Row(
        "Ubicacion",
        presence,
        rows=(
            Row("Provincia", ALL, PROVINCE),
            Row("Canton", ALL, PLACE),
            Row("Distrito", ALL, PLACE),
            Row("Barrio", ANY, text(5, 50)),
            Row("OtrasSenas", ALL, text(5, 250)),
        ),
    )


PHONE = Row(
    "Telefono",
    ANY_SALE,
    rows=(Row("CodigoPais", ALL, integer(3)), Row("NumTelefono", ALL, integer(None, 100, 10**20 - 1))),
)
ISSUER = (
    Row("Nombre", ALL, text(5, 100)),
    _identity("Identificacion", ALL),
    Row("Registrofiscal8707", ANY_SALE, text(0, 12)),
    Row("NombreComercial", ANY_SALE, text(3, 80)),
    _place("110001-"),
    Row("OtrasSenasExtranjero", "----0--", text(5, 300)),
    PHONE,
    Row("CorreoElectronico", "1100011", text(0, 160), most=4),
)
RECEIVER = (
    Row("Nombre", ALL, text(3, 100)),
    _identity("Identificacion", "1000101"),
    Row("NombreComercial", ANY_SALE, text(3, 80)),
    _place("00000--"),
    Row("OtrasSenasExtranjero", "0000-0-", text(5, 300)),
    PHONE,
    Row("CorreoElectronico", ANY, text(0, 160)),
)
EXONERATION = (
    Row("TipoDocumentoEX1", ALL, one_of(codes.EXONERATIONS)),
    Row("TipoDocumentoOTRO", ANY, OTHER),
    Row("NumeroDocumento", ALL, text(3, 40)),
    Row("Articulo", ANY, integer(6)),
    Row("Inciso", ANY, integer(6)),
    Row("NombreInstitucion", ALL, one_of(codes.INSTITUTIONS)),
    Row("NombreInstitucionOtros", ANY, text(5, 160)),
    Row("FechaEmisionEX", ALL, date_time),
    Row("TarifaExonerada", ALL, PERCENT),
    Row("MontoExoneracion", ALL, AMOUNT),
)
SPECIFIC = (
    ("CantidadUnidadMedida", ALL, decimal(7, 2)),
    ("Porcentaje", ANY, PERCENT),
    ("Proporcion", ANY, decimal(10, 5)),
    ("VolumenUnidadConsumo", ANY, decimal(7, 2)),
    ("ImpuestoUnidad", ALL, AMOUNT),
)
TAXES = (
    Row("Codigo", ALL, TAX),
    Row("CodigoImpuestoOTRO", ANY, OTHER),
    Row("CodigoTarifaIVA", ANY, RATE_CODE),
    Row("Tarifa", ANY, PERCENT),
    Row("FactorCalculoIVA", ANY, decimal(5, 4)),
    Row("DatosImpuestoEspecifico", ANY_HOME, rows=tuple(Row(*row) for row in SPECIFIC)),
    Row("Monto", ALL, AMOUNT),
    Row("MontoExportacion", "--00-0-", AMOUNT),
    Row("Exoneracion", "00000--", rows=EXONERATION),
)
DISCOUNT = (
    Row("MontoDescuento", ALL, AMOUNT),
    Row("CodigoDescuento", ALL, one_of(codes.DISCOUNTS)),
    Row("CodigoDescuentoOTRO", ANY, OTHER),
    Row("NaturalezaDescuento", ANY, text(3, 80)),
)
# A pack's contents: the line's elements once more, each with this word behind its name.
PACK = "Surtido"
PACK_TAXES = (
    Row("CodigoImpuestoSurtido", ALL, TAX),
    Row("CodigoImpuestoOTROSurtido", ANY, OTHER),
    Row("CodigoTarifaIVASurtido", ANY, RATE_CODE),
    Row("TarifaSurtido", ANY, PERCENT),
    Row(
        "DatosImpuestoEspecificoSurtido",
        ANY_HOME,
        rows=tuple(Row(f"{name}{PACK}", presence, form) for name, presence, form in SPECIFIC),
    ),
    Row("MontoImpuestoSurtido", ALL, AMOUNT),
)
PACK_LINE = (
    Row("CodigoCABYSSurtido", ALL, CABYS),
    Row(
        "CodigoComercialSurtido",
        ANY,
        most=5,
        rows=(
            Row("TipoSurtido", ALL, one_of(codes.COMMERCIAL_CODES)),
            Row("CodigoSurtido", ALL, text(1, 20)),
        ),
    ),
    Row("CantidadSurtido", ALL, decimal(16, 3, Decimal(0))),
    Row("UnidadMedidaSurtido", ALL, one_of(codes.UNITS)),
    Row("UnidadMedidaComercialSurtido", ANY, text(0, 20)),
    Row("DetalleSurtido", ALL, text(3, 200)),
    Row("PrecioUnitarioSurtido", ALL, AMOUNT),
    Row("MontoTotalSurtido", ALL, AMOUNT),
    Row(
        "DescuentoSurtido",
        ANY,
        most=5,
        rows=(
            Row("MontoDescuentoSurtido", ALL, AMOUNT),
            Row("CodigoDescuentoSurtido", ALL, one_of(codes.DISCOUNTS)),
            Row("DescuentoSurtidoOtros", ANY, text(3, 80)),
        ),
    ),
    Row("SubTotalSurtido", ALL, AMOUNT),
    Row("IVACobradoFabricaSurtido", ANY_HOME, one_of(codes.FACTORY)),
    Row("BaseImponibleSurtido", HOME, AMOUNT),
    Row("ImpuestoSurtido", ALL, most=1000, rows=PACK_TAXES),
)
LINE = (
    Row("NumeroLinea", ALL, integer(None, 1, 1000)),
    Row("PartidaArancelaria", "--00-0-", text(12, 12)),
    Row("CodigoCABYS", "110011-", CABYS),
    Row(
        "CodigoComercial",
        ANY_SALE,
        most=5,
        rows=(Row("Tipo", ALL, one_of(codes.COMMERCIAL_CODES)), Row("Codigo", ALL, text(0, 20))),
    ),
    Row("Cantidad", SALES, QUANTITY),
    Row("UnidadMedida", SALES, one_of(codes.UNITS)),
    Row("TipoTransaccion", "0-0000-", one_of(codes.TRANSACTIONS)),
    Row("UnidadMedidaComercial", ANY_SALE, text(0, 20)),
    Row("Detalle", ALL, text(3, 200)),
    Row("NumeroVINoSerie", ANY_SALE, text(0, 17), most=1000),
    Row("RegistroMedicamento", ANY_SALE, text(0, 100)),
    Row("FormaFarmaceutica", ANY_SALE, text(0, 3)),
    Row("DetalleSurtido", "0000-0-", rows=(Row("LineaDetalleSurtido", ALL, most=20, rows=PACK_LINE),)),
    Row("PrecioUnitario", SALES, AMOUNT),
    Row("MontoTotal", ALL, AMOUNT),
    Row("Descuento", ANY_SALE, most=5, rows=DISCOUNT),
    Row("SubTotal", ALL, AMOUNT),
    Row("IVACobradoFabrica", ANY_HOME, one_of(codes.FACTORY)),
    Row("BaseImponible", "11111--", AMOUNT),
    Row("Impuesto", "1111110", most=1000, rows=TAXES),
    Row("ImpuestoAsumidoEmisorFabrica", "1100---", AMOUNT),
    Row("ImpuestoNeto", "11111-1", AMOUNT),
    Row("MontoTotalLinea", ALL, AMOUNT),
)
CHARGE = (
    Row("TipoDocumentoOC", ALL, one_of(codes.CHARGES)),
    Row("TipoDocumentoOTROS", ANY, OTHER),
    _identity("IdentificacionTercero", ANY),
    Row("NombreTercero", ANY, OTHER),
    Row("Detalle", ALL, text(0, 160)),
    Row("PorcentajeOC", ANY, decimal(9, 5, Decimal(0))),
    Row("MontoCargo", ALL, AMOUNT),
)
SUMMARY = (
    Row(
        "CodigoTipoMoneda",
        ALL,
        rows=(Row("CodigoMoneda", ALL, one_of(codes.CURRENCIES)), Row("TipoCambio", ALL, AMOUNT)),
    ),
    Row("TotalServGravados", ANY_SALE, AMOUNT),
    Row("TotalServExentos", ANY_SALE, AMOUNT),
    Row("TotalServExonerado", "00000--", AMOUNT),
    Row("TotalServNoSujeto", "00000--", AMOUNT),
    Row("TotalMercanciasGravadas", ANY_SALE, AMOUNT),
    Row("TotalMercanciasExentas", ANY_SALE, AMOUNT),
    Row("TotalMercExonerada", "00000--", AMOUNT),
    Row("TotalMercNoSujeta", "00000--", AMOUNT),
    Row("TotalGravado", ANY_SALE, AMOUNT),
    Row("TotalExento", ANY_SALE, AMOUNT),
    Row("TotalExonerado", "00000--", AMOUNT),
    Row("TotalNoSujeto", "00000--", AMOUNT),
    Row("TotalVenta", ALL, AMOUNT),
    Row("TotalDescuentos", ANY_SALE, AMOUNT),
    Row("TotalVentaNeta", ALL, AMOUNT),
    Row(
        "TotalDesgloseImpuesto",
        ANY,
        most=1000,
        rows=(
            Row("Codigo", ALL, TAX),
            Row("CodigoTarifaIVA", ANY, RATE_CODE),
            Row("TotalMontoImpuesto", ALL, AMOUNT),
        ),
    ),
    Row("TotalImpuesto", ANY, AMOUNT),
    Row("TotalImpAsumEmisorFabrica", ANY_SALE, AMOUNT),
    Row("TotalIVADevuelto", ANY_HOME, AMOUNT),
    Row("TotalOtrosCargos", ANY_SALE, AMOUNT),
    Row(
        "MedioPago",
        "0000001",
        most=4,
        rows=(
            Row("TipoMedioPago", "0000001", one_of(codes.PAYMENTS)),
            Row("MedioPagoOtros", ANY, text(3, 100)),
            Row("TotalMedioPago", ANY, AMOUNT),
        ),
    ),
    Row("TotalComprobante", ALL, AMOUNT),
)
REFERENCE = (
    Row("TipoDocIR", ALL, one_of(codes.REFERENCED)),
    Row("TipoDocRefOTRO", ANY, OTHER),
    Row("Numero", "0000001", text(0, 50)),
    Row("FechaEmisionIR", ALL, date_time),
    Row(
        "Codigo",
        ANY,
        dict.fromkeys(PRESENCE, one_of(codes.REFERENCE_CODES))
        | {kinds.PAYMENT_RECEIPT: one_of(codes.RECEIPT_REFERENCE_CODES)},
    ),
    Row("CodigoReferenciaOTRO", ANY, OTHER),
    Row("Razon", ANY, text(0, 180)),
)
NAMED = frozenset({"codigo"})
OTHERS = (
    Row("OtroTexto", ANY, text(0, 500), most=UNBOUNDED, attributes=NAMED),
    Row("OtroContenido", ANY, text(0, 500), most=UNBOUNDED, attributes=NAMED),
)
CLAVE, CONSECUTIVE = shaped("[a-zA-Z0-9]{50}"), shaped("[0-9]{20}")
DOCUMENT = (
    Row("Clave", ALL, CLAVE),
    Row("ProveedorSistemas", ALL, text(0, 20)),
    Row("CodigoActividadEmisor", "110001-", ACTIVITY),
    Row("CodigoActividadReceptor", "0-001--", ACTIVITY),
    Row("NumeroConsecutivo", ALL, CONSECUTIVE),
    Row("FechaEmision", ALL, date_time),
    Row("Emisor", ALL, rows=ISSUER),
    Row("Receptor", "1000101", rows=RECEIVER),
    Row(
        "CondicionVenta",
        ALL,
        dict.fromkeys(PRESENCE, one_of(codes.CONDITIONS))
        | {
            kinds.INVOICE: one_of(codes.INVOICE_CONDITIONS),
            kinds.CREDIT_NOTE: one_of(codes.NOTE_CONDITIONS),
            kinds.DEBIT_NOTE: one_of(codes.NOTE_CONDITIONS),
            kinds.PAYMENT_RECEIPT: one_of(codes.RECEIPT_CONDITIONS),
        },
    ),
    Row("CondicionVentaOtros", ANY_SALE, OTHER),
    Row("PlazoCredito", ANY_SALE, integer(5)),
    Row("DetalleServicio", "0000111", rows=(Row("LineaDetalle", ALL, most=1000, rows=LINE),)),
    Row("OtrosCargos", ANY_SALE, most=15, rows=CHARGE),
    Row("ResumenFactura", ALL, rows=SUMMARY),
    Row("InformacionReferencia", "0011101", most=10, rows=REFERENCE),
    Row("Otros", ANY_SALE, rows=OTHERS),
)
MESSAGE = (
    Part("Clave", 1, 1, CLAVE),
    Part("NumeroCedulaEmisor", 1, 1, text(0, 20)),
    Part("FechaEmisionDoc", 1, 1, date_time),
    Part("Mensaje", 1, 1, integer(None, 1, 3)),
    Part("DetalleMensaje", 0, 1, text(0, 160)),
    Part("MontoTotalImpuesto", 0, 1, decimal(18, 5)),
    Part("CodigoActividad", 0, 1, text(0, 6)),
    Part("CondicionImpuesto", 0, 1, one_of(codes.TAX_CONDITIONS)),
    Part("MontoTotalImpuestoAcreditar", 0, 1, AMOUNT),
    Part("MontoTotalDeGastoAplicable", 0, 1, AMOUNT),
    Part("TotalFactura", 1, 1, decimal(18, 5)),
    Part("NumeroCedulaReceptor", 1, 1, shaped("[0-9]{9,12}")),
    Part("NumeroConsecutivoReceptor", 1, 1, CONSECUTIVE),
)
FORMS = {kind: _for(DOCUMENT, kind) for kind in PRESENCE} | {kinds.RECEPTOR_MESSAGE: MESSAGE}

"""Small documents of a made-up company, as their XML stands before signing."""

from __future__ import annotations

from datetime import datetime
from itertools import count

from hacienda.costarica import clave
from hacienda.costarica.facts import ZONE

COMPANY, BUYER = "3101000000", "3102000000"
NAMESPACE = "https://cdn.comprobanteselectronicos.go.cr/xml-schemas/v4.4/"
NUMBERS = count(1)

_PLACE = (
    "<Ubicacion><Provincia>1</Provincia><Canton>01</Canton><Distrito>01</Distrito><OtrasSenas>Calle 1</OtrasSenas>"
    "</Ubicacion>"
)


def key_of(at: datetime, number: int, type_code: str = "01", tax_id: str = COMPANY) -> str:
    consecutivo = clave.consecutivo("001", "00001", type_code, number)
    return clave.make(issued_at=at, tax_id=tax_id, consecutivo=consecutivo, situation="1", security="12345678")


def party(name: str, tax_id: str, kind: str = "02", more: str = "") -> str:
    identification = f"<Identificacion><Tipo>{kind}</Tipo><Numero>{tax_id}</Numero></Identificacion>"
    return f"<{name}><Nombre>PRUEBA, S.A.</Nombre>{identification}{more}</{name}>"


def invoice(at: datetime | None = None, *, number: int | None = None, total: str = "113.00000") -> tuple[str, str]:
    """The clave and the text of an invoice of one service."""
    at = at or datetime.now(ZONE).replace(microsecond=0)
    code = key_of(at, number or next(NUMBERS))
    tax = (
        "<Impuesto><Codigo>01</Codigo><CodigoTarifaIVA>08</CodigoTarifaIVA><Tarifa>13.00</Tarifa>"
        "<Monto>13.00000</Monto></Impuesto>"
    )
    return code, (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<FacturaElectronica xmlns="{NAMESPACE}facturaElectronica"><Clave>{code}</Clave>'
        "<ProveedorSistemas>3101000009</ProveedorSistemas><CodigoActividadEmisor>6201.0</CodigoActividadEmisor>"
        f"<NumeroConsecutivo>{code[21:41]}</NumeroConsecutivo><FechaEmision>{at.isoformat()}</FechaEmision>"
        + party("Emisor", COMPANY, more=f"{_PLACE}<CorreoElectronico>a@example.com</CorreoElectronico>")
        + party("Receptor", BUYER)
        + "<CondicionVenta>01</CondicionVenta><DetalleServicio><LineaDetalle><NumeroLinea>1</NumeroLinea>"
        "<CodigoCABYS>8314300000000</CodigoCABYS><Cantidad>1.000</Cantidad><UnidadMedida>Sp</UnidadMedida>"
        "<Detalle>Horas de trabajo ñ</Detalle><PrecioUnitario>100.00000</PrecioUnitario>"
        "<MontoTotal>100.00000</MontoTotal><SubTotal>100.00000</SubTotal><BaseImponible>100.00000</BaseImponible>"
        f"{tax}<ImpuestoAsumidoEmisorFabrica>0.00000</ImpuestoAsumidoEmisorFabrica>"
        "<ImpuestoNeto>13.00000</ImpuestoNeto><MontoTotalLinea>113.00000</MontoTotalLinea></LineaDetalle>"
        "</DetalleServicio><ResumenFactura><CodigoTipoMoneda><CodigoMoneda>CRC</CodigoMoneda>"
        "<TipoCambio>1.00000</TipoCambio></CodigoTipoMoneda><TotalServGravados>100.00000</TotalServGravados>"
        "<TotalGravado>100.00000</TotalGravado><TotalVenta>100.00000</TotalVenta>"
        "<TotalVentaNeta>100.00000</TotalVentaNeta><TotalDesgloseImpuesto><Codigo>01</Codigo>"
        "<CodigoTarifaIVA>08</CodigoTarifaIVA><TotalMontoImpuesto>13.00000</TotalMontoImpuesto>"
        "</TotalDesgloseImpuesto><TotalImpuesto>13.00000</TotalImpuesto><MedioPago><TipoMedioPago>01</TipoMedioPago>"
        f"<TotalMedioPago>113.00000</TotalMedioPago></MedioPago><TotalComprobante>{total}</TotalComprobante>"
        "</ResumenFactura></FacturaElectronica>"
    )


def message(code: str, at: datetime | None = None, *, number: int | None = None) -> tuple[str, str]:
    """The number and the text of the buyer's acceptance of an invoice."""
    at = at or datetime.now(ZONE).replace(microsecond=0)
    consecutivo = clave.consecutivo("001", "00001", "05", number or next(NUMBERS))
    return consecutivo, (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<MensajeReceptor xmlns="{NAMESPACE}mensajeReceptor"><Clave>{code}</Clave>'
        f"<NumeroCedulaEmisor>{COMPANY}</NumeroCedulaEmisor><FechaEmisionDoc>{at.isoformat()}</FechaEmisionDoc>"
        "<Mensaje>1</Mensaje><MontoTotalImpuesto>13.00000</MontoTotalImpuesto>"
        "<CodigoActividad>4711.0</CodigoActividad><CondicionImpuesto>01</CondicionImpuesto>"
        "<MontoTotalImpuestoAcreditar>13.00000</MontoTotalImpuestoAcreditar>"
        "<MontoTotalDeGastoAplicable>0.00000</MontoTotalDeGastoAplicable><TotalFactura>113.00000</TotalFactura>"
        f"<NumeroCedulaReceptor>{BUYER}</NumeroCedulaReceptor>"
        f"<NumeroConsecutivoReceptor>{consecutivo}</NumeroConsecutivoReceptor></MensajeReceptor>"
    )


def answer(
    code: str,
    *,
    told: str = "1",
    detail: str = "Este comprobante fue aceptado",
    state: str = "",
    root: str = "MensajeHacienda",
) -> str:
    """Hacienda's answer before it is sealed."""
    state = state or ("Aceptado" if told == "1" else "Rechazado")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><{root} xmlns="{NAMESPACE}mensajeHacienda"><Clave>{code}</Clave>'
        "<NombreEmisor>PRUEBA, S.A.</NombreEmisor><TipoIdentificacionEmisor>02</TipoIdentificacionEmisor>"
        f"<NumeroCedulaEmisor>{COMPANY}</NumeroCedulaEmisor><Mensaje>{told}</Mensaje>"
        f"<EstadoMensaje>{state}</EstadoMensaje><DetalleMensaje>{detail}</DetalleMensaje>"
        f"<TotalFactura>113.00</TotalFactura></{root}>"
    )

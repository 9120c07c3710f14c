"""Documents of Costa Rica as XML, made up for tests of how they are read: nobody in them exists."""

from __future__ import annotations

NAMESPACES = "https://cdn.comprobanteselectronicos.go.cr/xml-schemas/v4.4/"
ROOTS = {
    "01": "FacturaElectronica",
    "02": "NotaDebitoElectronica",
    "03": "NotaCreditoElectronica",
    "04": "TiqueteElectronico",
    "08": "FacturaElectronicaCompra",
    "09": "FacturaElectronicaExportacion",
    "10": "ReciboElectronicoPago",
}

ISSUER = """
<Emisor><Nombre>Soda La Inventada</Nombre>
  <Identificacion><Tipo>02</Tipo><Numero>3101999999</Numero></Identificacion>
  <Registrofiscal8707>RF-77</Registrofiscal8707><NombreComercial>La Inventada</NombreComercial>
  <Ubicacion><Provincia>1</Provincia><Canton>02</Canton><Distrito>03</Distrito><Barrio>Los Laureles</Barrio>
    <OtrasSenas>Frente al parque</OtrasSenas></Ubicacion>
  <Telefono><CodigoPais>506</CodigoPais><NumTelefono>22001100</NumTelefono></Telefono>
  <CorreoElectronico>uno@inventada.example</CorreoElectronico>
  <CorreoElectronico>dos@inventada.example</CorreoElectronico></Emisor>"""
CUSTOMER = """
<Receptor><Nombre>María Ñúñez &amp; Hijos</Nombre>
  <Identificacion><Tipo>05</Tipo><Numero>P-123</Numero></Identificacion>
  <OtrasSenasExtranjero>1 Example Street</OtrasSenasExtranjero>
  <CorreoElectronico>maria@cliente.example</CorreoElectronico></Receptor>"""
LINE = """
<LineaDetalle><NumeroLinea>1</NumeroLinea><CodigoCABYS>6331000000000</CodigoCABYS>
  <Cantidad>2.000</Cantidad><UnidadMedida>Sp</UnidadMedida><TipoTransaccion>01</TipoTransaccion>
  <Detalle>Almuerzo de prueba</Detalle><PrecioUnitario>1000.12345</PrecioUnitario>
  <MontoTotal>2000.24690</MontoTotal><SubTotal>2000.24690</SubTotal><BaseImponible>2000.24690</BaseImponible>
  <Impuesto><Codigo>01</Codigo><CodigoTarifaIVA>08</CodigoTarifaIVA><Tarifa>13.00</Tarifa><Monto>260.03210</Monto></Impuesto>
  <ImpuestoAsumidoEmisorFabrica>0</ImpuestoAsumidoEmisorFabrica><ImpuestoNeto>260.03210</ImpuestoNeto>
  <MontoTotalLinea>2260.27900</MontoTotalLinea></LineaDetalle>"""
SUMMARY = """
<ResumenFactura><CodigoTipoMoneda><CodigoMoneda>CRC</CodigoMoneda><TipoCambio>1</TipoCambio></CodigoTipoMoneda>
  <TotalServGravados>2000.24690</TotalServGravados><TotalMercanciasExentas>0.00000</TotalMercanciasExentas>
  <TotalGravado>2000.24690</TotalGravado><TotalVenta>2000.24690</TotalVenta><TotalVentaNeta>2000.24690</TotalVentaNeta>
  <TotalDesgloseImpuesto><Codigo>01</Codigo><CodigoTarifaIVA>08</CodigoTarifaIVA>
    <TotalMontoImpuesto>260.03210</TotalMontoImpuesto></TotalDesgloseImpuesto>
  <TotalImpuesto>260.03210</TotalImpuesto>
  <MedioPago><TipoMedioPago>06</TipoMedioPago><TotalMedioPago>2260.27900</TotalMedioPago></MedioPago>
  <TotalComprobante>2260.27900</TotalComprobante></ResumenFactura>"""


def clave(type_code: str = "01", situation: str = "1") -> str:
    return f"506221126003101999999{consecutivo(type_code)}{situation}12345678"


def consecutivo(type_code: str = "01") -> str:
    return f"00100001{type_code}0000000042"


def document(
    type_code: str = "01",
    *,
    situation: str = "1",
    head: str | None = None,
    issuer: str = ISSUER,
    customer: str = CUSTOMER,
    terms: str = "<CondicionVenta>01</CondicionVenta>",
    lines: str = LINE,
    charges: str = "",
    summary: str = SUMMARY,
    rest: str = "",
) -> str:
    """A document of a type; every part can be another."""
    root = ROOTS[type_code]
    if head is None:
        head = (
            f"<Clave>{clave(type_code, situation)}</Clave><ProveedorSistemas>3101888888</ProveedorSistemas>"
            "<CodigoActividadEmisor>5610.0</CodigoActividadEmisor>"
            "<CodigoActividadReceptor>6201.0</CodigoActividadReceptor>"
            f"<NumeroConsecutivo>{consecutivo(type_code)}</NumeroConsecutivo>"
            "<FechaEmision>2026-11-22T09:15:30-06:00</FechaEmision>"
        )
    detail = f"<DetalleServicio>{lines}</DetalleServicio>" if lines else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<{root} xmlns="{NAMESPACES}{root[0].lower()}{root[1:]}">'
        f"{head}{issuer}{customer}{terms}{detail}{charges}{summary}{rest}</{root}>"
    )

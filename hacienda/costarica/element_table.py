"""Every element of a document of Costa Rica in its order: the schemas of 22 April 2026 as one table.

A row is an element: one `>` for each element that it lies in, its name, its form, and how often it stands in each
of the types, in the order of `COLUMNS`: a count, the least and the most, or - where the type does not have it.

Forms: text:least-most characters; digits:count; whole:least-most; decimal:digits,fraction; amount is 18 digits, 5 of
them decimals, not negative; time is a moment with its offset; one:list is a code of that list; noted is a text with a
code of the issuer's own; - holds other elements. The contents of packs are left out: no document of ours has any.
"""

from __future__ import annotations

from typing import Final

COLUMNS: Final = ("01", "04", "03", "02", "08", "09", "10")

ROWS: Final = """
Clave                            clave                          1      1      1      1      1      1      1
ProveedorSistemas                text:0-20                      1      1      1      1      1      1      1
CodigoActividadEmisor            text:6-6                       1      1      0-1    0-1    0-1    1      -
CodigoActividadReceptor          text:6-6                       0-1    -      0-1    0-1    1      -      -
NumeroConsecutivo                digits:20                      1      1      1      1      1      1      1
FechaEmision                     time                           1      1      1      1      1      1      1
Emisor                           -                              1      1      1      1      1      1      1
> Nombre                         text:5-100                     1      1      1      1      1      1      1
> Identificacion                 -                              1      1      1      1      1      1      1
> > Tipo                         one:id_types       1      1      1      1      1      1      1
> > Numero                       text:0-20                      1      1      1      1      1      1      1
> Registrofiscal8707             text:0-12                      0-1    0-1    0-1    0-1    0-1    0-1    -
> NombreComercial                text:3-80                      0-1    0-1    0-1    0-1    0-1    0-1    -
> Ubicacion                      -                              1      1      0-1    0-1    0-1    1      -
> > Provincia                    digits:1                       1      1      1      1      1      1      -
> > Canton                       digits:2                       1      1      1      1      1      1      -
> > Distrito                     digits:2                       1      1      1      1      1      1      -
> > Barrio                       text:5-50                      0-1    0-1    0-1    0-1    0-1    0-1    -
> > OtrasSenas                   text:5-250                     1      1      1      1      1      1      -
> OtrasSenasExtranjero           text:5-300                     -      -      -      -      0-1    -      -
> Telefono                       -                              0-1    0-1    0-1    0-1    0-1    0-1    -
> > CodigoPais                   whole:0-999                    1      1      1      1      1      1      -
> > NumTelefono                  whole:100-99999999999999999999 1      1      1      1      1      1      -
> CorreoElectronico              text:0-160                     1-4    1-4    0-4    0-4    0-4    1-4    1-4
Receptor                         -                              1      0-1    0-1    0-1    1      0-1    1
> Nombre                         text:3-100                     1      1      1      1      1      1      1
> Identificacion                 -                              1      0-1    0-1    0-1    1      0-1    1
> > Tipo                         one:id_types       1      1      1      1      1      1      1
> > Numero                       text:0-20                      1      1      1      1      1      1      1
> NombreComercial                text:3-80                      0-1    0-1    0-1    0-1    0-1    0-1    -
> Ubicacion                      -                              0-1    0-1    0-1    0-1    0-1    -      -
> > Provincia                    digits:1                       1      1      1      1      1      -      -
> > Canton                       digits:2                       1      1      1      1      1      -      -
> > Distrito                     digits:2                       1      1      1      1      1      -      -
> > Barrio                       text:5-50                      0-1    0-1    0-1    0-1    0-1    -      -
> > OtrasSenas                   text:5-250                     1      1      1      1      1      -      -
> OtrasSenasExtranjero           text:5-300                     0-1    0-1    0-1    0-1    -      0-1    -
> Telefono                       -                              0-1    0-1    0-1    0-1    0-1    0-1    -
> > CodigoPais                   whole:0-999                    1      1      1      1      1      1      -
> > NumTelefono                  whole:100-99999999999999999999 1      1      1      1      1      1      -
> CorreoElectronico              text:0-160                     0-1    0-1    0-1    0-1    0-1    0-1    0-1
CondicionVenta                   one:sale_conditions            1      1      1      1      1      1      1
CondicionVentaOtros              text:5-100                     0-1    0-1    0-1    0-1    0-1    0-1    -
PlazoCredito                     whole:0-99999                  0-1    0-1    0-1    0-1    0-1    0-1    -
DetalleServicio                  -                              0-1    0-1    0-1    0-1    1      1      1
> LineaDetalle                   -                              1-1000 1-1000 1-1000 1-1000 1-1000 1-1000 1-1000
> > NumeroLinea                  whole:1-1000                   1      1      1      1      1      1      1
> > PartidaArancelaria           text:12-12                     -      -      0-1    0-1    -      0-1    -
> > CodigoCABYS                  text:13-13                     1      1      0-1    0-1    1      1      -
> > CodigoComercial              -                              0-5    0-5    0-5    0-5    0-5    0-5    -
> > > Tipo                       one:commercial_code_types      1      1      1      1      1      1      -
> > > Codigo                     text:0-20                      1      1      1      1      1      1      -
> > Cantidad                     decimal:16,3                   1      1      1      1      1      1      -
> > UnidadMedida                 one:units                      1      1      1      1      1      1      -
> > TipoTransaccion              one:transaction_types          0-1    -      0-1    0-1    0-1    0-1    -
> > UnidadMedidaComercial        text:0-20                      0-1    0-1    0-1    0-1    0-1    0-1    -
> > Detalle                      text:3-200                     1      1      1      1      1      1      1
> > NumeroVINoSerie              text:0-17                      0-1000 0-1000 0-1000 0-1000 0-1000 0-1000 -
> > RegistroMedicamento          text:0-100                     0-1    0-1    0-1    0-1    0-1    0-1    -
> > FormaFarmaceutica            text:0-3                       0-1    0-1    0-1    0-1    0-1    0-1    -
> > PrecioUnitario               amount                         1      1      1      1      1      1      -
> > MontoTotal                   amount                         1      1      1      1      1      1      1
> > Descuento                    -                              0-5    0-5    0-5    0-5    0-5    0-5    -
> > > MontoDescuento             amount                         1      1      1      1      1      1      -
> > > CodigoDescuento            one:discounts                  1      1      1      1      1      1      -
> > > CodigoDescuentoOTRO        text:5-100                     0-1    0-1    0-1    0-1    0-1    0-1    -
> > > NaturalezaDescuento        text:3-80                      0-1    0-1    0-1    0-1    0-1    0-1    -
> > SubTotal                     amount                         1      1      1      1      1      1      1
> > IVACobradoFabrica            one:factory_vat                0-1    0-1    0-1    0-1    -      -      -
> > BaseImponible                amount                         1      1      1      1      1      -      -
> > Impuesto                     -                              1-1000 1-1000 1-1000 1-1000 1-1000 1-1000 0-1000
> > > Codigo                     one:taxes                      1      1      1      1      1      1      1
> > > CodigoImpuestoOTRO         text:5-100                     0-1    0-1    0-1    0-1    0-1    0-1    0-1
> > > CodigoTarifaIVA            one:vat_rates                  0-1    0-1    0-1    0-1    0-1    0-1    0-1
> > > Tarifa                     decimal:4,2                    0-1    0-1    0-1    0-1    0-1    0-1    0-1
> > > FactorCalculoIVA           decimal:5,4                    0-1    0-1    0-1    0-1    0-1    0-1    0-1
> > > DatosImpuestoEspecifico    -                              0-1    0-1    0-1    0-1    -      -      -
> > > > CantidadUnidadMedida     decimal:7,2                    1      1      1      1      -      -      -
> > > > Porcentaje               decimal:4,2                    0-1    0-1    0-1    0-1    -      -      -
> > > > Proporcion               decimal:10,5                   0-1    0-1    0-1    0-1    -      -      -
> > > > VolumenUnidadConsumo     decimal:7,2                    0-1    0-1    0-1    0-1    -      -      -
> > > > ImpuestoUnidad           amount                         1      1      1      1      -      -      -
> > > Monto                      amount                         1      1      1      1      1      1      1
> > > MontoExportacion           amount                         -      -      0-1    0-1    -      0-1    -
> > > Exoneracion                -                              0-1    0-1    0-1    0-1    0-1    -      -
> > > > TipoDocumentoEX1         one:exemption_types      1      1      1      1      1      -      -
> > > > TipoDocumentoOTRO        text:5-100                     0-1    0-1    0-1    0-1    0-1    -      -
> > > > NumeroDocumento          text:3-40                      1      1      1      1      1      -      -
> > > > Articulo                 whole:0-999999                 0-1    0-1    0-1    0-1    0-1    -      -
> > > > Inciso                   whole:0-999999                 0-1    0-1    0-1    0-1    0-1    -      -
> > > > NombreInstitucion        one:exemption_institutions   1      1      1      1      1      -      -
> > > > NombreInstitucionOtros   text:5-160                     0-1    0-1    0-1    0-1    0-1    -      -
> > > > FechaEmisionEX           time                           1      1      1      1      1      -      -
> > > > TarifaExonerada          decimal:4,2                    1      1      1      1      1      -      -
> > > > MontoExoneracion         amount                         1      1      1      1      1      -      -
> > ImpuestoAsumidoEmisorFabrica amount                         1      1      0-1    0-1    -      -      -
> > ImpuestoNeto                 amount                         1      1      1      1      1      -      1
> > MontoTotalLinea              amount                         1      1      1      1      1      1      1
OtrosCargos                      -                              0-15   0-15   0-15   0-15   0-15   0-15   -
> TipoDocumentoOC                one:other_charges              1      1      1      1      1      1      -
> TipoDocumentoOTROS             text:5-100                     0-1    0-1    0-1    0-1    0-1    0-1    -
> IdentificacionTercero          -                              0-1    0-1    0-1    0-1    0-1    0-1    -
> > Tipo                         one:id_types       1      1      1      1      1      1      -
> > Numero                       text:0-20                      1      1      1      1      1      1      -
> NombreTercero                  text:5-100                     0-1    0-1    0-1    0-1    0-1    0-1    -
> Detalle                        text:0-160                     1      1      1      1      1      1      -
> PorcentajeOC                   decimal:9,5                    0-1    0-1    0-1    0-1    0-1    0-1    -
> MontoCargo                     amount                         1      1      1      1      1      1      -
ResumenFactura                   -                              1      1      1      1      1      1      1
> CodigoTipoMoneda               -                              1      1      1      1      1      1      1
> > CodigoMoneda                 one:currencies                 1      1      1      1      1      1      1
> > TipoCambio                   amount                         1      1      1      1      1      1      1
> TotalServGravados              amount                         0-1    0-1    0-1    0-1    0-1    0-1    -
> TotalServExentos               amount                         0-1    0-1    0-1    0-1    0-1    0-1    -
> TotalServExonerado             amount                         0-1    0-1    0-1    0-1    0-1    -      -
> TotalServNoSujeto              amount                         0-1    0-1    0-1    0-1    0-1    -      -
> TotalMercanciasGravadas        amount                         0-1    0-1    0-1    0-1    0-1    0-1    -
> TotalMercanciasExentas         amount                         0-1    0-1    0-1    0-1    0-1    0-1    -
> TotalMercExonerada             amount                         0-1    0-1    0-1    0-1    0-1    -      -
> TotalMercNoSujeta              amount                         0-1    0-1    0-1    0-1    0-1    -      -
> TotalGravado                   amount                         0-1    0-1    0-1    0-1    0-1    0-1    -
> TotalExento                    amount                         0-1    0-1    0-1    0-1    0-1    0-1    -
> TotalExonerado                 amount                         0-1    0-1    0-1    0-1    0-1    -      -
> TotalNoSujeto                  amount                         0-1    0-1    0-1    0-1    0-1    -      -
> TotalVenta                     amount                         1      1      1      1      1      1      1
> TotalDescuentos                amount                         0-1    0-1    0-1    0-1    0-1    0-1    -
> TotalVentaNeta                 amount                         1      1      1      1      1      1      1
> TotalDesgloseImpuesto          -                              0-1000 0-1000 0-1000 0-1000 0-1000 0-1000 0-1000
> > Codigo                       one:taxes                      1      1      1      1      1      1      1
> > CodigoTarifaIVA              one:vat_rates                  0-1    0-1    0-1    0-1    0-1    0-1    0-1
> > TotalMontoImpuesto           amount                         1      1      1      1      1      1      1
> TotalImpuesto                  amount                         0-1    0-1    0-1    0-1    0-1    0-1    0-1
> TotalImpAsumEmisorFabrica      amount                         0-1    0-1    0-1    0-1    0-1    0-1    -
> TotalIVADevuelto               amount                         0-1    0-1    0-1    0-1    -      -      -
> TotalOtrosCargos               amount                         0-1    0-1    0-1    0-1    0-1    0-1    -
> MedioPago                      -                              0-4    0-4    0-4    0-4    0-4    0-4    1-4
> > TipoMedioPago                one:payment_methods            0-1    0-1    0-1    0-1    0-1    0-1    1
> > MedioPagoOtros               text:3-100                     0-1    0-1    0-1    0-1    0-1    0-1    0-1
> > TotalMedioPago               amount                         0-1    0-1    0-1    0-1    0-1    0-1    0-1
> TotalComprobante               amount                         1      1      1      1      1      1      1
InformacionReferencia            -                              0-10   0-10   1-10   1-10   1-10   0-10   1-10
> TipoDocIR                      one:reference_document_types   1      1      1      1      1      1      1
> TipoDocRefOTRO                 text:5-100                     0-1    0-1    0-1    0-1    0-1    0-1    0-1
> Numero                         text:0-50                      0-1    0-1    0-1    0-1    0-1    0-1    1
> FechaEmisionIR                 time                           1      1      1      1      1      1      1
> Codigo                         one:reference_codes            0-1    0-1    0-1    0-1    0-1    0-1    0-1
> CodigoReferenciaOTRO           text:5-100                     0-1    0-1    0-1    0-1    0-1    0-1    0-1
> Razon                          text:0-180                     0-1    0-1    0-1    0-1    0-1    0-1    0-1
Otros                            -                              0-1    0-1    0-1    0-1    0-1    0-1    -
> OtroTexto                      noted                          0-999  0-999  0-999  0-999  0-999  0-999  -
> OtroContenido                  noted                          0-999  0-999  0-999  0-999  0-999  0-999  -
"""

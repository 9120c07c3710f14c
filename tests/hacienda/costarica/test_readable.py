"""A document as it is printed: everything that was signed, in words."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from decimal import Decimal
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hacienda.costarica.facts import ZONE
from hacienda.costarica.readable import read
from hacienda.costarica.readable.wording import figure
from hacienda.readable import Field, Readable, ReadableParty, Role, Section
from tests.hacienda.costarica.paper import LINE, SUMMARY, clave, consecutivo, document


def told(fields: tuple[Field, ...]) -> dict[str, str]:
    return {field.label: field.value for field in fields}


def section(readable: Readable, heading: str) -> Section:
    (found,) = (one for one in readable.sections if one.heading == heading)
    return found


def cells(readable: Readable, row: int = 0) -> dict[str, object]:
    labels = (column.label for column in readable.table.columns)
    return dict(zip(labels, readable.table.rows[row], strict=True))


def sums(readable: Readable) -> dict[str, Decimal]:
    return {one.label: one.amount for one in readable.sums}


def with_line(inside: str, *, before: str = "<PrecioUnitario>") -> Readable:
    return read(document(lines=LINE.replace(before, inside + before)))


def with_tax(tax: str, net: str = "260.03210") -> Readable:
    start, end = LINE.index("<Impuesto>"), LINE.index("</Impuesto>") + len("</Impuesto>")
    line = f"{LINE[:start]}{tax}{LINE[end:]}".replace("<ImpuestoNeto>260.03210", f"<ImpuestoNeto>{net}")
    return read(document(lines=line))


def test_what_identifies_it() -> None:
    readable = read(document())
    assert (readable.title, readable.type_code, readable.type_name) == (
        "COMPROBANTE ELECTRÓNICO",
        "01",
        "FACTURA ELECTRÓNICA",
    )
    assert (readable.version, readable.currency, readable.payable) == (44, "CRC", Decimal("2260.279"))
    assert readable.generation_code == clave()
    assert readable.control_number == consecutivo()
    assert readable.manner == (Field("Situación", "Normal"), Field("Versión", "4.4"))
    assert readable.issued_at == datetime(2026, 11, 22, 9, 15, 30, tzinfo=ZONE)
    assert readable.issued_at.utcoffset() == timedelta(hours=-6)
    assert not readable.is_test
    assert read(document(), is_test=True).is_test


@pytest.mark.parametrize(
    ("situation", "word", "late"), [("1", "Normal", False), ("2", "Contingencia", True), ("3", "Sin internet", True)]
)
def test_the_situation_is_told_in_words(situation: str, word: str, late: bool) -> None:
    readable = read(document(situation=situation))
    assert (readable.transmission, readable.is_contingency) == (word, late)
    assert readable.manner is not None
    assert readable.manner[0].value == word


@pytest.mark.parametrize(
    ("type_code", "name", "total"),
    [
        ("01", "FACTURA ELECTRÓNICA", "Total to pay"),
        ("02", "NOTA DE DÉBITO ELECTRÓNICA", "Total to pay"),
        ("03", "NOTA DE CRÉDITO ELECTRÓNICA", "Total of the credit note"),
        ("04", "TIQUETE ELECTRÓNICO", "Total to pay"),
        ("08", "FACTURA ELECTRÓNICA DE COMPRA", "Total of the purchase"),
        ("09", "FACTURA ELECTRÓNICA DE EXPORTACIÓN", "Total to pay"),
        ("10", "RECIBO ELECTRÓNICO DE PAGO", "Total paid"),
    ],
)
def test_every_type_is_read(type_code: str, name: str, total: str) -> None:
    readable = read(document(type_code))
    assert (readable.type_code, readable.type_name) == (type_code, name)
    assert (readable.sums[-1].label, readable.sums[-1].is_total) == (total, True)
    assert [one.is_total for one in readable.sums].count(True) == 1
    assert readable.issuer_sells is (type_code != "08")
    assert readable.is_addressed


def test_the_parties_are_told_in_full() -> None:
    readable = read(document())
    assert (readable.issuer.heading, readable.issuer.name) == ("Emisor", "Soda La Inventada")
    assert told(readable.issuer.fields) == {
        "Nombre comercial": "La Inventada",
        "Cédula jurídica": "3101999999",
        "Registro fiscal (Ley 8707)": "RF-77",
        "Actividad económica": "5610.0",
        "Dirección": "Frente al parque, Los Laureles, San Rafael, Escazú, San José",
        "Teléfono": "+506 22001100",
        "Correo electrónico": "uno@inventada.example, dos@inventada.example",
    }
    assert readable.customer == ReadableParty(
        "Receptor",
        "María Ñúñez & Hijos",
        (
            Field("Extranjero no domiciliado", "P-123"),
            Field("Actividad económica", "6201.0"),
            Field("Dirección en el extranjero", "1 Example Street"),
            Field("Correo electrónico", "maria@cliente.example"),
        ),
    )


def test_a_purchase_invoice_is_issued_by_the_buyer() -> None:
    readable = read(document("08"))
    assert readable.issuer.name == "María Ñúñez & Hijos"
    assert told(readable.issuer.fields)["Actividad económica"] == "6201.0"
    assert readable.customer is not None
    assert (readable.customer.heading, readable.customer.name) == ("Proveedor", "Soda La Inventada")


def test_a_ticket_may_be_for_nobody() -> None:
    assert read(document("04", customer="")).customer is None


def test_an_ordinary_line_needs_few_columns() -> None:
    readable = read(document())
    assert cells(readable) == {
        "No.": 1,
        "Quantity": Decimal("2.000"),
        "Unit": "Servicios Profesionales",
        "CABYS code": "6331000000000",
        "Description": "Almuerzo de prueba",
        "Unit price": Decimal("1000.12345"),
        "Subtotal": Decimal("2000.24690"),
        "Rate of VAT": "General 13%",
        "Tax": Decimal("260.03210"),
        "Total of the line": Decimal("2260.27900"),
    }
    roles = [column.role for column in readable.table.columns]
    assert [roles.count(role) for role in (Role.NUMBER, Role.MAIN, Role.AMOUNT, Role.PRICE, Role.CODE)] == [1] * 5


def test_a_document_of_charges_alone_has_no_lines() -> None:
    readable = read(document(lines=""))
    assert (readable.table.columns, readable.table.rows) == ((), ())


def test_a_line_tells_whatever_it_has() -> None:
    readable = with_line(
        "<NumeroVINoSerie>VIN1</NumeroVINoSerie><NumeroVINoSerie>VIN2</NumeroVINoSerie>"
        "<RegistroMedicamento>M-1</RegistroMedicamento><FormaFarmaceutica>04</FormaFarmaceutica>"
        "<UnidadMedidaComercial>Bandeja</UnidadMedidaComercial><PartidaArancelaria>490199000000</PartidaArancelaria>"
        "<CodigoComercial><Tipo>01</Tipo><Codigo>A-1</Codigo></CodigoComercial>"
        "<CodigoComercial><Tipo>04</Tipo><Codigo>B-2</Codigo></CodigoComercial>"
        "<IVACobradoFabrica>02</IVACobradoFabrica>"
        "<DetalleSurtido><LineaDetalleSurtido><CantidadSurtido>3.000</CantidadSurtido>"
        "<UnidadMedidaSurtido>Unid</UnidadMedidaSurtido><DetalleSurtido>Jabón</DetalleSurtido>"
        "</LineaDetalleSurtido></DetalleSurtido>"
    )
    line = cells(readable)
    assert line["Serial number"] == "VIN1, VIN2"
    assert line["Registration of the medicine"] == "M-1"
    assert line["Pharmaceutical form"] == "Cápsula"
    assert line["Commercial unit"] == "Bandeja"
    assert line["Tariff heading"] == "490199000000"
    assert line["Other codes"] == "Código del producto del vendedor: A-1, Código uso interno: B-2"
    assert "exenta" in str(line["VAT charged at the factory"])
    assert line["Contents of the pack"] == "3 Unidad Jabón"


def test_only_what_is_no_ordinary_sale_is_told() -> None:
    assert "Type of transaction" not in cells(read(document()))
    line = LINE.replace("<TipoTransaccion>01", "<TipoTransaccion>06")
    assert cells(read(document(lines=line)))["Type of transaction"] == "Cuota de afiliación"


def test_discounts_are_added_up_and_each_is_told() -> None:
    line = LINE.replace(
        "<SubTotal>2000.24690",
        "<Descuento><MontoDescuento>100.5</MontoDescuento><CodigoDescuento>07</CodigoDescuento></Descuento>"
        "<Descuento><MontoDescuento>0.25</MontoDescuento><CodigoDescuento>99</CodigoDescuento>"
        "<CodigoDescuentoOTRO>De amistad</CodigoDescuentoOTRO><NaturalezaDescuento>Amigos</NaturalezaDescuento>"
        "</Descuento><SubTotal>1899.49690",
    )
    shown = cells(read(document(lines=line)))
    assert shown["Discount"] == Decimal("100.75")
    assert shown["Amount before discounts"] == Decimal("2000.24690")
    assert shown["Discounts"] == "Descuento comercial: 100.50; Otros descuentos: De amistad – Amigos: 0.25"
    assert shown["Tax base"] == Decimal("2000.24690"), "it differs from the subtotal"


EXEMPTION = (
    "<Exoneracion><TipoDocumentoEX1>99</TipoDocumentoEX1><TipoDocumentoOTRO>Decreto</TipoDocumentoOTRO>"
    "<NumeroDocumento>AL-1</NumeroDocumento><Articulo>12</Articulo><Inciso>3</Inciso>"
    "<NombreInstitucion>99</NombreInstitucion><NombreInstitucionOtros>Una junta</NombreInstitucionOtros>"
    "<FechaEmisionEX>2026-02-01T00:00:00-06:00</FechaEmisionEX><TarifaExonerada>6.50</TarifaExonerada>"
    "<MontoExoneracion>130.01605</MontoExoneracion></Exoneracion>"
)


def test_an_exemption_is_told_in_full() -> None:
    shown = cells(
        with_tax(
            "<Impuesto><Codigo>01</Codigo><CodigoTarifaIVA>08</CodigoTarifaIVA><Tarifa>13</Tarifa>"
            f"<Monto>260.03210</Monto>{EXEMPTION}</Impuesto>",
            net="130.01605",
        )
    )
    assert shown["Tax"] == Decimal("130.01605")
    assert shown["Taxes"] == "Impuesto al valor agregado (General 13%, tarifa 13%): 260.0321"
    assert shown["Exemption"] == (
        "Otros: Decreto, n.º AL-1, artículo 12, inciso 3, Otros: Una junta, 01/02/2026,"
        " tarifa exonerada 6.5%, monto exonerado 130.01605"
    )


def test_specific_taxes_are_told_with_what_they_were_computed_of() -> None:
    shown = cells(
        with_tax(
            "<Impuesto><Codigo>04</Codigo><DatosImpuestoEspecifico><CantidadUnidadMedida>0.35</CantidadUnidadMedida>"
            "<Porcentaje>5.00</Porcentaje><Proporcion>1.75</Proporcion><VolumenUnidadConsumo>250</VolumenUnidadConsumo>"
            "<ImpuestoUnidad>3.9</ImpuestoUnidad></DatosImpuestoEspecifico><Monto>6.82500</Monto></Impuesto>"
            "<Impuesto><Codigo>99</Codigo><CodigoImpuestoOTRO>Timbre</CodigoImpuestoOTRO><Monto>1</Monto></Impuesto>"
            "<Impuesto><Codigo>08</Codigo><FactorCalculoIVA>0.1234</FactorCalculoIVA><Monto>2</Monto>"
            "<MontoExportacion>3</MontoExportacion></Impuesto>",
            net="9.825",
        )
    )
    assert shown["Taxes"] == (
        "Impuesto específico de bebidas alcohólicas (cantidad 0.35, porcentaje 5%, proporción 1.75,"
        " volumen por unidad de consumo 250.00, impuesto por unidad 3.90): 6.825; Otros: Timbre: 1.00;"
        " IVA régimen de bienes usados (factor) (factor 0.1234, de exportación 3.00): 2.00"
    )


def test_a_rate_that_is_not_its_codes_is_told() -> None:
    shown = cells(
        with_tax(
            "<Impuesto><Codigo>01</Codigo><CodigoTarifaIVA>08</CodigoTarifaIVA><Tarifa>12.00</Tarifa>"
            "<Monto>260.03210</Monto></Impuesto>"
        )
    )
    assert "tarifa 12%" in str(shown["Taxes"])


def test_an_export_line_has_its_tax_though_it_tells_no_net() -> None:
    line = LINE.replace("<ImpuestoNeto>260.03210</ImpuestoNeto>", "")
    assert cells(read(document("09", lines=line)))["Tax"] == Decimal("260.03210")


def test_sums_lead_from_the_top_to_the_total() -> None:
    assert list(sums(read(document())).items()) == [
        ("Taxed services", Decimal("2000.24690")),
        ("Total taxed", Decimal("2000.24690")),
        ("Total of the sale", Decimal("2000.24690")),
        ("Total net sale", Decimal("2000.24690")),
        ("Impuesto al valor agregado: General 13%", Decimal("260.03210")),
        ("Total tax", Decimal("260.03210")),
        ("Total to pay", Decimal("2260.27900")),
    ]


def test_payment_charges_references_and_texts_have_their_sections() -> None:
    readable = read(
        document(
            terms="<CondicionVenta>99</CondicionVenta><CondicionVentaOtros>A convenir</CondicionVentaOtros>"
            "<PlazoCredito>45</PlazoCredito>",
            charges="<OtrosCargos><TipoDocumentoOC>99</TipoDocumentoOC><TipoDocumentoOTROS>Propina</TipoDocumentoOTROS>"
            "<IdentificacionTercero><Tipo>01</Tipo><Numero>101110111</Numero></IdentificacionTercero>"
            "<NombreTercero>Tercera Persona</NombreTercero><Detalle>Para la cocina</Detalle>"
            "<PorcentajeOC>2.5</PorcentajeOC><MontoCargo>50.00617</MontoCargo></OtrosCargos>",
            summary=SUMMARY.replace("CRC", "EUR")
            .replace("<TipoCambio>1<", "<TipoCambio>600.5<")
            .replace(
                "<MedioPago>",
                "<MedioPago><TipoMedioPago>99</TipoMedioPago><MedioPagoOtros>Trueque</MedioPagoOtros></MedioPago><MedioPago>",
            ),
            rest="<InformacionReferencia><TipoDocIR>99</TipoDocIR><TipoDocRefOTRO>Vale</TipoDocRefOTRO>"
            "<Numero>V-9</Numero><FechaEmisionIR>2026-11-01T00:00:00-06:00</FechaEmisionIR><Codigo>99</Codigo>"
            "<CodigoReferenciaOTRO>Porque sí</CodigoReferenciaOTRO><Razon>Una razón</Razon></InformacionReferencia>"
            '<Otros><OtroTexto>Gracias</OtroTexto><OtroTexto codigo="obs">Vuelva</OtroTexto>'
            '<OtroTexto codigo="orden">OC-1</OtroTexto>'
            '<OtroContenido codigo="c"><x xmlns="urn:x">Suelto</x></OtroContenido></Otros>',
        )
    )
    assert [told(row) for row in section(readable, "Condición y pago").rows] == [
        {
            "Condición de la venta": "Otros: A convenir",
            "Plazo del crédito": "45 días",
            "Moneda": "EUR, Euro",
            "Tipo de cambio": "600.50",
        },
        {"Medio de pago": "Otros: Trueque"},
        {"Medio de pago": "SINPE Móvil", "Monto": "EUR 2,260.279"},
    ]
    assert [told(row) for row in section(readable, "Otros cargos").rows] == [
        {
            "Cargo": "Otros cargos: Propina",
            "Detalle": "Para la cocina",
            "Tercero": "Tercera Persona",
            "Cédula física": "101110111",
            "Porcentaje": "2.5%",
            "Monto": "EUR 50.00617",
        }
    ]
    assert [told(row) for row in section(readable, "Documentos de referencia").rows] == [
        {
            "Tipo de documento": "Otros: Vale",
            "Número": "V-9",
            "Fecha de emisión": "01/11/2026",
            "Motivo": "Otros: Porque sí",
            "Razón": "Una razón",
        }
    ]
    assert [told(row) for row in section(readable, "Otros datos").rows] == [{"orden": "OC-1"}, {"c": "Suelto"}]
    assert readable.notes == "Gracias\nVuelva"


def test_the_resolution_and_the_provider_are_printed() -> None:
    ((resolution, provider),) = section(read(document()), "Autorización").rows
    assert "MH-DGT-RES-0027-2024 del 13 de noviembre de 2024" in resolution.value
    assert provider.value == "3101888888"
    assert read(document()).notes is None


def test_a_signature_changes_nothing() -> None:
    signature = '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:Object>x</ds:Object></ds:Signature>'
    assert read(document(rest=signature)) == read(document())


def test_a_preview_has_neither_key_nor_number() -> None:
    head = "<FechaEmision>2026-11-22T09:15:30</FechaEmision>"
    readable = read(document(head=head))
    assert (readable.generation_code, readable.control_number, readable.is_contingency) == ("", "", False)
    assert readable.issued_at == datetime(2026, 11, 22, 9, 15, 30, tzinfo=ZONE)


GOOD = document()
TEXTS = [match.span(1) for match in re.finditer(r">([^<>\s][^<>]*)<", GOOD)]


@pytest.mark.parametrize(
    "payload",
    [
        GOOD.replace("FacturaElectronica", "MensajeReceptor"),
        GOOD.replace("v4.4/", "v4.3/"),
        GOOD.replace("facturaElectronica", "tiqueteElectronico"),
        GOOD.replace(clave(), clave()[:-1]),
        GOOD.replace("2026-11-22T09", "2026-13-22T09"),
        GOOD.replace("<TotalComprobante>2260.27900", "<TotalComprobante>NaN"),
        GOOD.replace("<TotalComprobante>2260.27900</TotalComprobante>", ""),
        GOOD.replace("<CodigoMoneda>CRC</CodigoMoneda>", ""),
        GOOD.replace("<NumeroLinea>1", "<NumeroLinea>uno"),
        document(summary=""),
        document(issuer=""),
        document("08", customer=""),
        "<!DOCTYPE x>" + GOOD.partition("?>")[2],
        GOOD[:-5],
        "",
    ],
)
def test_what_is_no_document_is_refused(payload: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(payload)


@given(st.decimals(0, Decimal(10) ** 13, places=5))
def test_a_figure_is_never_rounded(amount: Decimal) -> None:
    text = figure(amount)
    assert Decimal(text.replace(",", "")) == amount
    assert 2 <= len(text.partition(".")[2]) <= 5


def test_a_thousand_lines_are_read_at_once() -> None:
    payload = document(lines="".join(LINE.replace("<NumeroLinea>1", f"<NumeroLinea>{n}") for n in range(1, 1001)))
    started = time.thread_time()
    assert len(read(payload).table.rows) == 1000
    assert time.thread_time() - started < 3


@given(st.integers(0, len(TEXTS) - 1), st.text(max_size=12))
def test_whatever_stands_in_a_document_is_read_or_refused(place: int, given_text: str) -> None:
    start, end = TEXTS[place]
    payload = GOOD[:start] + escape(given_text) + GOOD[end:]
    try:
        readable = read(payload)
    except ValueError:
        return
    assert readable.sums[-1].amount == readable.payable

"""What stands on the paper of each type beside the sales, from a payload of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hacienda.elsalvador.readable import read
from hacienda.readable import Readable, Role
from tests.hacienda import payloads
from tests.hacienda.payloads import CODE, OLD, OLDER, Payload

every = pytest.mark.parametrize("name", payloads.EVERY)


def readable(payload: Payload) -> Readable:
    return read(payloads.text(payload))


def lines(document: Readable) -> list[dict[str, Any]]:
    labels = [column.label for column in document.table.columns]
    return [dict(zip(labels, row, strict=True)) for row in document.table.rows]


def sections(document: Readable) -> dict[str, list[dict[str, str]]]:
    return {
        section.heading: [{field.label: field.value for field in row} for row in section.rows]
        for section in document.sections
    }


def customer(document: Readable) -> dict[str, str]:
    assert document.customer is not None
    return {field.label: field.value for field in document.customer.fields}


# --- What all have alike -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "code", "title", "parties"),
    [
        ("delivery_note", "04", "NOTA DE REMISIÓN", ("Emisor", "Receptor")),
        ("credit_note", "05", "NOTA DE CRÉDITO", ("Emisor", "Receptor")),
        ("debit_note", "06", "NOTA DE DÉBITO", ("Emisor", "Receptor")),
        ("withholding", "07", "COMPROBANTE DE RETENCIÓN", ("Agente de retención", "Sujeto retenido")),
        ("settlement", "08", "COMPROBANTE DE LIQUIDACIÓN", ("Comisionista", "Mandante")),
        ("accounting_settlement", "09", "DOCUMENTO CONTABLE DE LIQUIDACIÓN", ("Liquidador", "Afiliado")),
        ("export_invoice", "11", "FACTURA DE EXPORTACIÓN", ("Emisor", "Receptor")),
        ("purchase", "14", "FACTURA DE SUJETO EXCLUIDO", ("Comprador", "Sujeto excluido")),
        ("donation", "15", "COMPROBANTE DE DONACIÓN", ("Donatario", "Donante")),
        ("return_of_export", "18", "EVENTO DE RETORNO", ("Emisor", "Receptor")),
    ],
)
def test_each_type_has_its_official_name_and_its_own_names_of_the_parties(
    name: str, code: str, title: str, parties: tuple[str, str]
) -> None:
    document = readable(payloads.EVERY[name]())
    assert (document.type_code, document.type_name) == (code, title)
    assert document.customer is not None
    assert (document.issuer.heading, document.customer.heading) == parties
    assert document.issuer_sells == (parties[0] == "Emisor")


@every
def test_the_total_is_the_last_of_the_sums_and_what_the_document_comes_to(name: str) -> None:
    document = readable(payloads.EVERY[name]())
    assert [each.is_total for each in document.sums] == [False] * (len(document.sums) - 1) + [True]
    assert document.sums[-1].amount == document.payable > 0
    assert document.in_words


@every
def test_every_row_has_a_cell_for_each_column_and_one_column_says_what_the_line_is(name: str) -> None:
    table = readable(payloads.EVERY[name]()).table
    roles = [column.role for column in table.columns]
    assert {len(row) for row in table.rows} <= {len(table.columns)}
    assert roles.count(Role.MAIN) == (name != "accounting_settlement")
    singular = (Role.NUMBER, Role.QUANTITY, Role.UNIT, Role.CODE, Role.PRICE, Role.DISCOUNT, Role.AMOUNT)
    assert [role for role in singular if roles.count(role) > 1] == []


@every
def test_a_preview_of_every_type_reads(name: str) -> None:
    payload = payloads.EVERY[name]()
    identification = payload["identificacion"]
    identification |= {key: "" for key in ("codigoGeneracion", "numeroControl") if key in identification}
    document = readable(payload)
    assert document.generation_code == ""
    assert document.control_number in ("", None)


def test_events_have_a_code_and_no_number() -> None:
    for made in (payloads.special_operations, payloads.return_of_sale):
        document = readable(made())
        assert (document.generation_code, document.control_number) == (CODE, None)
        assert document.title == "EVENTO DE DOCUMENTOS TRIBUTARIOS ELECTRÓNICOS"
    assert readable(payloads.purchase()).title == "DOCUMENTO TRIBUTARIO ELECTRÓNICO"


def test_who_acts_for_a_company_that_it_absorbed_says_so() -> None:
    (told,) = [
        field.value
        for field in readable(payloads.withholding()).issuer.fields
        if field.label == "NIT de la sociedad absorbida por fusión"
    ]
    assert told == "06140505905056"


def test_a_code_that_left_its_catalogue_is_printed_itself() -> None:
    payload = payloads.delivery_note()
    payload["receptor"]["bienTitulo"] = "77"
    payload["resumen"]["tributos"][0]["codigo"] = "ZZ"
    document = readable(payload)
    assert customer(document)["Bienes remitidos a título de"] == "77"
    assert payloads.sums(document)["Impuesto al Valor Agregado 13%"] == "11.05"


# --- Delivery and adjustment -------------------------------------------------------------------------------------


def test_a_delivery_says_by_what_title_the_goods_travel() -> None:
    document = readable(payloads.delivery_note())
    assert customer(document)["Bienes remitidos a título de"] == "Consignación"
    assert payloads.sums(document) == {
        "Ventas gravadas": "90.00",
        "Suma total de operaciones": "90.00",
        "Descuento global a ventas gravadas": "5.00",
        "Sub-total": "85.00",
        "Impuesto al Valor Agregado 13%": "11.05",
        "Monto total de la operación": "96.05",
    }
    assert sections(document) == {
        "Venta a cuenta de terceros": [
            {"Nombre": "DUEÑO INVENTADO", "NIT": "06140303903034", "Domicilio fiscal": "Domiciliado"}
        ]
    }
    assert document.notes == "Entregar en bodega"


def test_a_credit_note_tells_which_line_belongs_to_which_of_several_documents() -> None:
    document = readable(payloads.credit_note())
    assert [line["Related document"] for line in lines(document)] == [OLD, OLDER]
    assert [row["Código de generación"] for row in sections(document)["Documentos relacionados"]] == [OLD, OLDER]
    assert "Related document" not in lines(readable(payloads.debit_note()))[0]


def test_a_note_shows_only_the_taxes_that_it_adjusts() -> None:
    credit, debit = readable(payloads.credit_note()), readable(payloads.debit_note())
    assert [line["Value added tax withheld"] for line in lines(credit)] == [Decimal("0.9"), 0]
    assert "Value added tax perceived" not in lines(credit)[0]
    assert [line["Value added tax perceived"] for line in lines(debit)] == [Decimal("0.9")]
    assert [line["Amount"] for line in lines(credit)] == [90, -3]
    assert list(payloads.sums(credit).items())[-4:] == [
        ("Monto total de la operación", "101.70"),
        ("IVA retenido", "0.90"),
        ("Otros montos no afectos", "-3.00"),
        ("Total de la nota de crédito", "97.80"),
    ]
    assert list(payloads.sums(debit).items())[-2:] == [("IVA percibido", "0.90"), ("Total a pagar", "102.60")]


def test_a_note_on_a_retention_shows_tax_and_no_sales() -> None:
    document = readable(payloads.note_on_retention())
    assert lines(document) == [
        {"No.": 1, "Description": "Retención de más", "Value added tax withheld": Decimal("1.5")}
    ]
    assert payloads.sums(document) == {"IVA retenido": "1.50", "Total de la nota de crédito": "1.50"}
    assert sections(document)["Retención que se ajusta"] == [{"Tipo de retención": "Retención IVA 1%"}]
    assert sections(document)["Documentos relacionados"][0]["Tipo de documento"] == "Comprobante de retención"


# --- Documents as lines ------------------------------------------------------------------------------------------


def test_a_retention_lists_documents_with_base_and_tax() -> None:
    document = readable(payloads.withholding())
    electronic, paper = lines(document)
    assert electronic == {
        "No.": 1,
        "Type of document": "Comprobante de crédito fiscal",
        "Document number": OLD,
        "Date of issue": date(2026, 11, 2),
        "Withholding": "Retención IVA 1%",
        "Amount subject to withholding": 1000,
        "Value added tax withheld": 10,
        "Description": None,
    }
    assert (paper["Document number"], paper["Description"]) == ("A-77", "Recibida en papel")
    assert payloads.sums(document) == {
        "Total sujeto a retención": "2000.00",
        "IVA de las operaciones (informativo)": "260.00",
        "Total de IVA retenido": "20.00",
    }


def test_a_settlement_takes_off_what_was_invalidated() -> None:
    document = readable(payloads.settlement())
    assert [(line["Taxed sales"], line["Value added tax"]) for line in lines(document)] == [
        (200, 26),
        (-50, Decimal("-6.5")),
    ]
    assert lines(document)[1]["Notes"] == "Invalidado en noviembre"
    assert customer(document)["Domicilio fiscal"] == "Domiciliado"
    assert payloads.sums(document) == {
        "Ventas gravadas": "150.00",
        "Suma total de operaciones": "150.00",
        "Impuesto al Valor Agregado 13%": "19.50",
        "Monto total de la operación": "169.50",
        "Total de la liquidación": "169.50",
    }


def test_a_card_settlement_is_one_block_of_sums_over_a_period() -> None:
    document = readable(payloads.accounting_settlement())
    assert document.table.columns == document.table.rows == ()
    assert payloads.sums(document) == {
        "Valor de las operaciones": "1230.00",
        "Monto sin percepción (Propinas)": "100.00",
        "Sub-total": "1130.00",
        "IVA incluido": "130.00",
        "Monto sujeto a percepción": "1000.00",
        "IVA percibido 2%": "20.00",
        "Comisión (3%)": "33.90",
        "IVA de la comisión": "4.41",
        "Líquido a pagar": "1171.69",
    }
    assert sections(document) == {
        "Liquidación": [
            {
                "Período": "01/11/2026 al 15/11/2026",
                "Código de liquidación": "LQ-9",
                "Cantidad de documentos": "42",
            }
        ],
        "Responsable de la emisión": [{"Nombre": "Ana Inventada", "Documento": "012345678"}],
    }
    assert customer(document)["Tipo de establecimiento"] == "Casa Matriz"
    assert document.notes == "Abonado en cuenta"


# --- Exports, purchases, gifts -----------------------------------------------------------------------------------


def test_an_export_says_how_the_goods_leave_and_what_carrying_costs() -> None:
    document = readable(payloads.export_invoice())
    assert list(payloads.sums(document).items()) == [
        ("Ventas gravadas", "90.00"),
        ("Descuento global a ventas gravadas", "10.00"),
        ("Seguro", "5.00"),
        ("Flete", "15.00"),
        ("IVA (exportaciones) 0%", "0.00"),
        ("Monto total de la operación", "100.00"),
        ("Total a pagar", "100.00"),
    ]
    assert sections(document) == {
        "Transporte": [
            {
                "Modo de transporte": "Terrestre",
                "Placas": "C-1234",
                "Conductor": "Juan Inventado",
                "Documento del conductor": "012345678",
            }
        ],
        "Compra a cuenta de terceros": [{"Nombre": "THIRD BUYER INC.", "Número de documento": "US-9"}],
        "Exportación": [
            {
                "Tipo de exportación": "Bienes",
                "Recinto fiscal": "Marítima de Acajutla",
                "Tipo de régimen": "Exportación Definitiva",
                "Régimen de exportación": "Exportación Definitiva, Régimen Común",
                "INCOTERMS": "FOB-Libre a bordo",
            }
        ],
        "Forma de pago": [
            {"Condición de la operación": "Contado"},
            {"Forma de pago": "Transferencia-Depósito Bancario", "Monto": "$100.00", "Referencia": "T-1"},
        ],
    }
    buyer = customer(document)
    assert (buyer["País"], buyer["Tipo de persona"]) == ("Estados Unidos", "Persona Jurídica")
    assert buyer["Dirección"] == "1 Invented Ave, Miami FL"


def test_a_purchase_from_an_excluded_person_shows_the_income_tax_withheld() -> None:
    document = readable(payloads.purchase())
    assert [(line["Discount"], line["Purchases"]) for line in lines(document)] == [(10, 90)]
    assert payloads.sums(document) == {
        "Total de compras": "90.00",
        "Sub-total": "90.00",
        "Renta retenida": "9.00",
        "Total a pagar": "81.00",
    }
    assert customer(document)["DUI"] == "098765432"


def test_a_donation_shows_kind_depreciation_and_the_papers_of_the_entity() -> None:
    document = readable(payloads.donation())
    assert lines(document) == [
        {
            "No.": 1,
            "Type of donation": "Bien",
            "Quantity": 10,
            "Unit": "Unidad",
            "Code": None,
            "Description": "Sillas usadas",
            "Unit value": 100,
            "Depreciation": 50,
            "Value": 950,
        }
    ]
    assert [field.value for field in document.issuer.fields if field.label == "NIT"] == ["06140101901012"]
    assert customer(document)["País"] == "Estados Unidos"
    assert sections(document)["Otros documentos asociados"][0]["Identificación"] == "Resolución 1"
    assert "Forma de pago" not in sections(document)


def test_a_gift_of_money_says_by_what_means_it_was_paid() -> None:
    payload = payloads.donation()
    payload["resumen"]["pagos"] = [{"codigo": "05", "montoPago": 950, "referencia": "T-2"}]
    assert sections(readable(payload))["Forma de pago"] == [
        {"Forma de pago": "Transferencia-Depósito Bancario", "Monto": "$950.00", "Referencia": "T-2"}
    ]


# --- Events ------------------------------------------------------------------------------------------------------


def test_special_operations_are_addressed_to_nobody() -> None:
    document = readable(payloads.special_operations())
    assert (document.customer, document.is_addressed) == (None, False)
    sales, voucher = lines(document)
    assert (sales["Type of document"], sales["From"], sales["To"]) == ("Factura de venta simplificada", "1", "120")
    assert (voucher["Document number"], voucher["Event that is corrected"]) == ("V-1", OLD)
    assert voucher["Date of issue"] is None
    assert payloads.sums(document) == {"Ventas exentas": "240.00", "Sub-total": "240.00", "Total": "240.00"}


def test_a_return_has_the_columns_of_what_comes_back() -> None:
    sale, export, purchase = (
        readable(made()) for made in (payloads.return_of_sale, payloads.return_of_export, payloads.return_of_purchase)
    )
    beside = {"No.", "Quantity", "Unit", "Code", "Description", "Unit price", "Discount", "Amount"}
    assert set(lines(sale)[0]) - beside == {"Taxed sales"}
    assert set(lines(export)[0]) - beside == {"Taxed sales", "Insurance", "Freight"}
    assert set(lines(purchase)[0]) - beside == {"Purchases", "Income tax withheld"}
    assert [each[0]["Amount"] for each in map(lines, (sale, export, purchase))] == [90, 90, 90]


def test_a_return_of_a_sale_to_nobody_in_particular_is_addressed_all_the_same() -> None:
    document = readable(payloads.return_of_sale())
    assert (document.customer, document.is_addressed) == (None, True)
    assert lines(document)[0] | {"Code": None, "Unit": ""} == lines(document)[0]
    assert payloads.sums(document)["IVA 13% incluido"] == "10.35"
    assert sections(document)["Documentos relacionados"] == [
        {"Tipo de documento": "Factura", "Código de generación": OLD, "Fecha de emisión": "2026-11-02"}
    ]
    fields = {field.label: field.value for field in document.issuer.fields}
    assert (fields["Establecimiento"], fields["Punto de venta"]) == ("M001", "P001")


def test_a_return_of_an_export_says_from_where_it_had_left() -> None:
    document = readable(payloads.return_of_export())
    assert sections(document)["Exportación"][0]["Recinto fiscal"] == "Marítima de Acajutla"
    assert payloads.sums(document)["Flete"] == "15.00"
    purchase = readable(payloads.return_of_purchase())
    assert payloads.sums(purchase) == {
        "Compras a sujetos excluidos": "90.00",
        "Suma total de operaciones": "90.00",
        "Monto total de la operación": "90.00",
        "Renta retenida": "9.00",
        "Total del retorno": "81.00",
    }

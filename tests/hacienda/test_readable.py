"""What a buyer reads on paper comes from the sealed text alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hacienda.drafts import (
    AppendixEntry,
    AssociatedDocument,
    Condition,
    Doctor,
    Draft,
    ExtraTax,
    GlobalDiscount,
    Party,
    Payment,
    PaymentMethod,
    Related,
    Taxation,
    ThirdParty,
)
from hacienda.elsalvador.build import finish, preview
from hacienda.elsalvador.readable import read
from hacienda.readable import Cell, Readable
from hacienda.values import Environment, Identity, Manner
from tests.hacienda import payloads
from tests.hacienda.drafts import AT, CONSUMER, INVOICE, TAX_CREDIT, TAXPAYER, built, item

CODE = "79C4121F-C608-47DF-BEFC-74B999CC85F1"
NUMBER = "DTE-01-M001P001-000000000000001"


def printed(draft: Draft, manner: Manner | None = None, environment: Environment = Environment.LIVE) -> Readable:
    return read(finish(built(draft), Identity(environment, CODE, NUMBER, AT), manner or Manner()))


def section(readable: Readable, heading: str) -> list[dict[str, str]]:
    (found,) = [section for section in readable.sections if section.heading == heading]
    return [{field.label: field.value for field in row} for row in found.rows]


def lines(readable: Readable) -> list[dict[str, Cell]]:
    """The cells of every line by the label of their column."""
    labels = [column.label for column in readable.table.columns]
    return [dict(zip(labels, row, strict=True)) for row in readable.table.rows]


def test_a_plain_invoice_reads_in_spanish() -> None:
    readable = printed(INVOICE)
    assert (readable.title, readable.type_name) == ("DOCUMENTO TRIBUTARIO ELECTRÓNICO", "FACTURA")
    assert (readable.generation_code, readable.control_number) == (CODE, NUMBER)
    assert (readable.version, readable.type_code, readable.currency) == (2, "01", "USD")
    assert (readable.model, readable.transmission) == ("Modelo Facturación previo", "Transmisión normal")
    assert readable.issued_at == AT
    assert readable.issued_at.isoformat() == "2026-11-20T10:15:30-06:00"
    assert (readable.is_test, readable.is_contingency, readable.customer) == (False, False, None)
    assert (readable.payable, readable.in_words) == (7, "SIETE DÓLARES CON 00/100")
    assert payloads.sums(readable) == {
        "Ventas gravadas": "7.00",
        "Suma total de operaciones": "7.00",
        "Sub-total": "7.00",
        "IVA 13% incluido": "0.81",
        "Monto total de la operación": "7.00",
        "Total a pagar": "7.00",
    }
    assert [line.is_total for line in readable.sums].index(True) == len(readable.sums) - 1
    assert section(readable, "Forma de pago") == [
        {"Condición de la operación": "Contado"},
        {"Forma de pago": "Billetes y monedas", "Monto": "$7.00"},
    ]


def test_lines_have_the_names_of_their_units() -> None:
    (line,) = lines(printed(INVOICE))
    assert (line["No."], line["Quantity"], line["Unit"]) == (1, 2, "Unidad")
    assert (line["Unit price"], line["Taxed sales"], line["Amount"]) == (Decimal("3.5"), 7, 7)
    charge = lines(printed(replace(INVOICE, items=(item("1"), item("-0.50", tax=Taxation.NOT_TAXED)))))[1]
    assert (charge["Other amounts"], charge["Amount"], charge["Unit"]) == (Decimal("-0.5"), Decimal("-0.5"), "Otra")


def test_the_issuer_and_its_place() -> None:
    issuer = printed(INVOICE).issuer
    fields = {field.label: field.value for field in issuer.fields}
    assert issuer.name == "COMERCIAL EJEMPLO, S.A. DE C.V."
    assert fields["NIT"] == "06141502101015"
    assert fields["Dirección"] == (
        "Alameda Ejemplo 123, Colonia Centro, San Salvador, San Salvador Centro, San Salvador"
    )


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        (replace(INVOICE, customer=CONSUMER), {"DUI": "012345678", "Correo electrónico": "maria@example.com"}),
        (
            replace(INVOICE, customer=Party(name="Ana", tax_id="X-1", id_type="03")),
            {"Pasaporte": "X-1"},
        ),
        (TAX_CREDIT, {"NIT": TAXPAYER.tax_id, "NRC": TAXPAYER.registration}),
    ],
)
def test_the_customer_is_shown_with_what_is_known(draft: Draft, expected: dict[str, str]) -> None:
    customer = printed(draft).customer
    assert customer is not None
    assert customer.name == (draft.customer.name if draft.customer else None)
    assert expected.items() <= {field.label: field.value for field in customer.fields}.items()


def test_a_test_document_says_so_and_so_does_contingency() -> None:
    assert printed(INVOICE, environment=Environment.SANDBOX).is_test
    assert printed(INVOICE, environment=Environment.TEST).is_test
    readable = printed(INVOICE, Manner(3))
    assert readable.is_contingency
    assert readable.transmission == "Transmisión por contingencia"


def test_every_sum_that_says_something_is_shown_from_the_top_down() -> None:
    items = (
        item("300", extra_taxes=(ExtraTax("71"), ExtraTax("C5", Decimal(4)))),
        item("20", tax=Taxation.EXEMPT),
        item("10", tax=Taxation.NOT_SUBJECT),
        item("-5", tax=Taxation.NOT_TAXED),
    )
    discount = GlobalDiscount(taxed=Decimal(3), exempt=Decimal(2), not_subject=Decimal(1))
    draft = replace(TAX_CREDIT, items=items, global_discount=discount, vat_withheld=True, vat_perceived=True)
    assert payloads.sums(printed(replace(draft, credit_balance=Decimal(9)))) == {
        "Ventas no sujetas": "10.00",
        "Ventas exentas": "20.00",
        "Ventas gravadas": "300.00",
        "Suma total de operaciones": "330.00",
        "Descuento global a ventas no sujetas": "1.00",
        "Descuento global a ventas exentas": "2.00",
        "Descuento global a ventas gravadas": "3.00",
        "Sub-total": "324.00",
        "Impuesto al Valor Agregado 13%": "38.61",
        "Turismo: salida del país por vía aérea $7.00": "7.00",
        "Impuesto ad- valorem por diferencial de precios de bebidas alcohólicas (8%) (informativo)": "4.00",
        "Monto total de la operación": "369.61",
        "IVA percibido": "2.97",
        "IVA retenido": "2.97",
        "Otros montos no afectos": "-5.00",
        "Saldo a favor": "-9.00",
        "Total a pagar": "364.61",
    }


def test_the_extraordinary_has_sections_of_its_own() -> None:
    draft = replace(
        TAX_CREDIT,
        related=(Related("04", CODE, True, date(2026, 11, 18)),),
        associated_documents=(
            AssociatedDocument(1, "Orden 77", "Orden de compra"),
            AssociatedDocument(3, doctor=Doctor("Dra. Ejemplo", id_number="P-9", service=3)),
        ),
        third_party_sale=ThirdParty("MANDANTE", "06143006991013"),
        payment=Payment(Condition.CREDIT, (PaymentMethod(term="01", period=Decimal(30)),)),
        appendix=(AppendixEntry("oc", "Orden de compra", "OC-77"),),
        notes="Entregar por la tarde",
    )
    readable = printed(draft)
    assert section(readable, "Documentos relacionados") == [
        {"Tipo de documento": "Nota de remisión", "Código de generación": CODE, "Fecha de emisión": "2026-11-18"}
    ]
    assert section(readable, "Otros documentos asociados") == [
        {"Documento asociado": "Emisor", "Identificación": "Orden 77", "Descripción": "Orden de compra"},
        {
            "Documento asociado": "Médico (solo aplica para contribuyentes obligados a la presentación de F-958)",
            "Médico": "Dra. Ejemplo",
            "Documento del médico": "P-9",
            "Servicio médico": "Tratamiento médico",
        },
    ]
    assert section(readable, "Venta a cuenta de terceros") == [
        {"Nombre": "MANDANTE", "NIT": "06143006991013", "Domicilio fiscal": "Domiciliado"}
    ]
    assert section(readable, "Forma de pago")[1] == {
        "Forma de pago": "Cuentas por pagar del receptor",
        "Monto": "$1,130.00",
        "Plazo": "30 días",
    }
    assert section(readable, "Apéndice") == [{"Orden de compra": "OC-77"}]
    assert readable.notes == "Entregar por la tarde"


def test_a_preview_reads_without_number() -> None:
    readable = read(preview(built(INVOICE), Environment.SANDBOX, AT))
    assert (readable.generation_code, readable.control_number, readable.payable) == ("", "", 7)


@pytest.mark.parametrize("document", [{}, {"identificacion": {"tipoDte": "02"}}])
def test_other_types_are_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no readable version"):
        read(json.dumps(document))

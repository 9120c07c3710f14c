"""Export invoices: the buyer abroad, customs, freight, what carries the goods, and the tax at 0 %."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from hacienda.drafts import (
    Address,
    AssociatedDocument,
    Doctor,
    Draft,
    Export,
    ExtraTax,
    GlobalDiscount,
    Item,
    ItemKind,
    Party,
    Taxation,
    ThirdParty,
    ThirdPartyPurchase,
    Transport,
)
from hacienda.values import ExportDefaults
from tests.hacienda.drafts import (
    BUYER_ABROAD,
    EXPORT,
    INVOICE,
    ISSUER,
    body,
    built,
    faults,
    found,
    item,
    rows,
    summary,
)

EXPORTER = replace(ISSUER, export=ExportDefaults("02", "EX-1", "1000.000", "09"))
SERVICE = replace(EXPORT, items=(item("2500", kind=ItemKind.SERVICE),), export=None)
TERMS = EXPORT.export or Export()
LORRY = Transport(mode=1, plates="C-123456", driver="JUAN CONDUCTOR", driver_id="012345678")
THIRD_PARTY = ThirdParty("MANDANTE", "06143006991013")


def export(*items: Item, **more: Any) -> Draft:
    return replace(EXPORT, items=items or EXPORT.items, **more)


def to(**changes: Any) -> Draft:
    return replace(EXPORT, customer=replace(BUYER_ABROAD, **changes))


# --- The buyer ------------------------------------------------------------------------------------------------------
def test_a_buyer_abroad_needs_little() -> None:
    assert body(EXPORT)["receptor"] == {
        "nombre": "FOREIGN BUYER INC.",
        "tipoDocumento": "37",
        "numDocumento": "US-98-7654321",
        "descActividad": "Otros",
        "nombreComercial": None,
        "codPais": "US",
        "nombrePais": "Estados Unidos",
        "complemento": "100 Example Ave, Miami FL",
        "tipoPersona": 2,
        "telefono": None,
        "correo": None,
    }


@pytest.mark.parametrize("number", ["123456789", "12345678000195", "12-3456789"])
def test_a_foreign_number_that_looks_like_a_salvadoran_one_stays_foreign(number: str) -> None:
    receiver = body(to(tax_id=number))["receptor"]
    assert (receiver["tipoDocumento"], receiver["numDocumento"]) == ("37", number)


def test_the_kind_of_document_may_be_said() -> None:
    receiver = body(to(tax_id="A1234567", id_type="03", person="natural"))["receptor"]
    assert (receiver["tipoDocumento"], receiver["tipoPersona"]) == ("03", 1)


def test_a_buyer_in_a_free_zone_is_known_by_nit() -> None:
    receiver = body(to(tax_id="0614-220305-102-8", country="sv"))["receptor"]
    assert (receiver["tipoDocumento"], receiver["numDocumento"]) == ("36", "06142203051028")
    assert receiver["nombrePais"] == "El Salvador"


@pytest.mark.parametrize(
    ("given", "shown"),
    [("Importador de artesanías", "Importador de artesanías"), ("46900", "Venta al por mayor de otros productos")],
)
def test_an_activity_is_told_in_words(given: str, shown: str) -> None:
    assert body(to(activity=given))["receptor"]["descActividad"] == shown


@pytest.mark.parametrize(
    ("customer", "expected"),
    [
        (None, {("", "required")}),
        (
            Party(),
            {
                ("/name", "required"),
                ("/tax_id", "required"),
                ("/country", "required"),
                ("/person", "required"),
                ("/address", "required"),
            },
        ),
        (replace(BUYER_ABROAD, country="ZZ"), {("/country", "unknown_code")}),
        (replace(BUYER_ABROAD, activity="abc"), {("/activity", "too_short")}),
        (replace(BUYER_ABROAD, tax_id="x" * 21), {("/tax_id", "too_long")}),
        (replace(BUYER_ABROAD, id_type="36"), {("/tax_id", "tax_id_invalid")}),
        (replace(BUYER_ABROAD, address=Address("06", "23", "14", "Calle 1")), {("/address", "foreign_address")}),
        (replace(BUYER_ABROAD, address=Address(line=" ")), {("/address/line", "required")}),
    ],
)
def test_a_buyer_is_checked(customer: Party | None, expected: set[tuple[str, str]]) -> None:
    assert found(replace(EXPORT, customer=customer)) == {(f"/customer{at}", code) for at, code in expected}


# --- Goods and services ---------------------------------------------------------------------------------------------
def test_goods_say_how_they_leave_the_country() -> None:
    made = body(EXPORT)
    emitter = made["emisor"]
    assert (emitter["tipoItemExpor"], emitter["recintoFiscal"]) == (1, "02")
    assert (emitter["tipoRegimen"], emitter["regimen"]) == ("EX-1", "1000.000")
    assert (made["resumen"]["codIncoterms"], made["resumen"]["descIncoterms"]) == ("09", "FOB-Libre a bordo")


def test_what_an_exporter_does_as_a_rule_is_not_asked_again() -> None:
    made: Any = built(replace(EXPORT, export=None), issuer=EXPORTER).body
    assert made["emisor"]["recintoFiscal"] == "02"
    other = replace(EXPORT, export=Export(customs_post="15", incoterm="11"))
    made = built(other, issuer=EXPORTER).body
    assert (made["emisor"]["recintoFiscal"], made["emisor"]["regimen"]) == ("15", "1000.000")
    assert made["resumen"]["descIncoterms"] == "CIF- Costo seguro y flete"


def test_the_type_of_a_regime_follows_from_it() -> None:
    made: Any = built(replace(EXPORT, export=Export(regime="2100.000")), issuer=EXPORTER).body
    assert (made["emisor"]["tipoRegimen"], made["emisor"]["regimen"]) == ("EX-2", "2100.000")
    without_type = replace(EXPORTER, export=replace(EXPORTER.export, regime_type=None))
    made = built(replace(EXPORT, export=None), issuer=without_type).body
    assert made["emisor"]["tipoRegimen"] == "EX-1"


def test_goods_without_customs_are_refused() -> None:
    assert found(replace(EXPORT, export=None)) == {
        ("/export/customs_post", "required"),
        ("/export/regime", "required"),
        ("/export/regime_type", "required"),
        ("/export/incoterm", "required"),
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (Export(customs_post="98"), {("customs_post", "unknown_code")}),
        (Export(regime="9999.999"), {("regime", "unknown_code")}),
        (Export(regime_type="XX-1"), {("regime_type", "unknown_code")}),
        (Export(regime_type="EX-2"), {("regime", "regime_of_other_type")}),
        (Export(incoterm="12"), {("incoterm", "unknown_code")}),
        (Export(freight=Decimal("0.001")), {("freight", "too_many_decimals")}),
        (Export(insurance=Decimal(-1)), {("insurance", "must_not_be_negative")}),
        (Export(free_of_charge=Decimal("NaN")), {("free_of_charge", "not_a_number")}),
    ],
)
def test_customs_and_freight_are_checked(given: Export, expected: set[tuple[str, str]]) -> None:
    draft = replace(EXPORT, export=given)
    assert found(draft, issuer=EXPORTER) == {(f"/export/{name}", code) for name, code in expected}


def test_services_leave_without_customs() -> None:
    made: Any = built(SERVICE, issuer=EXPORTER).body
    emitter, closing = made["emisor"], made["resumen"]
    assert (emitter["tipoItemExpor"], emitter["recintoFiscal"]) == (2, None)
    assert (emitter["tipoRegimen"], emitter["regimen"]) == (None, None)
    assert (closing["codIncoterms"], closing["descIncoterms"]) == (None, None)
    assert [(row["tipoItem"], row["uniMedida"]) for row in made["cuerpoDocumento"]] == [(2, 99)]
    assert found(replace(SERVICE, export=Export("02", incoterm="09"))) == {
        ("/export/customs_post", "goods_only"),
        ("/export/incoterm", "goods_only"),
    }


def test_goods_and_services_do_not_mix() -> None:
    mixed = export(item("1"), item("1", kind=ItemKind.SERVICE), item("1", kind=ItemKind.BOTH))
    assert found(mixed) == {
        ("/items/1/kind", "export_kinds_differ"),
        ("/items/2/kind", "export_kind_not_allowed"),
    }
    unread = replace(SERVICE, items=(item("1"), *SERVICE.items), unread=(("items", 0, "kind"),), notes="x" * 3001)
    assert found(unread) == {("/notes", "too_long")}


def test_a_charge_follows_the_sale() -> None:
    draft = replace(SERVICE, items=(item("8", tax=Taxation.NOT_TAXED), *SERVICE.items))
    assert [(row["tipoItem"], row["noGravado"], row["tributos"]) for row in rows(draft)] == [
        (2, Decimal(8), None),
        (2, 0, ["C3"]),
    ]


# --- Amounts --------------------------------------------------------------------------------------------------------
def test_freight_and_insurance_are_part_of_the_total() -> None:
    terms = replace(EXPORT.export or Export(), freight=Decimal(150), insurance=Decimal(25), free_of_charge=Decimal(9))
    draft = export(item("7.25", "100"), item("30", "20", discount=Decimal(20)), export=terms)
    made = summary(draft)
    assert (made["totalGravada"], made["totalDescu"]) == (Decimal("1305.00"), Decimal("20.00"))
    assert (made["seguro"], made["flete"], made["totalNoOnerosas"]) == (25, 150, 9)
    assert (made["montoTotalOperacion"], made["totalPagar"]) == (Decimal("1480.00"), Decimal("1480.00"))
    assert [row["montoPago"] for row in made["pagos"]] == [Decimal("1480.00")]
    totals = built(draft).totals
    assert (totals.taxed, totals.tax, totals.total) == (Decimal("1305.00"), Decimal("0.00"), Decimal("1480.00"))


def test_the_tax_is_listed_at_nothing() -> None:
    assert [row["tributos"] for row in rows(EXPORT)] == [["C3"]]
    assert summary(EXPORT)["tributos"] == [
        {"codigo": "C3", "descripcion": "Impuesto al Valor Agregado (exportaciones) 0%", "valor": Decimal("0.00")}
    ]


def test_a_global_discount_is_one_of_taxed_sales() -> None:
    made = summary(export(item("100"), global_discount=GlobalDiscount(taxed=Decimal(10), percentage=Decimal(10))))
    assert (made["descuGravada"], made["montoTotalOperacion"]) == (10, Decimal("90.00"))
    wrong = export(item("100"), global_discount=GlobalDiscount(exempt=Decimal(1)))
    assert found(wrong) == {("/global_discount/exempt", "discount_exceeds_sales")}


def test_what_belongs_to_sales_at_home_is_refused() -> None:
    draft = export(
        item("1", tax=Taxation.EXEMPT),
        item("1", extra_taxes=(ExtraTax("59"),)),
        vat_withheld=True,
        prices_include_tax=True,
        taxes_shown=False,
    )
    assert found(draft) == {
        ("/items/0/tax", "class_not_allowed"),
        ("/items/1/extra_taxes/0/code", "tax_not_allowed"),
        ("/vat_withheld", "not_taken"),
        ("/prices_include_tax", "not_taken"),
        ("/taxes_shown", "not_taken"),
    }
    assert found(replace(INVOICE, export=Export())) == {("/export", "not_taken")}
    (fault,) = [one for one in faults(draft) if one.code == "class_not_allowed"]
    assert fault.text == "A document of type 11 has no lines that are exempt."


FUEL = item("3.00", "50", unit=22, extra_taxes=(ExtraTax("D1"), ExtraTax("C8")))


def test_fuel_bears_its_taxes_beside_that_of_nothing() -> None:
    made: Any = built(export(FUEL, item("10"), export=replace(TERMS, freight=Decimal(5)))).body
    assert [row["tributos"] for row in made["cuerpoDocumento"]] == [["C3", "D1", "C8"], ["C3"]]
    closing = made["resumen"]
    assert [(row["codigo"], row["valor"]) for row in closing["tributos"]] == [("C3", 0), ("D1", 10), ("C8", 5)]
    # 150 + 10 + 5 of freight + 15 of taxes
    assert (closing["totalGravada"], closing["montoTotalOperacion"], closing["totalPagar"]) == (160, 180, 180)
    totals = built(export(FUEL)).totals
    assert (totals.tax, totals.other_taxes, totals.payable) == (0, 15, 165)


def test_a_tax_that_is_a_line_bears_none() -> None:
    made: Any = built(export(item("10", extra_taxes=(ExtraTax("57", Decimal("0.40")),)))).body
    sold, tax = made["cuerpoDocumento"]
    assert (sold["tipoItem"], sold["tributos"], sold["codTributo"]) == (1, ["C3"], None)
    assert (tax["tipoItem"], tax["tributos"], tax["codTributo"], tax["uniMedida"]) == (4, None, "57", 99)
    assert [(row["codigo"], row["valor"]) for row in made["resumen"]["tributos"]] == [("C3", 0)]
    assert made["resumen"]["totalPagar"] == Decimal("10.40")


@pytest.mark.parametrize("code", ["20", "C3", "59", "71", "D5", "C5"])
def test_an_export_bears_no_other_taxes(code: str) -> None:
    draft = export(item("10", unit=22, extra_taxes=(ExtraTax(code),)))
    assert found(draft) == {("/items/0/extra_taxes/0/code", "tax_not_allowed")}


def test_goods_sent_free_of_charge_are_lines_at_nothing() -> None:
    made: Any = built(export(item("10"), item("2.125", "3", free_of_charge=True))).body
    _sold, gift = made["cuerpoDocumento"]
    assert (gift["precioUni"], gift["montoDescu"], gift["ventaGravada"], gift["noGravado"]) == (0, 0, 0, 0)
    assert (gift["cantidad"], gift["tributos"]) == (3, None)
    closing = made["resumen"]
    assert (closing["totalNoOnerosas"], closing["totalDescu"]) == (Decimal("6.38"), 0)  # 6.375
    assert (closing["totalGravada"], closing["totalPagar"]) == (10, 10)


def test_samples_alone_are_an_export_that_nobody_pays() -> None:
    made = summary(export(item("5", free_of_charge=True)))
    assert (made["totalNoOnerosas"], made["totalPagar"], made["tributos"]) == (5, 0, None)
    assert [row["codigo"] for row in made["pagos"]] == ["99"]


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        (
            export(item("5", free_of_charge=True), export=replace(TERMS, free_of_charge=Decimal(5))),
            {("/export/free_of_charge", "free_of_charge_in_lines")},
        ),
        (
            replace(SERVICE, items=(item("5", kind=ItemKind.SERVICE, free_of_charge=True),)),
            {("/items/0/free_of_charge", "goods_only")},
        ),
        (replace(SERVICE, export=Export(free_of_charge=Decimal(5))), {("/export/free_of_charge", "goods_only")}),
        (
            export(item("5", discount=Decimal(1), extra_taxes=(ExtraTax("D1"),), free_of_charge=True)),
            {("/items/0/discount", "not_allowed"), ("/items/0/extra_taxes", "tax_needs_taxed_line")},
        ),
        (export(item("5", tax=Taxation.NOT_TAXED, free_of_charge=True)), {("/items/0/tax", "not_allowed")}),
        (export(item("0", free_of_charge=True)), {("/items/0/price", "line_without_amount")}),
        (export(item("0.004", free_of_charge=True)), {("/items/0/price", "line_without_amount")}),
        (export(item("-1", free_of_charge=True)), {("/items/0/price", "negative_price")}),
        (export(Item("Muestra", free_of_charge=True)), {("/items/0/price", "required")}),
        (export(*[item("60000000000", free_of_charge=True)] * 2), {("/items", "too_large")}),
        (export(item("1E+400000", free_of_charge=True)), {("/items/0/price", "too_large")}),
        (export(item("9E+999999", "10", free_of_charge=True)), {("/items/0/price", "too_large")}),
        (
            export(item("60000000000", "2", free_of_charge=True), item("1")),
            {("/items/0/price", "too_large"), ("/items", "too_large")},
        ),
        (replace(INVOICE, items=(item("5", free_of_charge=True),)), {("/items/0/free_of_charge", "not_taken")}),
    ],
)
def test_what_is_free_of_charge_is_checked(draft: Draft, expected: set[tuple[str, str]]) -> None:
    assert found(draft) == expected


# --- What goes with it ----------------------------------------------------------------------------------------------
def test_what_carries_the_goods_is_named_in_full() -> None:
    papers = (AssociatedDocument(4, transport=LORRY), AssociatedDocument(1, "Orden 77", "Orden de compra"))
    assert body(replace(EXPORT, associated_documents=papers))["otrosDocumentos"] == [
        {
            "codDocAsociado": 4,
            "descDocumento": None,
            "detalleDocumento": None,
            "placaTrans": "C-123456",
            "modoTransp": 1,
            "numConductor": "012345678",
            "nombreConductor": "JUAN CONDUCTOR",
        },
        {
            "codDocAsociado": 1,
            "descDocumento": "Orden 77",
            "detalleDocumento": "Orden de compra",
            "placaTrans": None,
            "modoTransp": None,
            "numConductor": None,
            "nombreConductor": None,
        },
    ]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (AssociatedDocument(4), {("/transport", "required")}),
        (
            AssociatedDocument(4, "abc", "abc", transport=LORRY),
            {("/description", "not_allowed"), ("/detail", "not_allowed")},
        ),
        (
            AssociatedDocument(4, transport=Transport()),
            {("/transport/" + name, "required") for name in ("mode", "plates", "driver", "driver_id")},
        ),
        (AssociatedDocument(4, transport=replace(LORRY, mode=7)), {("/transport/mode", "unknown_code")}),
        (AssociatedDocument(4, transport=replace(LORRY, plates="C-1")), {("/transport/plates", "too_short")}),
        (AssociatedDocument(1, "abc", "abc", transport=LORRY), {("/transport", "not_allowed")}),
        (AssociatedDocument(2), {("/description", "required"), ("/detail", "required")}),
        (AssociatedDocument(3, doctor=Doctor()), {("/code", "unknown_code"), ("/doctor", "not_allowed")}),
    ],
)
def test_what_goes_with_an_export_is_checked(document: AssociatedDocument, expected: set[tuple[str, str]]) -> None:
    draft = replace(EXPORT, associated_documents=(document,))
    assert found(draft) == {(f"/associated_documents/0{at}", code) for at, code in expected}


def test_an_export_takes_twenty_papers_and_a_sale_at_home_no_transport() -> None:
    paper = AssociatedDocument(1, "abc", "abc")
    assert built(replace(EXPORT, associated_documents=(paper,) * 20))
    assert found(replace(EXPORT, associated_documents=(paper,) * 21)) == {("/associated_documents", "too_many")}
    carried = replace(INVOICE, associated_documents=(replace(paper, transport=LORRY),))
    assert found(carried) == {("/associated_documents/0/transport", "not_allowed")}


def test_an_export_may_be_on_behalf_of_one_who_buys_or_one_who_sells() -> None:
    buyer = ThirdPartyPurchase("OPERADOR LOGÍSTICO", "OL-77")
    made = body(replace(EXPORT, third_party_purchase=buyer))
    assert made["compraTercero"] == {"numDocumento": "OL-77", "nombre": "OPERADOR LOGÍSTICO"}
    assert made["ventaTercero"] is None
    assert body(replace(EXPORT, third_party_sale=THIRD_PARTY))["compraTercero"] is None
    both = replace(EXPORT, third_party_purchase=buyer, third_party_sale=THIRD_PARTY)
    assert found(both) == {("/third_party_purchase", "third_parties_exclude_each_other")}
    own = replace(EXPORT, third_party_purchase=replace(buyer, id_number="0614-150210-101-5"))
    assert found(own) == {("/third_party_purchase/id_number", "purchase_for_issuer")}

"""Donation receipts (15)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from hacienda.drafts import (
    AssociatedDocument,
    Condition,
    Doctor,
    Draft,
    GlobalDiscount,
    Item,
    ItemKind,
    OwnOutage,
    Party,
    Payment,
    PaymentMethod,
    Taxation,
    Transport,
)
from hacienda.elsalvador.build import finish
from hacienda.values import Environment, Identity, Invalid, Manner, Resolution, Totals
from tests.hacienda.drafts import (
    AT,
    CONSUMER,
    DONATION,
    ISSUER,
    SANTA_TECLA,
    TAXPAYER,
    body,
    built,
    faults,
    found,
    item,
    rows,
    summary,
)

FOREIGNER = Party(name="FOREIGN DONOR", tax_id="X1234567", id_type="03", country="US", email="donor@example.com")


def given(*items: Item, **more: Any) -> Draft:
    return replace(DONATION, items=items, **more)


def cash(price: str, **more: Any) -> Item:
    return item(price, donation="cash", **more)


def goods(price: str, quantity: str = "1", **more: Any) -> Item:
    return item(price, quantity, donation="goods", **more)


def service(price: str, quantity: str = "1", **more: Any) -> Item:
    return item(price, quantity, donation="service", **more)


class TestTheDocument:
    def test_the_identification_knows_no_contingency(self) -> None:
        identity = Identity(Environment.TEST, "79C4121F-C608-47DF-BEFC-74B999CC85F1", "DTE-15-M001P001-1", AT)
        text = finish(built(DONATION), identity)
        assert list(json.loads(text)["identificacion"]) == [
            "version",
            "ambiente",
            "tipoDte",
            "numeroControl",
            "codigoGeneracion",
            "tipoModelo",
            "tipoOperacion",
            "fecEmi",
            "horEmi",
            "tipoMoneda",
        ]
        with pytest.raises(Invalid) as refused:
            finish(built(DONATION), identity, Manner(3))
        assert [fault.code for fault in refused.value.faults] == ["contingency_type_not_allowed"]

    def test_the_donee_is_the_issuer_by_a_document_of_kind_36(self) -> None:
        issuer = body(DONATION)["emisor"]
        assert list(issuer)[:3] == ["tipoDocumento", "numDocumento", "nrc"]
        assert (issuer["tipoDocumento"], issuer["numDocumento"]) == ("36", "06141502101015")
        assert "nit" not in issuer

    def test_other_floors_see_a_value_that_is_not_subject_to_vat(self) -> None:
        made = built(given(goods("100", "10", depreciation=Decimal(50))))
        nothing = Decimal("0.00")
        assert made.totals == Totals(
            taxed=nothing,
            exempt=nothing,
            not_subject=Decimal("950.00"),
            not_taxed=nothing,
            discount=nothing,
            tax=nothing,
            other_taxes=nothing,
            withheld=nothing,
            perceived=nothing,
            total=Decimal("950.00"),
            payable=Decimal("950.00"),
            in_words="NOVECIENTOS CINCUENTA DÓLARES CON 00/100",
        )
        assert [(line.tax, line.kind, line.amount) for line in made.items] == [
            (Taxation.NOT_SUBJECT, "goods", Decimal("950.00000000"))
        ]

    def test_the_expected_total_is_compared(self) -> None:
        assert summary(replace(DONATION, expected_total=Decimal(100)))["valorTotal"] == 100
        assert found(replace(DONATION, expected_total=Decimal(99))) == {("/expected_total", "expected_total_differs")}


class TestTheDonor:
    def test_of_this_country_unless_told_otherwise(self) -> None:
        assert body(DONATION)["receptor"] == {
            "tipoDocumento": "13",
            "numDocumento": "012345678",
            "nrc": None,
            "nombre": "MARÍA PERSONA DE EJEMPLO",
            "codActividad": None,
            "descActividad": None,
            "direccion": {
                "departamento": "05",
                "municipio": "28",
                "distrito": "11",
                "complemento": "4a Avenida Norte 45, Santa Tecla",
            },
            "telefono": "70001122",
            "correo": "maria@example.com",
            "codDomiciliado": 1,
            "codPais": "SV",
        }

    def test_a_company_of_this_country(self) -> None:
        receiver = body(replace(DONATION, customer=TAXPAYER))["receptor"]
        assert (receiver["tipoDocumento"], receiver["nrc"]) == ("36", "765432")
        assert (receiver["codActividad"], receiver["descActividad"]) == (
            "46900",
            "Venta al por mayor de otros productos",
        )

    def test_from_abroad_there_is_neither_address_nor_activity(self) -> None:
        made = built(replace(DONATION, customer=FOREIGNER))
        receiver: Any = made.body["receptor"]
        assert (receiver["codDomiciliado"], receiver["codPais"]) == (2, "US")
        assert receiver["direccion"] is receiver["codActividad"] is receiver["descActividad"] is None
        assert made.customer == replace(FOREIGNER, domiciled=False)

    def test_a_foreigner_may_be_domiciled_here(self) -> None:
        donor = replace(FOREIGNER, domiciled=True, address=SANTA_TECLA)
        receiver = body(replace(DONATION, customer=donor))["receptor"]
        assert (receiver["codDomiciliado"], receiver["codPais"]) == (1, "US")
        assert receiver["direccion"]["distrito"] == "11"

    def test_a_national_may_be_domiciled_abroad(self) -> None:
        donor = replace(CONSUMER, address=None, country="SV", domiciled=False)
        receiver = body(replace(DONATION, customer=donor))["receptor"]
        assert (receiver["codDomiciliado"], receiver["codPais"], receiver["direccion"]) == (2, "SV", None)

    @pytest.mark.parametrize(
        ("donor", "expected"),
        [
            (None, {("/customer", "required")}),
            (
                Party(),
                {("/customer/tax_id", "required"), ("/customer/name", "required"), ("/customer/address", "required")},
            ),
            (replace(CONSUMER, address=None), {("/customer/address", "required")}),
            (replace(FOREIGNER, address=SANTA_TECLA), {("/customer/address", "donor_is_abroad")}),
            (replace(FOREIGNER, activity="46900"), {("/customer/activity", "donor_is_abroad")}),
            (replace(FOREIGNER, country=None, domiciled=False), {("/customer/country", "required")}),
            (replace(FOREIGNER, country="XX"), {("/customer/country", "unknown_code")}),
            (replace(FOREIGNER, registration="765432"), {("/customer/registration", "registration_needs_nit")}),
            (replace(FOREIGNER, id_type=None), {("/customer/id_type", "id_type_required")}),
        ],
    )
    def test_what_is_refused(self, donor: Party | None, expected: set[tuple[str, str]]) -> None:
        assert found(replace(DONATION, customer=donor)) == expected

    @pytest.mark.parametrize("name", ["country", "domiciled"])
    def test_an_address_is_not_judged_while_the_domicile_cannot_be_read(self, name: str) -> None:
        unread = (("customer", name),)
        assert found(replace(DONATION, customer=replace(CONSUMER, address=None), unread=unread)) == set()


class TestTheResolution:
    def test_it_comes_from_the_profile(self) -> None:
        assert body(DONATION)["otrosDocumentos"] == [
            {
                "codDocAsociado": 1,
                "descDocumento": "Resolución 12345-EXC-2025",
                "detalleDocumento": "Calificación como entidad exenta, art. 6 LISR",
            }
        ]

    def test_one_that_is_given_stands_in_its_place(self) -> None:
        documents = (AssociatedDocument(1, "Resolución 77", "Otra"), AssociatedDocument(2, "Acta 5", "Del donante"))
        made = body(replace(DONATION, associated_documents=documents))["otrosDocumentos"]
        assert [(row["codDocAsociado"], row["descDocumento"]) for row in made] == [
            (1, "Resolución 77"),
            (2, "Acta 5"),
        ]

    def test_documents_of_the_donor_come_after_it(self) -> None:
        documents = (AssociatedDocument(2, "Acta 5", "Del donante"),)
        made = body(replace(DONATION, associated_documents=documents))["otrosDocumentos"]
        assert [(row["codDocAsociado"], row["descDocumento"]) for row in made] == [
            (1, "Resolución 12345-EXC-2025"),
            (2, "Acta 5"),
        ]

    def test_without_any_the_profile_is_at_fault(self) -> None:
        issuer = replace(ISSUER, donation_resolution=None)
        assert found(DONATION, issuer=issuer) == {("/issuer/donation_resolution", "resolution_required")}
        own = replace(DONATION, associated_documents=(AssociatedDocument(1, "Resolución 77", "Otra"),))
        assert built(own, issuer=issuer).body["otrosDocumentos"] == [
            {"codDocAsociado": 1, "descDocumento": "Resolución 77", "detalleDocumento": "Otra"}
        ]

    def test_a_profile_whose_texts_do_not_fit_is_at_fault(self) -> None:
        issuer = replace(ISSUER, donation_resolution=Resolution("7", "x" * 301))
        assert found(DONATION, issuer=issuer) == {
            ("/issuer/donation_resolution", "too_short"),
            ("/issuer/donation_resolution", "too_long"),
        }

    def test_other_documents_do_not_belong_here(self) -> None:
        documents = (
            AssociatedDocument(3, doctor=Doctor("Dra. Ejemplo")),
            AssociatedDocument(4, transport=Transport()),
            AssociatedDocument(2, "Acta 5", "Del donante", doctor=Doctor(), transport=Transport()),
            AssociatedDocument(2),
        )
        assert found(replace(DONATION, associated_documents=documents)) == {
            ("/associated_documents/0/code", "not_taken"),
            ("/associated_documents/1/code", "not_taken"),
            ("/associated_documents/2/doctor", "not_taken"),
            ("/associated_documents/2/transport", "not_taken"),
            ("/associated_documents/3/description", "required"),
            ("/associated_documents/3/detail", "required"),
        }

    def test_there_are_at_most_ten_with_it(self) -> None:
        nine = tuple(AssociatedDocument(2, f"Acta {number}", "Del donante") for number in range(9))
        assert len(body(replace(DONATION, associated_documents=nine))["otrosDocumentos"]) == 10
        [fault] = faults(replace(DONATION, associated_documents=(*nine, nine[0])))
        assert (fault.pointer, fault.code, fault.params) == (
            "/associated_documents",
            "too_many",
            {"maximum": 9},
        )


class TestCash:
    def test_one_line_paid_in_cash(self) -> None:
        assert rows(DONATION) == [
            {
                "numItem": 1,
                "tipoDonacion": 1,
                "cantidad": 1,
                "codigo": None,
                "uniMedida": 99,
                "descripcion": "Donativo",
                "tipoDepreciacion": 0,
                "valorUni": Decimal("100.00"),
                "valor": Decimal("100.00"),
            }
        ]
        assert summary(DONATION) == {
            "valorTotal": Decimal("100.00"),
            "totalLetras": "CIEN DÓLARES CON 00/100",
            "pagos": [{"codigo": "01", "montoPago": Decimal("100.00"), "referencia": None}],
        }

    def test_payments_add_up_to_the_whole(self) -> None:
        methods = (PaymentMethod("05", Decimal("60.00"), "TRX-1"), PaymentMethod())
        assert summary(given(cash("50"), cash("50"), payment=Payment(methods=methods)))["pagos"] == [
            {"codigo": "05", "montoPago": 60, "referencia": "TRX-1"},
            {"codigo": "01", "montoPago": 40, "referencia": None},
        ]
        short = Payment(methods=(PaymentMethod("05", Decimal("60.00"), "TRX-1"),))
        assert found(replace(DONATION, payment=short)) == {("/payment/methods", "payments_do_not_add_up")}

    def test_nothing_is_given_on_credit(self) -> None:
        payment = Payment(Condition.CREDIT, (PaymentMethod(term="01", period=Decimal(30)),))
        assert found(replace(DONATION, payment=payment)) == {
            ("/payment/condition", "not_taken"),
            ("/payment/methods/0/term", "term_not_allowed"),
            ("/payment/methods/0/period", "term_not_allowed"),
        }

    @pytest.mark.parametrize(
        ("wrong", "pointer", "code"),
        [
            (cash("100", quantity=Decimal(2)), "quantity", "donation_cash_is_one"),
            (cash("100", unit=59), "unit", "donation_has_no_unit"),
            (cash("100", unit=98), "unit", "unknown_code"),
            (cash("100", depreciation=Decimal(1)), "depreciation", "donation_not_depreciated"),
            (cash("100", kind=ItemKind.GOODS), "kind", "donation_kind_differs"),
            (cash("0"), "price", "must_be_positive"),
        ],
    )
    def test_a_line_of_cash_has_nothing_else(self, wrong: Item, pointer: str, code: str) -> None:
        assert found(given(wrong)) == {(f"/items/0/{pointer}", code)}

    def test_it_is_not_mixed_with_anything(self) -> None:
        assert found(given(cash("100"), goods("5"))) == {("/items", "donation_cash_alone")}
        assert found(given(service("5"), cash("100"))) == {("/items", "donation_cash_alone")}


class TestGoodsAndServices:
    def test_goods_are_worth_what_is_left_of_them(self) -> None:
        [row] = rows(given(goods("100", "10", depreciation=Decimal(50), code="PC")))
        assert (row["tipoDonacion"], row["uniMedida"], row["codigo"]) == (2, 59, "PC")
        assert (row["tipoDepreciacion"], row["valorUni"], row["valor"]) == (50, 100, 950)

    def test_goods_that_are_worn_out_are_worth_nothing(self) -> None:
        resumen = summary(given(goods("100", depreciation=Decimal(100))))
        assert (resumen["valorTotal"], resumen["totalLetras"]) == (0, "CERO DÓLARES CON 00/100")

    def test_services_have_no_unit(self) -> None:
        [row] = rows(given(service("25", "4", unit=99)))
        assert (row["tipoDonacion"], row["cantidad"], row["uniMedida"], row["valor"]) == (3, 4, 99, 100)

    def test_the_two_go_together_and_are_not_paid(self) -> None:
        resumen = summary(given(goods("100", unit=36), service("0.005")))
        assert (resumen["valorTotal"], resumen["pagos"]) == (Decimal("100.01"), None)

    def test_a_payment_belongs_to_cash(self) -> None:
        payment = Payment(methods=(PaymentMethod("01"),))
        assert found(given(goods("100"), payment=payment)) == {("/payment/methods", "payment_needs_cash")}

    @pytest.mark.parametrize("kind", [ItemKind.GOODS, ItemKind.SERVICE])
    def test_the_kind_of_the_item_will_do(self, kind: ItemKind) -> None:
        [row] = rows(given(item("10", kind=kind)))
        assert row["tipoDonacion"] == {ItemKind.GOODS: 2, ItemKind.SERVICE: 3}[kind]
        assert rows(given(item("10", kind=kind, donation=kind.value))) == [row]

    @pytest.mark.parametrize(
        ("wrong", "pointer", "code"),
        [
            (item("10"), "donation", "required"),
            (item("10", kind=ItemKind.BOTH), "donation", "required"),
            (item("10", donation="love"), "donation", "unknown_code"),
            (goods("10", kind=ItemKind.SERVICE), "kind", "donation_kind_differs"),
            (goods("10", depreciation=Decimal("10.01")), "depreciation", "depreciation_exceeds_line"),
            (goods("10", depreciation=Decimal(-1)), "depreciation", "must_not_be_negative"),
            (goods("10", discount=Decimal(1)), "discount", "not_taken"),
            (goods("10", unit=98), "unit", "unknown_code"),
            (goods("99999999999", "2"), "price", "too_large"),
            (goods("0.00000001", "0.1"), "price", "line_without_amount"),
            (goods("NaN"), "price", "not_a_number"),
            (goods("1", "NaN"), "quantity", "not_a_number"),
            (replace(goods("1"), price=None), "price", "required"),
            (replace(goods("1"), description=None), "description", "required"),
            (service("10", unit=59), "unit", "donation_has_no_unit"),
            (service("10", depreciation=Decimal(1)), "depreciation", "donation_not_depreciated"),
        ],
    )
    def test_a_line_is_checked(self, wrong: Item, pointer: str, code: str) -> None:
        assert found(given(goods("1"), wrong)) == {(f"/items/1/{pointer}", code)}

    def test_a_kind_that_cannot_be_read_is_not_asked_for(self) -> None:
        assert found(given(item("10"), unread=(("items", 0, "kind"),))) == set()

    def test_a_sum_must_fit_and_there_are_lines(self) -> None:
        assert found(given(goods("99999999999"), goods("99999999999"))) == {("/items", "too_large")}
        assert found(given()) == {("/items", "required")}


def test_what_a_receipt_has_no_place_for_is_refused() -> None:
    draft = replace(
        DONATION,
        notes="Gracias",
        global_discount=GlobalDiscount(not_subject=Decimal(1)),
        income_tax_withheld=True,
        vat_withheld=True,
        items=(cash("1", tax=Taxation.EXEMPT),),
    )
    assert found(draft) == {
        (f"/{name}", "not_taken")
        for name in ("notes", "global_discount", "income_tax_withheld", "vat_withheld", "items/0/tax")
    }


def test_it_cannot_be_issued_in_an_outage_of_the_issuers_own() -> None:
    outage = OwnOutage(3, AT - timedelta(hours=2), AT)
    assert found(replace(DONATION, contingency=outage)) == {("/type", "contingency_type_not_allowed")}


def test_every_fault_is_told_at_once() -> None:
    draft = given(item("-1"), customer=None, payment=Payment(methods=(PaymentMethod("77"),)))
    assert found(draft, issuer=replace(ISSUER, donation_resolution=None)) == {
        ("/items/0/donation", "required"),
        ("/items/0/price", "must_be_positive"),
        ("/customer", "required"),
        ("/issuer/donation_resolution", "resolution_required"),
        ("/payment/methods/0/code", "unknown_code"),
    }

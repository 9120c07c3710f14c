"""Purchases from somebody who is not registered for VAT (14)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from hacienda.drafts import (
    Address,
    AppendixEntry,
    Condition,
    Draft,
    ExtraTax,
    GlobalDiscount,
    Item,
    ItemKind,
    Party,
    Payment,
    PaymentMethod,
    Taxation,
    ThirdParty,
)
from hacienda.values import Totals
from tests.hacienda.drafts import PURCHASE, SELLER, body, built, faults, found, item, rows, summary


def bought(*items: Item, **more: Any) -> Draft:
    return replace(PURCHASE, items=items, **more)


def service(price: str, quantity: str = "1", **more: Any) -> Item:
    return item(price, quantity, kind=ItemKind.SERVICE, **more)


def less(amount: str) -> GlobalDiscount:
    return GlobalDiscount(not_subject=Decimal(amount))


class TestTheDocument:
    def test_the_seller_is_the_receiver_and_has_no_trade_name(self) -> None:
        receiver = body(replace(PURCHASE, customer=replace(SELLER, trade_name="TIENDA PEDRO")))["receptor"]
        assert receiver == {
            "tipoDocumento": "13",
            "numDocumento": "098765432",
            "nombre": "PEDRO PROVEEDOR DE EJEMPLO",
            "codActividad": None,
            "descActividad": None,
            "direccion": {
                "departamento": "06",
                "municipio": "23",
                "distrito": "14",
                "complemento": "Alameda Ejemplo 123, Colonia Centro",
            },
            "telefono": "71112233",
            "correo": None,
        }

    @pytest.mark.parametrize(
        ("id_type", "tax_id", "number"),
        [
            (None, "09876543-2", "098765432"),
            (None, "0614-010180-101-1", "06140101801011"),
            ("36", "098765432", "098765432"),
            ("03", "A-1234567", "A-1234567"),
            ("02", "RES-77", "RES-77"),
            ("37", "OTRO 5", "OTRO 5"),
        ],
    )
    def test_any_identity_document_will_do(self, id_type: str | None, tax_id: str, number: str) -> None:
        receiver = body(replace(PURCHASE, customer=replace(SELLER, id_type=id_type, tax_id=tax_id)))["receptor"]
        assert receiver["numDocumento"] == number

    def test_the_merchant_is_the_issuer_without_its_trade_name(self) -> None:
        issuer = body(PURCHASE)["emisor"]
        assert issuer["nit"] == "06141502101015"
        assert "nombreComercial" not in issuer
        assert list(issuer)[-1] == "correo"

    def test_a_line_is_what_was_paid_and_bears_no_tax(self) -> None:
        [row] = rows(bought(item("0.45", "30", discount=Decimal("1.50"), code="TOM", unit=36)))
        assert row == {
            "numItem": 1,
            "tipoItem": 1,
            "cantidad": 30,
            "codigo": "TOM",
            "uniMedida": 36,
            "descripcion": "Producto",
            "precioUni": Decimal("0.45"),
            "montoDescu": Decimal("1.50"),
            "compra": Decimal("12.00"),
        }

    def test_goods_are_counted_in_pieces_and_services_in_nothing(self) -> None:
        made = rows(bought(item("1"), service("1"), item("1", kind=ItemKind.BOTH)))
        assert [(row["tipoItem"], row["uniMedida"]) for row in made] == [(1, 59), (2, 99), (3, 59)]

    def test_lines_keep_eight_decimals_and_only_the_sum_is_rounded(self) -> None:
        resumen = summary(bought(item("0.333", "1.5"), item("0.005", "1")))
        assert resumen["totalCompra"] == Decimal("0.50")  # 0.4995 + 0.005, not 0.50 + 0.01

    def test_other_floors_see_purchases_that_are_not_subject_and_what_is_withheld(self) -> None:
        made = built(bought(service("280")))
        assert made.totals == Totals(
            taxed=Decimal("0.00"),
            exempt=Decimal("0.00"),
            not_subject=Decimal("280.00"),
            not_taxed=Decimal("0.00"),
            discount=Decimal("0.00"),
            tax=Decimal("0.00"),
            other_taxes=Decimal("0.00"),
            withheld=Decimal("28.00"),
            perceived=Decimal("0.00"),
            total=Decimal("280.00"),
            payable=Decimal("252.00"),
            in_words="DOSCIENTOS CINCUENTA Y DOS DÓLARES CON 00/100",
        )
        assert [(line.tax, line.kind, line.amount) for line in made.items] == [
            (Taxation.NOT_SUBJECT, "service", Decimal("280.00000000"))
        ]
        assert made.customer == SELLER
        assert made.references == ()

    def test_notes_and_appendix_are_printed(self) -> None:
        draft = replace(PURCHASE, notes=" Compra del día ", appendix=(AppendixEntry("campo", "Etiqueta", "valor"),))
        assert summary(draft)["observaciones"] == "Compra del día"
        assert body(draft)["apendice"] == [{"campo": "campo", "etiqueta": "Etiqueta", "valor": "valor"}]


class TestIncomeTax:
    @pytest.mark.parametrize(
        ("items", "wanted", "person", "withheld"),
        [
            ((service("280"),), None, None, "28.00"),
            ((service("280"),), None, "natural", "28.00"),
            ((service("280"),), None, "company", "0.00"),
            ((service("280"),), False, None, "0.00"),
            ((service("280"),), True, "company", "28.00"),
            ((item("280"),), None, None, "0.00"),
            ((item("280"),), False, None, "0.00"),
            ((item("200"), service("80")), None, None, "8.00"),
            ((item("200"), service("80")), True, None, "8.00"),
            ((item("200"), item("80", kind=ItemKind.BOTH)), None, None, "8.00"),
            ((service("0.04"),), None, None, "0.00"),
            ((service("0.05"),), None, None, "0.01"),
            ((service("10.05"), service("10.10")), None, None, "2.02"),  # 2.015, rounded once
        ],
    )
    def test_a_tenth_of_the_services_of_a_person(
        self, items: tuple[Item, ...], wanted: bool | None, person: str | None, withheld: str
    ) -> None:
        draft = bought(*items, income_tax_withheld=wanted, customer=replace(SELLER, person=person))
        resumen = summary(draft)
        assert resumen["reteRenta"] == Decimal(withheld)
        assert resumen["totalPagar"] == resumen["subTotal"] - Decimal(withheld)
        assert sum(row["montoPago"] for row in resumen["pagos"]) == resumen["totalPagar"]

    def test_a_nit_of_fourteen_digits_counts_as_a_person_unless_told_otherwise(self) -> None:
        seller = replace(SELLER, tax_id="06140101801011")
        assert summary(bought(service("100"), customer=seller))["reteRenta"] == 10
        assert summary(bought(service("100"), customer=replace(seller, person="company")))["reteRenta"] == 0

    def test_a_global_discount_lowers_the_services_by_their_share(self) -> None:
        resumen = summary(bought(item("300"), service("100"), global_discount=less("40")))
        assert (resumen["descu"], resumen["subTotal"]) == (40, 360)
        assert resumen["reteRenta"] == 9  # of 100 - 10
        assert resumen["totalPagar"] == 351

    def test_it_is_not_withheld_from_goods_alone(self) -> None:
        assert found(replace(PURCHASE, income_tax_withheld=True)) == {
            ("/income_tax_withheld", "income_tax_needs_service")
        }


class TestDiscounts:
    def test_the_sum_of_all_discounts_is_told_and_not_taken_twice(self) -> None:
        resumen = summary(bought(item("10", "2", discount=Decimal("1.255")), global_discount=less("3.10")))
        assert resumen["totalCompra"] == Decimal("18.75")  # 18.745
        assert resumen["totalDescu"] == Decimal("4.36")  # 4.355
        assert resumen["subTotal"] == Decimal("15.65")

    def test_all_of_it_may_be_discounted_and_then_nothing_is_paid(self) -> None:
        resumen = summary(bought(service("5"), global_discount=less("5")))
        assert (resumen["subTotal"], resumen["reteRenta"], resumen["totalPagar"]) == (0, 0, 0)
        assert resumen["pagos"] == [
            {"codigo": "99", "montoPago": 0, "referencia": "SIN PAGO", "plazo": None, "periodo": None}
        ]

    def test_more_than_all_of_it_may_not(self) -> None:
        assert found(replace(PURCHASE, global_discount=less("13.51"))) == {
            ("/global_discount/not_subject", "discount_exceeds_sales")
        }

    def test_classes_that_a_purchase_does_not_have_are_refused(self) -> None:
        discount = GlobalDiscount(taxed=Decimal(1), exempt=Decimal(1), percentage=Decimal(10))
        assert found(replace(PURCHASE, global_discount=discount)) == {
            ("/global_discount/taxed", "not_taken"),
            ("/global_discount/exempt", "not_taken"),
            ("/global_discount/percentage", "not_taken"),
        }


class TestPayment:
    def test_on_credit_it_has_its_term(self) -> None:
        payment = Payment(Condition.CREDIT, (PaymentMethod(term="01", period=Decimal(15)),))
        resumen = summary(replace(PURCHASE, payment=payment))
        assert resumen["condicionOperacion"] == 2
        assert resumen["pagos"] == [
            {"codigo": "13", "montoPago": Decimal("13.50"), "referencia": None, "plazo": "01", "periodo": 15}
        ]

    def test_what_is_withheld_is_not_paid_out(self) -> None:
        draft = bought(service("100"), payment=Payment(methods=(PaymentMethod("01", Decimal(100)),)))
        [fault] = faults(draft)
        assert (fault.pointer, fault.code) == ("/payment/methods", "payments_do_not_add_up")
        assert fault.params == {"paid": "100", "payable": "90"}

    def test_the_expected_total_is_what_is_paid_out(self) -> None:
        assert summary(bought(service("100"), expected_total=Decimal("90.00")))["totalPagar"] == 90
        assert found(bought(service("100"), expected_total=Decimal(100))) == {
            ("/expected_total", "expected_total_differs")
        }


class TestWhatIsRefused:
    def test_a_seller_is_needed_with_document_name_and_address(self) -> None:
        assert found(replace(PURCHASE, customer=None)) == {("/customer", "required")}
        assert found(replace(PURCHASE, customer=Party())) == {
            ("/customer/tax_id", "required"),
            ("/customer/name", "required"),
            ("/customer/address", "required"),
        }

    def test_each_field_of_the_seller_is_checked(self) -> None:
        seller = Party(
            name="Ana",
            tax_id="1234",
            id_type="13",
            activity="1",
            address=Address(line="Calle"),
            phone="1",
            email="no",
        )
        assert found(replace(PURCHASE, customer=seller)) == {
            ("/customer/tax_id", "dui_invalid"),
            ("/customer/activity", "unknown_code"),
            ("/customer/address/district", "required"),
            ("/customer/phone", "too_short"),
            ("/customer/email", "too_short"),
        }

    def test_who_has_an_nrc_issues_documents_of_their_own(self) -> None:
        assert found(replace(PURCHASE, customer=replace(SELLER, registration="123456"))) == {
            ("/customer/registration", "seller_is_registered")
        }

    def test_vat_and_everything_around_it_is_refused(self) -> None:
        taxed = item("1", tax=Taxation.EXEMPT, extra_taxes=(ExtraTax("59"),), suggested_price=Decimal(1), related="X")
        draft = bought(
            taxed,
            third_party_sale=ThirdParty("MANDANTE", "06143006991013"),
            prices_include_tax=True,
            vat_withheld=True,
            vat_perceived=True,
            credit_balance=Decimal(1),
            electronic_payment_number="1",
        )
        assert found(draft) == {
            (f"/{name}", "not_taken")
            for name in (
                "items/0/tax",
                "items/0/extra_taxes",
                "items/0/suggested_price",
                "items/0/related",
                "third_party_sale",
                "prices_include_tax",
                "vat_withheld",
                "vat_perceived",
                "credit_balance",
                "electronic_payment_number",
            )
        }

    @pytest.mark.parametrize(
        ("wrong", "pointer", "code"),
        [
            (item("-1"), "price", "must_not_be_negative"),
            (item("NaN"), "price", "not_a_number"),
            (item("0"), "price", "line_without_amount"),
            (item("1", "0"), "quantity", "must_be_positive"),
            (item("1", discount=Decimal(2)), "discount", "discount_exceeds_line"),
            (item("1", discount=Decimal(1)), "discount", "line_without_amount"),
            (item("1", unit=98), "unit", "unknown_code"),
            (item("0.000000001"), "price", "too_many_decimals"),
            (item("99999999999", "2"), "price", "too_large"),
            (replace(item("1"), price=None), "price", "required"),
            (replace(item("1"), description=" "), "description", "required"),
        ],
    )
    def test_a_line_is_checked(self, wrong: Item, pointer: str, code: str) -> None:
        assert found(bought(item("1"), wrong)) == {(f"/items/1/{pointer}", code)}

    def test_a_sum_must_fit(self) -> None:
        assert found(bought(item("99999999999"), item("99999999999"))) == {("/items", "too_large")}

    def test_there_are_lines_and_not_too_many(self) -> None:
        assert found(bought()) == {("/items", "required")}
        assert found(bought(*[item("1")] * 2001)) == {("/items", "too_many")}

    def test_every_fault_is_told_at_once(self) -> None:
        draft = bought(item("-1"), customer=None, notes="\x07", payment=Payment(methods=(PaymentMethod("77"),)))
        assert found(draft) == {
            ("/items/0/price", "must_not_be_negative"),
            ("/customer", "required"),
            ("/notes", "control_characters"),
            ("/payment/methods/0/code", "unknown_code"),
        }

    @pytest.mark.parametrize("place", [("customer", "person"), ("customer",), ("income_tax_withheld",)])
    def test_no_sum_is_judged_while_what_it_comes_from_cannot_be_read(self, place: tuple[str, ...]) -> None:
        draft = bought(service("100"), expected_total=Decimal(100), unread=(place,))
        assert found(draft) == set()

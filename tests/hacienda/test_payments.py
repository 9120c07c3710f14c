"""How a document is paid."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from hacienda.drafts import Condition, Payment, PaymentMethod, Taxation
from tests.hacienda.drafts import INVOICE, faults, found, item, summary

DAYS = "01"


def paid(condition: Condition, *methods: PaymentMethod, **more: Any) -> Any:
    return replace(INVOICE, payment=Payment(condition, methods), **more)


def method(amount: str | None = None, **more: Any) -> PaymentMethod:
    return replace(PaymentMethod(amount=None if amount is None else Decimal(amount)), **more)


def test_nothing_said_is_cash_for_the_whole() -> None:
    resumen = summary(INVOICE)
    assert resumen["condicionOperacion"] == 1
    assert resumen["pagos"] == [{"codigo": "01", "montoPago": 7, "referencia": None, "plazo": None, "periodo": None}]


def test_credit_is_on_the_customers_account_with_its_term() -> None:
    resumen = summary(paid(Condition.CREDIT, method(term=DAYS, period=Decimal(30))))
    assert resumen["condicionOperacion"] == 2
    assert resumen["pagos"] == [{"codigo": "13", "montoPago": 7, "referencia": None, "plazo": "01", "periodo": 30}]


def test_one_missing_amount_is_what_is_left() -> None:
    resumen = summary(paid(Condition.CASH, method("5.25"), method(code="03", reference="AUT-1")))
    assert [(row["codigo"], row["montoPago"], row["referencia"]) for row in resumen["pagos"]] == [
        ("01", Decimal("5.25"), None),
        ("03", Decimal("1.75"), "AUT-1"),
    ]


def test_a_mixed_sale_has_cash_and_credit() -> None:
    resumen = summary(paid(Condition.OTHER, method("2"), method("5", term="02", period=Decimal(1))))
    assert resumen["condicionOperacion"] == 3
    assert [(row["codigo"], row["plazo"], row["periodo"]) for row in resumen["pagos"]] == [
        ("01", None, None),
        ("13", "02", 1),
    ]


def test_payments_that_do_not_add_up_are_told_with_both_sums() -> None:
    (fault,) = faults(paid(Condition.CASH, method("3"), method("3.99", code="02")))
    assert (fault.pointer, fault.code) == ("/payment/methods", "payments_do_not_add_up")
    assert dict(fault.params) == {"paid": "6.99", "payable": "7"}
    assert fault.text == "The payments add up to 6.99, not to 7."
    assert found(paid(Condition.CASH, method("7.01"), method(code="02"))) == {
        ("/payment/methods", "payments_do_not_add_up")
    }


@pytest.mark.parametrize(
    ("condition", "broken", "pointer", "code"),
    [
        (Condition.CASH, method(code="77"), "code", "unknown_code"),
        (Condition.CASH, method("7.001"), "amount", "too_many_decimals"),
        (Condition.CASH, method("-7"), "amount", "must_not_be_negative"),
        (Condition.CASH, method(reference="REC-1"), "reference", "cash_has_no_reference"),
        (Condition.CASH, method(code="99"), "reference", "reference_required"),
        (Condition.CASH, method(code="05", reference="x" * 51), "reference", "too_long"),
        (Condition.CASH, method(term=DAYS), "term", "term_not_allowed"),
        (Condition.CASH, method(period=Decimal(30)), "period", "term_not_allowed"),
        (Condition.CREDIT, method(period=Decimal(30)), "term", "term_required"),
        (Condition.CREDIT, method(term=DAYS), "period", "term_required"),
        (Condition.CREDIT, method(term="09", period=Decimal(30)), "term", "unknown_code"),
        (Condition.CREDIT, method(term=DAYS, period=Decimal(0)), "period", "must_be_positive"),
        (Condition.OTHER, method(term=DAYS), "period", "term_incomplete"),
        (Condition.OTHER, method(period=Decimal(1)), "term", "term_incomplete"),
    ],
)
def test_a_payment_is_checked(condition: Condition, broken: PaymentMethod, pointer: str, code: str) -> None:
    assert found(paid(condition, broken)) == {(f"/payment/methods/0/{pointer}", code)}


def test_only_one_amount_may_be_missing() -> None:
    assert found(paid(Condition.CASH, method(), method("1"), method())) == {
        ("/payment/methods/0/amount", "required"),
        ("/payment/methods/2/amount", "required"),
    }


def test_credit_without_any_method_points_at_what_the_caller_has() -> None:
    assert found(paid(Condition.CREDIT)) == {("/payment/methods", "term_required")}


def test_a_document_that_comes_to_zero_is_cash_of_form_99() -> None:
    items = (item("10"), item("-10", tax=Taxation.NOT_TAXED))
    asked = method(term=DAYS, period=Decimal(30))
    resumen = summary(paid(Condition.CREDIT, asked, items=items))
    assert resumen["condicionOperacion"] == 1
    assert resumen["pagos"] == [
        {"codigo": "99", "montoPago": 0, "referencia": "SIN PAGO", "plazo": None, "periodo": None}
    ]
    assert found(paid(Condition.CASH, method("10"), items=items)) == {("/payment/methods", "payments_do_not_add_up")}


def test_a_credit_balance_makes_it_cash_of_form_99_unless_a_form_is_named() -> None:
    balance = Decimal("3.00")
    resumen = summary(replace(INVOICE, credit_balance=balance))
    assert resumen["pagos"][0]["codigo"] == "99"
    assert resumen["pagos"][0]["referencia"] == "SALDO A FAVOR"
    named = summary(paid(Condition.CASH, method(code="05"), credit_balance=balance))
    assert named["pagos"][0]["codigo"] == "05"
    on_credit = paid(Condition.CREDIT, method(term=DAYS, period=Decimal(30)), credit_balance=balance)
    assert found(on_credit) == {("/payment/condition", "credit_balance_is_cash")}


def test_forms_are_checked_where_the_amounts_cannot_be_computed() -> None:
    draft = paid(Condition.CASH, method("5", code="77"), items=(item("-1"),))
    assert found(draft) == {
        ("/items/0/price", "negative_price"),
        ("/payment/methods/0/code", "unknown_code"),
    }

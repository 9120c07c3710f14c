"""Whatever is wrong with a body comes in one answer: what cannot be read, and what breaks a rule."""

from __future__ import annotations

from typing import Any

import pytest

from documents.models import Document, Sequence
from tests.actors import Caller, invoice, tax_credit

pytestmark = pytest.mark.django_db

LONG_AGO = "2019-01-01T00:00:00-06:00"


def faults(manager: Caller, body: dict[str, Any]) -> set[tuple[str, str]]:
    answer = manager.send(body)
    assert answer.status_code == 422, answer.content
    assert answer.json() == manager.post("documents/preview", body).json() | {
        "request_id": answer.json()["request_id"]
    }
    assert not Document.objects.exists()
    assert not Sequence.objects.exists()
    return {(one["pointer"], one["code"]) for one in answer.json()["errors"]}


def test_shape_and_rules_come_together(manager: Caller) -> None:
    body = tax_credit()
    body["items"] = [
        {"description": "Café", "price": "uno", "unit": 98, "discount": "5.00"},
        {"description": "Pan", "price": "1.00", "unit": 98},
        "not an item",
        {"description": "Leche", "price": "1.00", "discount": "2.00", "prize": 3},
    ]
    body["customer"]["registration"] = "x"
    body["customer"]["address"]["line"] = 7
    body["issued_at"] = LONG_AGO
    body["payment"] = {"condition": "barter", "methods": [{"code": "77"}]}
    body["expected_total"] = "9999.00"
    body["establishment"] = "M777"

    assert faults(manager, body) == {
        ("/items/0/price", "invalid"),
        ("/items/0/unit", "unknown_code"),
        ("/items/1/unit", "unknown_code"),
        ("/items/2", "invalid"),
        ("/items/3/prize", "unknown_field"),
        ("/items/3/discount", "discount_exceeds_line"),
        ("/customer/registration", "registration_invalid"),
        ("/customer/address/line", "invalid"),
        ("/issued_at", "issued_too_long_ago"),
        ("/payment/condition", "invalid_choice"),
        ("/establishment", "unknown_place"),
    }


def test_the_faults_of_later_elements_keep_their_places(manager: Caller) -> None:
    body = invoice(
        related=[
            {"type": "04", "generation_code": "short", "issued_at": "not a date"},
            {"id": "doc_of_nobody"},
            {"type": "77", "number": "1", "issued_at": "2026-01-01"},
        ],
        payment={"methods": [{"amount": "x"}, {"code": "01", "amount": "1.00", "reference": "paid"}]},
        appendix=[{"field": "a", "label": "b"}, {"field": "c", "label": "d", "value": "e"}],
    )
    assert faults(manager, body) == {
        ("/related/0/issued_at", "invalid"),
        ("/related/1/id", "unknown_document"),
        ("/related/2/type", "related_type_not_allowed"),
        ("/payment/methods/0/amount", "invalid"),
        ("/payment/methods/1/reference", "cash_has_no_reference"),
        ("/appendix/0/value", "required"),
    }


def test_no_sum_is_judged_while_an_amount_cannot_be_read(manager: Caller) -> None:
    body = invoice(
        items=[{"description": "Auto", "price": "30000.001234567"}, {"description": "Radio", "price": "900.00"}],
        payment={"methods": [{"code": "01", "amount": "1.00"}]},
        expected_total="5.00",
    )
    assert faults(manager, body) == {("/items/0/price", "too_many_decimals")}


def test_what_follows_from_a_missing_part_alone_is_not_told(manager: Caller) -> None:
    body = tax_credit()
    body["customer"]["tax_id"] = 6140101010019
    assert faults(manager, body) == {("/customer/tax_id", "invalid")}

    body["customer"] = "Compañía"
    assert faults(manager, body) == {("/customer", "invalid")}


def test_without_a_readable_type_only_the_shape_is_judged(manager: Caller) -> None:
    body = {"type": 1, "items": [], "issued_at": LONG_AGO}
    assert faults(manager, body) == {("/type", "invalid"), ("/items", "empty")}


def test_missing_items_do_not_hide_the_rest(manager: Caller) -> None:
    body = {"type": "invoice", "customer": {"tax_id": "1"}, "notes": "\x07"}
    assert faults(manager, body) == {
        ("/items", "required"),
        ("/notes", "control_character"),
        ("/customer/id_type", "id_type_required"),
    }


def test_it_never_breaks_whatever_stands_where(manager: Caller) -> None:
    odd: tuple[Any, ...] = (None, "", "x", 7, True, [], [1], {}, {"x": 1}, [{}], [[]])
    for name in ("items", "customer", "payment", "related", "global_discount", "third_party_sale", "appendix"):
        for value in odd:
            answer = manager.post("documents/preview", invoice() | {name: value})
            assert answer.status_code in (200, 422), (name, value, answer.content)
    for name in ("address", "tax_id", "foo"):
        for value in odd:
            answer = manager.post("documents/preview", invoice(customer={name: value}))
            assert answer.status_code in (200, 422), (name, value, answer.content)
    for name in ("methods", "condition", "foo"):
        for value in odd:
            answer = manager.post("documents/preview", invoice(payment={name: value}))
            assert answer.status_code in (200, 422), (name, value, answer.content)

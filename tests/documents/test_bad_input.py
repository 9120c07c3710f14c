"""Bad input of every kind: a clear problem with a pointer, no number used up, nothing stored half."""

from __future__ import annotations

import json
from typing import Any

import pytest

from documents.models import Document, IdempotencyKey, Sequence
from tests.actors import Caller, Sandbox, invoice, tax_credit

pytestmark = pytest.mark.django_db(transaction=True)


def item(**more: Any) -> dict[str, Any]:
    return {"description": "Café", "quantity": 1, "price": "3.50", **more}


def nothing_was_kept(sandbox: Sandbox) -> bool:
    return not (
        Document.objects.exists()
        or Sequence.objects.exists()
        or IdempotencyKey.objects.exists()
        or sandbox.received("recepciondte")
    )


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b"\xff\xfe{}",
        b'{"type": "invoice", "items": [{"description": "x", "price": NaN}]}',
        b'{"type": "invoice", "items": [{"description": "x", "price": Infinity}]}',
        b'{"type": "invoice", "type": "tax_credit", "items": []}',
        b"[" * 100_000,
        b'{"a": 1e9999999999999999999}',
        b"{" + b",".join(b'"%d": 1' % n for n in range(30_000)) + b', "29999": 2}',
    ],
)
def test_what_is_not_json_is_400(manager: Caller, sandbox: Sandbox, text: bytes) -> None:
    answer = manager.post("documents", text)

    assert answer.status_code == 400
    assert answer.json()["code"] == "malformed_json"
    assert nothing_was_kept(sandbox)


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ([], "", "invalid"),
        ("invoice", "", "invalid"),
        (None, "", None),
        ({}, "/type", "required"),
        ({"type": "invoice"}, "/items", "required"),
        (invoice(items=[]), "/items", "empty"),
        (invoice(items={}), "/items", "not_a_list"),
        (invoice(items=[item(price="1.123456789")]), "/items/0/price", "too_many_decimals"),
        (invoice(items=[item(price="1." + "0" * 31 + "1")]), "/items/0/price", "too_many_decimals"),
        (invoice(items=[item(price="1e-2000")]), "/items/0/price", "too_many_decimals"),
        (invoice(items=[item(price="1e400")]), "/items/0/price", "too_large"),
        (invoice(items=[item(price="NaN")]), "/items/0/price", "invalid"),
        (invoice(items=[item(price=True)]), "/items/0/price", "invalid"),
        (invoice(items=[item(price=[1])]), "/items/0/price", "invalid"),
        (invoice(items=[item(price="3,50")]), "/items/0/price", "invalid"),
        (invoice(items=[item(quantity=0)]), "/items/0/quantity", "not_positive"),
        (invoice(items=[item(quantity=-1)]), "/items/0/quantity", None),
        (invoice(items=[item(prize="3.50")]), "/items/0/prize", "unknown_field"),
        (invoice(items=[item(description="a\x07b")]), "/items/0/description", "control_character"),
        (invoice(items=[item(description="  ")]), "/items/0/description", "blank"),
        (invoice(items=[item(description=5)]), "/items/0/description", "invalid"),
        (invoice(items=[item(description="\ud800")]), "/items/0/description", "control_character"),
        (invoice(items=[item()] * 2001), "/items", "max_length"),
        (invoice(colour="red"), "/colour", "unknown_field"),
        (invoice(type="letter"), "/type", None),
        (invoice(establishment="S999"), "/establishment", "unknown_place"),
        (invoice(establishment="M001", point_of_sale="P999"), "/point_of_sale", "unknown_place"),
        (invoice(issued_at="0001-01-01T00:00:00"), "/issued_at", "issued_too_long_ago"),
        (invoice(issued_at="1900-01-01T00:00:00Z"), "/issued_at", "issued_too_long_ago"),
        (invoice(customer={"tax_id": "12345"}), "/customer/id_type", "id_type_required"),
        (invoice(customer={"tax_id": "12345", "id_type": "36"}), "/customer/tax_id", None),
        (tax_credit(customer=None), "/customer", None),
        (invoice(issued_at="yesterday"), "/issued_at", "invalid"),
        (invoice(expected_total="8.00"), "/expected_total", None),
        (invoice(related=[{"id": "doc_nothing"}]), "/related/0/id", "unknown_document"),
        (invoice(**{"a/b~c": 1}), "/a~1b~0c", "unknown_field"),
        (invoice(related=[None]), "/related/0", "null"),
        (invoice(appendix=[None]), "/appendix/0", "null"),
        (invoice(associated_documents=[None]), "/associated_documents/0", "null"),
        (invoice(payment={"methods": [None]}), "/payment/methods/0", "null"),
        (invoice(items=[item(extra_taxes=[None])]), "/items/0/extra_taxes/0", "null"),
        (invoice(items=[None]), "/items/0", "null"),
    ],
)
def test_a_wrong_body_is_422_with_a_pointer(
    manager: Caller, sandbox: Sandbox, body: Any, pointer: str, code: str | None
) -> None:
    answer = manager.post("documents", json.dumps(body))

    problem = answer.json()
    assert answer.status_code == 422, problem
    assert answer["Content-Type"] == "application/problem+json"
    assert problem["code"] == "validation_failed"
    assert problem["request_id"] == answer["Request-Id"]
    found = {error["pointer"]: error for error in problem["errors"]}
    assert pointer in found, problem["errors"]
    assert code in (None, found[pointer]["code"])
    assert all(error["message"] for error in problem["errors"])
    assert nothing_was_kept(sandbox)


def test_a_number_too_large_for_any_amount_is_refused(manager: Caller, sandbox: Sandbox) -> None:
    answer = manager.post("documents", '{"type": "invoice", "items": [{"description": "x", "price": 1e400}]}')

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"pointer": "/items/0/price", "code": "too_large", "message": "The number is too large."}
    ]


def test_thousands_of_digits_are_just_too_large(manager: Caller, sandbox: Sandbox) -> None:
    body = b'{"type": "invoice", "items": [{"description": "x", "price": ' + b"9" * 5000 + b"}]}"

    assert manager.post("documents", body).json()["errors"][0]["code"] == "too_large"


def test_faults_of_the_place_come_with_the_others(manager: Caller, sandbox: Sandbox) -> None:
    body = invoice(establishment="M777", items=[item(price="-1")], expected_total="1")

    pointers = {error["pointer"] for error in manager.send(body).json()["errors"]}

    assert {"/establishment", "/items/0/price"} <= pointers


def test_all_faults_come_at_once(manager: Caller, sandbox: Sandbox) -> None:
    body = invoice(items=[item(price="x"), item(quantity="y")], colour="red")

    pointers = {error["pointer"] for error in manager.send(body).json()["errors"]}

    assert pointers == {"/items/0/price", "/items/1/quantity", "/colour"}


def test_a_body_of_ten_megabytes_is_413(manager: Caller, sandbox: Sandbox) -> None:
    answer = manager.post("documents", b'{"notes": "' + b"x" * 10_000_000 + b'"}')

    assert answer.status_code == 413
    assert answer.json()["code"] == "body_too_large"
    assert nothing_was_kept(sandbox)


def test_another_media_type_is_415(manager: Caller, sandbox: Sandbox) -> None:
    answer = manager._client.post("/api/v1/documents", data="<x/>", content_type="application/xml")

    assert answer.status_code == 415
    assert answer.json()["code"] == "unsupported_media_type"


def test_messages_come_in_the_callers_language(manager: Caller, sandbox: Sandbox) -> None:
    wrong = invoice(colour="red")

    english = manager.send(wrong).json()["errors"][0]["message"]
    spanish = manager.send(wrong, **{"Accept-Language": "es"}).json()["errors"][0]["message"]

    assert english == "There is no field of this name here."
    assert spanish != english


def test_a_refused_body_uses_no_number(manager: Caller, sandbox: Sandbox) -> None:
    manager.send(invoice(colour="red"))

    assert manager.send().json()["control_number"].endswith("001")


def test_a_repeated_external_id_is_409_with_the_document(manager: Caller, sandbox: Sandbox) -> None:
    first = manager.send(invoice(external_id="A-1")).json()

    answer = manager.send(invoice(external_id="A-1"))

    assert answer.status_code == 409
    assert answer.json()["code"] == "external_id_taken"
    assert answer.json()["document"]["id"] == first["id"]
    assert manager.send().json()["control_number"].endswith("002")


def test_an_external_id_is_each_merchants_own(manager: Caller, stranger: Caller, sandbox: Sandbox) -> None:
    assert manager.send(invoice(external_id="A-1")).status_code == 201
    assert stranger.send(invoice(external_id="A-1")).status_code == 201


@pytest.mark.parametrize("reference", ["%00", "doc_%00", "doc_", "x" * 500, "é"])
def test_an_odd_reference_is_404(manager: Caller, reference: str) -> None:
    assert manager.get(f"documents/{reference}").status_code == 404
    assert manager.post(f"documents/{reference}/invalidate", {"kind": "rescinded"}).status_code == 404


def test_an_unknown_address_below_the_api_is_a_problem_too(manager: Caller) -> None:
    answer = manager.get("nothing")

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_texts_are_kept_as_given(manager: Caller, sandbox: Sandbox) -> None:
    text = 'Ñandú & "comillas" <b>café</b> 日本 🧾'

    body = manager.send(invoice(items=[item(description=f"  {text} ")])).json()

    assert body["status"] == "accepted"
    assert body["items"][0]["description"] == text

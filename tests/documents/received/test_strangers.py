"""What is not taken in, and what nobody else sees: of other companies, environments, countries and roles."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse

from accounts.models import Environment, Merchant, Role
from documents.models import Decision, ReceivedDocument
from tests.actors import Caller, Sandbox, caller
from tests.documents.received.conftest import OTHER_TICO_TAX_ID, Deliver, bought, merchant_of
from tests.ticos import cr_invoice, ticket

pytestmark = pytest.mark.django_db(transaction=True)


def codes(answer: HttpResponse) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.content
    return [(one["pointer"], one["code"]) for one in answer.json()["errors"]]


def without_signature(xml: str) -> str:
    return re.sub(r"<ds:Signature.*</ds:Signature>", "", xml, flags=re.DOTALL)


TAMPERED: dict[str, tuple[Callable[[str], str], str]] = {
    "total": (lambda xml: xml.replace("3390.00000</TotalComprobante>", "9999.00000</TotalComprobante>"), "altered"),
    "unsigned": (without_signature, "no_signature"),
    "entity": (lambda xml: xml.replace("?>", '?><!DOCTYPE x [<!ENTITY a "b">]>', 1), "dtd_refused"),
    "cut": (lambda xml: xml[: len(xml) // 2], "not_xml"),
    "no document": (lambda xml: "<Factura/>", "not_a_document"),
    "no XML": (lambda xml: "¡hola!", "not_xml"),
    "no base64": (lambda xml: "aaaaa", "not_xml"),
    "empty base64": (lambda xml: "====", "not_xml"),
    "another binary": (lambda xml: "/////w==", "not_xml"),
}


def test_what_was_altered_or_is_no_document_is_refused(tico_manager: Caller, deliver: Deliver) -> None:
    xml = deliver()
    for name, (alter, code) in TAMPERED.items():
        altered = alter(xml)
        assert altered != xml, name
        assert codes(tico_manager.post("received", {"xml": altered})) == [("/xml", code)], name
    for body in ({}, {"xml": None}, {"xml": 5}, {"xml": ["a"]}, {"xml": ""}):
        assert [pointer for pointer, _ in codes(tico_manager.post("received", body))] == ["/xml"], body
    assert not ReceivedDocument.objects.exists()


def test_documents_of_others_are_refused(tico_manager: Caller, deliver: Deliver, supplier: Caller) -> None:
    to_somebody_else = deliver(cr_invoice())
    to_nobody = deliver(ticket())

    assert codes(tico_manager.post("received", {"xml": to_somebody_else})) == [("/xml", "other_receiver")]
    assert codes(tico_manager.post("received", {"xml": to_nobody})) == [("/xml", "not_confirmable")]
    # The supplier itself did not receive what it has sent.
    assert codes(supplier.post("received", {"xml": deliver()})) == [("/xml", "other_receiver")]


def test_another_document_under_the_same_key_is_told(tico_manager: Caller, deliver: Deliver) -> None:
    xml = deliver()
    assert tico_manager.post("received", {"xml": xml}).status_code == 201
    ReceivedDocument.objects.update(xml=xml.replace("\n", "\r\n"))
    answer = tico_manager.post("received", {"xml": xml})

    assert (answer.status_code, answer.json()["code"]) == (409, "another_received")


@pytest.fixture
def others(tico: Merchant, supplier_file: Any, sandbox: Sandbox, manager: Caller) -> dict[str, Caller]:
    """Everybody to whom the merchant's received documents are nothing."""
    return {
        "another company": caller(merchant_of(OTHER_TICO_TAX_ID, supplier_file, "OTRA SOCIEDAD ANONIMA")),
        "another environment": caller(tico, environment=Environment.TEST),
        "another country": manager,
    }


def test_nobody_else_sees_or_decides(tico_manager: Caller, deliver: Deliver, others: dict[str, Caller]) -> None:
    shown = tico_manager.post("received", {"xml": deliver()}).json()
    for who, stranger in others.items():
        for reference in (shown["id"], shown["generation_code"]):
            path = f"received/{reference}"
            assert stranger.get(path).status_code == 404, who
            assert stranger.post(f"{path}/decision", {"kind": "accept"}).status_code == 404, who
        listed = stranger.get("received")
        if who == "another country":
            assert listed.status_code == 404
            assert stranger.post("received", {"xml": "<x/>"}).status_code == 404
        else:
            assert listed.json()["results"] == [], who
    assert not Decision.objects.exists()


def test_environments_keep_their_own_copies(tico: Merchant, tico_manager: Caller, deliver: Deliver) -> None:
    xml = deliver()
    elsewhere = caller(tico, environment=Environment.TEST)
    here, there = (one.post("received", {"xml": xml}).json() for one in (tico_manager, elsewhere))

    assert here["id"] != there["id"]
    assert [one["id"] for one in elsewhere.get("received").json()["results"]] == [there["id"]]
    assert elsewhere.get(f"received/{here['id']}").status_code == 404
    # No key is stored there.
    answer = elsewhere.post(f"received/{there['id']}/decision", {"kind": "accept"})
    assert (answer.status_code, answer.json()["code"]) == (409, "merchant_not_ready")


def test_a_key_for_tests_signs_nothing_in_production(tico: Merchant, deliver: Deliver) -> None:
    live = caller(tico, environment=Environment.LIVE)

    assert codes(live.post("received", {"xml": deliver()})) == [("/xml", "made_for_tests")]


def test_both_roles_may_decide(tico: Merchant, tico_transmitter: Caller, deliver: Deliver) -> None:
    for who, role in ((tico_transmitter, Role.TRANSMITTER), (caller(tico), Role.MANAGER)):
        answer = who.post("received", {"xml": deliver(), "decision": {"kind": "accept"}})
        assert answer.status_code == 201, (role, answer.content)


def test_the_list_goes_on_by_its_cursors(tico_manager: Caller, deliver: Deliver) -> None:
    made = [tico_manager.post("received", {"xml": deliver(bought())}).json()["id"] for _ in range(3)]
    first = tico_manager.get("received?limit=2").json()
    second = tico_manager.get(f"received?limit=2&cursor={first['next']}").json()
    back = tico_manager.get(f"received?limit=2&cursor={second['previous']}").json()

    assert [one["id"] for one in first["results"] + second["results"]] == made[::-1]
    assert back["results"] == first["results"]
    assert (first["previous"], second["next"]) == (None, None)
    assert tico_manager.get("received?issuer=3101000005&limit=1").json()["results"][0]["id"] == made[-1]
    assert tico_manager.get("received?issuer=3101000009").json()["results"] == []
    assert tico_manager.get("received?to=2020-01-01T00:00:00-06:00").json()["results"] == []
    assert [one["pointer"] for one in tico_manager.get("received?cursor=%21").json()["errors"]] == ["/cursor"]

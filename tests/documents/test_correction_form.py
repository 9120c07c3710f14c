"""Correcting at the dashboard: the body that was sent as a form, sent again as a whole with what was changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.http import HttpResponse
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Merchant, Role
from documents import field_names
from documents.correction_form import MOST_INPUTS, CorrectionForm
from documents.models import Document
from hacienda.values import Fault
from tests.actors import Caller, Sandbox, invoice, tax_credit
from tests.effort import examples
from tests.people import Visitor, text, visitor

database = pytest.mark.django_db(transaction=True)

# Of what can be stored: control characters are refused when a body is read.
_WORDS = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=6)

RICH = {
    "type": "invoice",
    "external_id": "A-1",
    "customer": {"name": "Ana", "address": {"district": "0614", "line": "Calle 1"}, "domiciled": True},
    "items": [
        {"description": "Café\r\nmolido", "quantity": 2, "price": "3.50", "unit": 59, "extra_taxes": ["D1"]},
        {
            "description": "Té",
            "price": 1,
            "kind": "goods",
            "code": None,
            "extra_taxes": [{"code": "C8", "amount": "1"}],
        },
    ],
    "payment": {"condition": "credit", "methods": [{"code": "01", "amount": "8.00", "period": 30, "term": "01"}]},
    "prices_include_tax": True,
    "appendix": [{"field": "orden", "label": "Orden", "value": "7"}],
}


def pristine(body: dict[str, Any], **changes: str) -> CorrectionForm:
    """The form as a browser sends it back, with some inputs filled in otherwise."""
    blank = CorrectionForm(country="SV", body=body)
    data = {name: field.initial for name, field in blank.fields.items()} | changes
    assert set(changes) <= set(blank.fields), set(blank.fields)
    form = CorrectionForm(data, country="SV", body=body)
    assert form.is_valid()
    return form


def inputs(page: HttpResponse) -> dict[str, str]:
    """What a browser would send back: the names and values of the form's inputs, areas and chosen options."""
    html = page.content.decode()
    found = dict(re.findall(r'<input type="(?:text|date)" name="(/[^"]+)"(?: value="([^"]*)")?', html))
    found |= dict(re.findall(r'<textarea name="(/[^"]+)"[^>]*>\n?([^<]*)</textarea>', html))
    for name, options in re.findall(r'<select name="(/[^"]+)"[^>]*>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return {name: unescape(value) for name, value in found.items()}


@pytest.fixture
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


class TestTheForm:
    def test_what_is_not_touched_is_sent_as_it_was(self) -> None:
        assert pristine(RICH).corrected() == RICH

    @given(
        st.lists(
            st.fixed_dictionaries(
                {"description": _WORDS},
                optional={
                    "price": st.one_of(st.integers(-9, 9), st.just("1.50"), st.none()),
                    "code": _WORDS,
                },
            ),
            max_size=4,
        ),
        st.one_of(st.none(), st.just({}), st.dictionaries(st.sampled_from(["name", "phone"]), _WORDS)),
    )
    @settings(max_examples=examples(40))
    def test_no_body_is_changed_by_looking_at_it(self, items: list[Any], customer: Any) -> None:
        body = {"type": "invoice", "items": items, "customer": customer}

        assert pristine(body).corrected() == body

    def test_edits_keep_the_kind_of_json_that_a_field_has(self) -> None:
        form = pristine(
            RICH,
            **{
                "/items/0/unit": "57",
                "/items/0/price": "4.25",
                "/items/1/quantity": "3",
                "/items/0/extra_taxes/0": "C8",
                "/prices_include_tax": "false",
                "/customer/domiciled": "",
                "/customer/phone": "22220000",
                "/payment/condition": "cash",
            },
        )

        body = form.corrected()

        assert body["items"][0]["unit"] == 57
        assert body["items"][0]["price"] == "4.25"
        assert body["items"][1]["quantity"] == "3"
        assert body["items"][0]["extra_taxes"] == ["C8"]
        assert body["prices_include_tax"] is False
        assert "domiciled" not in body["customer"]
        assert body["customer"]["phone"] == "22220000"
        assert body["payment"]["condition"] == "cash"
        assert body["external_id"] == "A-1"

    def test_objects_come_and_go_with_their_values(self) -> None:
        made = pristine(invoice(), **{"/customer/address/line": "Calle 2", "/customer/name": "Ana"}).corrected()
        assert made["customer"] == {"name": "Ana", "address": {"line": "Calle 2"}}

        gone = pristine(made, **{"/customer/address/line": "", "/customer/name": ""}).corrected()
        assert gone == invoice()

    @pytest.mark.usefixtures("in_english")
    def test_what_hacienda_misses_gets_an_input(self) -> None:
        body = invoice(items=[{"description": "x", "price": "1"}] * 2)
        form = CorrectionForm(country="SV", body=body, errors=[{"pointer": "/items/1/code", "message": "FALTA"}])

        [told] = [one for group in form.groups() for one in group.inputs if one.complaints]
        assert (told.bound.html_name, told.complaints) == ("/items/1/code", ("FALTA",))
        assert [group.title for group in form.groups()] == ["Customer", "Line 1", "Line 2"]

    def test_what_the_number_holds_cannot_be_edited(self) -> None:
        assert not {"/type", "/establishment", "/point_of_sale", "/external_id"} & set(
            CorrectionForm(country="SV", body=RICH | {"establishment": "M001", "point_of_sale": "P001"}).fields
        )

    def test_of_thousands_of_lines_those_with_errors_are_shown(self) -> None:
        body = invoice(items=[{"description": "x", "price": "1"}] * 2000)
        form = CorrectionForm(country="SV", body=body, errors=[{"pointer": "/items/1500/price", "message": "NO"}])

        assert "/items/1500/price" in form.fields
        assert len(form.fields) <= MOST_INPUTS
        assert form.is_partial
        assert pristine(body).corrected() == body

    @pytest.mark.usefixtures("in_english")
    def test_a_fault_stands_at_its_input_or_the_first_one_within(self) -> None:
        form = pristine(RICH)
        form.take(
            [
                Fault(("items", 1, "price"), "x", "wrong"),
                Fault(("customer", "address"), "x", "no place"),
                Fault(("type",), "x", "no type"),
            ]
        )

        assert form.errors["/items/1/price"] == ["wrong"]
        assert form.errors["/customer/address/department"] == ["no place"]
        assert form.non_field_errors() == ["Type: no type"]


@pytest.mark.parametrize(
    ("pointer", "words"),
    [
        ("", ""),
        ("/customer/tax_id", "Customer: NIT or DUI"),
        ("/items/0/price", "Line 1: Price"),
        ("/items", "Lines"),
        ("/items/3", "Line 4"),
        ("/related/0/number", "Document referred to 1: Number"),
        ("/notes", "Notes"),
        ("/global_discount/taxed", "Other data: Taxed"),
        ("/some/thing_new", "Other data: Thing new"),
    ],
)
def test_pointers_are_told_in_words(pointer: str, words: str) -> None:
    with translation.override("en"):
        assert field_names.described(pointer, "SV") == words


@pytest.fixture
def ana(merchant: Merchant) -> Visitor:
    return visitor(merchant)


def rejected(manager: Caller, sandbox: Sandbox, body: dict[str, Any], pointed: str = "receptor.nombre") -> str:
    """The dashboard's address of a document that was just rejected."""
    sandbox.fault("reject", "recepciondte", code="003", message=f"[{pointed}] VALOR NO VALIDO", count=1)
    made = manager.send(body).json()["document"]
    return f"/documents/{made['id']}"


@database
class TestThePages:
    def test_the_document_says_what_happened_and_what_to_do(
        self, ana: Visitor, manager: Caller, sandbox: Sandbox
    ) -> None:
        address = rejected(manager, sandbox, tax_credit())

        page = ana.get(address)

        told = text(page)
        for words in (
            "[receptor.nombre] VALOR NO VALIDO",
            "Hacienda does not recognise the value of this field",
            "You can mend it",
            "Customer: Name",
            "/customer/name",
            "It can be corrected with the same number until",
        ):
            assert words in told
        assert f'href="{address}/correct"' in page.content.decode()

    def test_the_whole_body_is_sent_again_with_the_edits(
        self, ana: Visitor, manager: Caller, sandbox: Sandbox
    ) -> None:
        address = rejected(manager, sandbox, tax_credit(external_id="A-1"))
        page = ana.get(f"{address}/correct")
        sent_back = inputs(page)
        assert sent_back["/customer/registration"] == "765432"

        answer = ana.post(f"{address}/correct", sent_back | {"/customer/name": "NOMBRE CORREGIDO"})

        assert (answer.status_code, answer["Location"]) == (302, address)
        document = Document.objects.get()
        assert (document.state, document.customer_name) == ("accepted", "NOMBRE CORREGIDO")
        expected = tax_credit(external_id="A-1")
        expected["customer"]["name"] = "NOMBRE CORREGIDO"
        assert document.request == expected
        assert document.api_key == manager.key
        assert "The correction was sent to Hacienda." in text(ana.get(address))

    def test_what_breaks_rules_is_said_beside_its_field(
        self, ana: Visitor, manager: Caller, sandbox: Sandbox
    ) -> None:
        address = rejected(manager, sandbox, invoice())
        sent_back = inputs(ana.get(f"{address}/correct"))

        answer = ana.post(f"{address}/correct", sent_back | {"/items/0/price": "mucho", "/customer/tax_id": "12"})

        assert answer.status_code == 422
        field = re.search(
            r'<div class="field field--wrong">\s*<label for="field/items/0/price">.*?</div>',
            answer.content.decode(),
            re.DOTALL,
        )
        assert field is not None
        assert "A number is expected." in field[0]
        assert 'value="mucho"' in field[0]
        assert Document.objects.get().state == "rejected"

    def test_another_rejection_comes_back_to_the_page(self, ana: Visitor, manager: Caller, sandbox: Sandbox) -> None:
        address = rejected(manager, sandbox, invoice())
        sandbox.fault("reject", "recepciondte", code="007", message="[resumen.pagos.1.codigo] NO", count=1)

        answer = ana.post(f"{address}/correct", inputs(ana.get(f"{address}/correct")), follow=True)

        assert "Hacienda rejected the correction too." in text(answer)
        assert "007" in text(answer)

    def test_a_transmitter_may_and_a_stranger_may_not(
        self, merchant: Merchant, other_merchant: Merchant, manager: Caller, sandbox: Sandbox
    ) -> None:
        address = rejected(manager, sandbox, invoice())
        till = visitor(merchant, Role.TRANSMITTER, "caja@example.com")
        stranger = visitor(other_merchant, email="otra@example.com")

        assert stranger.get(f"{address}/correct").status_code == 404
        assert till.post(f"{address}/correct", inputs(till.get(f"{address}/correct"))).status_code == 302
        assert Document.objects.get().state == "accepted"

    def test_a_post_from_elsewhere_is_refused(self, merchant: Merchant, manager: Caller, sandbox: Sandbox) -> None:
        address = rejected(manager, sandbox, invoice())
        careful = visitor(merchant, enforce_csrf_checks=False)
        careful.handler.enforce_csrf_checks = True

        assert careful.post(f"{address}/correct", {}).status_code == 403
        assert Document.objects.get().state == "rejected"

    @pytest.mark.parametrize("state", ["accepted", "old"])
    def test_what_cannot_be_corrected_here_leads_back(
        self, ana: Visitor, manager: Caller, sandbox: Sandbox, state: str
    ) -> None:
        address = rejected(manager, sandbox, invoice())
        if state == "accepted":
            ana.post(f"{address}/correct", inputs(ana.get(f"{address}/correct")))
        else:
            Document.objects.update(request=None)

        answer = ana.get(f"{address}/correct")

        assert (answer.status_code, answer["Location"]) == (302, address)

    def test_after_the_term_both_documents_name_each_other(
        self, ana: Visitor, manager: Caller, sandbox: Sandbox
    ) -> None:
        address = rejected(manager, sandbox, invoice())
        row = Document.objects.get()
        assert row.rejection is not None
        row.rejection["at"] = "2026-01-01T00:00:00+00:00"
        row.save()
        assert "It is sent as a new document" in text(ana.get(f"{address}/correct"))

        answer = ana.post(f"{address}/correct", inputs(ana.get(f"{address}/correct")))

        new = Document.objects.latest("id")
        assert answer["Location"] == f"/documents/{new.public_id}"
        assert f"Replaced by {new.control_number}" in text(ana.get(address))
        assert f"It takes the place of a rejected one: {row.control_number}" in text(ana.get(answer["Location"]))

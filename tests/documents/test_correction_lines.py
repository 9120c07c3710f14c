"""Lines of a correction: which there are, where they came from, and that nothing typed is lost on the way."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings as django_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Merchant
from documents import correction_form
from documents.correction_form import MOST_INPUTS, MOST_WITH_NEW, CorrectionForm
from documents.correction_lines import Full, Lines, renumbered
from documents.models import Document
from tests.actors import Caller, Sandbox, invoice, tax_credit
from tests.documents.test_accounts import withholding
from tests.documents.test_correction_form import inputs, rejected
from tests.effort import examples
from tests.people import Visitor, root, text, visitor

database = pytest.mark.django_db(transaction=True)

LINES = [{"description": f"Línea {number}", "price": f"{number}.00"} for number in range(1, 5)]


def body(count: int = 4) -> dict[str, Any]:
    return {"type": "invoice", "items": [{"description": str(number), "price": "1"} for number in range(count)]}


def carried(lines: Lines) -> dict[str, str]:
    return dict(lines.written())


def values(form: CorrectionForm) -> dict[str, str]:
    """What a browser would send back of the form's inputs."""
    return {name: str(field.initial) for name, field in form.fields.items()}


class TestLines:
    @given(st.integers(1, 30), st.lists(st.integers(-5, 29), max_size=20))
    @settings(max_examples=examples(60))
    def test_a_page_carries_whatever_became_of_them(self, count: int, changes: list[int]) -> None:
        sent = body(count)
        lines = Lines.sent(sent)
        expected: list[Any] = list(sent["items"])
        for change in changes:
            if change < 0:
                lines = lines.with_another("items")
                expected.append({})
            elif len(expected) > 1:
                lines = lines.without("items", change % len(expected))
                del expected[change % len(expected)]

        assert Lines.read(sent, carried(lines)) == lines
        assert lines.body(sent) == sent | {"items": expected}

    @pytest.mark.parametrize("text", ["", "0-4", "4", "1,1", "2,1", "1-0", "x", "+,,", "0-99999", "-1", "0" * 9])
    def test_what_no_page_of_ours_says_counts_as_nothing(self, text: str) -> None:
        assert Lines.read(body(), {"lines-items": text}) == Lines.sent(body())

    def test_thousands_are_carried_in_a_few_characters(self) -> None:
        lines = Lines.sent(body(2000)).without("items", 7)

        assert carried(lines) == {"lines-items": "0-6,8-1999"}
        assert len(lines.with_another("items").rows["items"]) == 2000
        with pytest.raises(Full):
            lines.with_another("items").with_another("items")

    def test_errors_follow_their_lines(self) -> None:
        lines = Lines.sent(body()).without("items", 1).with_another("items")
        errors = [
            {"pointer": pointer, "message": "x"} for pointer in ("/items/0", "/items/1/price", "/items/3/unit", "")
        ]

        assert [one["pointer"] for one in lines.moved(errors)] == ["/items/0", "/items/2/unit", ""]

    def test_what_was_typed_keeps_its_line(self) -> None:
        typed = {"/items/0/price": "a", "/items/1/price": "b", "/items/2/extra_taxes/0": "c", "/related/1/type": "d"}

        assert renumbered(typed | {"csrf": "x"}, "items", 1) == {
            "/items/0/price": "a",
            "/items/1/extra_taxes/0": "c",
            "/related/1/type": "d",
            "csrf": "x",
        }


class TestTheForm:
    def test_a_new_line_has_the_fields_of_the_others(self) -> None:
        sent = invoice(items=[{"description": "x", "price": "1", "unit": 57, "extra_taxes": ["D1"]}])
        form = CorrectionForm(country="SV", body=sent, lines=Lines.sent(sent).with_another("items"))

        fields = [name for name in form.fields if name.startswith("/items/1/")]
        assert fields == [f"/items/1/{name}" for name in ("description", "quantity", "price", "discount", "unit")]

    def test_what_is_not_named_stays_as_it_was_sent(self) -> None:
        form = CorrectionForm({"/items/0/price": "9"}, country="SV", body=body(2))

        assert form.is_valid()
        assert form.corrected()["items"] == [{"description": "0", "price": "9"}, {"description": "1", "price": "1"}]

    def test_lines_are_added_to_a_full_page_without_hiding_one_that_was_shown(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(correction_form, "MOST_INPUTS", 60)
        monkeypatch.setattr(correction_form, "MOST_WITH_NEW", 90)
        sent = body(200)
        form = CorrectionForm(country="SV", body=sent)
        assert len(form.fields) <= 60
        lines, data, added = Lines.sent(sent), values(form), 0

        while True:
            lines = lines.with_another("items")
            longer = CorrectionForm(data, country="SV", body=sent, lines=lines)
            if not longer.shows(("items", 200 + added)):
                break
            assert set(form.fields) < set(longer.fields)
            assert longer.is_partial
            form, data, added = longer, values(longer), added + 1

        assert added >= 6
        assert len(form.fields) <= 90

    def test_django_takes_the_longest_page(self) -> None:
        carriers = 10  # token, lists and button
        assert MOST_INPUTS < MOST_WITH_NEW < django_settings.DATA_UPLOAD_MAX_NUMBER_FIELDS - carriers


@pytest.fixture
def ana(merchant: Merchant) -> Visitor:
    return visitor(merchant)


def hidden(page: Any) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(lines-\w+)" value="([^"]*)"', page.content.decode()))


def wrong(page: Any) -> list[str]:
    """Which inputs are marked."""
    return re.findall(r'field--wrong">\s*<label for="field([^"]+)"', page.content.decode())


@database
class TestThePage:
    def test_lines_come_and_go_without_a_script_and_are_sent(
        self, ana: Visitor, manager: Caller, sandbox: Sandbox
    ) -> None:
        address = rejected(manager, sandbox, tax_credit(items=LINES), "cuerpoDocumento.3.precioUni") + "/correct"
        page = ana.get(address)
        assert wrong(page) == ["/items/2/price"]
        typed = {**hidden(page), **inputs(page), "/items/3/description": "Cuarta", "/customer/name": "OTRO"}

        page = ana.post(address, typed | {"remove-line": "/items/0"})
        assert page.status_code == 200
        assert wrong(page) == ["/items/1/price"]
        assert "Line 4" not in text(page)
        page = ana.post(address, {**hidden(page), **inputs(page), "add-line": "items"})
        assert re.search(r'name="/items/3/description"[^>]*autofocus', page.content.decode())
        typed = {**hidden(page), **inputs(page)}
        assert typed["/items/2/description"] == "Cuarta"
        assert typed["/customer/name"] == "OTRO"
        assert Document.objects.get().state == "rejected"

        # What breaks rules in a new line is told beside it, and its number is that of the page.
        answer = ana.post(address, typed | {"/items/3/description": "Nueva", "/items/3/price": "mucho"})
        assert (answer.status_code, wrong(answer)) == (422, ["/items/1/price", "/items/3/price"])
        typed = {**hidden(answer), **inputs(answer), "/items/3/price": "7.25"}
        assert ana.post(address, typed).status_code == 302

        document = Document.objects.get()
        assert (document.state, document.customer_name) == ("accepted", "OTRO")
        assert document.request["items"] == [
            LINES[1],
            LINES[2],
            LINES[3] | {"description": "Cuarta"},
            {"description": "Nueva", "price": "7.25"},
        ]

    def test_with_htmx_only_the_form_comes(self, ana: Visitor, manager: Caller, sandbox: Sandbox) -> None:
        address = rejected(manager, sandbox, invoice()) + "/correct"
        page = ana.get(address)
        assert "Remove" not in text(page)  # of the only line

        answer = ana.press(address, {**hidden(page), **inputs(page), "add-line": "items"}, target="correction-form")

        assert root(answer) == "correction-form"
        assert "2 lines now" in text(answer)
        assert answer.content.decode().count('name="remove-line"') == 2

    def test_of_a_withholding_the_documents_are_the_lines(
        self, ana: Visitor, manager: Caller, sandbox: Sandbox
    ) -> None:
        address = rejected(manager, sandbox, withholding(), "cuerpoDocumento.1.montoSujetoGrav") + "/correct"
        page = ana.get(address)
        assert wrong(page) == ["/related/0/taxable"]
        assert "Add a document referred to" in text(page)
        assert 'value="items"' not in page.content.decode()
        page = ana.post(address, {**hidden(page), **inputs(page), "add-line": "related"})
        typed = {**hidden(page), **inputs(page)}
        other = {"generation_code": "6B72724C-C85B-42D0-87AC-F97BECB4E49A", "taxable": "200"}
        like = {name: typed[f"/related/0/{name}"] for name in ("type", "issued_at")}

        assert ana.post(address, typed | {f"/related/1/{k}": v for k, v in (like | other).items()}).status_code == 302

        document = Document.objects.get()
        assert document.state == "accepted"
        assert [one["taxable"] for one in document.request["related"]] == ["697.50", "200"]

    @pytest.mark.parametrize("button", ["/items/9", "/items/0", "/customer/name", "nonsense", "/items/x"])
    def test_a_button_that_is_not_there_changes_nothing(
        self, ana: Visitor, manager: Caller, sandbox: Sandbox, button: str
    ) -> None:
        address = rejected(manager, sandbox, invoice()) + "/correct"
        page = ana.get(address)

        answer = ana.post(address, {**inputs(page), "remove-line": button})

        assert (answer.status_code, hidden(answer)) == (200, {"lines-items": "0"})
        assert Document.objects.get().state == "rejected"

    def test_where_there_is_no_room_it_says_so_and_keeps_what_was_typed(
        self, ana: Visitor, manager: Caller, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        address = rejected(manager, sandbox, invoice()) + "/correct"
        page = ana.get(address)
        monkeypatch.setattr("documents.correction_form.MOST_WITH_NEW", 16)

        answer = ana.post(address, {**inputs(page), "/items/0/price": "8", "add-line": "items"})

        assert "This page has no room for another line." in text(answer)
        assert inputs(answer)["/items/0/price"] == "8"
        assert hidden(answer) == {"lines-items": "0"}

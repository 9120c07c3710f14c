"""Correcting a rejected document in a real browser: the form, its errors, and its way on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from documents.models import Document
from tests.actors import Caller, Sandbox, tax_credit
from tests.browser.conftest import PHONE, Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Open = Callable[..., Visit]


@pytest.fixture
def refused(manager: Caller, sandbox: Sandbox) -> dict[str, Any]:
    sandbox.fault("reject", "recepciondte", code="009", message="[receptor.nit] NIT CONTRIBUYENTE NO EXISTE", count=1)
    document: dict[str, Any] = manager.send(tax_credit()).json()["document"]
    return document


def at_work(visit: Open, **window: Any) -> Visit:
    ana = visit(**window)
    ana.enter()
    return ana


def test_a_rejected_document_is_corrected_on_its_page(visit: Open, refused: dict[str, Any]) -> None:
    ana = at_work(visit)
    ana.open(f"/documents/{refused['id']}")
    expect(ana.page.locator("#diagnosis")).to_contain_text("Hacienda has no taxpayer with this NIT.")
    expect(ana.page.locator("#diagnosis")).to_contain_text("Customer: NIT or DUI")

    ana.page.get_by_role("link", name="Correct and send again").click()
    number = ana.page.get_by_label("NIT or DUI")
    expect(number).to_have_value("06142203051028")
    number.fill("123")
    ana.page.get_by_role("button", name="Send to Hacienda").click()
    # Said beside the field, and what was typed is still there.
    wrong = ana.page.locator(".field", has=number).locator(".field__error")
    expect(wrong).to_be_visible()
    expect(number).to_have_value("123")

    number.fill("0614-150390-101-9")
    ana.page.get_by_role("button", name="Send to Hacienda").click()

    expect(ana.page.locator(f"#status-{refused['id']}")).to_have_text("Accepted")
    expect(ana.page.get_by_text("The correction was sent to Hacienda.")).to_be_visible()
    expect(ana.page.get_by_role("heading", level=1)).to_have_text(refused["control_number"])
    assert Document.objects.get().customer_tax_id == "06141503901019"
    # The browser tells of an answer 422 as of anything that could not be loaded.
    assert [one for one in ana.complaints if "422" not in one] == []


def test_lines_come_and_go_in_place_and_nothing_typed_is_lost(visit: Open, refused: dict[str, Any]) -> None:
    ana = at_work(visit)
    ana.open(f"/documents/{refused['id']}/correct")
    page = ana.page
    page.locator("[name='/customer/name']").fill("OTRO NOMBRE")
    page.locator("[name='/items/0/price']").fill("90")

    page.get_by_role("button", name="Add a line").click()
    # Whoever asked for a line goes on typing in it.
    expect(page.locator("[name='/items/1/description']")).to_be_focused()
    page.keyboard.type("Lápiz")
    page.locator("[name='/items/1/price']").fill("1.50")
    page.get_by_role("button", name="Add a line").click()
    expect(page.locator("[name='/items/2/description']")).to_be_focused()
    expect(page.locator("#announcement")).to_have_text("3 lines now")
    page.get_by_role("button", name="Remove Line 1").click()
    expect(page.locator("[name='/items/2/description']")).to_have_count(0)
    expect(page.locator("[name='/items/0/description']")).to_have_value("Lápiz")
    expect(page.locator("[name='/customer/name']")).to_have_value("OTRO NOMBRE")
    page.get_by_role("button", name="Remove Line 2").click()
    expect(page.get_by_role("button", name=re.compile("Remove"))).to_have_count(0)
    expect(page.locator("#announcement")).to_have_text("1 line now")
    page.wait_for_function("!document.querySelector('.htmx-settling, .htmx-swapping, .htmx-request')")

    # Enter sends; it does not press the first button that changes lines.
    page.locator("[name='/items/0/price']").press("Enter")
    expect(page.locator(f"#status-{refused['id']}")).to_have_text("Accepted")
    document = Document.objects.get()
    assert document.customer_name == "OTRO NOMBRE"
    assert document.request is not None
    assert document.request["items"] == [{"description": "Lápiz", "price": "1.50"}]
    assert ana.complaints == []


def test_it_works_on_a_phone_without_scripts(visit: Open, refused: dict[str, Any]) -> None:
    ana = at_work(visit, viewport=PHONE, java_script_enabled=False, has_touch=True)

    for path in (f"/documents/{refused['id']}", f"/documents/{refused['id']}/correct"):
        ana.open(path)
        assert ana.overflow <= 0, path
        for control in ana.page.locator("main .button, main input:not([type=hidden])").all():
            box = control.bounding_box()
            assert box is None or box["height"] >= 44, control.inner_html()
    ana.page.get_by_role("button", name="Add a line").click()
    ana.page.locator("[name='/items/1/description']").fill("Lápiz")
    ana.page.locator("[name='/items/1/price']").fill("1.50")
    assert ana.overflow <= 0
    ana.page.get_by_role("button", name=re.compile("Send to Hacienda")).click()

    expect(ana.page.locator(f"#status-{refused['id']}")).to_have_text("Accepted")

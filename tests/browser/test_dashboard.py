"""The dashboard in a real browser: what only a script, a width or a keyboard can show."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Error, expect

from accounts import keys
from accounts.models import ApiKey
from tests.actors import Caller, Sandbox, invoice, tax_credit
from tests.browser.conftest import PHONE, Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Open = Callable[..., Visit]


def send_slowly(manager: Caller, sandbox: Sandbox) -> dict[str, Any]:
    """A document that Hacienda thinks about for a while."""
    sandbox.fault("slow", "recepciondte", delay_ms=2500, count=1)
    made: dict[str, Any] = manager.send(Prefer="wait=0").json()
    assert made["status"] == "transmitting"
    return made


def at_work(visit: Open, **window: Any) -> Visit:
    ana = visit(**window)
    ana.enter()
    return ana


def test_pages_work_without_a_complaint_of_the_browser(visit: Open, manager: Caller, sandbox: Sandbox) -> None:
    made = manager.send(tax_credit()).json()
    ana = visit()

    ana.sign_in()
    ana.page.locator("[popovertarget=places]").click()
    ana.page.locator("#places button[value=sandbox]").click()
    ana.page.get_by_role("link", name=re.compile(made["control_number"])).click()
    expect(ana.page.get_by_role("heading", level=1)).to_have_text(made["control_number"])
    for path in ("/keys", "/keys/new", "/hacienda", f"/documents/{made['id']}/invalidate"):
        ana.open(path)

    assert ana.complaints == []


def test_the_list_follows_a_document_by_itself(visit: Open, manager: Caller, sandbox: Sandbox) -> None:
    ana = at_work(visit)
    made = send_slowly(manager, sandbox)

    ana.open("/documents")
    status = ana.page.locator(f"#status-{made['id']}")
    expect(status).to_have_text("Transmitting")

    expect(status).to_have_text("Accepted")
    expect(ana.page.get_by_role("status")).to_contain_text(f"{made['control_number']}: Accepted")
    expect(ana.page.locator("[hx-trigger='every 3s']")).to_have_count(0)
    assert ana.complaints == []


def test_one_document_follows_itself_and_then_offers_its_files(
    visit: Open, manager: Caller, sandbox: Sandbox
) -> None:
    ana = at_work(visit)
    made = send_slowly(manager, sandbox)

    ana.open(f"/documents/{made['id']}")
    expect(ana.page.get_by_text("On its way to Hacienda.")).to_be_visible()
    assert ana.page.locator(f"a[href='{made['pdf_url']}']").count() == 0

    expect(ana.page.locator(f"a[href='{made['pdf_url']}']")).to_be_visible()
    expect(ana.page.locator(f"#status-{made['id']}")).to_have_text("Accepted")


def test_the_list_is_searched_while_typing(visit: Open, manager: Caller, sandbox: Sandbox) -> None:
    manager.send(invoice())
    manager.send(tax_credit())
    ana = at_work(visit)
    ana.open("/documents")
    rows = ana.page.locator(".list__row")
    expect(rows).to_have_count(2)

    box = ana.page.get_by_role("searchbox", name="Search")
    box.press_sequentially("cliente")

    expect(rows).to_have_count(1)
    expect(box).to_be_focused()
    assert ana.page.url.endswith("/documents?q=cliente")
    ana.page.reload()
    expect(rows).to_have_count(1)


def test_the_list_works_without_scripts(visit: Open, manager: Caller, sandbox: Sandbox) -> None:
    manager.send(invoice())
    manager.send(tax_credit())
    ana = at_work(visit, java_script_enabled=False)
    ana.open("/documents")

    ana.page.get_by_role("searchbox", name="Search").fill("cliente")
    ana.page.get_by_role("button", name="Search").click()

    expect(ana.page.locator(".list__row")).to_have_count(1)


def test_a_new_key_is_shown_once_and_can_be_copied(visit: Open) -> None:
    ana = at_work(visit, permissions=["clipboard-read", "clipboard-write"])
    ana.open("/keys/new")
    ana.page.get_by_label("Name").fill("Caja 2")
    ana.page.get_by_role("button", name="Create key").click()

    private = ana.page.locator("#private-key").inner_text()
    ana.page.locator("[data-copy=private-key]").click()
    expect(ana.page.locator("[data-copy=private-key]")).to_have_text("Copied")

    assert ana.page.evaluate("navigator.clipboard.readText()") == private
    assert keys.verify(ApiKey.objects.get().public_key, private) is not None
    ana.page.get_by_role("link", name=re.compile("Done")).click()
    expect(ana.page.get_by_role("heading", name="Caja 2")).to_be_visible()
    assert private not in ana.page.content()
    with pytest.raises(Error, match="CACHE_MISS"):  # the browser did not keep the page that showed it
        ana.page.go_back()


def test_a_document_is_invalidated_on_its_own_page(visit: Open, manager: Caller, sandbox: Sandbox) -> None:
    wrong, right = manager.send(tax_credit()).json(), manager.send(tax_credit()).json()
    ana = at_work(visit)
    ana.open(f"/documents/{wrong['id']}")

    ana.page.get_by_role("link", name="Invalidate this document…").click()
    ana.page.get_by_label("Error in the document").check()
    ana.page.get_by_role("button", name="Invalidate at Hacienda").click()
    expect(ana.page.locator("#invalidation .field__error").first).to_be_visible()
    assert ana.page.url.endswith(wrong["id"])

    with ana.page.expect_response(re.compile("look=0000002")):  # what is found comes in the place of what is there
        ana.page.get_by_role("searchbox", name="Search the replacement").press_sequentially("0000002")
    ana.page.get_by_role("radio", name=re.compile(right["control_number"])).check()
    ana.page.get_by_label("Reason").fill("Precio equivocado")
    ana.page.get_by_role("button", name="Invalidate at Hacienda").click()

    expect(ana.page.locator(f"#status-{wrong['id']}")).to_have_text("Invalidated")
    expect(ana.page.get_by_role("link", name=right["control_number"])).to_be_visible()


def test_everything_fits_a_phone(visit: Open, manager: Caller, sandbox: Sandbox) -> None:
    body = tax_credit()
    body["customer"]["name"] = "COMERCIALIZADORA CENTROAMERICANA DE PRODUCTOS, S.A. DE C.V."
    made = manager.send(body).json()
    ana = at_work(visit, viewport=PHONE)

    for path in (
        "/documents",
        f"/documents/{made['id']}",
        f"/documents/{made['id']}/invalidate",
        "/keys",
        "/keys/new",
        "/hacienda",
        "/login",
    ):
        ana.open(path)
        assert ana.overflow <= 0, path
    ana.open("/keys/new")
    ana.page.get_by_label("Name").fill("Caja")
    ana.page.get_by_role("button", name="Create key").click()
    expect(ana.page.locator("#private-key")).to_be_visible()
    assert ana.overflow <= 0


def test_what_is_touched_is_large_enough(visit: Open, manager: Caller, sandbox: Sandbox) -> None:
    made = manager.send().json()
    ana = at_work(visit, viewport=PHONE, has_touch=True)

    for path in (
        "/documents",
        f"/documents/{made['id']}",
        f"/documents/{made['id']}/invalidate",
        "/keys",
        "/hacienda",
    ):
        ana.open(path)
        small = ana.page.evaluate(
            """() => [...document.querySelectorAll("a, button, summary, select, input:not([type=hidden]), .choice")]
                .filter((one) => one.checkVisibility() && !one.closest("p, label, li > p, .skip"))
                .filter((one) => !one.matches(".skip, .list__link"))
                .map((one) => [one.outerHTML.slice(0, 90), one.getBoundingClientRect().height])
                .filter(([_, height]) => height > 0 && height < 44)"""
        )
        assert small == [], path


def test_the_keyboard_reaches_a_document(visit: Open, manager: Caller, sandbox: Sandbox) -> None:
    made = manager.send().json()
    ana = at_work(visit)
    ana.open("/documents")

    ana.page.keyboard.press("Tab")
    expect(ana.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(ana.page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    ana.page.keyboard.press("Enter")
    for _press in range(6):
        ana.page.keyboard.press("Tab")
        if ana.page.evaluate("document.activeElement.id") == made["id"]:
            break
    outline = ana.page.evaluate("getComputedStyle(document.activeElement, '::after').outlineStyle")
    assert outline == "solid"
    ana.page.keyboard.press("Enter")

    expect(ana.page.get_by_role("heading", level=1)).to_have_text(made["control_number"])


def test_the_switch_of_environment_works_by_keyboard(visit: Open, manager: Caller, sandbox: Sandbox) -> None:
    ana = at_work(visit)
    ana.open("/documents")

    ana.page.locator("[popovertarget=places]").focus()
    ana.page.keyboard.press("Enter")
    expect(ana.page.locator("#places")).to_be_visible()
    ana.page.keyboard.press("Escape")
    expect(ana.page.locator("#places")).to_be_hidden()
    ana.page.keyboard.press("Enter")
    ana.page.locator("#places button[value=test]").press("Enter")

    expect(ana.page.get_by_text("Tests: no fiscal validity")).to_be_visible()


def test_a_lost_connection_is_told(visit: Open, manager: Caller, sandbox: Sandbox) -> None:
    ana = at_work(visit)
    send_slowly(manager, sandbox)
    ana.open("/documents")

    ana.page.context.set_offline(True)
    expect(ana.page.locator("#connection")).to_be_visible()
    ana.page.context.set_offline(False)
    expect(ana.page.locator("#connection")).to_be_hidden()

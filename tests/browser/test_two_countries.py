"""One person, two countries: switching between them, and taking a document back by another one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from accounts.models import Merchant
from tests.actors import Caller
from tests.browser.conftest import PHONE, Visit
from tests.people import person
from tests.ticos import cr_invoice

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_person_of_two_countries_takes_a_document_back(
    visit: Callable[..., Visit], tico: Merchant, tico_manager: Caller
) -> None:
    sold = tico_manager.send(cr_invoice(currency="USD", exchange_rate="512.35")).json()
    ana = visit(viewport=PHONE)
    person(tico)
    ana.enter()
    ana.open("/documents")
    ana.page.locator("button.where").click()
    ana.page.get_by_role("button", name=str(tico)).click()

    ana.page.get_by_role("link", name=sold["control_number"]).click()
    expect(ana.page.locator(".document__total")).to_have_text("$3,390.00")
    ana.page.get_by_role("link", name="Invalidate this document…").click()
    expect(ana.page.locator("#by-note")).to_contain_text("Credit note")
    assert ana.overflow == 0
    ana.page.get_by_role("button", name="Issue and send: Credit note").click()

    expect(ana.page.locator(f"#status-{sold['id']}")).to_have_text("Invalidated")
    ana.page.locator("#state").get_by_role("link").click()
    expect(ana.page.locator("#voids")).to_contain_text(sold["control_number"])
    for path in ("/documents", "/contingency", "/hacienda", "/hacienda/company", "/numbering"):
        ana.open(path)
        assert ana.overflow == 0, path
    ana.page.set_viewport_size({"width": 768, "height": 900})  # a tablet: five tabs in one line
    assert ana.overflow == 0
    assert ana.complaints == []

"""The board in a real browser: the button, progress that moves by itself, a phone, no scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Merchant
from contingency.models import Run
from contingency.services import runs
from documents.models import Document
from tests.actors import Sandbox, tax_credit
from tests.browser.conftest import PHONE, Visit
from tests.contingency.rows import ago, ahead, batch, branch, event, go, many, outage, settle, waiting

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Open = Callable[..., Visit]
SEND = re.compile("Send .* now")


def at_work(visit: Open, **window: Any) -> Visit:
    ana = visit(**window)
    ana.enter()
    return ana


@pytest.fixture
def queue(merchant: Merchant, sandbox: Sandbox) -> list[Document]:
    """Ten documents that wait after an outage."""
    many(waiting(merchant, outage(ended=ago(hours=1)), tax_credit(), event_due=ahead(hours=20)), 9)
    return list(Document.objects.order_by("pk"))


def test_the_button_and_its_progress_without_a_reload(visit: Open, queue: list[Document]) -> None:
    ana = at_work(visit)
    ana.open("/contingency")
    ana.page.evaluate("window.stayed = true")
    expect(ana.page.locator("#waiting-badge")).to_contain_text("10")

    ana.page.get_by_role("button", name="Send 10 documents now").click()

    panel = ana.page.locator("#run")
    expect(panel).to_contain_text("Sending 10 documents")
    expect(panel).to_be_focused()
    expect(ana.page.get_by_role("button", name=SEND)).to_have_count(0)
    run = Run.objects.get()
    bar = ana.page.get_by_role("progressbar")
    go(run, "running")
    settle(run, "accepted", 4)
    expect(bar).to_have_attribute("aria-valuenow", "4")
    settle(run, "rejected", 1)
    expect(bar).to_have_attribute("aria-valuenow", "5")
    expect(panel).to_contain_text("Running")
    settle(run, "accepted", 5)
    Document.objects.update(state="accepted")
    go(run, "done", finished_at=timezone.now())
    expect(panel).to_contain_text("10 documents were sent")
    expect(panel).not_to_have_attribute("hx-trigger", "every 1s")
    expect(ana.page.get_by_text("Nothing waits")).to_be_visible()
    expect(ana.page.locator("#waiting-badge")).to_be_hidden()
    assert ana.page.evaluate("window.stayed") is True
    assert ana.complaints == []


def test_pressed_five_times_it_is_one_run(visit: Open, queue: list[Document]) -> None:
    ana = at_work(visit)
    ana.open("/contingency")

    ana.page.get_by_role("button", name=SEND).evaluate("(button) => { for (let i = 0; i < 5; i++) button.click(); }")
    expect(ana.page.locator("#run")).to_contain_text("Sending 10 documents")

    other = at_work(visit)
    other.open("/contingency")
    expect(other.page.locator("#run")).to_contain_text("Sending 10 documents")
    assert Run.objects.count() == 1
    assert ana.complaints == []


def test_the_board_follows_what_happens(visit: Open, merchant: Merchant, queue: list[Document]) -> None:
    ana = at_work(visit)
    ana.open("/contingency")
    expect(ana.page.get_by_text("Hacienda answers")).to_be_visible()

    outage(began=ago(minutes=2))

    expect(ana.page.get_by_text("Hacienda does not answer")).to_be_visible()
    assert ana.complaints == []


def test_it_works_without_scripts(visit: Open, merchant: Merchant, queue: list[Document]) -> None:
    ana = at_work(visit, java_script_enabled=False)
    ana.open("/contingency")

    ana.page.get_by_role("button", name=SEND).click()

    run = Run.objects.get()
    expect(ana.page).to_have_url(re.compile(f"/contingency/runs/{run.public_id}$"))
    settle(run, "accepted", 10)
    go(run, "done", finished_at=timezone.now())
    expect(ana.page.locator("#run")).to_contain_text("10 documents were sent")


def test_the_keyboard_reaches_the_button(visit: Open, queue: list[Document]) -> None:
    ana = at_work(visit)
    ana.open("/contingency")

    ana.page.keyboard.press("Tab")
    ana.page.keyboard.press("Enter")
    ana.page.keyboard.press("Tab")
    expect(ana.page.get_by_role("button", name=SEND)).to_be_focused()
    ana.page.keyboard.press("Enter")

    expect(ana.page.locator("#run")).to_contain_text("Sending 10 documents")


def test_everything_fits_a_phone(visit: Open, merchant: Merchant, queue: list[Document]) -> None:
    branch(merchant)
    refusal = {
        "code": "013",
        "message": "DOCUMENTO-" * 12,
        "observations": ["x" * 90],
        "errors": [],
        "at": "2026-11-22",
    }
    event(merchant, queue, state="rejected", refusal=refusal)
    Document.objects.filter(pk=queue[0].pk).update(event_due=ago(hours=2))
    run, _is_new = runs.start(merchant=merchant, environment="sandbox", trigger="button", now=timezone.now())
    batch(run, list(run.entries.all()), code="0A1B2C3D-0000-4000-8000-000000000001")
    settle(run, "rejected", 3)
    ana = at_work(visit, viewport=PHONE, has_touch=True)

    for path in (
        "/contingency",
        "/contingency/runs",
        f"/contingency/runs/{run.public_id}",
        "/contingency/responsible",
        f"/documents/{queue[0].public_id}",
    ):
        ana.open(path)
        assert ana.overflow <= 0, path
        small = ana.page.evaluate(
            """() => [...document.querySelectorAll("a, button, summary, select, input:not([type=hidden]), .choice")]
                .filter((one) => one.checkVisibility() && !one.closest("p, label, li > p, .skip"))
                .map((one) => [one.outerHTML.slice(0, 90), one.getBoundingClientRect().height])
                .filter(([_, height]) => height > 0 && height < 44)"""
        )
        assert small == [], path
    assert ana.complaints == []

"""The buyer's page on paper, as a browser prints it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from accounts.models import Establishment
from tests.actors import Caller, Sandbox, invoice
from tests.browser.conftest import Visit
from tests.documents import crowded, pdf_text

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Open = Callable[..., Visit]

PAPERS = {"Letter": (612, 792), "A4": (595, 842)}
SMALLEST = 6.99  # points: 7, which a browser keeps as 9.33333 pixels
SIZES_OF_TEXT = """() => {
    const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    const sizes = [];
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (walker.currentNode.data.trim() && element.checkVisibility()) {
            sizes.push(parseFloat(getComputedStyle(element).fontSize) * 0.75);
        }
    }
    return sizes;
}"""
BOX = "(element) => { const { top, bottom } = element.getBoundingClientRect(); return [top, bottom]; }"


@pytest.fixture
def everything(manager: Caller, sandbox: Sandbox) -> dict[str, Any]:
    """A document with all that an ordinary sale may carry; both parties have long addresses."""
    Establishment.objects.update(address_line=crowded.STREET)
    made: dict[str, Any] = manager.send(crowded.body()).json()
    assert made["status"] == "accepted", made
    return made


def printed(window: Visit, paper: str) -> list[tuple[int, int]]:
    """The size in points of each sheet."""
    content = window.page.pdf(format=paper)
    assert len(re.findall(rb"/Type /Page\b", content)) == len(re.findall(rb"/MediaBox", content))
    return [
        (int(width), int(height))
        for width, height in re.findall(rb"/MediaBox \[0 0 (\d+)[\d.]* (\d+)[\d.]*\]", content)
    ]


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_crowded_document_prints_on_one_sheet(visit: Open, everything: dict[str, Any], language: str) -> None:
    buyer = visit()

    buyer.open(f"{urlsplit(everything['url']).path}?lang={language}")

    assert {paper: printed(buyer, paper) for paper in PAPERS} == {paper: [size] for paper, size in PAPERS.items()}


def test_a_crowded_document_stays_on_one_sheet_in_a_wide_font(visit: Open, everything: dict[str, Any]) -> None:
    """Where none of the narrow fonts is installed; Verdana's like are the widest that a system offers."""
    buyer = visit(bypass_csp=True)

    buyer.open(urlsplit(everything["url"]).path)
    buyer.page.add_style_tag(content='body { font-family: Verdana, "DejaVu Sans", sans-serif !important; }')

    assert {paper: len(printed(buyer, paper)) for paper in PAPERS} == dict.fromkeys(PAPERS, 1)


def test_nothing_is_printed_too_small_to_read(visit: Open, everything: dict[str, Any]) -> None:
    buyer = visit()
    buyer.page.emulate_media(media="print")

    buyer.open(urlsplit(everything["url"]).path)
    sizes = buyer.page.evaluate(SIZES_OF_TEXT)

    assert len(sizes) > 100
    assert min(sizes) >= SMALLEST


def test_buttons_stay_on_the_screen(visit: Open, everything: dict[str, Any]) -> None:
    buyer = visit()
    buyer.open(urlsplit(everything["url"]).path)
    buttons = buyer.page.locator(".button, .foot a")
    assert [button.is_visible() for button in buttons.all()] == [True] * 5

    buyer.page.emulate_media(media="print")

    assert [button.is_visible() for button in buttons.all()] == [False] * 5


def test_the_sums_are_beside_the_code_on_paper_and_below_the_lines_on_a_screen(
    visit: Open, everything: dict[str, Any]
) -> None:
    buyer = visit()
    buyer.open(urlsplit(everything["url"]).path)
    sums, parties, legal = (buyer.page.locator(f".{name}") for name in ("sums", "parties", "legal"))

    def tops() -> list[float]:
        return [one.evaluate(BOX)[0] for one in (sums, parties, legal)]

    assert tops() == sorted(tops())

    buyer.page.emulate_media(media="print")
    of_sums, of_parties, of_legal = tops()
    assert of_legal == pytest.approx(of_sums, abs=4)
    assert of_parties > of_sums


def test_a_long_document_goes_on_over_sheets(visit: Open, manager: Caller, sandbox: Sandbox) -> None:
    items = [{"description": f"Artículo {number}", "quantity": 1, "price": "1"} for number in range(1, 121)]
    made = manager.send(invoice(items=items)).json()
    buyer = visit()

    buyer.open(urlsplit(made["url"]).path)

    assert 2 <= len(printed(buyer, "Letter")) <= 4
    buyer.page.emulate_media(media="print")
    display = buyer.page.locator(".lines thead").evaluate("(head) => getComputedStyle(head).display")
    cut = buyer.page.locator(".sums").evaluate("(sums) => getComputedStyle(sums).breakInside")
    assert (display, cut) == ("table-header-group", "avoid")


def test_the_pdf_of_a_crowded_document_is_one_letter_page(everything: dict[str, Any]) -> None:
    content = Client().get(urlsplit(everything["pdf_url"]).path).content

    assert pdf_text.pages(content) == [PAPERS["Letter"]]

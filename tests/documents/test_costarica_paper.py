"""Costa Rica's documents on paper: colones, another name for the numbers, and nowhere to verify them at."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from documents import pdf, ticket
from documents.presentation import Presentation, present
from documents.states import State
from hacienda.costarica.facts import ZONE
from hacienda.costarica.readable import read
from tests.documents.pdf_text import text
from tests.hacienda.costarica.paper import clave, consecutivo, document

STAMP = "0123456789abcdef" * 4


def presented(type_code: str = "01") -> Presentation:
    readable = read(document(type_code))
    with translation.override("en"):
        return present(
            readable,
            state=State.ACCEPTED,
            zone=ZONE,
            query_url="",
            page_url="https://facturas.example/d/x",
            stamp=STAMP,
            stamped_at=readable.issued_at,
        )


def test_numbers_go_by_their_own_names() -> None:
    shown = presented()
    assert [(field.label, field.value) for field in shown.identification] == [
        ("Document key", clave()),
        ("Consecutive number", consecutivo()),
        ("Date and time of generation", "22/11/2026 09:15:30"),
        ("Situación", "Normal"),
        ("Versión", "4.4"),
    ]
    assert shown.title == f"Factura electrónica {consecutivo()}"
    assert shown.payable == "₡2,260.279"


def test_figures_have_as_many_decimals_as_they_need() -> None:
    (line,) = presented().lines
    assert (line.quantity, line.price, line.amount) == ("2", "1,000.12345", "2,000.2469")
    assert [figure.text for figure in line.others] == ["260.0321", "2,260.279"]
    assert {total.amount for total in presented().totals} == {"₡2,000.2469", "₡260.0321", "₡2,260.279"}


@pytest.mark.parametrize("type_code", ["01", "02", "03", "04", "08", "09", "10"])
def test_every_type_is_printed_on_both_papers(type_code: str) -> None:
    shown = presented(type_code)
    for content in (pdf.render(shown), ticket.render(shown)):
        printed = text(content)
        assert consecutivo(type_code) in printed
        assert "2,260.279" in printed
        assert "COMPROBANTE ELECTR" in printed
        assert "MH-DGT-RES-0027-2024" in printed
        assert "Verify at Hacienda" not in printed
        assert "Total in words" not in printed
        assert b"DejaVuSans" in content, "Helvetica has no sign of the colón"


def test_a_long_stamp_stays_on_the_roll() -> None:
    printed = text(ticket.render(presented()))
    assert STAMP[:40] in printed
    assert STAMP[40:] in printed
    assert STAMP not in printed


def test_the_page_has_no_code_where_there_is_nothing_to_scan() -> None:
    context = {"presentation": presented(), "links": {"pdf": "/x.pdf", "json": "/x"}, "code": None, "language": "en"}
    with translation.override("en"):
        page = render_to_string("documents/public/page.html", context)
    assert clave() in page
    assert "₡2,260.279" in page
    assert "Verify at Hacienda" not in page
    assert "<svg" not in page

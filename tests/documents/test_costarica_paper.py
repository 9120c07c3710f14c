"""Costa Rica's documents on paper: colones, another name for the numbers, and nowhere to verify them at."""

from __future__ import annotations

import re

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from reportlab.platypus import Table

from documents import pdf, ticket
from documents.letter import ROOMY, WIDTH
from documents.letter_ending import ROOM, ending
from documents.presentation import Presentation, present
from documents.states import State
from hacienda.costarica.facts import ZONE
from hacienda.costarica.readable import read
from hacienda.readable import Field, Readable
from tests.documents.pdf_text import text
from tests.hacienda.costarica.paper import LINE, clave, consecutivo, document

STAMP = "0123456789abcdef" * 4


def presented(
    type_code: str = "01", *, readable: Readable | None = None, state: State = State.ACCEPTED
) -> Presentation:
    readable = readable or read(document(type_code))
    with translation.override("en"):
        return present(
            readable,
            state=state,
            zone=ZONE,
            query_url="",
            page_url="https://facturas.example/d/x",
            stamp=STAMP,
            stamped_at=readable.issued_at,
            gives_stamp=False,
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


def test_an_answer_is_told_and_no_digest_of_it() -> None:
    shown = presented()
    assert shown.stamp == ""
    assert shown.answered == Field("Date and time of the answer", "22/11/2026 09:15:30")
    for content in (pdf.render(shown), ticket.render(shown)):
        assert "Date and time of the answer" in text(content)
        assert STAMP[:40] not in text(content)


def test_keys_are_in_one_piece_on_both_papers() -> None:
    other = clave("04")
    reference = (
        f"<InformacionReferencia><TipoDocIR>04</TipoDocIR><Numero>{other}</Numero>"
        "<FechaEmisionIR>2026-11-22T09:15:30-06:00</FechaEmisionIR><Codigo>01</Codigo><Razon>Otra</Razon>"
        "</InformacionReferencia>"
    )
    shown = presented(readable=read(document("03", rest=reference)))
    for content in (pdf.render(shown), ticket.render(shown)):
        assert clave("03") in text(content)
        assert other in text(content)


@pytest.mark.parametrize(
    ("situation", "label"),
    [("1", "Awaiting Hacienda"), ("2", "Issued in contingency"), ("3", "Issued in contingency")],
)
def test_only_what_says_so_itself_was_issued_in_contingency(situation: str, label: str) -> None:
    readable = read(document(situation=situation))
    shown = presented(readable=readable, state=State.CONTINGENCY)
    assert shown.standing.label == label
    assert "Hacienda's answer" in shown.standing.explanation


def test_without_a_price_a_line_on_the_roll_comes_to_its_amount_before_the_tax() -> None:
    line = re.sub(r"<(Cantidad|UnidadMedida|PrecioUnitario)>.*?</\1>", "", LINE)
    printed = text(ticket.render(presented(readable=read(document("10", lines=line)))))
    assert printed.index("Subtotal") < printed.index("Tax") < printed.index("Total of the line")


def test_amounts_stand_before_and_after_the_tax_as_they_are_added_up() -> None:
    shown = presented().detail
    assert [heading.label for heading in shown.earlier] == ["Unit price"]
    assert shown.amount == "Subtotal"
    assert [heading.label for heading in shown.later] == ["Tax", "Total of the line"]


def test_a_step_is_printed_on_paper_and_on_the_roll_where_it_is_one() -> None:
    discounted = LINE.replace("<MontoTotal>2000.24690", "<MontoTotal>2100.24690").replace(
        "<SubTotal>", "<Descuento><MontoDescuento>100.00</MontoDescuento></Descuento><SubTotal>"
    )
    readable = read(document(lines=discounted + LINE))
    shown = presented(readable=readable)
    first, second = shown.lines
    assert "Amount before discounts" in [heading.label for heading in shown.detail.columns]
    assert "Amount before discounts" not in [heading.label for heading in shown.detail.figures]
    assert [figure.text for figure in first.others] == ["2,100.2469", "260.0321", "2,260.279"]
    assert [figure.text for figure in second.others] == ["260.0321", "2,260.279"]


def test_the_sheet_ends_with_the_resolution_and_room_for_a_code() -> None:
    shown = presented()
    *_rest, room = ending(shown, ROOMY)
    assert isinstance(room, Table)
    _width, height = room.wrap(WIDTH, 800)
    assert height >= ROOM
    assert ROOM >= 70.8, "the law asks for 2.5 cm"
    printed = text(pdf.render(shown))
    assert printed.index("Total to pay") < printed.index("MH-DGT-RES-0027-2024")


def test_the_page_has_no_code_where_there_is_nothing_to_scan() -> None:
    links = {"pdf": "/x.pdf", "json": "/x", "xml": "/x.xml"}
    context = {"presentation": presented(), "links": links, "code": None, "language": "en"}
    with translation.override("en"):
        page = render_to_string("documents/public/page.html", context)
    assert clave() in page
    assert "₡2,260.279" in page
    assert "Verify at Hacienda" not in page
    assert "<svg" not in page

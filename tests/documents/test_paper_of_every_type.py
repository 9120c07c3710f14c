"""Every type of document on letter paper, on a roll and in the page: all that it says, in the columns of its type."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from documents import pdf, qr, ticket
from documents.presentation import Presentation
from hacienda.elsalvador.readable import read
from tests.documents import pdf_text
from tests.documents.readables import PAGE_URL, presentation
from tests.hacienda import payloads

LETTER = (612.0, 792.0)
Renderer = Callable[[Presentation], bytes]
every = pytest.mark.parametrize("name", payloads.EVERY)
both = pytest.mark.parametrize("render", [pdf.render, ticket.render], ids=["letter", "ticket"])


@dataclass(frozen=True)
class Files:
    page: str = PAGE_URL
    pdf: str = f"{PAGE_URL}.pdf"
    json: str = f"{PAGE_URL}.json"


@pytest.fixture(autouse=True)
def spanish() -> Iterator[None]:
    with translation.override("es"):
        yield


def flat(text: str) -> str:
    return re.sub(r"\s+", "", text)


def view(name: str) -> Presentation:
    return presentation(document=read(payloads.text(payloads.EVERY[name]())))


def printed(render: Renderer, shown: Presentation) -> str:
    return flat(pdf_text.text(render(shown)))


def page(shown: Presentation) -> str:
    code = qr.symbol(shown.query_url)
    context = {"presentation": shown, "links": Files(), "code": code, "language": "es"}
    return re.sub(r"\s+", " ", render_to_string("documents/public/page.html", context))


def said(shown: Presentation) -> list[str]:
    """All that has to stand on any form of the document."""
    wanted = [shown.readable.title, shown.readable.type_name, shown.readable.in_words, shown.readable.notes or ""]
    for party in shown.parties:
        wanted += [party.name, *(field.value for field in party.fields)]
    for field in shown.identification:
        wanted += [field.label, field.value]
    for line in shown.lines:
        wanted += [line.main, line.code, line.quantity, line.unit, line.amount, line.price, line.discount]
        wanted += [text for note in line.notes for text in (note.label, note.value)]
        wanted += [text for figure in line.others for text in (figure.heading.label, figure.text)]
    for total in shown.totals:
        wanted += [total.label, total.amount]
    for section in shown.sections:
        wanted += [
            section.heading,
            *(text for row in section.rows for each in row for text in (each.label, each.value)),
        ]
    return wanted


@every
@both
def test_all_that_a_document_says_is_on_paper(render: Renderer, name: str) -> None:
    shown = view(name)
    text = printed(render, shown)

    assert [piece for piece in said(shown) if flat(piece) not in text] == []


@every
def test_a_letter_has_every_column_of_the_type_and_one_page(name: str) -> None:
    shown = view(name)
    content = pdf.render(shown)
    text = flat(pdf_text.text(content))

    assert pdf_text.pages(content) == [LETTER]
    assert [column.label for column in shown.detail.columns if flat(column.label) not in text] == []
    cells = [cell for line in shown.lines for cell in line.cells]
    assert [cell for cell in cells if flat(cell) not in text] == []
    assert [party.heading for party in shown.parties if flat(party.heading) not in text] == []


@every
def test_all_that_a_document_says_is_on_its_page(name: str) -> None:
    shown = view(name)
    text = flat(re.sub(r"<[^>]*>", " ", page(shown)))

    missing = [piece for piece in said(shown) if flat(piece) not in text]
    assert missing in ([], [shown.readable.type_name])  # in small letters there
    assert shown.kind in page(shown)


def test_what_has_no_number_is_called_by_its_code() -> None:
    shown = view("return_of_sale")

    assert shown.title == f"Evento de retorno {payloads.CODE}"
    assert [field.label for field in shown.identification][:2] == [
        "Código de generación",
        "Fecha y hora de generación",
    ]
    for text in (printed(pdf.render, shown), printed(ticket.render, shown), flat(page(shown))):
        assert "Númerodecontrol" not in text
        assert "None" not in text
        assert "Consumidorfinal" in text


@pytest.mark.parametrize("form", ["html", "txt"])
def test_a_mail_names_what_has_no_number_by_its_code(form: str) -> None:
    def mail(name: str) -> str:
        return render_to_string(f"documents/mail/link.{form}", {"presentation": view(name), "merchant": "Taller"})

    assert payloads.CODE in mail("return_of_export")
    assert "None" not in mail("return_of_export")
    assert "DTE-14-M001P001-000000000000007" in mail("purchase")


def test_a_page_that_goes_on_has_the_code_of_what_has_no_number_at_its_head() -> None:
    payload = payloads.special_operations()
    payload["cuerpoDocumento"] *= 60
    shown = presentation(document=read(payloads.text(payload)))

    content = pdf.render(shown)
    heads = [text for text in pdf_text.texts(content) if payloads.CODE in text]
    assert len(heads) == len(pdf_text.pages(content)) > 2


@pytest.mark.parametrize("render", [pdf.render, ticket.render, lambda shown: page(shown).encode()])
def test_an_event_that_is_addressed_to_nobody_names_nobody(render: Renderer) -> None:
    shown = view("special_operations")

    assert [party.heading for party in shown.parties] == ["Emisor"]
    content = render(shown)
    text = flat(pdf_text.text(content) if content.startswith(b"%PDF") else content.decode())
    assert "Consumidorfinal" not in text
    assert "Receptor" not in text


def test_a_ticket_says_in_what_part_the_issuer_is_where_it_does_not_sell() -> None:
    assert printed(ticket.render, view("purchase")).count("Comprador") == 1
    assert "Emisor" not in printed(ticket.render, view("delivery_note"))


def test_a_document_without_lines_has_no_table() -> None:
    shown = view("accounting_settlement")

    assert shown.lines == shown.detail.columns == ()
    assert "<table" not in page(shown)
    assert "Detalle" not in page(shown)
    assert flat("Líquido a pagar") in printed(pdf.render, shown)


def test_short_forms_leave_out_figures_that_are_nothing_in_every_line() -> None:
    shown = view("settlement")

    assert [heading.label for heading in shown.detail.figures] == ["Ventas gravadas", "IVA"]
    exports = _("Exports")
    assert exports not in printed(ticket.render, shown)
    assert exports not in page(shown)
    assert exports in printed(pdf.render, shown)
    assert shown.detail.amount == ""


def test_days_are_written_as_people_write_them() -> None:
    (electronic, _paper) = view("withholding").lines
    assert "02/11/2026" in electronic.cells
    assert (_("Date of issue"), "02/11/2026") in [(note.label, note.value) for note in electronic.notes]


def test_a_remark_stands_below_its_line_and_in_no_column() -> None:
    shown = view("withholding")

    assert "Descripción" not in [column.label for column in shown.detail.columns]
    assert [len(line.remarks) for line in shown.lines] == [0, 1]
    assert flat("Descripción: Recibida en papel") in printed(pdf.render, shown)


def test_the_longest_number_and_remark_of_a_line_can_be_printed() -> None:
    payload = payloads.withholding()
    payload["cuerpoDocumento"][0] |= {"numeroDocumento": "M" * 36, "descripcion": "MMMM " * 300}
    shown = presentation(document=read(payloads.text(payload)))

    for render in (pdf.render, ticket.render):
        assert flat("MMMM " * 300) in flat("".join(pdf_text.texts(render(shown)))).replace("\n", "")

"""The readable version on paper: everything on it, in every state, for any text, always the same bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from documents import line_table, paper, pdf, qr, ticket
from documents.presentation import Presentation
from documents.states import State
from hacienda.readable import Field, Readable, ReadableParty, Role, Section, Sum
from tests.documents import crowded, pdf_text
from tests.documents.readables import (
    PAGE_URL,
    QUERY_URL,
    STAMP,
    line,
    presentation,
    readable,
    revocation,
)
from tests.effort import examples

Renderer = Callable[[Presentation], bytes]
LETTER = (612.0, 792.0)
ROLL = 226.77
both = pytest.mark.parametrize("render", [pdf.render, ticket.render], ids=["letter", "ticket"])


@pytest.fixture(autouse=True)
def spanish() -> Iterator[None]:
    with translation.override("es"):
        yield


def flat(text: str) -> str:
    return re.sub(r"\s+", "", text)


def printed(render: Renderer, view: Presentation) -> str:
    """The text without white space: where lines break is the layout's business."""
    return flat(pdf_text.text(render(view)))


@both
def test_everything_that_the_law_asks_for_is_on_paper(render: Renderer) -> None:
    document = readable()
    view = presentation(document=document)
    text = printed(render, view)

    wanted = [document.title, document.type_name, document.in_words, document.notes or ""]
    for party in view.parties:
        wanted += [party.name, *(field.value for field in party.fields)]
        wanted += [field.label for field in party.fields]
    for field in view.identification:
        wanted += [field.label, field.value]
    for one in view.lines:
        wanted += [one.number, one.quantity, one.unit, one.code, one.main, one.price, one.amount]
    for total in view.totals:
        wanted += [total.label, total.amount]
    for section in view.sections:
        wanted += [section.heading, *(field.value for row in section.rows for field in row)]
    assert [piece for piece in wanted if flat(piece) not in text] == []


def test_the_letter_has_a_column_for_each_kind_of_sale() -> None:
    text = printed(pdf.render, presentation())

    for heading in ("Descuento", "Otrosmontosnoafectos", "Ventasnosujetas", "Ventasexentas", "Ventasgravadas"):
        assert heading in text


@both
def test_the_stamp_is_in_one_piece(render: Renderer) -> None:
    text = pdf_text.text(render(presentation()))

    assert STAMP in text
    assert "Sello de recepción" in text
    assert "22/11/2026 09:15:32" in text


@both
def test_a_contingency_document_says_that_its_stamp_is_awaited(render: Renderer) -> None:
    document = readable(is_contingency=True, transmission="Transmisión por contingencia")
    text = printed(render, presentation(State.CONTINGENCY, document=document))

    assert flat("Emitido en contingencia") in text
    assert flat("En espera del sello de Hacienda") in text
    assert flat("Transmisión por contingencia") in text
    assert flat("Sello de recepción") not in text


@both
def test_an_invalidated_document_says_when_why_and_what_replaces_it(render: Renderer) -> None:
    text = printed(render, presentation(State.INVALIDATED))
    after = revocation()
    assert after.replacement is not None

    for wanted in (
        "INVALIDADO",
        "23/11/2026 10:00:05",
        after.kind,
        after.reason,
        after.stamp,
        after.replacement.number,
        after.replacement.url,
        STAMP,
    ):
        assert flat(wanted or "") in text


@both
def test_a_pending_invalidation_is_on_paper(render: Renderer) -> None:
    assert "siguevigente" in printed(render, presentation(is_revocation_pending=True))


@both
def test_test_documents_alone_are_marked(render: Renderer) -> None:
    assert "SINVALIDEZ" in printed(render, presentation())
    assert "SINVALIDEZ" not in printed(render, presentation(document=readable(is_test=False)))


@both
def test_the_code_leads_to_haciendas_query(render: Renderer) -> None:
    content = render(presentation())

    assert QUERY_URL.encode() in content.replace(b"\\", b"")
    assert flat(PAGE_URL) in flat(pdf_text.text(content))


def test_a_code_is_drawn_module_by_module() -> None:
    symbol = qr.symbol(QUERY_URL)
    drawn = {(run.x + step, run.y) for run in symbol.runs for step in range(run.width)}

    def finder(left: int, top: int) -> bool:
        ring = {(left + x, top + y) for x in range(7) for y in range(7) if {x, y} & {0, 6}}
        moat = {(left + x, top + y) for x in range(1, 6) for y in range(1, 6) if {x, y} & {1, 5}}
        return ring <= drawn and not moat & drawn

    far = symbol.size - qr.QUIET_ZONE - 7
    assert finder(qr.QUIET_ZONE, qr.QUIET_ZONE)
    assert finder(far, qr.QUIET_ZONE)
    assert finder(qr.QUIET_ZONE, far)
    assert all(qr.QUIET_ZONE <= x < symbol.size - qr.QUIET_ZONE for x, _y in drawn)
    assert symbol.svg_path.count("M") == len(symbol.runs)


@both
def test_the_same_document_gives_the_same_bytes(render: Renderer) -> None:
    assert render(presentation()) == render(presentation())


def test_a_short_document_is_one_letter_page() -> None:
    content = pdf.render(presentation())

    assert pdf_text.pages(content) == [LETTER]
    assert "Página 1 de 1" in pdf_text.text(content)


def test_a_crowded_document_is_one_letter_page_that_can_be_read() -> None:
    document = crowded.document()
    content = pdf.render(presentation(document=document))

    assert pdf_text.pages(content) == [LETTER]
    assert "Página 1 de 1" in pdf_text.text(content)
    assert min(pdf_text.sizes(content)) >= 7
    text = flat(pdf_text.text(content))
    facts = [field.value for section in document.sections for row in section.rows for field in row]
    wanted = [document.notes or "", *facts, *(one.main for one in presentation(document=document).lines)]
    assert [piece for piece in wanted if flat(piece) not in text] == []


def test_what_fits_at_ordinary_size_is_not_made_compact() -> None:
    assert {8, 19} <= set(pdf_text.sizes(pdf.render(presentation())))


def of_length(count: int) -> Readable:
    """The crowded document with `count` lines."""
    once = crowded.document().table.rows
    return crowded.document(lines=(once * (count // len(once) + 1))[:count])


@pytest.mark.parametrize("count", [17, 20, 24, 29, 35, 41, 48])
def test_wherever_a_page_ends_the_sums_are_in_one_piece_and_headings_have_a_text(count: int) -> None:
    view = presentation(document=of_length(count))
    content = pdf.render(view)

    def page_of(text: str) -> int:
        return next(number for number, page in enumerate(pages) if flat(text) in page)

    pages = [flat(page) for page in pdf_text.texts(content)]
    assert len(pdf_text.pages(content)) > 1
    assert len({page_of(total.amount) for total in view.totals}) == 1
    for section in view.sections:
        assert page_of(section.heading) == page_of(section.rows[0][0].value)
    assert page_of("Observaciones") == page_of(crowded.NOTES[:40])


def test_a_long_table_repeats_its_heading_on_every_page() -> None:
    lines = tuple(line(number, f"Artículo {number}", "1", "1.00") for number in range(1, 151))
    content = pdf.render(presentation(document=readable(lines=lines)))
    text = pdf_text.text(content)
    pages = len(pdf_text.pages(content))

    assert pages > 2
    assert text.count("Descripción") == pages
    assert f"Página 1 de {pages}" in text
    assert f"Página {pages} de {pages}" in text
    assert all(f"Artículo {number} " in text for number in range(1, 151))


def test_two_thousand_lines_fit() -> None:
    lines = tuple(line(number, f"Artículo {number}", "2", "3.53982301") for number in range(1, 2001))
    text = pdf_text.text(pdf.render(presentation(document=readable(lines=lines))))

    assert "Artículo 1 " in text
    assert "Artículo 2000 " in text
    assert "TREINTA Y SIETE DÓLARES" in text


def test_a_ticket_is_as_long_as_its_content() -> None:
    def size(count: int) -> list[tuple[float, float]]:
        lines = tuple(line(number, f"Artículo {number}", "1", "1.00") for number in range(1, count + 1))
        return pdf_text.pages(ticket.render(presentation(document=readable(lines=lines))))

    ((width, short),) = size(1)
    ((_width, longer),) = size(20)
    assert width == pytest.approx(ROLL, abs=0.1)
    assert short < longer
    many = size(700)
    assert len(many) > 1
    assert all(height <= ticket.LONGEST for _width, height in many)


@both
@pytest.mark.parametrize(
    "description",
    [
        "A" * 1000,
        "palabra " * 125,
        "Té 中文 茶 😀 ☕️ Привет שלום €5 «x»",
        "<b>& </para> <font name='x'> &nbsp; {{ x }} %s",
        "\x00\x1f\ud800\u2028\u200f \n",
        "",
    ],
)
def test_any_description_can_be_printed(render: Renderer, description: str) -> None:
    content = render(presentation(document=readable(lines=(line(1, description, "1", "1"),))))

    assert content.startswith(b"%PDF-")
    assert "TREINTA Y SIETE" in pdf_text.text(content)


@both
@settings(max_examples=examples(25))
@given(text=st.text(max_size=60))
def test_any_text_anywhere_can_be_printed(render: Renderer, text: str) -> None:
    document = readable(
        type_name=text, notes=text, in_words=text, lines=(line(1, text, "1", "1", code=text, unit=text),)
    )

    with translation.override("es"):
        content = render(presentation(document=document))

    assert content.startswith(b"%PDF-")


@both
def test_the_longest_texts_that_a_schema_allows_can_be_printed(render: Renderer) -> None:
    def wide(length: int) -> str:
        return ("MMMM " * length)[:length]

    party = ReadableParty("Emisor", wide(250), tuple(Field(wide(30), wide(200)) for _ in range(11)))
    document = readable(
        issuer=party,
        customer=party,
        notes=wide(3000),
        in_words=wide(200),
        lines=tuple(line(number, "M" * 1000, "1", "1", code="M" * 25, unit=wide(60)) for number in range(1, 4)),
        sums=tuple(Sum(wide(100), Decimal(1)) for _ in range(30)),
        sections=tuple(Section(wide(60), ((Field(wide(30), wide(500)),) * 3,) * 15) for _ in range(2)),
    )
    view = presentation(State.INVALIDATED, document=document, revocation=revocation(reason=wide(500)))

    assert "Sello de la invalidación" in pdf_text.text(render(view))


def test_markup_is_printed_as_it_was_written() -> None:
    text = printed(pdf.render, presentation(document=readable(notes="<b>5 & 6</b> &amp;")))

    assert "<b>5&6</b>&amp;" in text


def test_letters_that_helvetica_lacks_are_set_in_the_wide_font() -> None:
    plain = pdf.render(presentation())
    wide = pdf.render(presentation(document=readable(notes="Привет ✓")))

    assert b"DejaVuSans" not in plain
    assert b"DejaVuSans" in wide
    assert paper.markup("a ✓ b") == f'a <font name="{paper.WIDE}">✓</font> b'


def test_figures_of_any_size_stay_in_their_columns() -> None:
    huge = Decimal("99999999999.12345678")
    lines = (
        line(
            1, "Enorme", "1", "1", price=huge, taxed=huge, exempt=huge, not_subject=huge, amount=huge, discount=huge
        ),
    )
    view = presentation(document=readable(lines=lines))
    columns = view.detail.columns
    rows = [line_table.cells(columns, one) for one in view.lines]
    size, widths = line_table.measure(columns, rows, pdf.WIDTH)

    assert sum(widths) == pytest.approx(pdf.WIDTH)
    assert (
        dict(zip((column.role for column in columns), widths, strict=True))[Role.MAIN]
        >= line_table.NARROWEST_DESCRIPTION
    )
    assert size == min(line_table.SIZES)
    assert "99,999,999,999" in printed(pdf.render, view)

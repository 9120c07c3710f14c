"""The readable version of a document on an 80 mm roll: the same fields in one column, as long as they take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from reportlab.lib.colors import black, white
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, Spacer, Table

from documents.detail import Figure, Line
from documents.paper import MONO, REGULAR, Code, TableCommands, clean, markup, style
from documents.presentation import DASH, Presentation
from hacienda.readable import Field, ReadableParty, Section

PAPER = 80 * mm
MARGIN = 4 * mm  # what thermal printers cannot reach
WIDTH = PAPER - 2 * MARGIN
LONGEST = 14_400.0  # points; PDF readers take no longer page, so a longer roll is cut into several
QR_SIDE = 38 * mm

# Thermal printers know no greys: everything is black.
ISSUER = style(11, bold=True, alignment=TA_CENTER, textColor=black)
CENTRED = style(8, alignment=TA_CENTER, textColor=black)
TITLE = style(9.5, bold=True, alignment=TA_CENTER, textColor=black)
BANNER = style(10, bold=True, alignment=TA_CENTER, textColor=white)
TEXT = style(8, textColor=black)
STRONG = style(8, bold=True, textColor=black)
FIGURE = style(8, alignment=TA_RIGHT, textColor=black)
TOTAL = style(12, bold=True, textColor=black)
TOTAL_FIGURE = style(12, bold=True, alignment=TA_RIGHT, textColor=black)
STAMP_LENGTH = 40
STAMP_SIZE = 8.5  # Courier: forty characters in one piece across the roll
SMALLEST = 6.5  # what a thermal printer still prints so that a person can read it


def render(presentation: Presentation) -> bytes:
    """The document as a PDF for an 80 mm printer in the active language; the same input gives the same bytes."""
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=(PAPER, LONGEST), invariant=1, pageCompression=1, lang=get_language())
    canvas.setTitle(clean(presentation.title))
    canvas.setAuthor(clean(presentation.issuer.name))
    canvas.setSubject(presentation.readable.generation_code)
    canvas.setCreator("SmartBill")
    for page in _pages(canvas, _story(presentation)):
        y = sum(part.height for part in page) + MARGIN
        canvas.setPageSize((PAPER, y + MARGIN))
        for part in page:
            y -= part.height
            part.flowable.drawOn(canvas, MARGIN + (WIDTH - part.width) / 2, y)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the roll with the size that it takes."""

    flowable: Flowable
    width: float
    height: float


class Rule(Flowable):
    """A dashed line across the roll."""

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        self.width = available_width
        return available_width, 9.0

    def draw(self) -> None:
        self.canv.setLineWidth(0.6)
        self.canv.setDash(2, 2)
        self.canv.line(0, 4.5, self.width, 4.5)


def _pages(canvas: Canvas, story: Iterator[Flowable]) -> Iterator[list[Part]]:
    """The parts of every page; one page unless the roll is longer than a page may be."""
    page: list[Part] = []
    used = 0.0
    for flowable in story:
        part = Part(flowable, *flowable.wrapOn(canvas, WIDTH, LONGEST))
        if page and used + part.height > LONGEST - 2 * MARGIN:
            yield page
            page, used = [], 0.0
        page.append(part)
        used += part.height
    yield page


def _story(presentation: Presentation) -> Iterator[Flowable]:
    yield from _head(presentation)
    yield from _standing(presentation)
    for field in presentation.identification:
        yield from _fact(field)
    for party in presentation.parties[1:]:
        yield from _customer(party)
    if presentation.lines:
        yield Rule()
    for line in presentation.lines:
        yield from _line(line, presentation.detail.amount)
    yield Rule()
    yield _sums(presentation)
    yield Spacer(0, 3)
    yield Paragraph(markup(presentation.readable.in_words), TEXT)
    for section in presentation.sections:
        yield from _section(section)
    if presentation.readable.notes:
        yield Rule()
        yield Paragraph(markup(presentation.readable.notes), TEXT)
    yield Rule()
    if presentation.query_url:
        yield Code(presentation.query_url, QR_SIDE)
        yield Paragraph(markup(_("Verify at Hacienda")), CENTRED)
        yield Spacer(0, 4)
    yield Paragraph(markup(presentation.page_url), CENTRED)


def _head(presentation: Presentation) -> Iterator[Flowable]:
    readable = presentation.readable
    if presentation.test_mark:
        yield _banner(presentation.test_mark)
        yield Spacer(0, 4)
    if not readable.issuer_sells:
        yield Paragraph(markup(readable.issuer.heading), CENTRED)
    yield Paragraph(markup(readable.issuer.name), ISSUER)
    for field in readable.issuer.fields:
        yield Paragraph(f"{markup(field.label)}: {markup(field.value) or DASH}", CENTRED)
    yield Rule()
    yield Paragraph(markup(readable.title), CENTRED)
    yield Paragraph(markup(readable.type_name), TITLE)
    yield Spacer(0, 4)


def _standing(presentation: Presentation) -> Iterator[Flowable]:
    standing = presentation.standing
    yield _banner(standing.label)
    yield Spacer(0, 3)
    if not presentation.stamp or presentation.revocation:
        yield Paragraph(markup(standing.explanation), TEXT)
    for field in presentation.revocation_facts:
        yield _labelled(field)
    for label, other in presentation.others:
        yield _labelled(Field(label, other.number))
        yield Paragraph(markup(other.url), TEXT)
    if presentation.revocation_pending:
        yield Paragraph(markup(presentation.revocation_pending), TEXT)
    if presentation.stamp:
        yield Paragraph(markup(_("Reception stamp")), STRONG)
        yield _in_one_piece(presentation.stamp)
        yield _labelled(Field(_("Date and time of the stamp"), presentation.stamped_at or DASH))
    if presentation.answered:
        yield _labelled(presentation.answered)
    yield Rule()


def _customer(customer: ReadableParty) -> Iterator[Flowable]:
    yield Rule()
    yield Paragraph(f"{markup(customer.heading)}: {markup(customer.name)}", STRONG)
    for field in customer.fields:
        yield _labelled(field)


def _line(line: Line, amount: str) -> Iterator[Flowable]:
    """What it is about across the roll, below it quantity by price, and the amount at the right.

    `amount` names the amount where there is no price to come from.
    """
    code = f"{line.code} · " if line.code else ""
    yield Paragraph(markup(f"{line.number}. {code}{line.main}"), TEXT)
    for note in line.notes:
        yield _labelled(note)
    if line.price:
        yield _two(markup(_calculation(line)), markup(line.amount), TEXT, FIGURE)
    yield from (_figure(figure) for figure in line.others if not figure.is_later)
    if line.amount and not line.price:
        yield _two(markup(amount), markup(line.amount), TEXT, FIGURE)
    yield from (_figure(figure) for figure in line.others if figure.is_later)


def _figure(figure: Figure) -> Table:
    return _two(markup(figure.heading.label), markup(figure.text), TEXT, FIGURE)


def _calculation(line: Line) -> str:
    """How a line comes to its amount."""
    quantity = f"{line.quantity} {line.unit}".rstrip()
    discount = f" - {line.discount}" if line.discount else ""
    treatment = f" ({line.treatment})" if line.treatment else ""
    return f"{quantity} × {line.price}{discount}{treatment}"


def _sums(presentation: Presentation) -> Flowable:
    rows: list[list[Flowable]] = [
        [
            Paragraph(markup(total.label), TOTAL if total.is_total else TEXT),
            Paragraph(markup(total.amount), TOTAL_FIGURE if total.is_total else FIGURE),
        ]
        for total in presentation.totals
    ]
    return _columns(rows) if rows else Spacer(0, 0)


def _section(section: Section) -> Iterator[Flowable]:
    yield Rule()
    yield Paragraph(markup(section.heading), STRONG)
    for row in section.rows:
        for field in row:
            yield from _fact(field)


def _fact(field: Field) -> Iterator[Flowable]:
    """A labelled text; a code that is wider than the roll stands below its label, small and in one piece."""
    code = field.value
    is_code = code.isalnum() and code.isascii()
    if is_code and stringWidth(code, REGULAR, TEXT.fontSize) > WIDTH >= stringWidth(code, MONO, SMALLEST):
        yield Paragraph(f"{markup(field.label)}:", TEXT)
        yield _in_one_piece(code, WIDTH / stringWidth(code, MONO, 1))
    else:
        yield _labelled(field)


def _labelled(field: Field) -> Paragraph:
    return Paragraph(f"{markup(field.label)}: {markup(field.value) or DASH}", TEXT)


def _two(left: str, right: str, left_look: ParagraphStyle, right_look: ParagraphStyle) -> Table:
    return _columns([[Paragraph(left, left_look), Paragraph(right, right_look)]])


def _columns(rows: Sequence[list[Flowable]]) -> Table:
    look: TableCommands = [
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 0),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ("VALIGN", (0, 0), (-1, -1), "BOTTOM"),
    ]
    return Table(rows, colWidths=[WIDTH - 84, 84], style=look)


def _in_one_piece(code: str, size: float = STAMP_SIZE) -> Table:
    """A code in one line, one that is longer than a line in several."""
    look: TableCommands = [
        ("FONT", (0, 0), (-1, -1), MONO, size, size * 1.3),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 0),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
    length = max(STAMP_LENGTH, int(WIDTH / stringWidth("0", MONO, size)))
    rows = [[code[start : start + length]] for start in range(0, len(code), length)]
    return Table(rows, colWidths=[WIDTH], style=look)


def _banner(text: str) -> Table:
    look: TableCommands = [("BACKGROUND", (0, 0), (-1, -1), black), ("TOPPADDING", (0, 0), (-1, -1), 1)]
    return Table([[Paragraph(markup(text), BANNER)]], colWidths=[WIDTH], style=look)

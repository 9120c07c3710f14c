"""The readable version of a document on letter paper."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial
from io import BytesIO

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from reportlab.lib.colors import Color, white
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import letter
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    NextPageTemplate,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from documents import line_table
from documents.paper import (
    ACCENT,
    BOLD,
    INK,
    LINE,
    MONO,
    MUTED,
    REGULAR,
    TONES,
    Code,
    TableCommands,
    cell,
    clean,
    markup,
    style,
)
from documents.presentation import DASH, Presentation, Revocation, Total
from hacienda.readable import Field, ReadableParty, Section

PAGE_WIDTH, PAGE_HEIGHT = letter
MARGIN = 42.0
WIDTH = PAGE_WIDTH - 2 * MARGIN
TOP, TOP_LATER, BOTTOM = 34.0, 58.0, 42.0
QR_SIDE = 104.0
LABEL_WIDTH = 118.0
SUMS_WIDTH, SUMS_FIGURES = 250.0, 84.0
MOST_SUMS_IN_A_BLOCK = 20

EYEBROW = style(7.5, bold=True, textColor=ACCENT)
TITLE = style(19, bold=True, leading=23)
ISSUER = style(11.5, leading=15)
HEADING = style(7.5, bold=True, textColor=ACCENT, spaceBefore=9, spaceAfter=3, keepWithNext=1)
PARTY = style(10, bold=True, leading=13, spaceAfter=3)
TEXT = style(8, leading=11)
LABEL = style(8, leading=11, textColor=MUTED)
SMALL_HEADING = style(7.5, bold=True, textColor=ACCENT, leading=11)
WORDS = style(9, leading=12)
CAPTION = style(6.5, textColor=MUTED, alignment=TA_CENTER, leading=8)

FLUSH: TableCommands = [
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 0),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
]


def render(presentation: Presentation) -> bytes:
    """The document as a PDF in the active language; the same input gives the same bytes."""
    buffer = BytesIO()
    template = BaseDocTemplate(
        buffer,
        pagesize=letter,
        title=clean(presentation.title),
        author=clean(presentation.issuer.name),
        subject=presentation.readable.generation_code,
        creator="SmartBill",
        lang=get_language(),
        invariant=1,
        pageCompression=1,
    )
    decorate = partial(_decorate, presentation)
    template.addPageTemplates(
        [
            PageTemplate("first", [_frame(TOP)], onPage=decorate),
            PageTemplate("later", [_frame(TOP_LATER)], onPage=decorate),
        ]
    )
    template.build(list(_story(presentation)), canvasmaker=NumberedCanvas)
    return buffer.getvalue()


def _frame(top: float) -> Frame:
    height = PAGE_HEIGHT - top - BOTTOM
    return Frame(MARGIN, BOTTOM, WIDTH, height, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)


class NumberedCanvas(Canvas):
    """A canvas for pages that print "page n of m": each shows a form that is drawn when the last page is known."""

    def save(self) -> None:
        count = self.getPageNumber() - 1
        for number in range(1, count + 1):
            self.beginForm(_foot(number))
            self.setFont(REGULAR, 7)
            self.setFillColor(MUTED)
            text = _("Page %(number)s of %(count)s") % {"number": number, "count": count}
            self.drawRightString(PAGE_WIDTH - MARGIN, 26, text)
            self.endForm()
        super().save()


def _foot(number: int) -> str:
    return f"foot{number}"


def _decorate(presentation: Presentation, canvas: Canvas, template: BaseDocTemplate) -> None:
    """Watermark under the text, a foot on every page, and a head on every page but the first."""
    canvas.saveState()
    if presentation.watermark:
        _watermark(canvas, presentation)
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.5)
    canvas.line(MARGIN, 38, PAGE_WIDTH - MARGIN, 38)
    canvas.setFillColor(MUTED)
    canvas.setFont(REGULAR, 7)
    canvas.drawString(MARGIN, 26, presentation.page_url)
    canvas.doForm(_foot(template.page))
    if template.page > 1:
        top = PAGE_HEIGHT - 38
        canvas.drawRightString(PAGE_WIDTH - MARGIN, top, presentation.readable.control_number)
        canvas.setFillColor(TONES[presentation.standing.tone][0])
        canvas.setFont(BOLD, 7)
        canvas.drawString(MARGIN, top, " · ".join(_marks(presentation)))
        canvas.line(MARGIN, top - 8, PAGE_WIDTH - MARGIN, top - 8)
    canvas.restoreState()


def _marks(presentation: Presentation) -> Iterator[str]:
    yield presentation.standing.label
    if presentation.test_mark:
        yield presentation.test_mark


def _watermark(canvas: Canvas, presentation: Presentation) -> None:
    text, ink = presentation.watermark, TONES["bad" if presentation.revocation else "quiet"][0]
    diagonal = math.hypot(PAGE_WIDTH, PAGE_HEIGHT) * 0.72
    size = min(120.0, 100.0 * diagonal / stringWidth(text, BOLD, 100))
    canvas.saveState()
    canvas.setFillColor(ink, alpha=0.09)
    canvas.setFont(BOLD, size)
    canvas.translate(PAGE_WIDTH / 2, PAGE_HEIGHT / 2)
    canvas.rotate(math.degrees(math.atan2(PAGE_HEIGHT, PAGE_WIDTH)))
    canvas.drawCentredString(0, -size / 3, text)
    canvas.restoreState()


def _story(presentation: Presentation) -> Iterator[Flowable]:
    yield NextPageTemplate("later")
    if presentation.test_mark:
        yield _band(presentation.test_mark)
        yield Spacer(0, 10)
    yield _head(presentation)
    yield Spacer(0, 10)
    yield _standing(presentation)
    yield Spacer(0, 10)
    yield from _parties(presentation.parties)
    yield Spacer(0, 8)
    yield line_table.table(presentation.lines, WIDTH)
    yield Spacer(0, 10)
    yield from _ending(presentation)


def _band(text: str) -> Table:
    ink, tint = TONES["warn"]
    look: TableCommands = [
        ("BACKGROUND", (0, 0), (-1, -1), tint),
        ("BOX", (0, 0), (-1, -1), 0.8, ink),
        ("TEXTCOLOR", (0, 0), (-1, -1), ink),
        ("FONT", (0, 0), (-1, -1), BOLD, 9),
        ("ALIGN", (0, 0), (-1, -1), "CENTER"),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
    ]
    return Table([[text]], colWidths=[WIDTH], style=look)


def _head(presentation: Presentation) -> Table:
    readable = presentation.readable
    left: list[Flowable] = [
        Paragraph(markup(readable.title), EYEBROW),
        Paragraph(markup(readable.type_name), TITLE),
        Paragraph(markup(readable.issuer.name), ISSUER),
        Spacer(0, 8),
        _facts(presentation.identification, 390),
    ]
    right: list[Flowable] = [
        Code(presentation.query_url, QR_SIDE, align="CENTER"),
        Paragraph(markup(_("Verify at Hacienda")), CAPTION),
    ]
    return Table([[left, right]], colWidths=[WIDTH - 116, 116], style=FLUSH)


def _facts(fields: Sequence[Field], width: float) -> Table:
    """Labels beside values, one row each."""
    return _grid([(field.label, cell(field.value, width - LABEL_WIDTH, TEXT)) for field in fields], width)


def _grid(rows: Sequence[tuple[str, str | Flowable]], width: float) -> Table:
    look: TableCommands = [
        *FLUSH,
        ("FONT", (0, 0), (-1, -1), REGULAR, 8, 11),
        ("TEXTCOLOR", (0, 0), (0, -1), MUTED),
        ("TEXTCOLOR", (1, 0), (1, -1), INK),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
    ]
    labelled = [[cell(label, LABEL_WIDTH - 8, LABEL), value] for label, value in rows]
    return Table(labelled, colWidths=[LABEL_WIDTH, width - LABEL_WIDTH], style=look, hAlign="LEFT")


def _standing(presentation: Presentation) -> Table:
    """The state in its colour, with whatever proves it."""
    standing = presentation.standing
    ink, tint = TONES[standing.tone]
    width = WIDTH - 24
    content: list[Flowable] = [Paragraph(markup(standing.label), style(11, bold=True, textColor=ink, leading=15))]
    if not presentation.stamp or presentation.revocation:
        content.append(Paragraph(markup(standing.explanation), TEXT))
    if presentation.revocation:
        content += [Spacer(0, 3), _facts(presentation.revocation_facts, width)]
        if presentation.revocation.replacement_url:
            replacement = Paragraph(_replacement(presentation.revocation), TEXT)
            content.append(_grid([(_("Replaced by"), replacement)], width))
    if presentation.revocation_pending:
        content.append(Paragraph(markup(presentation.revocation_pending), TEXT))
    if presentation.stamp:
        stamp = Paragraph(f'<font name="{MONO}" size="9.5">{markup(presentation.stamp)}</font>', TEXT)
        rows: list[tuple[str, str | Flowable]] = [
            (_("Reception stamp"), stamp),
            (_("Date and time of the stamp"), presentation.stamped_at or DASH),
        ]
        content += [Spacer(0, 3), _grid(rows, width)]
    look: TableCommands = [
        ("BACKGROUND", (0, 0), (-1, -1), tint),
        ("LINEBEFORE", (0, 0), (0, -1), 2.5, ink),
        ("LEFTPADDING", (0, 0), (-1, -1), 12),
        ("RIGHTPADDING", (0, 0), (-1, -1), 12),
        ("TOPPADDING", (0, 0), (-1, -1), 6),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
    ]
    return Table([[content]], colWidths=[WIDTH], style=look)


def _replacement(revocation: Revocation) -> str:
    url = markup(revocation.replacement_url or "")
    number = markup(revocation.replacement_number or "")
    return f'{number} &nbsp;<link href="{url}" color="{_hex(ACCENT)}">{url}</link>'


def _hex(colour: Color) -> str:
    return f"#{colour.hexval()[2:]}"


def _parties(parties: Sequence[ReadableParty]) -> Iterator[Flowable]:
    """Side by side, or one below the other where one would not fit on a page as a column."""
    if all(sum(len(field.label) + len(field.value) for field in party.fields) <= 1000 for party in parties):
        yield _side_by_side(parties)
    else:
        for party in parties:
            yield from _party(party)
            yield Spacer(0, 8)


def _side_by_side(parties: Sequence[ReadableParty]) -> Table:
    gap = 18.0
    width = (WIDTH - gap) / 2
    look: TableCommands = [
        *FLUSH,
        ("LINEABOVE", (0, 0), (0, 0), 0.5, LINE),
        ("LINEABOVE", (2, 0), (2, 0), 0.5, LINE),
        ("TOPPADDING", (0, 0), (-1, -1), 6),
    ]
    issuer, customer = (_party(party) for party in parties)
    return Table([[issuer, "", customer]], colWidths=[width, gap, width], style=look)


def _party(party: ReadableParty) -> list[Flowable]:
    content: list[Flowable] = [
        Paragraph(markup(party.heading), SMALL_HEADING),
        Paragraph(markup(party.name), PARTY),
    ]
    if party.fields:
        content.append(Paragraph("<br/>".join(_labelled(field) for field in party.fields), TEXT))
    return content


def _labelled(field: Field) -> str:
    return f'<font color="{_hex(MUTED)}">{markup(field.label)}</font>&nbsp; {markup(field.value) or DASH}'


# --- Sums and what follows ---------------------------------------------------------------------------------------


def _ending(presentation: Presentation) -> Iterator[Flowable]:
    """The sums at the right with what is short at their left; what is long stands alone and may break over pages."""
    words: list[Flowable] = [
        Paragraph(markup(_("Total in words")), SMALL_HEADING),
        Paragraph(markup(presentation.readable.in_words), WORDS),
    ]
    rest = list(_rest(presentation))
    if len(presentation.totals) > MOST_SUMS_IN_A_BLOCK:
        yield from (_sums(presentation.totals), *words, *rest)
    elif _is_short(presentation):
        yield _beside([*words, *rest], _sums(presentation.totals))
    else:
        yield from (_beside(words, _sums(presentation.totals)), *rest)


def _is_short(presentation: Presentation) -> bool:
    rows = [row for section in presentation.sections for row in section.rows]
    texts = [presentation.readable.notes or "", *(field.label + field.value for row in rows for field in row)]
    return len(rows) + len(presentation.sections) <= 6 and sum(map(len, texts)) <= 600


def _beside(left: list[Flowable], right: Flowable) -> Table:
    look: TableCommands = [*FLUSH, ("RIGHTPADDING", (0, 0), (0, 0), 24)]
    return Table([[left, right]], colWidths=[WIDTH - SUMS_WIDTH, SUMS_WIDTH], style=look)


def _sums(totals: Sequence[Total]) -> Flowable:
    if not totals:
        return Spacer(0, 0)
    look: TableCommands = [
        ("FONT", (0, 0), (-1, -1), REGULAR, 8, 10),
        ("TEXTCOLOR", (0, 0), (0, -1), MUTED),
        ("TEXTCOLOR", (1, 0), (1, -1), INK),
        ("ALIGN", (1, 0), (1, -1), "RIGHT"),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ]
    for i, total in enumerate(totals):
        if total.is_total:
            look += [
                ("FONT", (0, i), (-1, i), BOLD, 11, 14),
                ("TEXTCOLOR", (0, i), (-1, i), white),
                ("BACKGROUND", (0, i), (-1, i), ACCENT),
                ("TOPPADDING", (0, i), (-1, i), 4),
                ("BOTTOMPADDING", (0, i), (-1, i), 6),
            ]
    figures = max(SUMS_FIGURES, *(stringWidth(total.amount, BOLD, 11) + 14 for total in totals))
    labels = SUMS_WIDTH - figures
    rows = [[cell(total.label, labels - 12, TEXT), total.amount] for total in totals]
    return Table(rows, colWidths=[labels, figures], style=look, hAlign="RIGHT")


def _rest(presentation: Presentation) -> Iterator[Flowable]:
    for section in presentation.sections:
        yield from _section(section)
    if presentation.readable.notes:
        yield from _headed(_("Notes"), [Paragraph(markup(presentation.readable.notes), TEXT)])


def _section(section: Section) -> Iterator[Flowable]:
    rows: list[Flowable] = [
        Paragraph(" &nbsp;·&nbsp; ".join(_labelled(field) for field in row), TEXT) for row in section.rows
    ]
    return _headed(section.heading, rows)


def _headed(heading: str, content: list[Flowable]) -> Iterator[Flowable]:
    yield Paragraph(markup(heading), HEADING)
    yield from content

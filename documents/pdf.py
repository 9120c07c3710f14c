"""The readable version of a document on letter paper."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial
from io import BytesIO

from django.utils.translation import get_language
from django.utils.translation import gettext as _
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
from documents.letter import (
    CAPTION,
    COMPACT,
    FLUSH,
    MARGIN,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    ROOMY,
    SEPARATOR,
    WIDTH,
    Look,
    facts,
    grid,
    hexadecimal,
    labelled,
    rows_within,
)
from documents.letter_ending import ending
from documents.paper import ACCENT, BOLD, LINE, MONO, MUTED, REGULAR, TONES, Code, TableCommands, clean, markup, style
from documents.presentation import Other, Presentation
from hacienda.readable import Field, ReadableParty

TOP_LATER = 58.0
MOST_LINES_ON_ONE_PAGE = 40


def render(presentation: Presentation) -> bytes:
    """The document as a PDF in the active language; the same input gives the same bytes.

    What compact type brings onto one page is printed so; what takes several pages anyway is not.
    """
    content, pages = _build(presentation, ROOMY)
    if pages > 1 and len(presentation.lines) <= MOST_LINES_ON_ONE_PAGE:
        compact, fewer = _build(presentation, COMPACT)
        if fewer == 1:
            return compact
    return content


def _build(presentation: Presentation, look: Look) -> tuple[bytes, int]:
    """The PDF and how many pages it has."""
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
            PageTemplate("first", [_frame(look.top, look.bottom)], onPage=decorate),
            PageTemplate("later", [_frame(TOP_LATER, look.bottom)], onPage=decorate),
        ]
    )
    template.build(list(_story(presentation, look)), canvasmaker=NumberedCanvas)
    return buffer.getvalue(), template.page


def _frame(top: float, bottom: float) -> Frame:
    height = PAGE_HEIGHT - top - bottom
    return Frame(MARGIN, bottom, WIDTH, height, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)


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
        canvas.drawRightString(PAGE_WIDTH - MARGIN, top, presentation.number.value)
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


def _story(presentation: Presentation, look: Look) -> Iterator[Flowable]:
    yield NextPageTemplate("later")
    if presentation.test_mark:
        yield _band(presentation.test_mark, look)
        yield Spacer(0, look.gap)
    yield _head(presentation, look)
    yield Spacer(0, look.gap)
    yield _standing(presentation, look)
    yield Spacer(0, look.gap)
    yield from _parties(presentation.parties, look)
    yield Spacer(0, look.gap)
    if presentation.detail.columns:
        yield line_table.table(presentation.detail, WIDTH, largest=look.lines, spare=look.row * 1.5)
        yield Spacer(0, look.gap)
    yield from ending(presentation, look)


def _band(text: str, look: Look) -> Table:
    ink, tint = TONES["warn"]
    commands: TableCommands = [
        ("BACKGROUND", (0, 0), (-1, -1), tint),
        ("BOX", (0, 0), (-1, -1), 0.8, ink),
        ("TEXTCOLOR", (0, 0), (-1, -1), ink),
        ("FONT", (0, 0), (-1, -1), BOLD, look.words.fontSize),
        ("ALIGN", (0, 0), (-1, -1), "CENTER"),
        ("TOPPADDING", (0, 0), (-1, -1), look.row * 0.6),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2 + look.row * 0.6),
    ]
    return Table([[text]], colWidths=[WIDTH], style=commands)


def _head(presentation: Presentation, look: Look) -> Table:
    readable = presentation.readable
    side = look.code + 12 if presentation.query_url else 0
    left: list[Flowable] = [
        Paragraph(markup(readable.title), look.eyebrow),
        Paragraph(markup(readable.type_name), look.title),
        Paragraph(markup(readable.issuer.name), look.issuer),
        Spacer(0, look.gap * 0.8),
        facts(presentation.identification, 390, look),
    ]
    right: list[Flowable] = []
    if presentation.query_url:
        right = [
            Code(presentation.query_url, look.code, align="CENTER"),
            Paragraph(markup(_("Verify at Hacienda")), CAPTION),
        ]
    row, widths = ([left, right], [WIDTH - side, side]) if right else ([left], [WIDTH])
    return Table([row], colWidths=widths, style=FLUSH)


def _standing(presentation: Presentation, look: Look) -> Table:
    """The state in its colour, with whatever proves it."""
    standing = presentation.standing
    ink, tint = TONES[standing.tone]
    width = WIDTH - 24
    title = style(look.standing, bold=True, textColor=ink, leading=look.standing * 1.3)
    content: list[Flowable] = [Paragraph(markup(standing.label), title)]
    if not presentation.stamp or presentation.revocation:
        content.append(Paragraph(markup(standing.explanation), look.text))
    if presentation.revocation:
        content += [Spacer(0, 3), facts(presentation.revocation_facts, width, look)]
    for label, other in presentation.others:
        content.append(grid([(label, Paragraph(_linked(other), look.text))], width, look))
    if presentation.revocation_pending:
        content.append(Paragraph(markup(presentation.revocation_pending), look.text))
    if presentation.stamp:
        content += [Spacer(0, look.row * 0.6), Paragraph(_stamp(presentation, look), look.text)]
    if presentation.answered:
        content.append(facts([presentation.answered], width, look))
    commands: TableCommands = [
        ("BACKGROUND", (0, 0), (-1, -1), tint),
        ("LINEBEFORE", (0, 0), (0, -1), 2.5, ink),
        ("LEFTPADDING", (0, 0), (-1, -1), 12),
        ("RIGHTPADDING", (0, 0), (-1, -1), 12),
        ("TOPPADDING", (0, 0), (-1, -1), look.gap * 0.6),
        ("BOTTOMPADDING", (0, 0), (-1, -1), look.gap * 0.8),
    ]
    return Table([[content]], colWidths=[WIDTH], style=commands)


def _stamp(presentation: Presentation, look: Look) -> str:
    """The stamp, one piece that a person can compare, and when it was given."""
    label = f'<font color="{hexadecimal(MUTED)}">{markup(_("Reception stamp"))}</font>'
    stamp = f'<font name="{MONO}" size="{look.text.fontSize * 1.19:.1f}">{markup(presentation.stamp)}</font>'
    given = labelled(Field(_("Date and time of the stamp"), presentation.stamped_at))
    return f"{label}&nbsp; {stamp}{SEPARATOR}{given}"


def _linked(other: Other) -> str:
    """Markup of another document's number and its address, to be read on paper."""
    url, number = markup(other.url), markup(other.number)
    return f'{number} &nbsp;<link href="{url}" color="{hexadecimal(ACCENT)}">{url}</link>'


def _parties(parties: Sequence[ReadableParty], look: Look) -> Iterator[Flowable]:
    """Side by side, or one below the other where one would not fit on a page as a column."""
    if all(sum(len(field.label) + len(field.value) for field in party.fields) <= 1000 for party in parties):
        yield _side_by_side(parties, look)
    else:
        for party in parties:
            yield from _party(party, WIDTH, look)
            yield Spacer(0, look.gap)


def _side_by_side(parties: Sequence[ReadableParty], look: Look) -> Table:
    gap = 18.0
    width = (WIDTH - gap) / 2
    commands: TableCommands = [
        *FLUSH,
        ("LINEABOVE", (0, 0), (0, 0), 0.5, LINE),
        *([("LINEABOVE", (2, 0), (2, 0), 0.5, LINE)] if len(parties) > 1 else []),
        ("TOPPADDING", (0, 0), (-1, -1), look.gap * 0.6),
    ]
    columns = [_party(party, width, look) for party in parties]
    right = columns[1] if len(columns) > 1 else ""
    return Table([[columns[0], "", right]], colWidths=[width, gap, width], style=commands)


def _party(party: ReadableParty, width: float, look: Look) -> list[Flowable]:
    content: list[Flowable] = [
        Paragraph(markup(party.heading), look.small_heading),
        Paragraph(markup(party.name), look.party),
    ]
    if party.fields:
        content.append(Paragraph("<br/>".join(rows_within(party.fields, width, look)), look.text))
    return content

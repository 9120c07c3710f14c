"""What follows the lines on a letter sheet: the sums in one piece, the amount in words, payments, appendix, notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, islice

from django.utils.translation import gettext as _
from reportlab.lib.colors import white
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.units import cm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable, Paragraph, Spacer, Table

from documents.letter import FLUSH, WIDTH, Look, headed, row_of
from documents.paper import ACCENT, BOLD, INK, MUTED, REGULAR, TableCommands, cell, markup, style
from documents.presentation import Presentation, Total
from hacienda.readable import Field, Section

SUMS_WIDTH, SUMS_FIGURES = 250.0, 84.0
GUTTER = 24.0
MOST_SUMS_IN_A_BLOCK = 20
ROOM = 2.5 * cm  # a side of the code that may have to be printed one day, at the right below all else
LONGEST_ABREAST = 600  # characters of a fact; a longer one could not break over pages in a column


def ending(presentation: Presentation, look: Look) -> Iterator[Flowable]:
    """The sums at the right, at their left as many of the blocks as are no taller, the others below.

    More sums than a page is sure to hold stand alone and may go on over pages. Where there is no code to be printed
    yet the last section closes the sheet, with room for one at its right.
    """
    sections = presentation.sections
    closing = sections[-1:] if not presentation.query_url else ()
    if not all(_is_short(row) for section in closing for row in section.rows):
        closing = ()
    blocks = partial(_blocks, presentation, look, sections[: len(sections) - len(closing)])
    words = _words(presentation.readable.in_words, look)
    sums = _sums(presentation.totals, look)
    beside = 0
    if len(presentation.totals) > MOST_SUMS_IN_A_BLOCK:
        yield from (sums, *words)
    else:
        left = words
        height = sums.wrap(SUMS_WIDTH, 0)[1]
        for block in blocks(abreast=False):
            if _height([*left, *block], WIDTH - SUMS_WIDTH - GUTTER) > height:
                break
            left = [*left, *block]
            beside += 1
        yield _beside(left, sums)
    yield from chain.from_iterable(islice(blocks(abreast=True), beside, None))
    for section in closing:
        yield Spacer(0, look.gap * 0.8)
        yield _beside_room(_section(section, look))


def _beside_room(block: list[Flowable]) -> Table:
    """A block that leaves a square free, and never less."""
    commands: TableCommands = [*FLUSH, ("RIGHTPADDING", (0, 0), (0, 0), GUTTER)]
    return Table([[block, Spacer(ROOM, ROOM)]], colWidths=[WIDTH - ROOM, ROOM], style=commands)


def _words(text: str, look: Look) -> list[Flowable]:
    """The total in words; nothing where the document does not tell it."""
    if not text:
        return []
    return [Paragraph(markup(_("Total in words")), look.small_heading), Paragraph(markup(text), look.words)]


def _height(flowables: Sequence[Flowable], width: float) -> float:
    """Of a column; what parts two of its flowables is the larger of the space after one and before the other."""
    height = after = 0.0
    for flowable in flowables:
        height += max(after, flowable.getSpaceBefore()) + flowable.wrap(width, 0)[1]
        after = flowable.getSpaceAfter()
    return height


def _beside(left: list[Flowable], right: Flowable) -> Table:
    look: TableCommands = [*FLUSH, ("RIGHTPADDING", (0, 0), (0, 0), GUTTER)]
    return Table([[left, right]], colWidths=[WIDTH - SUMS_WIDTH, SUMS_WIDTH], style=look)


def _sums(totals: Sequence[Total], look: Look) -> Flowable:
    if not totals:
        return Spacer(0, 0)
    size = look.text.fontSize
    commands: TableCommands = [
        ("FONT", (0, 0), (-1, -1), REGULAR, size, size * 1.25),
        ("TEXTCOLOR", (0, 0), (0, -1), MUTED),
        ("TEXTCOLOR", (1, 0), (1, -1), INK),
        ("ALIGN", (1, 0), (1, -1), "RIGHT"),
        ("TOPPADDING", (0, 0), (-1, -1), look.row * 0.44),
        ("BOTTOMPADDING", (0, 0), (-1, -1), look.row * 0.56),
    ]
    for i, total in enumerate(totals):
        if total.is_total:
            commands += [
                ("FONT", (0, i), (-1, i), BOLD, look.total, look.total * 1.25),
                ("TEXTCOLOR", (0, i), (-1, i), white),
                ("BACKGROUND", (0, i), (-1, i), ACCENT),
                ("TOPPADDING", (0, i), (-1, i), 2 + look.row * 0.44),
                ("BOTTOMPADDING", (0, i), (-1, i), 3 + look.row * 0.56),
            ]
    figures = max(SUMS_FIGURES, *(stringWidth(total.amount, BOLD, look.total) + 14 for total in totals))
    labels = SUMS_WIDTH - figures
    rows = [[cell(total.label, labels - 12, look.text), _amount(total, figures - 12, look)] for total in totals]
    return Table(rows, colWidths=[labels, figures], style=commands, hAlign="RIGHT")


def _amount(total: Total, width: float, look: Look) -> str | Paragraph:
    """An amount at the right; a paragraph where its currency's sign needs the wide font."""
    size, ink = (look.total, white) if total.is_total else (look.text.fontSize, INK)
    font = style(size, bold=total.is_total, alignment=TA_RIGHT, textColor=ink)
    return cell(total.amount, width, font)


def _blocks(
    presentation: Presentation, look: Look, sections: Sequence[Section], *, abreast: bool
) -> Iterator[list[Flowable]]:
    """Sections and notes, each under its heading; `abreast` gives short facts two columns of the whole width."""
    for section in sections:
        yield _section(section, look, abreast=abreast)
    if presentation.readable.notes:
        yield headed(_("Notes"), [Paragraph(markup(presentation.readable.notes), look.text)], look)


def _section(section: Section, look: Look, *, abreast: bool = False) -> list[Flowable]:
    rows: list[Flowable] = [Paragraph(row_of(row), look.text) for row in section.rows]
    if abreast and len(rows) > 2 and all(len(row) == 1 and _is_short(row) for row in section.rows):
        rows = [_two_columns(rows)]
    return headed(section.heading, rows, look)


def _is_short(row: Sequence[Field]) -> bool:
    return sum(len(field.label) + len(field.value) for field in row) <= LONGEST_ABREAST


def _two_columns(facts: Sequence[Flowable]) -> Table:
    """Read from left to right: an appendix, for one."""
    commands: TableCommands = [*FLUSH, ("RIGHTPADDING", (0, 0), (0, -1), GUTTER)]
    pairs = [[facts[i], facts[i + 1] if i + 1 < len(facts) else ""] for i in range(0, len(facts), 2)]
    return Table(pairs, colWidths=[(WIDTH + GUTTER) / 2, (WIDTH - GUTTER) / 2], style=commands)

"""The table of a document's lines on letter paper: columns as wide as their figures, headings on every page."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import LongTable

from documents.paper import BOLD, INK, LINE, MUTED, REGULAR, TableCommands, cell, style
from documents.presentation import DASH, Line

LEADING = 1.25
CELL_PADDING = 2.5
HEAD_SIZE = 7.0
SIZES = (7.5, 7.0, 6.5, 6.0, 5.5)  # the first at which the description keeps its room is taken
NARROWEST_DESCRIPTION = 118.0
WIDEST_TEXT = 62.0  # of unit and code; longer ones wrap
TEXT_COLUMNS = frozenset({2, 3, 4})
DESCRIPTION = 4


def table(lines: Sequence[Line], width: float, *, largest: float, spare: float) -> LongTable:
    """The lines within `width` points; goes on over as many pages as it takes.

    The type is `largest` points or smaller, and a row is `spare` points higher than its text.
    """
    headings = (
        _("No."),
        _("Quantity"),
        _("Unit"),
        _("Code"),
        _("Description"),
        _("Unit price"),
        _("Discount"),
        _("Other amounts"),
        _("Sales not subject"),
        _("Exempt sales"),
        _("Taxed sales"),
    )
    rows = [cells(line) for line in lines]
    size, widths = measure(headings, rows, width, largest=largest)
    inner = [column - 2 * CELL_PADDING for column in widths]
    head = ["\n".join(simpleSplit(text, BOLD, HEAD_SIZE, room)) for text, room in zip(headings, inner, strict=True)]
    texts = style(size, leading=size * LEADING)
    figures = style(size, leading=size * LEADING, alignment=TA_RIGHT)
    looks = [texts if i in TEXT_COLUMNS else figures for i in range(len(headings))]
    body = [[cell(text, room, look) for text, room, look in zip(row, inner, looks, strict=True)] for row in rows]
    return LongTable([head, *body], colWidths=widths, repeatRows=1, splitInRow=1, style=_commands(size, spare))


def cells(line: Line) -> tuple[str, ...]:
    """The texts of one row, in the order of the headings."""
    return (
        line.number,
        line.quantity,
        line.unit,
        line.code or DASH,
        line.description,
        line.price,
        line.discount,
        line.not_taxed,
        line.not_subject,
        line.exempt,
        line.taxed,
    )


def measure(
    headings: Sequence[str], rows: Sequence[Sequence[str]], width: float, *, largest: float = SIZES[0]
) -> tuple[float, list[float]]:
    """Font size and column widths in points: every figure on one line, the description takes the rest.

    Where even the smallest size leaves the description too little, the other columns shrink and their texts wrap.
    """
    columns = [{row[i] for row in rows} if i != DESCRIPTION else set() for i in range(len(headings))]
    for size in (size for size in SIZES if size <= largest):
        widths = [_natural(heading, column, size) for heading, column in zip(headings, columns, strict=True)]
        for i in TEXT_COLUMNS:
            widths[i] = min(widths[i], WIDEST_TEXT)
        others = sum(widths) - widths[DESCRIPTION]
        if others + NARROWEST_DESCRIPTION <= width:
            widths[DESCRIPTION] = width - others
            return size, widths
    scale = (width - NARROWEST_DESCRIPTION) / others
    widths = [column * scale for column in widths]
    widths[DESCRIPTION] = NARROWEST_DESCRIPTION
    return size, widths


def _natural(heading: str, texts: set[str], size: float) -> float:
    """The width at which no text of a column and no word of its heading breaks."""
    words = (stringWidth(word, BOLD, HEAD_SIZE) for word in heading.split())
    return max(0.0, *words, *(stringWidth(text, REGULAR, size) for text in texts)) + 2 * CELL_PADDING + 0.5


def _commands(size: float, spare: float) -> TableCommands:
    return [
        ("FONT", (0, 0), (-1, 0), BOLD, HEAD_SIZE, 8),
        ("TEXTCOLOR", (0, 0), (-1, 0), MUTED),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("LINEBELOW", (0, 0), (-1, 0), 1, INK),
        ("FONT", (0, 1), (-1, -1), REGULAR, size, size * LEADING),
        ("TEXTCOLOR", (0, 1), (-1, -1), INK),
        ("VALIGN", (0, 1), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 1), (-1, -1), 0.4, LINE),
        ("ALIGN", (0, 0), (1, -1), "RIGHT"),
        ("ALIGN", (2, 0), (4, -1), "LEFT"),
        ("ALIGN", (5, 0), (-1, -1), "RIGHT"),
        ("LEFTPADDING", (0, 0), (-1, -1), CELL_PADDING),
        ("RIGHTPADDING", (0, 0), (-1, -1), CELL_PADDING),
        ("TOPPADDING", (0, 0), (-1, -1), spare * 0.4),
        ("BOTTOMPADDING", (0, 0), (-1, -1), spare * 0.6),
    ]

"""The table of a document's lines on letter paper: columns as wide as their figures, headings on every page."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import LongTable, Paragraph

from documents.detail import Detail, Heading, Line
from documents.letter import hexadecimal
from documents.paper import BOLD, INK, LINE, MUTED, REGULAR, TableCommands, cell, markup, style
from documents.presentation import DASH
from hacienda.readable import Role

LEADING = 1.25
CELL_PADDING = 2.5
HEAD_SIZE = 7.0
SIZES = (7.5, 7.0, 6.5, 6.0, 5.5)  # the first at which the description keeps its room is taken
NARROWEST_DESCRIPTION = 118.0
WIDEST_TEXT = 62.0  # of unit, code and details; longer ones wrap
REMARKS_SIZE = 0.92  # of the text that they stand below


def table(detail: Detail, width: float, *, largest: float, spare: float) -> LongTable:
    """The lines within `width` points; goes on over as many pages as it takes.

    The type is `largest` points or smaller, and a row is `spare` points higher than its text.
    """
    rows = [cells(detail.columns, line) for line in detail.lines]
    size, widths = measure(detail.columns, rows, width, largest=largest)
    inner = [column - 2 * CELL_PADDING for column in widths]
    head = [
        "\n".join(simpleSplit(column.label, BOLD, HEAD_SIZE, room))
        for column, room in zip(detail.columns, inner, strict=True)
    ]
    texts = style(size, leading=size * LEADING)
    figures = style(size, leading=size * LEADING, alignment=TA_RIGHT)
    looks = [figures if column.role.is_figure else texts for column in detail.columns]
    body: list[list[str | Paragraph]] = [
        [cell(text, room, look) for text, room, look in zip(row, inner, looks, strict=True)] for row in rows
    ]
    main = _main(detail.columns)
    for line, row in zip(detail.lines, body, strict=True):
        if line.remarks:
            row[main] = Paragraph(_with_remarks(line, size), texts)
    commands = _commands(detail.columns, size, spare)
    return LongTable([head, *body], colWidths=widths, repeatRows=1, splitInRow=1, style=commands)


def cells(columns: Sequence[Heading], line: Line) -> tuple[str, ...]:
    """The texts of one row, in the order of the headings; a dash for a code or detail that is not there."""
    return tuple(
        text or (DASH if column.role in (Role.CODE, Role.DETAIL) else "")
        for column, text in zip(columns, line.cells, strict=True)
    )


def _main(columns: Sequence[Heading]) -> int:
    return next(i for i, column in enumerate(columns) if column.role is Role.MAIN)


def _with_remarks(line: Line, size: float) -> str:
    """Markup of the main text and, below it, of what is remarked on it."""
    small, ink = f"{size * REMARKS_SIZE:.2f}", hexadecimal(MUTED)
    remarks = (f"{markup(remark.label)}: {markup(remark.value)}" for remark in line.remarks)
    return "<br/>".join([markup(line.main), *(f'<font size="{small}" color="{ink}">{one}</font>' for one in remarks)])


def measure(
    columns: Sequence[Heading], rows: Sequence[Sequence[str]], width: float, *, largest: float = SIZES[0]
) -> tuple[float, list[float]]:
    """Font size and column widths in points: every figure on one line, the main text takes the rest.

    Where even the smallest size leaves the main text too little, the other columns shrink and their texts wrap.
    """
    main = _main(columns)
    texts: list[set[str]] = [{row[i] for row in rows} if i != main else set() for i in range(len(columns))]
    for size in (size for size in SIZES if size <= largest):
        widths = [_natural(column.label, each, size) for column, each in zip(columns, texts, strict=True)]
        for i, column in enumerate(columns):
            if not column.role.is_figure:
                widths[i] = min(widths[i], WIDEST_TEXT)
        others = sum(widths) - widths[main]
        if others + NARROWEST_DESCRIPTION <= width:
            widths[main] = width - others
            return size, widths
    scale = (width - NARROWEST_DESCRIPTION) / others
    widths = [column * scale for column in widths]
    widths[main] = NARROWEST_DESCRIPTION
    return size, widths


def _natural(heading: str, texts: set[str], size: float) -> float:
    """The width at which no text of a column and no word of its heading breaks."""
    words = (stringWidth(word, BOLD, HEAD_SIZE) for word in heading.split())
    return max(0.0, *words, *(stringWidth(text, REGULAR, size) for text in texts)) + 2 * CELL_PADDING + 0.5


def _commands(columns: Sequence[Heading], size: float, spare: float) -> TableCommands:
    aligned = [
        ("ALIGN", (i, 0), (i, -1), "RIGHT" if column.role.is_figure else "LEFT") for i, column in enumerate(columns)
    ]
    return [
        ("FONT", (0, 0), (-1, 0), BOLD, HEAD_SIZE, 8),
        ("TEXTCOLOR", (0, 0), (-1, 0), MUTED),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("LINEBELOW", (0, 0), (-1, 0), 1, INK),
        ("FONT", (0, 1), (-1, -1), REGULAR, size, size * LEADING),
        ("TEXTCOLOR", (0, 1), (-1, -1), INK),
        ("VALIGN", (0, 1), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 1), (-1, -1), 0.4, LINE),
        *aligned,
        ("LEFTPADDING", (0, 0), (-1, -1), CELL_PADDING),
        ("RIGHTPADDING", (0, 0), (-1, -1), CELL_PADDING),
        ("TOPPADDING", (0, 0), (-1, -1), spare * 0.4),
        ("BOTTOMPADDING", (0, 0), (-1, -1), spare * 0.6),
    ]

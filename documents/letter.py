"""The type of a letter sheet: an ordinary look, a compact one for what would go over by a little, and its blocks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reportlab.lib.colors import Color
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable, Paragraph, Table

from documents.paper import ACCENT, INK, MUTED, REGULAR, TableCommands, cell, clean, is_western, markup, style
from documents.presentation import DASH
from hacienda.readable import Field

PAGE_WIDTH, PAGE_HEIGHT = letter
MARGIN = 36.0
WIDTH = PAGE_WIDTH - 2 * MARGIN
CAPTION = style(7, textColor=MUTED, alignment=TA_CENTER, leading=8.5)
SEPARATOR = " &nbsp;·&nbsp; "
SEPARATOR_WIDTH = 14.0

FLUSH: TableCommands = [
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 0),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
]


@dataclass(frozen=True)
class Look:
    """Sizes in points. `gap` parts the blocks, `row` is what a row has over its text, `lines` the table's type."""

    text: ParagraphStyle
    label: ParagraphStyle
    eyebrow: ParagraphStyle
    title: ParagraphStyle
    issuer: ParagraphStyle
    heading: ParagraphStyle
    small_heading: ParagraphStyle
    party: ParagraphStyle
    words: ParagraphStyle
    standing: float
    total: float
    top: float
    bottom: float
    gap: float
    row: float
    code: float
    label_width: float
    lines: float


def _look(size: float, leading: float, *, title: float, gap: float, **sizes: float) -> Look:
    return Look(
        text=style(size, leading=leading),
        label=style(size, leading=leading, textColor=MUTED),
        eyebrow=style(7.5, bold=True, textColor=ACCENT),
        title=style(title, bold=True, leading=title * 1.2),
        issuer=style(title * 0.6, leading=title * 0.78),
        heading=style(
            7.5, bold=True, textColor=ACCENT, leading=leading, spaceBefore=gap * 0.8, spaceAfter=1, keepWithNext=1
        ),
        small_heading=style(7.5, bold=True, textColor=ACCENT, leading=leading),
        party=style(size * 1.2, bold=True, leading=leading * 1.15, spaceAfter=gap * 0.2),
        words=style(size * 1.1, leading=leading * 1.1),
        gap=gap,
        **sizes,
    )


ROOMY = _look(
    8,
    11,
    title=19,
    gap=10,
    standing=11,
    total=11,
    top=34,
    bottom=42,
    row=4.5,
    code=104,
    label_width=118,
    lines=7.5,
)
COMPACT = _look(
    7.2,
    8.7,
    title=15,
    gap=4,
    standing=9,
    total=10,
    top=24,
    bottom=40,
    row=1.6,
    code=88,
    label_width=104,
    lines=7,
)


def grid(rows: Sequence[tuple[str, str | Flowable]], width: float, look: Look) -> Table:
    """Labels beside values, one row each."""
    commands: TableCommands = [
        *FLUSH,
        ("FONT", (0, 0), (-1, -1), REGULAR, look.text.fontSize, look.text.leading),
        ("TEXTCOLOR", (0, 0), (0, -1), MUTED),
        ("TEXTCOLOR", (1, 0), (1, -1), INK),
        ("BOTTOMPADDING", (0, 0), (-1, -1), look.row / 3),
    ]
    labelled = [[cell(label, look.label_width - 8, look.label), value] for label, value in rows]
    return Table(labelled, colWidths=[look.label_width, width - look.label_width], style=commands, hAlign="LEFT")


def facts(fields: Sequence[Field], width: float, look: Look) -> Table:
    """`grid` of fields."""
    room = width - look.label_width
    return grid([(field.label, cell(field.value, room, look.text)) for field in fields], width, look)


def labelled(field: Field) -> str:
    """Markup of a label that runs into its value."""
    return f'<font color="{hexadecimal(MUTED)}">{markup(field.label)}</font>&nbsp; {markup(field.value) or DASH}'


def row_of(fields: Iterable[Field]) -> str:
    """Markup of fields one after the other."""
    return SEPARATOR.join(labelled(field) for field in fields)


def rows_within(fields: Sequence[Field], width: float, look: Look) -> Iterator[str]:
    """Markup of rows: short neighbours share one of `width` points, what needs several lines has them to itself."""
    row: list[Field] = []
    used = 0.0
    for field in fields:
        needed = _width(field, look)
        if row and used + SEPARATOR_WIDTH + needed > width:
            yield row_of(row)
            row, used = [], 0.0
        used += needed + (SEPARATOR_WIDTH if row else 0.0)
        row.append(field)
    if row:
        yield row_of(row)


def _width(field: Field, look: Look) -> float:
    """How wide a field is in one line; without end where Helvetica has not all of its letters."""
    text = clean(f"{field.label}   {field.value or DASH}")
    return stringWidth(text, REGULAR, look.text.fontSize) if is_western(text) else math.inf


def hexadecimal(colour: Color) -> str:
    """#rrggbb"""
    return f"#{colour.hexval()[2:]}"


def headed(heading: str, content: Sequence[Flowable], look: Look) -> list[Flowable]:
    """A heading that stays with what it heads."""
    return [Paragraph(markup(heading), look.heading), *content]

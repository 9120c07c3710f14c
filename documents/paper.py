"""What the PDF and the ticket have in common: ink, fonts for any writing, and the QR as vectors."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, Literal
from xml.sax.saxutils import escape

from reportlab import rl_config
from reportlab.lib.colors import Color, HexColor, black, white
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph

from documents import qr

# Streams stay binary: writing them as ASCII as well would cost a tenth of the time and a fifth of the size.
rl_config.useA85 = 0

INK = HexColor("#0f172a")
MUTED = HexColor("#475569")
LINE = HexColor("#cbd5e1")
ACCENT = HexColor("#0f766e")
TONES: dict[str, tuple[Color, Color]] = {  # ink and tint of a state
    "ok": (HexColor("#15803d"), HexColor("#f0fdf4")),
    "warn": (HexColor("#b45309"), HexColor("#fffbeb")),
    "bad": (HexColor("#b91c1c"), HexColor("#fef2f2")),
    "quiet": (HexColor("#475569"), HexColor("#f8fafc")),
}

TableCommands = list[Any]  # reportlab's: a name, two corners, then what the name needs

REGULAR = "Helvetica"
BOLD = "Helvetica-Bold"
MONO = "Courier"
# Helvetica is in every reader and costs nothing, but knows Western European letters only. Whatever else a merchant
# writes is set in DejaVu Sans, embedded; a character that not even DejaVu has is drawn as its empty box.
WIDE = "DejaVuSans"
WIDE_FILE = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"


@lru_cache(maxsize=1)
def _register_wide_font() -> None:
    pdfmetrics.registerFont(TTFont(WIDE, str(WIDE_FILE)))


def clean(text: str) -> str:
    """`text` without what has no glyph: controls, joiners and variation selectors; line breaks become spaces."""
    if text.isprintable() and is_western(text):
        return text
    kept = (" " if char in "\n\r\t" else char for char in text)
    return "".join(char for char in kept if unicodedata.category(char)[0] != "C" and not _is_selector(char))


def _is_selector(char: str) -> bool:
    return 0xFE00 <= ord(char) <= 0xFE0F or 0xE0100 <= ord(char) <= 0xE01EF


def is_western(text: str) -> bool:
    """Whether Helvetica can set `text`."""
    if text.isascii():
        return True
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def markup(text: str) -> str:
    """`text` for a paragraph: escaped, and with the runs that Helvetica lacks set in the wide font."""
    text = clean(text)
    if is_western(text):
        return escape(text)
    _register_wide_font()
    runs = ((western, escape("".join(chars))) for western, chars in groupby(text, is_western))
    return "".join(run if western else f'<font name="{WIDE}">{run}</font>' for western, run in runs)


def style(size: float, *, bold: bool = False, leading: float | None = None, **attributes: Any) -> ParagraphStyle:
    """A paragraph style of our fonts; long words break rather than leave their column."""
    attributes = {"textColor": INK, "splitLongWords": 1, **attributes}
    return ParagraphStyle(
        "text",
        fontName=BOLD if bold else REGULAR,
        fontSize=size,
        leading=leading or size * 1.25,
        **attributes,
    )


def cell(text: str, width: float, look: ParagraphStyle) -> str | Paragraph:
    """The lightest thing that prints `text` within `width` in a table whose font is that of `look`.

    A plain string of as many lines as it takes; a paragraph where a word must break or another font is needed.
    """
    text = clean(text)
    if not is_western(text):
        return Paragraph(markup(text), look)
    if pdfmetrics.stringWidth(text, look.fontName, look.fontSize) <= width:
        return text
    lines = simpleSplit(text, look.fontName, look.fontSize, width)
    if any(pdfmetrics.stringWidth(line, look.fontName, look.fontSize) > width for line in lines):
        return Paragraph(markup(text), look)
    return "\n".join(lines)


class Code(Flowable):
    """A QR of `side` points, drawn as one filled path; the quiet zone is part of the side."""

    def __init__(self, text: str, side: float, align: Literal["LEFT", "CENTER", "RIGHT"] = "LEFT") -> None:
        super().__init__()
        self.symbol = qr.symbol(text)
        self.text = text
        self.width = self.height = side
        self.hAlign = align

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        canvas: Canvas = self.canv
        module = self.width / self.symbol.size
        path = canvas.beginPath()
        for run in self.symbol.runs:
            # A hair taller and wider, so that no reader shows seams between neighbours.
            path.rect(run.x * module, self.height - (run.y + 1) * module, run.width * module + 0.02, module + 0.02)
        canvas.saveState()
        canvas.setFillColor(white)
        canvas.rect(0, 0, self.width, self.height, stroke=0, fill=1)
        canvas.setFillColor(black)
        canvas.drawPath(path, stroke=0, fill=1)
        canvas.restoreState()
        canvas.linkURL(self.text, (0, 0, self.width, self.height), relative=1)

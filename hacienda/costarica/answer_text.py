"""What an answer of Hacienda says (`DetalleMensaje`), taken apart for people.

A sentence, then a heading and a row for each remark: a code, the text in doubled quotes, line and column in the
document, zero where that means nothing. The rows of a rejection stand in square brackets; those of an acceptance are
notices. No list of the codes is published, so that they are kept as they came.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 100_000  # characters that are read of an answer

_ROW: Final = re.compile(r"^[ \t]*\[?[ \t]*(-?[0-9]{1,6})[ \t]*,", re.MULTILINE)
_PLACE: Final = re.compile(r"(?P<text>.*),\s*(?P<line>[0-9]{1,9})\s*,\s*(?P<column>[0-9]{1,9})", re.DOTALL)
_HEADING: Final = re.compile(r"c[oó]digo\s*,\s*mensaje\s*,\s*fila\s*,\s*columna", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Remark:
    """One row; `line` and `column` are 0 where no place is meant."""

    code: str
    text: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = f" (fila {self.line}, columna {self.column})" if self.line or self.column else ""
        return f"{self.code}: {self.text}{place}"


@dataclass(frozen=True, slots=True)
class AnswerText:
    """`message` is the sentence, empty where the answer has rows alone."""

    message: str
    remarks: tuple[Remark, ...] = ()

    @property
    def observations(self) -> tuple[str, ...]:
        return tuple(str(remark) for remark in self.remarks)

    @property
    def code(self) -> str:
        """The code of the first remark, empty where there is none."""
        return self.remarks[0].code if self.remarks else ""


def read(detail: str) -> AnswerText:
    """The parts of a text. Nothing that is said is lost: what is no row in form is told as it stands."""
    text = detail[:LONGEST].replace("\r\n", "\n").replace("\r", "\n")
    rows = list(_ROW.finditer(text))
    bounds = [*(row.start() for row in rows), len(text)]
    return AnswerText(
        _sentence(_HEADING.sub(" ", text[: bounds[0]])),
        tuple(_remark(row[1], text[row.end() : end]) for row, end in zip(rows, bounds[1:], strict=True)),
    )


def _sentence(text: str) -> str:
    """A text in one line without the brackets around rows; empty where no word is in it."""
    words = " ".join(text.split()).removesuffix("]").removesuffix("[").strip()
    return words if re.search(r"\w", words) else ""


def _remark(code: str, rest: str) -> Remark:
    row = " ".join(rest.split()).removesuffix("]").strip()
    placed = _PLACE.fullmatch(row)
    if placed is None:
        return Remark(code, _unquoted(row))
    return Remark(code, _unquoted(placed["text"]), int(placed["line"]), int(placed["column"]))


def _unquoted(text: str) -> str:
    """Quotes that stand around a text taken off, doubled ones inside of it made single."""
    return re.sub('^"{1,2}|"{1,2}$', "", text.strip()).replace('""', '"').strip()

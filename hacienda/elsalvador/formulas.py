"""How every computed figure of a document follows from the others: formulas as data, evaluated exactly.

One text serves twice: it is shown to whoever asks where a cent comes from, and it is what is computed, so that the
explanation cannot differ from the arithmetic. Names are fields of Hacienda's document. In a line they mean that line,
in the summary the summary's own; `total(x)` adds up a field of all lines, `taxes()` the rows of `tributos` that count
(sections 1 and 2 of CAT-015), `bearing(c, x)` a field of the lines that list tax c, `services(x)` of those that are
not goods; capitals are a figure of the law.

The formulas stand in `formula_table`, those of v1.x in `earlier`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from hacienda.elsalvador.blocks import taxes
from hacienda.elsalvador.earlier.formulas import EARLIER
from hacienda.elsalvador.formula_table import NEWEST, TAX_ROWS, Formula, Formulas
from hacienda.elsalvador.rules import (
    ADVANCE_RATE,
    CARD_RATE,
    INCOME_TAX_RATE,
    VAT_FACTOR,
    VAT_RATE,
    WITHHOLDING_RATES,
)
from hacienda.elsalvador.writer import plain
from hacienda.money import CONTEXT, ZERO, quantise

Block = Mapping[str, Any]

LINES: Final = "cuerpoDocumento"
SUMMARY: Final = "resumen"

_NUMBERS: Final[Mapping[str, Decimal]] = MappingProxyType(
    {
        "VAT": VAT_RATE,
        "WITH_VAT": VAT_FACTOR,
        "ADVANCE": ADVANCE_RATE,
        "CARD_ADVANCE": CARD_RATE,
        "INCOME_TAX": INCOME_TAX_RATE,
        "EXPORT_VAT": ZERO,
        "TOURISM": taxes.SHARES["59"],
        "AIR_DEPARTURE": taxes.PER_UNIT["71"],
        "FOVIAL": taxes.PER_UNIT["D1"],
        "COTRANS": taxes.PER_UNIT["C8"],
    }
)
_GOODS: Final = 1  # CAT-011; what is goods and service at once counts as a service


@dataclass(frozen=True, slots=True)
class Step:
    """A formula applied: `numbers` is its text with the figures put in, `value` the exact result rounded."""

    path: tuple[str | int, ...]  # of the figure, in Hacienda's document
    formula: str
    numbers: str
    exact: Decimal
    value: Decimal
    printed: Decimal
    places: int


# (type, version) -> formulas of a line, formulas of the summary.
FORMULAS: Final[Formulas] = MappingProxyType({**NEWEST, **EARLIER})


def steps(document: Block) -> Iterator[Step]:
    """Every computed figure of the document with its formula, lines first; amounts must be `Decimal`.

    A figure that the document leaves out or null is passed over. Raises `KeyError` for a type without formulas.
    """
    identification = document["identificacion"]
    kind = str(identification.get("tipoDte") or identification["tipoEvento"]), int(identification["version"])
    of_line, of_summary = FORMULAS[kind]
    body = document[LINES]
    rows: list[Block] = body if isinstance(body, list) else [body]
    with localcontext(CONTEXT):
        for index, row in enumerate(rows):
            place = (LINES, index) if isinstance(body, list) else (LINES,)
            yield from _applied(of_line, row, rows, place)
        if SUMMARY in document:
            summary = document[SUMMARY]
            yield from _tax_rows(summary, rows)
            yield from _applied(of_summary, summary, rows, (SUMMARY,))


def _applied(
    formulas: tuple[Formula, ...], here: Block, rows: list[Block], place: tuple[str | int, ...]
) -> Iterator[Step]:
    for formula in formulas:
        printed = here.get(formula.field)
        if printed is None or not _concerns(formula, here):
            continue
        try:
            numbers, exact = _Evaluation(here, rows).of(_tree(formula.text))
        except _Unsaid:
            continue
        yield Step(
            path=(*place, formula.field),
            formula=formula.text,
            numbers=numbers,
            exact=exact,
            value=quantise(exact, formula.places),
            printed=Decimal(printed),
            places=formula.places,
        )


def _tax_rows(summary: Block, rows: list[Block]) -> Iterator[Step]:
    """The rows of `tributos` whose rate is laid down: from the lines as they are, rounded once."""
    for index, row in enumerate(summary.get("tributos") or ()):
        here = {name: summary.get(name) for name in ("descuGravada", "totalIva")} | {"valor": row["valor"]}
        yield from _applied(TAX_ROWS.get(row["codigo"], ()), here, rows, (SUMMARY, "tributos", index))


def _concerns(formula: Formula, here: Block) -> bool:
    if formula.unless and here.get(formula.unless):
        return False
    return not formula.only or bool(here.get(formula.only))


@cache
def _tree(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


class _Unsaid(Exception):
    """The law lays down no figure for this case: it was given, not computed."""


class _Evaluation:
    """One formula over one document: its text with numbers in it, and its exact value."""

    def __init__(self, here: Block, rows: list[Block]) -> None:
        self._here = here
        self._rows = rows

    def of(self, node: ast.expr) -> tuple[str, Decimal]:
        match node:
            case ast.BinOp(left=left, op=operator, right=right):
                return self._operation(left, operator, right)
            case ast.Name(id=name):
                amount = _NUMBERS.get(name)
                amount = self._amount(self._here, name) if amount is None else amount
                return plain(amount), amount
            case ast.Constant(value=int(number)):
                return str(number), Decimal(number)
            case ast.Call(func=ast.Name(id=function), args=given):
                return self._call(function, given)
        raise ValueError(f"no formula: {ast.dump(node)}")

    def _operation(self, left: ast.expr, operator: ast.operator, right: ast.expr) -> tuple[str, Decimal]:
        (text, one), (other_text, other) = self.of(left), self.of(right)
        if isinstance(operator, ast.Mult | ast.Div) and isinstance(left, ast.BinOp):
            text = f"({text})" if isinstance(left.op, ast.Add | ast.Sub) else text
        match operator:
            case ast.Add():
                return f"{text} + {other_text}", one + other
            case ast.Sub():
                return f"{text} - {other_text}", one - other
            case ast.Mult():
                return f"{text} * {other_text}", one * other
            case ast.Div():
                return f"{text} / {other_text}", one / other
        raise ValueError(f"no formula: {ast.dump(operator)}")

    def _call(self, function: str, given: list[ast.expr]) -> tuple[str, Decimal]:
        match function, given:
            case "total", [ast.Name(id=field)]:
                amount = sum((self._amount(row, field) for row in self._rows), ZERO)
            case "bearing", [code, ast.Name(id=field)]:
                bearing = (row for row in self._rows if ast.unparse(code) in (row.get("tributos") or ()))
                amount = sum((self._amount(row, field) for row in bearing), ZERO)
            case "services", [ast.Name(id=field)]:
                services = (row for row in self._rows if row.get("tipoItem") != _GOODS)
                amount = sum((self._amount(row, field) for row in services), ZERO)
            case "taxes", []:
                amount = self._taxes()
            case "withheld", [ast.Name(id=field)]:
                rate = WITHHOLDING_RATES.get(str(self._here[field]))
                if rate is None:
                    raise _Unsaid
                amount = rate
            case "least", [floor, inner]:
                text, amount = self.of(inner)
                return text, max(self.of(floor)[1], amount)
            case _:
                raise ValueError(f"no formula: {function}")
        return plain(amount), amount

    def _taxes(self) -> Decimal:
        return sum(
            (
                Decimal(row["valor"])
                for row in self._here.get("tributos") or ()
                if taxes.section(row["codigo"]) != taxes.INFORMATIVE
            ),
            ZERO,
        )

    @staticmethod
    def _amount(row: Block, field: str) -> Decimal:
        value = row.get(field)
        return ZERO if value is None else Decimal(value)

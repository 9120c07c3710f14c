"""Formulas over named figures, evaluated exactly.

One text serves twice: it is shown to whoever asks where a cent comes from, and it is what is computed, so that the
explanation cannot differ from the arithmetic. A name is a figure, or a list of figures that is added up; so is a call
such as `services(MontoTotal, taxed)`, which is looked up as it is written. `least(a, b)` is the smaller of two.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final

from hacienda.costarica.faults import plain
from hacienda.money import ZERO

Figures = Mapping[str, Decimal | Sequence[Decimal]]

_MOST_SHOWN: Final = 12  # of a list; a longer one is shown as its sum
_SUM, _PRODUCT, _ATOM = range(3)


@dataclass(frozen=True, slots=True)
class _Term:
    text: str
    amount: Decimal
    binding: int  # how firmly the text holds together

    def within(self, binding: int) -> str:
        return self.text if self.binding >= binding else f"({self.text})"


def evaluate(formula: str, figures: Figures) -> tuple[str, Decimal]:
    """The formula with figures in place of names, and what it comes to. A name without a figure is zero.

    Raises `ValueError` for what is no formula.
    """
    term = _of(_tree(formula), figures)
    return term.text, term.amount


@cache
def _tree(formula: str) -> ast.expr:
    return ast.parse(formula, mode="eval").body


def _of(node: ast.expr, figures: Figures) -> _Term:
    match node:
        case ast.Constant(value=int(number)):
            return _Term(str(number), Decimal(number), _ATOM)
        case ast.BinOp(left=left, op=operator, right=right):
            return _joined(_of(left, figures), operator, _of(right, figures))
        case ast.Call(func=ast.Name(id="least"), args=[one, other]):
            first, second = _of(one, figures), _of(other, figures)
            return _Term(f"least({first.text}, {second.text})", min(first.amount, second.amount), _ATOM)
        case ast.Name() | ast.Call() | ast.Attribute() | ast.Subscript():
            return _figure(figures.get(ast.unparse(node), ZERO))
    raise ValueError(f"no formula: {ast.dump(node)}")


def _figure(found: Decimal | Sequence[Decimal]) -> _Term:
    if isinstance(found, Decimal):
        return _Term(plain(found), found, _ATOM)
    amount = sum(found, ZERO)
    if not 1 < len(found) <= _MOST_SHOWN:
        return _Term(plain(amount), amount, _ATOM)
    return _Term(" + ".join(map(plain, found)), amount, _SUM)


def _joined(left: _Term, operator: ast.operator, right: _Term) -> _Term:
    match operator:
        case ast.Add():
            return _Term(f"{left.text} + {right.text}", left.amount + right.amount, _SUM)
        case ast.Sub():
            return _Term(f"{left.text} - {right.within(_PRODUCT)}", left.amount - right.amount, _SUM)
        case ast.Mult():
            text = f"{left.within(_PRODUCT)} * {right.within(_PRODUCT)}"
            return _Term(text, left.amount * right.amount, _PRODUCT)
        case ast.Div():
            text = f"{left.within(_PRODUCT)} / {right.within(_ATOM)}"
            return _Term(text, left.amount / right.amount, _PRODUCT)
    raise ValueError(f"no formula: {ast.dump(operator)}")

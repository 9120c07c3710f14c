"""How every computed figure of a document follows from the others: formulas as data, evaluated exactly.

One text serves twice: it is shown to whoever asks where a cent comes from, and it is what is computed, so that the
explanation cannot differ from the arithmetic. Names are fields of Hacienda's document. In a line they mean that line,
in the summary the summary's own; `total(x)` adds up a field of all lines, `taxes()` the rows of `tributos` that count
(sections 1 and 2 of CAT-015), `share(x)` is a figure of the law.

Sources: functional manual 2.0, Normativa 2.0 Annex IV; the formulas of DTE v1.x are those of the 2022 manual.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from hacienda.elsalvador import taxes
from hacienda.elsalvador.kinds import VAT
from hacienda.elsalvador.rules import ADVANCE_RATE, ITEM_PLACES, TOTAL_PLACES, VAT_FACTOR, VAT_RATE
from hacienda.elsalvador.writer import plain
from hacienda.money import CONTEXT, ZERO, quantise

Block = Mapping[str, Any]

LINES: Final = "cuerpoDocumento"
SUMMARY: Final = "resumen"

_NUMBERS: Final[Mapping[str, Decimal]] = MappingProxyType(
    {"VAT": VAT_RATE, "WITH_VAT": VAT_FACTOR, "ADVANCE": ADVANCE_RATE, "CARD_ADVANCE": Decimal("0.02")}
)
_WITHHELD: Final[Mapping[str, Decimal]] = MappingProxyType({"22": ADVANCE_RATE, "C4": VAT_RATE})  # CAT-006


@dataclass(frozen=True, slots=True)
class Formula:
    """One figure, at so many decimals.

    `only` names a field without which (absent, null or 0) it is not computed so, `unless` one with which it is not.
    """

    field: str
    text: str
    places: int
    only: str = ""
    unless: str = ""


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


def _line(field: str, text: str, only: str = "", places: int = ITEM_PLACES) -> Formula:
    return Formula(field, text, places, only)


def _sum(field: str, text: str, only: str = "", unless: str = "") -> Formula:
    return Formula(field, text, TOTAL_PLACES, only, unless)


def _sales(*fields: str, price: str = "precioUni") -> tuple[Formula, ...]:
    """The amount of a line in the class that it is sold in."""
    return tuple(_line(field, f"cantidad * {price} - montoDescu", field) for field in fields)


_CLASSES: Final = ("ventaNoSuj", "ventaExenta", "ventaGravada")
_CLASS_SUMS: Final = tuple(
    _sum(name, f"total({field})")
    for name, field in zip(("totalNoSuj", "totalExenta", "totalGravada"), _CLASSES, strict=True)
)
_SALES_SUM: Final = _sum("subTotalVentas", "totalNoSuj + totalExenta + totalGravada")
_ALL_DISCOUNTS: Final = _sum("totalDescu", "total(montoDescu) + descuNoSuj + descuExenta + descuGravada")
_SUBTOTAL: Final = _sum("subTotal", "subTotalVentas - descuNoSuj - descuExenta - descuGravada")
_NOT_TAXED: Final = _sum("totalNoGravado", "total(noGravado)")
_WITH_TAXES: Final = _sum("montoTotalOperacion", "subTotal + taxes()")
_PAYABLE: Final = "least(0, montoTotalOperacion{} - ivaRete + totalNoGravado)"
_INSIDE: Final = _line("ivaItem", "ventaGravada / WITH_VAT * VAT", "ventaGravada")
_ADVANCES: Final = (
    _sum("ivaPerci", "(totalGravada - descuGravada) * ADVANCE", "ivaPerci"),
    _sum("ivaRete", "(totalGravada - descuGravada) * ADVANCE", "ivaRete"),
)
_ADJUSTED: Final = "codigoRetencionMH"  # filled where a withholding is adjusted and not a sale
_ADJUSTMENT: Final = (
    *_CLASS_SUMS,
    _SALES_SUM,
    _sum("totalDescu", "total(montoDescu)"),
    _sum("ivaPerci", "total(ivaPerci)"),
    _sum("totalIva", "total(totalIva)"),
    _sum("ivaRete", "total(ivaRete)"),
    _NOT_TAXED,
    _sum("montoTotalOperacion", "subTotalVentas + taxes()"),
    _sum("totalPagar", _PAYABLE.format(" + ivaPerci"), unless=_ADJUSTED),
    _sum("totalPagar", "ivaRete + totalIva", only=_ADJUSTED),
)

# (type, version) -> formulas of a line, formulas of the summary.
FORMULAS: Final[Mapping[tuple[str, int], tuple[tuple[Formula, ...], tuple[Formula, ...]]]] = MappingProxyType(
    {
        ("01", 2): (
            (*_sales(*_CLASSES), _INSIDE),
            (
                *_CLASS_SUMS,
                _SALES_SUM,
                _ALL_DISCOUNTS,
                _SUBTOTAL,
                _sum("ivaRete", "(totalGravada - descuGravada) / WITH_VAT * ADVANCE", "ivaRete"),
                _WITH_TAXES,
                _NOT_TAXED,
                _sum("totalPagar", _PAYABLE.format("")),
                _sum("totalIva", "least(0, total(ivaItem) - descuGravada / WITH_VAT * VAT)"),
            ),
        ),
        ("03", 4): (
            _sales(*_CLASSES),
            (
                *_CLASS_SUMS,
                _SALES_SUM,
                _ALL_DISCOUNTS,
                _SUBTOTAL,
                *_ADVANCES,
                _WITH_TAXES,
                _NOT_TAXED,
                _sum("totalPagar", _PAYABLE.format(" + ivaPerci")),
            ),
        ),
        ("04", 4): (
            _sales(*_CLASSES),
            (*_CLASS_SUMS, _SALES_SUM, _ALL_DISCOUNTS, _SUBTOTAL, _WITH_TAXES),
        ),
        ("05", 4): (
            _sales(*_CLASSES),
            _ADJUSTMENT,
        ),
        ("06", 4): (
            _sales(*_CLASSES),
            _ADJUSTMENT,
        ),
        ("07", 2): (
            (_line("ivaRetenido", "montoSujetoGrav * withheld(codigoRetencionMH)", "rate", TOTAL_PLACES),),
            (
                _sum("totalSujetoRetencion", "total(montoSujetoGrav)"),
                _sum("totalIvaRetenido", "total(ivaRetenido)"),
            ),
        ),
        ("08", 2): (
            (_line("ivaItem", "ventaGravada * VAT", "ventaGravada"),),
            (
                *_CLASS_SUMS,
                _sum("exportacion", "total(exportaciones)"),
                _sum("subTotalVentas", "totalNoSuj + totalExenta + totalGravada + exportacion"),
                _sum("montoTotalOperacion", "subTotalVentas + taxes()"),
                _sum("total", "least(0, montoTotalOperacion + ivaPerci)"),
            ),
        ),
        ("09", 2): (
            (
                _line("subTotal", "valorOperaciones - montoSinPercepcion", "", TOTAL_PLACES),
                _line("montoSujetoPercepcion", "subTotal / WITH_VAT", "", TOTAL_PLACES),
                _line("iva", "montoSujetoPercepcion * VAT", "", TOTAL_PLACES),
                _line("ivaPercibido", "montoSujetoPercepcion * CARD_ADVANCE", "", TOTAL_PLACES),
                _line("ivaComision", "comision * VAT", "", TOTAL_PLACES),
                _line("liquidoApagar", "valorOperaciones - comision - ivaPercibido - ivaComision", "", TOTAL_PLACES),
            ),
            (),
        ),
        ("11", 3): (
            _sales("ventaGravada"),
            (
                _sum("totalGravada", "total(ventaGravada)"),
                _sum("totalDescu", "total(montoDescu) + descuGravada"),
                _sum("montoTotalOperacion", "totalGravada - descuGravada + seguro + flete"),
                _NOT_TAXED,
                _sum("totalPagar", "least(0, montoTotalOperacion + totalNoGravado)"),
            ),
        ),
        ("14", 2): (
            _sales("compra"),
            (
                _sum("totalCompra", "total(compra)"),
                _sum("totalDescu", "total(montoDescu) + descu"),
                _sum("subTotal", "totalCompra - descu"),
                _sum("totalPagar", "subTotal - reteRenta"),
            ),
        ),
        ("15", 2): (
            (_line("valor", "cantidad * valorUni - tipoDepreciacion"),),
            (_sum("valorTotal", "total(valor)"),),
        ),
        ("17", 1): (
            tuple(_line(field, "cantidad * precioUni", field) for field in _CLASSES),
            (
                *_CLASS_SUMS,
                _sum("subTotal", "totalNoSuj + totalExenta + totalGravada"),
                _sum("total", "subTotal + taxes()"),
            ),
        ),
        ("18", 1): (
            (*_sales(*_CLASSES, "compra"),),
            (
                *_CLASS_SUMS,
                _sum("totalCompraExcluidos", "total(compra)"),
                _sum("subTotalVentas", "totalNoSuj + totalExenta + totalGravada + totalCompraExcluidos"),
                _sum("totalSeguro", "total(seguro)"),
                _sum("totalFlete", "total(flete)"),
                _sum("montoTotalOperacion", "subTotalVentas + taxes() + totalSeguro + totalFlete"),
                _sum("ivaRete", "total(ivaRete)"),
                _sum("reteRenta", "total(reteRenta)"),
                _NOT_TAXED,
                _sum("totalPagar", "least(0, montoTotalOperacion - ivaRete - reteRenta + totalNoGravado)"),
                _sum("totalIva", "total(ivaItem)"),
            ),
        ),
    }
)


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
            yield from _vat(summary, rows)
            yield from _applied(of_summary, summary, rows, (SUMMARY,))


def _applied(
    formulas: tuple[Formula, ...], here: Block, rows: list[Block], place: tuple[str | int, ...]
) -> Iterator[Step]:
    for formula in formulas:
        printed = here.get(formula.field)
        if printed is None or not _concerns(formula, here):
            continue
        numbers, exact = _Evaluation(here, rows).of(_tree(formula.text))
        yield Step(
            path=(*place, formula.field),
            formula=formula.text,
            numbers=numbers,
            exact=exact,
            value=quantise(exact, formula.places),
            printed=Decimal(printed),
            places=formula.places,
        )


def _vat(summary: Block, rows: list[Block]) -> Iterator[Step]:
    """The row of `tributos` that is value added tax: from the lines as they are, rounded once."""
    for index, row in enumerate(summary.get("tributos") or ()):
        if row["codigo"] == VAT:
            here = {"descuGravada": summary.get("descuGravada"), "valor": row["valor"]}
            yield from _applied(_VAT_ROW, here, rows, (SUMMARY, "tributos", index))


_VAT_ROW: Final = (_sum("valor", "(total(ventaGravada) - descuGravada) * VAT"),)


def _concerns(formula: Formula, here: Block) -> bool:
    if formula.unless and here.get(formula.unless):
        return False
    if formula.only == "rate":
        return here.get("codigoRetencionMH") in _WITHHELD
    return not formula.only or bool(here.get(formula.only))


@cache
def _tree(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


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
            case "taxes", []:
                amount = self._taxes()
            case "withheld", [ast.Name(id=field)]:
                amount = _WITHHELD[str(self._here[field])]
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

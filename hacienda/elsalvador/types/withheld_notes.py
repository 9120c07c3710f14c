"""The figures of a note that adjusts a withholding (07) instead of a sale. Pure.

It sells nothing: every class is zero and each line carries what is adjusted, in `ivaRete`, or in `totalIva` where the
13 % was withheld. By the formula of a sale nothing would be left to pay; the only example there is pays the amount
that is adjusted, and so does this. No note of this kind was seen accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from hacienda.elsalvador import catalogs
from hacienda.elsalvador.blocks import fields
from hacienda.elsalvador.blocks.lines import ITEM_TYPES, OTHER_UNIT
from hacienda.elsalvador.blocks.words import in_words
from hacienda.elsalvador.case import Block, Case
from hacienda.elsalvador.rules import AMOUNT_LIMIT, TOTAL_PLACES
from hacienda.elsalvador.types.portions import Documents, Portion
from hacienda.money import ZERO, quantise
from hacienda.values import Totals

ONE_PERCENT: Final = "22"  # CAT-006
THIRTEEN_PERCENT: Final = "C4"
_ONE: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class Figures:
    """The rows of `cuerpoDocumento`, the amounts of `resumen`, the sums and the code of CAT-006."""

    rows: list[Block]
    sums: Block
    totals: Totals
    code: str


def figures(case: Case, picked: Sequence[Portion], documents: Documents) -> Figures | None:
    """What the portions come to; None where their amounts or codes do not go together."""
    code = _code(case, picked, documents)
    if code is None or not _are_amounts(case, picked):
        return None
    column = "totalIva" if code == THIRTEEN_PERCENT else "ivaRete"
    rows = [_row(one, number, column, case) for number, one in enumerate(picked, 1)]
    total = quantise(sum((one.amount for one in picked), ZERO), TOTAL_PLACES)
    if total >= AMOUNT_LIMIT:
        case.faults.add(("items",), "too_large", limit=AMOUNT_LIMIT)
        return None
    nothing = quantise(ZERO, TOTAL_PLACES)
    sums: Block = dict.fromkeys(
        (
            *("totalNoSuj", "totalExenta", "totalGravada", "subTotalVentas", "totalDescu", "montoTotalOperacion"),
            *("ivaPerci", "totalIva", "ivaRete", "totalNoGravado"),
        ),
        nothing,
    )
    sums |= {column: total, "tributos": None, "totalPagar": total, "totalLetras": in_words(total)}
    made = Totals(
        taxed=nothing,
        exempt=nothing,
        not_subject=nothing,
        not_taxed=nothing,
        discount=nothing,
        tax=nothing,
        other_taxes=nothing,
        withheld=nothing,
        perceived=nothing,
        total=total,
        payable=total,
        in_words=in_words(total),
    )
    return Figures(rows, sums, made, code)


def _code(case: Case, picked: Sequence[Portion], documents: Documents) -> str | None:
    """The code of what is adjusted: that of the lines, else that of their document; 1 % where nobody knows."""
    faults = case.faults
    given: dict[str, str] = {}
    for index, one in enumerate(case.draft.related):
        number = one.number.strip().upper() if one.electronic else one.number.strip()
        if documents.get(number) is None:
            code = fields.code(
                one.withholding or ONE_PERCENT, catalogs.VAT_WITHHOLDINGS, ("related", index, "withholding"), faults
            )
            given[number] = code or ONE_PERCENT
        elif one.withholding is not None:
            faults.add(("related", index, "withholding"), "follows_from_original")
    codes: set[str] = set()
    for portion in picked:
        if portion.source is not None and portion.source.withholding is not None:
            codes.add(portion.source.withholding)
        elif portion.document is not None:
            codes |= {line.withholding for line in portion.document.lines if line.withholding is not None}
        else:
            codes.add(given[portion.number])
    if len(codes) == 1:
        return codes.pop()
    faults.add(("items",), "withholding_codes_differ", codes=", ".join(sorted(codes)))
    return None


def _are_amounts(case: Case, picked: Sequence[Portion]) -> bool:
    """Whether the items say amounts and nothing that belongs to a sale."""
    before = len(case.faults)
    for index, item in enumerate(case.draft.items):
        if item.line is not None:
            continue
        if item.tax is not None:
            case.faults.add(("items", index, "tax"), "not_allowed")
        if item.quantity is not None and item.quantity != _ONE:
            case.faults.add(("items", index, "quantity"), "quantity_must_be_one")
        if item.price is not None:
            fields.amount(item.price, ("items", index, "price"), case.faults, places=TOTAL_PLACES, positive=True)
    return len(case.faults) == before


def _row(portion: Portion, number: int, column: str, case: Case) -> Block:
    row: Block = dict.fromkeys(case.kind.line_keys, ZERO)
    row |= {
        "numItem": number,
        "tipoItem": ITEM_TYPES["service"],
        "numeroDocumento": portion.number,
        "cantidad": _ONE,
        "codigo": portion.line.item.code,
        "codTributo": None,
        "uniMedida": OTHER_UNIT,
        "descripcion": portion.line.item.description,
        "tributos": None,
        column: portion.amount,
    }
    return row

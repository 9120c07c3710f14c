"""Special operations: an event in which a designated taxpayer reports what it issued on paper (schema fe-eop-v1).

Simplified sales invoices (CAT-023, 02) are reported by ranges, vouchers of internal control (97) by number. There is
no receiver. Values are without VAT, which stands in the summary alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from hacienda.drafts import Item, ItemKind, PaperRange, Taxation
from hacienda.elsalvador import catalogs
from hacienda.elsalvador.blocks import fields, lines, references
from hacienda.elsalvador.blocks.words import in_words
from hacienda.elsalvador.case import Block, Case, Composed
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.kinds import VAT
from hacienda.elsalvador.rules import AMOUNT_LIMIT, ITEM_PLACES, TOTAL_PLACES, VAT_RATE
from hacienda.money import ZERO, quantise
from hacienda.values import Path, PreparedItem, Totals

_SIMPLIFIED: Final = "02"
_ONE: Final = Decimal(1)
_OTHER_UNIT: Final = 99  # CAT-014 "Otra": papers are counted, not measured
_NUMBERED: Final = re.compile(r"(.*?)([0-9]+)")
_LONGEST_NUMBER: Final = 36
_COUNTED: Final = frozenset({"items", "prices_include_tax"})


@dataclass(frozen=True, slots=True)
class _Line:
    """A line, and the members of its row that name the paper documents."""

    item: PreparedItem
    paper: Block


def compose(case: Case) -> Composed | None:
    """The event without its identification; None where its amounts cannot be computed."""
    draft, faults = case.draft, case.faults
    emitter: Block = {
        "nit": fields.nit(case.issuer.tax_id, ("issuer", "tax_id"), faults),
        "nombre": fields.text(case.issuer.name, ("issuer", "name"), faults, longest=250),
    }
    if not draft.items:
        faults.add(("items",), "required")
    if len(draft.items) > case.kind.most_lines:
        faults.add(("items",), "too_many", maximum=case.kind.most_lines)
        return None
    rows = [_line(item, index, case) for index, item in enumerate(draft.items)]
    appendix = references.appendix_rows(draft.appendix, faults)
    found = tuple(row for row in rows if row is not None)
    if not found or len(found) < len(rows) or any(place[0] in _COUNTED for place in draft.unread):
        return None
    items = tuple(row.item for row in found)
    sums = _totals(items, faults)
    if sums is None:
        return None
    body: Block = {
        "emisor": emitter,
        "cuerpoDocumento": [_row(line, number) for number, line in enumerate(found, 1)],
        "resumen": _summary(sums, is_taxed=any(item.tax is Taxation.TAXED for item in items)),
        "apendice": appendix,
    }
    return Composed(body=body, totals=sums, items=items)


def _line(given: Item, index: int, case: Case) -> _Line | None:
    """One line; None where its papers are not named or its amount cannot be computed."""
    faults, here = case.faults, ("items", index)
    tax = given.tax or Taxation.TAXED
    if tax not in case.kind.classes:
        faults.add((*here, "tax"), "class_not_allowed", type=case.kind.code, value=tax.value)
    price = _price(given, tax, (*here, "price"), case)
    description = fields.text(given.description, (*here, "description"), faults, longest=1500, required=False)
    if given.paper is None:
        faults.add((*here, "paper"), "required")
        return None
    paper = _paper(given.paper, (*here, "paper"), case)
    quantity = _quantity(given.quantity, given.paper, (*here, "quantity"), faults)
    if price is None or quantity is None or tax not in case.kind.classes:
        return None
    amount = quantise(quantity * price, ITEM_PLACES)
    if not amount or amount >= AMOUNT_LIMIT:
        faults.add((*here, "price"), "too_large" if amount else "line_without_amount", limit=AMOUNT_LIMIT)
        return None
    name = catalogs.name(catalogs.SPECIAL_OPERATIONS, given.paper.type_code) or ""
    kind = ItemKind.BOTH.value  # papers of either
    item = PreparedItem(description or name, quantity, price, ZERO, amount, tax, kind, None, _OTHER_UNIT)
    return _Line(item, paper)


def _price(given: Item, tax: Taxation, here: Path, case: Case) -> Decimal | None:
    """What one of the documents is worth, without VAT."""
    if given.price is None:
        case.faults.add(here, "required")
        return None
    if not fields.amount(given.price, here, case.faults, places=ITEM_PLACES):
        return None
    if tax is not Taxation.TAXED:
        return given.price
    with_vat = lines.includes_vat(case.draft, case.kind)
    return lines.on_basis(given.price, with_vat=with_vat, kind=case.kind, places=ITEM_PLACES)


def _paper(paper: PaperRange, here: Path, case: Case) -> Block:
    """Which papers: a range of simplified sales invoices, or the number of another voucher."""
    faults = case.faults
    type_code = fields.code(paper.type_code, catalogs.SPECIAL_OPERATIONS, (*here, "type"), faults)
    by_range = type_code == _SIMPLIFIED
    if type_code is not None:
        for name in ("number",) if by_range else ("first", "last"):
            if not fields.blank(getattr(paper, name)):
                faults.add((*here, name), "not_allowed")
    number = first = last = None
    if by_range:
        first = fields.text(paper.first, (*here, "first"), faults, longest=_LONGEST_NUMBER)
        last = fields.text(paper.last, (*here, "last"), faults, longest=_LONGEST_NUMBER, required=False) or first
        held = _papers_in(paper)
        if held is not None and held < 1:
            faults.add((*here, "last"), "range_reversed")
    elif type_code is not None:
        number = fields.text(paper.number, (*here, "number"), faults, longest=_LONGEST_NUMBER)
    if paper.issued_on is None:
        faults.add((*here, "issued_on"), "required")
    elif paper.issued_on > case.day:
        faults.add((*here, "issued_on"), "paper_after_event")
    corrected = None
    if not fields.blank(paper.corrects):
        corrected = references.generation_code(paper.corrects, (*here, "corrects"), faults)
    return {
        "codigoGeneracionRef": corrected,
        "tipoDocumento": type_code,
        "numDocumento": number,
        "fechaEmision": paper.issued_on and paper.issued_on.isoformat(),
        "docDel": first,
        "docAl": last,
    }


def _papers_in(paper: PaperRange) -> int | None:
    """How many numbers a range holds, none or fewer where it is reversed; None where they cannot be counted."""
    first = (paper.first or "").strip()
    ends = [_NUMBERED.fullmatch(end) for end in (first, (paper.last or "").strip() or first)]
    if ends[0] is None or ends[1] is None or ends[0][1] != ends[1][1]:
        return None
    return int(ends[1][2]) - int(ends[0][2]) + 1


def _quantity(given: Decimal | None, paper: PaperRange, here: Path, faults: Faults) -> Decimal | None:
    """How many documents the line reports: as said, else all of the range; some of its numbers may be void."""
    held = _papers_in(paper) if paper.type_code == _SIMPLIFIED else None
    if given is None:
        if paper.type_code != _SIMPLIFIED:
            return _ONE
        if held is None:
            if not fields.blank(paper.first):
                faults.add(here, "required")
            return None
        return Decimal(held) if held >= 1 else None
    if not fields.amount(given, here, faults, places=ITEM_PLACES, positive=True):
        return None
    if given != given.to_integral_value():
        faults.add(here, "not_whole")
        return None
    if held is not None and 1 <= held < given:
        faults.add(here, "quantity_exceeds_range", count=held)
    return given


def _totals(items: tuple[PreparedItem, ...], faults: Faults) -> Totals | None:
    def of(tax: Taxation) -> Decimal:
        return sum((item.amount for item in items if item.tax is tax), ZERO)

    exempt, not_subject, taxed = (
        quantise(of(tax), TOTAL_PLACES) for tax in (Taxation.EXEMPT, Taxation.NOT_SUBJECT, Taxation.TAXED)
    )
    vat = quantise(of(Taxation.TAXED) * VAT_RATE, TOTAL_PLACES)
    total = taxed + exempt + not_subject + vat
    if total >= AMOUNT_LIMIT:
        faults.add(("items",), "too_large", limit=AMOUNT_LIMIT)
        return None
    nothing = quantise(ZERO, TOTAL_PLACES)
    return Totals(
        taxed=taxed,
        exempt=exempt,
        not_subject=not_subject,
        not_taxed=nothing,
        discount=nothing,
        tax=vat,
        other_taxes=nothing,
        withheld=nothing,
        perceived=nothing,
        total=total,
        payable=total,
        in_words=in_words(total),
    )


def _row(line: _Line, number: int) -> Block:
    """A row of `cuerpoDocumento`, in the schema's order."""
    item, paper = line.item, line.paper
    return {
        "numItem": number,
        "codigoGeneracionRef": paper["codigoGeneracionRef"],
        "tipoDocumento": paper["tipoDocumento"],
        "numDocumento": paper["numDocumento"],
        "fechaEmision": paper["fechaEmision"],
        "cantidad": int(item.quantity),
        "descripcion": item.description,
        "docDel": paper["docDel"],
        "docAl": paper["docAl"],
        "precioUni": item.price,
        "ventaNoSuj": item.amount if item.tax is Taxation.NOT_SUBJECT else ZERO,
        "ventaExenta": item.amount if item.tax is Taxation.EXEMPT else ZERO,
        "ventaGravada": item.amount if item.tax is Taxation.TAXED else ZERO,
        "tributos": [VAT] if item.tax is Taxation.TAXED else None,
    }


def _summary(sums: Totals, *, is_taxed: bool) -> Block:
    """`resumen`. A tax that a line lists has its row, even where it comes to nothing."""
    row = {"codigo": VAT, "descripcion": catalogs.name(catalogs.TAXES, VAT), "valor": sums.tax}
    return {
        "totalNoSuj": sums.not_subject,
        "totalExenta": sums.exempt,
        "totalGravada": sums.taxed,
        "subTotal": sums.taxed + sums.exempt + sums.not_subject,
        "tributos": [row] if is_taxed else None,
        "total": sums.total,
        "totalLetras": sums.in_words,
    }

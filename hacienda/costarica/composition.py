"""The parts of a document put together, and judged as a whole: sums, what is left to credit or to pay, structure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from hacienda.costarica import (
    charges,
    codes,
    fields,
    lines,
    notes,
    origins,
    parties,
    payments,
    receipts,
    references,
    structure,
    summary,
)
from hacienda.costarica.case import Block, Case
from hacienda.costarica.facts import AMOUNT_LIMIT, CURRENCY, PLACES
from hacienda.costarica.lines import Line
from hacienda.costarica.originals import Document
from hacienda.costarica.structure import CODE, TEXT
from hacienda.costarica.summary import Summary
from hacienda.drafts import Draft, Party
from hacienda.money import ZERO, quantise
from hacienda.values import Path, Prepared

# What the amount to pay comes from: where one of these cannot be read, no sum is judged.
_COUNTED: Final = frozenset({"items", "other_charges", "prices_include_tax", "related", "currency", "exchange_rate"})
_CENTS: Final = 2
_NOTES: Final = "obs"  # the issuer's own code under which its remarks stand
# Documents that can do without lines.
_WITHOUT_LINES: Final = frozenset({codes.INVOICE, codes.TICKET, codes.CREDIT_NOTE, codes.DEBIT_NOTE})
_REFERRING: Final = codes.NOTES | {codes.PAYMENT_RECEIPT}


def compose(given: Case, version: int) -> Prepared | None:
    """The document without its identification; None, with faults, where its amounts cannot be computed."""
    own = notes.own(given) if given.type_code in _REFERRING else None
    case, document = (given, None) if own is None else (given.of(_complete(given, own)), own[2])
    if document is None:
        for index, item in enumerate(case.draft.items):
            if item.line is not None and case.type_code in codes.NOTES:
                case.faults.add(("items", index, "line"), "line_without_original")
    body: Block = parties.head(case) | payments.head(case)
    made = receipts.build(case) if case.type_code == codes.PAYMENT_RECEIPT else lines.build(case)
    sound = [line for line in made if line is not None]
    places = [place for place, line in enumerate(made) if line is not None]
    rows = charges.rows(case, sum((line.subtotal for line in sound), ZERO))
    _check_lines(case, rows)
    _check_references(case, sound)
    sums = None
    if len(sound) == len(made) and not any(place[0] in _COUNTED for place in case.draft.unread):
        sums = summary.compute(case, sound, charges.total(rows))
        _check_sums(case, sums, sound, None if own is None else (own[0], own[2]))
    else:
        payments.are_sound(case.draft.payment, case.faults)
        summary.currency(case)
    body |= {
        "DetalleServicio": {"LineaDetalle": [line.block for line in sound]} if sound else None,
        "OtrosCargos": rows or None,
        "ResumenFactura": None if sums is None else sums.block,
        "InformacionReferencia": references.rows(case),
        "Otros": _others(case),
    }
    body = {name: value for name, value in body.items() if value is not None}
    _check_structure(case, body, places)
    if sums is None:
        return None
    return Prepared(
        type_code=case.type_code,
        version=version,
        totals=sums.totals,
        items=tuple(line.item for line in sound),
        body=body,
        customer=_customer(case, body),
        references=references.referred(case),
        currency=_foreign_currency(sums.block),
    )


def _foreign_currency(block: Block) -> str:
    """That of the sums; empty for colones."""
    named: Any = block["CodigoTipoMoneda"]
    code = str(named["CodigoMoneda"])
    return "" if code == CURRENCY else code


def _complete(case: Case, own: tuple[int, Any, Document]) -> Draft:
    index, related, document = own
    complete = receipts.complete if case.type_code == codes.PAYMENT_RECEIPT else notes.complete
    return complete(case, index, related, document)


def _check_lines(case: Case, rows: Sequence[Block]) -> None:
    """A document has lines, unless it is all charges of the kinds that stand alone."""
    draft = case.draft
    if draft.items or any(case.faults.has(("related", index)) for index in range(len(draft.related))):
        return  # or they would follow from a document that is told about already
    alone = bool(rows) and all(charge.type in codes.STANDING_ALONE for charge in draft.other_charges)
    if not (alone and case.type_code in _WITHOUT_LINES):
        case.faults.add(("items",), "lines_required" if case.type_code in _WITHOUT_LINES else "required")


def _check_references(case: Case, made: Sequence[Line]) -> None:
    """What lines say of the documents referred to, or those of the lines."""
    draft, faults = case.draft, case.faults
    if not draft.related and any(
        item.exemption is not None and item.exemption.type == codes.CONCRETE_EXEMPTION for item in draft.items
    ):
        faults.add(("related",), "reference_required")
    if case.type_code not in codes.NOTES:
        return
    is_old = bool(draft.related) and all(one.issued_on < codes.CABYS_SINCE for one in draft.related)
    if is_old or any(one.reference_code in codes.FINANCIAL for one in draft.related):
        return
    for index, line in enumerate(made):
        if line.cabys is None:
            faults.add(("items", index, "cabys"), "cabys_required")


def _check_sums(case: Case, sums: Summary, made: list[Line], own: tuple[int, Document] | None) -> None:
    payable = sums.totals.payable
    expected = case.draft.expected_total
    if expected is not None and not _is_expected(expected, payable):
        case.faults.add(("expected_total",), "expected_total_differs", expected=expected, payable=payable)
    if own is None:
        return
    index, document = own
    if case.type_code == codes.PAYMENT_RECEIPT:
        receipts.check_unpaid(case, document, made, payable)
    else:
        notes.check_left(case, document, index, made, payable)


def _is_expected(expected: Decimal, payable: Decimal) -> bool:
    """Whether they are the same in cents, or in as many decimals as the caller's figure has."""
    if not expected.is_finite() or expected.copy_abs() >= AMOUNT_LIMIT:
        return False
    places = next((few for few in range(_CENTS, PLACES) if quantise(expected, few) == expected), PLACES)
    return expected == quantise(payable, places)


def _check_structure(case: Case, body: Block, places: list[int]) -> None:
    """What the schemas would refuse, told where the caller said it; one fault for each place is enough."""
    for path, (code, params) in structure.problems(case.type_code, body):
        if path[0] in ("ResumenFactura", "DetalleServicio") and len(path) == 1:
            continue  # what is missing there was told already
        of_line = path[0] == "DetalleServicio" and len(path) > 2
        where = origins.place((*path[:2], places[int(path[2])], *path[3:]) if of_line else path, case.draft)
        if not _is_told(case, where):
            case.faults.add(where, code, **params)


def _is_told(case: Case, where: Path) -> bool:
    return any(case.faults.has(where[:depth]) for depth in range(1, len(where) + 1))


def _others(case: Case) -> Block | None:
    """Remarks and fields of the issuer's own."""
    draft = case.draft
    remark = fields.text(draft.notes)
    rows: list[object] = [] if remark is None else [{CODE: _NOTES, TEXT: remark}]
    for entry in draft.appendix:
        rows.append({CODE: fields.text(entry.field) or _NOTES, TEXT: fields.text(entry.value) or ""})
    return {"OtroTexto": rows} if rows else None


def _customer(case: Case, body: Block) -> Party | None:
    """The other side with the kind of its identification, as it was told or follows from its number."""
    party = case.draft.customer
    block: Any = body.get("Emisor" if case.type_code == codes.PURCHASE_INVOICE else "Receptor")
    if party is None or not block or not block.get("Identificacion"):
        return party
    return replace(party, tax_id=block["Identificacion"]["Numero"], id_type=block["Identificacion"]["Tipo"])

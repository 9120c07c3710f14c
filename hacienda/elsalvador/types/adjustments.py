"""Notes of credit and debit: they adjust a crédito fiscal or a withholding (functional manual 2.0, schemas v4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from hacienda.drafts import Draft, Taxation
from hacienda.elsalvador.blocks import fields, lines, parties, references, totals
from hacienda.elsalvador.blocks.references import RelatedDocuments
from hacienda.elsalvador.blocks.totals import Summary
from hacienda.elsalvador.blocks.words import in_words
from hacienda.elsalvador.case import Block, Case, Composed
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.kinds import CREDIT_NOTE, TAX_CREDIT, WITHHOLDING
from hacienda.elsalvador.rules import ADVANCE_RATE, ITEM_PLACES, TOTAL_PLACES
from hacienda.elsalvador.types import adjusted, balances, portions, residues, withheld_notes
from hacienda.elsalvador.types.originals import Sum
from hacienda.elsalvador.types.portions import Documents, Portion
from hacienda.money import ZERO, quantise
from hacienda.values import Totals

CASH: Final = 1  # CAT-016; a note has no payments, and every accepted one says this
# What the amounts come from: where one of these cannot be read, no sum is judged.
_COUNTED: Final = frozenset({"items", "related", "prices_include_tax", "vat_withheld", "vat_perceived"})
_NO_PLACE: Final = frozenset({"codEstable", "codPuntoVenta"})
_SHORTEST_FIELD, _SHORTEST_LABEL = 2, 3  # of the appendix: schemas fe-nc-v4 and fe-nd-v4
_FLAGS: Final = ("vat_withheld", "vat_perceived")


@dataclass(frozen=True, slots=True)
class _Printed:
    """What the lines and their sums make of a note."""

    rows: list[Block]
    sums: Block
    totals: Totals
    code: str | None  # of the withholding that is adjusted


def compose(case: Case) -> Composed | None:
    """The note without its identification; None where its amounts cannot be computed."""
    draft, faults = case.draft, case.faults
    if not draft.related:
        faults.add(("related",), "required")
    related = references.related_documents(draft.related, case.kind, case.day, faults)
    documents = adjusted.documents(draft.related)
    known = adjusted.known(documents)
    customer = adjusted.customer(draft.customer, known, faults)
    third_party = adjusted.third_party(case, known)
    adjusted.refuse_flags(case, known, _FLAGS)
    receiver = None if adjusted.is_unread(case, customer) else parties.identified_block(customer, faults)
    of_sale = any(one.type_code == TAX_CREDIT for one in draft.related)
    if receiver is not None and of_sale and receiver["tipoDocumento"] not in (None, fields.NIT):
        faults.add(("customer", "id_type"), "id_type_must_be_nit")
    body: Block = {
        "documentoRelacionado": related.rows,
        "emisor": {
            key: value
            for key, value in parties.issuer_block(case.issuer, faults).items()
            if key not in _NO_PLACE  # the control number says it
        },
        "receptor": receiver,
        "ventaTercero": references.third_party_block(third_party, case.issuer.tax_id, draft.related, faults),
    }
    texts = _texts(draft, faults)
    appendix = references.appendix_rows(draft.appendix, faults, shortest=(_SHORTEST_FIELD, _SHORTEST_LABEL))
    picked = _picked(case, related, documents)
    printed = None if picked is None else _printed(case, picked, documents)
    if picked is None or printed is None:
        return None
    body["cuerpoDocumento"] = printed.rows
    values = printed.sums | texts | {"condicionOperacion": CASH, "codigoRetencionMH": printed.code}
    body["resumen"] = {key: values[key] for key in case.kind.summary_keys}
    body["apendice"] = appendix
    return Composed(
        body=body,
        totals=printed.totals,
        items=tuple(one.line.item for one in picked),
        customer=customer,
        references=references.referred(draft.related, adjusts=True),
        third_party=third_party,
    )


def _texts(draft: Draft, faults: Faults) -> Block:
    return {
        "numPagoElectronico": fields.text(
            draft.electronic_payment_number, ("electronic_payment_number",), faults, longest=100, required=False
        ),
        "observaciones": fields.text(draft.notes, ("notes",), faults, longest=3000, required=False),
    }


def _picked(case: Case, related: RelatedDocuments, documents: Documents) -> tuple[Portion, ...] | None:
    """The lines of the note, within what is left of its originals."""
    takes_away = case.kind.code == CREDIT_NOTE
    picked = portions.Picking(case, related, documents, takes_away=takes_away).portions()
    if not picked or any(place[0] in _COUNTED for place in case.draft.unread):
        return None
    if takes_away:
        picked = balances.within(picked, case.faults, everything=not case.draft.items)
    return tuple(portions.finished(one, has_vat=False) for one in picked)


def _printed(case: Case, picked: Sequence[Portion], documents: Documents) -> _Printed | None:
    faults = case.faults
    if any(one.type_code == WITHHOLDING for one in case.draft.related):
        note = withheld_notes.figures(case, picked, documents)
        return None if note is None else _Printed(note.rows, note.sums, note.totals, note.code)
    if all(one.line.item.tax is Taxation.NOT_TAXED for one in picked):
        faults.add(("items",), "no_sale")
    made = tuple(one.line for one in picked)
    summary = totals.compute(made, case.draft, case.kind, faults)
    if summary is None:
        return None
    if case.kind.code == CREDIT_NOTE:
        summary = residues.taken(summary, picked, documents)
    withheld = _advances("ivaRete", case, picked, documents, by_hand=case.draft.vat_withheld)
    perceived = _advances("ivaPerci", case, picked, documents, by_hand=case.draft.vat_perceived)
    summary = _with_advances(summary, withheld, perceived)
    rows: list[Block] = []
    for number, (line, held, ahead) in enumerate(zip(made, withheld, perceived, strict=True), 1):
        row = lines.cells(line, number, case.kind)
        row |= {"ivaPerci": ahead, "totalIva": ZERO, "ivaRete": held}
        rows.append({key: row[key] for key in case.kind.line_keys})
    return _Printed(rows, _sums_of(summary), summary.totals(), None)


def _with_advances(summary: Summary, withheld: Sequence[Decimal], perceived: Sequence[Decimal]) -> Summary:
    """The sums with what is adjusted of withholding and perception, line by line."""
    less, more = (quantise(sum(each, ZERO), TOTAL_PLACES) for each in (withheld, perceived))
    payable = max(summary.total - less + more + summary.not_taxed, quantise(ZERO, TOTAL_PLACES))
    return replace(summary, withheld=less, perceived=more, payable=payable)


def _advances(
    name: str, case: Case, picked: Sequence[Portion], documents: Documents, *, by_hand: bool
) -> tuple[Decimal, ...]:
    """The 1 % of each line where its original withheld or perceived it; `by_hand` for originals that are not here."""
    takes_away = case.kind.code == CREDIT_NOTE
    found = [ZERO] * len(picked)
    for number, document in documents.items():
        places = [
            place for place, one in enumerate(picked) if one.number == number and one.line.item.tax is Taxation.TAXED
        ]
        if not places or not (by_hand if document is None else document.sums[name].whole):
            continue
        for place in places:
            found[place] = quantise(picked[place].amount * ADVANCE_RATE, ITEM_PLACES)
        if document is not None and takes_away:
            group = [picked[place] for place in places]
            _bring(found, places, document.sums[name], last=balances.closes(group, document, Taxation.TAXED))
    return tuple(found)


def _bring(amounts: list[Decimal], places: Sequence[int], known: Sum, *, last: bool) -> None:
    """Cents that are over go to the last line that can bear them."""
    due = sum((amounts[place] for place in places), ZERO)
    wanted = balances.share(known, due, last=last)
    if wanted == quantise(due, TOTAL_PLACES):
        return
    for place in reversed(places):
        if amounts[place] + wanted - due >= ZERO:
            amounts[place] += wanted - due
            return


def _sums_of(summary: Summary) -> Block:
    """The amounts of `resumen`, of either type."""
    tax_rows = [{"codigo": row.code, "descripcion": row.name, "valor": row.amount} for row in summary.rows]
    return {
        "totalNoSuj": summary.not_subject,
        "totalExenta": summary.exempt,
        "totalGravada": summary.taxed,
        "subTotalVentas": summary.sales,
        "totalDescu": summary.discount,
        "tributos": tax_rows or None,
        "montoTotalOperacion": summary.total,
        "ivaPerci": summary.perceived,
        "totalIva": ZERO,  # its VAT is row 20 of tributos; another figure here is rejected with 020
        "ivaRete": summary.withheld,
        "totalNoGravado": summary.not_taxed,
        "totalPagar": summary.payable,
        "totalLetras": in_words(summary.payable),
    }

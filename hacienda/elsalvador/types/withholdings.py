"""Withholding (07): the VAT that a buyer kept back, document by document of one supplier (schema 07 v2)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from hacienda.drafts import Original, Related, Taxation
from hacienda.elsalvador import catalogs
from hacienda.elsalvador.blocks import fields, parties, references
from hacienda.elsalvador.blocks.words import in_words
from hacienda.elsalvador.case import Block, Case, Composed
from hacienda.elsalvador.earlier.conversion import as_newest
from hacienda.elsalvador.kinds import EXCLUDED_SUBJECT
from hacienda.elsalvador.rules import AMOUNT_LIMIT, TOTAL_PLACES, USUAL_WITHHOLDING, VAT_RATE, WITHHOLDING_RATES
from hacienda.elsalvador.types import listed, receivers
from hacienda.money import ZERO, quantise
from hacienda.values import Path, PreparedItem, Reference, Totals

_NO_UNIT: Final = 99  # CAT-014 "Otra"
_ISSUER_KEYS: Final = (
    *("nit", "nrc", "nombre", "codActividad", "descActividad", "nombreComercial", "direccion"),
    *("codEstable", "codPuntoVenta", "telefono", "correo"),
)


@dataclass(frozen=True, slots=True)
class _Row:
    document: Related
    number: str
    base: Decimal
    code: str
    withheld: Decimal
    description: str | None

    def block(self, position: int) -> Block:
        return {
            **listed.head(self.document, self.number, position),
            "montoSujetoGrav": self.base,
            "codigoRetencionMH": self.code,
            "ivaRetenido": self.withheld,
            "descripcion": self.description,
        }

    def item(self) -> PreparedItem:
        return PreparedItem(
            description=self.description or listed.title(self.document, self.number),
            quantity=Decimal(1),
            price=self.withheld,
            discount=ZERO,
            amount=self.withheld,
            tax=Taxation.TAXED,
            kind="document",
            code=self.code,
            unit=_NO_UNIT,
        )


def compose(case: Case) -> Composed | None:
    """The document without its identification; None where a line cannot be computed.

    What the document is about is the VAT withheld: `Totals.total` and `payable` are its sum, `taxed` the net base and
    `tax` the informative VAT of that base. `withheld` lowers what is to be paid in other types and is zero here.
    """
    draft, faults = case.draft, case.faults
    issuer = parties.issuer_block(case.issuer, faults)
    receiver = receivers.identified(draft.customer, case.issuer, faults)
    rows = _rows(case, receiver)
    notes = fields.text(draft.notes, ("notes",), faults, longest=3000, required=False)
    appendix = references.appendix_rows(draft.appendix, faults)
    if rows is None or any(place[0] == "related" for place in draft.unread):
        return None
    if sum((row.base for row in rows), ZERO) >= AMOUNT_LIMIT:
        faults.add(("related",), "too_large", limit=AMOUNT_LIMIT)
        return None
    sums = _sums(rows)
    body: Block = {
        "emisor": {name: issuer[name] for name in _ISSUER_KEYS},
        "receptor": receiver,
        "cuerpoDocumento": [row.block(position) for position, row in enumerate(rows, 1)],
        "resumen": {
            "totalSujetoRetencion": sums.taxed,
            "totalIva": sums.tax,
            "totalIvaRetenido": sums.payable,
            "totalLetras": sums.in_words,
            "observaciones": notes,
        },
        "apendice": appendix,
    }
    return Composed(
        body=body,
        totals=sums,
        items=tuple(row.item() for row in rows),
        customer=draft.customer,
        references=tuple(Reference(row.document.type_code, row.number, row.document.electronic) for row in rows),
    )


def _rows(case: Case, receiver: Block | None) -> tuple[_Row, ...] | None:
    """One line for each document, all of one type and each once; None where one cannot be computed."""
    related, faults = case.draft.related, case.faults
    if not related:
        faults.add(("related",), "required")
        return None
    if len(related) > case.kind.most_lines:
        faults.add(("related",), "too_many", maximum=case.kind.most_lines)
        return None
    if len({document.type_code for document in related}) > 1:
        faults.add(("related",), "related_types_differ")
    rows: list[_Row] = []
    numbers: set[str] = set()
    for index, document in enumerate(related):
        row = _row(document, ("related", index), case, receiver)
        if row is None:
            continue
        if row.number in numbers:
            faults.add(listed.place_of_number(document, ("related", index)), "duplicate", value=row.number)
        numbers.add(row.number)
        rows.append(row)
    return tuple(rows) if len(rows) == len(related) else None


def _row(document: Related, path: Path, case: Case, receiver: Block | None) -> _Row | None:
    faults = case.faults
    number = listed.number_of(document, path, case)
    description = fields.text(document.description, (*path, "description"), faults, longest=1500, required=False)
    base = _base(document, path, case, receiver)
    here: Path = (*path, "withholding")
    code = fields.code(document.withholding or USUAL_WITHHOLDING, catalogs.VAT_WITHHOLDINGS, here, faults)
    if base is None or code is None:
        return None
    withheld = _withheld(document, code, base, path, case)
    if number is None or withheld is None:
        return None
    return _Row(document, number, base, code, withheld, description)


def _base(document: Related, path: Path, case: Case, receiver: Block | None) -> Decimal | None:
    """What VAT was withheld on, without VAT: given, because the supplier's document is not ours to read.

    A purchase from an excluded subject (14) is issued by the buyer: if it is ours, it is read.
    """
    here: Path = (*path, "taxable")
    base = document.taxable
    if document.original is not None:
        base = _base_of_own(document.original, document, path, case, receiver)
        if base is None:
            return None
    elif base is None:
        case.faults.add(here, "required")
        return None
    return base if fields.amount(base, here, case.faults, places=TOTAL_PLACES, positive=True) else None


def _base_of_own(
    original: Original, document: Related, path: Path, case: Case, receiver: Block | None
) -> Decimal | None:
    faults = case.faults
    if document.type_code != EXCLUDED_SUBJECT:
        faults.add(path, "related_is_own")
        return None
    if original.is_invalidated or not original.is_stamped:
        faults.add(path, "related_invalidated" if original.is_invalidated else "related_not_stamped")
        return None
    purchase: dict[str, Any] = as_newest(json.loads(original.payload, parse_float=Decimal, parse_int=Decimal))
    issued_as = purchase["identificacion"].get("tipoDte")
    if issued_as != EXCLUDED_SUBJECT:  # the caller's word for it is another
        faults.add((*path, "type"), "related_not_as_issued", value=issued_as)
        return None
    seller = purchase["receptor"]["numDocumento"]
    if receiver is not None and receiver["numDocumento"] not in (None, seller):
        faults.add(path, "related_of_other_party")
    return document.taxable or quantise(purchase["resumen"]["subTotal"], TOTAL_PLACES)


def _withheld(document: Related, code: str, base: Decimal, path: Path, case: Case) -> Decimal | None:
    """The amount at two decimals: by the rate of its code, or as given where the code has none."""
    faults, given = case.faults, document.withheld
    here: Path = (*path, "withheld")
    rate = WITHHOLDING_RATES.get(code)
    if rate is None:
        if given is None:
            faults.add(here, "required")
        elif given > base:
            faults.add(here, "withheld_exceeds_base", base=base)
        elif fields.amount(given, here, faults, places=TOTAL_PLACES, positive=True):
            return given
        return None
    if given is not None:
        faults.add(here, "withheld_computed", withholding=code)
        return None
    withheld = quantise(base * rate, TOTAL_PLACES)
    if not withheld:
        faults.add((*path, "taxable"), "withheld_too_small", base=base)
        return None
    return withheld


def _sums(rows: tuple[_Row, ...]) -> Totals:
    """The bodies of this type have two decimals, so that the sums need no rounding.

    `totalIva` is 13 % of the base. No accepted document of this version is known: it may be that Hacienda wants it
    only for those registered natural persons that article 162 of the Código Tributario speaks of, and 0 otherwise.
    """
    base = sum((row.base for row in rows), ZERO)
    withheld = quantise(sum((row.withheld for row in rows), ZERO), TOTAL_PLACES)
    nothing = quantise(ZERO, TOTAL_PLACES)
    return Totals(
        taxed=quantise(base, TOTAL_PLACES),
        exempt=nothing,
        not_subject=nothing,
        not_taxed=nothing,
        discount=nothing,
        tax=quantise(base * VAT_RATE, TOTAL_PLACES),
        other_taxes=nothing,
        withheld=nothing,
        perceived=nothing,
        total=withheld,
        payable=withheld,
        in_words=f"{in_words(withheld)} USD",
    )

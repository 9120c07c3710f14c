"""Settlement (08): what was sold on behalf of a principal is settled with it, document by document (schema 08 v2).

A document of the issuer's own is read as it was signed. What takes back (a credit note, a return) counts negative,
and so does a document that was invalidated after it had been settled. One that was invalidated before stands there
twice, sold and taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from hacienda.drafts import Original, Related, Taxation
from hacienda.elsalvador import catalogs
from hacienda.elsalvador.blocks import fields, parties, payments, references
from hacienda.elsalvador.blocks.fields import DUI, NIT
from hacienda.elsalvador.blocks.words import in_words
from hacienda.elsalvador.case import Block, Case, Composed
from hacienda.elsalvador.kinds import EXPORT_INVOICE, RETURN, VAT
from hacienda.elsalvador.rules import AMOUNT_LIMIT, ITEM_PLACES, TOTAL_PLACES, VAT_RATE
from hacienda.elsalvador.types import listed, receivers, settled
from hacienda.elsalvador.types.settled import Amounts, Principal
from hacienda.money import ZERO, quantise
from hacienda.values import Path, PreparedItem, Reference, Totals

_CLASSES: Final = ("taxable", "exempt", "not_subject", "exported")
_AMOUNTS: Final = frozenset({*_CLASSES, "perceived"})
_COUNTED: Final = frozenset({"related", "period"})
_DOMICILED: Final = 1  # CAT-032, as the next
_ABROAD: Final = 2
_EXPORTING: Final = frozenset({EXPORT_INVOICE, RETURN})
_INVALIDATED: Final = "Documento invalidado"
_NO_UNIT: Final = 99  # CAT-014 "Otra"


@dataclass(frozen=True, slots=True)
class _Row:
    document: Related
    number: str
    amounts: Amounts  # with their sign
    note: str | None

    @property
    def vat(self) -> Decimal:
        return self.amounts.taxed * VAT_RATE

    @property
    def size(self) -> Decimal:
        """How much the line can move any sum, whichever way."""
        one = self.amounts
        figures = (one.not_subject, one.exempt, one.taxed, one.exported, one.perceived, *dict(self.taxes).values())
        return sum(map(abs, figures), ZERO)

    @property
    def taxes(self) -> tuple[tuple[str, Decimal], ...]:
        """VAT first. A line without taxed sales lists none: Hacienda takes taxes only beside a taxed amount."""
        return ((VAT, self.vat), *self.amounts.taxes) if self.amounts.taxed else ()

    def block(self, position: int) -> Block:
        return {
            **listed.head(self.document, self.number, position),
            "ventaNoSuj": self.amounts.not_subject,
            "ventaExenta": self.amounts.exempt,
            "ventaGravada": self.amounts.taxed,
            "exportaciones": self.amounts.exported,
            "tributos": [code for code, _ in self.taxes] or None,
            "ivaItem": quantise(self.vat, ITEM_PLACES),
            "observaciones": self.note,
        }

    def item(self) -> PreparedItem:
        """The line as a list shows it; a document with several classes of sale goes by the first that it has."""
        one = self.amounts
        tax = Taxation.NOT_SUBJECT if one.not_subject else Taxation.TAXED
        return PreparedItem(
            description=listed.title(self.document, self.number),
            quantity=Decimal(1),
            price=one.sales,
            discount=ZERO,
            amount=one.sales,
            tax=Taxation.TAXED if one.taxed or one.exported else Taxation.EXEMPT if one.exempt else tax,
            kind="document",
            code=None,
            unit=_NO_UNIT,
        )


def compose(case: Case) -> Composed | None:
    """The document without its identification; None where its lines cannot be told.

    In `Totals`, `taxed` has the exports too, `total` is negative where more was taken back than sold, and `payable`
    is what the principal gets, never below zero.
    """
    draft, faults = case.draft, case.faults
    issuer = parties.issuer_block(case.issuer, faults)
    _check_period(case)
    found = _Finder(case)
    rows = found.rows()
    party = draft.customer
    if party is not None and fields.blank(party.name) and found.principals:
        party = replace(party, name=found.principals[0].name)
    receiver = receivers.identified(party, case.issuer, faults)
    domicile = _domicile(case, found.principals, receiver)
    condition = payments.condition_code(draft.payment.condition)
    if draft.payment.methods:  # the schema says how, but not with what
        faults.add(("payment", "methods"), "not_taken", type=case.kind.code)
    notes = fields.text(draft.notes, ("notes",), faults, longest=3000, required=False)
    appendix = references.appendix_rows(draft.appendix, faults)
    if rows is None or receiver is None or any(place[0] in _COUNTED for place in draft.unread):
        return None
    if sum((row.size for row in rows), ZERO) >= AMOUNT_LIMIT:
        faults.add(found.whole, "too_large", limit=AMOUNT_LIMIT)
        return None
    summary, sums = _summary(rows)
    body: Block = {
        "emisor": issuer,
        "receptor": _with_domicile(receiver, domicile),
        "cuerpoDocumento": [row.block(position) for position, row in enumerate(rows, 1)],
        "resumen": {**summary, "condicionOperacion": condition, "observaciones": notes},
        "apendice": appendix,
    }
    return Composed(
        body=body,
        totals=sums,
        items=tuple(row.item() for row in rows),
        customer=party,
        # One for each line: a document that stands there twice is settled in both directions.
        references=tuple(Reference(row.document.type_code, row.number, row.document.electronic) for row in rows),
    )


def _check_period(case: Case) -> None:
    period = case.draft.period
    if period is not None and period.last < period.first:
        case.faults.add(("period", "to"), "period_reversed")


class _Finder:
    """Makes the lines out of the documents named and selected; `principals` are those that they name."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._faults = case.faults
        self.principals: list[Principal] = []
        self.whole: Path = ("period",) if case.draft.period is not None else ("related",)
        self._mandate = _identity(case)
        self._settled = _settled_before(case.draft.related)

    def rows(self) -> tuple[_Row, ...] | None:
        """Every line; None where there is none, or one cannot be made."""
        case, faults = self._case, self._faults
        before = len(faults)
        if not case.draft.related:
            self._nothing()
            return None
        rows: list[_Row] = []
        taken: set[tuple[str, bool]] = set()
        for index, document in enumerate(case.draft.related):
            path: Path = ("period",) if document.selected else ("related", index)
            number = listed.number_of(document, path, case)
            if number is None:
                continue
            if (number, document.invalidated) in taken:
                faults.add(listed.place_of_number(document, path), "duplicate", value=number)
            taken.add((number, document.invalidated))
            note = fields.text(document.description, (*path, "description"), faults, longest=1000, required=False)
            if document.original is None:
                rows.extend(self._of_another(document, number, path, note))
            else:
                rows.extend(self._own(document, document.original, number, path, note))
        if len(rows) > case.kind.most_lines:
            faults.add(self.whole, "too_many", maximum=case.kind.most_lines)
        if not rows and len(faults) == before:
            self._nothing()
        return tuple(rows) if rows and len(faults) == before else None

    def _nothing(self) -> None:
        draft, faults = self._case.draft, self._faults
        if draft.period is None:
            faults.add(("period",), "period_or_related_required")
        elif self._mandate is not None and draft.period.first <= draft.period.last:
            faults.add(("period",), "nothing_to_settle")

    def _of_another(self, document: Related, number: str, path: Path, note: str | None) -> list[_Row]:
        """A document issued elsewhere, by the amounts that the caller gives."""
        faults = self._faults
        is_export = document.type_code == EXPORT_INVOICE
        figures: dict[str, Decimal] = {}
        for name in sorted(_AMOUNTS):
            given = getattr(document, name)
            if given is None:
                continue
            foreign = document.type_code not in _EXPORTING if name == "exported" else is_export
            if foreign:
                faults.add((*path, name), "settled_amount_not_of_type", type=document.type_code)
            places = TOTAL_PLACES if name == "perceived" else ITEM_PLACES
            if fields.amount(given, (*path, name), faults, places=places):
                figures[name] = given
        if not any(getattr(document, name) for name in _CLASSES):
            faults.add((*path, "exported" if is_export else "taxable"), "settled_amount_required")
        amounts = Amounts(
            not_subject=figures.get("not_subject", ZERO),
            exempt=figures.get("exempt", ZERO),
            taxed=figures.get("taxable", ZERO),
            exported=figures.get("exported", ZERO),
            perceived=figures.get("perceived", ZERO),
        )
        sign = -1 if document.type_code in settled.TAKING_BACK else 1
        if document.invalidated:
            return [_Row(document, number, amounts.times(-sign), note or _INVALIDATED)]
        return [_Row(document, number, amounts.times(sign), note)]

    def _own(self, document: Related, original: Original, number: str, path: Path, note: str | None) -> list[_Row]:
        """A document of the issuer's own: each direction that is not settled yet."""
        faults = self._faults
        for name in sorted(_AMOUNTS | {"invalidated"}):
            if getattr(document, name) not in (None, False):
                faults.add((*path, name), "related_amount_from_document")
        if document.type_code not in self._case.kind.related_types:
            return []  # told already, and nothing of it can be read
        if not original.is_stamped:
            self._refuse(document, number, path, "related_not_stamped", "period_not_stamped")
            return []
        sold = settled.read(original.payload)
        for name, given, true in (
            ("type", document.type_code, sold.type_code),
            ("issued_at", document.issued_on.isoformat(), sold.issued_on),
        ):
            if given != true:
                faults.add((*path, name), "related_not_as_issued", value=true)
        if sold.principal is None:
            self._refuse(document, number, path, "related_without_third_party", "period_document_not_settled")
            return []
        self.principals.append(sold.principal)
        if not self._is_for(sold.principal):
            self._refuse(document, number, path, "related_of_other_third_party", "period_document_not_settled")
            return []
        before = self._settled.get(number, {})
        wanted = [sold.sign, -sold.sign] if original.is_invalidated else [sold.sign]
        missing = [sign for sign in wanted if sign not in before]
        if original.is_invalidated and -sold.sign in before:
            # What is taken back already is not sold a second time: Hacienda takes no such line.
            missing = []
        if not missing and document.selected:
            return []
        if not missing:
            by = ", ".join(sorted({code for sign in wanted for code in before.get(sign, ())}))
            faults.add(path, "related_settled", settlement=by)
        return [
            _Row(document, number, sold.amounts.times(sign), note or (_INVALIDATED if sign != sold.sign else None))
            for sign in missing
        ]

    def _refuse(self, document: Related, number: str, path: Path, named: str, selected: str) -> None:
        """A fault of one document: where the caller named it, else of the period, with its number."""
        if document.selected:
            self._faults.add(path, selected, number=number)
        else:
            self._faults.add(path, named)

    def _is_for(self, principal: Principal) -> bool:
        """Whether a document was issued on behalf of the customer; by name where there is no number to compare."""
        if principal.tax_id is not None:
            return self._mandate is None or fields.without_dashes(principal.tax_id) == self._mandate
        party = self._case.draft.customer
        return party is None or fields.blank(party.name) or _folded(party.name) == _folded(principal.name)


def _identity(case: Case) -> str | None:
    """The customer's number as it is compared; None where none was given."""
    party = case.draft.customer
    if party is None or party.tax_id is None or fields.blank(party.tax_id):
        return None
    return fields.without_dashes(party.tax_id)


def _folded(name: str | None) -> str:
    return " ".join((name or "").casefold().split())


def _settled_before(related: tuple[Related, ...]) -> Mapping[str, Mapping[int, set[str]]]:
    """By number and direction, the settlements in force that have settled a document. Each is read once."""
    texts: dict[str, str] = {}
    for document in related:
        if document.original is not None:
            texts.update(document.original.settlements)
    numbers = frozenset(document.number.strip().upper() for document in related)
    found: dict[str, dict[int, set[str]]] = {}
    for code, text in texts.items():
        for number, directions in settled.signs(text, numbers).items():
            for sign in directions:
                found.setdefault(number, {}).setdefault(sign, set()).add(code)
    return found


def _domicile(case: Case, principals: list[Principal], receiver: Block | None) -> int:
    """`codDomiciliado`: as the documents say; else as the caller does; else by the kind of identity document."""
    said = {one.domicile for one in principals if one.domicile is not None}
    given = case.draft.customer.domiciled if case.draft.customer is not None else None
    if given is not None:
        said.add(_DOMICILED if given else _ABROAD)
    if len(said) > 1:
        case.faults.add(("customer", "domiciled"), "domicile_differs")
    if said:
        return min(said)
    return _DOMICILED if receiver is not None and receiver["tipoDocumento"] in (NIT, DUI) else _ABROAD


def _with_domicile(receiver: Block, domicile: int) -> Block:
    first = {name: receiver[name] for name in ("tipoDocumento", "numDocumento")}
    return {**first, "codDomiciliado": domicile, **{name: receiver[name] for name in receiver if name not in first}}


def _summary(rows: tuple[_Row, ...]) -> tuple[Block, Totals]:
    """`resumen` up to the amount in words, and the sums as other floors know them. From unrounded lines.

    Exports are part of `subTotalVentas`: the reference speaks of three totals where this type has four, and without
    them they would never reach the principal.
    """

    def total(name: str) -> Decimal:
        return quantise(sum((getattr(row.amounts, name) for row in rows), ZERO), TOTAL_PLACES)

    not_subject, exempt, taxed, exported = map(total, ("not_subject", "exempt", "taxed", "exported"))
    by_code: dict[str, Decimal] = {}
    for row in rows:
        for code, amount in row.taxes:
            by_code[code] = by_code.get(code, ZERO) + amount
    due = {code: quantise(amount, TOTAL_PLACES) for code, amount in by_code.items()}
    sales = not_subject + exempt + taxed + exported
    whole = sales + sum(due.values(), ZERO)
    perceived = total("perceived")
    nothing = quantise(ZERO, TOTAL_PLACES)
    payable = max(whole + perceived, nothing)
    sums = Totals(
        taxed=taxed + exported,
        exempt=exempt,
        not_subject=not_subject,
        not_taxed=nothing,
        discount=nothing,
        tax=due.get(VAT, nothing),
        other_taxes=sum((amount for code, amount in due.items() if code != VAT), nothing),
        withheld=nothing,
        perceived=perceived,
        total=whole,
        payable=payable,
        in_words=in_words(payable),
    )
    tax_rows: list[Block] = [
        {"codigo": code, "descripcion": catalogs.name(catalogs.TAXES, code) or code, "valor": amount}
        for code, amount in due.items()
    ]
    return {
        "totalNoSuj": not_subject,
        "totalExenta": exempt,
        "totalGravada": taxed,
        "exportacion": exported,
        "subTotalVentas": sales,
        "tributos": tax_rows or None,
        "montoTotalOperacion": whole,
        "ivaPerci": perceived,
        "total": payable,
        "totalLetras": sums.in_words,
    }, sums

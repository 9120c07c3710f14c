"""Donation receipts (15), issued by the entity that is given to; the customer of the draft is the donor.

Sources: schema fe-cd-v2, functional manual 2.0, income tax law art. 6 and 32. There is no contingency for this type,
and no place for notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hacienda.drafts import AssociatedDocument, Condition, Draft, Item, ItemKind, Party, Taxation
from hacienda.elsalvador import catalogs
from hacienda.elsalvador.blocks import fields, parties, payments, references
from hacienda.elsalvador.blocks import lines as document_lines
from hacienda.elsalvador.blocks.lines import OTHER_UNIT, PIECE
from hacienda.elsalvador.blocks.words import in_words
from hacienda.elsalvador.case import Block, Case, Composed
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.kinds import DONATION
from hacienda.elsalvador.rules import AMOUNT_LIMIT, ITEM_PLACES, MAX_ASSOCIATED, TOTAL_PLACES
from hacienda.money import ZERO, quantise
from hacienda.values import Issuer, Path, PreparedItem, Resolution, Totals

CASH: Final = "cash"
GOODS: Final = ItemKind.GOODS.value
SERVICE: Final = ItemKind.SERVICE.value
_TYPES: Final = MappingProxyType({CASH: 1, GOODS: 2, SERVICE: 3})  # CAT-026

_ONE: Final = Decimal(1)
_HOME: Final = "SV"  # CAT-020
_DOMICILED, _ABROAD = 1, 2  # CAT-032
_OF_ISSUER: Final = 1  # CAT-021; the resolution is the donee's own document
_OF_DONOR: Final = 2
_DOMICILE: Final[frozenset[Path]] = frozenset({("customer", "country"), ("customer", "domiciled")})


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line; its amount is less the depreciation."""

    item: PreparedItem
    depreciation: Decimal


def compose(case: Case) -> Composed | None:
    """The document without its identification; None where its amounts cannot be computed."""
    draft, faults = case.draft, case.faults
    donor = _completed(draft.customer)
    body: Block = {
        "emisor": _donee_block(case.issuer, faults),
        "receptor": _donor_block(donor, draft, faults),
        "otrosDocumentos": _associated(draft, case.issuer, faults),
    }
    sorts = [_sort(item, index, draft, faults) for index, item in enumerate(draft.items)]
    if CASH in sorts and set(sorts) & {GOODS, SERVICE}:
        faults.add(("items",), "donation_cash_alone")
    lines = _lines(draft, sorts, faults)
    total = None
    if lines is not None and not any(place[0] == "items" for place in draft.unread):
        total = _total(lines, faults)
    paid = _payments(draft, sorts, total, faults)
    if not fields.blank(draft.notes):
        faults.add(("notes",), "not_taken", type=DONATION)
    appendix = references.appendix_rows(draft.appendix, faults)
    if lines is None or total is None:
        return None
    body["cuerpoDocumento"] = [_line_block(line, number) for number, line in enumerate(lines, 1)]
    body["resumen"] = {"valorTotal": total, "totalLetras": in_words(total), "pagos": paid}
    body["apendice"] = appendix
    return Composed(body=body, totals=_totals(total), items=tuple(line.item for line in lines), customer=donor)


def _donee_block(issuer: Issuer, faults: Faults) -> Block:
    """`emisor`: who is given to, with the NIT as a document of kind 36."""
    block = parties.issuer_block(issuer, faults)
    return {"tipoDocumento": fields.NIT, "numDocumento": block.pop("nit"), **block}


def _completed(party: Party | None) -> Party | None:
    """The donor with domicile and country: of this country unless another one, or a domicile abroad, is given."""
    if party is None:
        return None
    country = None if fields.blank(party.country) else party.country
    domiciled = party.domiciled
    if domiciled is None:
        domiciled = country in (None, _HOME)
    return replace(party, domiciled=domiciled, country=_HOME if domiciled and country is None else country)


def _donor_block(donor: Party | None, draft: Draft, faults: Faults) -> Block | None:
    """`receptor`: whoever is domiciled has an address, whoever is not has neither address nor activity."""
    if donor is None:
        faults.add(("customer",), "required")
        return None
    id_type, number = parties.required_identity(donor, faults)
    nrc = fields.registration(donor.registration, ("customer", "registration"), faults, required=False)
    if nrc is not None and id_type is not None and id_type != fields.NIT:
        faults.add(("customer", "registration"), "registration_needs_nit")
    activity = fields.code(donor.activity, catalogs.ACTIVITIES, ("customer", "activity"), faults, required=False)
    if not _DOMICILE & set(draft.unread):
        _check_domicile(donor, faults)
    return {
        "tipoDocumento": id_type,
        "numDocumento": number,
        "nrc": nrc,
        "nombre": fields.text(donor.name, ("customer", "name"), faults, longest=250),
        "codActividad": activity,
        "descActividad": activity and catalogs.name(catalogs.ACTIVITIES, activity),
        "direccion": _address(donor, faults),
        "telefono": fields.phone(donor.phone, ("customer", "phone"), faults, required=False),
        "correo": fields.email(donor.email, ("customer", "email"), faults, required=False),
        "codDomiciliado": _DOMICILED if donor.domiciled else _ABROAD,
        "codPais": fields.code(donor.country, catalogs.COUNTRIES, ("customer", "country"), faults),
    }


def _check_domicile(donor: Party, faults: Faults) -> None:
    if donor.domiciled:
        if donor.address is None:
            faults.add(("customer", "address"), "required")
        return
    if donor.address is not None:
        faults.add(("customer", "address"), "donor_is_abroad")
    if not fields.blank(donor.activity):
        faults.add(("customer", "activity"), "donor_is_abroad")


def _address(donor: Party, faults: Faults) -> Block | None:
    if donor.address is None or not donor.domiciled:
        return None
    return parties.address_block(donor.address, ("customer", "address"), faults)


def _associated(draft: Draft, issuer: Issuer, faults: Faults) -> list[Block]:
    """`otrosDocumentos`: the resolution that makes the donation deductible, and whatever else was given.

    A document of the issuer (code 1) that was given is the resolution; without one, that of the profile goes first.
    """
    given = draft.associated_documents
    rows: list[Block] = []
    if not any(document.code == _OF_ISSUER for document in given):
        rows.append(_resolution(issuer.donation_resolution, faults))
    rows += [_document(document, index, faults) for index, document in enumerate(given)]
    if len(rows) > MAX_ASSOCIATED:
        faults.add(("associated_documents",), "too_many", maximum=MAX_ASSOCIATED - (len(rows) - len(given)))
    return rows


def _resolution(resolution: Resolution | None, faults: Faults) -> Block:
    here: Path = ("issuer", "donation_resolution")
    if resolution is None:
        faults.add(here, "resolution_required")
        return {}
    return {
        "codDocAsociado": _OF_ISSUER,
        "descDocumento": fields.text(resolution.number, here, faults, longest=100, shortest=3),
        "detalleDocumento": fields.text(resolution.description, here, faults, longest=300, shortest=3),
    }


def _document(document: AssociatedDocument, index: int, faults: Faults) -> Block:
    here: Path = ("associated_documents", index)
    if document.code not in (_OF_ISSUER, _OF_DONOR):
        faults.add((*here, "code"), "not_taken", type=DONATION)
        return {}
    for name in ("doctor", "transport"):
        if getattr(document, name) is not None:
            faults.add((*here, name), "not_taken", type=DONATION)
    return {
        "codDocAsociado": document.code,
        "descDocumento": fields.text(document.description, (*here, "description"), faults, longest=100, shortest=3),
        "detalleDocumento": fields.text(document.detail, (*here, "detail"), faults, longest=300, shortest=3),
    }


def _sort(item: Item, index: int, draft: Draft, faults: Faults) -> str | None:
    """What is donated: cash, goods or service, as given, or as the kind of the item has it; None after a fault.

    Nothing is guessed: what a receipt takes for cash must have been paid, and decides what the donor may deduct.
    """
    kind = item.kind.value if item.kind is not None else None
    if item.donation is None:
        if kind in (GOODS, SERVICE):
            return kind
        if ("items", index, "kind") not in draft.unread:
            faults.add(("items", index, "donation"), "required")
        return None
    if item.donation not in _TYPES:
        faults.add(("items", index, "donation"), "unknown_code", value=item.donation, catalog=catalogs.DONATIONS)
        return None
    if kind not in (None, item.donation):
        faults.add(("items", index, "kind"), "donation_kind_differs", donation=item.donation)
    return item.donation


def _lines(draft: Draft, sorts: Sequence[str | None], faults: Faults) -> tuple[Line, ...] | None:
    """Every line; None where some amount cannot be computed."""
    if not document_lines.are_countable(draft.items, faults):
        return None
    made = [_line(item, index, sorts[index], faults) for index, item in enumerate(draft.items)]
    sound = tuple(line for line in made if line is not None)
    return sound if len(sound) == len(made) else None


def _line(item: Item, index: int, sort: str | None, faults: Faults) -> Line | None:
    here: Path = ("items", index)
    description = fields.text(item.description, (*here, "description"), faults, longest=1500)
    code = fields.text(item.code, (*here, "code"), faults, longest=25, required=False)
    if item.discount:
        faults.add((*here, "discount"), "not_taken", type=DONATION)
    unit = _unit(item, index, sort, faults)
    quantity = _ONE if item.quantity is None else item.quantity
    amount = _value(item, index, quantity, faults)
    if sort == CASH and quantity != _ONE:
        faults.add((*here, "quantity"), "donation_cash_is_one")
    if sort in (CASH, SERVICE) and item.depreciation:
        faults.add((*here, "depreciation"), "donation_not_depreciated")
    if amount is None or item.price is None or sort is None:
        return None
    prepared = PreparedItem(
        description=description or "",
        quantity=quantity,
        price=item.price,
        discount=ZERO,
        amount=amount,
        tax=Taxation.NOT_SUBJECT,
        kind=sort,
        code=code,
        unit=unit,
    )
    return Line(prepared, item.depreciation)


def _unit(item: Item, index: int, sort: str | None, faults: Faults) -> int:
    """CAT-014: what goods are counted in, by default pieces; 99 for the rest."""
    if item.unit is None:
        return PIECE if sort == GOODS else OTHER_UNIT
    if not catalogs.has(catalogs.UNITS, str(item.unit)):
        faults.add(("items", index, "unit"), "unknown_code", value=item.unit, catalog=catalogs.UNITS)
    elif sort in (CASH, SERVICE) and item.unit != OTHER_UNIT:
        faults.add(("items", index, "unit"), "donation_has_no_unit")
    return item.unit


def _value(item: Item, index: int, quantity: Decimal, faults: Faults) -> Decimal | None:
    """What the line is worth, at 8 decimals: nothing is left only of goods that are worn out entirely."""
    here: Path = ("items", index)
    if item.price is None:
        faults.add((*here, "price"), "required")
        return None
    before = len(faults)
    fields.amount(quantity, (*here, "quantity"), faults, places=ITEM_PLACES, positive=True)
    fields.amount(item.price, (*here, "price"), faults, places=ITEM_PLACES, positive=True)
    fields.amount(item.depreciation, (*here, "depreciation"), faults, places=ITEM_PLACES)
    if len(faults) > before:
        return None
    gross = quantity * item.price
    value = quantise(gross - item.depreciation, ITEM_PLACES)
    if gross >= AMOUNT_LIMIT:
        faults.add((*here, "price"), "too_large", limit=AMOUNT_LIMIT)
    elif value < ZERO:
        faults.add((*here, "depreciation"), "depreciation_exceeds_line", gross=gross)
    elif not value and not item.depreciation:
        faults.add((*here, "price"), "line_without_amount")
    else:
        return value
    return None


def _total(lines: Sequence[Line], faults: Faults) -> Decimal | None:
    """`valorTotal`, rounded once from lines that are not; None where it is too large."""
    total = quantise(sum((line.item.amount for line in lines), ZERO), TOTAL_PLACES)
    if total >= AMOUNT_LIMIT:
        faults.add(("items",), "too_large", limit=AMOUNT_LIMIT)
        return None
    return total


def _payments(draft: Draft, sorts: Sequence[str | None], total: Decimal | None, faults: Faults) -> list[Block] | None:
    """`pagos`: how cash was given, None for goods and services."""
    if draft.payment.condition is not Condition.CASH:
        faults.add(("payment", "condition"), "not_taken", type=DONATION)
    if GOODS in sorts or SERVICE in sorts:
        if draft.payment.methods:
            faults.add(("payment", "methods"), "payment_needs_cash")
        return None
    settlement = payments.settle(replace(draft.payment, condition=Condition.CASH), total, ZERO, faults)
    return [{key: row[key] for key in ("codigo", "montoPago", "referencia")} for row in settlement.rows]


def _totals(total: Decimal) -> Totals:
    """The sums as other floors know them: a donation is not subject to VAT."""
    nothing = quantise(ZERO, TOTAL_PLACES)
    return Totals(
        taxed=nothing,
        exempt=nothing,
        not_subject=total,
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


def _line_block(line: Line, number: int) -> Block:
    """A row of `cuerpoDocumento`, in the key order of the schema."""
    item = line.item
    return {
        "numItem": number,
        "tipoDonacion": _TYPES[item.kind],
        "cantidad": item.quantity,
        "codigo": item.code,
        "uniMedida": item.unit,
        "descripcion": item.description,
        "tipoDepreciacion": line.depreciation,
        "valorUni": item.price,
        "valor": item.amount,
    }

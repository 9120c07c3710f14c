"""Purchases from people who are not registered for VAT (14): no tax on any line, income tax withheld from services.

The merchant issues the document itself; the customer of the draft is the seller. Sources: schema fe-fse-v2,
functional manual 2.0, Código Tributario art. 119 and 156.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from hacienda.drafts import Draft, Item, ItemKind, Party, Taxation
from hacienda.elsalvador import catalogs
from hacienda.elsalvador.blocks import fields, items, parties, payments, references
from hacienda.elsalvador.blocks import lines as document_lines
from hacienda.elsalvador.blocks.payments import Settlement
from hacienda.elsalvador.blocks.words import in_words
from hacienda.elsalvador.case import Block, Case, Composed
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.rules import AMOUNT_LIMIT, INCOME_TAX_RATE, ITEM_PLACES, TOTAL_PLACES
from hacienda.money import ZERO, quantise
from hacienda.values import Path, PreparedItem, Totals

_COMPANY: Final = "company"
# What the amount to pay comes from: sections of the body, and of the seller the person alone.
_COUNTED: Final = frozenset({"items", "global_discount", "income_tax_withheld"})
_PERSON: Final[frozenset[Path]] = frozenset({("customer",), ("customer", "person")})
_NOT_THIS_DISCOUNT: Final = ("taxed", "exempt", "percentage")  # the document has no place for them


@dataclass(frozen=True, slots=True)
class Summary:
    """What `resumen` prints, at two decimals."""

    bought: Decimal
    global_discount: Decimal
    discount: Decimal
    subtotal: Decimal
    withheld: Decimal
    payable: Decimal

    def totals(self) -> Totals:
        """The sums as other floors know them: nothing is subject to VAT, what is withheld is income tax."""
        nothing = quantise(ZERO, TOTAL_PLACES)
        return Totals(
            taxed=nothing,
            exempt=nothing,
            not_subject=self.bought,
            not_taxed=nothing,
            discount=self.discount,
            tax=nothing,
            other_taxes=nothing,
            withheld=self.withheld,
            perceived=nothing,
            total=self.subtotal,
            payable=self.payable,
            in_words=in_words(self.payable),
        )


def compose(case: Case) -> Composed | None:
    """The document without its identification; None where its amounts cannot be computed."""
    draft, faults = case.draft, case.faults
    body: Block = {
        "emisor": _buyer_block(case),
        "receptor": _seller_block(draft.customer, faults),
    }
    lines = _lines(draft, faults)
    discount = _global_discount(draft, faults)
    summary = None
    if lines is not None and discount is not None and _is_countable(draft):
        summary = _summary(lines, discount, draft, faults)
    settlement = payments.settle(draft.payment, None if summary is None else summary.payable, ZERO, faults)
    notes = fields.text(draft.notes, ("notes",), faults, longest=3000, required=False)
    appendix = references.appendix_rows(draft.appendix, faults)
    if lines is None or summary is None:
        return None
    body["cuerpoDocumento"] = [_line_block(line, number) for number, line in enumerate(lines, 1)]
    body["resumen"] = _summary_block(summary, settlement, notes)
    body["apendice"] = appendix
    return Composed(body=body, totals=summary.totals(), items=lines, customer=draft.customer)


def _buyer_block(case: Case) -> Block:
    """`emisor`: who buys; this type has no key for the trade name."""
    block = parties.issuer_block(case.issuer, case.faults)
    del block["nombreComercial"]
    return block | {"correo": block.pop("correo")}  # the schema has it last


def _seller_block(party: Party | None, faults: Faults) -> Block | None:
    """`receptor`: who sells, with a document, a name and an address in the country."""
    if party is None:
        faults.add(("customer",), "required")
        return None
    id_type, number = parties.required_identity(party, faults)
    if not fields.blank(party.registration):
        faults.add(("customer", "registration"), "seller_is_registered")
    if party.address is None:
        faults.add(("customer", "address"), "required")
    activity = fields.code(party.activity, catalogs.ACTIVITIES, ("customer", "activity"), faults, required=False)
    return {
        "tipoDocumento": id_type,
        "numDocumento": number,
        "nombre": fields.text(party.name, ("customer", "name"), faults, longest=250),
        "codActividad": activity,
        "descActividad": activity and catalogs.name(catalogs.ACTIVITIES, activity),
        "direccion": party.address and parties.address_block(party.address, ("customer", "address"), faults),
        "telefono": fields.phone(party.phone, ("customer", "phone"), faults, required=False),
        "correo": fields.email(party.email, ("customer", "email"), faults, required=False),
    }


def _lines(draft: Draft, faults: Faults) -> tuple[PreparedItem, ...] | None:
    """Every line; None where some amount cannot be computed."""
    if not document_lines.are_countable(draft.items, faults):
        return None
    made = [_line(item, index, faults) for index, item in enumerate(draft.items)]
    sound = tuple(line for line in made if line is not None)
    return sound if len(sound) == len(made) else None


def _line(given: Item, index: int, faults: Faults) -> PreparedItem | None:
    description = fields.text(given.description, ("items", index, "description"), faults, longest=1500)
    code = fields.text(given.code, ("items", index, "code"), faults, longest=25, required=False)
    item = items.sale(given, index, faults)
    if item is None:
        return None
    unit = document_lines.unit_of(item, index, faults)
    before = len(faults)
    for name, positive in (("quantity", True), ("price", False), ("discount", False)):
        fields.amount(getattr(item, name), ("items", index, name), faults, places=ITEM_PLACES, positive=positive)
    if len(faults) > before:
        return None
    amount = document_lines.sale_amount(item, index, item.price, item.discount, faults)
    if amount is None:
        return None
    return PreparedItem(
        description=description or "",
        quantity=item.quantity,
        price=item.price,
        discount=item.discount,
        amount=amount,
        tax=Taxation.NOT_SUBJECT,
        kind=item.kind.value,
        code=code,
        unit=unit,
    )


def _global_discount(draft: Draft, faults: Faults) -> Decimal | None:
    """The discount of the whole purchase: that of what is not subject to VAT, because nothing here is."""
    here = "global_discount"
    given = draft.global_discount
    for name in _NOT_THIS_DISCOUNT:
        if getattr(given, name) != ZERO:
            faults.add((here, name), "not_taken", type=draft.type_code)
    sound = fields.amount(given.not_subject, (here, "not_subject"), faults, places=TOTAL_PLACES)
    return given.not_subject if sound else None


def _is_countable(draft: Draft) -> bool:
    """Whether everything that the amount to pay comes from could be read."""
    return not any(place[0] in _COUNTED or place in _PERSON for place in draft.unread)


def _summary(lines: Sequence[PreparedItem], discount: Decimal, draft: Draft, faults: Faults) -> Summary | None:
    """The sums, each rounded once from lines that are not; None where one is impossible."""
    bought = quantise(sum((line.amount for line in lines), ZERO), TOTAL_PLACES)
    discounts = quantise(sum((line.discount for line in lines), discount), TOTAL_PLACES)
    if max(bought, discounts) >= AMOUNT_LIMIT:
        faults.add(("items",), "too_large", limit=AMOUNT_LIMIT)
        return None
    if discount > bought:
        faults.add(("global_discount", "not_subject"), "discount_exceeds_sales", discount=discount, sales=bought)
        return None
    subtotal = bought - discount
    withheld = _withheld(lines, subtotal, draft, faults)
    return Summary(
        bought=bought,
        global_discount=quantise(discount, TOTAL_PLACES),
        discount=discounts,
        subtotal=subtotal,
        withheld=withheld,
        payable=subtotal - withheld,
    )


def _withheld(lines: Sequence[PreparedItem], subtotal: Decimal, draft: Draft, faults: Faults) -> Decimal:
    """The income tax withheld: a tenth of what is paid for services, at two decimals.

    Withheld unless the seller is a company or the caller says otherwise. A NIT does not tell a company from a person,
    and who is not registered for VAT is hardly ever one. A global discount is spread evenly, so goods bear their
    share of it. A line of goods and service counts as service: nothing tells how much of it is which, and who
    withholds too little owes the rest.
    """
    services = sum((line.amount for line in lines if line.kind != ItemKind.GOODS.value), ZERO)
    wanted = draft.income_tax_withheld
    if wanted and not services:
        faults.add(("income_tax_withheld",), "income_tax_needs_service")
    if wanted is None:
        wanted = draft.customer is None or draft.customer.person != _COMPANY
    everything = sum((line.amount for line in lines), ZERO)
    base = subtotal * services / everything if wanted else ZERO
    return quantise(base * INCOME_TAX_RATE, TOTAL_PLACES)


def _line_block(item: PreparedItem, number: int) -> Block:
    """A row of `cuerpoDocumento`, in the key order of the schema."""
    return {
        "numItem": number,
        "tipoItem": document_lines.ITEM_TYPES[item.kind],
        "cantidad": item.quantity,
        "codigo": item.code,
        "uniMedida": item.unit,
        "descripcion": item.description,
        "precioUni": item.price,
        "montoDescu": item.discount,
        "compra": item.amount,
    }


def _summary_block(summary: Summary, settlement: Settlement, notes: str | None) -> Block:
    """`resumen`, in the key order of the schema."""
    return {
        "totalCompra": summary.bought,
        "descu": summary.global_discount,
        "totalDescu": summary.discount,
        "subTotal": summary.subtotal,
        "reteRenta": summary.withheld,
        "totalPagar": summary.payable,
        "totalLetras": in_words(summary.payable),
        "condicionOperacion": settlement.condition,
        "pagos": settlement.rows,
        "observaciones": notes,
    }

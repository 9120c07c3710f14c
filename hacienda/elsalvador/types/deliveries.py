"""Delivery notes: goods that travel before a sale or without one (nota de remisión, schema fe-nr-v4)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from hacienda.drafts import Draft, Party
from hacienda.elsalvador import catalogs
from hacienda.elsalvador.blocks import fields, parties, references
from hacienda.elsalvador.blocks.fields import NIT
from hacienda.elsalvador.case import Block, Case, Composed
from hacienda.elsalvador.earlier.versions import is_earlier
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.types import sales
from hacienda.values import Issuer

TRANSFER: Final = "04"  # CAT-025 "Traslado"


def compose(case: Case) -> Composed | None:
    """The note without its identification; None where its amounts cannot be computed.

    Taxed lines list the taxes of the sale that follows, unless the goods only move between places of the issuer's
    own: then, and where the caller wants none, there are no taxes and the total is that of the lines. The manual
    allows either way, but not both in one note.
    """
    draft, faults = case.draft, case.faults
    is_transfer = _is_own_transfer(draft)
    customer = draft.customer
    if is_transfer:
        customer = _own_place(customer, case.issuer, with_email=is_earlier(case.kind.code, case.kind.version))
    shown = not is_transfer if draft.taxes_shown is None else draft.taxes_shown
    if not shown:
        case = replace(case, kind=replace(case.kind, vat_code=None))
        _refuse_taxes(draft, faults)
    related = references.related_documents(draft.related, case.kind, case.day, faults)
    head: Block = {
        "documentoRelacionado": related.rows,
        "emisor": parties.issuer_block(case.issuer, faults),
        "receptor": _receiver(customer, faults),
        "ventaTercero": references.third_party_block(
            draft.third_party_sale, case.issuer.tax_id, draft.related, faults
        ),
    }
    return sales.conclude(case, head, related, customer=customer)


def _is_own_transfer(draft: Draft) -> bool:
    """Whether goods are transferred to nobody in particular, which is to another place of the issuer's own."""
    party = draft.customer
    if party is None or not all(
        fields.blank(given) for given in (party.name, party.tax_id, party.id_type, party.registration)
    ):
        return False
    # A title that could not be read may be this one: what it would make needless is not asked for.
    return (party.goods_title or "").strip() == TRANSFER or ("customer", "goods_title") in draft.unread


def _own_place(party: Party | None, issuer: Issuer, *, with_email: bool) -> Party:
    """The issuer as receiver. What was given stays: the address, above all, of the place where the goods go.

    `with_email`: the document names a mailbox, as the version before Normativa 2.0 must.
    """
    given = party or Party()
    return replace(
        given,
        name=issuer.name,
        tax_id=issuer.tax_id,
        id_type=NIT,
        registration=issuer.registration,
        activity=given.activity or issuer.activity,
        trade_name=given.trade_name or issuer.trade_name,
        address=given.address or issuer.address,
        email=given.email or (issuer.email if with_email else None),
    )


def _refuse_taxes(draft: Draft, faults: Faults) -> None:
    for index, item in enumerate(draft.items):
        if item.extra_taxes:
            faults.add(("items", index, "extra_taxes"), "taxes_not_shown")


def _receiver(party: Party | None, faults: Faults) -> Block | None:
    """`receptor`: always somebody with a document and an activity, and the title under which the goods go."""
    if party is None:
        faults.add(("customer",), "required")
        return None
    id_type, number = parties.required_identity(party, faults)
    activity = fields.code(party.activity, catalogs.ACTIVITIES, ("customer", "activity"), faults)
    return {
        "tipoDocumento": id_type,
        "numDocumento": number,
        "nrc": parties.registration(party, id_type, faults),
        "nombre": fields.text(party.name, ("customer", "name"), faults, longest=250),
        "codActividad": activity,
        "descActividad": activity and catalogs.name(catalogs.ACTIVITIES, activity),
        "nombreComercial": fields.text(
            party.trade_name, ("customer", "trade_name"), faults, longest=150, required=False
        ),
        "direccion": party.address and parties.address_block(party.address, ("customer", "address"), faults),
        "telefono": fields.phone(party.phone, ("customer", "phone"), faults, required=False),
        "correo": fields.email(party.email, ("customer", "email"), faults, required=False),
        "bienTitulo": fields.code(party.goods_title, catalogs.GOODS_TITLES, ("customer", "goods_title"), faults),
    }

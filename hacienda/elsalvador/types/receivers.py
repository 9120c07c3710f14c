"""The other side of documents that account for others: the supplier (07), the principal (08), the affiliate (09)."""

from __future__ import annotations

from typing import Final

from hacienda.drafts import Party
from hacienda.elsalvador import catalogs
from hacienda.elsalvador.blocks import fields, parties
from hacienda.elsalvador.blocks.fields import NIT
from hacienda.elsalvador.faults import Faults
from hacienda.values import Issuer, Path

# CAT-009 "Casa Matriz": every firm has one, and most have nothing else.
HEAD_OFFICE: Final = "02"

_HERE: Final = "customer"

Block = dict[str, object]


def identified(party: Party | None, issuer: Issuer, faults: Faults) -> Block | None:
    """`receptor` of somebody named by any identity document; an NRC goes only with a NIT.

    Name, activity and address are required: the schemas 07 v2 and 08 v2 take null for none of them.
    """
    if party is None:
        faults.add((_HERE,), "required")
        return None
    id_type, number = parties.identity(party, faults)
    if fields.blank(party.tax_id) and fields.blank(party.id_type):
        faults.add((_HERE, "tax_id"), "required")
    nrc = fields.registration(party.registration, (_HERE, "registration"), faults, required=False)
    if nrc is not None and id_type is not None and id_type != NIT:
        faults.add((_HERE, "registration"), "registration_needs_nit")
    _refuse_issuer(number, issuer, faults)
    return {
        "tipoDocumento": id_type,
        "numDocumento": number,
        "nrc": nrc,
        **_named(party, faults),
        "direccion": _address(party, faults, required=True),
        "telefono": fields.phone(party.phone, (_HERE, "phone"), faults, required=False),
        "correo": fields.email(party.email, (_HERE, "email"), faults, required=False),
    }


def affiliate(party: Party | None, issuer: Issuer, faults: Faults) -> Block | None:
    """`receptor` of schema 09 v2: a taxpayer by NIT and NRC, with an e-mail address and a kind of establishment."""
    if party is None:
        faults.add((_HERE,), "required")
        return None
    if not fields.blank(party.id_type) and party.id_type != NIT:
        faults.add((_HERE, "id_type"), "id_type_must_be_nit")
    number = fields.nit(party.tax_id, (_HERE, "tax_id"), faults)
    _refuse_issuer(number, issuer, faults)
    here: Path = (_HERE, "establishment_kind")
    kind = fields.code(party.establishment_kind, catalogs.ESTABLISHMENT_TYPES, here, faults, required=False)
    return {
        "nit": number,
        "nrc": fields.registration(party.registration, (_HERE, "registration"), faults),
        **_named(party, faults),
        "tipoEstablecimiento": kind or HEAD_OFFICE,
        "direccion": _address(party, faults, required=False),
        "telefono": fields.phone(party.phone, (_HERE, "phone"), faults, required=False),
        "correo": fields.email(party.email, (_HERE, "email"), faults),
    }


def _named(party: Party, faults: Faults) -> Block:
    activity = fields.code(party.activity, catalogs.ACTIVITIES, (_HERE, "activity"), faults)
    return {
        "nombre": fields.text(party.name, (_HERE, "name"), faults, longest=250),
        "codActividad": activity,
        "descActividad": activity and catalogs.name(catalogs.ACTIVITIES, activity),
        "nombreComercial": fields.text(party.trade_name, (_HERE, "trade_name"), faults, longest=150, required=False),
    }


def _address(party: Party, faults: Faults, *, required: bool) -> Block | None:
    if party.address is not None:
        return parties.address_block(party.address, (_HERE, "address"), faults)
    if required:
        faults.add((_HERE, "address"), "required")
    return None


def _refuse_issuer(number: str | None, issuer: Issuer, faults: Faults) -> None:
    if number is not None and number == fields.without_dashes(issuer.tax_id):
        faults.add((_HERE, "tax_id"), "customer_is_issuer")

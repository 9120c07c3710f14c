"""Who sells, who buys, who answers for it: `emisor`, `receptor` (DTE v2.0) and persons, checked and completed."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Final

from hacienda.drafts import Address, Party
from hacienda.elsalvador import catalogs
from hacienda.elsalvador.blocks import fields, places
from hacienda.elsalvador.blocks.fields import DUI, NIT
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.kinds import Kind
from hacienda.elsalvador.rules import identification_threshold
from hacienda.values import Issuer, Path, Person

ESTABLISHMENT: Final = re.compile(r"[MSBP][0-9]{3}")
POINT_OF_SALE: Final = re.compile(r"P[0-9]{3}")
# CAT-009, by the letter of the establishment's code: head office, branch, warehouse, yard.
_ESTABLISHMENT_KINDS: Final = {"M": "02", "S": "01", "B": "04", "P": "07"}

Block = dict[str, object]


def issuer_block(issuer: Issuer, faults: Faults) -> Block:
    """`emisor`. Faults of the merchant's own data stand under `issuer`, which is no part of a request."""
    here = "issuer"
    check_place(issuer, faults)
    activity = fields.code(issuer.activity, catalogs.ACTIVITIES, (here, "activity"), faults)
    return {
        "nit": fields.nit(issuer.tax_id, (here, "tax_id"), faults),
        "nrc": fields.registration(issuer.registration, (here, "registration"), faults),
        "nombre": fields.text(issuer.name, (here, "name"), faults, longest=250),
        "codActividad": activity,
        "descActividad": activity and catalogs.name(catalogs.ACTIVITIES, activity),
        "nombreComercial": fields.text(issuer.trade_name, (here, "trade_name"), faults, longest=150, required=False),
        "direccion": address_block(issuer.address, (here, "address"), faults),
        "telefono": fields.phone(issuer.phone, (here, "phone"), faults),
        "correo": fields.email(issuer.email, (here, "email"), faults),
        "codEstable": issuer.establishment,
        "codPuntoVenta": issuer.point_of_sale,
    }


def check_place(issuer: Issuer, faults: Faults) -> None:
    """Establishment and point of sale have Hacienda's form."""
    if not ESTABLISHMENT.fullmatch(issuer.establishment):
        faults.add(("establishment",), "establishment_code_invalid")
    if not POINT_OF_SALE.fullmatch(issuer.point_of_sale):
        faults.add(("point_of_sale",), "point_of_sale_code_invalid")


def establishment_kind(code: str) -> str | None:
    """What kind of establishment (CAT-009) a code of Hacienda's names."""
    return _ESTABLISHMENT_KINDS.get(code[:1])


def person(given: Person, role: str, faults: Faults) -> Person:
    """Who answers for an event or asks for it, as it will be named; fields are empty where a fault was found."""
    name = fields.text(given.name, (role, "name"), faults, longest=100)
    id_type = fields.code(given.id_type, catalogs.IDENTITY_DOCUMENTS, (role, "id_type"), faults)
    here: Path = (role, "id_number")
    if id_type == NIT:
        number = fields.nit(given.id_number, here, faults)
    elif id_type == DUI and not fields.blank(given.id_number):
        number = _dui(given.id_number, here, faults)
    else:
        number = fields.text(given.id_number, here, faults, longest=20)
    return Person(name=name or "", id_type=id_type or "", id_number=number or "")


def customer_block(party: Party | None, kind: Kind, faults: Faults) -> Block | None:
    """`receptor`, or None for the consumer who gave no data."""
    if kind.customer_is_taxpayer:
        if party is None:
            faults.add(("customer",), "required")
            return None
        return _taxpayer(party, faults)
    if party is None or party == Party():
        return None
    return _consumer(party, faults)


def _taxpayer(party: Party, faults: Faults) -> Block:
    """The buyer of a crédito fiscal: a NIT with an NRC, an activity and an address."""
    if not fields.blank(party.id_type) and party.id_type != NIT:
        faults.add(("customer", "id_type"), "id_type_must_be_nit")
    if party.address is None:
        faults.add(("customer", "address"), "required")
    activity = fields.code(party.activity, catalogs.ACTIVITIES, ("customer", "activity"), faults)
    return {
        "nit": fields.nit(party.tax_id, ("customer", "tax_id"), faults),
        "nrc": fields.registration(party.registration, ("customer", "registration"), faults),
        "nombre": fields.text(party.name, ("customer", "name"), faults, longest=250),
        "codActividad": activity,
        "descActividad": activity and catalogs.name(catalogs.ACTIVITIES, activity),
        "nombreComercial": fields.text(
            party.trade_name, ("customer", "trade_name"), faults, longest=150, required=False
        ),
        "direccion": party.address and address_block(party.address, ("customer", "address"), faults),
        "telefono": fields.phone(party.phone, ("customer", "phone"), faults, required=False),
        "correo": fields.email(party.email, ("customer", "email"), faults, required=False),
    }


def identified_block(party: Party | None, faults: Faults) -> Block | None:
    """`receptor` of a document whose other side is named by an identity document, an activity and an address."""
    if party is None:
        faults.add(("customer",), "required")
        return None
    id_type, number = identity(party, faults)
    if fields.blank(party.tax_id):
        faults.add(("customer", "tax_id"), "required")
    if party.address is None:
        faults.add(("customer", "address"), "required")
    activity = fields.code(party.activity, catalogs.ACTIVITIES, ("customer", "activity"), faults)
    return {
        "tipoDocumento": id_type,
        "numDocumento": number,
        "nrc": fields.registration(party.registration, ("customer", "registration"), faults, required=False),
        "nombre": fields.text(party.name, ("customer", "name"), faults, longest=250),
        "codActividad": activity,
        "descActividad": activity and catalogs.name(catalogs.ACTIVITIES, activity),
        "nombreComercial": fields.text(
            party.trade_name, ("customer", "trade_name"), faults, longest=150, required=False
        ),
        "direccion": party.address and address_block(party.address, ("customer", "address"), faults),
        "telefono": fields.phone(party.phone, ("customer", "phone"), faults, required=False),
        "correo": fields.email(party.email, ("customer", "email"), faults, required=False),
    }


def _consumer(party: Party, faults: Faults) -> Block:
    """The buyer of a factura: whatever was given. There is no key for a trade name; it is left out."""
    id_type, number = identity(party, faults)
    nrc = registration(party, id_type, faults)
    if nrc is not None and fields.blank(party.tax_id):
        faults.add(("customer", "tax_id"), "required")
    activity = fields.code(party.activity, catalogs.ACTIVITIES, ("customer", "activity"), faults, required=False)
    return {
        "tipoDocumento": id_type,
        "numDocumento": number,
        "nrc": nrc,
        "nombre": fields.text(party.name, ("customer", "name"), faults, longest=250, required=False),
        "codActividad": activity,
        "descActividad": activity and catalogs.name(catalogs.ACTIVITIES, activity),
        "direccion": party.address and address_block(party.address, ("customer", "address"), faults),
        "telefono": fields.phone(party.phone, ("customer", "phone"), faults, required=False),
        "correo": fields.email(party.email, ("customer", "email"), faults, required=False),
    }


def registration(party: Party, id_type: str | None, faults: Faults) -> str | None:
    """The customer's NRC, which only somebody identified by NIT has."""
    nrc = fields.registration(party.registration, ("customer", "registration"), faults, required=False)
    if nrc is not None and id_type is not None and id_type != NIT:
        faults.add(("customer", "registration"), "registration_needs_nit")
    return nrc


def identity(party: Party, faults: Faults) -> tuple[str | None, str | None]:
    """The kind (CAT-022) and number of the customer's document, both None where none was given.

    Without `id_type`, 14 digits are a NIT and 9 digits a DUI; but 9 digits beside an NRC are the NIT of a
    person registered for VAT, which Hacienda wants reported as a NIT.
    """
    path: Path = ("customer", "tax_id")
    if party.tax_id is None or fields.blank(party.tax_id):
        if not fields.blank(party.id_type):
            faults.add(path, "required")
        return None, None
    number = fields.without_dashes(party.tax_id)
    if fields.blank(party.id_type):
        id_type = _derived(number, registered=not fields.blank(party.registration))
        if id_type is None:
            faults.add(("customer", "id_type"), "id_type_required")
            return None, None
    else:
        id_type = fields.code(party.id_type, catalogs.IDENTITY_DOCUMENTS, ("customer", "id_type"), faults)
    if id_type == NIT:
        return id_type, fields.nit(number, path, faults)
    if id_type == DUI:
        return id_type, _dui(number, path, faults)
    # Passports, resident cards and the rest have no common form: they stay as they were given.
    return id_type, fields.text(party.tax_id, path, faults, longest=20)


def required_identity(party: Party, faults: Faults) -> tuple[str | None, str | None]:
    """As `identity`, for a customer who must have a document."""
    if fields.blank(party.tax_id):
        faults.add(("customer", "tax_id"), "required")
        return None, None
    return identity(party, faults)


def _dui(value: str, path: Path, faults: Faults) -> str | None:
    number = fields.without_dashes(value)
    if not fields.are_digits(number) or len(number) != 9:
        faults.add(path, "dui_invalid")
        return None
    return number


def _derived(number: str, *, registered: bool) -> str | None:
    if not fields.are_digits(number) or len(number) not in (9, 14):
        return None
    return NIT if registered or len(number) == 14 else DUI


def check_identification(party: Party | None, kind: Kind, total: Decimal, on: date, faults: Faults) -> None:
    """From the legal threshold on, inclusive, the consumer of a factura has a name and a document."""
    threshold = identification_threshold(on)
    if kind.customer_is_taxpayer or total < threshold:
        return
    if party is None:
        faults.add(("customer",), "customer_required_from", threshold=threshold, total=total)
        return
    for name in ("tax_id", "name"):
        if fields.blank(getattr(party, name)):
            faults.add(("customer", name), "customer_required_from", threshold=threshold, total=total)


def address_block(address: Address, path: Path, faults: Faults) -> Block:
    """`direccion`: a street line in a district, from which what lies around it may follow (see `places`)."""
    place = places.find(address, path, faults)
    return {
        "departamento": place and place.department,
        "municipio": place and place.municipality,
        "distrito": place and place.district,
        "complemento": fields.text(address.line, (*path, "line"), faults, longest=200),
    }

"""Export invoices: sales abroad at 0 % (factura de exportación, schema fe-fex-v3, functional manual 2.0)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hacienda.drafts import AssociatedDocument, Draft, Export, Item, ItemKind, Party, Taxation, Transport
from hacienda.elsalvador import catalogs
from hacienda.elsalvador.blocks import fields, parties, references
from hacienda.elsalvador.case import Block, Case, Composed
from hacienda.elsalvador.earlier.versions import is_earlier
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.rules import AMOUNT_LIMIT, MAX_ASSOCIATED_TO_EXPORT, TOTAL_PLACES
from hacienda.elsalvador.types import sales
from hacienda.money import ZERO, quantise
from hacienda.values import ExportDefaults, Path

_BY_CARRIER: Final = 4
_EXPORTED: Final[Mapping[ItemKind, int]] = MappingProxyType({ItemKind.GOODS: 1, ItemKind.SERVICE: 2})
_PERSONS: Final[Mapping[str, int]] = MappingProxyType({"natural": 1, "company": 2})
_HOME: Final = "SV"
_OTHER_DOCUMENT: Final = "37"  # CAT-022
_OTHER_ACTIVITY: Final = "10005"  # CAT-019 "Otros"
_GOODS_ONLY: Final = ("customs_post", "regime_type", "regime", "incoterm")


@dataclass(frozen=True, slots=True)
class _Customs:
    """How goods leave the country; all None for services."""

    post: str | None = None
    regime_type: str | None = None
    regime: str | None = None
    incoterm: str | None = None


def compose(case: Case) -> Composed | None:
    """The invoice without its identification; None where its amounts cannot be computed."""
    draft, faults = case.draft, case.faults
    exported = _exported(draft, faults)
    given = draft.export or Export()
    customs = _customs(exported, given, case.issuer.export, faults)
    related = references.related_documents(draft.related, case.kind, case.day, faults)
    head: Block = {
        "documentoRelacionado": related.rows,
        "emisor": {
            **parties.issuer_block(case.issuer, faults),
            "tipoItemExpor": _EXPORTED[exported],
            "recintoFiscal": customs.post,
            "tipoRegimen": customs.regime_type,
            "regimen": customs.regime,
        },
        "receptor": _receiver(draft.customer, faults),
        "otrosDocumentos": references.associated_documents(
            draft.associated_documents, faults, row=_associated, most=MAX_ASSOCIATED_TO_EXPORT
        ),
        "ventaTercero": references.third_party_block(
            draft.third_party_sale, case.issuer.tax_id, draft.related, faults
        ),
        "compraTercero": _buyer(draft, case.issuer.tax_id, faults),
    }
    more: Block = {
        "seguro": given.insurance,
        "flete": given.freight,
        "totalNoOnerosas": _free_of_charge(case, given, exported),
        "codIncoterms": customs.incoterm,
        "descIncoterms": customs.incoterm and catalogs.name(catalogs.INCOTERMS, customs.incoterm),
    }
    kept = replace(case, draft=replace(draft, items=tuple(_of_kind(item, exported) for item in draft.items)))
    return sales.conclude(kept, head, related, customer=draft.customer, more=more, carriage=_carriage(given, faults))


def _exported(draft: Draft, faults: Faults) -> ItemKind:
    """Goods or services: what the lines are, which is one of the two and never both."""
    # An item whose kind could not be read says nothing about that of the others.
    unread = {
        place[1]
        for place in draft.unread
        if place[:1] == ("items",) and len(place) > 1 and place[2:] in ((), ("kind",))
    }
    found: ItemKind | None = None
    for index, item in enumerate(draft.items):
        if index in unread or (item.kind is None and item.tax is Taxation.NOT_TAXED):
            continue  # a charge follows the sale
        kind = item.kind or ItemKind.GOODS
        if kind not in _EXPORTED:
            faults.add(("items", index, "kind"), "export_kind_not_allowed")
        elif found is not None and kind is not found:
            faults.add(("items", index, "kind"), "export_kinds_differ", value=found.value)
        else:
            found = kind
    return found or ItemKind.GOODS


def _of_kind(item: Item, kind: ItemKind) -> Item:
    return replace(item, kind=kind) if item.kind is None else item


def _customs(exported: ItemKind, given: Export, usual: ExportDefaults, faults: Faults) -> _Customs:
    """What an export of goods says, as given or as the issuer does it as a rule."""
    if exported is ItemKind.SERVICE:
        for name in _GOODS_ONLY:
            if not fields.blank(getattr(given, name)):
                faults.add(("export", name), "goods_only")
        return _Customs()
    post = fields.code(
        given.customs_post or usual.customs_post, catalogs.CUSTOMS_POSTS, ("export", "customs_post"), faults
    )
    regime = fields.code(given.regime or usual.regime, catalogs.REGIMES, ("export", "regime"), faults)
    incoterm = fields.code(given.incoterm or usual.incoterm, catalogs.INCOTERMS, ("export", "incoterm"), faults)
    own_type = catalogs.regime_types().get(regime) if regime is not None else None
    # The usual type goes with the usual regime; of another regime it follows from the regime itself.
    named = given.regime_type or (None if given.regime else usual.regime_type) or own_type
    if named is None and regime is None and not fields.blank(given.regime or usual.regime):
        return _Customs(post, None, None, incoterm)  # the type may well follow from the regime that was meant
    regime_type = fields.code(named, catalogs.REGIME_TYPES, ("export", "regime_type"), faults)
    if regime_type is not None and own_type is not None and regime_type != own_type:
        faults.add(("export", "regime"), "regime_of_other_type", regime=regime, type=own_type)
    return _Customs(post, regime_type, regime, incoterm)


def _carriage(given: Export, faults: Faults) -> Decimal | None:
    """Freight and insurance, which the buyer pays beside the goods; None where one of them is no amount."""
    sound = [
        fields.amount(getattr(given, name), ("export", name), faults, places=TOTAL_PLACES)
        for name in ("freight", "insurance", "free_of_charge")
    ]
    return given.freight + given.insurance if all(sound) else None


def _free_of_charge(case: Case, given: Export, exported: ItemKind) -> Decimal:
    """What the goods that are sent along for nothing are worth: in the lines, or told as one amount, informative."""
    faults, kind = case.faults, case.kind
    gifts = [(index, item) for index, item in enumerate(case.draft.items) if item.free_of_charge]
    if is_earlier(kind.code, kind.version) and gifts:
        for index, _item in gifts:
            faults.add(("items", index, "free_of_charge"), "not_in_version", version=kind.version)
        return ZERO
    if exported is ItemKind.SERVICE:
        for index, _item in gifts:
            faults.add(("items", index, "free_of_charge"), "goods_only")
        if given.free_of_charge:
            faults.add(("export", "free_of_charge"), "goods_only")
    if not gifts:
        return given.free_of_charge
    if given.free_of_charge:
        faults.add(("export", "free_of_charge"), "free_of_charge_in_lines")
    worth = sum((_worth(item) for _index, item in gifts), ZERO)
    if worth >= AMOUNT_LIMIT:
        faults.add(("items",), "too_large", limit=AMOUNT_LIMIT)
    return quantise(worth, TOTAL_PLACES)


def _worth(item: Item) -> Decimal:
    """Nothing where price or quantity is missing, no number or out of bounds, which has a fault of its own."""
    factors = (item.price, Decimal(1) if item.quantity is None else item.quantity)
    known = [one for one in factors if one is not None and one.is_finite() and abs(one) < AMOUNT_LIMIT]
    return known[0] * known[1] if len(known) == len(factors) else ZERO


def _receiver(party: Party | None, faults: Faults) -> Block | None:
    """`receptor`: a buyer abroad, whose address is one text and whose activity is in words."""
    if party is None:
        faults.add(("customer",), "required")
        return None
    country = fields.code((party.country or "").upper(), catalogs.COUNTRIES, ("customer", "country"), faults)
    id_type, number = _identity(party, country, faults)
    if party.person is None:
        faults.add(("customer", "person"), "required")
    return {
        "nombre": fields.text(party.name, ("customer", "name"), faults, longest=250),
        "tipoDocumento": id_type,
        "numDocumento": number,
        "descActividad": _activity(party.activity, faults),
        "nombreComercial": fields.text(
            party.trade_name, ("customer", "trade_name"), faults, longest=150, required=False
        ),
        "codPais": country,
        "nombrePais": country and catalogs.name(catalogs.COUNTRIES, country),
        "complemento": _address(party, faults),
        "tipoPersona": None if party.person is None else _PERSONS[party.person],
        "telefono": fields.phone(party.phone, ("customer", "phone"), faults, required=False),
        "correo": fields.email(party.email, ("customer", "email"), faults, required=False),
    }


def _identity(party: Party, country: str | None, faults: Faults) -> tuple[str | None, str | None]:
    """Kind and number of the buyer's document.

    Foreign tax numbers of 9 or 14 digits look like a DUI or a NIT and are none: abroad a number whose kind was not
    given is "other", as it stands.
    """
    if fields.blank(party.id_type) and country != _HOME:
        party = replace(party, id_type=_OTHER_DOCUMENT)
    return parties.required_identity(party, faults)


def _activity(given: str | None, faults: Faults) -> str | None:
    """`descActividad`: the caller's words, or the name of a code; who gave neither is among the others."""
    code = _OTHER_ACTIVITY if fields.blank(given) else (given or "").strip()
    name = catalogs.name(catalogs.ACTIVITIES, code)
    return name or fields.text(given, ("customer", "activity"), faults, longest=150, shortest=5)


def _address(party: Party, faults: Faults) -> str | None:
    address = party.address
    if address is None:
        faults.add(("customer", "address"), "required")
        return None
    if not all(fields.blank(place) for place in (address.department, address.municipality, address.district)):
        faults.add(("customer", "address"), "foreign_address")
    return fields.text(address.line, ("customer", "address", "line"), faults, longest=200)


def _associated(document: AssociatedDocument, path: Path, faults: Faults) -> Block:
    """A document of the issuer (1) or the customer (2), or what carries the goods (4)."""
    row: Block = {
        "codDocAsociado": document.code,
        "descDocumento": None,
        "detalleDocumento": None,
        "placaTrans": None,
        "modoTransp": None,
        "numConductor": None,
        "nombreConductor": None,
    }
    if document.doctor is not None:
        faults.add((*path, "doctor"), "not_allowed")
    if document.code in references.BY_ISSUER_OR_CUSTOMER:
        row["descDocumento"], row["detalleDocumento"] = references.described(document, path, faults)
        if document.transport is not None:
            faults.add((*path, "transport"), "not_allowed")
    elif document.code == _BY_CARRIER:
        references.refuse_description(document, path, faults)
        if document.transport is None:
            faults.add((*path, "transport"), "required")
        else:
            row |= _carried(document.transport, (*path, "transport"), faults)
    else:
        faults.add((*path, "code"), "unknown_code", value=document.code, catalog=catalogs.ASSOCIATED_DOCUMENTS)
    return row


def _carried(transport: Transport, path: Path, faults: Faults) -> Block:
    """What carries the goods: a row that names it says everything about it."""
    mode: Path = (*path, "mode")
    if transport.mode is None:
        faults.add(mode, "required")
    elif not catalogs.has(catalogs.TRANSPORT_MODES, str(transport.mode)):
        faults.add(mode, "unknown_code", value=transport.mode, catalog=catalogs.TRANSPORT_MODES)
    return {
        "placaTrans": fields.text(transport.plates, (*path, "plates"), faults, longest=70, shortest=5),
        "modoTransp": transport.mode,
        "numConductor": fields.text(transport.driver_id, (*path, "driver_id"), faults, longest=100, shortest=5),
        "nombreConductor": fields.text(transport.driver, (*path, "driver"), faults, longest=200, shortest=5),
    }


def _buyer(draft: Draft, issuer_tax_id: str, faults: Faults) -> Block | None:
    """`compraTercero`: on whose behalf the goods are bought. The schema takes it or `ventaTercero`, not both."""
    buyer = draft.third_party_purchase
    if buyer is None:
        return None
    here = "third_party_purchase"
    if draft.third_party_sale is not None:
        faults.add((here,), "third_parties_exclude_each_other")
    number = fields.text(buyer.id_number, (here, "id_number"), faults, longest=20)
    if number is not None and fields.without_dashes(number) == fields.without_dashes(issuer_tax_id):
        faults.add((here, "id_number"), "purchase_for_issuer")
    return {
        "numDocumento": number,
        "nombre": fields.text(buyer.name, (here, "name"), faults, longest=250),
    }

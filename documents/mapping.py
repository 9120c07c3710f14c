"""From rows and parsed bodies to the values of `hacienda`, and back to what the API shows. No rules here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings

from accounts.models import Establishment, Merchant, PointOfSale
from documents.models import Document
from hacienda import drafts, values
from hacienda.messages import gettext_noop
from hacienda.registry import authority
from hacienda.values import Fault, Invalid

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_UNKNOWN = gettext_noop("There is no such document of yours in this environment.")

Made = TypeVar("Made", bound="DataclassInstance")


def issuer(merchant: Merchant, establishment: Establishment, point_of_sale: PointOfSale) -> values.Issuer:
    return values.Issuer(
        tax_id=merchant.tax_id,
        registration=merchant.registration,
        name=merchant.name,
        activity=merchant.activity,
        trade_name=merchant.trade_name or None,
        address=drafts.Address(
            department=establishment.department,
            municipality=establishment.municipality,
            district=establishment.district,
            line=establishment.address_line,
        ),
        phone=establishment.phone or merchant.phone,
        email=establishment.email or merchant.email,
        establishment=establishment.code,
        point_of_sale=point_of_sale.code,
        export=_made(values.ExportDefaults, merchant.export_defaults),
        donation_resolution=_optional(values.Resolution, merchant.donation_resolution or None),
        responsible=responsible(merchant) if merchant.responsible_name else None,
        system_provider=settings.SYSTEM_PROVIDERS.get(merchant.country, ""),
    )


def responsible(merchant: Merchant) -> values.Person:
    """The person who answers for the merchant, from its settings; empty where nothing is set."""
    return values.Person(
        name=merchant.responsible_name,
        id_type=merchant.responsible_id_type,
        id_number=merchant.responsible_id_number,
    )


def bare(tax_id: str | None) -> str:
    """A tax id as it is kept in columns and compared: without dashes and spaces, empty for none."""
    return (tax_id or "").replace("-", "").replace(" ", "")


def _optional(value: type[Made], given: Mapping[str, Any] | None, /, **more: Any) -> Made | None:
    return None if given is None else _made(value, given, **more)


def _made(value: type[Made], given: Mapping[str, Any], /, **more: Any) -> Made:
    """A `value` from the members of `given` that it has a field for; absent and null mean its default."""
    known = {field.name for field in fields(value)}
    return value(**{name: one for name, one in given.items() if name in known and one is not None} | more)


def _party(given: Mapping[str, Any] | None, country: str) -> drafts.Party | None:
    return _optional(drafts.Party, given, address=_address((given or {}).get("address"), country))


def address(stored: Mapping[str, Any] | None) -> drafts.Address | None:
    """An address as `shown` stores it."""
    return _optional(drafts.Address, stored)


def _address(given: Mapping[str, Any] | None, country: str) -> drafts.Address | None:
    """In the authority's codes where a single place is meant."""
    if given is None:
        return None
    wanted = drafts.Address(
        department=given.get("department") or "",
        municipality=given.get("municipality") or "",
        district=given.get("district") or "",
        line=given["line"],
    )
    try:
        return authority(country).locate(wanted)
    except Invalid:
        # It is told with everything else that is wrong, when the draft is judged.
        return wanted


def _item(given: Mapping[str, Any], numbers: Mapping[str, str]) -> drafts.Item:
    """`numbers`: those of the related documents by their id, for items that name theirs by it."""
    taxes = tuple(_made(drafts.ExtraTax, tax) for tax in given.get("extra_taxes") or ())
    kind, tax, paper = given.get("kind"), given.get("tax"), given.get("paper")
    unit = given.get("unit")
    return _made(
        drafts.Item,
        given,
        unit=None if isinstance(unit, str) else unit,
        measure=unit if isinstance(unit, str) else None,
        exemption=_optional(drafts.Exemption, given.get("exemption")),
        discounts=tuple(_made(drafts.Discount, one) for one in given.get("discounts") or ()),
        commercial_codes=tuple(_made(drafts.CommercialCode, one) for one in given.get("commercial_codes") or ()),
        medicine=_optional(drafts.Medicine, given.get("medicine")),
        serials=tuple(given.get("serials") or ()),
        kind=drafts.ItemKind(kind) if kind else None,
        tax=drafts.Taxation(tax) if tax else None,
        extra_taxes=taxes,
        paper=_optional(drafts.PaperRange, paper, type_code=(paper or {}).get("type")),
        related=numbers.get(given.get("related") or "", given.get("related")),
    )


def _own_outage(given: Mapping[str, Any] | None) -> drafts.OwnOutage | None:
    if given is None:
        return None
    return drafts.OwnOutage(
        reason=given["reason"], note=given.get("note"), began_at=given["from"], ended_at=given["to"]
    )


def _payment(given: Mapping[str, Any] | None) -> drafts.Payment:
    if given is None:
        return drafts.Payment()
    return _made(
        drafts.Payment,
        given,
        condition=drafts.Condition(given.get("condition") or "cash"),
        methods=tuple(_made(drafts.PaymentMethod, method) for method in given.get("methods") or ()),
    )


def _charge(given: Mapping[str, Any], country: str) -> drafts.OtherCharge:
    return _made(drafts.OtherCharge, given, third_party=_party(given.get("third_party"), country))


def _period(given: Mapping[str, Any] | None) -> drafts.Period | None:
    return None if given is None else drafts.Period(first=given["from"], last=given["to"])


def _liquidation(given: Mapping[str, Any] | None) -> drafts.Liquidation | None:
    return _optional(drafts.Liquidation, given, period=_period(given))


def _associated(given: Mapping[str, Any]) -> drafts.AssociatedDocument:
    return _made(
        drafts.AssociatedDocument,
        given,
        doctor=_optional(drafts.Doctor, given.get("doctor")),
        transport=_optional(drafts.Transport, given.get("transport")),
    )


def _related(given: Mapping[str, Any], merchant: Merchant, environment: str) -> drafts.Related | None:
    """One document referred to: ours by id, or one issued elsewhere in the caller's words; None for a wrong id."""
    if not given.get("id"):
        return _made(
            drafts.Related,
            given,
            type_code=type_code(merchant.country, given.get("type") or ""),
            number=given.get("generation_code") or given.get("number") or "",
            electronic=bool(given.get("generation_code")),
            issued_on=given.get("issued_at") or date.min,
            issued_at=None,
        )
    ours = Document.objects.filter(merchant=merchant, environment=environment, public_id=given["id"]).first()
    if ours is None:
        return None
    zone = authority(merchant.country).rules.zone
    return _made(
        drafts.Related,
        given,
        type_code=ours.type_code,
        number=ours.generation_code,
        electronic=True,
        issued_on=ours.issued_at.astimezone(zone).date(),
        issued_at=ours.issued_at.astimezone(zone),
    )


def envelope(document: Document) -> values.Envelope:
    """The document as it is sealed at present, for the authority's client."""
    return values.Envelope(
        environment=values.Environment(document.environment),
        type_code=document.type_code,
        version=document.version,
        generation_code=document.generation_code,
        tax_id=document.merchant.tax_id,
        signature=document.current_sealing.signature if document.current_sealing else "",
    )


def polling(document: Document) -> tuple[timedelta, ...]:
    """How long to wait, from one question to the next, where the authority judges later what it has received."""
    pauses = authority(document.merchant.country).rules.polling
    return pauses.get(values.Environment(document.environment), ())


def type_code(country: str, given: str) -> str:
    """The authority's code of a type given by name or by code; what is unknown stays as it is."""
    return authority(country).rules.names.get(given, given)


def draft(body: Mapping[str, Any], *, merchant: Merchant, environment: str) -> drafts.Draft:
    """A parsed body as a draft. Raises `Invalid` for documents referred to that do not exist."""
    related = [_related(given, merchant, environment) for given in body.get("related") or ()]
    unknown = tuple(
        Fault(("related", index, "id"), "unknown_document", _UNKNOWN)
        for index, one in enumerate(related)
        if one is None
    )
    if unknown:
        raise Invalid(unknown)
    numbers = {
        given["id"]: one.number
        for given, one in zip(body.get("related") or (), related, strict=True)
        if one is not None and given.get("id")
    }
    return _made(
        drafts.Draft,
        body,
        type_code=type_code(merchant.country, body["type"]),
        items=tuple(_item(given, numbers) for given in body.get("items") or ()),
        customer=_party(body.get("customer"), merchant.country),
        payment=_payment(body.get("payment")),
        related=tuple(one for one in related if one is not None),
        associated_documents=tuple(_associated(given) for given in body.get("associated_documents") or ()),
        third_party_purchase=_optional(drafts.ThirdPartyPurchase, body.get("third_party_purchase")),
        export=_optional(drafts.Export, body.get("export")),
        period=_period(body.get("period")),
        liquidation=_liquidation(body.get("liquidation")),
        extension=_optional(drafts.Extension, body.get("extension")),
        other_charges=tuple(_charge(one, merchant.country) for one in body.get("other_charges") or ()),
        contingency=_own_outage(body.get("contingency")),
        third_party_sale=_optional(drafts.ThirdParty, body.get("third_party_sale")),
        global_discount=_made(drafts.GlobalDiscount, body.get("global_discount") or {}),
        appendix=tuple(_made(drafts.AppendixEntry, entry) for entry in body.get("appendix") or ()),
    )


def person(given: Mapping[str, Any] | None) -> values.Person | None:
    return _optional(values.Person, given)


def plain(amount: Decimal, places: int = 0) -> str:
    """A decimal as text: no exponent, no needless zeros, at least `places` decimals."""
    text = f"{amount:f}"
    whole, _dot, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(places, "0")
    return f"{whole}.{fraction}" if fraction else whole


def shown(prepared: values.Prepared) -> dict[str, Any]:
    """What the API shows of a document's contents: customer, items and totals, amounts as text."""
    customer = prepared.customer
    return {
        "customer": None if customer is None else _shown_party(customer),
        "items": [
            {
                "description": item.description,
                "quantity": plain(item.quantity),
                "price": plain(item.price, 2),
                "discount": plain(item.discount, 2),
                "amount": plain(item.amount, 2),
                "tax": item.tax.value,
                "kind": item.kind,
                "code": item.code,
                "unit": item.measure or item.unit or None,
            }
            for item in prepared.items
        ],
        "totals": {name: plain(amount, 2) for name, amount in prepared.totals.amounts()}
        | {"in_words": prepared.totals.in_words},
    }


def _shown_party(party: drafts.Party) -> dict[str, Any]:
    shown = {field.name: getattr(party, field.name) for field in fields(party) if field.name != "address"}
    address = party.address
    shown["address"] = address and {field.name: getattr(address, field.name) for field in fields(address)}
    return shown

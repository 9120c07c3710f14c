"""The fields of a document's body as people call them, by their public names."""

from __future__ import annotations

import re

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hacienda.registry import authority

Steps = tuple[str | int, ...]

# Those of every country; what one of them calls otherwise is in its `hacienda.vocabulary`.
LABELS: dict[str, Promise | str] = {
    "activity": _("Economic activity (code)"),
    "address": _("Address"),
    "amount": _("Amount"),
    "article": _("Article"),
    "began_at": _("Beginning"),
    "cabys": _("CABYS code"),
    "charged_for": _("Charged for"),
    "clause": _("Clause"),
    "code": _("Code"),
    "commercial_codes": _("Other code"),
    "commercial_unit": _("Unit as you sell it"),
    "condition": _("Condition"),
    "contingency": _("Contingency"),
    "count": _("How many"),
    "country": _("Country"),
    "credit_balance": _("Credit balance"),
    "currency": _("Currency"),
    "customer": _("Customer"),
    "customs_post": _("Customs post"),
    "days": _("Days of credit"),
    "department": _("Department"),
    "depreciation": _("Depreciation"),
    "description": _("Description"),
    "detail": _("Details"),
    "discount": _("Discount"),
    "discounts": _("Discount"),
    "district": _("District"),
    "documents": _("Documents"),
    "domiciled": _("Domiciled in the country"),
    "donation": _("Kind of donation"),
    "driver": _("Driver"),
    "driver_id": _("Driver's document"),
    "electronic_payment_number": _("Electronic payment number"),
    "email": _("E-mail"),
    "employee_code": _("Employee code"),
    "ended_at": _("End"),
    "establishment": _("Establishment"),
    "establishment_kind": _("Kind of establishment"),
    "exchange_rate": _("Exchange rate"),
    "exempt": _("Exempt"),
    "exemption": _("Exemption"),
    "expected_total": _("Expected total"),
    "export": _("Export"),
    "exported": _("Exported"),
    "extra_taxes": _("Other taxes"),
    "factory_vat": _("Tax charged at the factory (code)"),
    "fee": _("Fee"),
    "fee_percentage": _("Fee (%)"),
    "field": _("Field"),
    "first": _("First number"),
    "form": _("Form"),
    "free_of_charge": _("Free of charge"),
    "freight": _("Freight"),
    "from": _("From"),
    "generation_code": _("Generation code"),
    "global_discount": _("Global discount"),
    "goods_title": _("Title of the goods (code)"),
    "gross": _("Gross amount"),
    "id": _("Id in the API"),
    "id_number": _("Document number"),
    "id_type": _("Kind of document (code)"),
    "income_tax_withheld": _("Income tax withheld"),
    "incoterm": _("Incoterm"),
    "institution": _("Institution (code)"),
    "institution_name": _("Institution"),
    "insurance": _("Insurance"),
    "invalidated": _("Invalidated"),
    "issued_at": _("Time of issue"),
    "issued_on": _("Date"),
    "issuer": _("Company"),
    "items": _("Lines"),
    "kind": _("Kind"),
    "label": _("Label"),
    "last": _("Last number"),
    "line": _("Street and number"),
    "liquidation": _("Liquidation"),
    "merged_company": _("Absorbed company's NIT"),
    "medicine": _("Medicine"),
    "methods": _("Means of payment"),
    "mode": _("Means of transport (code)"),
    "municipality": _("Municipality"),
    "name": _("Name"),
    "not_perceived": _("Without perception"),
    "not_subject": _("Not subject"),
    "note": _("Note"),
    "notes": _("Notes"),
    "number": _("Number"),
    "other_charges": _("Other charge"),
    "payment": _("Payment"),
    "percentage": _("Percentage"),
    "period": _("Period"),
    "person": _("Kind of person"),
    "phone": _("Telephone"),
    "plates": _("Plates"),
    "point_of_sale": _("Point of sale"),
    "price": _("Price"),
    "prices_include_tax": _("Prices include the tax"),
    "quantity": _("Quantity"),
    "rate": _("Rate"),
    "reason": _("Reason"),
    "reference": _("Reference"),
    "reference_code": _("Why it is referred to (code)"),
    "reference_description": _("Why it is referred to"),
    "regime": _("Regime"),
    "regime_type": _("Kind of regime"),
    "registration": _("Registration"),
    "related": _("Document referred to"),
    "replacement": _("Replaced by"),
    "requested_by": _("Who asks for it"),
    "responsible": _("Who is responsible for it"),
    "serials": _("Serial number"),
    "service": _("Kind of service (code)"),
    "suggested_price": _("Suggested price"),
    "tariff_heading": _("Tariff heading"),
    "tax": _("Tax treatment"),
    "tax_id": _("Identification number"),
    "tax_rate": _("Rate of value added tax (code)"),
    "taxable": _("Taxable amount"),
    "taxable_base": _("Taxable base"),
    "taxed": _("Taxed"),
    "term": _("Term (code)"),
    "third_party_sale": _("Sale for a third party"),
    "to": _("To"),
    "trade_name": _("Trade name"),
    "transaction": _("Kind of transaction (code)"),
    "type": _("Type"),
    "unit": _("Unit (code)"),
    "unit_amount": _("Amount for each unit"),
    "value": _("Value"),
    "vat_code": _("Kind of value added tax (code)"),
    "vat_factor": _("Factor of value added tax"),
    "vat_perceived": _("1 % IVA perceived"),
    "vat_withheld": _("1 % IVA withheld"),
    "volume": _("Volume"),
    "withheld": _("Withheld"),
    "withholding": _("Withholding (code)"),
}

# Objects whose fields stand under their name.
GROUPS = frozenset(
    {"customer", "payment", "export", "liquidation", "contingency", "requested_by", "responsible", "issuer"}
)

# Objects of a line whose fields mean nothing without their name.
HOLDERS = frozenset({"exemption", "medicine"})

# Words that can be chosen, by themselves: none of them means two things.
CHOICES: dict[str, Promise | str] = {
    "both": _("Goods and services"),
    "cash": _("Cash"),
    "company": _("Company"),
    "credit": _("Credit"),
    "exempt": _("Exempt"),
    "goods": _("Goods"),
    "natural": _("Natural person"),
    "not_subject": _("Not subject"),
    "not_taxed": _("Outside the tax base"),
    "other": _("Other"),
    "service": _("Service"),
    "taxed": _("Taxed"),
}


def label(name: str, country: str) -> str:
    """What people of a country call a field; its own name, in words, where it has none."""
    own = authority(country).rules.vocabulary.fields.get(name)
    return gettext(own) if own is not None else str(LABELS.get(name, name.replace("_", " ").capitalize()))


def label_of(steps: Steps, country: str) -> str:
    """What people call the field at a place under its heading; within one of several things, which of them."""
    last = label(next(step for step in reversed(steps) if isinstance(step, str)), country)
    match steps:
        case (_, int(), str() as several, int(index), *_rest) if isinstance(steps[-1], str):
            return f"{label(several, country)} {index + 1}: {last}"
        case (_, int(), str() as holder, str()) if holder in HOLDERS:
            return f"{label(holder, country)}: {last}"
    return last


def choice(word: str) -> str:
    """What people call one of a field's words."""
    return str(CHOICES.get(word, word))


def group(steps: Steps, country: str) -> str:
    """Under which heading a field stands."""
    match steps:
        case ("items", int(index), *_rest):
            return gettext("Line %(number)s") % {"number": index + 1}
        case ("related", int(index), *_rest):
            return gettext("Document referred to %(number)s") % {"number": index + 1}
        case ("documents", int(index), *_rest):
            return gettext("Document %(number)s") % {"number": index + 1}
        case ("other_charges", int(index), *_rest):
            return gettext("Other charge %(number)s") % {"number": index + 1}
        case (str() as name, *_rest) if name in GROUPS:
            return label(name, country)
    return gettext("Other data")


def steps_of(pointer: str) -> Steps:
    """A JSON pointer as steps, numbers as such; empty for the whole body."""
    parts = pointer.split("/")[1:]
    return tuple(int(part) if re.fullmatch(r"[0-9]{1,6}", part) else part for part in parts)


def pointer_of(steps: Steps) -> str:
    """The other way round. Names of ours have none of the characters that a pointer would have to hide."""
    return "".join(f"/{step}" for step in steps)


def described(pointer: str, country: str) -> str:
    """The field that a pointer leads to, in words: `Line 1: Price`."""
    steps = steps_of(pointer)
    names = [step for step in steps if isinstance(step, str)]
    if not names:
        return ""
    if len(steps) == 1:
        return label(names[0], country)
    last = steps[-1]
    if isinstance(last, int):
        return group(steps, country)
    return f"{group(steps, country)}: {label(last, country)}"

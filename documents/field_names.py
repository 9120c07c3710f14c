"""The fields of a document's body as people call them, by their public names."""

from __future__ import annotations

import re

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

Steps = tuple[str | int, ...]

LABELS: dict[str, Promise | str] = {
    "activity": _("Economic activity (code)"),
    "address": _("Address"),
    "amount": _("Amount"),
    "began_at": _("Beginning"),
    "code": _("Code"),
    "condition": _("Condition"),
    "contingency": _("Contingency"),
    "count": _("How many"),
    "country": _("Country"),
    "credit_balance": _("Credit balance"),
    "customer": _("Customer"),
    "customs_post": _("Customs post"),
    "department": _("Department"),
    "depreciation": _("Depreciation"),
    "description": _("Description"),
    "detail": _("Details"),
    "discount": _("Discount"),
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
    "exempt": _("Exempt"),
    "expected_total": _("Expected total"),
    "export": _("Export"),
    "exported": _("Exported"),
    "extra_taxes": _("Other taxes"),
    "fee": _("Fee"),
    "fee_percentage": _("Fee (%)"),
    "field": _("Field"),
    "first": _("First number"),
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
    "methods": _("Means of payment"),
    "mode": _("Means of transport (code)"),
    "municipality": _("Municipality"),
    "name": _("Name"),
    "not_perceived": _("Without perception"),
    "not_subject": _("Not subject"),
    "note": _("Note"),
    "notes": _("Notes"),
    "number": _("Number"),
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
    "reason": _("Reason"),
    "reference": _("Reference"),
    "regime": _("Regime"),
    "regime_type": _("Kind of regime"),
    "registration": _("NRC"),
    "related": _("Document referred to"),
    "replacement": _("Replaced by"),
    "requested_by": _("Who asks for it"),
    "responsible": _("Who is responsible for it"),
    "service": _("Kind of service (code)"),
    "suggested_price": _("Suggested price"),
    "tax": _("Tax treatment"),
    "tax_id": _("NIT or DUI"),
    "taxable": _("Taxable amount"),
    "taxed": _("Taxed"),
    "term": _("Term (code)"),
    "third_party_sale": _("Sale for a third party"),
    "to": _("To"),
    "trade_name": _("Trade name"),
    "type": _("Type"),
    "unit": _("Unit (code)"),
    "value": _("Value"),
    "vat_perceived": _("1 % IVA perceived"),
    "vat_withheld": _("1 % IVA withheld"),
    "withheld": _("Withheld"),
    "withholding": _("Withholding (code)"),
}

# Objects whose fields stand under their name.
GROUPS = frozenset(
    {"customer", "payment", "export", "liquidation", "contingency", "requested_by", "responsible", "issuer"}
)

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


def label(name: str) -> str:
    """What people call a field; its own name, in words, where it has none."""
    return str(LABELS.get(name, name.replace("_", " ").capitalize()))


def choice(word: str) -> str:
    """What people call one of a field's words."""
    return str(CHOICES.get(word, word))


def group(steps: Steps) -> str:
    """Under which heading a field stands."""
    match steps:
        case ("items", int(index), *_rest):
            return gettext("Line %(number)s") % {"number": index + 1}
        case ("related", int(index), *_rest):
            return gettext("Document referred to %(number)s") % {"number": index + 1}
        case ("documents", int(index), *_rest):
            return gettext("Document %(number)s") % {"number": index + 1}
        case (str() as name, *_rest) if name in GROUPS:
            return label(name)
    return gettext("Other data")


def steps_of(pointer: str) -> Steps:
    """A JSON pointer as steps, numbers as such; empty for the whole body."""
    parts = pointer.split("/")[1:]
    return tuple(int(part) if re.fullmatch(r"[0-9]{1,6}", part) else part for part in parts)


def pointer_of(steps: Steps) -> str:
    """The other way round. Names of ours have none of the characters that a pointer would have to hide."""
    return "".join(f"/{step}" for step in steps)


def described(pointer: str) -> str:
    """The field that a pointer leads to, in words: `Line 1: Price`."""
    steps = steps_of(pointer)
    names = [step for step in steps if isinstance(step, str)]
    if not names:
        return ""
    if len(steps) == 1:
        return label(names[0])
    last = steps[-1]
    if isinstance(last, int):
        return group(steps)
    return f"{group(steps)}: {label(last)}"

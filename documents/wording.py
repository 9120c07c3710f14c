"""The public names of document types, and of what came of sending one, in the reader's language."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hacienda.authority import CONTINGENCY, INVALIDATION
from hacienda.registry import authority

# By the type's public name (the API's), which is the same in every country.
LABELS: dict[str, Promise | str] = {
    "invoice": _("Invoice"),
    "ticket": _("Ticket"),
    "tax_credit": _("Tax credit invoice"),
    "delivery_note": _("Delivery note"),
    "credit_note": _("Credit note"),
    "debit_note": _("Debit note"),
    "withholding": _("Withholding receipt"),
    "settlement": _("Settlement receipt"),
    "accounting_settlement": _("Accounting settlement"),
    "export_invoice": _("Export invoice"),
    "purchase_invoice": _("Purchase invoice"),
    "payment_receipt": _("Payment receipt"),
    "excluded_subject": _("Excluded subject invoice"),
    "donation": _("Donation receipt"),
    "special_operations": _("Special operations event"),
    "return": _("Return event"),
}

# By the outcome that `documents.services.exchange` writes down.
OUTCOMES: dict[str, Promise | str] = {
    "started": _("No answer written down yet"),
    "accepted": _("Accepted"),
    "rejected": _("Rejected"),
    "received": _("Received, being judged"),
    "absent": _("Hacienda does not have it"),
    "unknown": _("An answer that says nothing for certain"),
    "told_once": _("Hacienda tells of a refusal; it is asked once more"),
    "known_already": _("Hacienda says it has it already"),
    "refused_in_doubt": _("Hacienda refuses it, while an earlier sending may still arrive"),
    "not_written": _("Hacienda could not be reached"),
    "closed": _("The connection was cut"),
    "silent": _("No answer in time"),
    "throttled": _("Hacienda asked for a pause"),
    "refused": _("Hacienda refused the credentials"),
    "unauthorized": _("Hacienda refused the access"),
}


def label(country: str, type_code: str) -> Promise | str:
    """The name of a type; the authority's code for one that has none."""
    return LABELS.get(authority(country).rules.type_name(type_code), type_code)


# What the one amount of a document is, where nobody pays it as it stands; by the type's public name.
TOTALS: dict[str, Promise | str] = {
    "delivery_note": _("Total amount of the operation"),
    "credit_note": _("Total of the credit note"),
    "withholding": _("Total value added tax withheld"),
    "settlement": _("Total of the settlement"),
    "accounting_settlement": _("Net amount to pay"),
    "donation": _("Total value of the donation"),
    "return": _("Total of the return"),
}


def total(country: str, type_code: str) -> Promise | str:
    """What the amount of a document of that type is; empty where it is what the customer pays."""
    return TOTALS.get(authority(country).rules.type_name(type_code), "")


# Events that have schema versions of their own.
EVENTS: dict[str, Promise | str] = {
    INVALIDATION: _("Event: invalidation"),
    CONTINGENCY: _("Event: contingency"),
}


def schema(country: str, code: str) -> Promise | str:
    """The name of what a schema is for: a type by the authority's code, or an event by its name."""
    return EVENTS.get(code) or label(country, code)


def choices(country: str) -> list[tuple[str, Promise | str]]:
    """Every type that can be issued in the country, by the authority's code."""
    rules = authority(country).rules
    return [(code, LABELS.get(name, name)) for name, code in rules.names.items() if code in rules.versions]


# By the name that a country's rules give the kind; codes are the country's own.
ID_TYPES: dict[str, Promise | str] = {
    "dui": _("DUI"),
    "nit": _("NIT"),
    "passport": _("Passport"),
    "residence_card": _("Residence card"),
    "other": _("Other"),
    "physical": _("National identity card"),
    "legal": _("Company's identification"),
    "dimex": _("DIMEX"),
    "nite": _("NITE"),
    "foreigner": _("Foreigner who does not live in the country"),
    "not_taxpayer": _("Not a taxpayer"),
}


def id_types(country: str) -> list[tuple[str, Promise | str]]:
    """The kinds of identity document that a person may show, by the authority's code."""
    return [(code, ID_TYPES.get(name, name)) for code, name in authority(country).rules.id_types.items()]


# Who can mend what made the authority refuse a document.
MENDERS: dict[str, Promise | str] = {
    "merchant": _("You can mend it"),
    "operator": _("SmartBill's support mends it"),
    "hacienda": _("Hacienda mends it"),
}

# The terms that a document shows, by the name of their clock.
DEADLINES: dict[str, Promise | str] = {
    "contingency_event": _("To be reported by its event"),
    "contingency_document": _("To be sent to Hacienda"),
    "correction": _("To be corrected with the same number"),
    "invalidation": _("Can be invalidated"),
}

# Why a document was issued in contingency, by the name that a country's rules give the reason.
REASONS: dict[str, Promise | str] = {
    "authority_down": _("Hacienda's system could not be reached"),
    "own_system": _("The merchant's own system failed"),
    "internet": _("The internet connection failed"),
    "power": _("The power failed"),
    "other": _("Another reason"),
}


def reason(country: str, code: int | None) -> Promise | str:
    """The name of a reason by the authority's code; the code itself where it has none, empty without one."""
    names = {known: name for name, known in authority(country).rules.contingency.reasons.items()}
    return "" if code is None else REASONS.get(names.get(code, ""), str(code))

"""What people in Costa Rica call things."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from hacienda.messages import gettext_noop
from hacienda.vocabulary import Access, Asked, Example, Vocabulary

VOCABULARY: Final = Vocabulary(
    access=Access(
        certificate=Asked(
            gettext_noop("Cryptographic key (.p12)"),
            gettext_noop("The .p12 file that Hacienda's portal made for the company. A new one ends the old one."),
        ),
        accepts=".p12,.pfx",
        certificate_password=Asked(
            gettext_noop("PIN of the cryptographic key"),
            gettext_noop("The one that you chose when the key was made."),
        ),
        user=Asked(
            gettext_noop("User of Hacienda's API"),
            gettext_noop("As Hacienda's portal gave it, with what stands after the @. Tests and production differ."),
        ),
        password=Asked(
            gettext_noop("Password of that user"),
            gettext_noop("The one that Hacienda's portal made with the user, not the one you sign in there with."),
        ),
        renewal=gettext_noop(
            "Make a new cryptographic key in Hacienda's portal in time: without it nothing can be issued."
        ),
    ),
    # CABYS: food served without a waiter, with places to sit.
    example=Example(
        gettext_noop("This sends a ticket of two coffees:"),
        {
            "type": "ticket",
            "items": [{"description": "Café", "quantity": 2, "price": "1500", "cabys": "6332000000000"}],
        },
    ),
    tax_id=gettext_noop("Identification"),
    phone=gettext_noop("Documents tell it. One of another country begins with + and its code."),
    generation_code=gettext_noop("Clave"),
    provider=Asked(
        gettext_noop("System provider"),
        gettext_noop("Every document names by its identification whose software issues it."),
    ),
    stamp=gettext_noop("Fingerprint of Hacienda's answer (SHA-256)"),
    fields=MappingProxyType(
        {
            "department": gettext_noop("Province"),
            "generation_code": gettext_noop("Clave"),
            "id_type": gettext_noop("Kind of identification (code)"),
            "line": gettext_noop("Other directions"),
            "municipality": gettext_noop("Canton"),
            "registration": gettext_noop("Registration"),
            "tax_id": gettext_noop("Identification number"),
        }
    ),
    often_missing=MappingProxyType(
        {
            "customer": ("name", "tax_id", "id_type", "activity", "phone", "email"),
            "items": ("description", "cabys", "quantity", "price", "discount", "tax_rate"),
        }
    ),
)

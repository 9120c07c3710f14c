"""What people in El Salvador call things."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from hacienda.messages import gettext_noop
from hacienda.vocabulary import Access, Asked, Example, Vocabulary

VOCABULARY: Final = Vocabulary(
    access=Access(
        certificate=Asked(gettext_noop("Certificate"), gettext_noop("The .crt file that Hacienda sent you.")),
        accepts=".crt,.xml",
        certificate_password=Asked(
            gettext_noop("Certificate's private password"),
            gettext_noop("The one you chose for the certificate's private key."),
        ),
        password=Asked(
            gettext_noop("Hacienda API password"),
            gettext_noop("The one your company signs in to Hacienda's API with."),
        ),
        renewal=gettext_noop("Get a new one from Hacienda's portal in time: without it nothing can be issued."),
    ),
    example=Example(
        gettext_noop("This sends an invoice of two coffees:"),
        {"type": "invoice", "items": [{"description": "Café", "quantity": 2, "price": "3.50"}]},
    ),
    tax_id=gettext_noop("NIT"),
    registration=gettext_noop("NRC"),
    phone=gettext_noop("Hacienda wants it in every document and contingency event. Up to three, with commas."),
    generation_code=gettext_noop("Generation code"),
    stamp=gettext_noop("Hacienda's stamp"),
    fields=MappingProxyType(
        {
            "registration": gettext_noop("NRC"),
            "tax_id": gettext_noop("NIT or DUI"),
        }
    ),
    often_missing=MappingProxyType(
        {
            "customer": ("name", "tax_id", "registration", "activity", "phone", "email"),
            "items": ("description", "quantity", "price", "discount"),
        }
    ),
)

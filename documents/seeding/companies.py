"""Made-up companies to whose name documents are made up. Nobody has these numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from accounts import selectors as accounts
from accounts import services, vault
from accounts.models import Environment, Merchant
from documents import mapping
from hacienda import drafts, values
from hacienda.certificates import SigningKey
from hacienda.errors import NoAnswer

PREFIX = "0614019901"  # with four digits after it, the NIT of no taxpayer
RESPONSIBLE = values.Person(name="PERSONA INVENTADA DE EJEMPLO", id_type="13", id_number="000000018")
EXPORT = values.ExportDefaults(customs_post="02", regime_type="EX-1", regime="1000.000", incoterm="09")


@dataclass(frozen=True, slots=True)
class Company:
    """A merchant, with what its documents are made from and signed with."""

    key: int
    issuer: values.Issuer
    signing_key: SigningKey


def existing() -> int:
    """How many were made up before."""
    return Merchant.objects.filter(tax_id__startswith=PREFIX).count()


def make(count: int, now: datetime) -> Iterator[Company]:
    """So many new companies, with a signing file of their own for the sandbox."""
    begun = existing()
    for number in range(begun + 1, begun + count + 1):
        merchant = services.create_merchant(
            name=f"EMPRESA INVENTADA {number:04}, S.A. DE C.V.",
            trade_name=f"Empresa Inventada {number:04}",
            tax_id=f"{PREFIX}{number:04}",
            registration=f"9{number:06}",
            activity="46632",
            phone="22000000",
            email=f"inventada{number:04}@smartbill.example",
            address=drafts.Address("06", "23", "14", f"Calle de Ejemplo número {number}"),
            responsible=RESPONSIBLE,
            now=now,
        )
        services.set_export_defaults(merchant=merchant, defaults=EXPORT)
        services.open_sandbox(merchant=merchant, now=now)
        shop, till = accounts.place(merchant)
        yield Company(
            key=merchant.pk,
            issuer=mapping.issuer(merchant, shop, till),
            signing_key=vault.signing_key(merchant.pk, Environment.SANDBOX),
        )


def register(company_keys: list[int]) -> bool:
    """Make them known to the sandbox, which only then takes what still waits of theirs; whether it answered."""
    try:
        for merchant in Merchant.objects.filter(pk__in=company_keys):
            services.register_in_sandbox(merchant=merchant)
    except NoAnswer:
        return False
    return True

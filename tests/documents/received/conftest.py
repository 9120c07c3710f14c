"""A supplier and its buyer, both of Costa Rica, and what the one has sent to the other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone

from accounts import services as accounts
from accounts import vault
from accounts.models import Environment, Merchant
from documents.models import Document
from hacienda.registry import authority
from tests import pace
from tests.actors import HACIENDA_PASSWORD, Caller, SigningFile, caller
from tests.ticos import TICO_ADDRESS, TICO_TAX_ID, cr_invoice

SUPPLIER_TAX_ID = "3101000005"
OTHER_TICO_TAX_ID = "3101000006"
PIN = "Llave.De-Prueba-2026"
Deliver = Callable[..., str]
Work = Callable[[Callable[[], bool]], None]


def signing_file_of(tax_id: str) -> SigningFile:
    law, now = authority("CR"), datetime.now(UTC)
    content = law.make_certificate(
        tax_id=tax_id, name="PRUEBA SOCIEDAD ANONIMA", registration="", email="", password=PIN, now=now
    )
    return SigningFile(content, PIN, law.read_certificate(content, PIN, tax_id=tax_id, now=now))


@pytest.fixture(scope="session")
def supplier_file() -> SigningFile:
    """Made once: it takes long."""
    return signing_file_of(SUPPLIER_TAX_ID)


def merchant_of(tax_id: str, file: SigningFile, name: str) -> Merchant:
    """A merchant of Costa Rica that can send in the sandbox."""
    now = timezone.now()
    merchant = accounts.create_merchant(
        name=name,
        trade_name="",
        tax_id=tax_id,
        registration="",
        activity="5610.0",
        phone="22001100",
        email="facturas.cr@example.com",
        address=TICO_ADDRESS,
        country="CR",
        now=now,
    )
    vault.store(
        merchant=merchant,
        environment=Environment.SANDBOX,
        certificate=file.opened,
        content=file.content,
        password=HACIENDA_PASSWORD,
        user=f"cpj-{tax_id}@pruebas.example",
        now=now,
    )
    accounts.register_in_sandbox(merchant=merchant)
    return merchant


@pytest.fixture
def supplier(tico: Merchant, supplier_file: SigningFile) -> Caller:
    """Whoever sells to the merchant of Costa Rica."""
    return caller(merchant_of(SUPPLIER_TAX_ID, supplier_file, "PROVEEDOR DE PRUEBA SOCIEDAD ANONIMA"))


def bought(**more: object) -> dict[str, Any]:
    """The body of an invoice to the merchant."""
    customer = {**cr_invoice()["customer"], "tax_id": TICO_TAX_ID}
    return cr_invoice(customer=customer, **more)


@pytest.fixture
def deliver(supplier: Caller) -> Deliver:
    """Sells something to the merchant, and gives the signed document that Hacienda has accepted."""

    def sell(body: dict[str, Any] | None = None) -> str:
        answer = supplier.send(body or bought())
        assert answer.status_code == 201, answer.content
        sealing = Document.objects.get(public_id=answer.json()["id"]).current_sealing
        assert sealing is not None
        return sealing.signature

    return sell


@pytest.fixture
def work(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Work:
    """Lets the sender work until something is so."""
    pace.hurry(settings, monkeypatch)
    return pace.work

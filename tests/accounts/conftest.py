"""Made-up companies, and made-up signing files for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from accounts import services
from accounts.models import Environment, Merchant, Role
from accounts.services import NewKey
from accounts.vault import keys_in_memory
from hacienda import drafts
from hacienda.registry import authority

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
SHOP_TAX_ID = "06149901011019"
NEIGHBOUR_TAX_ID = "06149902021029"
FILE_PASSWORD = "Archivo.De-Prueba-1"
ADDRESS = drafts.Address(department="06", municipality="23", district="14", line="Calle de Ejemplo 1")


@dataclass(frozen=True)
class File:
    """A signing file and what opens it."""

    content: bytes
    password: str


@pytest.fixture
def now() -> datetime:
    return NOW


def _file(tax_id: str) -> File:
    content = authority("SV").make_certificate(
        tax_id=tax_id,
        name="TIENDA INVENTADA, S.A. DE C.V.",
        registration="1234567",
        email="tienda@example.com",
        password=FILE_PASSWORD,
        now=NOW - timedelta(days=1),
    )
    return File(content, FILE_PASSWORD)


@pytest.fixture(scope="session")
def shop_file() -> File:
    return _file(SHOP_TAX_ID)


@pytest.fixture(scope="session")
def next_shop_file() -> File:
    """What the same company gets when its first file runs out."""
    return _file(SHOP_TAX_ID)


@pytest.fixture(scope="session")
def neighbour_file() -> File:
    return _file(NEIGHBOUR_TAX_ID)


def _merchant(tax_id: str, name: str) -> Merchant:
    return services.create_merchant(
        name=name,
        tax_id=tax_id,
        registration="1234567",
        activity="46632",
        phone="2200-1100",
        email="tienda@example.com",
        address=ADDRESS,
        now=NOW,
    )


@pytest.fixture
def shop(db: None) -> Merchant:
    """A company without keys or credentials."""
    keys_in_memory.clear()
    return _merchant(SHOP_TAX_ID, "TIENDA INVENTADA, S.A. DE C.V.")


@pytest.fixture
def neighbour(shop: Merchant) -> Merchant:
    """Another company, which must never see or be seen."""
    return _merchant(NEIGHBOUR_TAX_ID, "VECINO INVENTADO, S.A. DE C.V.")


@pytest.fixture
def shop_key(shop: Merchant) -> NewKey:
    """A manager key of the shop in the sandbox."""
    return services.create_api_key(
        merchant=shop, environment=Environment.SANDBOX, role=Role.MANAGER, name="caja", now=NOW
    )

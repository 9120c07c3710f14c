"""What a merchant exports by as a rule, and what lets it take donations: on the dashboard and below it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import services
from accounts.models import Merchant, Role
from documents import mapping
from hacienda.values import ExportDefaults, Invalid, Resolution
from tests.actors import ADDRESS, TAX_ID
from tests.people import text, visitor

pytestmark = pytest.mark.django_db

USUAL = ExportDefaults(customs_post="02", regime_type="EX-1", regime="1000.000", incoterm="09")
RESOLUTION = Resolution("RES-0001-2026", "Resolución de exención")
FORM = {"export_customs_post": "15", "export_regime": "2100.000", "export_incoterm": "11"}


@pytest.fixture
def merchant(db: None) -> Merchant:
    return services.create_merchant(
        name="COMERCIAL DE PRUEBA, S.A. DE C.V.",
        tax_id=TAX_ID,
        registration="1234567",
        activity="46632",
        phone="22001100",
        email="facturas@example.com",
        address=ADDRESS,
        now=timezone.now(),
    )


def issuer(merchant: Merchant) -> Any:
    merchant.refresh_from_db()
    shop = merchant.establishments.get()
    return mapping.issuer(merchant, shop, shop.points_of_sale.get())


def refused(**arguments: Any) -> dict[str, str]:
    service = services.set_export_defaults if "defaults" in arguments else services.set_donation_resolution
    with pytest.raises(Invalid) as caught:
        service(**arguments)
    return {fault.pointer: fault.code for fault in caught.value.faults}


# --- Services ---------------------------------------------------------------------------------------------------
def test_what_is_kept_is_what_documents_are_issued_with(merchant: Merchant) -> None:
    services.set_export_defaults(merchant=merchant, defaults=USUAL)
    services.set_donation_resolution(merchant=merchant, resolution=RESOLUTION)
    assert issuer(merchant).export == USUAL
    assert issuer(merchant).donation_resolution == RESOLUTION


def test_it_may_be_taken_away_again(merchant: Merchant) -> None:
    services.set_export_defaults(merchant=merchant, defaults=USUAL)
    services.set_export_defaults(merchant=merchant, defaults=ExportDefaults(incoterm="01"))
    assert issuer(merchant).export == ExportDefaults(incoterm="01")
    services.set_donation_resolution(merchant=merchant, resolution=RESOLUTION)
    services.set_donation_resolution(merchant=merchant, resolution=None)
    assert issuer(merchant).donation_resolution is None


def test_codes_are_those_of_the_catalogues(merchant: Merchant) -> None:
    wrong = ExportDefaults("98", "EX-9", "1", "12")
    assert refused(merchant=merchant, defaults=wrong) == {
        "/export/customs_post": "unknown",
        "/export/regime_type": "unknown",
        "/export/regime": "unknown",
        "/export/incoterm": "unknown",
    }
    assert issuer(merchant).export == ExportDefaults()


def test_a_resolution_has_a_number_and_says_what_it_is(merchant: Merchant) -> None:
    for number, description, faults in (
        ("", "x", {"/donation/number": "required", "/donation/description": "too_short"}),
        ("x" * 101, "x" * 301, {"/donation/number": "too_long", "/donation/description": "too_long"}),
    ):
        assert refused(merchant=merchant, resolution=Resolution(number, description)) == faults
    assert issuer(merchant).donation_resolution is None


# --- Pages ------------------------------------------------------------------------------------------------------
def test_a_manager_sets_what_exports_take_for_granted(merchant: Merchant) -> None:
    ana = visitor(merchant)
    assert ana.post("/hacienda/trade/exports", FORM)["Location"] == "/hacienda"
    assert issuer(merchant).export == ExportDefaults(customs_post="15", regime="2100.000", incoterm="11")

    page = text(ana.get("/hacienda"))
    assert "15 · Fardos Postales" in page
    assert "11 · CIF- Costo seguro y flete" in page
    shown = ana.get("/hacienda/trade").content.decode()
    assert '<option value="2100.000" selected>' in shown
    assert '<optgroup label="EX-2 · Exportación Temporal">' in shown


def test_a_manager_sets_the_resolution(merchant: Merchant) -> None:
    ana = visitor(merchant)
    form = {"donation_number": " RES-0001-2026 ", "donation_description": "Resolución de exención"}
    assert ana.post("/hacienda/trade/donations", form)["Location"] == "/hacienda"
    assert issuer(merchant).donation_resolution == RESOLUTION
    assert "RES-0001-2026 Resolución de exención" in text(ana.get("/hacienda"))

    assert ana.post("/hacienda/trade/donations", {})["Location"] == "/hacienda"
    assert issuer(merchant).donation_resolution is None


def test_what_is_wrong_is_said_at_its_field(merchant: Merchant) -> None:
    ana = visitor(merchant)
    answer = ana.post("/hacienda/trade/donations", {"donation_number": "RES-0001-2026"})
    assert answer.status_code == 422
    assert "This field is required." in answer.content.decode()
    assert 'value="RES-0001-2026"' in answer.content.decode()
    assert ana.post("/hacienda/trade/exports", {"export_incoterm": "12"}).status_code == 422
    assert issuer(merchant).donation_resolution is None


@pytest.mark.parametrize("path", ["trade", "trade/exports", "trade/donations"])
def test_only_managers_may(merchant: Merchant, client: Client, path: str) -> None:
    address = f"/hacienda/{path}"
    ask = "get" if path == "trade" else "post"
    assert getattr(client, ask)(address)["Location"].startswith("/login")
    transmitter = visitor(merchant, Role.TRANSMITTER, "eva@example.com")
    assert getattr(transmitter, ask)(address, FORM if ask == "post" else None).status_code == 403
    assert issuer(merchant).export == ExportDefaults()
    assert "/hacienda/trade" not in transmitter.get("/hacienda").content.decode()

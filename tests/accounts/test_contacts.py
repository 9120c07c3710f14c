"""How the company can be reached: who sees it, who changes it, and what it then says in documents and events."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts import contacts, services
from accounts.models import Establishment, Merchant, Role
from documents import mapping
from hacienda.values import Invalid, Issuer
from tests.actors import ADDRESS, OTHER_TAX_ID, TAX_ID
from tests.people import Visitor, text, visitor

pytestmark = pytest.mark.django_db

PAGE = "/hacienda/company"
GIVEN = {"trade_name": "La Nueva", "phone": "2222-3333, 7777-8888", "email": "Hola@Example.com"}


def company(tax_id: str, name: str) -> Merchant:
    return services.create_merchant(
        name=name,
        tax_id=tax_id,
        registration="1234567",
        activity="46632",
        phone="22001100",
        email="facturas@example.com",
        address=ADDRESS,
        now=timezone.now(),
    )


@pytest.fixture
def merchant(db: None) -> Merchant:
    return company(TAX_ID, "COMERCIAL DE PRUEBA, S.A. DE C.V.")


@pytest.fixture
def shop(merchant: Merchant) -> Establishment:
    return merchant.establishments.get()


@pytest.fixture
def ana(merchant: Merchant) -> Visitor:
    return visitor(merchant)


def issuer(merchant: Merchant) -> Issuer:
    shop = Establishment.objects.select_related("merchant").get(merchant=merchant)
    return mapping.issuer(shop.merchant, shop, shop.points_of_sale.get())


# --- Services ---------------------------------------------------------------------------------------------------
def test_what_is_changed_is_what_documents_and_events_tell(merchant: Merchant, shop: Establishment) -> None:
    contacts.set_contact(merchant=merchant, **GIVEN)
    told = issuer(merchant)
    assert (told.trade_name, told.phone, told.email) == ("La Nueva", GIVEN["phone"], "hola@example.com")

    contacts.set_establishment_contact(establishment=shop, phone="2444-5555", email="sucursal@example.com")
    assert (issuer(merchant).phone, issuer(merchant).email) == ("2444-5555", "sucursal@example.com")
    contacts.set_establishment_contact(establishment=shop, phone="", email=" ")
    assert issuer(merchant).phone == GIVEN["phone"]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("phone", "", "required"),
        ("phone", "123", "too_short"),
        ("phone", "1" * 31, "too_long"),
        ("phone", "1,2,3,4,5", "too_many_phones"),
        ("phone", "2222\x003333", "control_character"),
        ("email", "", "required"),
        ("email", "nadie", "not_an_email"),
        ("email", "ana@localhost", "email_invalid"),
        ("trade_name", "x" * 151, "too_long"),
    ],
)
def test_what_hacienda_would_refuse_in_a_document_is_refused_here(
    merchant: Merchant, field: str, value: str, code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        contacts.set_contact(merchant=merchant, **GIVEN | {field: value})

    assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [(f"/{field}", code)]
    assert merchant.phone == "22001100"
    assert issuer(merchant).phone == "22001100"


def test_of_a_place_everything_wrong_is_told_at_once(shop: Establishment) -> None:
    with pytest.raises(Invalid) as caught:
        contacts.set_establishment_contact(establishment=shop, phone="12", email="nadie")

    assert {fault.pointer for fault in caught.value.faults} == {"/phone", "/email"}


# --- The page ---------------------------------------------------------------------------------------------------
def test_a_manager_changes_the_company_and_its_places(ana: Visitor, merchant: Merchant) -> None:
    assert f'href="{PAGE}"' in ana.get("/hacienda").content.decode()
    page = ana.get(PAGE).content.decode()
    assert 'value="22001100"' in page
    assert TAX_ID in page

    assert "Saved." in text(ana.post(f"{PAGE}/contact", GIVEN, follow=True))
    place = {"phone": "2444-5555", "email": ""}
    assert "Saved." in text(ana.post(f"{PAGE}/places/M001", place, follow=True))

    told = issuer(merchant)
    assert (told.trade_name, told.phone, told.email) == ("La Nueva", "2444-5555", "hola@example.com")


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_changed(ana: Visitor, merchant: Merchant) -> None:
    answer = ana.post(f"{PAGE}/contact", GIVEN | {"phone": "12"})
    assert answer.status_code == 422
    assert "At least 8 characters." in text(answer)
    assert 'value="12"' in answer.content.decode()
    assert 'value="La Nueva"' in answer.content.decode()

    answer = ana.post(f"{PAGE}/places/M001", {"phone": "", "email": "nadie"})
    assert answer.status_code == 422
    assert "This is not an e-mail address." in text(answer)
    assert issuer(merchant).trade_name is None
    assert ana.post(f"{PAGE}/places/M999", {}).status_code == 404


def test_a_transmitter_sees_it_and_changes_nothing(merchant: Merchant) -> None:
    till = visitor(merchant, Role.TRANSMITTER, "caja@example.com")

    page = till.get(PAGE)

    assert "22001100" in text(page)
    assert "A manager can change these." in text(page)
    assert f'action="{PAGE}' not in page.content.decode()
    assert till.post(f"{PAGE}/contact", GIVEN).status_code == 403
    assert till.post(f"{PAGE}/places/M001", {"phone": "", "email": ""}).status_code == 403
    assert issuer(merchant).phone == "22001100"


def test_nobody_else_gets_at_it(merchant: Merchant) -> None:
    stranger = visitor(company(OTHER_TAX_ID, "OTRA"), email="otra@example.com")
    Establishment.objects.filter(merchant=merchant).update(code="S002")

    assert "COMERCIAL DE PRUEBA" not in text(stranger.get(PAGE))
    assert stranger.post(f"{PAGE}/places/S002", {"phone": "2444-5555", "email": ""}).status_code == 404
    assert Visitor().get(PAGE).status_code == 302

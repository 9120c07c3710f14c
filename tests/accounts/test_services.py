"""Merchants, people, keys and credentials: what is made, and every reason to refuse at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from accounts import keys, services, vault
from accounts.models import (
    ApiKey,
    Credential,
    Environment,
    Establishment,
    Membership,
    Merchant,
    PointOfSale,
    Role,
    User,
)
from accounts.services import NewKey
from hacienda import drafts, values
from hacienda.certificates import CertificateError
from hacienda.errors import NoAnswer
from hacienda.values import Invalid
from tests.accounts.holds import is_held

PERSON_PASSWORD = "camino-largo-7251"
ADDRESS = drafts.Address(department="06", municipality="23", district="14", line="Calle de Ejemplo 1")


def company(now: datetime, **other: Any) -> dict[str, Any]:
    usual = {
        "name": "TIENDA INVENTADA, S.A. DE C.V.",
        "tax_id": "0614-990303-103-9",
        "registration": "123456-7",
        "activity": "46632",
        "phone": "2200-1100",
        "email": "tienda@example.com",
        "address": ADDRESS,
        "now": now,
    }
    return usual | other


def faults(refused: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    """Pointer → code of every fault."""
    return {fault.pointer: fault.code for fault in refused.value.faults}


# --- Merchants --------------------------------------------------------------------------------------------------
def test_a_merchant_begins_with_a_place_to_issue_from(db: None, now: datetime) -> None:
    person = values.Person(name=" PERSONA INVENTADA ", id_type="13", id_number="000000000")
    merchant = services.create_merchant(**company(now, trade_name="La Tienda", responsible=person))
    merchant.refresh_from_db()
    assert (merchant.tax_id, merchant.registration) == ("06149903031039", "1234567")
    assert (merchant.responsible_name, merchant.responsible_id_type) == ("PERSONA INVENTADA", "13")
    assert merchant.created_at == now
    establishment = merchant.establishments.get()
    assert (establishment.code, establishment.district, establishment.address_line) == (
        "M001",
        "14",
        "Calle de Ejemplo 1",
    )
    assert establishment.points_of_sale.get().code == "P001"


def test_everything_wrong_with_a_merchant_is_said_at_once(db: None, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        services.create_merchant(
            **company(
                now,
                name=" ",
                tax_id="0614-ABC",
                registration="",
                activity="x" * 11,
                phone="2200",
                email="tienda@",
                trade_name="La\x00Tienda",
                address=drafts.Address(department="06", municipality="x" * 61, district="", line="a\nb"),
                responsible=values.Person(name="", id_type="13", id_number="1" * 26),
                establishment_code="X001",
                point_of_sale_code="",
                country="XX",
            )
        )
    assert faults(refused) == {
        "/country": "unknown",
        "/tax_id": "not_digits",
        "/registration": "required",
        "/name": "required",
        "/trade_name": "control_character",
        "/activity": "too_long",
        "/phone": "too_short",
        "/email": "not_an_email",
        "/responsible/name": "required",
        "/responsible/id_number": "too_long",
        "/establishment_code": "invalid",
        "/point_of_sale_code": "required",
        "/address/municipality": "too_long",
        "/address/district": "required",
        "/address/line": "control_character",
    }
    assert not Merchant.objects.exists()


def test_an_address_is_stored_in_codes_and_completed_from_its_district(db: None, now: datetime) -> None:
    address = values.Address(department="", municipality="", district="santa tecla", line="Calle de Ejemplo 1")
    shop = services.create_merchant(**company(now, address=address)).establishments.get()
    assert (shop.department, shop.municipality, shop.district) == ("05", "28", "11")


def test_a_district_that_may_be_several_is_refused_with_their_names(db: None, now: datetime) -> None:
    address = values.Address(department="", municipality="", district="El Carmen", line="Calle de Ejemplo 1")
    with pytest.raises(Invalid) as refused:
        services.create_merchant(**company(now, address=address))
    assert faults(refused) == {"/address/district": "district_ambiguous"}
    assert "03 EL CARMEN (Cuscatlán), 05 EL CARMEN (La Unión)" in refused.value.faults[0].text
    assert not Merchant.objects.exists()


def test_a_tax_number_is_registered_once_however_it_is_written(db: None, now: datetime) -> None:
    services.create_merchant(**company(now))
    with pytest.raises(Invalid) as refused:
        services.create_merchant(**company(now, tax_id="06149903031039"))
    assert faults(refused) == {"/tax_id": "taken"}
    assert (Merchant.objects.count(), Establishment.objects.count(), PointOfSale.objects.count()) == (1, 1, 1)


def test_every_fault_reads_as_a_sentence(db: None, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        services.create_merchant(**company(now, phone="2200", name="x" * 300, country="XX"))
    texts = {fault.pointer: fault.text for fault in refused.value.faults}
    assert texts["/phone"] == "At least 8 characters."
    assert texts["/name"] == "At most 250 characters."
    assert texts["/country"] == "“XX” is none of: SV, CR."


# --- People -----------------------------------------------------------------------------------------------------
def test_a_new_member_can_sign_in_with_the_password_given(shop: Merchant) -> None:
    user = services.add_member(
        merchant=shop, email=" Ana@Example.COM ", password=PERSON_PASSWORD, role=Role.MANAGER, name="Ana"
    )
    assert (user.email, user.name) == ("ana@example.com", "Ana")
    assert user.check_password(PERSON_PASSWORD)
    assert Membership.objects.get(user=user, merchant=shop).role == Role.MANAGER


def test_a_member_without_a_password_cannot_sign_in_yet(shop: Merchant) -> None:
    user = services.add_member(merchant=shop, email="ana@example.com", password=None, role=Role.TRANSMITTER)
    assert not user.has_usable_password()


def test_another_merchant_cannot_change_the_password_or_name_of_a_known_person(
    shop: Merchant, neighbour: Merchant
) -> None:
    services.add_member(
        merchant=shop, email="ana@example.com", password=PERSON_PASSWORD, role=Role.MANAGER, name="Ana"
    )
    services.add_member(
        merchant=neighbour,
        email="ANA@example.com",
        password="otra-clave-1234",
        role=Role.TRANSMITTER,
        name="Intruso",
    )
    user = User.objects.get()
    assert user.check_password(PERSON_PASSWORD)
    assert user.name == "Ana"
    assert {one.merchant_id: one.role for one in user.memberships.all()} == {
        shop.pk: "manager",
        neighbour.pk: "transmitter",
    }


def test_a_member_added_again_gets_the_new_role_and_stays_one(shop: Merchant) -> None:
    for role in (Role.MANAGER, Role.TRANSMITTER):
        services.add_member(merchant=shop, email="ana@example.com", password=PERSON_PASSWORD, role=role)
    assert Membership.objects.get().role == Role.TRANSMITTER


def test_a_member_with_faults_is_not_added(shop: Merchant) -> None:
    with pytest.raises(Invalid) as refused:
        services.add_member(merchant=shop, email="ana", password="123", role="owner")
    assert faults(refused)["/email"] == "not_an_email"
    assert faults(refused)["/role"] == "unknown"
    assert faults(refused)["/password"].startswith("password_")
    assert "123" not in str(refused.value)
    assert not User.objects.exists()


def test_a_new_password_replaces_the_old(shop: Merchant) -> None:
    user = services.add_member(merchant=shop, email="ana@example.com", password=PERSON_PASSWORD, role=Role.MANAGER)
    with pytest.raises(Invalid) as refused:
        services.set_password(user=user, password="corta")
    assert "/password" in faults(refused)
    services.set_password(user=user, password="sendero-nuevo-8362")
    user.refresh_from_db()
    assert user.check_password("sendero-nuevo-8362")
    assert not user.check_password(PERSON_PASSWORD)


# --- API keys ---------------------------------------------------------------------------------------------------
def test_the_private_half_is_handed_over_once_and_kept_nowhere(shop: Merchant, shop_key: NewKey) -> None:
    row = ApiKey.objects.filter().values().get()
    stored = " ".join(str(value) for value in row.values())
    assert shop_key.private_key not in stored
    assert row["private_key_ending"] == shop_key.private_key[-4:]
    assert keys.verify(shop_key.key.public_key, shop_key.private_key) == shop_key.key


@pytest.mark.parametrize("environment", list(Environment))
@pytest.mark.parametrize("role", list(Role))
def test_a_key_is_of_one_environment_and_role(
    shop: Merchant, now: datetime, environment: Environment, role: Role
) -> None:
    made = services.create_api_key(merchant=shop, environment=environment, role=role, name=" caja ", now=now)
    assert made.key.public_key.startswith(f"pk_{environment.value}_")
    assert made.private_key.startswith(f"sk_{environment.value}_")
    assert (made.key.environment, made.key.role, made.key.name) == (environment, role, "caja")
    assert made.key.created_at == now


def test_a_key_with_a_point_of_sale_has_its_establishment_too(shop: Merchant, now: datetime) -> None:
    till = PointOfSale.objects.get(establishment__merchant=shop)
    made = services.create_api_key(
        merchant=shop, environment="sandbox", role="manager", name="caja", point_of_sale=till, now=now
    )
    assert (made.key.establishment, made.key.point_of_sale) == (till.establishment, till)


def test_a_key_may_not_issue_from_somebody_elses_place(shop: Merchant, neighbour: Merchant, now: datetime) -> None:
    theirs = neighbour.establishments.get()
    till = theirs.points_of_sale.get()
    usual = {"merchant": shop, "environment": "sandbox", "role": "manager", "name": "caja", "now": now}
    for place in ({"establishment": theirs}, {"point_of_sale": till}):
        with pytest.raises(Invalid) as refused:
            services.create_api_key(**usual, **place)
        assert faults(refused) == {"/establishment": "unknown_place"}
    with pytest.raises(Invalid) as refused:
        services.create_api_key(**usual, establishment=shop.establishments.get(), point_of_sale=till)
    assert faults(refused) == {"/point_of_sale": "unknown_place"}
    assert not ApiKey.objects.exists()


def test_everything_wrong_with_a_key_is_said_at_once(shop: Merchant, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        services.create_api_key(merchant=shop, environment="production", role="owner", name=" ", now=now)
    assert faults(refused) == {"/name": "required", "/environment": "unknown", "/role": "unknown"}


def test_a_revoked_key_stays_revoked_since_the_first_time(shop_key: NewKey, now: datetime) -> None:
    assert services.revoke_api_key(key=shop_key.key, now=now).revoked_at == now
    assert services.revoke_api_key(key=shop_key.key, now=now + timedelta(days=1)).revoked_at == now
    assert keys.verify(shop_key.key.public_key, shop_key.private_key) is None


# --- Credentials ------------------------------------------------------------------------------------------------
def saved(shop: Merchant, file: Any, now: datetime, **other: Any) -> Credential:
    usual = {
        "merchant": shop,
        "environment": Environment.TEST,
        "certificate": file.content,
        "certificate_password": file.password,
        "password": "Clave.De-Hacienda-1",
        "now": now,
    }
    return services.save_credential(**usual | other)


def test_saving_credentials_keeps_what_people_need_to_see(shop: Merchant, shop_file: Any, now: datetime) -> None:
    credential = saved(shop, shop_file, now)
    credential.refresh_from_db()
    assert credential.valid_from < now < credential.valid_until
    assert len(credential.fingerprint) == 64
    assert credential.updated_at == now


def test_saving_again_replaces_and_bumps_the_row(
    shop: Merchant, shop_file: Any, next_shop_file: Any, now: datetime
) -> None:
    first = saved(shop, shop_file, now)
    second = saved(shop, next_shop_file, now + timedelta(hours=1))
    assert first.pk == second.pk
    assert Credential.objects.get().updated_at == now + timedelta(hours=1)
    assert first.fingerprint != second.fingerprint


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"certificate_password": "equivocada"}, "wrong_password"),
        ({"certificate": b"not xml"}, "not_xml"),
        ({"certificate": b"<CertificadoMH/>"}, "not_a_certificate"),
    ],
)
def test_a_file_that_cannot_be_used_leaves_the_old_one_in_place(
    shop: Merchant, shop_file: Any, now: datetime, change: dict[str, Any], code: str
) -> None:
    before = saved(shop, shop_file, now)
    with pytest.raises(CertificateError) as refused:
        saved(shop, shop_file, now + timedelta(hours=1), **change)
    assert refused.value.code == code
    after = Credential.objects.get()
    assert (after.fingerprint, after.updated_at) == (before.fingerprint, now)


def test_a_file_of_another_taxpayer_is_refused(shop: Merchant, neighbour_file: Any, now: datetime) -> None:
    with pytest.raises(CertificateError) as refused:
        saved(shop, neighbour_file, now)
    assert refused.value.code == "tax_id_differs"
    assert not Credential.objects.exists()


def test_an_expired_file_is_refused(shop: Merchant, shop_file: Any, now: datetime) -> None:
    with pytest.raises(CertificateError) as refused:
        saved(shop, shop_file, now + timedelta(days=3650))
    assert refused.value.code == "expired"


def test_the_authoritys_password_is_required_and_kept_as_typed(shop: Merchant, shop_file: Any, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        saved(shop, shop_file, now, password="", environment="production")
    assert faults(refused) == {"/password": "required", "/environment": "unknown"}
    saved(shop, shop_file, now, password="  Ñandú & <ampersand> ")
    assert vault.login(shop, Environment.TEST).password == "  Ñandú & <ampersand> "


# --- The sandbox ------------------------------------------------------------------------------------------------
def test_opening_the_sandbox_makes_a_credential_once(shop: Merchant, now: datetime) -> None:
    first = services.open_sandbox(merchant=shop, now=now)
    password = vault.login(shop, Environment.SANDBOX).password
    assert first.valid_until > now + timedelta(days=365)
    assert len(password) >= 16
    again = services.open_sandbox(merchant=shop, now=now + timedelta(days=1))
    assert (again.pk, again.fingerprint) == (first.pk, first.fingerprint)
    assert vault.login(shop, Environment.SANDBOX).password == password
    assert vault.signing_key(shop.pk, Environment.SANDBOX)


def logged_in(login: values.Login) -> bool:
    answer = requests.post(
        f"{login.base_url}/seguridad/auth", data={"user": login.tax_id, "pwd": login.password}, timeout=5
    )
    return bool(answer.json().get("status") == "OK")


def test_the_sandbox_knows_the_merchant_after_registration(
    shop: Merchant, sandbox_process: str, settings: Any, now: datetime
) -> None:
    settings.AUTHORITY_URLS = {"SV": dict.fromkeys(Environment.values, sandbox_process)}
    services.open_sandbox(merchant=shop, now=now)
    login = vault.login(shop, Environment.SANDBOX)
    assert not logged_in(login)
    vault.hold(shop, Environment.SANDBOX, "Usuario no valido", now)
    for _ in range(2):  # it may be repeated
        services.register_in_sandbox(merchant=shop)
        assert logged_in(login)
    assert not logged_in(replace(login, password="wrong"))
    assert not is_held(shop, Environment.SANDBOX)


def test_a_silent_sandbox_leaves_everything_as_it_was(shop: Merchant, settings: Any, now: datetime) -> None:
    services.open_sandbox(merchant=shop, now=now)
    vault.hold(shop, Environment.SANDBOX, "Usuario no valido", now)
    settings.AUTHORITY_URLS = {"SV": {"sandbox": "http://127.0.0.1:9"}}
    with pytest.raises(NoAnswer):
        services.register_in_sandbox(merchant=shop)
    assert is_held(shop, Environment.SANDBOX)


def test_only_who_opened_the_sandbox_can_be_registered(shop: Merchant) -> None:
    with pytest.raises(vault.NoCredential):
        services.register_in_sandbox(merchant=shop)

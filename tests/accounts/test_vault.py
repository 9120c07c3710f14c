"""The vault: what goes in comes out, only for its merchant and environment, and nothing leaks on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.management import CommandError, call_command

from accounts import services, vault
from accounts.models import Credential, Environment, Merchant
from accounts.vault import KeyCache
from hacienda.certificates import SigningKey
from hacienda.errors import Refused
from hacienda.registry import authority
from tests.accounts.holds import is_held

PASSWORD = "Clave.De-Hacienda-1"


@pytest.fixture
def save(shop: Merchant, shop_file: Any, now: datetime) -> Callable[..., Credential]:
    """Save the shop's credentials; what is given replaces the usual."""

    def saved(**other: Any) -> Credential:
        usual = {
            "merchant": shop,
            "environment": Environment.TEST,
            "certificate": shop_file.content,
            "certificate_password": shop_file.password,
            "password": PASSWORD,
            "now": now,
        }
        return services.save_credential(**usual | other)

    return saved


def fingerprint(key: SigningKey) -> str:
    spki = key.private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()


def test_what_was_saved_signs_and_logs_in(shop: Merchant, shop_file: Any, save: Any, settings: Any) -> None:
    credential = save()
    assert fingerprint(vault.signing_key(shop.pk, Environment.TEST)) == credential.fingerprint
    login = vault.login(shop, Environment.TEST)
    assert (login.tax_id, login.password, login.environment) == (shop.tax_id, PASSWORD, "test")
    assert login.base_url == settings.AUTHORITY_URLS["SV"]["test"]
    assert vault.signing_file(shop.pk, Environment.TEST) == shop_file.content


def test_the_database_holds_nothing_readable(shop: Merchant, shop_file: Any, save: Any, now: datetime) -> None:
    save()
    opened = authority("SV").read_certificate(shop_file.content, shop_file.password, tax_id=shop.tax_id, now=now)
    row = Credential.objects.filter().values().get()
    stored = b"|".join(value if isinstance(value, bytes) else str(value).encode() for value in row.values())
    assert PASSWORD.encode() not in stored
    assert b"privateKey" not in stored
    assert opened.private_key.private_numbers().p.to_bytes(128, "big")[:24] not in stored
    assert row["fingerprint"].encode() in stored


def test_another_merchant_and_another_environment_have_nothing(
    shop: Merchant, neighbour: Merchant, save: Any
) -> None:
    save()
    for merchant, environment in ((shop, Environment.LIVE), (neighbour, Environment.TEST)):
        with pytest.raises(vault.NoCredential) as signing:
            vault.signing_key(merchant.pk, environment)
        with pytest.raises(vault.NoCredential):
            vault.login(merchant, environment)
        with pytest.raises(vault.NoCredential):
            vault.signing_file(merchant.pk, environment)
        assert isinstance(signing.value, Refused)
        assert not signing.value.lasting


def test_a_row_copied_onto_another_opens_nothing(shop: Merchant, neighbour: Merchant, save: Any) -> None:
    ours = save()
    for merchant, environment in ((neighbour, Environment.TEST), (shop, Environment.LIVE)):
        ours.pk, ours.merchant, ours.environment = None, merchant, environment
        ours.save()
        with pytest.raises(vault.VaultError, match=r"another merchant|otro comercio|otra empresa|otro contribuyente"):
            vault.login(merchant, environment)
        with pytest.raises(vault.VaultError):
            vault.signing_key(merchant.pk, environment)


def test_the_certificate_does_not_pass_for_the_password(shop: Merchant, save: Any) -> None:
    credential = save()
    Credential.objects.update(password_encrypted=credential.certificate_encrypted)
    with pytest.raises(vault.VaultError):
        vault.login(shop, Environment.TEST)


# --- Keys in memory ---------------------------------------------------------------------------------------------
def test_a_key_is_opened_once_and_then_costs_one_look_at_the_row(
    shop: Merchant, save: Any, django_assert_num_queries: Any
) -> None:
    save()
    first = vault.signing_key(shop.pk, Environment.TEST)
    with django_assert_num_queries(1):
        assert vault.signing_key(shop.pk, Environment.TEST) is first


def test_a_new_signing_file_counts_at_once(shop: Merchant, save: Any, next_shop_file: Any, now: datetime) -> None:
    save()
    before = vault.signing_key(shop.pk, Environment.TEST)
    credential = save(certificate=next_shop_file.content, now=now + timedelta(hours=1))
    after = vault.signing_key(shop.pk, Environment.TEST)
    assert fingerprint(after) == credential.fingerprint != fingerprint(before)


def test_a_row_that_another_process_changed_is_opened_anew(shop: Merchant, save: Any, now: datetime) -> None:
    save()
    first = vault.signing_key(shop.pk, Environment.TEST)
    Credential.objects.update(updated_at=now + timedelta(seconds=1))
    again = vault.signing_key(shop.pk, Environment.TEST)
    assert again is not first
    assert fingerprint(again) == fingerprint(first)


def test_only_so_many_keys_stay_in_memory_and_the_latest_used_do() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    kept = KeyCache(2)
    kept.put(1, "a", key)
    kept.put(2, "a", key)
    assert kept.get(1, "a") is key
    kept.put(3, "a", key)
    assert len(kept) == 2
    assert kept.get(2, "a") is None
    assert kept.get(1, "a") is key


def test_a_key_of_an_older_row_leaves_the_memory() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    kept = KeyCache(2)
    kept.put(1, "old", key)
    assert kept.get(1, "new") is None
    assert len(kept) == 0


# --- Holding ----------------------------------------------------------------------------------------------------
def test_a_hold_stops_logins_but_not_signing(shop: Merchant, save: Any, now: datetime) -> None:
    save()
    assert not is_held(shop, Environment.TEST)
    assert vault.hold(shop, Environment.TEST, "Usuario no valido", now)
    assert is_held(shop, Environment.TEST)
    with pytest.raises(vault.OnHold) as refused:
        vault.login(shop, Environment.TEST)
    assert refused.value.lasting
    assert vault.login(shop, Environment.TEST, even_on_hold=True).password == PASSWORD
    assert vault.signing_key(shop.pk, Environment.TEST)


def test_a_hold_is_of_one_merchant_in_one_environment(
    shop: Merchant, neighbour: Merchant, neighbour_file: Any, save: Any, now: datetime
) -> None:
    save()
    save(environment=Environment.LIVE)
    save(merchant=neighbour, certificate=neighbour_file.content)
    vault.hold(shop, Environment.TEST, "Usuario no valido", now)
    assert not is_held(shop, Environment.LIVE)
    assert not is_held(neighbour, Environment.TEST)


def test_the_first_refusal_is_the_one_that_stays(shop: Merchant, save: Any, now: datetime) -> None:
    save()
    assert vault.hold(shop, Environment.TEST, "first " + "x" * 400, now)
    assert not vault.hold(shop, Environment.TEST, "second", now + timedelta(hours=1))
    row = Credential.objects.get()
    assert row.refused_at == now
    assert row.refused_reason.startswith("first")
    assert len(row.refused_reason) == vault.LONGEST_REASON


def test_a_person_ends_a_hold_by_releasing_it(shop: Merchant, save: Any, now: datetime) -> None:
    save()
    vault.hold(shop, Environment.TEST, "Usuario no valido", now)
    vault.release(shop, Environment.TEST)
    assert not is_held(shop, Environment.TEST)
    assert Credential.objects.get().refused_reason == ""
    assert vault.login(shop, Environment.TEST).password == PASSWORD


def test_a_person_ends_a_hold_by_saving_new_credentials(shop: Merchant, save: Any, now: datetime) -> None:
    save()
    vault.hold(shop, Environment.TEST, "Usuario no valido", now)
    save(password="Otra.Clave-2", now=now + timedelta(hours=1))
    assert not is_held(shop, Environment.TEST)
    assert vault.login(shop, Environment.TEST).password == "Otra.Clave-2"


def test_a_late_refusal_of_old_credentials_does_not_hold_the_new(shop: Merchant, save: Any, now: datetime) -> None:
    save()
    tried = vault.login(shop, Environment.TEST)
    save(password="Otra.Clave-2", now=now + timedelta(seconds=1))
    assert not vault.hold(shop, Environment.TEST, "Usuario no valido", now, refused=tried)
    assert not is_held(shop, Environment.TEST)
    assert vault.hold(shop, Environment.TEST, "Usuario no valido", now, refused=vault.login(shop, Environment.TEST))


def test_credentials_saved_while_a_refusal_is_judged_are_not_held(
    shop: Merchant, save: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    save()
    tried = vault.login(shop, Environment.TEST)
    opened = vault._decrypt

    def saved_meanwhile(place: str, encrypted: bytes) -> dict[str, str]:
        content = opened(place, encrypted)
        save(password="Otra.Clave-2", now=now + timedelta(seconds=1))
        return content

    with monkeypatch.context() as racing:
        racing.setattr(vault, "_decrypt", saved_meanwhile)
        assert not vault.hold(shop, Environment.TEST, "Usuario no valido", now, refused=tried)
    assert not is_held(shop, Environment.TEST)


def test_holding_what_is_not_there_does_nothing(shop: Merchant, now: datetime) -> None:
    assert not vault.hold(shop, Environment.TEST, "Usuario no valido", now)
    assert not is_held(shop, Environment.TEST)


# --- The installation's keys ------------------------------------------------------------------------------------
def test_a_rotation_leaves_only_the_first_key_needed(
    shop: Merchant, shop_file: Any, save: Any, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    save()
    save(environment=Environment.LIVE)
    new = Fernet.generate_key().decode()
    settings.VAULT_KEYS = [new, *settings.VAULT_KEYS]
    assert vault.login(shop, Environment.TEST).password == PASSWORD  # the old key still opens
    before = Credential.objects.get(environment=Environment.TEST)
    call_command("rotate_vault")
    assert "2" in capsys.readouterr().out
    settings.VAULT_KEYS = [new]
    vault.keys_in_memory.clear()
    for environment in (Environment.TEST, Environment.LIVE):
        assert vault.login(shop, environment).password == PASSWORD
        assert vault.signing_file(shop.pk, environment) == shop_file.content
        assert vault.signing_key(shop.pk, environment)
    after = Credential.objects.get(environment=Environment.TEST)
    assert after.updated_at == before.updated_at  # nothing changed for whoever signs
    assert bytes(after.password_encrypted) != bytes(before.password_encrypted)


def test_a_rotation_names_what_it_cannot_open_and_does_the_rest(shop: Merchant, save: Any, settings: Any) -> None:
    save()
    lost = settings.VAULT_KEYS
    settings.VAULT_KEYS = [Fernet.generate_key().decode()]
    save(environment=Environment.LIVE)
    with pytest.raises(CommandError, match=f"{shop.pk} test"):
        call_command("rotate_vault")
    assert vault.rotate_all() == vault.Rotation(rotated=1, unreadable=(f"{shop.pk} test",))
    settings.VAULT_KEYS = lost
    assert vault.login(shop, Environment.TEST).password == PASSWORD  # left as it was


def test_a_row_is_never_half_rotated(shop: Merchant, save: Any, settings: Any) -> None:
    save()
    Credential.objects.update(certificate_encrypted=b"damaged")
    before = bytes(Credential.objects.get().password_encrypted)
    assert vault.rotate_all().rotated == 0
    assert bytes(Credential.objects.get().password_encrypted) == before


def test_wrong_vault_keys_are_told_clearly(shop: Merchant, save: Any, settings: Any) -> None:
    save()
    settings.VAULT_KEYS = [Fernet.generate_key().decode()]
    for read in (vault.login, lambda merchant, environment: vault.signing_key(merchant.pk, environment)):
        with pytest.raises(vault.VaultError, match="VAULT_KEYS") as failed:
            read(shop, Environment.TEST)
        assert not failed.value.lasting  # the credentials themselves are not to blame
    settings.VAULT_KEYS = ["not-a-fernet-key"]
    with pytest.raises(vault.VaultError, match="VAULT_KEYS") as failed:
        vault.login(shop, Environment.TEST)
    assert "not-a-fernet-key" not in str(failed.value)

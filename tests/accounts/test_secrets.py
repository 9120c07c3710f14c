"""Secrets stay where they are: not in logs, error texts, tracebacks, pickles, reprs or reports of a crash."""

from __future__ import annotations

import logging
import pickle
import sys
import traceback
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.test import RequestFactory
from django.views.debug import ExceptionReporter

from accounts import services, vault
from accounts.models import Credential, Environment, Merchant
from accounts.services import NewKey
from hacienda.certificates import CertificateError
from hacienda.errors import Refused

PASSWORD = "Clave.De-Hacienda-1"
WRONG_FILE_PASSWORD = "Archivo.Equivocado-9"


def saved(shop: Merchant, file: Any, now: datetime, **other: Any) -> Credential:
    usual = {
        "merchant": shop,
        "environment": Environment.TEST,
        "certificate": file.content,
        "certificate_password": file.password,
        "password": PASSWORD,
        "now": now,
    }
    return services.save_credential(**usual | other)


def no_credential(shop: Merchant, file: Any, now: datetime, settings: Any) -> None:
    vault.login(shop, Environment.LIVE)


def on_hold(shop: Merchant, file: Any, now: datetime, settings: Any) -> None:
    vault.hold(shop, Environment.TEST, "Usuario no valido", now)
    vault.login(shop, Environment.TEST)


def wrong_vault_key(shop: Merchant, file: Any, now: datetime, settings: Any) -> None:
    settings.VAULT_KEYS = [Fernet.generate_key().decode()]
    vault.login(shop, Environment.TEST)


def wrong_vault_key_signing(shop: Merchant, file: Any, now: datetime, settings: Any) -> None:
    settings.VAULT_KEYS = [Fernet.generate_key().decode()]
    vault.signing_key(shop.pk, Environment.TEST)


def moved_row(shop: Merchant, file: Any, now: datetime, settings: Any) -> None:
    Credential.objects.update(environment=Environment.LIVE)
    vault.login(shop, Environment.LIVE)


FAILURES = [no_credential, on_hold, wrong_vault_key, wrong_vault_key_signing, moved_row]


@pytest.mark.parametrize("fail", FAILURES, ids=lambda one: one.__name__)
def test_a_failing_vault_tells_nothing(
    fail: Callable[..., None],
    shop: Merchant,
    shop_file: Any,
    now: datetime,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    secrets = [PASSWORD, shop_file.password, *settings.VAULT_KEYS, "BEGIN PRIVATE", "privateKey"]
    with caplog.at_level(logging.DEBUG):
        saved(shop, shop_file, now)
        with pytest.raises(Refused) as failed:
            fail(shop, shop_file, now, settings)
    error = failed.value
    told = [
        str(error),
        repr(error),
        repr(error.args),
        "".join(traceback.format_exception(error)),
        pickle.dumps(error).decode("latin-1"),
        caplog.text,
    ]
    frames = ExceptionReporter(RequestFactory().get("/"), *failed._excinfo).get_traceback_frames()
    inside = [frame for frame in frames if frame["filename"] == vault.__file__]
    assert inside
    told += [str(value) for frame in inside for _name, value in frame["vars"]]
    assert [(secret, text) for secret in secrets for text in told if secret in text] == []
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.lasting) == (type(error), str(error), error.lasting)


def test_a_refused_upload_tells_nothing(
    shop: Merchant, shop_file: Any, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(CertificateError) as failed:
        saved(shop, shop_file, now, certificate_password=WRONG_FILE_PASSWORD)
    told = [
        str(failed.value),
        repr(failed.value),
        repr(vars(failed.value)),
        "".join(traceback.format_exception(failed.value)),
        caplog.text,
    ]
    secrets = [PASSWORD, shop_file.password, WRONG_FILE_PASSWORD, "privateKey"]
    assert [(secret, text) for secret in secrets for text in told if secret in text] == []


def test_a_crash_report_of_the_vault_hides_what_it_held(
    shop: Merchant, shop_file: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Django's report prints the variables of every frame; those of the vault and its callers are starred."""

    def broken(place: str, content: dict[str, str]) -> bytes:
        raise RuntimeError("disk full")

    monkeypatch.setattr(vault, "_encrypt", broken)
    try:
        saved(shop, shop_file, now)
    except RuntimeError:
        frames = ExceptionReporter(RequestFactory().get("/"), *sys.exc_info()).get_traceback_frames()
    ours = [frame for frame in frames if frame["function"] in {"store", "save_credential"}]
    assert {frame["function"] for frame in ours} == {"store", "save_credential"}
    shown = [str(value) for frame in ours for _name, value in frame["vars"]]
    assert shown
    assert [text for text in shown if PASSWORD in text or shop_file.password in text] == []


def test_what_is_returned_hides_its_secret_when_printed(
    shop: Merchant, shop_file: Any, shop_key: NewKey, now: datetime
) -> None:
    credential = saved(shop, shop_file, now)
    login = vault.login(shop, Environment.TEST)
    printed = [repr(login), str(login), repr(credential), str(credential), repr(shop_key), str(shop_key.key)]
    secrets = [PASSWORD, shop_file.password, shop_key.private_key]
    assert [(secret, text) for secret in secrets for text in printed if secret in text] == []
    assert login.password == PASSWORD


def test_the_memory_of_keys_holds_no_text_of_them(shop: Merchant, shop_file: Any, now: datetime) -> None:
    saved(shop, shop_file, now)
    vault.signing_key(shop.pk, Environment.TEST)
    (stamp, key), *others = vault.keys_in_memory._keys.values()
    assert not others
    assert repr(key) == "SigningKey()"
    assert "RSAPrivateKey" in type(key.private_key).__name__
    assert all(isinstance(part, str | datetime) for part in stamp)
    assert shop_file.content.decode()[:200] not in repr(stamp)

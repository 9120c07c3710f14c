"""API keys: their form, what is kept of them, and that every refusal costs the same."""

from __future__ import annotations

import hashlib
import hmac
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts import keys, services
from accounts.models import ApiKey, Environment, Merchant, Role
from accounts.services import NewKey
from tests.effort import examples


@pytest.mark.parametrize("environment", ["sandbox", "test", "live"])
def test_a_pair_names_its_environment_on_both_halves(environment: str) -> None:
    public, private = keys.new_pair(environment)
    assert public.startswith(f"pk_{environment}_")
    assert private.startswith(f"sk_{environment}_")
    assert keys.PUBLIC_KEY.fullmatch(public)


def test_the_random_parts_are_long_enough_and_never_the_same() -> None:
    pairs = [keys.new_pair("test") for _ in range(300)]
    assert len({half.split("_", 2)[2] for pair in pairs for half in pair}) == 600
    public, private = (half.split("_", 2)[2] for half in pairs[0])
    assert min(len(public), len(private)) >= 32
    assert len(private) * math.log2(len(keys.ALPHABET)) >= 192
    # Every character of the alphabet turns up: none of the 600 parts is drawn from less.
    assert set("".join(half.split("_", 2)[2] for pair in pairs for half in pair)) == set(keys.ALPHABET)


def test_it_makes_no_pair_for_an_unknown_environment() -> None:
    with pytest.raises(ValueError, match="production"):
        keys.new_pair("production")


def test_only_a_hash_keyed_with_the_pepper_is_kept(shop_key: NewKey, settings: Any) -> None:
    row = ApiKey.objects.get()
    expected = hmac.new(settings.API_KEY_PEPPER.encode(), shop_key.private_key.encode(), hashlib.sha256)
    assert bytes(row.private_key_digest) == expected.digest()
    settings.API_KEY_PEPPER = "another"
    assert keys.digest(shop_key.private_key) != expected.digest()
    assert keys.verify(row.public_key, shop_key.private_key) is None


def test_both_halves_of_a_pair_open_and_bring_what_a_request_needs(
    shop: Merchant, shop_key: NewKey, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        key = keys.verify(shop_key.key.public_key, shop_key.private_key)
        assert key == shop_key.key
        assert key.merchant.name == shop.name
        assert key.establishment is None


def refused_pairs(shop: Merchant, right: NewKey) -> dict[str, tuple[str, str]]:
    other = services.create_api_key(
        merchant=shop,
        environment=Environment.SANDBOX,
        role=Role.MANAGER,
        name="otra",
        now=right.key.created_at,
    )
    revoked = services.create_api_key(
        merchant=shop,
        environment=Environment.SANDBOX,
        role=Role.MANAGER,
        name="vieja",
        now=right.key.created_at,
    )
    services.revoke_api_key(key=revoked.key, now=right.key.created_at)
    public = right.key.public_key
    return {
        "unknown public key": (keys.new_pair("sandbox")[0], right.private_key),
        "wrong private key": (public, keys.new_pair("sandbox")[1]),
        "private key of another": (public, other.private_key),
        "revoked": (revoked.key.public_key, revoked.private_key),
        "almost right": (public, right.private_key[:-1]),
        "other case": (public.upper(), right.private_key),
        "halves swapped": (right.private_key, public),
        "public key twice": (public, public),
        "not a key at all": ("admin", "admin"),
        "zero byte": (public + "\x00", right.private_key),
        "lone surrogate": ("\ud800", "\ud800"),
        "nothing": ("", ""),
        "digest instead of the key": (public, right.key.private_key_digest.hex()),
    }


def test_every_refusal_is_none_and_costs_one_look_up_one_digest_one_comparison(
    shop: Merchant, shop_key: NewKey, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    real_digest, real_compare = hmac.digest, hmac.compare_digest
    monkeypatch.setattr(hmac, "digest", lambda *given: done.append("digest") or real_digest(*given))
    monkeypatch.setattr(hmac, "compare_digest", lambda *given: done.append("compare") or real_compare(*given))
    pairs = refused_pairs(shop, shop_key)
    for why, pair in pairs.items():
        done.clear()
        with django_assert_num_queries(1):
            assert keys.verify(*pair) is None, why
        assert done == ["digest", "compare"], why
    done.clear()
    with django_assert_num_queries(1):
        assert keys.verify(shop_key.key.public_key, shop_key.private_key) is not None
    assert done == ["digest", "compare"]


def test_what_fits_no_key_fits_no_decoy_either(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a digest equal to the decoy's opens nothing."""
    monkeypatch.setattr(keys, "digest", lambda private: keys.NO_DIGEST)
    assert keys.verify(keys.new_pair("sandbox")[0], "anything") is None


@given(public=st.text(max_size=300), private=st.text(max_size=300))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(60))
def test_no_text_makes_it_raise(db: None, public: str, private: str) -> None:
    assert keys.verify(public, private) is None


@pytest.mark.usefixtures("db")
def test_lone_surrogates_do_not_make_it_raise() -> None:
    assert keys.verify("pk_test_\udcff", "sk_test_\udcff") is None

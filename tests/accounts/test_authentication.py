"""Who may call the API: one answer to every wrong pair, roles judged in one place."""

from __future__ import annotations

import base64
import logging
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from accounts import keys, services
from accounts.authentication import HasKey, KeyAuthentication, Principal, requires
from accounts.models import Environment, Merchant, Role
from accounts.services import NewKey
from tests.effort import examples

ADDRESS_OF_THE_CALLER = "203.0.113.77"


class AnyKey(APIView):
    authentication_classes = (KeyAuthentication,)
    permission_classes = (HasKey,)

    def get(self, request: Request) -> Response:
        assert isinstance(request.user, Principal)
        return Response({"key": request.auth.public_key, "merchant": request.user.merchant.name})


class ManagersOnly(AnyKey):
    permission_classes = (requires(Role.MANAGER),)


class Everybody(AnyKey):
    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        return Response({"key": getattr(request.auth, "public_key", None)})


def call(view: type[APIView], header: str | None) -> Any:
    more = {} if header is None else {"HTTP_AUTHORIZATION": header}
    request = APIRequestFactory().get("/", REMOTE_ADDR=ADDRESS_OF_THE_CALLER, **more)
    answer = view.as_view()(request)
    answer.render()
    return answer


def basic(public: str, private: str) -> str:
    return "Basic " + base64.b64encode(f"{public}:{private}".encode()).decode()


def test_the_right_pair_makes_the_key_the_caller(shop: Merchant, shop_key: NewKey) -> None:
    answer = call(AnyKey, basic(shop_key.key.public_key, shop_key.private_key))
    assert answer.status_code == 200
    assert answer.data == {"key": shop_key.key.public_key, "merchant": shop.name}


def test_the_scheme_is_read_in_any_case_and_spacing(shop_key: NewKey) -> None:
    header = basic(shop_key.key.public_key, shop_key.private_key).replace("Basic ", "  bASIC   ")
    assert call(AnyKey, header).status_code == 200


def wrong_headers(new: NewKey) -> dict[str, str | None]:
    public, private = new.key.public_key, new.private_key
    right = basic(public, private)
    return {
        "missing": None,
        "empty": "",
        "scheme only": "Basic",
        "another scheme": right.replace("Basic", "Bearer"),
        "not base64": "Basic ***",
        "cut base64": right[:-3],
        "no colon": "Basic " + base64.b64encode((public + private).encode()).decode(),
        "not UTF-8": "Basic " + base64.b64encode(public.encode() + b":\xff\xfe").decode(),
        "letters outside Latin-1": "Basic \u20ac\u4e16",
        "very long": "Basic " + "QUFB" * 20_000,
        "padded right pair": right + " " * 600,
        "unknown public key": basic(keys.new_pair("sandbox")[0], private),
        "wrong private key": basic(public, keys.new_pair("sandbox")[1]),
        "empty private key": basic(public, ""),
        "zero bytes": basic(public + "\x00", private),
        "more after the pair": right + " " + right,
    }


def test_every_wrong_pair_gets_one_and_the_same_answer(shop: Merchant, shop_key: NewKey, now: datetime) -> None:
    revoked = services.create_api_key(
        merchant=shop, environment=Environment.SANDBOX, role=Role.MANAGER, name="vieja", now=now
    )
    services.revoke_api_key(key=revoked.key, now=now)
    headers = wrong_headers(shop_key) | {"revoked": basic(revoked.key.public_key, revoked.private_key)}
    answers = {why: call(AnyKey, header) for why, header in headers.items()}
    for why, answer in answers.items():
        assert answer.status_code == 401, why
        assert answer["WWW-Authenticate"].startswith('Basic realm="SmartBill"'), why
        assert answer.data["code"] == "unauthorized", why
        assert answer.content == answers["missing"].content, why


@given(raw=st.binary(max_size=300), scheme=st.sampled_from(["Basic ", "basic", "", "Digest "]))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(80))
def test_no_header_breaks_it(db: None, raw: bytes, scheme: str) -> None:
    for header in (scheme + raw.decode("latin-1"), "Basic " + base64.b64encode(raw).decode()):
        assert call(AnyKey, header).status_code == 401


def test_a_revoked_key_stops_at_once(shop_key: NewKey, now: datetime) -> None:
    header = basic(shop_key.key.public_key, shop_key.private_key)
    assert call(AnyKey, header).status_code == 200
    services.revoke_api_key(key=shop_key.key, now=now)
    assert call(AnyKey, header).status_code == 401


def test_only_the_roles_named_may_pass(shop: Merchant, shop_key: NewKey, now: datetime) -> None:
    transmitter = services.create_api_key(
        merchant=shop, environment=Environment.SANDBOX, role=Role.TRANSMITTER, name="caja 2", now=now
    )
    header = basic(transmitter.key.public_key, transmitter.private_key)
    refused = call(ManagersOnly, header)
    assert refused.status_code == 403
    assert refused.data["code"] == "role_not_allowed"
    assert call(AnyKey, header).status_code == 200
    assert call(ManagersOnly, basic(shop_key.key.public_key, shop_key.private_key)).status_code == 200


def test_a_view_for_a_role_still_asks_for_a_key_first(db: None) -> None:
    assert call(ManagersOnly, None).status_code == 401


def test_a_permission_of_several_roles_lets_each_of_them_pass(shop: Merchant, now: datetime) -> None:
    both = requires(Role.MANAGER, Role.TRANSMITTER)
    for role in Role:
        new = services.create_api_key(merchant=shop, environment=Environment.TEST, role=role, name="caja", now=now)
        request = Request(APIRequestFactory().get("/"))
        request.auth = new.key
        assert both().has_permission(request, AnyKey()) is True


def test_a_public_view_needs_no_key_but_refuses_a_wrong_one(shop_key: NewKey) -> None:
    assert call(Everybody, None).data == {"key": None}
    assert call(Everybody, basic(shop_key.key.public_key, "wrong")).status_code == 401


def test_neither_addresses_nor_keys_are_logged(shop_key: NewKey, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        call(AnyKey, basic(shop_key.key.public_key, shop_key.private_key))
        call(AnyKey, basic(shop_key.key.public_key, shop_key.private_key + "x"))
    assert ADDRESS_OF_THE_CALLER not in caplog.text
    assert shop_key.private_key not in caplog.text


def test_the_principal_is_a_key_and_never_a_person(shop_key: NewKey) -> None:
    principal = Principal(shop_key.key)
    assert principal.is_authenticated
    assert not principal.is_anonymous
    assert principal.pk == shop_key.key.pk
    assert principal.role is Role.MANAGER
    assert str(principal) == shop_key.key.public_key
    assert shop_key.private_key not in repr(principal)


def test_the_reference_describes_http_basic() -> None:
    described = SchemaGenerator(patterns=[path("api/v1/any", AnyKey.as_view())]).get_schema(public=True)
    (name, scheme), *others = described["components"]["securitySchemes"].items()
    assert not others
    assert (scheme["type"], scheme["scheme"]) == ("http", "basic")
    assert described["paths"]["/api/v1/any"]["get"]["security"] == [{name: []}]


class TestGuessing:
    """Who shows many wrong pairs is told to wait; a right one is never refused for them."""

    def test_many_wrong_keys_of_one_address(self, shop_key: NewKey, settings: Any) -> None:
        settings.ADDRESS_MISSES_PER_MINUTE = 3
        wrong = {"Authorization": basic("pk_sandbox_" + "a" * 32, "sk_sandbox_" + "b" * 40)}
        right = {"Authorization": basic(shop_key.key.public_key, shop_key.private_key)}

        def ask(headers: dict[str, str], address: str = "203.0.113.7") -> Any:
            return Client().get("/api/v1/me", headers=headers, REMOTE_ADDR=address)

        assert [ask(wrong).status_code for _ in range(3)] == [401] * 3
        refused = ask(wrong)
        assert refused.status_code == 429
        assert refused["Content-Type"] == "application/problem+json"
        assert refused.json()["code"] == "rate_limited"
        assert 1 <= int(refused["Retry-After"]) <= 60
        assert ask(right).status_code == 200
        assert ask(wrong, "198.51.100.9").status_code == 401

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest

from hacienda.sandbox.registration import register_emitter
from tests.hacienda.sandbox.costarica.signing import signing_key
from tests.hacienda.sandbox.costarica.taxpayer import PASSWORD, STRANGER, Taxpayer


def test_the_right_password_is_given_tokens_for_a_while(taxpayer: Taxpayer) -> None:
    answer = taxpayer.log_in()

    assert answer.status_code == 200
    body = answer.json()
    assert (body["expires_in"], body["refresh_expires_in"], body["token_type"]) == (300, 36000, "bearer")
    assert body["access_token"] != body["refresh_token"]


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"password": "otra"}, 401, "invalid_grant"),
        ({"username": "nadie"}, 401, "invalid_grant"),
        ({"client": "api-prod"}, 401, "invalid_client"),
        ({"realm": "rut"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_wrong_login_is_told_why(taxpayer: Taxpayer, changes: dict[str, Any], status: int, error: str) -> None:
    answer = taxpayer.log_in(**changes)

    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_realm_that_there_is_not_is_404(taxpayer: Taxpayer) -> None:
    assert taxpayer.log_in(realm="otro").status_code == 404
    assert (
        taxpayer.http.get(f"{taxpayer.sandbox.url}/auth/realms/rut/protocol/openid-connect/token").status_code == 405
    )


def test_a_body_that_is_no_form_is_400(taxpayer: Taxpayer) -> None:
    url = f"{taxpayer.sandbox.url}/auth/realms/rut-stag/protocol/openid-connect/token"

    assert taxpayer.http.post(url, json={"grant_type": "password"}).status_code == 400


def test_each_realm_has_its_users(counter: Any) -> None:
    taxpayer = Taxpayer(counter, STRANGER)
    assert taxpayer.register(ambiente=["01"]).status_code == 201

    assert taxpayer.log_in().status_code == 401
    assert taxpayer.log_in(realm="rut", client="api-prod").status_code == 200


def refresh(taxpayer: Taxpayer, token: str, **changes: Any) -> Any:
    form = {"grant_type": "refresh_token", "client_id": "api-stag", "refresh_token": token}
    return taxpayer.idp(**(form | changes))


def test_a_token_is_refreshed_until_the_session_is_over(taxpayer: Taxpayer) -> None:
    first = taxpayer.log_in().json()
    taxpayer.sandbox.clock.offset = timedelta(seconds=301)
    second = refresh(taxpayer, first["refresh_token"])

    assert second.status_code == 200
    assert second.json()["access_token"] != first["access_token"]
    assert refresh(taxpayer, first["access_token"]).status_code == 400

    out = taxpayer.idp("logout", client_id="api-stag", refresh_token=second.json()["refresh_token"])
    assert (out.status_code, out.content) == (204, b"")
    assert refresh(taxpayer, second.json()["refresh_token"]).status_code == 400


def test_a_refresh_token_has_its_time(taxpayer: Taxpayer) -> None:
    token = taxpayer.log_in().json()["refresh_token"]
    taxpayer.sandbox.clock.offset = timedelta(seconds=36001)

    assert refresh(taxpayer, token).status_code == 400


@pytest.mark.parametrize("token", [" ", "x", "a.b.c", "eyJ.e30.AAAA"])
def test_what_is_no_token_is_401(taxpayer: Taxpayer, token: str) -> None:
    taxpayer._token = token

    assert taxpayer.ask("5" * 50).status_code == 401
    assert taxpayer.post({}).status_code == 401


def test_an_access_token_ends_after_five_minutes(taxpayer: Taxpayer) -> None:
    document = taxpayer.accepted(taxpayer.document())
    taxpayer.sandbox.clock.offset = timedelta(seconds=270)
    assert taxpayer.ask(document).status_code == 200
    taxpayer.sandbox.clock.offset = timedelta(seconds=301)

    answer = taxpayer.ask(document)
    assert (answer.status_code, answer.content) == (401, b"")


def test_a_refresh_token_opens_no_door(taxpayer: Taxpayer) -> None:
    taxpayer._token = taxpayer.log_in().json()["refresh_token"]

    assert taxpayer.ask("5" * 50).status_code == 401


def test_the_control_plane_shows_whom_it_registered(taxpayer: Taxpayer) -> None:
    answer = taxpayer.register(name="OTRO NOMBRE")

    assert answer.status_code == 201
    assert answer.json() == {
        "country": "CR",
        "nit": taxpayer.tax_id,
        "user": taxpayer.user,
        "name": "OTRO NOMBRE",
        "ambiente": ["00", "01"],
    }


def test_a_public_key_is_enough_and_the_user_is_the_tax_id_when_it_is_left_out(counter: Any) -> None:
    taxpayer = Taxpayer(counter, STRANGER)
    body = {"country": "CR", "nit": STRANGER, "password": PASSWORD, "public_key": taxpayer.key.spki}

    assert taxpayer.control("POST", "emitters", body).status_code == 201
    assert taxpayer.log_in(username=STRANGER).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"country": "NI"},
        {"country": 5},
        {"nit": "12"},
        {"nit": None},
        {"password": ""},
        {"user": 5},
        {"name": 5},
        {"ambiente": []},
        {"ambiente": ["02"]},
        {"certificate": "x"},
        {"certificate": None},
        {"public_key": "AAAA"},
        {"versions": {}},
    ],
)
def test_a_taxpayer_that_is_not_described_well_is_422(taxpayer: Taxpayer, changes: dict[str, Any]) -> None:
    answer = taxpayer.register(**changes)

    assert answer.status_code == 422
    assert answer.json()["error"]


def test_a_certificate_of_somebody_else_is_422(taxpayer: Taxpayer) -> None:
    assert taxpayer.register(certificate=signing_key(STRANGER).der).status_code == 422


def test_the_client_s_side_registers_a_taxpayer(counter: Any) -> None:
    taxpayer = Taxpayer(counter, STRANGER)
    spki = base64.b64decode(taxpayer.key.spki)
    register_emitter(
        counter.url,
        tax_id=STRANGER,
        password=PASSWORD,
        public_key_spki=spki,
        name="PRUEBA",
        country="CR",
        user=taxpayer.user,
    )

    assert taxpayer.log_in().status_code == 200
    taxpayer.accepted(taxpayer.document())

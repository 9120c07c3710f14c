from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.sandbox.merchant import PASSWORD, Merchant, spki


def weak_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def curve_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def test_the_sandbox_says_that_it_is_well(merchant: Merchant) -> None:
    answer = merchant.http.get(f"{merchant.sandbox.url}/_sandbox/health")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    "changes",
    [
        {"nit": "123"},
        {"nit": None},
        {"password": ""},
        {"public_key": "no"},
        {"public_key": weak_key()},
        {"public_key": curve_key()},
        {"public_key": None},
        {"name": 3},
        {"ambiente": ["02"]},
        {"ambiente": []},
        {"otro": 1},
    ],
)
def test_an_emitter_that_cannot_be_registered_is_422(merchant: Merchant, changes: dict[str, Any]) -> None:
    answer = merchant.register(**changes)

    assert answer.status_code == 422
    assert PASSWORD not in answer.text


def test_a_key_with_line_breaks_is_taken(merchant: Merchant) -> None:
    text = spki(merchant.key)
    lines = "\n".join(text[start : start + 76] for start in range(0, len(text), 76))

    assert merchant.register(public_key=lines).status_code == 201
    assert merchant.send(merchant.invoice()).status_code == 200


def test_registering_again_replaces_key_and_password(merchant: Merchant, other_key: rsa.RSAPrivateKey) -> None:
    old = merchant.invoice()
    token = merchant.token
    merchant.register(public_key=spki(other_key), password="Otra.Clave-2026")

    assert merchant.log_in().json()["status"] == "ERROR"
    assert merchant.log_in(pwd="Otra.Clave-2026").json()["status"] == "OK"
    answer = merchant.post("/fesv/recepciondte", merchant.envelope(old), token=token)
    assert answer.json()["codigoMsg"] == "802"
    merchant.key = other_key
    assert merchant.post("/fesv/recepciondte", merchant.envelope(old), token=token).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"fault": "explode"},
        {"service": "auth"},
        {"fault": "down", "service": "correo"},
        {"fault": "down", "count": 0},
        {"fault": "down", "count": True},
        {"fault": "down", "probability": 1.1},
        {"fault": "down", "probability": "1"},
        {"fault": "slow", "delay_ms": -1},
        {"fault": "down", "nit": 614},
        {"fault": "down", "after": -1},
        {"fault": "down", "generation_code": 7},
        {"fault": "down", "wait": 1},
        [],
    ],
)
def test_an_unknown_fault_is_422(merchant: Merchant, body: Any) -> None:
    answer = merchant.http.post(f"{merchant.sandbox.url}/_sandbox/faults", json=body)

    assert answer.status_code == 422
    assert answer.json()["error"]
    assert merchant.http.get(f"{merchant.sandbox.url}/_sandbox/faults").json() == {"results": []}


def test_the_contracts_own_example_of_a_fault_is_taken(merchant: Merchant) -> None:
    body = {
        "fault": "down",
        "service": "recepciondte",
        "count": None,
        "probability": 1,
        "delay_ms": 0,
        "nit": None,
    }
    answer = merchant.http.post(f"{merchant.sandbox.url}/_sandbox/faults", json=body)

    assert answer.status_code == 201
    listed = merchant.http.get(f"{merchant.sandbox.url}/_sandbox/faults").json()["results"]
    assert listed == [answer.json()]
    assert listed[0].items() >= body.items()
    assert merchant.http.delete(f"{merchant.sandbox.url}/_sandbox/faults").status_code == 204
    assert merchant.http.get(f"{merchant.sandbox.url}/_sandbox/faults").json() == {"results": []}


def test_a_control_request_that_is_no_json_is_400(merchant: Merchant) -> None:
    answer = merchant.http.post(f"{merchant.sandbox.url}/_sandbox/faults", data=b"{")

    assert answer.status_code == 400


def test_there_are_no_other_controls(merchant: Merchant) -> None:
    assert merchant.http.get(f"{merchant.sandbox.url}/_sandbox/secrets").status_code == 404
    assert merchant.http.get(f"{merchant.sandbox.url}/_sandbox/state").status_code == 405
    assert merchant.http.get(f"{merchant.sandbox.url}/otro").status_code == 404
    assert merchant.http.get(f"{merchant.sandbox.url}/seguridad/auth").status_code == 405


def test_everything_received_is_logged_in_order(merchant: Merchant) -> None:
    document = merchant.invoice()
    stamp = merchant.accepted(document)
    merchant.ask(document)
    event = merchant.invalidation(document, stamp)
    merchant.annul(event)
    merchant.post("/fesv/recepciondte", {}, token="Bearer no")

    log = merchant.received()

    code = document["identificacion"]["codigoGeneracion"]
    assert [one["service"] for one in log] == [
        "auth",
        "recepciondte",
        "consultadte",
        "anulardte",
        "recepciondte",
    ]
    assert [one["generation_code"] for one in log] == [None, code, code, code, None]
    assert [one["nit"] for one in log] == [merchant.nit] * 4 + [None]
    members = {"service", "generation_code", "nit", "at", "fault", "answer", "generation_codes"}
    assert [set(one) for one in log] == [members] * 5
    assert [one["generation_codes"] for one in log] == [None] * 5
    assert log[1]["answer"]["selloRecibido"] == stamp
    assert log[3]["answer"]["codigoGeneracion"] == event["identificacion"]["codigoGeneracion"]
    assert log[4]["answer"] == {}
    assert all(one["fault"] is None for one in log)
    assert sorted(one["at"] for one in log) == [one["at"] for one in log]


def test_the_log_is_read_in_parts_and_emptied(merchant: Merchant) -> None:
    for _ in range(4):
        merchant.log_in(user="nadie")

    assert len(merchant.received()) == 4
    assert merchant.received(after=1, limit=2) == merchant.received()[1:3]
    assert merchant.received(after=4) == []
    url = f"{merchant.sandbox.url}/_sandbox/received"
    assert merchant.http.get(url, params={"after": "x"}).status_code == 422
    assert merchant.http.delete(url).status_code == 204
    assert merchant.received() == []


def test_the_state_is_forgotten_and_the_emitters_are_not(merchant: Merchant) -> None:
    document = merchant.invoice()
    merchant.accepted(document)

    assert merchant.http.delete(f"{merchant.sandbox.url}/_sandbox/state").status_code == 204
    assert merchant.ask(document).status_code == 404
    assert merchant.send(document).status_code == 200


def test_passwords_are_in_no_log(merchant: Merchant) -> None:
    merchant.log_in()
    url = f"{merchant.sandbox.url}/_sandbox/received"

    assert PASSWORD not in merchant.http.get(url).text

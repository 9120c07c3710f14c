from __future__ import annotations

import socket
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.sandbox.merchant import OTHER_NIT, Merchant, new_code

LOST = (requests.ConnectionError, requests.Timeout)


def stored(merchant: Merchant, document: dict[str, Any]) -> bool:
    return merchant.ask(document).status_code == 200


def test_down_closes_before_an_answer_and_processes_nothing(merchant: Merchant) -> None:
    document = merchant.invoice()
    merchant.fault("down", "recepciondte", count=1)

    with pytest.raises(LOST):
        merchant.send(document)
    assert not stored(merchant, document)
    assert merchant.send(document).status_code == 200
    fallen = merchant.received()[1]
    assert (fallen["service"], fallen["fault"], fallen["answer"]) == ("recepciondte", "down", None)


def test_a_dropped_answer_was_processed(merchant: Merchant) -> None:
    document = merchant.invoice()
    merchant.fault("drop_answer", "recepciondte")

    with pytest.raises(LOST):
        merchant.send(document)
    answer = merchant.ask(document).json()
    assert answer["estado"] == "PROCESADO"
    entry = next(one for one in merchant.received() if one["service"] == "recepciondte")
    assert entry["fault"] == "drop_answer"
    assert entry["answer"]["selloRecibido"] == answer["selloRecibido"]
    assert entry["nit"] == merchant.nit
    assert entry["generation_code"] == document["identificacion"]["codigoGeneracion"]


def test_hang_is_silent_until_the_client_gives_up_and_processes_nothing(merchant: Merchant) -> None:
    document = merchant.invoice()
    token = merchant.token
    merchant.fault("hang", "recepciondte", count=1)
    before = threading.active_count()

    with pytest.raises(requests.Timeout):
        merchant.http.post(
            f"{merchant.sandbox.url}/fesv/recepciondte",
            json=merchant.envelope(document),
            headers={"Authorization": token, "Connection": "close"},
            timeout=0.2,
        )
    assert merchant.received()[-1]["fault"] == "hang"
    assert merchant.received()[-1]["answer"] is None
    assert not stored(merchant, document)
    deadline = time.monotonic() + 2
    while threading.active_count() > before + 1 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert threading.active_count() <= before + 1


def test_slow_answers_normally_after_its_delay(merchant: Merchant) -> None:
    document = merchant.invoice()
    token = merchant.token
    merchant.fault("slow", "recepciondte", delay_ms=200)
    begun = time.monotonic()
    answer = merchant.post("/fesv/recepciondte", merchant.envelope(document), token=token)

    assert answer.status_code == 200
    assert time.monotonic() - begun >= 0.2


def test_a_late_answer_is_processed_at_once(merchant: Merchant) -> None:
    document = merchant.invoice()
    assert merchant.token
    merchant.fault("late_answer", "recepciondte", delay_ms=600)

    with pytest.raises(requests.Timeout):
        merchant.send(document, timeout=0.15)
    assert stored(merchant, document)
    begun = time.monotonic()
    assert merchant.send(merchant.invoice()).status_code == 200
    assert time.monotonic() - begun >= 0.6


def test_a_rejection_can_be_ordered(merchant: Merchant) -> None:
    document = merchant.invoice()
    merchant.fault("reject", "recepciondte", count=1, code="010", message="[emisor.nit] NO ACTIVO")
    answer = merchant.send(document)

    assert answer.status_code == 400
    body = answer.json()
    assert (body["estado"], body["codigoMsg"], body["descripcionMsg"], body["selloRecibido"]) == (
        "RECHAZADO",
        "010",
        "[emisor.nit] NO ACTIVO",
        None,
    )
    asked = merchant.ask(document)
    assert (asked.status_code, asked.json()["codigoMsg"]) == (400, "010")
    assert merchant.received()[1]["answer"] == body
    assert merchant.send(document).status_code == 200


def test_every_service_rejects_in_its_own_shape(merchant: Merchant) -> None:
    assert merchant.token
    merchant.fault("reject", code="099", message="NO")
    event = merchant.invalidation(merchant.invoice(), "A" * 40)

    assert merchant.log_in().json() == {
        "status": "ERROR",
        "body": {"codigoMsg": "099", "descripcionMsg": "NO"},
    }
    assert "clasificaMsg" not in merchant.annul(event).json()
    assert merchant.ask(merchant.invoice()).json()["codigoMsg"] == "099"
    assert merchant.post("/fesv/contingencia", {}).json()["observaciones"] == ["[099] NO"]


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [("unavailable", 503, "<html>"), ("garbage", 200, "<html>"), ("throttled", 429, "{}")],
)
def test_an_answer_of_something_in_front_processes_nothing(
    merchant: Merchant, fault: str, status: int, body: str
) -> None:
    document = merchant.invoice()
    assert merchant.token
    merchant.fault(fault, "recepciondte")
    answer = merchant.send(document)

    assert answer.status_code == status
    assert answer.text.startswith(body)
    assert answer.headers["Content-Type"].startswith("text/html" if "<" in body else "application/json")
    assert answer.headers.get("Retry-After") == ("1" if fault == "throttled" else None)
    assert not stored(merchant, document)


def test_unauthorized_is_401_with_an_empty_object(merchant: Merchant) -> None:
    document = merchant.invoice()
    assert merchant.token
    merchant.fault("unauthorized", "recepciondte", count=1)
    answer = merchant.send(document)

    assert (answer.status_code, answer.json()) == (401, {})
    assert not stored(merchant, document)
    assert merchant.send(document).status_code == 200


def test_a_truncated_answer_ends_before_its_length(merchant: Merchant) -> None:
    document = merchant.invoice()
    assert merchant.token
    merchant.fault("truncated", "recepciondte")

    with pytest.raises(requests.exceptions.RequestException):
        merchant.send(document)
    assert stored(merchant, document)


def test_an_acceptance_may_come_without_its_seal(merchant: Merchant) -> None:
    document = merchant.invoice()
    merchant.fault("no_seal", "recepciondte")
    answer = merchant.send(document).json()

    assert (answer["estado"], answer["selloRecibido"]) == ("PROCESADO", None)
    assert merchant.ask(document).json()["selloRecibido"]


def test_the_login_can_be_made_to_fail_for_one_taxpayer(merchant: Merchant) -> None:
    merchant.fault("unavailable", "auth", nit=merchant.nit)

    assert merchant.log_in().status_code == 503
    assert merchant.log_in(user=OTHER_NIT).status_code == 200
    assert merchant.received()[0]["nit"] == merchant.nit


def test_the_query_can_be_down_while_reception_is_up(merchant: Merchant) -> None:
    document = merchant.invoice()
    merchant.fault("down", "consultadte", nit=merchant.nit)

    assert merchant.send(document).status_code == 200
    with pytest.raises(LOST):
        merchant.ask(document)


def test_a_fault_of_every_service_reaches_batches_too(merchant: Merchant) -> None:
    merchant.fault("unavailable")

    assert merchant.post("/fesv/recepcionlote", {}, token="x").status_code == 503
    batch = merchant.http.get(f"{merchant.sandbox.url}/fesv/recepcion/consultadtelote/{new_code()}")
    assert batch.status_code == 503


def test_a_fault_may_be_of_one_document_only(merchant: Merchant) -> None:
    spared, chosen = merchant.invoice(), merchant.invoice()
    merchant.fault("unavailable", generation_code=chosen["identificacion"]["codigoGeneracion"])

    assert merchant.log_in().json()["status"] == "OK"
    assert (merchant.send(spared).status_code, merchant.send(chosen).status_code) == (200, 503)
    assert (merchant.ask(spared).status_code, merchant.ask(chosen).status_code) == (200, 503)
    assert merchant.annul(merchant.invalidation(chosen, "A" * 40)).status_code == 503


def test_the_newest_matching_fault_acts_and_is_used_up(merchant: Merchant) -> None:
    assert merchant.token
    merchant.fault("unavailable", "recepciondte")
    merchant.fault("throttled", "*", count=2)
    merchant.fault("garbage", "consultadte")
    merchant.fault("unauthorized", "recepciondte", nit=OTHER_NIT)

    statuses = [merchant.send(merchant.invoice()).status_code for _ in range(3)]

    assert statuses == [429, 429, 503]
    listed = merchant.http.get(f"{merchant.sandbox.url}/_sandbox/faults").json()["results"]
    assert [one["fault"] for one in listed] == ["unauthorized", "garbage", "unavailable"]


def test_a_fault_may_let_requests_pass_first(merchant: Merchant) -> None:
    assert merchant.token
    merchant.fault("unavailable", "recepciondte", after=2, count=1)

    assert [merchant.send(merchant.invoice()).status_code for _ in range(4)] == [200, 200, 503, 200]


def test_a_count_is_used_by_exactly_that_many_at_once(merchant: Merchant) -> None:
    envelopes = [merchant.envelope(merchant.invoice()) for _ in range(12)]
    token = merchant.token
    merchant.fault("unavailable", "recepciondte", count=5)
    statuses: list[int] = []

    def send(body: dict[str, Any]) -> None:
        url = f"{merchant.sandbox.url}/fesv/recepciondte"
        answer = requests.post(url, json=body, headers={"Authorization": token}, timeout=10)
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=send, args=(body,)) for body in envelopes]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert sorted(statuses) == [200] * 7 + [503] * 5


def test_a_probability_acts_on_some_and_not_on_others(merchant: Merchant) -> None:
    merchant.fault("unavailable", "auth", probability=0.5)
    statuses = {merchant.log_in().status_code for _ in range(60)}

    assert statuses == {200, 503}
    merchant.http.delete(f"{merchant.sandbox.url}/_sandbox/faults")
    merchant.fault("unavailable", "auth", probability=0)
    assert merchant.log_in().status_code == 200


def test_two_copies_sent_at_once_are_accepted_once(merchant: Merchant) -> None:
    body, token = merchant.envelope(merchant.invoice()), merchant.token
    codes: list[str] = []

    def send() -> None:
        url = f"{merchant.sandbox.url}/fesv/recepciondte"
        answer = requests.post(url, json=body, headers={"Authorization": token}, timeout=10)
        codes.append(answer.json()["codigoMsg"])

    threads = [threading.Thread(target=send) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert sorted(codes) == ["001"] + ["004"] * 7


def test_an_answer_leaves_in_one_piece_on_a_kept_connection(merchant: Merchant) -> None:
    address = urlsplit(merchant.sandbox.url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        for _ in range(3):
            connection.sendall(b"GET /_sandbox/health HTTP/1.1\r\nHost: x\r\n\r\n")
            piece = connection.recv(65536)
            assert piece.startswith(b"HTTP/1.1 200 OK\r\n")
            assert piece.endswith(b'{"status":"ok"}')


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"Transfer-Encoding: chunked", b"411"),
        (b"Content-Length: -1", b"400"),
        (b"Content-Length: x", b"400"),
        (b"Content-Length: 99999999999", b"413"),
    ],
)
def test_a_body_of_unknown_length_is_refused(merchant: Merchant, head: bytes, status: bytes) -> None:
    address = urlsplit(merchant.sandbox.url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        connection.sendall(b"POST /seguridad/auth HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n")
        assert connection.recv(65536).split()[1] == status
        assert connection.recv(1) == b""

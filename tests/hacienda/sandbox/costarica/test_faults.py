from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.hacienda.sandbox.costarica.signing import DS, verifies
from tests.hacienda.sandbox.costarica.taxpayer import Document, Taxpayer, codes, message_of

LOST = (requests.ConnectionError, requests.Timeout)


@pytest.fixture
def document(taxpayer: Taxpayer) -> Document:
    """A document of a taxpayer that is logged in."""
    assert taxpayer.token
    return taxpayer.document()


@pytest.mark.parametrize(("fault", "taken"), [("down", False), ("drop_answer", True)])
def test_an_answer_is_lost_before_or_after(taxpayer: Taxpayer, document: Document, fault: str, taken: bool) -> None:
    taxpayer.fault(fault, "recepcion", count=1)

    with pytest.raises(LOST):
        taxpayer.send(document)
    assert taxpayer.ask(document).status_code == (200 if taken else 404)
    assert taxpayer.send(document).status_code == (400 if taken else 202)
    entry = next(one for one in taxpayer.received() if one["service"] == "recepcion")
    assert (entry["fault"], entry["answer"] is not None) == (fault, taken)


def test_a_hanging_service_says_nothing(taxpayer: Taxpayer, document: Document) -> None:
    taxpayer.fault("hang", "recepcion", count=1)
    body = taxpayer.envelope(document, taxpayer.signed(document))

    with pytest.raises(requests.Timeout):
        taxpayer.post(body, timeout=0.1)
    assert taxpayer.ask(document).status_code == 404


@pytest.mark.parametrize("fault", ["slow", "late_answer"])
def test_a_slow_service_answers_all_the_same(taxpayer: Taxpayer, document: Document, fault: str) -> None:
    taxpayer.fault(fault, "recepcion", delay_ms=50)
    answer = taxpayer.send(document)

    assert answer.status_code == 202
    assert answer.elapsed >= timedelta(milliseconds=50)


@pytest.mark.parametrize(
    ("fault", "status"), [("unavailable", 503), ("garbage", 200), ("unauthorized", 401), ("throttled", 429)]
)
def test_a_gateway_answers_instead(taxpayer: Taxpayer, document: Document, fault: str, status: int) -> None:
    taxpayer.fault(fault, "recepcion", count=1)
    answer = taxpayer.send(document)

    assert answer.status_code == status
    assert ("html" in answer.headers["Content-Type"]) == (fault in ("unavailable", "garbage"))
    assert ("X-Ratelimit-Remaining" in answer.headers) == (fault == "throttled")
    assert taxpayer.ask(document).status_code == 404


@pytest.mark.parametrize("service", ["idp", "auth"])
def test_the_login_fails_under_both_its_names(taxpayer: Taxpayer, service: str) -> None:
    taxpayer.fault("unavailable", service, count=1)

    assert taxpayer.log_in().status_code == 503
    assert taxpayer.log_in().status_code == 200


def test_a_login_is_rejected(taxpayer: Taxpayer) -> None:
    taxpayer.fault("reject", "idp", count=1)

    answer = taxpayer.log_in()
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_grant")


def test_the_login_of_costa_rica_fails_alone(taxpayer: Taxpayer) -> None:
    taxpayer.fault("down", "idp")

    answer = taxpayer.http.post(f"{taxpayer.sandbox.url}/seguridad/auth", data={"user": "x", "pwd": "x"}, timeout=5)
    assert answer.status_code == 200


def test_a_fault_is_narrowed_to_a_taxpayer_and_a_document(taxpayer: Taxpayer, document: Document) -> None:
    taxpayer.fault("unavailable", "recepcion", nit="3101000000")
    taxpayer.fault("unavailable", "recepcion", generation_code="x")
    assert taxpayer.send(document).status_code == 202
    other = taxpayer.document()
    taxpayer.fault("unavailable", nit=taxpayer.tax_id, generation_code=other["Clave"])
    assert taxpayer.send(other).status_code == 503
    assert taxpayer.ask(document).status_code == 200


def test_a_rejection_is_ordered(taxpayer: Taxpayer, document: Document) -> None:
    taxpayer.fault("reject", "recepcion", code="-300", message='Un "motivo" dado')
    text = taxpayer.refused(document)

    assert codes(text) == ["-300"]
    assert '-300, ""Un \'motivo\' dado"", 0, 0\r\n' in text
    assert taxpayer.received()[1]["fault"] == "reject"


def test_a_rejection_ordered_when_it_is_asked_for_is_of_what_waits(taxpayer: Taxpayer, document: Document) -> None:
    judged = taxpayer.accepted(document)
    taxpayer.fault("reject", "consulta")

    assert taxpayer.ask(judged).json()["ind-estado"] == "aceptado"


def test_an_acceptance_has_notices_when_it_is_told_to(taxpayer: Taxpayer, document: Document) -> None:
    taxpayer.fault("notice", "recepcion")
    said = taxpayer.judged(document)

    assert said.findtext("{*}Mensaje") == "1"
    assert codes(said.findtext("{*}DetalleMensaje")) == ["-37"]


def test_hacienda_fails_and_is_sent_the_same_once_more(taxpayer: Taxpayer, document: Document) -> None:
    body = taxpayer.envelope(document, taxpayer.signed(document))
    taxpayer.fault("error", "recepcion", count=1)
    assert taxpayer.post(body).status_code == 202
    said = taxpayer.final(document)
    assert (said["ind-estado"], "respuesta-xml" in said) == ("error", False)

    assert taxpayer.post(body).status_code == 202
    assert taxpayer.final(document)["ind-estado"] == "aceptado"


def test_a_document_is_stuck(taxpayer: Taxpayer, document: Document) -> None:
    taxpayer.fault("stuck", "recepcion", count=1)
    taxpayer.send(document)

    taxpayer.sandbox.clock.offset = timedelta(seconds=200)
    assert taxpayer.ask(document).json()["ind-estado"] == "procesando"


@pytest.mark.parametrize(("fault", "state"), [("stuck", "procesando"), ("error", "error")])
def test_a_query_says_something_else_for_a_while(
    taxpayer: Taxpayer, document: Document, fault: str, state: str
) -> None:
    taxpayer.accepted(document)
    taxpayer.fault(fault, "consulta", count=1)

    first = taxpayer.ask(document).json()
    assert (first["ind-estado"], "respuesta-xml" in first) == (state, False)
    assert taxpayer.ask(document).json()["ind-estado"] == "aceptado"


@pytest.mark.parametrize(("code", "sealed"), [(None, False), ("tampered", True)])
def test_an_answer_has_no_seal_or_a_wrong_one(
    taxpayer: Taxpayer, document: Document, code: str | None, sealed: bool
) -> None:
    taxpayer.accepted(document)
    taxpayer.fault("no_seal", "consulta", count=1, code=code)
    raw = base64.b64decode(taxpayer.ask(document).json()["respuesta-xml"])

    said = message_of({"respuesta-xml": base64.b64encode(raw)})
    assert (said.find(f"{{{DS}}}Signature") is not None) == sealed
    assert said.findtext("{*}Mensaje") == "1"
    if sealed:
        assert not verifies(raw)
    assert verifies(base64.b64decode(taxpayer.ask(document).json()["respuesta-xml"]))


def test_an_answer_is_cut_off(taxpayer: Taxpayer, document: Document) -> None:
    taxpayer.accepted(document)
    taxpayer.fault("truncated", "consulta", count=1)

    with pytest.raises(requests.RequestException):
        taxpayer.ask(document)


@pytest.mark.parametrize(
    "body",
    [
        {"fault": "stuck", "service": "correo"},
        {"fault": "sticky", "service": "recepcion"},
    ],
)
def test_a_fault_that_there_is_not_is_422(taxpayer: Taxpayer, body: dict[str, Any]) -> None:
    assert taxpayer.control("POST", "faults", body).status_code == 422


def test_an_order_is_nothing_to_who_answers_at_once(taxpayer: Taxpayer) -> None:
    taxpayer.fault("stuck")

    answer = taxpayer.http.post(f"{taxpayer.sandbox.url}/seguridad/auth", data={"user": "x", "pwd": "x"}, timeout=5)
    assert answer.status_code == 200
    assert taxpayer.log_in().status_code == 200

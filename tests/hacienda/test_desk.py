"""The desk for contingency over real HTTP: what is sent, with which token, and what is made of no answer."""

from __future__ import annotations

import json
import socket
from datetime import timedelta
from typing import Any

import pytest

from hacienda import http
from hacienda.elsalvador.authority import ElSalvador
from hacienda.elsalvador.transport import jws
from hacienda.elsalvador.transport.client import Client, Paths
from hacienda.elsalvador.transport.desk import Desk
from hacienda.errors import Cause, Refused, Throttled, Unreachable
from hacienda.registry import authority
from hacienda.values import BatchEnvelope, Envelope, Environment, Login
from hacienda.verdicts import Absent, Accepted, BatchResults, Received, Rejected
from tests.hacienda.outages import EVENT, FIRST, SECOND, sealed
from tests.hacienda.raw_server import Behaviour, RawServer, read_request, response
from tests.hacienda.sender import HASTE, failing
from tests.hacienda.signing import KEY
from tests.hacienda.test_receipts import BATCH, SENDING, STAMP, judged, refused, taken, turned_down

NIT = "06141502101015"
SIGNATURES = (jws.sign("{}", KEY), jws.sign('{"a":1}', KEY))
ENVELOPES = [Envelope(Environment.TEST, "01", 2, code, NIT, SIGNATURES[0]) for code in (FIRST, SECOND)]
SENT = BatchEnvelope(Environment.TEST, NIT, SENDING, SIGNATURES)


class Hacienda:
    """Logs everybody in with a new token each time, and answers the rest in the order it was told."""

    def __init__(self, *replies: bytes | None) -> None:
        self.requests: list[tuple[str, dict[str, str], str]] = []
        self.logins = 0
        self._replies = list(replies)

    @property
    def behaviour(self) -> Behaviour:
        return self._behave

    def _behave(self, connection: socket.socket) -> None:
        while data := read_request(connection):
            head, _, body = data.decode().partition("\r\n\r\n")
            line, *rows = head.split("\r\n")
            if line.startswith("POST /seguridad/auth"):
                self.logins += 1
                connection.sendall(answer({"status": "OK", "body": {"token": f"Bearer token-{self.logins}"}}))
                continue
            headers = {name.lower(): value for name, value in (row.split(": ", 1) for row in rows)}
            self.requests.append((line.removesuffix(" HTTP/1.1"), headers, body))
            reply = self._replies.pop(0)
            if reply is None:
                return
            connection.sendall(reply)


def answer(body: object, status: str = "200 OK", *headers: str) -> bytes:
    return response(json.dumps(body).encode(), status, *headers)


def login(server: RawServer) -> Login:
    return Login(Environment.TEST, server.url, NIT, "Una.Clave-2026")


def desk(paths: Paths | None = None, patience: http.Patience = HASTE) -> Desk:
    return ElSalvador(Client(paths or Paths(), patience=patience)).contingency


def sent(request: tuple[str, dict[str, str], str]) -> Any:
    return json.loads(request[2])


class TestReporting:
    def test_sends_the_signed_event_once_and_gets_its_stamp(self) -> None:
        hacienda = Hacienda(answer(taken()))
        with RawServer(hacienda.behaviour) as server:
            verdict = desk().report(sealed(), login(server))
        assert isinstance(verdict, Accepted)
        assert verdict.stamp == STAMP
        [request] = hacienda.requests
        assert request[0] == "POST /fesv/contingencia"
        assert sent(request) == {"nit": NIT, "documento": sealed().signature}
        assert request[1]["authorization"] == "Bearer token-1"
        assert request[1]["content-type"] == "application/json"

    def test_knows_its_event_and_its_documents_again(self) -> None:
        own = answer(refused("[004] [identificacion.codigoGeneracion] YA EXISTE"), "400 Bad Request")
        other = answer(refused(f"[014] El documento {SECOND} no existe", codigoGeneracion=EVENT), "400 Bad Request")
        with RawServer(Hacienda(own, other).behaviour) as server:
            there, wrong = (desk().report(sealed(), login(server)) for _ in range(2))
        assert isinstance(there, Rejected)
        assert there.already_done
        assert isinstance(wrong, Rejected)
        assert not wrong.already_done
        assert wrong.faults[0].params["generation_code"] == SECOND

    def test_without_an_answer_may_have_been_received(self) -> None:
        with RawServer(Hacienda(None).behaviour) as server, failing(Cause.CLOSED):
            desk().report(sealed(), login(server))


class TestSendingABatch:
    def test_sends_all_its_documents_under_its_own_number(self) -> None:
        hacienda = Hacienda(answer({"estado": "RECIBIDO", "codigoLote": BATCH, "idEnvio": SENDING}))
        with RawServer(hacienda.behaviour) as server:
            received = desk().submit_batch(SENT, login(server))
        assert isinstance(received, Received)
        assert received.code == BATCH
        [request] = hacienda.requests
        assert request[0] == "POST /fesv/recepcionlote"
        assert sent(request) == {
            "ambiente": "00",
            "idEnvio": SENDING,
            "version": 1,
            "nitEmisor": NIT,
            "documentos": list(SIGNATURES),
        }

    def test_is_marked_in_production(self) -> None:
        hacienda = Hacienda(answer({"codigoLote": BATCH}))
        live = BatchEnvelope(Environment.LIVE, NIT, SENDING, SIGNATURES)
        with RawServer(hacienda.behaviour) as server:
            desk().submit_batch(live, login(server))
        assert sent(hacienda.requests[0])["ambiente"] == "01"

    def test_without_an_answer_may_have_been_received(self) -> None:
        with RawServer(Hacienda(None).behaviour) as server, failing(Cause.CLOSED):
            desk().submit_batch(SENT, login(server))

    def test_shows_no_signature(self) -> None:
        assert "eyJ" not in repr(SENT)


class TestReadingABatch:
    def test_asks_by_the_batchs_code_and_judges_each_document(self) -> None:
        hacienda = Hacienda(answer({"procesados": [judged(FIRST)], "rechazados": [turned_down(SECOND)]}))
        with RawServer(hacienda.behaviour) as server:
            found = desk().read_batch(BATCH, ENVELOPES, login(server))
        assert isinstance(found, BatchResults)
        assert {code: type(verdict) for code, verdict in found.verdicts.items()} == {
            FIRST: Accepted,
            SECOND: Rejected,
        }
        [request] = hacienda.requests
        assert (request[0], request[2]) == (f"GET /fesv/recepcion/consultadtelote/{BATCH}", "")
        assert request[1]["authorization"] == "Bearer token-1"

    def test_is_absent_only_for_a_clear_negative(self) -> None:
        page = response(b"<html>404</html>", "404 Not Found")
        with RawServer(Hacienda(response(b"", "404 Not Found"), page).behaviour) as server:
            none, doubtful = (desk().read_batch(BATCH, ENVELOPES, login(server)) for _ in range(2))
        assert isinstance(none, Absent)
        assert not isinstance(doubtful, Absent)

    def test_without_an_answer_tells_nothing(self) -> None:
        with RawServer(Hacienda(None).behaviour) as server, failing(Cause.CLOSED):
            desk().read_batch(BATCH, ENVELOPES, login(server))

    def test_leads_nowhere_else_whatever_the_code(self) -> None:
        hacienda = Hacienda(answer({}))
        with RawServer(hacienda.behaviour) as server:
            desk().read_batch("../auth?x=1", ENVELOPES, login(server))
        assert hacienda.requests[0][0] == "GET /fesv/recepcion/consultadtelote/..%2Fauth%3Fx%3D1"


CALLS = {
    "report": lambda one, who: one.report(sealed(), who),
    "submit_batch": lambda one, who: one.submit_batch(SENT, who),
    "read_batch": lambda one, who: one.read_batch(BATCH, ENVELOPES, who),
}
GOOD = {**taken(), "codigoLote": BATCH, "procesados": []}


@pytest.mark.parametrize("name", CALLS)
class TestEveryCall:
    def test_replaces_a_refused_token_once(self, name: str) -> None:
        hacienda = Hacienda(answer({}, "401 Unauthorized"), answer(GOOD))
        with RawServer(hacienda.behaviour) as server:
            assert isinstance(CALLS[name](desk(), login(server)), Accepted | Received | BatchResults)
        assert [request[1]["authorization"] for request in hacienda.requests] == ["Bearer token-1", "Bearer token-2"]

    def test_gives_up_where_a_new_token_is_refused_too(self, name: str) -> None:
        refusals = [answer({}, "401 Unauthorized")] * 2
        hacienda = Hacienda(*refusals)
        with RawServer(hacienda.behaviour) as server, pytest.raises(Refused):
            CALLS[name](desk(), login(server))
        assert hacienda.logins == 2

    def test_is_refused_where_the_account_may_not(self, name: str) -> None:
        with RawServer(Hacienda(answer({}, "403 Forbidden")).behaviour) as server, pytest.raises(Refused):
            CALLS[name](desk(), login(server))

    def test_is_told_how_long_to_wait(self, name: str) -> None:
        throttled = answer({}, "429 Too Many Requests", "Retry-After: 17")
        with RawServer(Hacienda(throttled).behaviour) as server, pytest.raises(Throttled) as caught:
            CALLS[name](desk(), login(server))
        assert caught.value.retry_after == timedelta(seconds=17)

    def test_writes_nothing_where_nobody_listens(self, name: str) -> None:
        with pytest.raises(Unreachable) as caught:
            CALLS[name](desk(), Login(Environment.TEST, "http://127.0.0.1:1", NIT, "x"))
        assert caught.value.cause is Cause.NOT_WRITTEN

    def test_has_a_path_that_is_a_setting(self, name: str) -> None:
        paths = Paths(report="/a/", submit_batch="/b/", read_batch="/c/")
        hacienda = Hacienda(answer(GOOD))
        with RawServer(hacienda.behaviour) as server:
            CALLS[name](desk(paths), login(server))
        wanted = {"report": "POST /a/", "submit_batch": "POST /b/", "read_batch": f"GET /c/{BATCH}"}
        assert hacienda.requests[0][0] == wanted[name]


def test_the_country_has_a_desk() -> None:
    law = authority("SV")
    assert law.contingency is not None
    assert law.contingency is law.contingency

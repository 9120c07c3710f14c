"""Logging in once, for everybody who waits, and never in a loop."""

from __future__ import annotations

import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from socket import socket
from typing import Any

import pytest

from hacienda import http
from hacienda.elsalvador.transport.tokens import FALLBACK_LIFE, LONGEST_LIFE, Tokens, life
from hacienda.errors import Cause, NoAnswer, Refused, Throttled, Unreachable
from hacienda.values import Environment, Login
from tests.hacienda.raw_server import RawServer, read_request, response

PASSWORD = "Clave.De-Prueba-ñ&=2026"
HASTE = http.Patience(connect=0.3, total=0.4)


def jwt(claims: object) -> str:
    parts = (json.dumps({"alg": "HS512"}), json.dumps(claims), "signature")
    return ".".join(urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)


def granted(token: str) -> dict[str, Any]:
    return {"status": "OK", "body": {"user": "06140101010019", "token": token, "tokenType": "Bearer"}}


TOKEN = jwt({"iat": 1_000, "exp": 1_000 + 86_400})
GRANTED = response(json.dumps(granted(f"Bearer {TOKEN}")).encode())


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Hacienda:
    """A login service that answers as it is told and counts."""

    def __init__(self, answer: Callable[[int], bytes]) -> None:
        self.answer = answer
        self.requests: list[bytes] = []
        self.clock = Clock()
        self.tokens = Tokens("/seguridad/auth", patience=HASTE, clock=self.clock)
        self.url = ""
        self.lock = threading.Lock()

    def behave(self, connection: socket) -> None:
        while request := read_request(connection):
            with self.lock:
                self.requests.append(request)
                number = len(self.requests)
            connection.sendall(self.answer(number))

    def login(self, password: str = PASSWORD, tax_id: str = "06140101010019") -> Login:
        return Login(Environment.SANDBOX, self.url + "/", tax_id, password)

    def get(self, password: str = PASSWORD, tax_id: str = "06140101010019") -> str:
        return self.tokens.get(self.login(password, tax_id))


@contextmanager
def hacienda(answer: bytes | Callable[[int], bytes]) -> Iterator[Hacienda]:
    service = Hacienda(answer if callable(answer) else lambda number: answer)
    with RawServer(service.behave) as server:
        service.url = server.url
        yield service


def failure(answer: bytes) -> NoAnswer:
    with hacienda(answer) as service, pytest.raises(NoAnswer) as caught:
        service.get()
    assert PASSWORD not in str(caught.value) + repr(caught.value)
    return caught.value


class TestLoggingIn:
    def test_sends_a_form_and_keeps_the_token_without_its_prefix(self) -> None:
        with hacienda(GRANTED) as service:
            assert service.get() == TOKEN
        [request] = service.requests
        head, _, body = request.partition(b"\r\n\r\n")
        assert head.startswith(b"POST /seguridad/auth HTTP/1.1")
        assert b"application/x-www-form-urlencoded" in head
        assert body == b"user=06140101010019&pwd=Clave.De-Prueba-%C3%B1%26%3D2026"

    @pytest.mark.parametrize("prefix", ["", "Bearer ", "bearer ", "Bearer Bearer ", "  Bearer  "])
    def test_any_prefix_is_taken_off(self, prefix: str) -> None:
        with hacienda(response(json.dumps(granted(prefix + TOKEN)).encode())) as service:
            assert service.get() == TOKEN

    @pytest.mark.parametrize(
        "body",
        [
            {"status": "ERROR", "error": "Unauthorized", "message": "Usuario no valido"},
            {"status": "ERROR", "body": {"codigoMsg": "101", "descripcionMsg": "Usuario no valido"}},
            {"status": "Error", "codigoMsg": 106, "message": "Usuario no valido", "body": None},
        ],
    )
    @pytest.mark.parametrize("status", ["200 OK", "400 Bad Request", "401 Unauthorized"])
    def test_wrong_credentials_are_a_lasting_refusal_in_hacienda_s_words(self, body: object, status: str) -> None:
        error = failure(response(json.dumps(body).encode(), status))
        assert isinstance(error, Refused)
        assert error.lasting
        assert "Usuario no valido" in str(error)

    def test_a_password_that_is_echoed_is_not_passed_on(self) -> None:
        error = failure(response(json.dumps({"status": "ERROR", "message": f"bad: {PASSWORD}"}).encode()))
        assert "bad: [removed]" in str(error)

    def test_a_token_that_could_not_be_made_is_not_one_s_own_fault(self) -> None:
        body = {"status": "ERROR", "body": {"codigoMsg": "109", "descripcionMsg": "ERROR"}}
        error = failure(response(json.dumps(body).encode()))
        assert isinstance(error, Refused)
        assert not error.lasting

    @pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
    @pytest.mark.parametrize("body", [b"", b"{}", b"<html>denied</html>"])
    def test_a_bare_refusal_is_not_lasting(self, status: str, body: bytes) -> None:
        error = failure(response(body, status))
        assert isinstance(error, Refused)
        assert not error.lasting

    @pytest.mark.parametrize(
        "answer",
        [
            response(b"<html>maintenance</html>"),
            response(b"<html>gone</html>", "404 Not Found"),
            response(b"", "503 Service Unavailable"),
            response(json.dumps({"status": "ERROR", "message": "down"}).encode(), "500 Internal Server Error"),
            response(json.dumps({"status": 500}).encode()),
            response(json.dumps(granted("")).encode()),
            response(json.dumps(granted("two words")).encode()),
            response(json.dumps(granted("line\r\nX-Injected: 1")).encode()),
            response(json.dumps({"status": "OK", "body": None}).encode()),
            response(json.dumps({"status": "OK"}).encode()),
            response(b"[]"),
            response(GRANTED.partition(b"\r\n\r\n")[2][:40], length=9_000),
            b"",
        ],
    )
    def test_anything_else_means_that_no_document_was_written(self, answer: bytes) -> None:
        error = failure(answer)
        assert isinstance(error, Unreachable)
        assert error.cause is Cause.NOT_WRITTEN
        assert str(error).startswith("login: ")

    def test_silence_means_that_no_document_was_written(self) -> None:
        with RawServer(lambda connection: time.sleep(1)) as server, pytest.raises(Unreachable) as caught:
            Tokens("/x", patience=HASTE).get(Login(Environment.SANDBOX, server.url, "06140101010019", PASSWORD))
        assert caught.value.cause is Cause.NOT_WRITTEN
        assert "did not answer in time" in str(caught.value)

    def test_a_pause_is_passed_on(self) -> None:
        error = failure(response(b"", "429 Too Many Requests", "Retry-After: 3"))
        assert isinstance(error, Throttled)
        assert error.retry_after == timedelta(seconds=3)


class TestKeepingIt:
    def test_one_token_serves_until_four_fifths_of_its_life(self) -> None:
        with hacienda(GRANTED) as service:
            service.get()
            service.clock.seconds = 86_400 * 0.8 - 1
            service.get()
            assert len(service.requests) == 1
            service.clock.seconds += 2
            service.get()
            assert len(service.requests) == 2

    @pytest.mark.parametrize(
        ("token", "seconds"),
        [
            (jwt({"iat": 100, "exp": 43_300}), 43_200),
            (jwt({"iat": 100, "exp": 10**12}), LONGEST_LIFE),
            (jwt({"iat": 100, "exp": 100}), FALLBACK_LIFE),
            (jwt({"exp": 100}), FALLBACK_LIFE),
            (jwt({"iat": "x", "exp": {}}), FALLBACK_LIFE),
            (jwt([1]), FALLBACK_LIFE),
            (jwt({"iat": 0, "exp": 10**400}), FALLBACK_LIFE),
            ("opaque", FALLBACK_LIFE),
            ("a.%%%.c", FALLBACK_LIFE),
            ("a.é.c", FALLBACK_LIFE),
        ],
    )
    def test_its_life_is_read_from_it(self, token: str, seconds: float) -> None:
        assert life(token) == seconds

    def test_every_issuer_and_every_password_has_its_own(self) -> None:
        with hacienda(lambda number: response(json.dumps(granted(f"token-{number}")).encode())) as service:
            assert service.get() == "token-1"
            assert service.get(tax_id="06142222220011") == "token-2"
            assert service.get(password="another") == "token-3"
            assert service.get() == "token-1"

    def test_a_dropped_token_is_replaced(self) -> None:
        with hacienda(lambda number: response(json.dumps(granted(f"token-{number}")).encode())) as service:
            service.tokens.drop(service.login(), service.get())
            assert service.get() == "token-2"

    def test_a_token_that_somebody_has_replaced_already_is_not_dropped(self) -> None:
        with hacienda(lambda number: response(json.dumps(granted(f"token-{number}")).encode())) as service:
            old = service.get()
            service.tokens.drop(service.login(), old)
            service.get()
            service.tokens.drop(service.login(), old)
            assert service.get() == "token-2"

    def test_it_is_in_no_repr(self) -> None:
        with hacienda(GRANTED) as service:
            service.get()
            assert TOKEN not in repr(vars(service.tokens))
            assert PASSWORD not in repr(vars(service.tokens))


class TestManyAtOnce:
    def test_log_in_once(self) -> None:
        def slowly(number: int) -> bytes:
            time.sleep(0.1)
            return GRANTED

        with hacienda(slowly) as service, ThreadPoolExecutor(12) as pool:
            assert set(pool.map(lambda _: service.get(), range(12))) == {TOKEN}
            assert len(service.requests) == 1

    def test_share_one_failure(self) -> None:
        def slowly(number: int) -> bytes:
            time.sleep(0.1)
            return response(b"", "503 Service Unavailable")

        def attempt(_: int) -> str:
            with pytest.raises(Unreachable):
                service.get()
            return "failed"

        with hacienda(slowly) as service, ThreadPoolExecutor(8) as pool:
            assert list(pool.map(attempt, range(8))) == ["failed"] * 8
            assert len(service.requests) == 1
            with pytest.raises(Unreachable):
                service.get()
            assert len(service.requests) == 2

    def test_do_not_try_a_refused_password_one_after_the_other(self) -> None:
        with hacienda(response(json.dumps({"status": "ERROR", "message": "no"}).encode())) as service:
            for _ in range(5):
                with pytest.raises(Refused) as caught:
                    service.get()
                assert caught.value.lasting
            assert len(service.requests) == 1
            service.clock.seconds += 6
            with pytest.raises(Refused):
                service.get()
            assert len(service.requests) == 2

    def test_another_password_is_tried_at_once(self) -> None:
        answers = [response(json.dumps({"status": "ERROR", "message": "no"}).encode()), GRANTED]
        with hacienda(lambda number: answers[number - 1]) as service:
            with pytest.raises(Refused):
                service.get(password="wrong")
            assert service.get() == TOKEN

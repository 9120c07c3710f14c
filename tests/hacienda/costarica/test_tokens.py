"""Logging in once, for everybody who waits, going on with a session, and never in a loop."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from socket import socket
from typing import Any
from urllib.parse import parse_qs

import pytest

from hacienda import http
from hacienda.costarica.transport.tokens import EARLY, FALLBACK_LIFE, LONGEST_LIFE, REFUSAL_MEMORY, Tokens
from hacienda.errors import Cause, NoAnswer, Refused, Throttled, Unreachable
from hacienda.values import Environment, Login
from tests.hacienda.raw_server import RawServer, read_request, response

USER = "cpj-3-101-000000@stag.example.com"
PASSWORD = "Clave%De&Prueba=ñ"
HASTE = http.Patience(connect=0.3, total=0.4)


def granted(number: object, **more: object) -> bytes:
    body = {
        "access_token": f"token-{number}",
        "expires_in": 300,
        "refresh_token": f"session-{number}",
        "refresh_expires_in": 36_000,
        "token_type": "bearer",
    }
    return response(json.dumps({**body, **more}).encode())


def error(status: str, name: str, text: str = "") -> bytes:
    return response(json.dumps({"error": name, "error_description": text}).encode(), status)


WRONG = error("401 Unauthorized", "invalid_grant", "Invalid user credentials")
STALE = error("400 Bad Request", "invalid_grant", "Token is not active")


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


class Provider:
    """An identity provider that answers as it is told and keeps the forms that it was sent."""

    def __init__(self, answer: Callable[[int], bytes]) -> None:
        self.answer = answer
        self.forms: list[dict[str, str]] = []
        self.heads: list[bytes] = []
        self.clock = Clock()
        self.tokens = Tokens(patience=HASTE, clock=self.clock)
        self.url = ""
        self.lock = threading.Lock()

    def behave(self, connection: socket) -> None:
        while request := read_request(connection):
            head, _, body = request.partition(b"\r\n\r\n")
            with self.lock:
                self.heads.append(head)
                form = parse_qs(body.decode(), keep_blank_values=True)
                self.forms.append({name: values[0] for name, values in form.items()})
                number = len(self.forms)
            connection.sendall(self.answer(number))

    @property
    def grants(self) -> list[str]:
        return [form["grant_type"] for form in self.forms]

    def login(self, **more: Any) -> Login:
        known = {"user": USER, "password": PASSWORD, "environment": Environment.SANDBOX, "tax_id": "3101000000"}
        return Login(**{**known, **more}, base_url="http://127.0.0.1:1", idp_url=self.url)

    def get(self, **more: Any) -> str:
        return self.tokens.get(self.login(**more))


@contextmanager
def provider(answer: bytes | Callable[[int], bytes] = granted) -> Iterator[Provider]:
    service = Provider(answer if callable(answer) else lambda number: answer)
    with RawServer(service.behave) as server:
        service.url = f"{server.url}/auth/realms/rut-stag/protocol/openid-connect/token"
        yield service


def failure(answer: bytes) -> NoAnswer:
    with provider(answer) as service, pytest.raises(NoAnswer) as caught:
        service.get()
    assert PASSWORD not in str(caught.value) + repr(caught.value)
    return caught.value


class TestLoggingIn:
    def test_sends_a_form(self) -> None:
        with provider() as service:
            assert service.get() == "token-1"
        assert service.heads[0].startswith(b"POST /auth/realms/rut-stag/protocol/openid-connect/token HTTP/1.1")
        assert b"application/x-www-form-urlencoded" in service.heads[0]
        assert service.forms == [
            {"client_id": "api-stag", "grant_type": "password", "username": USER, "password": PASSWORD}
        ]

    @pytest.mark.parametrize(
        ("environment", "client"),
        [(Environment.SANDBOX, "api-stag"), (Environment.TEST, "api-stag"), (Environment.LIVE, "api-prod")],
    )
    def test_as_the_client_of_the_realm(self, environment: Environment, client: str) -> None:
        with provider() as service:
            service.get(environment=environment)
        assert service.forms[0]["client_id"] == client

    def test_with_the_number_where_no_user_is_known(self) -> None:
        with provider() as service:
            service.get(user="")
        assert service.forms[0]["username"] == "3101000000"

    @pytest.mark.parametrize(
        "answer",
        [WRONG, error("400 Bad Request", "invalid_grant"), error("401 Unauthorized", "invalid_client", "Invalid")],
    )
    def test_wrong_credentials_are_a_lasting_refusal(self, answer: bytes) -> None:
        caught = failure(answer)
        assert isinstance(caught, Refused)
        assert caught.lasting
        assert "invalid" in str(caught)

    def test_a_password_that_is_echoed_is_not_passed_on(self) -> None:
        assert "bad: [removed]" in str(failure(error("401 Unauthorized", "x", f"bad: {PASSWORD}")))

    @pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
    def test_a_bare_refusal_is_not_lasting(self, status: str) -> None:
        caught = failure(response(b"<html>denied</html>", status))
        assert isinstance(caught, Refused)
        assert not caught.lasting

    @pytest.mark.parametrize(
        "answer",
        [
            response(b"<html>maintenance</html>"),
            response(b"", "404 Not Found"),
            response(b"", "503 Service Unavailable"),
            error("500 Internal Server Error", "unknown_error"),
            response(b"{}"),
            response(b"[]"),
            response(b"{}", "400 Bad Request"),
            granted(1, access_token=""),
            granted(1, access_token="two words"),
            granted(1, access_token="line\r\nX-Injected: 1"),
            granted(1, access_token=None),
            granted(1, access_token="x" * 20_000),
            response(granted(1).partition(b"\r\n\r\n")[2], length=9_999),
        ],
        ids=str,
    )
    def test_anything_else_leaves_the_document_unwritten(self, answer: bytes) -> None:
        caught = failure(answer)
        assert isinstance(caught, Unreachable)
        assert caught.cause is Cause.NOT_WRITTEN

    @pytest.mark.parametrize("url", ["", "nonsense", "http://127.0.0.1:1/token"])
    def test_nobody_there(self, url: str) -> None:
        with provider() as service:
            service.url = url
            with pytest.raises(Unreachable) as caught:
                service.get()
        assert caught.value.cause is Cause.NOT_WRITTEN


class TestKeeping:
    def test_a_token_is_kept_until_a_minute_before_its_end(self) -> None:
        with provider() as service:
            service.get()
            service.clock.seconds += 300 - EARLY - 1
            assert service.get() == "token-1"
            service.clock.seconds += 2
            assert service.get() == "token-2"
        assert service.forms[1] == {
            "client_id": "api-stag",
            "grant_type": "refresh_token",
            "refresh_token": "session-1",
        }

    @pytest.mark.parametrize(
        ("told", "life"),
        [
            (600, 600 - EARLY),
            (60, 30.0),
            (0, FALLBACK_LIFE - EARLY),
            (-5, FALLBACK_LIFE - EARLY),
            ("300", FALLBACK_LIFE - EARLY),
            (None, FALLBACK_LIFE - EARLY),
            (True, FALLBACK_LIFE - EARLY),
            (10**12, LONGEST_LIFE - EARLY),
        ],
    )
    def test_however_long_it_says_that_it_lives(self, told: object, life: float) -> None:
        with provider(lambda number: granted(number, expires_in=told)) as service:
            service.get()
            service.clock.seconds += life - 0.5
            assert service.get() == "token-1"
            service.clock.seconds += 1
            assert service.get() == "token-2"

    @pytest.mark.parametrize("session", [{"refresh_token": ""}, {"refresh_token": "a b"}, {"refresh_expires_in": 0}])
    def test_without_a_session_it_logs_in_again(self, session: dict[str, object]) -> None:
        with provider(lambda number: granted(number, **session)) as service:
            service.get()
            service.clock.seconds += 300
            service.get()
        assert service.grants == ["password", "password"]

    @pytest.mark.parametrize(
        ("seconds", "grant"), [(36_000 - EARLY - 1, "refresh_token"), (36_000 - EARLY + 1, "password")]
    )
    def test_a_minute_before_the_session_s_end_it_logs_in_again(self, seconds: float, grant: str) -> None:
        with provider() as service:
            service.get()
            service.clock.seconds += seconds
            service.get()
        assert service.grants == ["password", grant]

    def test_a_session_that_is_refused_is_followed_by_one_login(self) -> None:
        answers = [granted(1), STALE, granted(3)]
        with provider(lambda number: answers[number - 1]) as service:
            service.get()
            service.clock.seconds += 300
            assert service.get() == "token-3"
        assert service.grants == ["password", "refresh_token", "password"]

    def test_a_session_that_gets_no_answer_is_not_followed_by_a_login(self) -> None:
        answers = [granted(1), response(b"", "503 Service Unavailable"), granted(3)]
        with provider(lambda number: answers[number - 1]) as service:
            service.get()
            service.clock.seconds += 300
            with pytest.raises(Unreachable):
                service.get()
            assert service.get() == "token-3"
        assert service.grants == ["password", "refresh_token", "refresh_token"]

    def test_each_account_and_environment_has_its_own(self) -> None:
        with provider() as service:
            assert service.get() == "token-1"
            assert service.get(user="other") == "token-2"
            assert service.get(password="other") == "token-3"
            assert service.get() == "token-1"

    def test_many_wait_for_one_login(self) -> None:
        def slowly(number: int) -> bytes:
            time.sleep(0.05)
            return granted(number)

        with provider(slowly) as service, ThreadPoolExecutor(8) as pool:
            assert set(pool.map(lambda _: service.get(), range(16))) == {"token-1"}
        assert len(service.forms) == 1


class TestReplacing:
    def test_a_refused_token_is_replaced_by_the_session_and_then_by_a_login(self) -> None:
        with provider() as service:
            login = service.login()
            first = service.tokens.get(login)
            second = service.tokens.replaced(login, first)
            third = service.tokens.replaced(login, second, anew=True)
            assert (first, second, third) == ("token-1", "token-2", "token-3")
            assert service.tokens.get(login) == "token-3"
        assert service.grants == ["password", "refresh_token", "password"]

    def test_what_another_thread_has_put_in_its_place_will_do(self) -> None:
        with provider() as service:
            login = service.login()
            first = service.tokens.get(login)
            second = service.tokens.replaced(login, first)
            assert service.tokens.replaced(login, first) == second
            assert service.tokens.replaced(login, first, anew=True) == second
        assert len(service.forms) == 2

    def test_a_new_login_is_made_whatever_token_there_is(self) -> None:
        with provider() as service:
            service.tokens.renew(service.login())
            service.tokens.renew(service.login())
            assert service.get() == "token-2"
        assert service.grants == ["password", "password"]


class TestRefusals:
    def test_a_refused_password_is_remembered_for_a_minute(self) -> None:
        with provider(lambda number: WRONG if number == 1 else granted(number)) as service:
            for _ in range(5):
                with pytest.raises(Refused) as caught:
                    service.get()
                assert caught.value.lasting
            with pytest.raises(Refused):
                service.tokens.renew(service.login())
            assert len(service.forms) == 1
            assert service.get(password="a new one") == "token-2"
            service.clock.seconds += REFUSAL_MEMORY + 1
            assert service.get() == "token-3"

    def test_an_account_whose_tokens_are_worth_nothing_is_left_alone(self) -> None:
        with provider() as service:
            service.get()
            service.tokens.refuse(service.login(), "nothing")
            with pytest.raises(Refused, match="nothing"):
                service.get()
            service.clock.seconds += REFUSAL_MEMORY + 1
            service.get()
        assert service.grants == ["password", "password"]

    def test_a_throttle_is_kept_to_by_all(self) -> None:
        busy = response(b"", "429 Too Many Requests", "Retry-After: 20")
        with provider(lambda number: busy if number == 1 else granted(number)) as service:
            for _ in range(3):
                with pytest.raises(Throttled) as caught:
                    service.get()
            assert timedelta(seconds=10) < caught.value.retry_after <= timedelta(seconds=20)
            service.clock.seconds += 21
            assert service.get() == "token-2"
        assert len(service.forms) == 2

    def test_no_secret_is_part_of_what_is_kept(self) -> None:
        with provider() as service:
            service.get()
        kept = repr(service.tokens.__dict__)
        assert "token-1" not in kept
        assert "session-1" not in kept
        assert PASSWORD not in kept

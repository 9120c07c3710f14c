"""What every answer tells browsers, and which cookies it sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import Merchant
from tests.actors import Caller, Sandbox
from tests.people import PASSWORD, Visitor, person

PAGES = [
    "/login",
    "/documents",
    "/keys",
    "/audit",
    "/hacienda",
    "/contingency",
    "/api/docs",
    "/errors/not_found",
    "/x",
]


@pytest.fixture
def ana(merchant: Merchant) -> Visitor:
    return Visitor(person(merchant))


def policy(answer: HttpResponse) -> dict[str, str]:
    parts = [one.strip().partition(" ") for one in answer["Content-Security-Policy"].split(";")]
    return {name: value for name, _space, value in parts}


def test_every_page_keeps_browsers_from_what_it_does_not_need(ana: Visitor) -> None:
    for path in (*PAGES, "/nowhere"):
        answer = ana.get(path)
        assert "unsafe" not in answer["Content-Security-Policy"], path
        told = policy(answer)
        assert told["default-src"] == "'self'", path
        assert (told["object-src"], told["base-uri"], told["frame-ancestors"]) == ("'none'", "'none'", "'none'"), path
        assert answer["X-Frame-Options"] == "DENY", path
        assert answer["X-Content-Type-Options"] == "nosniff", path
        assert answer["Referrer-Policy"] == "same-origin", path
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin", path
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin", path
        assert "camera=()" in answer["Permissions-Policy"], path


@pytest.mark.parametrize("ending", ["", ".pdf", ".json"])
def test_a_public_link_sets_no_cookie_and_cannot_be_framed(manager: Caller, sandbox: Sandbox, ending: str) -> None:
    made = manager.send().json()
    path = made["url"].partition("/d/")[2] + ending
    for client in (Client(), Client(headers={"Accept-Language": "en", "Cookie": "sessionid=x; csrftoken=y"})):
        answer = client.get(f"/d/{path}")
        assert answer.status_code == 200
        assert not answer.cookies
        assert "Cookie" not in answer.get("Vary", "")
        assert policy(answer)["frame-ancestors"] == "'none'"
        assert answer["Referrer-Policy"] == "no-referrer"
    assert not Client().get("/d/nothing" + ending).cookies


def test_cookies_stay_where_they_belong(merchant: Merchant, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True  # as with an https address
    person(merchant)
    client = Client()
    client.get("/login")
    client.post("/login", {"username": "ana@example.com", "password": PASSWORD})
    assert {"sessionid", "csrftoken"} <= set(client.cookies)
    for name, cookie in client.cookies.items():
        assert cookie["secure"], name
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax", name
        assert not cookie["domain"], name


def test_the_session_is_a_new_one_after_signing_in(merchant: Merchant) -> None:
    person(merchant)
    client = Client()
    client.get("/login")
    client.cookies["sessionid"] = "chosenbysomebodyelse"
    client.post("/login", {"username": "ana@example.com", "password": PASSWORD})
    assert client.cookies["sessionid"].value != "chosenbysomebodyelse"


def test_with_https_browsers_are_told_to_stay_there(settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    answer = Client().get("/robots.txt", secure=True)
    assert answer["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
@pytest.mark.parametrize("door", ["login", "language", "switch"])
def test_nobody_is_led_to_another_site(merchant: Merchant, door: str, target: str) -> None:
    person(merchant)
    doors: dict[str, Callable[[], HttpResponse]] = {
        "login": lambda: Client().post(
            "/login", {"username": "ana@example.com", "password": PASSWORD, "next": target}
        ),
        "language": lambda: Client().post("/i18n/setlang/", {"language": "en", "next": target}),
        "switch": lambda: Visitor(person(merchant)).post("/switch", {"environment": "test", "next": target}),
    }
    answer = doors[door]()
    assert answer.status_code == 302
    assert answer["Location"] in ("/", "/documents")


def test_another_site_named_by_the_caller_is_not_led_to(merchant: Merchant) -> None:
    answer = Client().post("/i18n/setlang/", {"language": "en"}, headers={"Referer": "https://evil.example/x"})
    assert answer["Location"] == "/"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:8000@evil.example", "testserver.evil.example"])
def test_a_host_that_is_not_ours_is_refused(host: str) -> None:
    assert Client().get("/login", headers={"Host": host}).status_code == 400

"""Signing in: who tries too often waits, per name and address; and nothing tells whether a name exists."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.hashers import MD5PasswordHasher
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import Merchant, User
from tests.people import PASSWORD, person, text

HOME, AWAY = "203.0.113.7", "198.51.100.9"


@pytest.fixture(autouse=True)
def axes(settings: Any) -> None:
    """As in the product; elsewhere in the tests it is off."""
    settings.AXES_ENABLED = True
    settings.AXES_FAILURE_LIMIT = 3
    settings.SIGN_IN_FAILURES_PER_MINUTE = 1000


@pytest.fixture
def ana(shop: Merchant) -> User:
    return person(shop)


def sign_in(name: str, password: str, address: str = HOME) -> HttpResponse:
    client = Client(headers={"Accept-Language": "en"})
    return client.post("/login", {"username": name, "password": password}, REMOTE_ADDR=address)


def lock(name: str, address: str = HOME) -> HttpResponse:
    for _try in range(2):
        assert sign_in(name, "wrong", address).status_code == 200
    return sign_in(name, "wrong", address)


def test_who_fails_too_often_waits_and_is_told_how_long(ana: User) -> None:
    refused = lock(ana.email)
    assert (refused.status_code, refused["Retry-After"]) == (429, "900")
    assert "Too many attempts" in text(refused)
    assert sign_in(ana.email, PASSWORD).status_code == 429, "the right password does not help now"


def test_it_is_over_after_a_quarter_of_an_hour(ana: User) -> None:
    lock(ana.email)
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert sign_in(ana.email, PASSWORD).status_code == 302


def test_others_are_not_locked_out_with_one(ana: User, shop: Merchant) -> None:
    person(shop, email="bea@example.com")
    lock(ana.email)
    assert sign_in(ana.email, PASSWORD, AWAY).status_code == 302, "nobody can lock another one out from elsewhere"
    assert sign_in("bea@example.com", PASSWORD).status_code == 302


def test_another_spelling_of_a_name_is_the_same_name(ana: User) -> None:
    for spelling in ("ana@example.com", "ANA@example.com", " Ana@Example.com "):
        answer = sign_in(spelling, "wrong")
    assert answer.status_code == 429
    assert sign_in("aNa@example.com", PASSWORD).status_code == 429


@pytest.mark.parametrize("forged", ["198.51.100.1", "198.51.100.2, 10.0.0.1"])
def test_a_forged_header_gives_no_further_tries(ana: User, settings: Any, forged: str) -> None:
    settings.BEHIND_PROXY = False
    lock(ana.email)
    answer = Client().post(
        "/login", {"username": ana.email, "password": "wrong"}, REMOTE_ADDR=HOME, HTTP_X_FORWARDED_FOR=forged
    )
    assert answer.status_code == 429


def test_nothing_tells_whether_a_name_exists(ana: User, shop: Merchant) -> None:
    User.objects.create_user("idle@example.com", PASSWORD, is_active=False)
    User.objects.create_user("new@example.com", None)
    pages = set()
    for name in (ana.email, "nobody@example.com", "idle@example.com", "new@example.com"):
        first = sign_in(name, "wrong")
        sign_in(name, "wrong")
        last = sign_in(name, "wrong")
        pages.add((first.status_code, text(first).replace(name, ""), last.status_code, text(last)))
    assert len(pages) == 1


@pytest.mark.parametrize("name", ["ana@example.com", "nobody@example.com", "idle@example.com", "new@example.com"])
def test_every_name_costs_the_same_work(ana: User, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """One hash of the password: the rest of an answer is little beside it, and hardly differs."""
    User.objects.create_user("idle@example.com", PASSWORD, is_active=False)
    User.objects.create_user("new@example.com", None)
    made: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: Any, password: str, salt: str) -> str:
        made.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)  # the hasher of the tests
    assert sign_in(name, "wrong").status_code == 200
    assert len(made) == 1


def test_an_address_that_tries_many_names_waits_as_well(ana: User, settings: Any) -> None:
    settings.SIGN_IN_FAILURES_PER_MINUTE = 4
    with time_machine.travel(timezone.now().replace(second=20), tick=False):
        for number in range(4):
            assert sign_in(f"nobody{number}@example.com", "wrong").status_code == 200
        refused = sign_in(ana.email, PASSWORD)
        assert (refused.status_code, refused["Retry-After"]) == (429, "40")
        assert "Too many requests" in text(refused)
        assert sign_in(ana.email, PASSWORD, AWAY).status_code == 302

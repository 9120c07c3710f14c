"""People at the dashboard: a browser without scripts, and what HTMX would ask for."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.http import HttpResponse
from django.test import Client

from accounts import services
from accounts.models import Environment, Merchant, Role, User

PASSWORD = "Entrada.De-Prueba-2026"


def person(merchant: Merchant, role: Role = Role.MANAGER, email: str = "ana@example.com") -> User:
    return services.add_member(merchant=merchant, email=email, password=PASSWORD, role=role, name="ANA PRUEBA")


class Visitor(Client):
    """Somebody signed in, reading English."""

    def __init__(self, user: User | None = None, environment: Environment = Environment.SANDBOX, **more: Any) -> None:
        super().__init__(headers={"Accept-Language": "en"}, **more)
        if user is not None:
            self.force_login(user)
            self.work(environment=environment.value)

    def work(self, **choice: Any) -> HttpResponse:
        return self.post("/switch", choice)

    def fragment(self, path: str, data: Any = None, *, target: str = "", **more: Any) -> HttpResponse:
        headers = {"HX-Request": "true", "HX-Target": target}
        return self.get(path, data, headers=headers, **more)

    def press(self, path: str, data: Any = None, *, target: str = "") -> HttpResponse:
        """A form that HTMX posts."""
        return self.post(path, data, headers={"HX-Request": "true", "HX-Target": target})


def visitor(merchant: Merchant, role: Role = Role.MANAGER, email: str = "ana@example.com", **more: Any) -> Visitor:
    return Visitor(person(merchant, role, email), **more)


def text(answer: HttpResponse) -> str:
    """What the page says, without its tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))).strip()


def root(answer: HttpResponse) -> str:
    """The id of a fragment's one root element."""
    match = re.match(r"\s*<(\w+)[^>]*?\bid=\"([^\"]+)\"", answer.content.decode())
    assert match is not None, answer.content[:200]
    assert answer.content.decode().rstrip().endswith(f"</{match[1]}>")
    return match[2]

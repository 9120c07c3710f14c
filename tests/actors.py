"""Who takes part in the tests: a caller with a key pair, the sandbox's control plane, the smallest bodies."""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts import services as accounts
from accounts.models import ApiKey, Environment, Merchant, Role
from hacienda import drafts
from hacienda.certificates import Certificate

TAX_ID = "06140101010019"
OTHER_TAX_ID = "06140202020029"
HACIENDA_PASSWORD = "Clave.De-Prueba-2026"
ADDRESS = drafts.Address(department="06", municipality="23", district="14", line="Calle de Ejemplo 1")


@dataclass(frozen=True)
class SigningFile:
    content: bytes
    password: str
    opened: Certificate

    @property
    def public_key(self) -> bytes:
        return self.opened.public_key_spki


_of_this_thread = threading.local()


def _session() -> requests.Session:
    """A connection that is kept: nearly every test orders something from the sandbox, some many times."""
    session: requests.Session | None = getattr(_of_this_thread, "session", None)
    if session is None or _of_this_thread.process != os.getpid():  # a child of a fork must not use its parent's
        session, _of_this_thread.process = requests.Session(), os.getpid()
        session.trust_env = False
        _of_this_thread.session = session
    return session


class Sandbox:
    """The running sandbox and its control plane."""

    def __init__(self, url: str) -> None:
        self.url = url

    def control(self, method: str, path: str, **body: object) -> Any:
        answer = _session().request(method, f"{self.url}/_sandbox/{path}", json=body or None, timeout=5)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def register(self, tax_id: str, public_key: bytes, **permits: bool) -> None:
        key = base64.b64encode(public_key).decode()
        self.control(
            "POST",
            "emitters",
            nit=tax_id,
            password=HACIENDA_PASSWORD,
            public_key=key,
            name="COMERCIAL DE PRUEBA",
            **permits,
        )

    def fault(self, fault: str, service: str = "*", **more: object) -> None:
        self.control("POST", "faults", fault=fault, service=service, **more)

    def heal(self) -> None:
        self.control("DELETE", "faults")

    def received(self, service: str | None = None) -> list[dict[str, Any]]:
        """Every request that it got, in order."""
        results: list[dict[str, Any]] = self.control("GET", "received")["results"]
        return [one for one in results if service in (None, one["service"])]


class Caller:
    """A developer's program: a key pair and Django's test client, JSON in and out."""

    def __init__(self, key: ApiKey, private_key: str) -> None:
        self.key = key
        self.private_key = private_key
        pair = base64.b64encode(f"{key.public_key}:{private_key}".encode()).decode()
        self._client = Client(headers={"Authorization": f"Basic {pair}", "Accept-Language": "en"})

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self._client.get(f"/api/v1/{path}", headers=headers)

    def post(self, path: str, body: object = None, **headers: str) -> HttpResponse:
        text = body if isinstance(body, (str, bytes)) else json.dumps(body)
        return self._client.post(f"/api/v1/{path}", data=text, content_type="application/json", headers=headers)

    def send(self, body: object = None, **headers: str) -> HttpResponse:
        return self.post("documents", invoice() if body is None else body, **headers)


def caller(merchant: Merchant, role: Role = Role.MANAGER, environment: Environment = Environment.SANDBOX) -> Caller:
    made = accounts.create_api_key(
        merchant=merchant, environment=environment, role=role, name="pruebas", now=timezone.now()
    )
    return Caller(made.key, made.private_key)


def invoice(**more: object) -> dict[str, Any]:
    """The smallest invoice there is."""
    return {"type": "invoice", "items": [{"description": "Café", "quantity": 2, "price": "3.50"}], **more}


def tax_credit(**more: object) -> dict[str, Any]:
    """The smallest tax credit document: its customer must be known."""
    return {
        "type": "tax_credit",
        "customer": {
            "name": "CLIENTE DE PRUEBA, S.A. DE C.V.",
            "tax_id": "06142203051028",
            "registration": "765432",
            "activity": "46900",
            "address": {
                "department": "05",
                "municipality": "28",
                "district": "11",
                "line": "Avenida de Ejemplo 2",
            },
        },
        "items": [{"description": "Camisa", "quantity": 10, "price": "100"}],
        **more,
    }


def eventually(check: Callable[[], bool], seconds: float = 8) -> bool:
    """Whether `check` comes true within the time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if check():
            return True
        time.sleep(0.05)
    return False

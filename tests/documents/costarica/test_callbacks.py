"""Hacienda calls to say that it has judged: whoever calls is believed nothing, and the document is asked about."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import Merchant
from documents.models import Attempt, Document
from documents.services import callbacks
from hacienda.registry import authority
from hacienda.values import Environment
from tests import books
from tests.actors import Caller, Sandbox
from tests.documents.costarica.conftest import SELDOM, Work
from tests.ticos import ticket

pytestmark = pytest.mark.django_db(transaction=True)
Call = Callable[..., HttpResponse]
# Of the annex and of the interface: neither is looked at.
BODIES: list[Any] = [
    {"clave": "1", "fecha": "2", "ind-estado": "aceptado", "respuesta-xml": base64.b64encode(b"<x/>").decode()},
    {"clave": "1", "fecha": "2", "indEstado": "RECHAZADO", "respuestaXml": base64.b64encode(b"<x/>").decode()},
    None,
    "no JSON at all",
]


@pytest.fixture
def waiting(tico_manager: Caller, sandbox: Sandbox, seldom: None) -> Document:
    """Taken and not judged; the next question is far away."""
    sandbox.fault("stuck", "consulta")
    answer = tico_manager.send(ticket(), Prefer="wait=1")
    assert answer.status_code == 202, answer.content
    sandbox.heal()
    return Document.objects.get()


def path(document: Document) -> str:
    return urlsplit(callbacks.url(document)).path


def call(where: str, body: Any = None, **headers: str) -> HttpResponse:
    text = body if isinstance(body, str) else json.dumps(body)
    return Client(enforce_csrf_checks=True).post(where, text, content_type="application/json", headers=headers)


def questions() -> int:
    return Attempt.objects.filter(action="ask").count()


@pytest.mark.parametrize("body", BODIES, ids=["interface", "annex", "null", "text"])
def test_a_call_brings_the_question_and_nothing_else(waiting: Document, work: Work, body: Any) -> None:
    asked = questions()
    assert waiting.next_attempt_at is not None
    assert (waiting.next_attempt_at - datetime.now(UTC)) > SELDOM / 2
    answer = call(path(waiting), body)

    assert (answer.status_code, answer.content) == (200, b"")
    waiting.refresh_from_db()
    assert waiting.state == "transmitting"
    work(books.at_rest)
    waiting.refresh_from_db()
    assert waiting.state == "accepted"
    assert questions() == asked + 1


def test_a_call_that_comes_too_soon_costs_one_question(waiting: Document, sandbox: Sandbox, work: Work) -> None:
    sandbox.fault("stuck", "consulta")
    asked = questions()
    assert call(path(waiting)).status_code == 200
    work(lambda: questions() > asked)
    waiting.refresh_from_db()

    assert waiting.state == "transmitting"
    assert waiting.next_attempt_at is not None
    assert (waiting.next_attempt_at - datetime.now(UTC)) > SELDOM / 2
    assert questions() == asked + 1


def test_the_address_is_told_to_hacienda_with_the_document(
    tico_manager: Caller, sandbox: Sandbox, tico: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    submit = type(authority("CR")).submit

    def seen(self: Any, envelope: Any, login: Any) -> Any:
        sent.append(envelope.callback_url)
        return submit(self, envelope, login)

    monkeypatch.setattr(type(authority("CR")), "submit", seen)
    tico_manager.send(ticket())

    assert sent == [callbacks.url(Document.objects.get())]
    assert sent[0].startswith("http://127.0.0.1:")


def test_no_address_is_told_that_goes_through_the_internet_unsealed(waiting: Document, settings: Any) -> None:
    waiting.environment = Environment.LIVE
    assert callbacks.url(waiting) == ""
    settings.HTTPS, settings.PUBLIC_URL = True, "https://facturas.example"
    assert callbacks.url(waiting).startswith("https://facturas.example/hacienda/judged/doc_")


def test_no_address_is_told_to_an_authority_that_judges_at_once(manager: Caller, sandbox: Sandbox) -> None:
    manager.send()
    assert callbacks.url(Document.objects.get()) == ""


def test_addresses_that_are_none_are_all_alike(waiting: Document, settings: Any) -> None:
    good = path(waiting)
    public_id = waiting.public_id
    settings.ADDRESS_MISSES_PER_MINUTE = 5
    strange = [good[:-1] + ("0" if good[-1] != "0" else "1"), good + "0", f"/hacienda/judged/{public_id}"]
    strange += ["/hacienda/judged/doc_x.1", "/hacienda/judged/ñ"]
    before = Document.objects.values().get()

    answers = [call(one, **{"X-Forwarded-For": "203.0.113.9"}) for one in strange]
    assert {(one.status_code, one.content) for one in answers} == {(404, b"")}
    assert call(strange[0]).status_code == 429
    assert call(good).status_code == 200, "whoever knows the address is not kept out by those who guess"
    assert Client().get(good).status_code == 405
    assert {**before, "called_at": None, "next_attempt_at": None} == {
        **Document.objects.values().get(),
        "called_at": None,
        "next_attempt_at": None,
    }


def test_calls_about_one_document_are_limited(waiting: Document) -> None:
    for _ in range(callbacks.PER_MINUTE):
        call(path(waiting))
    waiting.refresh_from_db()
    last = waiting.called_at

    assert call(path(waiting)).status_code == 200
    waiting.refresh_from_db()
    assert waiting.called_at == last


def test_a_document_that_is_judged_is_left_alone(tico_manager: Caller) -> None:
    tico_manager.send(ticket())
    before = Document.objects.values().get()

    assert call(path(Document.objects.get())).status_code == 200
    assert Document.objects.values().get() == before

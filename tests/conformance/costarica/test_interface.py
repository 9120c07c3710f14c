"""Requests and answers against the bodies of the reference data."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from socket import socket
from typing import Any

import pytest

from hacienda import http
from hacienda.costarica.transport import answers
from hacienda.costarica.transport.client import Client
from hacienda.costarica.transport.wire import read_callback
from hacienda.values import Envelope, Environment, Login
from hacienda.verdicts import Absent, Pending, Unknown
from tests.hacienda.raw_server import RawServer, read_request, response


@pytest.fixture
def bodies(reference: Path) -> Path:
    return reference / "costarica" / "samples" / "api"


def read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))


class Hacienda:
    """Grants what the reference's token says, takes every document, and keeps what it was sent."""

    def __init__(self, token: bytes) -> None:
        self.token = token
        self.sent: list[tuple[bytes, dict[str, Any]]] = []

    def behave(self, connection: socket) -> None:
        while request := read_request(connection):
            head, _, body = request.partition(b"\r\n\r\n")
            if head.startswith(b"POST /recepcion/v1/recepcion "):
                self.sent.append((head, json.loads(body)))
                connection.sendall(response(b"", "202 Accepted"))
            else:
                connection.sendall(response(self.token))


def test_a_document_is_sent_as_the_reference_has_it(bodies: Path) -> None:
    expected = read(bodies / "recepcion-post.json")
    signed = b64decode(expected["comprobanteXml"]).decode()
    hacienda = Hacienda((bodies / "token.json").read_bytes())
    with RawServer(hacienda.behave) as server:
        login = Login(
            Environment.TEST, f"{server.url}/recepcion/v1", "3101000000", "x", idp_url=f"{server.url}/token"
        )
        envelope = Envelope(Environment.TEST, "01", 44, expected["clave"], "3101000000", signed)
        client = Client()
        url = expected.get("callbackUrl", "")
        assert isinstance(client.submit(envelope, login, callback_url=url), Pending)
        message = read(bodies / "recepcion-post-mensaje-receptor.json")
        answer = client.submit_message(
            b64decode(message["comprobanteXml"]).decode(),
            login,
            issuer_id_type=message["emisor"]["tipoIdentificacion"],
            receptor_id_type=message["receptor"]["tipoIdentificacion"],
            callback_url=message.get("callbackUrl", ""),
        )
        assert isinstance(answer, Pending)
    assert [body for _, body in hacienda.sent] == [expected, message]
    token = read(bodies / "token.json")["access_token"]
    assert f"Authorization: Bearer {token}".encode() in hacienda.sent[0][0]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("recibido", Pending),
        ("procesando", Pending),
        ("error", Absent),
        ("aceptado", Unknown),
        ("rechazado", Unknown),
    ],
)
def test_answers_to_a_question(bodies: Path, name: str, kind: type) -> None:
    """The final ones are sealed by nobody whom we know: their words are read in the tests of our own answers."""
    text = (bodies / f"recepcion-get-{name}.json").read_text(encoding="utf-8")
    clave = json.loads(text)["clave"]
    verdict = answers.asked(http.Reply(200, text, True, 1), clave, Environment.LIVE)
    assert isinstance(verdict, kind)
    if isinstance(verdict, Unknown):
        assert verdict.reason == answers.OTHER_SEAL


def test_a_callback_in_either_spelling_names_its_clave(bodies: Path) -> None:
    for name in ("callback-forma-anexo", "recepcion-get-aceptado", "recepcion-get-rechazado"):
        path = bodies / f"{name}.json"
        assert read_callback(path.read_bytes()) == read(path)["clave"]

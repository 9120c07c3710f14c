"""What outlives a restart, the calls to who wants to be called, and the seal's file."""

from __future__ import annotations

import json
import stat
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from hacienda.sandbox.costarica.callbacks import is_ours
from hacienda.sandbox.server import make_server
from hacienda.sandbox.settings import read_options
from tests.hacienda.sandbox.costarica.taxpayer import Taxpayer


def until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + 5
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_everything_is_remembered(tmp_path: Path) -> None:
    with make_server("127.0.0.1", 0, tmp_path, judgement_seconds=0) as first:
        taxpayer = Taxpayer(first)
        taxpayer.register()
        judged = taxpayer.accepted(taxpayer.document())
        answer = taxpayer.ask(judged).json()
        seal = taxpayer.control("GET", "seal").json()
    with make_server("127.0.0.1", 0, tmp_path, judgement_seconds=60) as second:
        taxpayer.sandbox = second
        assert taxpayer.ask(judged).json() == answer
        assert taxpayer.control("GET", "seal").json() == seal
        waiting = taxpayer.document()
        assert taxpayer.send(waiting).status_code == 202
        assert taxpayer.send(judged).status_code == 400
    with make_server("127.0.0.1", 0, tmp_path, judgement_seconds=0) as third:
        taxpayer.sandbox = third
        assert taxpayer.ask(waiting).json()["ind-estado"] == "aceptado"
        assert taxpayer.control("DELETE", "state").status_code == 204
        assert taxpayer.ask(waiting).status_code == 404
        # The taxpayer itself stays.
        assert taxpayer.log_in().status_code == 200
        taxpayer.accepted(judged)


def test_the_seals_file_is_its_owners(tmp_path: Path) -> None:
    with make_server("127.0.0.1", 0, tmp_path) as sandbox:
        assert not list(tmp_path.glob("*.pem"))
        Taxpayer(sandbox).control("GET", "seal")
        (kept,) = tmp_path.glob("costarica-seal.*")
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_the_options_of_a_command_line(tmp_path: Path) -> None:
    environment = {"SANDBOX_JUDGEMENT_SECONDS": "0.05", "SANDBOX_CALLBACK_SPELLING": "annex"}
    settings = read_options(["--unknown-seconds", "2"], environment).settings

    assert (settings.judgement_seconds, settings.unknown_seconds, settings.callback_spelling) == (0.05, 2, "annex")
    assert read_options([], {}).settings.judgement_seconds == 0.5
    for wrong in ({"judgement_seconds": -1}, {"callback_spelling": "x"}):
        with pytest.raises(ValueError, match="must"):
            make_server("127.0.0.1", 0, tmp_path, **wrong)


# Callbacks


class Ear(HTTPServer):
    """Hears what is posted, and answers with the statuses given, the last one for ever."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Hearing)
        self.heard: list[Any] = []
        self.statuses = [200]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/aviso?x=1"


class Hearing(BaseHTTPRequestHandler):
    server: Ear

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, json.loads(body)))
        statuses = self.server.statuses
        self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def ear() -> Iterator[Ear]:
    made = Ear()
    thread = Thread(target=made.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()


def send(taxpayer: Taxpayer, url: str) -> str:
    document = taxpayer.document()
    body = taxpayer.envelope(document, taxpayer.signed(document), callbackUrl=url)
    assert taxpayer.post(body).status_code == 202
    return str(document["Clave"])


@pytest.mark.parametrize(
    ("spelling", "names", "state"),
    [("api", {"ind-estado", "respuesta-xml"}, "aceptado"), ("annex", {"indEstado", "respuestaXml"}, "ACEPTADO")],
)
def test_a_sender_is_called_when_its_document_is_judged(
    tmp_path: Path, ear: Ear, spelling: str, names: set[str], state: str
) -> None:
    with make_server("127.0.0.1", 0, tmp_path, judgement_seconds=0.05, callback_spelling=spelling) as sandbox:
        taxpayer = Taxpayer(sandbox)
        taxpayer.register()
        clave = send(taxpayer, ear.url)
        until(lambda: bool(ear.heard))
        ((path, body),) = ear.heard
        assert path == "/aviso?x=1"
        assert set(body) == {"clave", "fecha"} | names
        assert (body["clave"], body.get("ind-estado", body.get("indEstado"))) == (clave, state)


@pytest.mark.parametrize(("statuses", "calls"), [([500, 500, 200], 3), ([500], 4)])
def test_it_is_called_three_times_more(taxpayer: Taxpayer, ear: Ear, statuses: list[int], calls: int) -> None:
    ear.statuses = statuses
    send(taxpayer, ear.url)
    until(lambda: len(ear.heard) == calls)

    time.sleep(0.1)
    assert len(ear.heard) == calls


def test_a_call_that_was_not_made_is_made_after_the_next_start(tmp_path: Path, ear: Ear) -> None:
    with make_server("127.0.0.1", 0, tmp_path, judgement_seconds=60) as sandbox:
        taxpayer = Taxpayer(sandbox)
        taxpayer.register()
        send(taxpayer, ear.url)
    assert not ear.heard
    with make_server("127.0.0.1", 0, tmp_path, judgement_seconds=0):
        until(lambda: bool(ear.heard))


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("http://127.0.0.1:80/x", True),
        ("http://localhost/x", True),
        ("http://[::1]:8000/", True),
        ("http://10.0.0.1/", False),
        ("http://example.com/", False),
        ("https://127.0.0.1/", False),
        ("http://127.0.0.1.example.com/", False),
        ("http://127.0.0.1:port/", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_nobody_outside_is_called(url: str, ours: bool) -> None:
    assert is_ours(url) is ours

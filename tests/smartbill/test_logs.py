"""Log lines: one object each for machines, with where they come from, and never a secret."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from smartbill import logs
from tests.actors import Caller, Sandbox, eventually
from tests.architecture.sources import PROJECT


class Lines(logging.Handler):
    """What would have been written, as objects."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logs.json_formatter())
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))

    def of(self, logger: str) -> list[dict[str, Any]]:
        return [line for line in map(json.loads, self.texts) if line["logger"] == logger]


@pytest.fixture
def lines(settings: Any) -> Iterator[Lines]:
    settings.ACCESS_LOG = True
    handler = Lines()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


def test_a_request_is_one_line_by_route_and_never_by_path(lines: Lines, manager: Caller, sandbox: Sandbox) -> None:
    document = manager.send().json()
    manager.get(f"documents/{document['id']}")

    sent, read = lines.of("smartbill.access")

    assert {name: sent[name] for name in ("method", "route", "status", "level", "event")} == {
        "method": "POST",
        "route": "api:documents",
        "status": 201,
        "level": "info",
        "event": "POST api:documents 201",
    }
    assert sent["request_id"].startswith("req_")
    assert manager.key.public_key.startswith(sent["key"])
    assert len(sent["key"]) < 20 < len(manager.key.public_key)
    assert (sent["merchant"], read["route"]) == (manager.key.merchant_id, "api:document")
    assert 0 < sent["ms"] < 60_000
    assert sent["process"].endswith(str(os.getpid()))
    assert document["id"] not in json.dumps(read)


def test_what_is_logged_of_an_errand_carries_document_merchant_and_request(
    lines: Lines, manager: Caller, sandbox: Sandbox
) -> None:
    sandbox.fault("drop_answer", "recepciondte", count=1)
    answer = manager.send(Prefer="wait=5")

    assert eventually(lambda: bool(lines.of("documents.services.transmit")))
    line = lines.of("documents.services.transmit")[0]
    assert line["document"] == answer.json()["id"]
    assert line["merchant"] == manager.key.merchant_id
    assert line["request_id"] == answer["Request-Id"]


def test_nothing_secret_is_ever_written(lines: Lines, manager: Caller, sandbox: Sandbox, client: Client) -> None:
    """The same traffic, and the token of a public link where Django itself names the path of what is not there."""
    sandbox.fault("throttled", "recepciondte")
    document = manager.send(Prefer="wait=1").json()
    token = document["url"].rsplit("/", 1)[1]
    assert client.get(f"/d/{token}.pdf").status_code == 404
    client.get("/api/v1/me", headers={"Authorization": "Basic cGtfc2FuZGJveDpza19zYW5kYm94"})

    written = "\n".join(lines.texts)

    assert "/d/[removed]" in written
    for secret in (token, manager.private_key, "cGtfc2FuZGJveDpza19zYW5kYm94"):
        assert secret not in written


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Not Found: /d/abcdefghijklmnopqrstuv.pdf", "Not Found: /d/[removed].pdf"),
        ("the key sk_live_" + "a1B2" * 8 + " leaked", "the key sk_live_[removed] leaked"),
        ("Authorization: Bearer abc.def-ghi_jkl", "Authorization: Bearer [removed]"),
        ("sent eyJhbGciOiJSUzUxMiJ9.eyJhIjoxfQ.c2ln", "sent [removed]"),
        (
            "cannot reach postgres://smartbill:" + "hunter2@db/x",
            "cannot reach postgres://smartbill:" + "[removed]@db/x",
        ),
        ("document doc_12 of /documents/12 accepted", "document doc_12 of /documents/12 accepted"),
    ],
)
def test_secrets_are_removed_from_whatever_is_logged(text: str, shown: str) -> None:
    for formatter in (logs.LineFormatter("%(message)s"), logs.json_formatter()):
        record = logging.LogRecord("x", logging.INFO, "", 0, "%s", (text,), None)
        assert shown in formatter.format(record)


def test_an_exception_is_told_with_its_trace_and_without_values(lines: Lines) -> None:
    secret = "s3cr3t" + "!" * 3
    try:
        raise ValueError("broken")
    except ValueError:
        logging.getLogger("there").exception("it failed")

    (line,) = lines.of("there")
    assert "ValueError: broken" in line["exception"]
    assert secret not in line["exception"]
    assert "\n" not in lines.texts[-1]


def test_a_value_that_json_does_not_know_breaks_no_line() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "%s", (object(),), None)
    record.status = object()
    assert json.loads(logs.json_formatter().format(record))["level"] == "info"


def test_the_setting_chooses() -> None:
    assert logs.configuration("line", "INFO")["handlers"]["console"]["formatter"] == "line"
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", "import logging; logging.getLogger('there').warning('hello')"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "smartbill.settings", "LOG_FORMAT": "json"},
        capture_output=True,
        text=True,
        cwd=PROJECT,
    )
    (line,) = [line for line in done.stderr.splitlines() if "hello" in line]
    told = json.loads(line)
    assert (told["event"], told["level"], told["logger"]) == ("hello", "warning", "there")
    assert told["process"].startswith("shell:")

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from hacienda.sandbox.database import FILE_NAME
from hacienda.sandbox.server import make_server
from hacienda.sandbox.settings import Settings, read_options
from tests.sandbox.merchant import NIT, Merchant, spki

ROOT = Path(__file__).resolve().parents[2]


def test_everything_is_remembered_across_a_restart(tmp_path: Path, merchant_key: rsa.RSAPrivateKey) -> None:
    with make_server("127.0.0.1", 0, tmp_path) as first:
        merchant = Merchant(first, merchant_key)
        merchant.register()
        document, bad = merchant.invoice(), merchant.invoice()
        stamp = merchant.accepted(document)
        bad["resumen"]["totalPagar"] = 99
        merchant.send(bad)
        merchant.fault("down", "consultadte", nit="06149999999999")
        merchant.fault("unavailable", "anulardte", count=3)
        merchant.annul(merchant.invalidation(document, stamp))
        log = merchant.received()
        port = first.port
    with make_server("127.0.0.1", port, tmp_path) as second:
        merchant.sandbox = second
        assert merchant.received() == log
        assert merchant.ask(document).json()["selloRecibido"] == stamp
        assert merchant.ask(bad).json()["codigoMsg"] == "020"
        assert merchant.send(document).json()["codigoMsg"] == "004"
        faults = merchant.http.get(f"{second.url}/_sandbox/faults").json()["results"]
        assert [(one["fault"], one["count"]) for one in faults] == [("unavailable", 2), ("down", None)]
        merchant.http.delete(f"{second.url}/_sandbox/faults")
        assert merchant.annul(merchant.invalidation(document, stamp)).status_code == 200


def test_a_file_of_an_earlier_version_is_taken_over(tmp_path: Path, merchant_key: rsa.RSAPrivateKey) -> None:
    with sqlite3.connect(tmp_path / FILE_NAME) as older:
        older.execute(
            "CREATE TABLE emitters (nit TEXT, ambiente TEXT, password BLOB NOT NULL, public_key TEXT NOT NULL, "
            "name TEXT NOT NULL, PRIMARY KEY (nit, ambiente))"
        )
        values = (NIT, "00", b"", spki(merchant_key), "PRUEBA")
        older.execute("INSERT INTO emitters VALUES (?, ?, ?, ?, ?)", values)
    older.close()

    with make_server("127.0.0.1", 0, tmp_path) as sandbox:
        assert sandbox.store.operates_specially(NIT, "00")
        merchant = Merchant(sandbox, merchant_key)
        merchant.register(special_operations=False)
        assert not sandbox.store.operates_specially(NIT, "00")
        assert merchant.send(merchant.invoice()).status_code == 200


def test_stopping_ends_connections_that_are_kept_alive(tmp_path: Path, merchant_key: rsa.RSAPrivateKey) -> None:
    with make_server("127.0.0.1", 0, tmp_path) as sandbox:
        merchant = Merchant(sandbox, merchant_key)
        assert merchant.log_in().status_code == 200
    with pytest.raises(requests.ConnectionError):
        merchant.log_in()


def started(data_dir: Path, *options: str) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "hacienda.sandbox.server", "--port", "0", "--data-dir", str(data_dir)]
    process = subprocess.Popen(
        [*command, *options], cwd=ROOT, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert process.stderr is not None
    found = re.search(r"http://[\d.:]+", process.stderr.readline())
    assert found is not None
    return process, found[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_leaves_within_a_second_even_while_a_request_hangs(
    tmp_path: Path, number: signal.Signals
) -> None:
    process, url = started(tmp_path)
    try:
        requests.post(f"{url}/_sandbox/faults", json={"fault": "hang"}, timeout=5)
        with pytest.raises(requests.Timeout):
            requests.post(f"{url}/seguridad/auth", data={"user": "x", "pwd": "y"}, timeout=0.2)
        begun = time.monotonic()
        process.send_signal(number)
        assert process.wait(timeout=5) == 0
        assert time.monotonic() - begun < 1
    finally:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


def test_a_killed_process_had_written_everything_it_answered(tmp_path: Path, merchant_key: rsa.RSAPrivateKey) -> None:
    process, url = started(tmp_path)
    try:
        with make_server("127.0.0.1", 0, tmp_path / "idle") as idle:
            merchant = Merchant(idle, merchant_key)
            idle.url = url
            merchant.register()
            document = merchant.invoice()
            stamp = merchant.accepted(document)
            log = merchant.received()
    finally:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()
    with make_server("127.0.0.1", 0, tmp_path) as second:
        merchant.sandbox = second
        assert merchant.received() == log
        assert merchant.ask(document).json()["selloRecibido"] == stamp


def test_settings_come_from_the_environment_and_the_command_line() -> None:
    environment = {
        "SANDBOX_PORT": "9200",
        "DATA_DIR": "somewhere",
        "SANDBOX_TOKEN_HOURS": "12",
        "SANDBOX_REFUSED_VERSIONS": "01:2, 03:4",
        "SANDBOX_CLOCK_OFFSET": "-3600",
        "SANDBOX_BATCH_SECONDS": "0.5",
        "SANDBOX_EVENT_REFUSAL": "200",
    }
    options = read_options(["--port", "9300", "--unknown-document", "014"], environment)

    assert (options.host, options.port, options.data_dir) == ("127.0.0.1", 9300, Path("somewhere"))
    assert options.settings.token_seconds == 12 * 3600
    assert options.settings.refused_versions == {"01:2", "03:4"}
    assert options.settings.clock_offset == -3600
    assert options.settings.unknown_document == "014"
    assert (options.settings.batch_seconds, options.settings.event_refusal) == (0.5, 200)
    assert read_options([], {}).port == 9100


@pytest.mark.parametrize(
    "wrong",
    [
        {"credentials_error": "x"},
        {"unknown_document": "x"},
        {"token_seconds": 0},
        {"batch_seconds": 5.1},
        {"batch_seconds": -1},
        {"event_refusal": 404},
    ],
)
def test_a_setting_that_means_nothing_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Settings(**wrong)

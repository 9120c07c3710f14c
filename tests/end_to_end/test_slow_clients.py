"""The real web process against clients that send slowly, too much, or nonsense: others are served all the same."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.end_to_end.installation import NOT_OURS, PROJECT

HOST = "127.0.0.1"
PATIENCE = 1  # second for a request to arrive; the product's own is 10
THREADS = 4


def _free_port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Iterator[int]:
    """One process with four threads: five slow clients would stop it, if they could."""
    number = _free_port()
    data = tmp_path_factory.mktemp("slow") / "data"
    shutil.copytree(prepared, data)
    surroundings = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
    surroundings |= {
        "PORT": str(number),
        "DATA_DIR": str(data),
        "WEB_CONCURRENCY": "1",
        "WEB_THREADS": str(THREADS),
        "REQUEST_SECONDS": str(PATIENCE),
        "DJANGO_SETTINGS_MODULE": "smartbill.settings",
    }
    program = [str(Path(sys.executable).with_name("gunicorn")), "--config", "gunicorn.conf.py", "smartbill.wsgi"]
    process = subprocess.Popen(program, cwd=PROJECT, env=surroundings, stderr=subprocess.PIPE)
    try:
        for _ in range(300):
            with contextlib.suppress(OSError), socket.create_connection((HOST, number), 1):
                break
            assert process.poll() is None
            time.sleep(0.1)
        yield number
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _open(port: int, data: bytes) -> socket.socket:
    one = socket.create_connection((HOST, port), 10)
    one.sendall(data)
    return one


def _answer(port: int, data: bytes) -> bytes:
    """Everything that is answered to `data`, until the connection is closed."""
    with _open(port, data) as one:
        return _rest(one)


def _rest(one: socket.socket) -> bytes:
    one.settimeout(30)
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while chunk := one.recv(65536):
            found += chunk
    return found


POST = (
    b"POST /api/v1/documents HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\n"
)
SLOW = {
    "silence": b"",
    "half a line": b"GET /hea",
    "half a head": b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-",
    "half a small body": POST + b'Content-Length: 100\r\n\r\n{"type": ',
    "half a large body": POST + b'Content-Length: 1000000\r\n\r\n{"type": ',
    "half a chunk": POST + b'Transfer-Encoding: chunked\r\n\r\n64\r\n{"type": ',
    "a body to be asked for": POST + b"Content-Length: 100\r\nExpect: 100-continue\r\n\r\n",
}


@pytest.mark.parametrize("kind", SLOW)
def test_many_slow_clients_do_not_stop_the_others(port: int, kind: str) -> None:
    slow = [_open(port, SLOW[kind]) for _ in range(10 * THREADS)]
    try:
        for _ in range(3):
            assert requests.get(f"http://{HOST}:{port}/health", timeout=20).status_code == 200
        # A request with a small body as well.
        refused = requests.post(f"http://{HOST}:{port}/api/v1/documents", json={"type": "invoice"}, timeout=20)
        assert refused.status_code == 401
        # All of it while they were still there.
        alive = sum(_is_open(one) for one in slow)
        assert alive >= THREADS
    finally:
        for one in slow:
            one.close()


def _is_open(one: socket.socket) -> bool:
    one.setblocking(False)
    try:
        return one.recv(1024, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def test_clients_that_do_not_close_hold_up_nobody(port: int) -> None:
    """Waiting for them to close, two seconds each, was done where everybody waits."""
    last = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    staying = [_open(port, last) for _ in range(20)]
    try:
        assert requests.get(f"http://{HOST}:{port}/health", timeout=10).status_code == 200
        assert requests.get(f"http://{HOST}:{port}/health", timeout=10).status_code == 200
    finally:
        for one in staying:
            one.close()


def test_clients_that_do_not_read_hold_up_the_others_for_a_moment_only(port: int) -> None:
    page = requests.get(f"http://{HOST}:{port}/api/docs", timeout=20).text
    script = re.search(r'src="(/static/[^"]*swagger-ui-bundle[^"]*)"', page)
    assert script is not None
    ask = f"GET {script[1]} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    deaf = []
    try:
        for _ in range(THREADS):
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            one.connect((HOST, port))
            one.sendall(ask * 8)  # more than the system keeps for us
            deaf.append(one)
        time.sleep(0.3)  # until all threads write
        assert requests.get(f"http://{HOST}:{port}/health", timeout=30).status_code == 200
    finally:
        for one in deaf:
            one.close()


def test_what_does_not_arrive_is_closed(port: int) -> None:
    slow = [_open(port, begun) for begun in SLOW.values()]
    for one in slow:
        with one:
            assert b" 200 " not in _rest(one)


def test_a_request_that_comes_byte_by_byte_is_answered_if_it_comes_in_time(port: int) -> None:
    with socket.create_connection((HOST, port), 10) as one:
        for byte in b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n":
            one.sendall(bytes([byte]))
        assert _rest(one).startswith(b"HTTP/1.1 200")


def test_a_connection_serves_many_requests(port: int) -> None:
    with requests.Session() as session:
        for _ in range(5):
            assert session.get(f"http://{HOST}:{port}/health", timeout=20).status_code == 200
            assert session.post(f"http://{HOST}:{port}/api/v1/documents", data=b"x" * 100_000, timeout=20).status_code


def test_a_body_in_chunks_is_read(port: int) -> None:
    """Without a key that is told by what is said of one that is too large: it was read."""
    small = POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    assert _answer(port, small).startswith(b"HTTP/1.1 401")
    large = b"%x\r\n%s\r\n" % (1 << 20, b"x" * (1 << 20)) * 5 + b"0\r\n\r\n"
    assert _answer(port, POST + b"Transfer-Encoding: chunked\r\n\r\n" + large).startswith(b"HTTP/1.1 413")


def test_a_body_that_is_too_large_is_not_waited_for(port: int) -> None:
    answer = _answer(port, POST + b"Content-Length: 999999999999\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413")
    assert b'"code": "body_too_large"' in answer
    page = _answer(port, POST.replace(b"/api/v1/documents", b"/login") + b"Content-Length: 999999999999\r\n\r\n")
    assert page.startswith(b"HTTP/1.1 413")
    assert b"text/html" in page


@pytest.mark.parametrize(
    "nonsense",
    [
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: abc\r\n\r\n",
        b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        b"Transfer-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        b"Bad Header: x\r\n\r\n",
        b"X: " + b"y" * 20_000 + b"\r\n\r\n",
    ],
)
def test_a_malformed_head_is_a_clients_fault(port: int, nonsense: bytes) -> None:
    status = _answer(port, POST + nonsense)[9:12]
    assert status[:1] == b"4" or status == b"501", status


def test_a_body_that_ends_too_early_is_not_acted_upon(port: int) -> None:
    with _open(port, POST + b'Content-Length: 60000\r\n\r\n{"type": "invoice"}') as one:
        one.shutdown(socket.SHUT_WR)
        assert _rest(one)[9:12] in (b"400", b"")

"""One request, one answer, a bounded time, and the truth about how far it got: on real sockets."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from hacienda import http
from hacienda.errors import Cause, Throttled, Unreachable
from tests.hacienda.raw_server import Behaviour, RawServer, answering, read_request, response

SHORT = http.Patience(connect=0.3, total=0.4)


def post(url: str, body: bytes = b"{}", patience: http.Patience = http.PATIENCE) -> http.Reply:
    return http.post(url + "/x", body, content_type="application/json", patience=patience)


@contextmanager
def failing(cause: Cause) -> Iterator[pytest.ExceptionInfo[Unreachable]]:
    with pytest.raises(Unreachable) as caught:
        yield caught
    assert caught.value.cause is cause, str(caught.value)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def hang_until_closed(connection: socket.socket) -> None:
    read_request(connection)
    connection.recv(1)


def drip(connection: socket.socket, data: bytes) -> None:
    for byte in data:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


class TestFetching:
    def test_sends_no_body_and_gets_the_whole_answer(self) -> None:
        requests: list[bytes] = []

        def behave(connection: socket.socket) -> None:
            requests.append(read_request(connection))
            connection.sendall(response(b'{"a":1}', "404 Not Found"))

        with RawServer(behave) as server:
            reply = http.get(server.url + "/x/1", headers={"Authorization": "Bearer abc"})
        assert (reply.status, reply.text, reply.complete) == (404, '{"a":1}', True)
        head, _, body = requests[0].partition(b"\r\n\r\n")
        assert head.startswith(b"GET /x/1 HTTP/1.1\r\n")
        assert b"Authorization: Bearer abc" in head
        assert b"User-Agent: SmartBill/" in head
        assert b"Content-Type" not in head
        assert body == b""

    def test_tells_how_far_it_got_as_sending_does(self) -> None:
        with failing(Cause.NOT_WRITTEN):
            http.get(f"http://127.0.0.1:{closed_port()}/x")
        with RawServer(lambda connection: read_request(connection) and None) as server, failing(Cause.CLOSED):
            http.get(server.url + "/x")
        with RawServer(hang_until_closed) as server, failing(Cause.SILENT):
            http.get(server.url + "/x", patience=SHORT)

    def test_is_throttled_as_sending_is(self) -> None:
        with (
            RawServer(answering(response(b"", "429 Too Many Requests", "Retry-After: 7"))) as server,
            pytest.raises(Throttled) as caught,
        ):
            http.get(server.url + "/x")
        assert caught.value.retry_after == timedelta(seconds=7)

    def test_tells_the_headers_of_the_answer(self) -> None:
        with RawServer(answering(response(b"", "404 Not Found", "X-Error-Cause: why"))) as server:
            assert http.get(server.url + "/x").headers["x-error-cause"] == "why"

    def test_follows_no_redirect(self) -> None:
        with RawServer(answering(response(b"", "302 Found", "Location: /y"), response(b"{}"))) as server:
            assert http.get(server.url + "/x").status == 302


class TestHowFarItGot:
    def test_a_refused_connection_wrote_nothing(self) -> None:
        with failing(Cause.NOT_WRITTEN) as caught:
            post(f"http://127.0.0.1:{closed_port()}")
        assert caught.value.milliseconds < 2_000

    def test_an_unknown_name_wrote_nothing(self) -> None:
        with failing(Cause.NOT_WRITTEN):
            post("http://hacienda.invalid")

    def test_a_connection_that_never_stands_wrote_nothing(self) -> None:
        # A listener whose queue is full and that never accepts: the kernel leaves further connections hanging.
        with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
            address = listener.getsockname()
            waiting = [socket.socket() for _ in range(4)]
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(address)
            began = time.monotonic()
            with failing(Cause.NOT_WRITTEN):
                post(f"http://127.0.0.1:{address[1]}", patience=http.Patience(connect=0.2, total=5))
            assert time.monotonic() - began < 4
            for one in waiting:
                one.close()

    def test_a_server_that_does_not_speak_tls_was_told_nothing(self) -> None:
        with RawServer(answering(response(b"{}"))) as server, failing(Cause.NOT_WRITTEN):
            post(server.url.replace("http:", "https:"), patience=SHORT)

    @pytest.mark.parametrize("wanted", ["not a url", "http://", "http://[::1", "http://a..b", "ftp://127.0.0.1"])
    def test_an_address_that_is_none_wrote_nothing(self, wanted: str) -> None:
        with failing(Cause.NOT_WRITTEN):
            post(wanted)

    def test_a_connection_closed_without_an_answer_may_have_been_read(self) -> None:
        with RawServer(lambda connection: read_request(connection) and None) as server, failing(Cause.CLOSED):
            post(server.url)

    def test_a_reset_connection_may_have_been_read(self) -> None:
        def reset(connection: socket.socket) -> None:
            read_request(connection)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

        with RawServer(reset) as server, failing(Cause.CLOSED):
            post(server.url)

    def test_half_a_status_line_may_have_been_read(self) -> None:
        with RawServer(answering(b"HTTP/1.1 ")) as server, failing(Cause.CLOSED):
            post(server.url)

    def test_what_is_no_http_may_have_been_read(self) -> None:
        with RawServer(answering(b"220 smtp.example.com ready\r\n\r\n")) as server, failing(Cause.CLOSED):
            post(server.url)

    def test_silence_ends_at_the_set_time(self) -> None:
        began = time.monotonic()
        with RawServer(hang_until_closed) as server, failing(Cause.SILENT):
            post(server.url, patience=SHORT)
        assert 0.35 < time.monotonic() - began < 4

    def test_a_dripping_head_does_not_stretch_the_time(self) -> None:
        def behave(connection: socket.socket) -> None:
            read_request(connection)
            drip(connection, response(b"{}") * 9)

        began = time.monotonic()
        with RawServer(behave) as server, failing(Cause.SILENT):
            post(server.url, patience=SHORT)
        assert time.monotonic() - began < 4

    def test_a_dripping_body_does_not_stretch_the_time(self) -> None:
        def behave(connection: socket.socket) -> None:
            read_request(connection)
            connection.sendall(response(b"", length=1_000))
            drip(connection, b"{" * 200)

        began = time.monotonic()
        with RawServer(behave) as server, failing(Cause.SILENT):
            post(server.url, patience=SHORT)
        assert time.monotonic() - began < 4

    def test_a_peer_that_stops_reading_does_not_stretch_the_time(self) -> None:
        began = time.monotonic()
        with RawServer(lambda connection: time.sleep(8)) as server, failing(Cause.SILENT):
            post(server.url, b"x" * 30_000_000, patience=SHORT)
        assert time.monotonic() - began < 4

    def test_sending_may_take_longer_than_connecting(self) -> None:
        def read_late(connection: socket.socket) -> None:
            time.sleep(0.6)
            read_request(connection)
            connection.sendall(response(b"{}"))

        with RawServer(read_late) as server:
            body = b"x" * 30_000_000  # more than the kernel's buffers hold
            assert post(server.url, body, patience=http.Patience(connect=0.3, total=8)).status == 200

    def test_the_text_of_an_error_has_no_credentials_of_the_address(self) -> None:
        with failing(Cause.NOT_WRITTEN) as caught:
            post(f"http://user:secret@127.0.0.1:{closed_port()}")
        assert "secret" not in str(caught.value)
        assert "127.0.0.1" in str(caught.value)


class TestWhatCameBack:
    @pytest.mark.parametrize("status", ["200 OK", "400 Bad Request", "404 Not Found", "503 Service Unavailable"])
    def test_every_status_is_an_answer(self, status: str) -> None:
        with RawServer(answering(response('{"a":"ñ"}'.encode(), status))) as server:
            reply = post(server.url)
        assert (reply.status, reply.text, reply.complete) == (int(status[:3]), '{"a":"ñ"}', True)

    def test_bytes_that_are_no_utf8_are_replaced(self) -> None:
        with RawServer(answering(response(b"caf\xe9"))) as server:
            assert post(server.url).text == "caf\ufffd"

    def test_a_body_that_breaks_off_is_an_incomplete_answer(self) -> None:
        with RawServer(answering(response(b'{"estado":"PROC', length=400))) as server:
            reply = post(server.url)
        assert reply.complete is False
        assert reply.text == '{"estado":"PROC'

    def test_a_chunked_body_is_read_to_its_end(self) -> None:
        chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}\n\r\n1\r\n \r\n0\r\n\r\n"
        with RawServer(answering(chunked)) as server:
            assert post(server.url).text == "{}\n "

    def test_a_chunked_body_that_breaks_off_is_incomplete(self) -> None:
        with RawServer(answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{}")) as server:
            assert post(server.url).complete is False

    @pytest.mark.parametrize("head", [b"HTTP/1.1 404", b"HTTP/1.1 404 Not Found\r\nDate: Sun"])
    def test_a_head_that_breaks_off_is_an_incomplete_answer(self, head: bytes) -> None:
        with RawServer(answering(head)) as server:
            reply = post(server.url)
        assert (reply.status, reply.complete) == (404, False)

    def test_a_body_that_ends_with_the_connection_is_complete(self) -> None:
        with RawServer(answering(b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n{}")) as server:
            assert post(server.url).complete is True

    def test_a_body_without_end_is_cut(self) -> None:
        def flood(connection: socket.socket) -> None:
            read_request(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                connection.sendall(b"x" * 65_536)

        with RawServer(flood) as server:
            reply = post(server.url)
        assert reply.complete is False
        assert len(reply.text) == http.LONGEST_ANSWER

    def test_a_redirect_is_not_followed(self) -> None:
        moved = response(b"", "302 Found", "Location: http://127.0.0.1:1/elsewhere")
        with RawServer(answering(moved)) as server:
            assert post(server.url).status == 302
            assert server.connections == 1

    @pytest.mark.parametrize(
        ("value", "seconds"),
        [
            (None, 30),
            ("", 30),
            ("7", 7),
            ("0", 1),
            ("86400", 900),
            ("99999999999999999999", 30),
            ("-5", 30),
            ("soon", 30),
            ("Sun, 22 Nov 2026 12:00:40 GMT", 40),
            ("Sun, 22 Nov 2026 11:00:00 GMT", 1),
            ("Mon, 23 Nov 2026 12:00:00 GMT", 900),
        ],
    )
    def test_a_pause_that_is_asked_for_is_kept_within_reason(self, value: str | None, seconds: int) -> None:
        now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
        assert http.retry_after(value, now) == timedelta(seconds=seconds)

    def test_too_many_requests_is_a_pause(self) -> None:
        busy = response(b"slow down", "429 Too Many Requests", "Retry-After: 4")
        with RawServer(answering(busy)) as server, pytest.raises(Throttled) as caught:
            post(server.url)
        assert caught.value.retry_after == timedelta(seconds=4)

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            (["X-RateLimit-Reset: 12"], 12),
            (["X-RateLimit-Reset: 12", "Retry-After: 4"], 4),
            (["X-RateLimit-Reset: 1795000000"], 30),
            (["X-RateLimit-Reset: soon"], 30),
        ],
    )
    def test_a_gateway_s_count_that_begins_anew_is_a_pause_too(self, headers: list[str], seconds: int) -> None:
        busy = response(b"", "429 Too Many Requests", *headers)
        with RawServer(answering(busy)) as server, pytest.raises(Throttled) as caught:
            post(server.url)
        assert caught.value.retry_after == timedelta(seconds=seconds)


class TestConnections:
    def test_a_connection_is_used_again(self) -> None:
        with RawServer(answering(*[response(b"{}")] * 3)) as server:
            for _ in range(3):
                post(server.url)
            assert server.connections == 1

    def test_an_idle_connection_is_not_trusted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(http, "IDLE_LIMIT", 0.1)
        with RawServer(answering(*[response(b"{}")] * 2)) as server:
            post(server.url)
            time.sleep(0.15)
            post(server.url)
            assert server.connections == 2

    def test_a_connection_seen_to_be_closed_is_replaced_unused(self) -> None:
        with RawServer(answering(response(b"{}"))) as server:
            post(server.url)
            time.sleep(0.1)
            assert post(server.url).status == 200
            assert server.connections == 2

    def test_after_a_failure_the_next_request_has_a_connection_of_its_own(self) -> None:
        behaviours: list[Behaviour] = [answering(response(b"{}", length=9)), answering(response(b"[]"))]
        with RawServer(*behaviours) as server:
            assert post(server.url).complete is False
            assert post(server.url).text == "[]"

    def test_threads_do_not_share_a_connection(self) -> None:
        with RawServer(answering(*[response(b"{}")] * 2)) as server:
            post(server.url)
            other = threading.Thread(target=post, args=(server.url,))
            other.start()
            other.join()
            assert server.connections == 2

    def test_no_cookie_travels_with_the_next_request(self) -> None:
        requests: list[bytes] = []

        def behave(connection: socket.socket) -> None:
            while request := read_request(connection):
                requests.append(request)
                connection.sendall(response(b"{}", "200 OK", "Set-Cookie: JSESSIONID=of-somebody; Path=/"))

        with RawServer(behave) as server:
            post(server.url)
            post(server.url)
        assert len(requests) == 2
        assert all(b"cookie" not in request.lower() for request in requests)

    def test_the_environment_does_not_redirect_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
        with RawServer(answering(response(b"{}"))) as server:
            assert post(server.url).status == 200

    def test_it_says_who_it_is(self) -> None:
        seen: list[bytes] = []

        def behave(connection: socket.socket) -> None:
            seen.append(read_request(connection))
            connection.sendall(response(b"{}"))

        with RawServer(behave) as server:
            post(server.url)
        project = tomllib.loads(Path(__file__).parents[2].joinpath("pyproject.toml").read_text())["project"]
        assert f"User-Agent: SmartBill/{project['version']}".encode() in seen[0]


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key, made for this run."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certified.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def tls(certified: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certified)
    return context


@pytest.fixture
def trusted(certified: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(certified))


class TestOverTls:
    @pytest.mark.usefixtures("trusted")
    def test_requests_are_answered_over_one_connection(self, tls: ssl.SSLContext) -> None:
        with RawServer(answering(*[response(b'{"a":1}')] * 3), tls=tls) as server:
            for _ in range(3):
                assert post(server.url).text == '{"a":1}'
            assert server.connections == 1

    def test_a_server_that_cannot_prove_itself_is_told_nothing(self, tls: ssl.SSLContext) -> None:
        heard: list[bytes] = []
        with RawServer(lambda connection: heard.append(read_request(connection)), tls=tls) as server:
            with failing(Cause.NOT_WRITTEN) as caught:
                post(server.url)
            assert "SSL" in str(caught.value)
        assert heard == []

    @pytest.mark.usefixtures("trusted")
    def test_a_closed_connection_may_have_been_read(self, tls: ssl.SSLContext) -> None:
        closing = RawServer(lambda connection: read_request(connection) and None, tls=tls)
        with closing as server, failing(Cause.CLOSED):
            post(server.url)

    @pytest.mark.usefixtures("trusted")
    def test_silence_and_dripping_end_at_the_set_time(self, tls: ssl.SSLContext) -> None:
        def behave(connection: socket.socket) -> None:
            read_request(connection)
            drip(connection, response(b"{}") * 9)

        for one in (hang_until_closed, behave):
            began = time.monotonic()
            with RawServer(one, tls=tls) as server, failing(Cause.SILENT):
                post(server.url, patience=SHORT)
            assert time.monotonic() - began < 4


class TestEvidence:
    def test_it_holds_no_token_and_no_signature(self) -> None:
        jws = "eyJhbGciOiJSUzUxMiJ9.eyJpZGVudGlmaWNhY2lvbiI6e319.c2lnbmF0dXJl"
        text = f'{{"token":"Bearer abc.def","documento":"{jws}","other":"Authorization: bearer  XyZ"}}'
        kept = http.redacted(text)
        assert not any(secret in kept for secret in ("abc.def", "eyJ", "c2ln", "XyZ"))
        assert '"documento":"[removed]"' in kept

    def test_a_signature_that_is_cut_is_removed_all_the_same(self) -> None:
        assert http.redacted("x eyJhbGciOiJSUzUxMiJ9.eyJpZGVud") == "x [removed]"

    def test_it_is_cut_after_it_was_cleaned(self) -> None:
        kept = http.redacted("a" * 3_990 + " eyJhbGciOiJSUzUxMiJ9." + "b" * 100)
        assert len(kept) == 4_000
        assert "eyJ" not in kept

    def test_any_database_takes_it(self) -> None:
        assert http.redacted("a\x00b\ud800c") == "ab?c"

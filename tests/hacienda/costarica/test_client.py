"""The client against the sandbox over HTTP: every fault, and what is made of it."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hacienda import http
from hacienda.costarica.signature import seal
from hacienda.costarica.signature.signing import sign
from hacienda.costarica.transport.client import Client
from hacienda.errors import Cause, Refused, Throttled, Unreachable
from hacienda.sandbox.server import make_server
from hacienda.values import Envelope, Environment, Login
from hacienda.verdicts import Absent, Accepted, Pending, Rejected, Unknown, Verdict
from tests.actors import Sandbox
from tests.hacienda.costarica import documents
from tests.hacienda.costarica.certificates import certificate, other_key
from tests.hacienda.costarica.documents import BUYER, COMPANY
from tests.hacienda.signing import KEY

USER = "cpj-3-101-000000@stag.example.com"
PASSWORD = "Clave%De&Prueba=ñ"
HASTE = http.Patience(connect=0.5, total=1.0)
NOW = datetime.now(UTC)
DER = certificate(since=NOW - timedelta(days=1), until=NOW + timedelta(days=1))
BUYERS = certificate(
    other_key(), serial="CPJ-3-102-000000", since=NOW - timedelta(days=1), until=NOW + timedelta(days=1)
)


@pytest.fixture(scope="module")
def sandbox_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with make_server("127.0.0.1", 0, tmp_path_factory.mktemp("hacienda"), judgement_seconds=0.0) as server:
        yield server.url


class Sender:
    """A company that is registered, its key, its login, and a client without cached tokens."""

    def __init__(self, url: str) -> None:
        self.sandbox = Sandbox(url)
        self.client = Client(patience=HASTE)
        self.login = Login(
            Environment.SANDBOX,
            f"{url}/recepcion/v1/",
            COMPANY,
            PASSWORD,
            user=USER,
            idp_url=f"{url}/auth/realms/rut-stag/protocol/openid-connect/token",
        )
        self.buyer = replace(self.login, tax_id=BUYER, user="")

    def register(self, tax_id: str, user: str, der: bytes) -> None:
        self.sandbox.control(
            "POST",
            "emitters",
            country="CR",
            nit=tax_id,
            user=user,
            password=PASSWORD,
            certificate=b64encode(der).decode(),
        )

    def envelope(self, *, number: int | None = None, total: str = "113.00000") -> Envelope:
        code, payload = documents.invoice(number=number, total=total)
        return envelope_of(code, payload)

    def submit(self, envelope: Envelope) -> Verdict:
        return self.client.submit(envelope, self.login)

    def ask(self, envelope: Envelope) -> Verdict:
        return self.client.ask(envelope, self.login)

    def services(self) -> list[str]:
        return [one["service"] for one in self.sandbox.received()]


def envelope_of(code: str, payload: str) -> Envelope:
    signed = sign(payload, KEY, DER, datetime.now(UTC))
    return Envelope(Environment.SANDBOX, "01", 44, code, COMPANY, signed)


@pytest.fixture
def sender(sandbox_url: str) -> Sender:
    made = Sender(sandbox_url)
    made.sandbox.heal()
    made.sandbox.control("DELETE", "state")
    made.sandbox.control("DELETE", "received")
    made.register(COMPANY, USER, DER)
    made.register(BUYER, BUYER, BUYERS)
    return made


@contextmanager
def failing(cause: Cause) -> Iterator[None]:
    with pytest.raises(Unreachable) as caught:
        yield
    assert caught.value.cause is cause, str(caught.value)


def reason(verdict: object) -> str:
    assert isinstance(verdict, Unknown), verdict
    return verdict.reason


class TestADocument:
    def test_is_received_and_then_accepted_under_the_seal(self, sender: Sender) -> None:
        envelope = sender.envelope()
        received = sender.submit(envelope)
        assert isinstance(received, Pending), received
        assert received.answer.http_status == 202
        verdict = sender.ask(envelope)
        assert isinstance(verdict, Accepted), verdict
        assert verdict.code == "1"
        assert verdict.message
        assert verdict.stamp == hashlib.sha256(verdict.receipt.encode()).hexdigest()
        assert abs(verdict.stamped_at - datetime.now(UTC)) < timedelta(minutes=1)
        assert seal.verify(verdict.receipt.encode(), Environment.SANDBOX).sealed_at == verdict.stamped_at
        assert verdict.stamp in verdict.answer.body
        assert len(verdict.answer.body) < 1_000

    def test_is_on_the_way_as_long_as_hacienda_works(self, sender: Sender) -> None:
        sender.sandbox.fault("stuck", "consulta", count=1)
        envelope = sender.envelope()
        sender.submit(envelope)
        assert isinstance(sender.ask(envelope), Pending)
        assert isinstance(sender.ask(envelope), Accepted)

    def test_one_login_serves_many_documents(self, sender: Sender) -> None:
        for _ in range(3):
            assert isinstance(sender.submit(sender.envelope()), Pending)
        assert sender.services().count("idp") == 1

    def test_that_adds_up_wrongly_is_rejected_with_what_hacienda_says(self, sender: Sender) -> None:
        envelope = sender.envelope(total="114.00000")
        sender.submit(envelope)
        verdict = sender.ask(envelope)
        assert isinstance(verdict, Rejected), verdict
        assert verdict.code == "-312"
        assert verdict.observations
        assert verdict.receipt
        assert verdict.judged_at is not None
        assert [fault.text for fault in verdict.faults] == list(verdict.observations)

    def test_of_a_number_that_is_taken_is_rejected(self, sender: Sender) -> None:
        number = next(documents.NUMBERS)
        sender.submit(sender.envelope(number=number))
        code, payload = documents.invoice(number=number)
        other = code[:42] + "87654321"
        second = envelope_of(other, payload.replace(code, other))
        sender.submit(second)
        verdict = sender.ask(second)
        assert isinstance(verdict, Rejected), verdict
        assert verdict.observations[0].startswith("-99: ")
        assert verdict.faults[0].code == "hacienda_99"

    def test_with_a_notice_is_accepted_with_it(self, sender: Sender) -> None:
        sender.sandbox.fault("notice", "recepcion", code="-37", message="Provincia no coincide")
        envelope = sender.envelope()
        sender.submit(envelope)
        verdict = sender.ask(envelope)
        assert isinstance(verdict, Accepted), verdict
        assert verdict.observations == ("-37: Provincia no coincide",)

    def test_sent_twice_is_there_already(self, sender: Sender) -> None:
        envelope = sender.envelope()
        assert isinstance(sender.submit(envelope), Pending)
        again = sender.submit(envelope)
        assert isinstance(again, Pending), again
        assert again.answer.http_status == 400
        assert "ya fue recibido" in again.answer.body
        assert isinstance(sender.ask(envelope), Accepted)

    def test_that_nobody_sent_is_absent(self, sender: Sender) -> None:
        verdict = sender.ask(sender.envelope())
        assert isinstance(verdict, Absent), verdict
        assert not verdict.refused

    def test_on_which_hacienda_failed_may_go_again(self, sender: Sender) -> None:
        sender.sandbox.fault("error", "recepcion", count=1)
        envelope = sender.envelope()
        sender.submit(envelope)
        verdict = sender.ask(envelope)
        assert isinstance(verdict, Absent), verdict
        assert verdict.refused
        assert isinstance(sender.submit(envelope), Pending)
        assert isinstance(sender.ask(envelope), Accepted)

    def test_in_the_wrong_envelope_is_not_sent(self, sender: Sender) -> None:
        envelope = replace(sender.envelope(), generation_code="5" * 50)
        with pytest.raises(ValueError, match="another document"):
            sender.submit(envelope)
        assert sender.services() == []

    def test_in_a_request_that_hacienda_does_not_take_was_not_judged(self, sender: Sender) -> None:
        code, payload = documents.invoice()
        envelope = envelope_of(code, payload.replace("-06:00</FechaEmision>", "</FechaEmision>"))
        verdict = sender.submit(envelope)
        assert isinstance(verdict, Rejected), verdict
        assert verdict.code == "400"
        assert "fecha" in verdict.message
        assert not verdict.receipt
        assert isinstance(sender.ask(envelope), Absent)


class TestAReceptorsMessage:
    def test_has_an_answer_of_its_own(self, sender: Sender) -> None:
        envelope = sender.envelope()
        sender.submit(envelope)
        assert isinstance(sender.ask(envelope), Accepted)
        consecutivo, payload = documents.message(envelope.generation_code)
        signed = sign(payload, other_key(), BUYERS, datetime.now(UTC))
        sent = sender.client.submit_message(signed, sender.buyer, issuer_id_type="02", receptor_id_type="02")
        assert isinstance(sent, Pending), sent
        verdict = sender.client.ask_message(envelope.generation_code, consecutivo, sender.buyer)
        assert isinstance(verdict, Accepted), verdict
        again = sender.client.submit_message(signed, sender.buyer, issuer_id_type="02", receptor_id_type="02")
        assert isinstance(again, Pending)

    def test_that_nobody_sent_is_absent(self, sender: Sender) -> None:
        verdict = sender.client.ask_message(sender.envelope().generation_code, "0" * 20, sender.buyer)
        assert isinstance(verdict, Absent)


class TestFaultsOfReception:
    def test_a_connection_closed_before_an_answer(self, sender: Sender) -> None:
        sender.sandbox.fault("down", "recepcion")
        envelope = sender.envelope()
        with failing(Cause.CLOSED):
            sender.submit(envelope)
        assert isinstance(sender.ask(envelope), Absent)

    def test_an_answer_that_was_dropped_is_found_by_asking(self, sender: Sender) -> None:
        sender.sandbox.fault("drop_answer", "recepcion")
        envelope = sender.envelope()
        with failing(Cause.CLOSED):
            sender.submit(envelope)
        assert isinstance(sender.ask(envelope), Accepted)

    def test_silence(self, sender: Sender) -> None:
        sender.sandbox.fault("hang", "recepcion")
        envelope = sender.envelope()
        sender.ask(envelope)  # logged in already
        with failing(Cause.SILENT):
            Client(patience=http.Patience(0.2, 0.3), tokens=sender.client._tokens).submit(envelope, sender.login)
        assert isinstance(sender.ask(envelope), Absent)

    @pytest.mark.parametrize(("fault", "told"), [("unavailable", "gateway"), ("garbage", "gateway")])
    def test_an_answer_that_says_nothing_is_unknown(self, sender: Sender, fault: str, told: str) -> None:
        sender.sandbox.fault(fault, "recepcion")
        verdict = sender.submit(sender.envelope())
        assert reason(verdict) == told
        assert verdict.answer.body

    @pytest.mark.parametrize(
        ("fault", "told"), [("unavailable", "gateway"), ("garbage", "gateway"), ("truncated", "truncated")]
    )
    def test_neither_is_an_answer_to_a_question(self, sender: Sender, fault: str, told: str) -> None:
        envelope = sender.envelope()
        sender.submit(envelope)
        sender.sandbox.fault(fault, "consulta")
        assert reason(sender.ask(envelope)) == told

    @pytest.mark.parametrize("code", [None, "tampered"])
    def test_without_a_good_seal_nothing_is_believed(self, sender: Sender, code: str | None) -> None:
        envelope = sender.envelope()
        sender.submit(envelope)
        sender.sandbox.fault("no_seal", "consulta", code=code)
        assert reason(sender.ask(envelope)) == "no_seal"

    def test_the_sandbox_s_seal_is_worth_nothing_elsewhere(self, sender: Sender) -> None:
        envelope = sender.envelope()
        sender.submit(envelope)
        verdict = sender.client.ask(envelope, replace(sender.login, environment=Environment.TEST))
        assert reason(verdict) == "other_seal"

    def test_too_many_requests(self, sender: Sender) -> None:
        sender.sandbox.fault("throttled", "recepcion")
        with pytest.raises(Throttled) as caught:
            sender.submit(sender.envelope())
        assert caught.value.retry_after == timedelta(seconds=1)

    def test_nobody_there(self, sender: Sender) -> None:
        with failing(Cause.NOT_WRITTEN):
            sender.client.submit(sender.envelope(), replace(sender.login, base_url="http://127.0.0.1:1"))


class TestTheToken:
    def test_is_replaced_once_by_the_session_when_it_is_refused(self, sender: Sender) -> None:
        sender.submit(sender.envelope())
        sender.sandbox.fault("unauthorized", "recepcion", count=1)
        assert isinstance(sender.submit(sender.envelope()), Pending)
        assert sender.services() == ["idp", "recepcion", "recepcion", "idp", "recepcion"]

    def test_is_replaced_once_more_by_a_login_and_then_left_alone(self, sender: Sender) -> None:
        sender.sandbox.fault("unauthorized", "recepcion")
        for _ in range(2):
            with pytest.raises(Refused) as caught:
                sender.submit(sender.envelope())
            assert caught.value.lasting
        assert sender.services() == ["idp", "recepcion"] * 3

    def test_a_question_too_gets_a_new_one(self, sender: Sender) -> None:
        envelope = sender.envelope()
        sender.submit(envelope)
        sender.sandbox.fault("unauthorized", "consulta", count=2)
        assert isinstance(sender.ask(envelope), Accepted)

    def test_a_wrong_password_is_a_lasting_refusal_that_is_tried_once(self, sender: Sender) -> None:
        login = replace(sender.login, password="Otra.Clave-2026")
        for _ in range(3):
            with pytest.raises(Refused) as caught:
                sender.client.submit(sender.envelope(), login)
            assert caught.value.lasting
            assert "Otra.Clave-2026" not in str(caught.value)
        assert sender.services() == ["idp"]

    def test_of_another_taxpayer_is_a_lasting_refusal(self, sender: Sender) -> None:
        with pytest.raises(Refused, match="autorizado") as caught:
            sender.client.submit(sender.envelope(), sender.buyer)
        assert caught.value.lasting

    @pytest.mark.parametrize("fault", ["down", "unavailable", "garbage", "truncated", "drop_answer"])
    def test_without_a_login_the_document_was_not_written(self, sender: Sender, fault: str) -> None:
        sender.sandbox.fault(fault, "idp")
        with failing(Cause.NOT_WRITTEN):
            sender.submit(sender.envelope())
        assert "recepcion" not in sender.services()


class TestLooking:
    def test_a_login_whatever_token_there_is(self, sender: Sender) -> None:
        sender.client.log_in(sender.login)
        sender.client.log_in(sender.login)
        assert sender.services() == ["idp", "idp"]

    def test_reception_answers_a_knock(self, sender: Sender) -> None:
        sender.client.knock(sender.login.base_url)
        assert sender.services() == ["recepcion"]

    def test_a_throttle_is_an_answer_too(self, sender: Sender) -> None:
        sender.sandbox.fault("throttled", "recepcion")
        sender.client.knock(sender.login.base_url)

    @pytest.mark.parametrize("fault", ["down", "unavailable", "garbage"])
    def test_a_gateway_is_none(self, sender: Sender, fault: str) -> None:
        sender.sandbox.fault(fault, "recepcion")
        with failing(Cause.CLOSED):
            sender.client.knock(sender.login.base_url)

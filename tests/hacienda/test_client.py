"""The client against the sandbox over HTTP: every fault, and what is made of it."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hacienda.drafts import Draft
from hacienda.elsalvador.authority import ElSalvador
from hacienda.elsalvador.rules import ZONE
from hacienda.elsalvador.transport.client import Client, Paths
from hacienda.errors import Cause, Refused, Throttled
from hacienda.registry import authority
from hacienda.sandbox.registration import register_emitter
from hacienda.values import Envelope, Environment, Login
from hacienda.verdicts import Absent, Accepted, Rejected
from tests.actors import HACIENDA_PASSWORD, OTHER_TAX_ID, TAX_ID, Sandbox, SigningFile
from tests.hacienda.drafts import INVOICE, TAX_CREDIT
from tests.hacienda.sender import HASTE, Sender, failing, reason


@pytest.fixture
def sender(sandbox: Sandbox, signing_file: SigningFile) -> Sender:
    return Sender(sandbox, signing_file, ElSalvador(Client(patience=HASTE)))


class TestSubmitting:
    @pytest.mark.parametrize("draft", [INVOICE, TAX_CREDIT], ids=["invoice", "tax credit"])
    def test_a_good_document_is_accepted(self, sender: Sender, draft: Draft) -> None:
        envelope = sender.envelope(draft)
        verdict = sender.submit(envelope)
        assert isinstance(verdict, Accepted), verdict
        assert verdict.code == "001"
        assert len(verdict.stamp) == 40
        assert abs(verdict.stamped_at - datetime.now(UTC)) < timedelta(minutes=1)
        assert verdict.answer.http_status == 200
        assert "eyJ" not in verdict.answer.body

    def test_what_was_sent_is_what_hacienda_wants(self, sender: Sender) -> None:
        envelope = sender.envelope()
        sender.submit(envelope)
        [received] = sender.sandbox.received("recepciondte")
        assert received["generation_code"] == envelope.generation_code
        assert received["nit"] == TAX_ID
        assert len(sender.sandbox.received("auth")) == 1

    def test_one_login_serves_many_documents(self, sender: Sender) -> None:
        for _ in range(3):
            assert isinstance(sender.submit(sender.envelope()), Accepted)
        assert len(sender.sandbox.received("auth")) == 1

    def test_a_document_that_is_wrong_is_rejected_with_its_place(self, sender: Sender) -> None:
        sender.sandbox.fault(
            "reject", "recepciondte", code="020", message="[Cuerpodocumento.item.1] CALCULO INCORRECTO"
        )
        verdict = sender.submit(sender.envelope())
        assert isinstance(verdict, Rejected)
        assert (verdict.code, verdict.faults[0].pointer) == ("020", "/items/0")

    def test_a_signature_that_hacienda_does_not_know_is_rejected(self, sender: Sender) -> None:
        envelope = sender.envelope()
        verdict = sender.submit(replace(envelope, signature=envelope.signature[:-8] + "AAAAAAAA"))
        assert isinstance(verdict, Rejected)
        assert verdict.code == "802"

    def test_an_envelope_that_says_something_else_is_rejected(self, sender: Sender) -> None:
        verdict = sender.submit(replace(sender.envelope(), version=9))
        assert isinstance(verdict, Rejected)

    def test_the_same_document_twice_is_known_already_and_can_be_asked_for(self, sender: Sender) -> None:
        envelope = sender.envelope()
        first = sender.submit(envelope)
        assert reason(sender.submit(envelope)) == "known_already"
        found = sender.ask(envelope)
        assert isinstance(found, Accepted)
        assert found.stamp == first.stamp

    def test_a_number_that_is_taken_is_known_already_but_absent(self, sender: Sender) -> None:
        _, first, identity = sender.sealed()
        sender.submit(first)
        second = sender.envelope(control_number=identity.control_number)
        verdict = sender.submit(second)
        assert reason(verdict) == "known_already"
        assert isinstance(sender.ask(second), Absent | Rejected)
        refusal = sender.law.rejection(second, verdict.answer)
        assert refusal is not None
        assert refusal.code == "004"
        assert "numeroControl" in refusal.message


class TestFaultsOfReception:
    def test_a_connection_closed_before_an_answer(self, sender: Sender) -> None:
        sender.sandbox.fault("down", "recepciondte")
        envelope = sender.envelope()
        with failing(Cause.CLOSED):
            sender.submit(envelope)
        assert isinstance(sender.ask(envelope), Absent)

    def test_an_answer_that_was_dropped_is_found_by_asking(self, sender: Sender) -> None:
        sender.sandbox.fault("drop_answer", "recepciondte")
        envelope = sender.envelope()
        with failing(Cause.CLOSED):
            sender.submit(envelope)
        assert isinstance(sender.ask(envelope), Accepted)

    def test_silence(self, sender: Sender) -> None:
        sender.sandbox.fault("hang", "recepciondte")
        envelope = sender.envelope()
        sender.ask(envelope)  # logged in already
        began = time.monotonic()
        with failing(Cause.SILENT):
            sender.submit(envelope)
        assert 0.5 < time.monotonic() - began < 2
        assert isinstance(sender.ask(envelope), Absent)

    def test_an_answer_that_comes_too_late_is_found_by_asking(self, sender: Sender) -> None:
        sender.sandbox.fault("late_answer", "recepciondte", delay_ms=1_500)
        envelope = sender.envelope()
        with failing(Cause.SILENT):
            sender.submit(envelope)
        assert isinstance(sender.ask(envelope), Accepted)

    def test_a_slow_answer_in_time_is_an_answer(self, sender: Sender) -> None:
        sender.sandbox.fault("slow", "recepciondte", delay_ms=200)
        verdict = sender.submit(sender.envelope())
        assert isinstance(verdict, Accepted)
        assert verdict.answer.milliseconds >= 200

    @pytest.mark.parametrize(
        ("fault", "told"),
        [("unavailable", "gateway"), ("garbage", "gateway"), ("truncated", "truncated"), ("no_seal", "no_stamp")],
    )
    def test_an_answer_that_says_nothing_is_unknown(self, sender: Sender, fault: str, told: str) -> None:
        sender.sandbox.fault(fault, "recepciondte")
        verdict = sender.submit(sender.envelope())
        assert reason(verdict) == told
        assert verdict.answer.body

    @pytest.mark.parametrize("code", ["021", "022", "099"])
    def test_a_passing_trouble_is_unknown_and_then_absent(self, sender: Sender, code: str) -> None:
        sender.sandbox.fault("reject", "recepciondte", code=code, message="ERROR", count=1)
        envelope = sender.envelope()
        assert reason(sender.submit(envelope)) == "hacienda_busy"
        assert isinstance(sender.ask(envelope), Absent)
        assert isinstance(sender.submit(envelope), Accepted)

    def test_too_many_requests(self, sender: Sender) -> None:
        sender.sandbox.fault("throttled", "recepciondte")
        with pytest.raises(Throttled) as caught:
            sender.submit(sender.envelope())
        assert caught.value.retry_after == timedelta(seconds=1)

    def test_nobody_there(self, sender: Sender) -> None:
        with failing(Cause.NOT_WRITTEN):
            sender.law.submit(sender.envelope(), replace(sender.login, base_url="http://127.0.0.1:1"))


class TestTheToken:
    def test_is_replaced_once_when_it_is_refused(self, sender: Sender) -> None:
        sender.submit(sender.envelope())
        sender.sandbox.fault("unauthorized", "recepciondte", count=1)
        assert isinstance(sender.submit(sender.envelope()), Accepted)
        assert [one["service"] for one in sender.sandbox.received()] == [
            "auth",
            "recepciondte",
            "recepciondte",
            "auth",
            "recepciondte",
        ]

    def test_is_not_replaced_twice(self, sender: Sender) -> None:
        sender.sandbox.fault("unauthorized", "recepciondte")
        with pytest.raises(Refused) as caught:
            sender.submit(sender.envelope())
        assert not caught.value.lasting
        assert len(sender.sandbox.received("auth")) == 2
        assert len(sender.sandbox.received("recepciondte")) == 2

    def test_a_question_too_gets_a_new_one(self, sender: Sender) -> None:
        envelope = sender.envelope()
        sender.submit(envelope)
        sender.sandbox.fault("unauthorized", "consultadte", count=1)
        assert isinstance(sender.ask(envelope), Accepted)

    def test_a_wrong_password_is_a_lasting_refusal(self, sender: Sender) -> None:
        login = replace(sender.login, password="Otra.Clave-2026")
        with pytest.raises(Refused) as caught:
            sender.law.submit(sender.envelope(), login)
        assert caught.value.lasting
        assert "Otra.Clave-2026" not in str(caught.value)
        assert sender.sandbox.received("recepciondte") == []

    @pytest.mark.parametrize("fault", ["down", "unavailable", "hang", "garbage", "truncated", "drop_answer"])
    def test_without_a_login_the_document_was_not_written(self, sender: Sender, fault: str) -> None:
        sender.sandbox.fault(fault, "auth")
        with failing(Cause.NOT_WRITTEN):
            sender.submit(sender.envelope())
        assert sender.sandbox.received("recepciondte") == []

    def test_an_unauthorized_login_calls_no_lasting_refusal(self, sender: Sender) -> None:
        sender.sandbox.fault("unauthorized", "auth")
        with pytest.raises(Refused) as caught:
            sender.submit(sender.envelope())
        assert not caught.value.lasting

    def test_a_throttled_login_is_a_pause(self, sender: Sender) -> None:
        sender.sandbox.fault("throttled", "auth")
        with pytest.raises(Throttled):
            sender.submit(sender.envelope())

    def test_of_one_issuer_does_not_serve_another(self, sender: Sender, other_signing_file: SigningFile) -> None:
        sender.submit(sender.envelope())
        other = Login(Environment.SANDBOX, sender.sandbox.url, OTHER_TAX_ID, HACIENDA_PASSWORD)
        verdict = sender.law.submit(sender.envelope(), other)
        assert isinstance(verdict, Rejected)
        assert len(sender.sandbox.received("auth")) == 2


class TestAsking:
    def test_a_document_never_sent_is_absent(self, sender: Sender) -> None:
        verdict = sender.ask(sender.envelope())
        assert isinstance(verdict, Absent)
        assert verdict.answer.http_status == 404

    def test_a_rejected_one_is_rejected(self, sender: Sender) -> None:
        sender.sandbox.fault("reject", "recepciondte", code="009", message="[receptor.nit] NIT NO EXISTE", count=1)
        envelope = sender.envelope()
        sender.submit(envelope)
        verdict = sender.ask(envelope)
        assert isinstance(verdict, Rejected)
        assert verdict.code == "009"

    @pytest.mark.parametrize(
        ("fault", "told"),
        [("unavailable", "gateway"), ("garbage", "gateway"), ("truncated", "truncated"), ("no_seal", "no_stamp")],
    )
    def test_an_answer_that_says_nothing_is_unknown(self, sender: Sender, fault: str, told: str) -> None:
        envelope = sender.envelope()
        sender.submit(envelope)
        sender.sandbox.fault(fault, "consultadte")
        assert reason(sender.ask(envelope)) == told

    @pytest.mark.parametrize(("fault", "cause"), [("down", Cause.CLOSED), ("hang", Cause.SILENT)])
    def test_no_answer_is_no_negative(self, sender: Sender, fault: str, cause: Cause) -> None:
        sender.sandbox.fault(fault, "consultadte")
        with failing(cause):
            sender.ask(sender.envelope())

    @pytest.mark.parametrize("slash", ["", "/"])
    def test_paths_and_the_base_address_are_settings(self, sender: Sender, slash: str) -> None:
        paths = Paths(submit="/fesv/recepciondte/", ask="/fesv/recepcion/consultadte/")
        law = ElSalvador(Client(paths, patience=HASTE))
        login = replace(sender.login, base_url=sender.login.base_url + slash)
        envelope = sender.envelope()
        assert isinstance(law.submit(envelope, login), Accepted)
        assert isinstance(law.ask(envelope, login), Accepted)


class TestTheSandboxsRegister:
    def test_knows_who_was_registered(self, sandbox: Sandbox, signing_file: SigningFile) -> None:
        register_emitter(
            sandbox.url + "/",
            tax_id="06143333330033",
            password="Nueva.Clave-2026",
            public_key_spki=signing_file.public_key,
            name="NUEVA Ñ DE PRUEBA",
        )
        law = ElSalvador(Client(patience=HASTE))
        login = Login(Environment.SANDBOX, sandbox.url, "06143333330033", "Nueva.Clave-2026")
        nobody_s = Envelope(Environment.SANDBOX, "01", 2, str(uuid.uuid4()).upper(), "06143333330033", "a.b.c")
        assert isinstance(law.ask(nobody_s, login), Absent)

    def test_refuses_what_is_not_well_formed_without_repeating_secrets(self, sandbox: Sandbox) -> None:
        with pytest.raises(Refused) as caught:
            register_emitter(sandbox.url, tax_id="1", password="Nueva.Clave-2026", public_key_spki=b"x", name="X")
        assert "nit" in str(caught.value)
        assert "Nueva.Clave-2026" not in str(caught.value)

    def test_is_not_there(self) -> None:
        with failing(Cause.NOT_WRITTEN):
            register_emitter("http://127.0.0.1:1", tax_id=TAX_ID, password="x", public_key_spki=b"x", name="X")


class TestTheCountry:
    def test_is_found_by_its_code(self) -> None:
        law = authority("SV")
        assert law.country == "SV"
        assert authority("SV") is law
        with pytest.raises(LookupError):
            authority("XX")

    def test_the_public_query_is_hacienda_s(self) -> None:
        code = "f41b191d-c1eb-42af-831b-9666a5f2f386"
        day = datetime(2026, 11, 22, tzinfo=ZONE).date()
        for environment, ambiente in (
            (Environment.SANDBOX, "00"),
            (Environment.TEST, "00"),
            (Environment.LIVE, "01"),
        ):
            assert authority("SV").public_query_url(environment, code, day) == (
                f"https://admin.factura.gob.sv/consultaPublica?ambiente={ambiente}"
                "&codGen=F41B191D-C1EB-42AF-831B-9666A5F2F386&fechaEmi=2026-11-22"
            )

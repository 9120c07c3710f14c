"""What answers mean, word for word, where a well-behaved server cannot be made to say it."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hacienda import http
from hacienda.costarica.signature.seal import SANDBOX_NAME
from hacienda.costarica.transport import answers
from hacienda.values import Environment
from hacienda.verdicts import Absent, Accepted, Answer, Pending, Rejected, Unknown, Verdict
from tests.effort import examples
from tests.hacienda.costarica import documents
from tests.hacienda.costarica.certificates import NOW, certificate, filtered

CLAVE = documents.key_of(NOW, 7)
ROWS = (
    '[\r\ncodigo, mensaje, fila, columna&#13;\n-45, ""El monto no coincide"", 12, 3&#13;\n'
    '-99, ""Ya existe"", 0, 0&#13;\n]'
)


@cache
def seal() -> bytes:
    return certificate(name=SANDBOX_NAME, serial="CPJ-2-100-000000")


def sealed(**how: Any) -> bytes:
    return filtered(documents.answer(how.pop("clave", CLAVE), **how), der=seal()).encode()


def reply(body: object = "", status: int = 200, *, complete: bool = True, **headers: str) -> http.Reply:
    text = body if isinstance(body, str) else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return http.Reply(status, text, complete, 5, named)


def told(state: str, xml: bytes | None = None, **more: object) -> http.Reply:
    body: dict[str, object] = {"clave": CLAVE, "fecha": "2026-11-20T09:15:00-06:00", "ind-estado": state}
    if xml is not None:
        body["respuesta-xml"] = b64encode(xml).decode()
    return reply({**body, **more})


def asked(one: http.Reply) -> Verdict:
    return answers.asked(one, CLAVE, Environment.SANDBOX)


def reason(verdict: Verdict) -> str:
    assert isinstance(verdict, Unknown), verdict
    return verdict.reason


class TestSending:
    @pytest.mark.parametrize("status", [200, 201, 202, 204])
    @pytest.mark.parametrize("complete", [True, False])
    def test_any_success_says_that_it_is_there(self, status: int, complete: bool) -> None:
        assert isinstance(answers.submitted(reply("", status, complete=complete)), Pending)

    @pytest.mark.parametrize(
        "cause",
        [
            "El comprobante [506...] ya fue recibido anteriormente.",
            "EL COMPROBANTE YA  FUE RECIBIDO ANTERIORMENTE",
            "La clave ya ha sido recibida",
        ],
    )
    def test_so_does_the_refusal_of_what_is_there_already(self, cause: str) -> None:
        assert isinstance(answers.submitted(reply("", 400, x_error_cause=cause)), Pending)

    @pytest.mark.parametrize("header", ["x_error_cause", "validation_exception"])
    def test_another_refusal_is_of_the_request(self, header: str) -> None:
        verdict = answers.submitted(reply("", 400, **{header: "La fecha no es v\xe1lida"}))
        assert isinstance(verdict, Rejected)
        assert (verdict.code, verdict.message, verdict.receipt) == ("400", "La fecha no es válida", "")
        assert [fault.text for fault in verdict.faults] == ["La fecha no es válida"]

    def test_a_cause_in_utf_8_is_read(self) -> None:
        header = "inválida".encode().decode("latin-1")
        verdict = answers.submitted(reply("", 400, x_error_cause=header))
        assert isinstance(verdict, Rejected)
        assert verdict.message == "inválida"

    @pytest.mark.parametrize(
        ("one", "why"),
        [
            (reply("", 400), "unexpected"),
            (reply("<html>", 400, x_error_cause="x"), "gateway"),
            (reply("<html>", 200), "gateway"),
            (reply("", 404, x_error_cause="x"), "gateway"),
            (reply("", 500), "gateway"),
            (reply("", 503, x_error_cause="ya fue recibido anteriormente"), "gateway"),
            (reply("", 302), "unexpected"),
            (reply("", 413), "unexpected"),
        ],
    )
    def test_anything_else_says_nothing(self, one: http.Reply, why: str) -> None:
        assert reason(answers.submitted(one)) == why

    def test_a_kept_refusal_is_read_again(self) -> None:
        verdict = answers.submitted(reply("", 400, x_error_cause="La clave\tno es válida"))
        again = answers.rejection(verdict.answer)
        assert isinstance(again, Rejected)
        assert again.message == "La clave no es válida"

    @pytest.mark.parametrize(
        "kept",
        [
            Answer(400, "X-Error-Cause: ya fue recibido anteriormente\n", 1),
            Answer(400, "something", 1),
            Answer(200, "X-Error-Cause: x\n", 1),
            Answer(None, "", 1),
        ],
    )
    def test_a_kept_answer_that_is_no_refusal(self, kept: Answer) -> None:
        assert answers.rejection(kept) is None


class TestAsking:
    @pytest.mark.parametrize("state", ["recibido", "procesando", "RECIBIDO", "Procesando"])
    def test_on_the_way(self, state: str) -> None:
        assert isinstance(asked(told(state)), Pending)
        assert isinstance(asked(reply({"clave": CLAVE, "indEstado": state})), Pending)

    def test_not_known(self) -> None:
        assert isinstance(asked(reply("", 404, x_error_cause="no ha sido recibido")), Absent)

    @pytest.mark.parametrize("body", ["", "<html>", '{"message":"no Route matched"}'])
    def test_not_known_to_a_gateway(self, body: str) -> None:
        assert reason(asked(reply(body, 404))) == "gateway"

    def test_failed_at_hacienda(self) -> None:
        verdict = asked(told("error"))
        assert isinstance(verdict, Absent)
        assert verdict.refused

    def test_accepted(self) -> None:
        xml = sealed()
        verdict = asked(told("aceptado", xml))
        assert isinstance(verdict, Accepted)
        assert verdict.stamp == hashlib.sha256(xml).hexdigest()
        assert verdict.receipt == xml.decode()
        assert (verdict.stamped_at, verdict.code) == (NOW, "1")
        assert (verdict.message, verdict.observations) == ("Este comprobante fue aceptado", ())

    def test_in_the_annex_s_spelling(self) -> None:
        body = {"clave": CLAVE, "indEstado": "ACEPTADO", "respuestaXml": b64encode(sealed()).decode()}
        assert isinstance(asked(reply(body)), Accepted)

    def test_without_words_the_state_stands_for_them(self) -> None:
        verdict = asked(told("aceptado", sealed(detail="")))
        assert isinstance(verdict, Accepted)
        assert verdict.message == "Aceptado"

    def test_rejected(self) -> None:
        verdict = asked(told("rechazado", sealed(told="3", detail=f"Tiene errores: {ROWS}")))
        assert isinstance(verdict, Rejected)
        assert (verdict.code, verdict.message, verdict.judged_at) == ("-45", "El monto no coincide", NOW)
        assert verdict.observations == ("-45: El monto no coincide (fila 12, columna 3)", "-99: Ya existe")
        assert [(fault.code, fault.text) for fault in verdict.faults] == [
            ("hacienda_45", verdict.observations[0]),
            ("hacienda_99", verdict.observations[1]),
        ]

    def test_rejected_in_words_alone(self) -> None:
        verdict = asked(told("rechazado", sealed(told="3", detail="La firma no es válida.")))
        assert isinstance(verdict, Rejected)
        assert [(fault.code, fault.text) for fault in verdict.faults] == [("hacienda_3", "La firma no es válida.")]

    def test_what_is_sealed_counts_and_not_what_stands_around_it(self) -> None:
        assert isinstance(asked(told("rechazado", sealed())), Accepted)
        assert isinstance(asked(told("aceptado", sealed(told="3"))), Rejected)

    @pytest.mark.parametrize(
        ("one", "why"),
        [
            (told("aceptado"), "no_seal"),
            (told("aceptado", b""), "no_seal"),
            (told("aceptado", documents.answer(CLAVE).encode()), "no_seal"),
            (told("aceptado", b"<!DOCTYPE a><a/>"), "no_seal"),
            (told("aceptado", **{"respuesta-xml": "no base64!"}), "no_seal"),
            (told("aceptado", **{"respuesta-xml": 5}), "no_seal"),
            (told("otra cosa"), "unexpected"),
            (told(""), "unexpected"),
            (reply({}), "unexpected"),
            (reply({"clave": "5" * 50, "ind-estado": "recibido"}), "other_document"),
            (reply("[]"), "unreadable"),
            (reply(""), "unreadable"),
            (reply('{"clave":', complete=False), "truncated"),
            (reply("{}", 202), "unexpected"),
            (reply("{}", 500), "gateway"),
            (reply("{}", 400, x_error_cause="x"), "gateway"),
            (reply("<html>"), "gateway"),
            (reply("[" * 100_000), "unreadable"),
        ],
    )
    def test_anything_else_says_nothing(self, one: http.Reply, why: str) -> None:
        assert reason(asked(one)) == why

    @pytest.mark.parametrize(
        ("how", "why"),
        [
            ({"clave": documents.key_of(NOW, 8)}, "other_document"),
            ({"told": "2"}, "unexpected"),
            ({"told": ""}, "unexpected"),
            ({"root": "MensajeReceptor"}, "unexpected"),
        ],
    )
    def test_sealed_and_still_no_answer_to_the_question(self, how: dict[str, str], why: str) -> None:
        assert reason(asked(told("aceptado", sealed(**how)))) == why

    def test_sealed_by_somebody_else(self) -> None:
        xml = filtered(documents.answer(CLAVE), der=certificate(name="OTRO")).encode()
        assert reason(asked(told("aceptado", xml))) == "other_seal"

    @settings(max_examples=examples(50))
    @given(st.text(max_size=80), st.integers(100, 599))
    def test_no_nonsense_is_believed(self, body: str, status: int) -> None:
        assert isinstance(asked(reply(body, status)), Unknown)
        assert isinstance(asked(told(body.lower() or "x")), Unknown | Absent | Pending)


class TestEvidence:
    def test_the_sealed_answer_is_kept_as_its_hash(self) -> None:
        xml = sealed()
        body = asked(told("aceptado", xml)).answer.body
        assert hashlib.sha256(xml).hexdigest() in body
        assert b64encode(xml).decode() not in body
        assert json.loads(body)["clave"] == CLAVE

    def test_the_cause_comes_first(self) -> None:
        assert (
            answers.evidence_of(reply("body", 400, x_error_cause="why\r\n not")).body
            == "X-Error-Cause: why not\nbody"
        )

    def test_no_token_is_kept(self) -> None:
        assert "secret" not in answers.evidence_of(reply("Bearer secret.token")).body

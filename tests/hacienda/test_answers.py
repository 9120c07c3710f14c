"""What Hacienda's answers are taken to mean."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hacienda.elsalvador.rules import ZONE
from hacienda.elsalvador.transport import answers, jws
from hacienda.http import Reply
from hacienda.values import Envelope, Environment
from hacienda.verdicts import Absent, Accepted, Answer, Rejected, Unknown, Verdict
from tests.effort import examples
from tests.hacienda.signing import KEY

CODE = "F41B191D-C1EB-42AF-831B-9666A5F2F386"
OTHER = "00000000-C1EB-42AF-831B-9666A5F2F386"
EVENT = "05F93C81-0000-4000-8000-000000000001"
STAMP = "2026EFC8F4E4BA3042D682A7C5C4A7335488JCTV"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PAGE = "<html><body><h1>503 Service Unavailable</h1></body></html>"


def envelope(*item_types: int) -> Envelope:
    document = {"cuerpoDocumento": [{"tipoItem": kind} for kind in item_types]}
    return Envelope(Environment.SANDBOX, "01", 2, CODE, "06140101010019", jws.sign(json.dumps(document), KEY))


def processed(**changes: Any) -> dict[str, Any]:
    return {
        "version": 2,
        "ambiente": "00",
        "versionApp": 2,
        "estado": "PROCESADO",
        "codigoGeneracion": CODE,
        "selloRecibido": STAMP,
        "fhProcesamiento": "26/06/2026 06:17:14",
        "clasificaMsg": "10",
        "codigoMsg": "001",
        "descripcionMsg": "RECIBIDO",
        "observaciones": [],
        **changes,
    }


def refused(
    code: object = "020", text: str = "[resumen.totalPagar] CALCULO INCORRECTO", **changes: Any
) -> dict[str, Any]:
    return processed(
        **{
            "estado": "RECHAZADO",
            "selloRecibido": None,
            "clasificaMsg": "16",
            "codigoMsg": code,
            "descripcionMsg": text,
            "observaciones": None,
            **changes,
        }
    )


def reply(body: object, status: int = 200, *, complete: bool = True) -> Reply:
    return Reply(status, body if isinstance(body, str) else json.dumps(body), complete, 12)


def submitted(body: object, status: int = 200, *, complete: bool = True) -> Verdict:
    return answers.submitted(reply(body, status, complete=complete), envelope(1), NOW)


def asked(body: object, status: int = 200, *, complete: bool = True) -> Verdict:
    return answers.asked(reply(body, status, complete=complete), envelope(1), NOW)


def kind(verdict: Verdict) -> str:
    return verdict.reason if isinstance(verdict, Unknown) else type(verdict).__name__


class TestAnAcceptance:
    @pytest.mark.parametrize("read", [submitted, asked])
    def test_has_its_stamp_and_its_time(self, read: Any) -> None:
        assert read(processed()) == Accepted(
            stamp=STAMP,
            stamped_at=datetime(2026, 6, 26, 6, 17, 14, tzinfo=ZONE),
            code="001",
            message="RECIBIDO",
            observations=(),
            answer=Answer(200, json.dumps(processed()), 12),
        )

    def test_with_observations_is_one_all_the_same(self) -> None:
        warning = "resumen.pagos.montoPago Forma de pago difiere del Total a Pagar."
        verdict = submitted(processed(codigoMsg="002", observaciones=[warning, "", None]))
        assert isinstance(verdict, Accepted)
        assert (verdict.code, verdict.observations) == ("002", (warning,))

    @pytest.mark.parametrize("status", [200, 201, 400, 500])
    def test_is_told_from_the_body_whatever_the_status(self, status: int) -> None:
        assert kind(submitted(processed(), status)) == "Accepted"

    @pytest.mark.parametrize("code", [CODE.lower(), f" {CODE} "])
    def test_may_echo_the_code_in_small_letters(self, code: str) -> None:
        assert kind(submitted(processed(codigoGeneracion=code))) == "Accepted"

    @pytest.mark.parametrize("stamp", [None, "", STAMP[:39], STAMP + "A", STAMP.lower(), 40 * "-", 7, [STAMP]])
    @pytest.mark.parametrize("read", [submitted, asked])
    def test_without_its_stamp_is_none(self, read: Any, stamp: object) -> None:
        assert kind(read(processed(selloRecibido=stamp))) == "no_stamp"

    @pytest.mark.parametrize("code", [OTHER, None, ""])
    @pytest.mark.parametrize("read", [submitted, asked])
    def test_of_another_document_is_none(self, read: Any, code: object) -> None:
        assert kind(read(processed(codigoGeneracion=code))) == "other_document"

    @pytest.mark.parametrize(
        ("told", "meant"),
        [
            ("09/03/2024 00:37:53", datetime(2024, 3, 9, 0, 37, 53, tzinfo=ZONE)),
            ("14/10/2021 09:50.52", datetime(2021, 10, 14, 9, 50, 52, tzinfo=ZONE)),
            (None, NOW),
            ("31/02/2026 10:00:00", NOW),
            ("today", NOW),
        ],
    )
    def test_whose_time_cannot_be_read_was_made_now(self, told: str | None, meant: datetime) -> None:
        verdict = submitted(processed(fhProcesamiento=told))
        assert isinstance(verdict, Accepted)
        assert verdict.stamped_at == meant


class TestARejection:
    @pytest.mark.parametrize("read", [submitted, asked])
    def test_says_what_and_where(self, read: Any) -> None:
        verdict = read(refused(text="[receptor.nit] NIT CONTRIBUYENTE NO EXISTE", code="009"), 400)
        assert isinstance(verdict, Rejected)
        assert (verdict.code, verdict.message) == ("009", "[receptor.nit] NIT CONTRIBUYENTE NO EXISTE")
        [fault] = verdict.faults
        assert (fault.pointer, fault.code) == ("/customer/tax_id", "hacienda_009")
        assert fault.text == "[receptor.nit] NIT CONTRIBUYENTE NO EXISTE"

    @pytest.mark.parametrize(
        ("told", "code"), [(20, "020"), ("20", "020"), ("020", "020"), (None, "000"), ("E", "00E")]
    )
    def test_has_a_code_of_three_digits(self, told: object, code: str) -> None:
        verdict = submitted(refused(told), 400)
        assert isinstance(verdict, Rejected)
        assert verdict.code == code

    def test_of_the_envelope_names_no_document(self) -> None:
        body = refused("094", "PARAMETROS NO SON VALIDOS", codigoGeneracion=None, observaciones=["Faltan datos"])
        verdict = submitted(body, 400)
        assert isinstance(verdict, Rejected)
        assert [(fault.pointer, fault.text) for fault in verdict.faults] == [("", "Faltan datos")]

    @pytest.mark.parametrize("read", [submitted, asked])
    def test_of_another_document_says_nothing_of_ours(self, read: Any) -> None:
        assert kind(read(refused(codigoGeneracion=OTHER), 400)) == "other_document"

    @pytest.mark.parametrize("field", ["codigoGeneracion", "numeroControl"])
    def test_of_what_exists_already_is_no_proof(self, field: str) -> None:
        text = f"[identificacion.{field}] YA EXISTE UN REGISTRO CON ESE VALOR"
        verdict = submitted(refused("004", text), 400)
        assert kind(verdict) == "known_already"
        kept = answers.rejection(envelope(1), verdict.answer)
        assert kept is not None
        assert (kept.code, kept.message) == ("004", text)

    def test_that_was_kept_can_be_read_again_only_if_it_is_one(self) -> None:
        for body in ("", PAGE, json.dumps(processed()), "[]"):
            assert answers.rejection(envelope(1), Answer(400, body, 1)) is None

    @pytest.mark.parametrize("code", ["021", "022", "099", 99])
    def test_for_a_passing_reason_is_none(self, code: object) -> None:
        assert kind(submitted(refused(code), 400)) == "hacienda_busy"

    def test_that_complains_of_the_schema_is_placed_by_its_observations(self) -> None:
        texts = ["Campo #/receptor/nrc no cumple", "Campo #/receptor contiene un valor inválido"]
        verdict = submitted(refused("096", "DOCUMENTO NO CUMPLE ESQUEMA JSON", observaciones=texts), 400)
        assert isinstance(verdict, Rejected)
        assert verdict.observations == tuple(texts)
        assert [fault.pointer for fault in verdict.faults] == ["/customer/registration"]

    def test_of_a_line_that_is_a_tax_leads_to_the_item_that_was_signed(self) -> None:
        # Items 1 and 2 of the caller; the first has a tax that Hacienda wants as a line of its own.
        found = reply(refused(text="[cuerpoDocumento.3.precioUni] X"), 400)
        verdict = answers.submitted(found, envelope(1, 4, 2), NOW)
        assert isinstance(verdict, Rejected)
        assert verdict.faults[0].path == ("items", 1, "price")

    @pytest.mark.parametrize("signature", ["not.a.jws", "", "a.b", "a.W10.c", "a.eyJjdWVycG9Eb2N1bWVudG8iOjF9.c"])
    def test_of_a_document_that_cannot_be_read_again_is_placed_as_it_stands(self, signature: str) -> None:
        bad = Envelope(Environment.SANDBOX, "01", 2, CODE, "06140101010019", signature)
        verdict = answers.submitted(reply(refused(text="[cuerpoDocumento.2.psv] X"), 400), bad, NOW)
        assert isinstance(verdict, Rejected)
        assert verdict.faults[0].path == ("items", 1, "suggested_price")

    @pytest.mark.parametrize("observations", [None, [], ["", ""], "", 7, {}, "one text", ["one", 2]])
    def test_is_read_with_any_observations(self, observations: object) -> None:
        assert kind(submitted(refused(observaciones=observations), 400)) == "Rejected"


class TestTheAnswerToAQuestion:
    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (refused("014", "NO EXISTE UN REGISTRO CON ESTE DATO"), 400),
            (refused("014", "NO EXISTE", codigoGeneracion=None), 400),
            (refused(14, "NO EXISTE"), 200),
            ("", 404),
            ({}, 404),
            ({"estado": None, "codigoGeneracion": None}, 404),
            ({"timestamp": "2026-11-22", "status": 404, "error": "Not Found"}, 404),
            ({"estado": None, "codigoGeneracion": CODE}, 200),
            ({"estado": "", "codigoGeneracion": None}, 200),
            (refused("099", "ERROR NO CATALOGADO"), 400),
            (refused("022", "SERVICIO NO DISPONIBLE"), 400),
        ],
    )
    def test_is_a_clear_negative(self, body: object, status: int) -> None:
        assert kind(asked(body, status)) == "Absent"

    @pytest.mark.parametrize(
        ("body", "status", "reason"),
        [
            (PAGE, 404, "gateway"),
            (PAGE, 200, "gateway"),
            (PAGE, 503, "gateway"),
            ("not found", 404, "gateway"),
            ("", 200, "unreadable"),
            ("", 503, "gateway"),
            ("ok", 200, "unreadable"),
            ("[]", 200, "unreadable"),
            ({}, 200, "unexpected"),
            ({"message": "ok"}, 200, "unexpected"),
            ({"estado": None}, 400, "unexpected"),
            ({"estado": None}, 503, "gateway"),
            ({"estado": "EN PROCESO", "codigoGeneracion": CODE}, 200, "unexpected"),
            ({"estado": None, "codigoGeneracion": OTHER}, 200, "other_document"),
            (refused("014", codigoGeneracion=OTHER), 400, "other_document"),
            (refused("094", "PARAMETROS NO SON VALIDOS", codigoGeneracion=None), 400, "unexpected"),
            (refused("099", "ERROR", codigoGeneracion=None), 400, "unexpected"),
        ],
    )
    def test_tells_nothing(self, body: object, status: int, reason: str) -> None:
        assert kind(asked(body, status)) == reason

    def test_that_breaks_off_tells_nothing_even_where_it_can_be_read(self) -> None:
        for body, status in ((processed(), 200), ({"estado": None}, 200), ("", 404), (refused("014"), 400)):
            assert kind(asked(body, status, complete=False)) == "truncated"
        assert isinstance(asked("", 404), Absent)


class TestNoAnswerAtAll:
    @pytest.mark.parametrize(
        ("body", "status", "reason"),
        [
            (PAGE, 200, "gateway"),
            (PAGE, 502, "gateway"),
            ("", 503, "gateway"),
            ("", 200, "unreadable"),
            ('{"estado":"PROCES', 200, "unreadable"),
            ("null", 200, "unreadable"),
            ("[" * 100_000, 200, "unreadable"),
            ("1" * 100_000, 200, "unreadable"),
            ({"status": 400, "error": "Bad Request"}, 400, "unexpected"),
            ({"status": 500, "error": "Internal Server Error"}, 500, "gateway"),
            ({"estado": "RECIBIDO", "codigoGeneracion": CODE}, 200, "unexpected"),
        ],
    )
    def test_to_a_document_is_unknown(self, body: object, status: int, reason: str) -> None:
        assert kind(submitted(body, status)) == reason
        assert kind(answers.invalidated(reply(body, status), (EVENT, CODE), NOW)) == reason

    def test_that_breaks_off_is_unknown_even_where_it_can_be_read(self) -> None:
        assert kind(submitted(processed(), complete=False)) == "truncated"

    @settings(max_examples=examples(50))
    @given(
        st.text()
        | st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(list(processed())), inner),
        )
    )
    def test_whatever_comes_it_is_a_verdict(self, body: object) -> None:
        for status in (200, 404, 500):
            assert not isinstance(submitted(body, status), Absent)
            assert not isinstance(asked(body, status), Accepted)


class TestTheAnswerToAnInvalidation:
    @pytest.mark.parametrize("code", [EVENT, CODE])
    def test_carries_the_events_own_stamp(self, code: str) -> None:
        body = processed(codigoGeneracion=code, versionApp=1, descripcionMsg="Invalidación Recibida y Procesada")
        del body["clasificaMsg"]
        verdict = answers.invalidated(reply(body), (EVENT, CODE), NOW)
        assert isinstance(verdict, Accepted)
        assert verdict.stamp == STAMP

    @pytest.mark.parametrize("code", ["004", "015", "027"])
    def test_is_a_rejection_with_its_code(self, code: str) -> None:
        body = refused(code, "[motivo.numDocSolicita] X", codigoGeneracion=EVENT)
        verdict = answers.invalidated(reply(body, 400), (EVENT, CODE), NOW)
        assert isinstance(verdict, Rejected)
        assert verdict.code == code
        assert [fault.pointer for fault in verdict.faults] == ["/requested_by/id_number"]

    def test_of_another_document_says_nothing(self) -> None:
        for body in (processed(codigoGeneracion=OTHER), refused(codigoGeneracion=OTHER)):
            assert kind(answers.invalidated(reply(body), (EVENT, CODE), NOW)) == "other_document"

    def test_for_a_passing_reason_is_none(self) -> None:
        body = refused("099", codigoGeneracion=None)
        assert kind(answers.invalidated(reply(body, 400), (EVENT, CODE), NOW)) == "hacienda_busy"


class TestTheToken:
    @pytest.mark.parametrize(
        ("body", "status", "token", "account"),
        [
            ("{}", 401, True, False),
            ("", 401, True, False),
            (refused("107", "TOKEN NO VALIDO"), 400, True, False),
            (refused("100", "[resumen.totalCompra] VALOR NO VALIDO"), 400, False, False),
            (processed(), 200, False, False),
            (PAGE, 403, False, True),
            ("", 403, False, True),
            (refused("095"), 403, False, False),
        ],
    )
    def test_is_told_from_the_document(self, body: object, status: int, token: bool, account: bool) -> None:
        assert answers.token_refused(reply(body, status)) is token
        assert answers.forbidden(reply(body, status)) is account


class TestTheEvidence:
    def test_is_kept_without_tokens_and_signatures(self) -> None:
        verdict = submitted(refused("802", f"No valido {envelope(1).signature} Bearer abc"), 400)
        assert "eyJ" not in verdict.answer.body
        assert "abc" not in verdict.answer.body
        assert verdict.answer.http_status == 400

    def test_is_cut(self) -> None:
        assert len(submitted("<" + "x" * 10_000, 503).answer.body) == 4_000

    def test_any_database_takes_its_words(self) -> None:
        verdict = submitted('{"estado":"RECHAZADO","codigoMsg":"020","descripcionMsg":"a\\u0000b\\ud800c"}', 400)
        assert isinstance(verdict, Rejected)
        assert verdict.message == "ab?c"
        assert verdict.faults[0].text == "ab?c"

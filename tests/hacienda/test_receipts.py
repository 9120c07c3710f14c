"""What Hacienda's answers at the desk for contingency are taken to mean."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hacienda.elsalvador.rules import ZONE
from hacienda.elsalvador.transport import jws, receipts
from hacienda.http import Reply
from hacienda.values import Envelope, Environment
from hacienda.verdicts import Absent, Accepted, Answer, BatchResults, Received, Rejected, Unknown
from tests.hacienda.outages import EVENT, FIRST, SECOND
from tests.hacienda.signing import KEY

STAMP = "202197AF602319654B9C95A5ECA40DAE13AEFB5N"
OTHER_STAMP = "2026EFC8F4E4BA3042D682A7C5C4A7335488JCTV"
BATCH = "43308218-7CEE-4C66-9BC0-F7A6DAE61ABD"
SENDING = "91512B3D-2534-4009-817B-2522B8154993"
FOREIGN = "00000000-C1EB-42AF-831B-9666A5F2F386"
NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
PAGE = "<html><body><h1>503 Service Unavailable</h1></body></html>"
EXISTS = "YA EXISTE UN REGISTRO CON ESE VALOR"


def reply(body: object, status: int = 200, *, complete: bool = True) -> Reply:
    return Reply(status, body if isinstance(body, str) else json.dumps(body), complete, 12)


def kind(verdict: object) -> str:
    return verdict.reason if isinstance(verdict, Unknown) else type(verdict).__name__


def reported(body: object, status: int = 200, *, complete: bool = True) -> Any:
    event = receipts.Event(EVENT, (FIRST, SECOND))
    return receipts.reported(reply(body, status, complete=complete), event, NOW)


def batch(body: object, status: int = 200, *, complete: bool = True) -> Any:
    return receipts.batch(reply(body, status, complete=complete), SENDING)


def envelope(code: str) -> Envelope:
    document = {"cuerpoDocumento": [{"tipoItem": 1}]}
    return Envelope(Environment.TEST, "01", 2, code, "06140101010019", jws.sign(json.dumps(document), KEY))


def results(body: object, status: int = 200, *, complete: bool = True) -> Any:
    documents = [envelope(FIRST), envelope(SECOND)]
    return receipts.batch_results(reply(body, status, complete=complete), documents, NOW)


def taken(**changes: Any) -> dict[str, Any]:
    return {
        "estado": "RECIBIDO",
        "fechaHora": "23/03/2021 10:09:18",
        "mensaje": "Documento recibido",
        "selloRecibido": STAMP,
        "observaciones": [],
        **changes,
    }


def refused(*observations: object, **changes: Any) -> dict[str, Any]:
    return taken(
        **{
            "estado": "RECHAZADO",
            "mensaje": "Validaciones no superadas",
            "selloRecibido": None,
            "observaciones": list(observations),
            **changes,
        }
    )


def judged(code: str, **changes: Any) -> dict[str, Any]:
    return {
        "estado": "PROCESADO",
        "codigoGeneracion": code,
        "selloRecibido": OTHER_STAMP,
        "fhProcesamiento": "14/10/2021 10:36:15",
        "codigoMsg": "001",
        "descripcionMsg": "RECIBIDO Y PROCESADO",
        "observaciones": [],
        **changes,
    }


def turned_down(code: str, told: str = "802", text: str = "No valido", **changes: Any) -> dict[str, Any]:
    return judged(
        code,
        **{"estado": "RECHAZADO", "selloRecibido": None, "codigoMsg": told, "descripcionMsg": text, **changes},
    )


class TestAnEvent:
    def test_that_was_received_has_its_own_stamp_and_time(self) -> None:
        assert reported(taken()) == Accepted(
            stamp=STAMP,
            stamped_at=datetime(2021, 3, 23, 10, 9, 18, tzinfo=ZONE),
            code="",
            message="Documento recibido",
            observations=(),
            answer=Answer(200, json.dumps(taken()), 12),
        )

    @pytest.mark.parametrize("status", [200, 400, 500])
    def test_is_judged_by_the_body_whatever_the_status(self, status: int) -> None:
        assert kind(reported(taken(), status)) == "Accepted"
        assert kind(reported(refused("OBSERVACION 1"), status)) == "Rejected"

    def test_keeps_what_was_observed(self) -> None:
        assert reported(taken(observaciones=["ADVERTENCIA", "", None])).observations == ("ADVERTENCIA",)

    def test_whose_time_cannot_be_read_was_received_now(self) -> None:
        assert reported(taken(fechaHora=None)).stamped_at == NOW

    @pytest.mark.parametrize("stamp", [None, "", STAMP[:39], STAMP.lower(), 7])
    def test_without_a_stamp_is_not_received(self, stamp: object) -> None:
        assert kind(reported(taken(selloRecibido=stamp))) == "no_stamp"

    def test_of_somebody_else_is_not_ours(self) -> None:
        assert kind(reported(taken(codigoGeneracion=FOREIGN))) == "other_document"
        assert kind(reported(refused("x", codigoGeneracion=FOREIGN))) == "other_document"
        assert kind(reported(taken(codigoGeneracion=EVENT.lower()))) == "Accepted"

    @pytest.mark.parametrize(
        ("body", "status", "told"),
        [
            (PAGE, 200, "gateway"),
            ("", 502, "gateway"),
            ("[]", 200, "unreadable"),
            ({"estado": "?"}, 200, "unexpected"),
            ({}, 503, "gateway"),
            ({"status": 404}, 404, "unexpected"),
        ],
    )
    def test_of_which_nothing_is_told_is_unknown(self, body: object, status: int, told: str) -> None:
        assert kind(reported(body, status)) == told

    def test_whose_answer_broke_off_is_unknown(self) -> None:
        assert kind(reported(taken(), complete=False)) == "truncated"


class TestAnEventThatIsRejected:
    def test_keeps_every_observation(self) -> None:
        verdict = reported(refused("OBSERVACION 1", "OBSERVACION N"))
        assert isinstance(verdict, Rejected)
        assert verdict.message == "Validaciones no superadas"
        assert verdict.observations == ("OBSERVACION 1", "OBSERVACION N")
        assert [fault.text for fault in verdict.faults] == ["OBSERVACION 1", "OBSERVACION N"]
        assert (verdict.code, verdict.faults[0].code) == ("", "hacienda_rejected")
        assert not verdict.already_done

    def test_without_observations_says_at_least_its_message(self) -> None:
        [fault] = reported(refused(observaciones=None)).faults
        assert fault.text == "Validaciones no superadas"

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("[018] [motivo.fFin] FECHA FUERA DEL PLAZO", "018"),
            ("018 - FECHA FUERA DEL PLAZO", "018"),
            ("018: FECHA FUERA DEL PLAZO", "018"),
            ("018 [motivo.fFin] FECHA FUERA DEL PLAZO", "018"),
            ("018 FECHA FUERA DEL PLAZO", "018"),
            ("[motivo.fFin] [018] FECHA FUERA DEL PLAZO", "018"),
            ("802 - No valido", "802"),
            ("100 documentos no existen", ""),
            ("[motivo.fFin] FECHA FUERA DEL PLAZO", ""),
            ("OBSERVACION 018", ""),
        ],
    )
    def test_has_the_code_that_an_observation_begins_with(self, text: str, code: str) -> None:
        verdict = reported(refused(text))
        assert verdict.code == code
        assert verdict.faults[0].code == f"hacienda_{code or 'rejected'}"

    def test_has_a_code_of_its_own_where_hacienda_gives_one(self) -> None:
        verdict = reported(refused("[motivo.fFin] FECHA NO ES CORRECTA", codigoMsg=17))
        assert (verdict.code, verdict.faults[0].code) == ("017", "hacienda_017")

    @pytest.mark.parametrize(
        ("text", "pointer", "document"),
        [
            ("[detalleDTE.item.2.codigoGeneracion] NO EXISTE", "/documents/1/generation_code", SECOND),
            ("Campo #/detalleDTE/0/tipoDoc contiene un valor inválido", "/documents/0/type", FIRST),
            ("[detalleDTE.item.3] NO EXISTE", "/documents/2", None),
            ("Campo #/detalleDTE no cumple el mínimo", "/documents", None),
            (f"El documento {SECOND.lower()} ya posee sello", "/documents/1", SECOND),
            (f"[detalleDTE.item.1] {SECOND} YA POSEE SELLO", "/documents/0", SECOND),
            (f"El documento {FOREIGN} no existe", "", None),
            ("[motivo.hFin] HORA NO ES CORRECTA", "/ended_at", None),
            ("[motivo.motivoContingencia] REQUERIDO", "/note", None),
            ("[emisor.numeroDocResponsable] NO VALIDO", "/responsible/id_number", None),
        ],
    )
    def test_says_where_and_of_which_document(self, text: str, pointer: str, document: str | None) -> None:
        [fault] = reported(refused(text)).faults
        assert (fault.pointer, fault.params.get("generation_code"), fault.text) == (pointer, document, text)

    @pytest.mark.parametrize(
        "text",
        [
            f"[004] [identificacion.codigoGeneracion] {EXISTS}",
            f"004 - [identificacion.codigoGeneracion] {EXISTS}",
            f"[identificacion.codigoGeneracion] {EXISTS}",
            f"Campo #/identificacion/codigoGeneracion {EXISTS}",
            f"004 El evento {EVENT.lower()} fue recibido",
        ],
    )
    def test_because_it_exists_was_done_before(self, text: str) -> None:
        verdict = reported(refused(text))
        assert isinstance(verdict, Rejected)
        assert verdict.already_done

    @pytest.mark.parametrize(
        "observations",
        [
            [f"[004] [detalleDTE.item.1.codigoGeneracion] {EXISTS}"],
            [f"[004] El documento {FIRST} {EXISTS}"],
            [f"[004] [detalleDTE.item.1] {EXISTS}", "[006] [identificacion.codigoGeneracion] FORMATO NO VALIDO"],
            [f"[004] [detalleDTE.item.1] {EXISTS}", "[identificacion.codigoGeneracion] FORMATO NO VALIDO"],
            ["[identificacion.codigoGeneracion] FORMATO NO VALIDO"],
        ],
    )
    def test_for_anything_else_was_not_done_before(self, observations: list[str]) -> None:
        assert not reported(refused(*observations)).already_done

    def test_for_what_is_not_its_fault_is_not_rejected(self) -> None:
        assert kind(reported(refused("[022] SERVICIO DE FIRMA NO DISPONIBLE"))) == "hacienda_busy"
        assert kind(reported(refused(codigoMsg="099"))) == "hacienda_busy"
        assert kind(reported(refused("[022] SERVICIO NO DISPONIBLE", "[motivo.fFin] NO ES CORRECTA"))) == "Rejected"


class TestABatch:
    @pytest.mark.parametrize(
        "body",
        [
            {"estado": "RECIBIDO", "codigoLote": BATCH, "idEnvio": SENDING, "codigoMsg": "001"},
            {"codigoLote": BATCH, "idEnvio": BATCH, "fhProcesamiento": "11/08/2020 09:50.52"},
            {"codigoLote": BATCH},
            {"codigoLote": BATCH, "estado": "RECHAZADO", "codigoMsg": "020"},
        ],
    )
    def test_is_received_where_it_has_a_code(self, body: dict[str, Any]) -> None:
        assert batch(body) == Received(BATCH, Answer(200, json.dumps(body), 12))

    def test_keeps_its_code_as_it_was_written(self) -> None:
        assert batch({"codigoLote": f" {BATCH.lower()} "}).code == BATCH.lower()

    @pytest.mark.parametrize(
        ("body", "status", "told"),
        [
            ({"estado": "RECIBIDO", "codigoLote": None}, 200, "unexpected"),
            ({"estado": "RECIBIDO", "codigoLote": "../auth"}, 200, "unexpected"),
            ({"estado": "RECHAZADO", "codigoLote": "7", "codigoMsg": "097"}, 400, "unexpected"),
            ({}, 500, "gateway"),
            (PAGE, 200, "gateway"),
            ("{", 200, "unreadable"),
            ({"estado": "RECHAZADO", "codigoMsg": "097", "idEnvio": FOREIGN}, 400, "other_document"),
            ({"estado": "RECHAZADO", "codigoMsg": "099"}, 400, "hacienda_busy"),
            ({"estado": "RECHAZADO", "codigoMsg": "004", "idEnvio": SENDING}, 400, "known_already"),
        ],
    )
    def test_is_unknown_in_doubt(self, body: object, status: int, told: str) -> None:
        assert kind(batch(body, status)) == told

    def test_whose_answer_broke_off_is_unknown(self) -> None:
        assert kind(batch({"codigoLote": BATCH}, complete=False)) == "truncated"

    def test_is_rejected_as_a_whole(self) -> None:
        verdict = batch(
            {
                "estado": "RECHAZADO",
                "codigoLote": None,
                "idEnvio": SENDING.lower(),
                "codigoMsg": "094",
                "descripcionMsg": "PARAMETROS NO SON VALIDOS",
                "observaciones": ["Faltan datos en la petición"],
            },
            400,
        )
        assert isinstance(verdict, Rejected)
        assert (verdict.code, verdict.message) == ("094", "PARAMETROS NO SON VALIDOS")
        assert {fault.pointer for fault in verdict.faults} == {""}


class TestResultsOfABatch:
    def test_are_verdicts_by_generation_code_each_with_its_own_evidence(self) -> None:
        good = judged(FIRST, index=0)
        found = results({"procesados": [good], "rechazados": [turned_down(SECOND.lower(), index=1)]})
        assert isinstance(found, BatchResults)
        accepted, rejected = found.verdicts[FIRST], found.verdicts[SECOND]
        assert isinstance(accepted, Accepted)
        assert accepted.stamp == OTHER_STAMP
        assert accepted.stamped_at == datetime(2021, 10, 14, 10, 36, 15, tzinfo=ZONE)
        assert json.loads(accepted.answer.body) == good
        assert SECOND not in accepted.answer.body
        assert isinstance(rejected, Rejected)
        assert (rejected.code, rejected.message) == ("802", "No valido")

    def test_have_a_rejection_with_its_place(self) -> None:
        row = turned_down(FIRST, "020", "[Cuerpodocumento.item.1] CALCULO INCORRECTO")
        rejected = results({"rechazados": [row]}).verdicts[FIRST]
        assert [(fault.pointer, fault.code) for fault in rejected.faults] == [("/items/0", "hacienda_020")]

    @pytest.mark.parametrize("code", ["012", "013", "018", "027"])
    def test_have_the_rejections_of_contingency(self, code: str) -> None:
        rejected = results({"rechazados": [turned_down(FIRST, code, "NO")]}).verdicts[FIRST]
        assert isinstance(rejected, Rejected)
        assert rejected.code == code

    @pytest.mark.parametrize(
        ("row", "told"),
        [
            (turned_down(FIRST, "004", f"[identificacion.codigoGeneracion] {EXISTS}"), "known_already"),
            (turned_down(FIRST, "022", "NO DISPONIBLE"), "hacienda_busy"),
            (judged(FIRST, selloRecibido=None), "no_stamp"),
            (judged(FIRST, estado=None), "unexpected"),
        ],
    )
    def test_are_read_as_if_each_had_come_alone(self, row: dict[str, Any], told: str) -> None:
        assert kind(results({"procesados": [row]}).verdicts[FIRST]) == told

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"procesados": None, "rechazados": None},
            {"procesados": [], "rechazados": []},
            {"procesados": []},
            {"procesados": {}, "rechazados": "none"},
            {"procesados": [None, 7, "x", [], {}, {"codigoGeneracion": None}]},
            {"procesados": [judged(FOREIGN)], "rechazados": [turned_down(BATCH)]},
        ],
    )
    def test_may_be_none_so_far(self, body: dict[str, Any]) -> None:
        found = results(body)
        assert isinstance(found, BatchResults)
        assert found.verdicts == {}

    def test_may_be_partial(self) -> None:
        assert set(results({"procesados": [judged(SECOND)], "rechazados": None}).verdicts) == {SECOND}

    @pytest.mark.parametrize("swapped", [False, True])
    def test_that_contradict_each_other_never_reject(self, swapped: bool) -> None:
        def settled(*rows: dict[str, Any]) -> str:
            ordered = rows[::-1] if swapped else rows
            return kind(results({"procesados": list(ordered)}).verdicts[FIRST])

        assert settled(judged(FIRST), turned_down(FIRST)) == "Accepted"
        assert settled(judged(FIRST), turned_down(FIRST, "004", EXISTS)) == "Accepted"
        assert settled(turned_down(FIRST), turned_down(FIRST, "004", EXISTS)) == "known_already"
        assert settled(turned_down(FIRST), turned_down(FIRST)) == "Rejected"

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ("", 404),
            ({}, 404),
            ({"status": 404, "error": "Not Found"}, 404),
            ({"estado": "RECHAZADO", "codigoMsg": "014", "descripcionMsg": "NO EXISTE"}, 400),
        ],
    )
    def test_of_a_batch_that_is_clearly_not_there_are_absent(self, body: object, status: int) -> None:
        assert isinstance(results(body, status), Absent)

    @pytest.mark.parametrize(
        ("body", "status", "told"),
        [
            (PAGE, 404, "gateway"),
            (PAGE, 200, "gateway"),
            ("[]", 200, "unreadable"),
            ({}, 503, "gateway"),
            ({}, 400, "unexpected"),
            ({"estado": "RECHAZADO", "codigoMsg": "094"}, 400, "unexpected"),
            ({"estado": "RECHAZADO", "codigoMsg": "094"}, 404, "unexpected"),
            ({"estado": "RECHAZADO", "codigoMsg": "099"}, 200, "unexpected"),
        ],
    )
    def test_in_doubt_are_unknown(self, body: object, status: int, told: str) -> None:
        assert kind(results(body, status)) == told

    @pytest.mark.parametrize("body", ["", json.dumps({"procesados": [judged(FIRST)]})])
    def test_that_broke_off_are_unknown(self, body: str) -> None:
        assert kind(results(body, 404, complete=False)) == "truncated"
        assert kind(results(body, complete=False)) == "truncated"

    def test_keep_no_signature_as_evidence(self) -> None:
        found = results({"procesados": [judged(FIRST, documento=jws.sign("{}", KEY))]})
        assert "eyJ" not in found.answer.body
        assert "eyJ" not in found.verdicts[FIRST].answer.body


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([FIRST, STAMP, EVENT]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = st.sampled_from(
    ["estado", "selloRecibido", "observaciones", "mensaje", "codigoLote", "procesados", "codigoGeneracion"]
)
STATES = st.sampled_from(["RECIBIDO", "RECHAZADO", "PROCESADO"])


@given(
    st.dictionaries(MEMBERS, JSON, max_size=5),
    st.dictionaries(MEMBERS, JSON, max_size=5),
    STATES,
    st.sampled_from([200, 400, 404, 500]),
)
def test_no_answer_of_any_form_is_more_than_a_verdict(
    body: dict[str, Any], row: dict[str, Any], state: str, status: int
) -> None:
    for answer in (body, {**body, "estado": state}):
        assert isinstance(reported(answer, status), Accepted | Rejected | Unknown)
        assert isinstance(batch(answer, status), Received | Rejected | Unknown)
        listed = {**answer, "procesados": [{**row, "estado": state, "codigoGeneracion": FIRST}]}
        found = results(listed, status)
        assert isinstance(found, BatchResults)
        assert isinstance(found.verdicts[FIRST], Accepted | Rejected | Unknown)
        assert isinstance(results(answer, status), BatchResults | Absent | Unknown)

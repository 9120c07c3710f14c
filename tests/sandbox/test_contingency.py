from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from hacienda.sandbox.server import make_server
from tests.sandbox.merchant import OTHER_NIT, Merchant, changed, new_code, sign
from tests.sandbox.test_rules import refusal

FIELDS = ["estado", "fechaHora", "mensaje", "selloRecibido", "observaciones"]
SEAL = re.compile(r"20\d{2}[0-9A-F]{32}[0-9A-Z]{4}")


def refused(merchant: Merchant, event: dict[str, Any], **envelope: Any) -> list[str]:
    """The observations of an event that is refused."""
    answer = merchant.report(event, **envelope)
    body = answer.json()
    assert answer.status_code == 400, body
    assert list(body) == FIELDS
    assert (body["estado"], body["mensaje"]) == ("RECHAZADO", "Validaciones no superadas")
    assert body["selloRecibido"] is None
    return list(body["observaciones"])


def reported(merchant: Merchant, *documents: dict[str, Any], **motive: Any) -> str:
    """Report an outage that must be taken, and return the event's seal."""
    answer = merchant.report(merchant.outage(*documents, **motive))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["selloRecibido"])


def later(merchant: Merchant, **time: float) -> None:
    """Let time pass for the sandbox, past the life of a token."""
    merchant.sandbox.clock.offset += timedelta(**time)
    merchant.forget_token()


def moment(merchant: Merchant, name: str, **ago: float) -> dict[str, str]:
    """The day and hour of an outage's beginning or end, so long ago."""
    at = merchant.now() - timedelta(**ago)
    return {f"f{name}": at.date().isoformat(), f"h{name}": at.strftime("%H:%M:%S")}


@pytest.fixture
def waiting(merchant: Merchant) -> dict[str, Any]:
    """An invoice that was issued in contingency."""
    return merchant.contingency(merchant.invoice())


def test_an_event_gets_a_seal_and_lets_its_documents_in(merchant: Merchant, waiting: dict[str, Any]) -> None:
    credit = merchant.contingency(merchant.tax_credit())
    event = merchant.outage(waiting, credit)
    answer = merchant.report(event)

    body = answer.json()
    assert answer.status_code == 200
    assert list(body) == FIELDS
    assert (body["estado"], body["mensaje"], body["observaciones"]) == ("RECIBIDO", "Documento recibido", [])
    assert SEAL.fullmatch(body["selloRecibido"])
    assert re.fullmatch(r"\d{2}/\d{2}/\d{4} \d{2}:\d{2}:\d{2}", body["fechaHora"])
    assert merchant.accepted(waiting) != merchant.accepted(credit) != body["selloRecibido"]
    line = next(one for one in merchant.received() if one["service"] == "contingencia")
    assert line["generation_code"] == event["identificacion"]["codigoGeneracion"]
    assert (line["nit"], line["answer"], line["generation_codes"]) == (merchant.nit, body, None)


def test_the_older_version_of_the_event_is_taken_too(merchant: Merchant, waiting: dict[str, Any]) -> None:
    event = changed(merchant.outage(waiting), "identificacion.version", 3)

    assert refused(merchant, event) == ["Campo #/emisor/codPuntoVentaMH contiene un valor inválido"]
    del event["emisor"]["codPuntoVentaMH"]
    assert refused(merchant, changed(event, "motivo.hFin", "25:00:00")) == [
        "Campo #/motivo/hFin no cumple el formato requerido"
    ]
    event["emisor"]["codPuntoVenta"] = "CAJA-1"
    assert merchant.report(event).status_code == 200
    assert merchant.accepted(waiting)


def test_a_query_finds_the_seal_of_an_event(merchant: Merchant, waiting: dict[str, Any]) -> None:
    event = merchant.outage(waiting)
    stamp = merchant.report(event).json()["selloRecibido"]
    body = {
        "nitEmisor": merchant.nit,
        "tdte": "16",
        "codigoGeneracion": event["identificacion"]["codigoGeneracion"],
    }
    answer = merchant.post("/fesv/recepcion/consultadte", body).json()

    assert (answer["estado"], answer["selloRecibido"]) == ("PROCESADO", stamp)


def test_every_fault_of_the_form_is_told_at_once(merchant: Merchant, waiting: dict[str, Any]) -> None:
    event = changed(merchant.outage(waiting), "emisor.telefono", "1")
    event = changed(event, "motivo.tipoContingencia", "1")
    del event["detalleDTE"][0]["tipoDoc"]

    assert refused(merchant, event) == [
        "Campo #/emisor/telefono no cumple el formato requerido",
        "Campo #/detalleDTE/0/tipoDoc contiene un valor inválido",
        "Campo #/motivo/tipoContingencia contiene un valor inválido",
    ]
    event = merchant.outage(waiting)
    assert refused(merchant, changed(event, "detalleDTE", [])) == [
        "Campo #/detalleDTE no cumple el mínimo requerido de cantidad de ítems"
    ]
    assert refused(merchant, changed(event, "identificacion.version", 5)) == [
        "Campo #/identificacion/version contiene un valor inválido"
    ]


def test_an_event_lists_a_thousand_documents_and_no_more(merchant: Merchant) -> None:
    event = merchant.outage()
    rows = [{"noItem": number, "tipoDoc": "01", "codigoGeneracion": new_code()} for number in range(1, 1002)]

    assert refused(merchant, event | {"detalleDTE": rows}) == ["Campo #/detalleDTE contiene un valor inválido"]
    assert merchant.report(event | {"detalleDTE": rows[:1000]}).status_code == 200


def test_token_envelope_and_signature_are_looked_at_first(
    merchant: Merchant, other_key: rsa.RSAPrivateKey, waiting: dict[str, Any]
) -> None:
    event = merchant.outage(waiting)

    unknown = merchant.post("/fesv/contingencia", {}, token="Bearer no")
    assert (unknown.status_code, unknown.json()) == (401, {})
    assert refused(merchant, event, nit=None)[0].startswith("[094] PARAMETROS NO SON VALIDOS")
    assert refused(merchant, event, documento=sign(other_key, event)) == ["[802] No valido"]
    assert refused(merchant, event, documento="no.es.jws") == ["[802] No valido"]
    assert refused(merchant, event, documento=sign(merchant.key, b"{")) == ["[098] DATOS NO CUMPLEN ESTANDAR JSON"]


def test_an_event_is_reported_by_its_own_taxpayer(
    merchant: Merchant, other_key: rsa.RSAPrivateKey, waiting: dict[str, Any]
) -> None:
    other = Merchant(merchant.sandbox, other_key, OTHER_NIT)
    other.register()
    foreign = other.outage(waiting)

    assert refused(merchant, merchant.outage(waiting), nit=OTHER_NIT) == ["[008] [nit] NO PERTENECE AL CONTRIBUYENTE"]
    assert refused(merchant, foreign, documento=sign(other_key, foreign)) == [
        "[008] [emisor.nit] NO PERTENECE AL CONTRIBUYENTE"
    ]
    # What another taxpayer reports lets nobody else's document in.
    assert other.report(foreign).status_code == 200
    assert refusal(merchant, waiting)[0] == "012"


def test_an_accepted_event_is_not_taken_twice_and_a_rejected_one_is_corrected(
    merchant: Merchant, waiting: dict[str, Any]
) -> None:
    event = merchant.outage(waiting)

    assert refused(merchant, changed(event, "motivo.tipoContingencia", 6)) == [
        "[003] [motivo.tipoContingencia] VALOR NO VALIDO"
    ]
    assert merchant.report(event).status_code == 200
    assert refused(merchant, event) == ["[004] [identificacion.codigoGeneracion] YA EXISTE UN REGISTRO CON ESE VALOR"]


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("detalleDTE.0.noItem", 2, "[019] [detalleDTE.noItem]"),
        ("detalleDTE.0.tipoDoc", "08", "[007] [detalleDTE.tipoDoc]"),
        ("detalleDTE.0.tipoDoc", "09", "[007] [detalleDTE.tipoDoc]"),
        ("detalleDTE.0.tipoDoc", "15", "[007] [detalleDTE.tipoDoc]"),
        ("detalleDTE.0.codigoGeneracion", "x", "[006] [detalleDTE.codigoGeneracion]"),
        ("motivo.tipoContingencia", 0, "[003] [motivo.tipoContingencia]"),
        ("motivo.tipoContingencia", 5, "[005] [motivo.motivoContingencia]"),
        ("motivo.hFin", "mañana", "[006] [motivo.hFin]"),
        ("emisor.tipoDocResponsable", "99", "[003] [emisor.tipoDocResponsable]"),
        ("emisor.numeroDocResponsable", "1", "[006] [emisor.numeroDocResponsable]"),
        ("emisor.nombreResponsable", " ", "[005] [emisor.nombreResponsable]"),
        ("emisor.tipoEstablecimiento", "99", "[003] [emisor.tipoEstablecimiento]"),
        ("emisor.correo", "no-es-correo", "[006] [emisor.correo]"),
        ("identificacion.fTransmision", "2020-01-01", "[017] [identificacion.fTransmision]"),
    ],
)
def test_an_event_that_breaks_a_rule_is_told_which(
    merchant: Merchant, waiting: dict[str, Any], path: str, value: Any, told: str
) -> None:
    (observation,) = refused(merchant, changed(merchant.outage(waiting), path, value))

    assert observation.startswith(told)


@pytest.mark.parametrize("kind", ["01", "03", "04", "05", "06", "07", "11", "14", "18"])
def test_every_type_that_may_be_issued_in_contingency_is_listed(
    merchant: Merchant, waiting: dict[str, Any], kind: str
) -> None:
    event = changed(merchant.outage(waiting), "detalleDTE.0.tipoDoc", kind)

    assert merchant.report(event).status_code == 200


def test_a_listed_document_is_named_where_it_is_at_fault(merchant: Merchant, other_key: rsa.RSAPrivateKey) -> None:
    other = Merchant(merchant.sandbox, other_key, OTHER_NIT)
    other.register()
    sealed, annulled, foreign = merchant.invoice(), merchant.invoice(), other.invoice()
    merchant.accepted(sealed)
    merchant.annul(merchant.invalidation(annulled, merchant.accepted(annulled)))
    other.accepted(foreign)
    codes = [one["identificacion"]["codigoGeneracion"] for one in (sealed, annulled, foreign)]

    field = "[detalleDTE.codigoGeneracion]"
    assert refused(merchant, merchant.outage(sealed, annulled, foreign, foreign)) == [
        f"[004] {field} YA EXISTE UN REGISTRO CON ESE VALOR: {codes[0]}",
        f"[015] {field} DTE SE ENCUENTRA INVALIDADO: {codes[1]}",
        f"[008] {field} NO PERTENECE AL CONTRIBUYENTE: {codes[2]}",
        f"[025] {field} VALORES REPETIDOS: {codes[2]}",
        f"[008] {field} NO PERTENECE AL CONTRIBUYENTE: {codes[2]}",
    ]


def test_the_outage_has_begun_and_ended_and_lasted(merchant: Merchant, waiting: dict[str, Any]) -> None:
    def told(**motive: Any) -> list[str]:
        return [one[:21] for one in refused(merchant, merchant.outage(waiting, **motive))]

    wrong = "[017] [motivo.fFin] F"
    assert told(**moment(merchant, "Fin", hours=2)) == [wrong]
    assert told(**moment(merchant, "Fin", hours=3)) == [wrong]
    assert told(**moment(merchant, "Fin", minutes=-5)) == [wrong]
    assert told(**moment(merchant, "Inicio", minutes=-5)) == ["[017] [motivo.fInicio", wrong]


def test_an_outage_over_midnight_is_one_period(merchant: Merchant, waiting: dict[str, Any]) -> None:
    now = merchant.now()
    night = now.replace(hour=1, minute=0, second=0) + timedelta(days=1)
    merchant.sandbox.clock.offset += night - now
    merchant.forget_token()
    late = merchant.contingency(merchant.invoice())
    late["identificacion"] |= {
        "fecEmi": (merchant.now() - timedelta(days=1)).date().isoformat(),
        "horEmi": "23:40:00",
    }

    assert merchant.outage(late)["motivo"]["hInicio"] > merchant.outage(late)["motivo"]["hFin"]
    reported(merchant, late)
    assert merchant.accepted(late)


@pytest.mark.parametrize(("hours", "taken"), [(23.9, True), (24.1, False)])
def test_an_event_is_sent_within_a_day_of_the_end(
    merchant: Merchant, waiting: dict[str, Any], hours: float, taken: bool
) -> None:
    period = moment(merchant, "Inicio", hours=30) | moment(merchant, "Fin", hours=hours)
    event = merchant.outage(waiting, **period)

    if taken:
        assert merchant.report(event).status_code == 200
    else:
        assert refused(merchant, event) == ["[018] [motivo.fFin] FECHA FUERA DEL PLAZO PERMITIDO"]


def test_an_event_says_when_it_is_sent(merchant: Merchant, waiting: dict[str, Any]) -> None:
    event = merchant.outage(waiting)
    for minutes in (-2, 11):
        at = merchant.now() - timedelta(minutes=minutes)
        event["identificacion"] |= {"fTransmision": at.date().isoformat(), "hTransmision": at.strftime("%H:%M:%S")}
        assert refused(merchant, event) == ["[017] [identificacion.fTransmision] FECHA NO ES CORRECTA"]


def test_the_status_of_a_refused_event_is_a_setting(tmp_path: Path, merchant_key: rsa.RSAPrivateKey) -> None:
    settings: dict[str, Any] = {"event_refusal": 200, "refused_versions": frozenset({"contingencia:3"})}
    with make_server("127.0.0.1", 0, tmp_path, **settings) as sandbox:
        merchant = Merchant(sandbox, merchant_key)
        merchant.register()
        event = changed(merchant.outage(merchant.invoice()), "identificacion.version", 3)
        answer = merchant.report(event)

    assert (answer.status_code, answer.json()["estado"]) == (200, "RECHAZADO")
    assert answer.json()["observaciones"] == ["Campo #/identificacion/version contiene un valor inválido"]


# The documents


def test_a_document_without_an_accepted_event_is_012(merchant: Merchant, waiting: dict[str, Any]) -> None:
    reported(merchant, merchant.contingency(merchant.invoice()))
    refused(merchant, merchant.outage(waiting, tipoContingencia=9))

    assert refusal(merchant, waiting) == ("012", "[identificacion.tipoOperacion] NO EXISTE EVENTO DE CONTINGENCIA")
    reported(merchant, waiting)
    assert merchant.accepted(waiting)


@pytest.mark.parametrize(("began", "ended"), [(9, 7), (3, 1)])
def test_a_document_outside_the_reported_period_is_013(merchant: Merchant, began: int, ended: int) -> None:
    document = merchant.contingency(merchant.invoice())
    at = merchant.now() - timedelta(hours=5)
    document["identificacion"] |= {"fecEmi": at.date().isoformat(), "horEmi": at.strftime("%H:%M:%S")}
    outside = moment(merchant, "Inicio", hours=began) | moment(merchant, "Fin", hours=ended)
    reported(merchant, document, **outside)

    told, text = refusal(merchant, document)
    assert (told, text.partition("]")[0]) == ("013", "[identificacion.fecEmi")
    # A second event that covers it lets it in.
    reported(merchant, document, **moment(merchant, "Inicio", hours=6), **moment(merchant, "Fin", hours=4))
    assert merchant.accepted(document)


@pytest.mark.parametrize(
    ("event", "document", "field"),
    [
        ((2, None), (3, None), "tipoContingencia"),
        ((5, "INUNDACIÓN"), (5, "INCENDIO"), "motivoContin"),
        ((1, None), (1, "OTRO TEXTO"), "motivoContin"),
    ],
)
def test_a_document_that_disagrees_with_its_event_is_027(
    merchant: Merchant, event: tuple[int, str | None], document: tuple[int, str | None], field: str
) -> None:
    waiting = merchant.contingency(merchant.invoice(), *document)
    reported(merchant, waiting, tipoContingencia=event[0], motivoContingencia=event[1])

    assert refusal(merchant, waiting) == ("027", f"[identificacion.{field}] DATO NO COINCIDE CON DTE")


@pytest.mark.parametrize(
    ("event", "document"),
    [
        ((2, None), (2, None)),
        ((4, "Sin energía"), (4, None)),
        ((4, "Sin energía"), (4, "Sin energía")),
        ((5, "Inundación"), (5, "Inundación")),
    ],
)
def test_a_document_agrees_with_its_event_with_or_without_needless_words(
    merchant: Merchant, event: tuple[int, str | None], document: tuple[int, str | None]
) -> None:
    waiting = merchant.contingency(merchant.invoice(), *document)
    reported(merchant, waiting, tipoContingencia=event[0], motivoContingencia=event[1])

    assert merchant.accepted(waiting)


def test_a_document_of_another_type_than_listed_is_027(merchant: Merchant, waiting: dict[str, Any]) -> None:
    event = changed(merchant.outage(waiting), "detalleDTE.0.tipoDoc", "03")
    assert merchant.report(event).status_code == 200

    assert refusal(merchant, waiting) == ("027", "[identificacion.tipoDte] DATO NO COINCIDE CON DTE")


def test_documents_follow_within_three_days_of_the_seal(merchant: Merchant) -> None:
    first, second = (merchant.contingency(merchant.invoice()) for _ in range(2))
    reported(merchant, first, second)

    later(merchant, hours=71.9)
    assert merchant.accepted(first)
    later(merchant, hours=0.2)
    assert refusal(merchant, second) == ("018", "[identificacion.fecEmi] FECHA FUERA DEL PLAZO PERMITIDO")


def test_a_normal_document_that_was_listed_is_taken_as_normal(merchant: Merchant) -> None:
    document = merchant.invoice()
    reported(merchant, document)

    assert merchant.accepted(document)


def test_model_operation_and_reason_belong_together(merchant: Merchant) -> None:
    document = merchant.invoice()
    reported(merchant, document)
    expected = [
        ((2, 1, None, None), "007"),
        ((1, 2, 1, None), "007"),
        ((2, 2, None, None), "005"),
        ((2, 2, 5, None), "005"),
    ]
    for manner, code in expected:
        names = ("tipoModelo", "tipoOperacion", "tipoContingencia", "motivoContin")
        document["identificacion"] |= dict(zip(names, manner, strict=True))
        assert refusal(merchant, document)[0] == code


def test_events_are_forgotten_with_the_state(merchant: Merchant, waiting: dict[str, Any]) -> None:
    event = merchant.outage(waiting)
    merchant.report(event)
    merchant.http.delete(f"{merchant.sandbox.url}/_sandbox/state")

    assert refusal(merchant, waiting)[0] == "012"
    assert merchant.report(event).status_code == 200


def test_events_are_remembered_across_a_restart(tmp_path: Path, merchant_key: rsa.RSAPrivateKey) -> None:
    with make_server("127.0.0.1", 0, tmp_path) as first:
        merchant = Merchant(first, merchant_key)
        merchant.register()
        waiting = merchant.contingency(merchant.invoice())
        reported(merchant, waiting)
    with make_server("127.0.0.1", first.port, tmp_path) as second:
        merchant.sandbox = second
        assert merchant.accepted(waiting)


# Faults


def test_a_rejection_of_an_event_can_be_ordered(merchant: Merchant, waiting: dict[str, Any]) -> None:
    spared, chosen = merchant.outage(merchant.invoice()), merchant.outage(waiting)
    code = chosen["identificacion"]["codigoGeneracion"]
    merchant.fault("reject", "contingencia", code="099", message="NO", generation_code=code)

    assert merchant.report(spared).status_code == 200
    assert refused(merchant, chosen) == ["[099] NO"]
    assert refusal(merchant, waiting)[0] == "012"


def test_an_event_may_be_taken_and_its_answer_or_its_seal_lost(merchant: Merchant, waiting: dict[str, Any]) -> None:
    merchant.fault("no_seal", "contingencia", count=1)
    body = merchant.report(merchant.outage(merchant.invoice())).json()
    assert (body["estado"], body["selloRecibido"]) == ("RECIBIDO", None)

    merchant.fault("drop_answer", "contingencia", count=1)
    event = merchant.outage(waiting)
    with pytest.raises(requests.ConnectionError):
        merchant.report(event)
    assert refused(merchant, event)[0].startswith("[004] [identificacion.codigoGeneracion]")
    assert merchant.accepted(waiting)


def test_an_event_that_never_arrived_is_not_there(merchant: Merchant, waiting: dict[str, Any]) -> None:
    merchant.fault("down", "contingencia", count=1)
    with pytest.raises(requests.ConnectionError):
        merchant.report(merchant.outage(waiting))

    assert refusal(merchant, waiting)[0] == "012"

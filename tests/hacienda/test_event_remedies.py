"""What a refusal of an event is said to mean, who can mend it, and where it leads: invalidation and contingency."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hacienda.authority import CONTINGENCY, INVALIDATION
from hacienda.elsalvador.rejections import events, meanings, pointers, remedies
from hacienda.verdicts import Advice, Mender
from tests.effort import examples
from tests.hacienda.test_remedies import CODES, WORDINGS

EVENTS = (INVALIDATION, CONTINGENCY)
VERSION = "Campo #/identificacion/version contiene un valor inválido"


def signed(event: str, version: int | None = None, number: str | None = "DTE-01-M001P001-000000000000001") -> str:
    newest = {INVALIDATION: 3, CONTINGENCY: 4}[event]
    payload: dict[str, Any] = {"identificacion": {"version": version or newest}}
    return json.dumps(payload | {"documento": {"numeroControl": number}})


def advice(event: str, code: str, message: str = "", *observations: str, payload: str | None = None) -> Advice:
    return remedies.event_advice(event, payload or signed(event), code, message, observations)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("code", CODES)
def test_every_code_of_the_manuals_has_an_answer_that_speaks_of_events(event: str, code: str) -> None:
    told = advice(event, code)

    assert all((*told.causes, *told.remedies))
    assert not set(told.remedies) & {one.remedy for one in meanings.BY_CODE.values()} - {meanings.UNKNOWN.remedy}
    assert not any("document again" in remedy or "send again" in remedy for remedy in told.remedies)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("code", ["029", "116", "777", "", "1234"])
def test_what_is_not_published_is_admitted(event: str, code: str) -> None:
    assert advice(event, code, "[motivo.motivoAnulacion] ALGO").causes == (events.UNKNOWN.cause,)


@pytest.mark.parametrize(
    ("code", "text", "who"),
    [
        ("003", "[motivo.tipDocSolicita] VALOR NO VALIDO", Mender.MERCHANT),
        ("006", "[motivo.numDocResponsable] FORMATO NO VALIDO", Mender.MERCHANT),
        ("005", "[documento.codigoGeneracionR] DEBE PROPORCIONAR UN VALOR", Mender.MERCHANT),
        ("008", "[documento.codigoGeneracion] NO PERTENECE AL CONTRIBUYENTE", Mender.OPERATOR),
        ("008", "[emisor.nit] NO PERTENECE AL CONTRIBUYENTE", Mender.OPERATOR),
        ("014", "[documento.codigoGeneracion] NO EXISTE UN REGISTRO CON ESTE DATO", Mender.OPERATOR),
        ("014", "[documento.codigoGeneracionR] NO EXISTE UN REGISTRO CON ESTE DATO", Mender.MERCHANT),
        ("015", "[documento.codigoGeneracion] DTE SE ENCUENTRA INVALIDADO", Mender.OPERATOR),
        ("015", "[documento.codigoGeneracionR] DTE SE ENCUENTRA INVALIDADO", Mender.MERCHANT),
        ("018", "[identificacion.fecEmi] FECHA FUERA DEL PLAZO PERMITIDO", Mender.AUTHORITY),
        ("027", "[identificacion.fecEmi] DATO NO COINCIDE CON DTE", Mender.OPERATOR),
        ("027", "[documento.nombre] DATO NO COINCIDE CON DTE", Mender.OPERATOR),
        ("028", "[documento.codigoGeneracion] DTE SE ENCUENTRA RELACIONADO A OTRO DTE", Mender.MERCHANT),
        ("095", "CONTRIBUYENTE NO AUTORIZADO", Mender.AUTHORITY),
        ("106", "USUARIO NO VALIDO", Mender.MERCHANT),
        ("802", "No valido", Mender.MERCHANT),
    ],
)
def test_whoever_made_a_value_of_an_invalidation_can_mend_it(code: str, text: str, who: Mender) -> None:
    assert advice(INVALIDATION, code, text).who is who


@pytest.mark.parametrize("wording", WORDINGS)
def test_every_wording_of_the_schema_has_a_cause_of_its_own(wording: str) -> None:
    told = advice(INVALIDATION, "096", "X", f"Campo #/motivo/nombreSolicita {wording}")

    assert told.causes == remedies.advice("01", "096", "X", [f"Campo #/receptor/nombre {wording}"], version=2).causes
    assert (told.remedies, told.who) == ((events.INVALIDATION_MEND,), Mender.MERCHANT)


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("[motivo.tipoAnulacion] X", "/kind"),
        ("[motivo.motivoAnulacion] X", "/reason"),
        ("#/motivo/numDocSolicita X", "/requested_by/id_number"),
        ("[motivo.nombreResponsable] X", "/responsible/name"),
        ("[documento.codigoGeneracionR] X", "/replacement"),
        ("[documento.codigoGeneracion] X", ""),
    ],
)
def test_a_place_of_an_invalidation_leads_to_the_field_that_was_asked_for(text: str, pointer: str) -> None:
    [fault] = pointers.faults("003", [text], names=pointers.INVALIDATION)

    assert fault.pointer == pointer


@pytest.mark.parametrize(
    ("event", "sent", "instead"), [(INVALIDATION, 3, 2), (INVALIDATION, 2, 3), (CONTINGENCY, 4, 3)]
)
def test_a_version_that_is_refused_can_be_chosen_by_the_merchant(event: str, sent: int, instead: int) -> None:
    told = advice(event, "096", "DOCUMENTO NO CUMPLE ESQUEMA JSON", VERSION, payload=signed(event, sent))

    assert (told.other_version, told.who) == (instead, Mender.MERCHANT)
    assert "%(version)s" in told.remedies[0]


def test_what_has_no_number_has_no_other_version_of_its_invalidation() -> None:
    told = advice(INVALIDATION, "096", "X", VERSION, payload=signed(INVALIDATION, number=None))

    assert (told.other_version, told.who) == (None, Mender.OPERATOR)


@pytest.mark.parametrize(
    ("texts", "who", "causes"),
    [
        (["[006] [emisor.telefono] FORMATO NO VALIDO"], Mender.MERCHANT, 1),
        (["[005] [emisor.nombreResponsable] DEBE PROPORCIONAR UN VALOR"], Mender.MERCHANT, 1),
        (["[003] [emisor.tipoEstablecimiento] VALOR NO VALIDO"], Mender.OPERATOR, 1),
        (["[017] [motivo.fFin] FECHA NO ES CORRECTA"], Mender.MERCHANT, 1),
        (["[018] [motivo.fFin] FECHA FUERA DEL PLAZO PERMITIDO"], Mender.AUTHORITY, 1),
        (["[004] [detalleDTE.codigoGeneracion] YA EXISTE UN REGISTRO CON ESE VALOR: X"], Mender.MERCHANT, 1),
        (["[008] [detalleDTE.codigoGeneracion] NO PERTENECE AL CONTRIBUYENTE: X"], Mender.OPERATOR, 1),
        (["Campo #/detalleDTE/0/tipoDoc no cumple el formato requerido"], Mender.OPERATOR, 1),
        (["[emisor.correo] no cumple el formato requerido"], Mender.MERCHANT, 1),
        (["[identificacion.codigoGeneracion] YA EXISTE UN REGISTRO CON ESE VALOR"], Mender.OPERATOR, 1),
        (["[006] [emisor.correo] X", "[018] [motivo.fFin] X", "[019] [detalleDTE.noItem] X"], Mender.MERCHANT, 3),
    ],
)
def test_each_observation_of_a_contingency_event_has_a_cause(texts: list[str], who: Mender, causes: int) -> None:
    told = advice(CONTINGENCY, "", "Validaciones no superadas", *texts)

    assert events.UNKNOWN.cause not in told.causes
    assert (told.who, len(told.causes)) == (who, causes)


@given(
    st.sampled_from(EVENTS),
    st.sampled_from([*CODES, "", "9999"]),
    st.text(max_size=40),
    st.lists(
        st.one_of(
            st.text(max_size=30),
            st.builds(
                "[{}] Campo #/{}/{} {}".format,
                st.sampled_from(["", *CODES]),
                st.sampled_from(["motivo", "emisor", "documento", "detalleDTE", "identificacion"]),
                st.sampled_from(["0", "x", "telefono", "0/tipoDoc", "version", "numDocSolicita"]),
                st.sampled_from(WORDINGS),
            ),
        ),
        max_size=4,
    ),
)
@settings(max_examples=examples(150))
def test_there_is_always_an_answer(event: str, code: str, message: str, observations: list[str]) -> None:
    told = advice(event, code, message, *observations)

    assert told.causes
    assert all(remedy % {"version": told.other_version} for remedy in told.remedies)


def test_the_recorded_refusals_are_explained(reference: Path) -> None:
    samples = reference / "elsalvador" / "protocol-samples"
    one = json.loads((samples / "anulardte-400-rechazado-027.json").read_text())
    told = advice(INVALIDATION, one["codigoMsg"], one["descripcionMsg"], *one["observaciones"])
    assert events.UNKNOWN.cause not in told.causes
    other = json.loads((samples / "contingencia-rechazado.json").read_text())
    # The manual's own example says nothing at all.
    assert advice(CONTINGENCY, "", other["mensaje"], *other["observaciones"]).causes == (events.UNKNOWN.cause,)


@pytest.mark.parametrize("place", ["emisor.telefono", "emisor.correo", "emisor.nombreComercial"])
def test_what_a_manager_can_change_of_the_issuer_is_the_merchants_to_mend(place: str) -> None:
    told = remedies.advice("01", "006", f"[{place}] FORMATO NO VALIDO", [], version=2)

    assert (told.who, told.remedies) == (Mender.MERCHANT, (meanings.CONTACT,))

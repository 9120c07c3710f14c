"""The event that reports an outage: what is refused before it is sent, and what is sent."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hacienda.elsalvador.rules import RULES, ZONE
from hacienda.elsalvador.transport import jws
from hacienda.values import Environment, Invalid, OutageReport, Person, ReportedDocument
from tests.hacienda.drafts import ISSUER
from tests.hacienda.outages import BEGAN, DESK, EVENT, FIRST, NOW, SECOND, documents, outage, sealed
from tests.hacienda.signing import KEY, SIGNING_KEY


def event(report: OutageReport, at: datetime = NOW) -> dict[str, Any]:
    return dict(json.loads(sealed(report, at).payload))


def found(report: OutageReport, at: datetime = NOW) -> list[tuple[str, str]]:
    """Pointer and code of every fault; each must have a text that fills."""
    with pytest.raises(Invalid) as refused:
        sealed(report, at)
    assert all("%(" not in fault.text for fault in refused.value.faults)
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


class TestTheEvent:
    def test_tells_who_what_why_and_when(self) -> None:
        assert event(outage()) == {
            "identificacion": {
                "version": 4,
                "ambiente": "00",
                "codigoGeneracion": EVENT,
                "fTransmision": "2026-11-22",
                "hTransmision": "10:15:00",
            },
            "emisor": {
                "nit": "06141502101015",
                "nombre": "COMERCIAL EJEMPLO, S.A. DE C.V.",
                "nombreResponsable": "PERSONA RESPONSABLE",
                "tipoDocResponsable": "13",
                "numeroDocResponsable": "000000000",
                "tipoEstablecimiento": "02",
                "codEstableMH": "M001",
                "codPuntoVentaMH": "P001",
                "telefono": "22001100",
                "correo": "facturacion@ejemplo.com.sv",
            },
            "detalleDTE": [
                {"noItem": 1, "tipoDoc": "01", "codigoGeneracion": FIRST},
                {"noItem": 2, "tipoDoc": "03", "codigoGeneracion": SECOND},
            ],
            "motivo": {
                "fInicio": "2026-11-22",
                "fFin": "2026-11-22",
                "hInicio": "08:00:00",
                "hFin": "10:00:00",
                "tipoContingencia": 1,
                "motivoContingencia": None,
            },
        }

    def test_is_signed_as_it_stands(self) -> None:
        made = sealed()
        assert jws.payload(made.signature) == made.payload
        assert made.signature == jws.sign(made.payload, KEY)

    def test_in_production_is_marked_as_such(self) -> None:
        live = DESK.seal_report(
            outage(), environment=Environment.LIVE, generation_code=EVENT, at=NOW, key=SIGNING_KEY
        )
        assert json.loads(live.payload)["identificacion"]["ambiente"] == "01"

    @pytest.mark.parametrize(("place", "kind"), [("M001", "02"), ("S012", "01"), ("B003", "04"), ("P004", "07")])
    def test_tells_the_kind_of_establishment_from_its_code(self, place: str, kind: str) -> None:
        issuer = event(outage(issuer=replace(ISSUER, establishment=place)))["emisor"]
        assert (issuer["tipoEstablecimiento"], issuer["codEstableMH"]) == (kind, place)

    def test_explains_only_the_reason_that_does_not_speak_for_itself(self) -> None:
        told = event(outage(reason=5, note=" Inundación "))["motivo"]
        assert (told["tipoContingencia"], told["motivoContingencia"]) == (5, "Inundación")
        for reason in (1, 2, 3, 4):
            assert event(outage(reason=reason, note="cable cortado"))["motivo"]["motivoContingencia"] is None

    def test_is_told_in_salvadoran_time_over_midnight(self) -> None:
        report = outage(
            began_at=datetime(2026, 12, 1, 4, 30, tzinfo=UTC), ended_at=datetime(2026, 12, 1, 7, 0, tzinfo=UTC)
        )
        made = event(report, at=datetime(2026, 12, 1, 7, 5, tzinfo=UTC))
        assert made["motivo"]["fInicio"] == "2026-11-30"
        assert made["motivo"]["hInicio"] == "22:30:00"
        assert made["motivo"]["fFin"] == "2026-12-01"
        assert made["motivo"]["hFin"] == "01:00:00"
        assert made["identificacion"]["hTransmision"] == "01:05:00"

    def test_rounds_an_outage_outwards_to_whole_seconds(self) -> None:
        report = outage(began_at=BEGAN + timedelta(milliseconds=900), ended_at=BEGAN + timedelta(milliseconds=950))
        told = event(report)["motivo"]
        assert (told["hInicio"], told["hFin"]) == ("08:00:00", "08:00:01")

    @given(
        st.timedeltas(timedelta(), timedelta(days=2)),
        st.timedeltas(timedelta(microseconds=1), timedelta(days=2)),
        st.timedeltas(timedelta(), timedelta(hours=1)),
    )
    def test_covers_the_outage_ends_after_its_start_and_is_not_sent_before_its_end(
        self, offset: timedelta, length: timedelta, later: timedelta
    ) -> None:
        began = BEGAN + offset
        ended = began + length
        made = event(outage(began_at=began, ended_at=ended), at=ended + later)
        head, told = made["identificacion"], made["motivo"]
        start = datetime.fromisoformat(f"{told['fInicio']}T{told['hInicio']}").replace(tzinfo=ZONE)
        end = datetime.fromisoformat(f"{told['fFin']}T{told['hFin']}").replace(tzinfo=ZONE)
        sent = datetime.fromisoformat(f"{head['fTransmision']}T{head['hTransmision']}").replace(tzinfo=ZONE)
        second = timedelta(seconds=1)
        assert began - second < start <= began
        assert ended <= end < ended + second
        assert end - start >= second
        assert end <= sent
        assert abs(sent - (ended + later)) < second

    def test_takes_a_thousand_documents(self) -> None:
        rows = event(outage(documents=documents(1000)))["detalleDTE"]
        assert [row["noItem"] for row in rows] == list(range(1, 1001))

    def test_takes_every_type_that_the_rules_allow(self) -> None:
        types = sorted(RULES.contingency.types)
        reported = tuple(replace(one, type_code=code) for one, code in zip(documents(len(types)), types, strict=True))
        assert [row["tipoDoc"] for row in event(outage(documents=reported))["detalleDTE"]] == types


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("changes", "fault"),
        [
            ({"reason": 0}, ("/reason", "contingency_reason_unknown")),
            ({"reason": 6, "note": "x"}, ("/reason", "contingency_reason_unknown")),
            ({"reason": 5}, ("/note", "contingency_note_required")),
            ({"reason": 5, "note": "  "}, ("/note", "contingency_note_required")),
            ({"reason": 5, "note": "x" * 501}, ("/note", "too_long")),
            ({"documents": ()}, ("/documents", "required")),
            ({"documents": documents(1001)}, ("/documents", "too_many")),
            ({"ended_at": BEGAN}, ("/ended_at", "outage_ends_before_it_begins")),
            ({"ended_at": BEGAN - timedelta(seconds=1)}, ("/ended_at", "outage_ends_before_it_begins")),
            ({"ended_at": NOW + timedelta(microseconds=1)}, ("/ended_at", "outage_not_over")),
        ],
    )
    def test_a_report_that_does_not_hold(self, changes: dict[str, Any], fault: tuple[str, str]) -> None:
        assert found(outage(**changes)) == [fault]

    def test_an_outage_may_end_this_very_moment(self) -> None:
        assert event(outage(ended_at=NOW))["motivo"]["hFin"] == "10:15:00"

    @pytest.mark.parametrize("code", ["08", "09", "15", "17", "", "99"])
    def test_a_type_that_cannot_be_issued_in_contingency(self, code: str) -> None:
        reported = (ReportedDocument("01", FIRST), ReportedDocument(code, SECOND))
        assert found(outage(documents=reported)) == [("/documents/1/type", "contingency_type_not_allowed")]

    @pytest.mark.parametrize("code", ["", FIRST.lower(), FIRST[:-1], f"{FIRST}\n", "no code"])
    def test_a_code_that_is_none(self, code: str) -> None:
        reported = (ReportedDocument("01", code),)
        assert found(outage(documents=reported)) == [("/documents/0/generation_code", "generation_code_invalid")]

    def test_a_document_that_is_listed_twice(self) -> None:
        reported = (ReportedDocument("01", FIRST), ReportedDocument("03", SECOND), ReportedDocument("01", FIRST))
        assert found(outage(documents=reported)) == [("/documents/2/generation_code", "duplicate")]

    @pytest.mark.parametrize(
        ("person", "field", "code"),
        [
            (Person("", "13", "000000000"), "name", "required"),
            (Person("x" * 101, "13", "000000000"), "name", "too_long"),
            (Person("PERSONA", "", "000000000"), "id_type", "required"),
            (Person("PERSONA", "99", "000000000"), "id_type", "unknown_code"),
            (Person("PERSONA", "13", "12345"), "id_number", "dui_invalid"),
            (Person("PERSONA", "36", "12345"), "id_number", "tax_id_invalid"),
            (Person("PERSONA", "03", ""), "id_number", "required"),
        ],
    )
    def test_a_responsible_who_is_not_well_named(self, person: Person, field: str, code: str) -> None:
        assert found(outage(responsible=person)) == [(f"/responsible/{field}", code)]

    def test_an_issuer_that_the_event_cannot_name(self) -> None:
        issuer = replace(ISSUER, tax_id="1", name="", phone="1", email="x", establishment="X1", point_of_sale="PV")
        assert {pointer for pointer, _ in found(outage(issuer=issuer))} == {
            "/issuer/tax_id",
            "/issuer/name",
            "/issuer/phone",
            "/issuer/email",
            "/establishment",
            "/point_of_sale",
        }

    def test_nothing_that_the_event_does_not_name_holds_it_up(self) -> None:
        assert event(outage(issuer=replace(ISSUER, activity="", registration="")))["emisor"]["nit"]

    def test_everything_at_once(self) -> None:
        report = outage(
            reason=5,
            responsible=Person("", "13", "000000000"),
            ended_at=BEGAN,
            documents=(ReportedDocument("15", "x"),),
        )
        assert len(found(report, at=BEGAN - timedelta(hours=1))) == 6


def test_the_rules_of_contingency_are_haciendas() -> None:
    rules = RULES.contingency
    assert rules.types == {"01", "03", "04", "05", "06", "07", "11", "14", "18"}
    assert rules.reasons == {"authority_down": 1, "own_system": 2, "internet": 3, "power": 4, "other": 5}
    assert (rules.event_term, rules.documents_term) == (timedelta(hours=24), timedelta(hours=72))
    assert (rules.documents_per_event, rules.documents_per_batch) == (1000, 100)
    assert rules.longest_probe_pause == timedelta(minutes=15)

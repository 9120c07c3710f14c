"""The event that invalidates a document: what is refused before it is sent, and what is sent."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from hacienda.elsalvador import invalidation
from hacienda.elsalvador.rules import ZONE
from hacienda.elsalvador.transport import jws
from hacienda.values import Environment, Fault, Invalid, InvalidationDraft, Person
from tests.hacienda.drafts import CONSUMER, DONATION, INVOICE, ISSUER, TAX_CREDIT
from tests.hacienda.events import CREDITO, EVENT, FACTURA, LAW, NEWER, NOW, issued, sealed, wish
from tests.hacienda.notes import note, related, signed
from tests.hacienda.signing import KEY, SIGNING_KEY


def event(draft: InvalidationDraft, at: datetime = NOW) -> dict[str, Any]:
    return dict(json.loads(sealed(draft, at).payload))


def faults(draft: InvalidationDraft, at: datetime = NOW) -> tuple[Fault, ...]:
    with pytest.raises(Invalid) as caught:
        sealed(draft, at)
    assert all("%(" not in fault.text for fault in caught.value.faults)
    return caught.value.faults


def found(draft: InvalidationDraft, at: datetime = NOW) -> set[tuple[str, str]]:
    return {(fault.pointer, fault.code) for fault in faults(draft, at)}


class TestTheEvent:
    def test_of_an_invoice_to_a_consumer_without_data(self) -> None:
        assert event(wish()) == {
            "identificacion": {
                "version": 3,
                "ambiente": "00",
                "codigoGeneracion": EVENT,
                "fecEmi": "2026-11-22",
                "horEmi": "09:30:05",
                "fusion": None,
            },
            "emisor": {
                "nit": "06141502101015",
                "nombre": "COMERCIAL EJEMPLO, S.A. DE C.V.",
                "codEstableMH": "M001",
                "codEstable": "M001",
                "codPuntoVentaMH": "P001",
                "codPuntoVenta": "P001",
                "telefono": "22001100",
                "correo": "facturacion@ejemplo.com.sv",
            },
            "documento": {
                "tipoDte": "01",
                "codigoGeneracion": FACTURA.generation_code,
                "selloRecibido": FACTURA.received_stamp,
                "numeroControl": "DTE-01-M001P001-000000000000001",
                "fecEmi": "2026-11-20",
                "codigoGeneracionR": None,
                "tipoDocumento": None,
                "numDocumento": None,
                "nombre": None,
                "telefono": None,
                "correo": None,
            },
            "motivo": {
                "tipoAnulacion": 2,
                "motivoAnulacion": "Se rescinde la operación",
                "nombreResponsable": "PERSONA RESPONSABLE",
                "tipDocResponsable": "36",
                "numDocResponsable": "06140101010019",
                "nombreSolicita": "PERSONA SOLICITANTE",
                "tipDocSolicita": "13",
                "numDocSolicita": "000000001",
            },
        }

    def test_copies_the_receiver_exactly(self) -> None:
        known = issued(replace(INVOICE, customer=replace(CONSUMER, email=None)), 4)
        receiver = json.loads(known.payload)["receptor"]
        document = event(wish(known))["documento"]
        for name in ("tipoDocumento", "numDocumento", "nombre", "telefono", "correo"):
            assert document[name] == receiver[name]
        assert document["correo"] is None

    def test_of_a_tax_credit_document_names_its_customer_by_nit(self) -> None:
        document = event(wish(CREDITO))["documento"]
        assert (document["tipoDocumento"], document["numDocumento"]) == ("36", "06142203051028")

    def test_of_a_tax_credit_document_bears_the_documents_own_date(self) -> None:
        assert event(wish(CREDITO))["identificacion"]["fecEmi"] == "2026-11-20"

    def test_of_a_donation_names_the_donee_by_the_nit(self) -> None:
        receipt, newer = issued(DONATION, 7), issued(DONATION, 8)
        made = event(wish(receipt, "error", replacement=newer))
        assert made["emisor"] == event(wish())["emisor"]
        assert (made["documento"]["tipoDocumento"], made["documento"]["numDocumento"]) == ("13", "012345678")

    def test_names_the_replacement(self) -> None:
        found = event(wish(kind="error", replacement=NEWER, reason=None))
        assert found["documento"]["codigoGeneracionR"] == NEWER.generation_code
        assert found["motivo"]["tipoAnulacion"] == 1
        assert found["motivo"]["motivoAnulacion"] is None

    def test_takes_no_replacement_of_another_type(self) -> None:
        with pytest.raises(Invalid) as refused:
            event(wish(kind="other", replacement=CREDITO))
        assert [(fault.path, fault.code) for fault in refused.value.faults] == [
            (("replacement",), "replacement_of_another_type")
        ]

    def test_in_production_is_marked_as_such(self) -> None:
        live = LAW.seal_invalidation(
            wish(issued(INVOICE, 5, Environment.LIVE)),
            environment=Environment.LIVE,
            generation_code=EVENT,
            at=NOW,
            key=SIGNING_KEY,
        )
        assert json.loads(live.payload)["identificacion"]["ambiente"] == "01"

    def test_is_signed_as_it_stands(self) -> None:
        made = sealed(wish())
        assert jws.payload(made.signature) == made.payload
        assert made.signature == jws.sign(made.payload, KEY)


class TestOfNotesAndReturns:
    NOTE = issued(note(related(signed(TAX_CREDIT))), 7)
    RETURN = replace(
        issued(note(related(signed(replace(INVOICE, customer=CONSUMER))), type_code="18"), 8), control_number=""
    )

    def test_a_note_has_its_place_in_its_number_alone(self) -> None:
        found = event(wish(self.NOTE, "error"))
        assert (found["emisor"]["codEstableMH"], found["emisor"]["codPuntoVentaMH"]) == ("M001", "P001")
        assert (found["emisor"]["codEstable"], found["emisor"]["codPuntoVenta"]) == (None, None)
        assert found["documento"]["numDocumento"] == "06142203051028"
        assert found["documento"]["codigoGeneracionR"] is None
        assert found["identificacion"]["fecEmi"] == "2026-11-20"

    def test_a_return_has_no_number_and_says_its_place_itself(self) -> None:
        found = event(wish(self.RETURN, issuer=replace(ISSUER, establishment="S009", phone="22009999")))
        assert found["documento"]["tipoDte"] == "18"
        assert found["documento"]["numeroControl"] is None
        assert (found["emisor"]["codEstableMH"], found["emisor"]["codPuntoVentaMH"]) == ("M001", "P001")
        assert (found["emisor"]["telefono"], found["emisor"]["correo"]) == ("22009999", ISSUER.email)
        assert (found["documento"]["numDocumento"], found["documento"]["nombre"]) == ("012345678", CONSUMER.name)
        assert found["identificacion"]["fecEmi"] == "2026-11-20"

    def test_what_names_no_place_has_the_issuers(self) -> None:
        bare = json.loads(self.RETURN.payload)
        bare["emisor"] = {"nit": bare["emisor"]["nit"], "nombre": bare["emisor"]["nombre"]}
        found = event(wish(replace(self.RETURN, payload=json.dumps(bare)), issuer=ISSUER))
        assert (found["emisor"]["codEstableMH"], found["emisor"]["codPuntoVentaMH"]) == ("M001", "P001")

    def test_an_absorbed_company_stays_named(self) -> None:
        document = issued(note(related(signed(TAX_CREDIT)), merged_company="06140101010019"), 9)
        assert event(wish(document))["identificacion"]["fusion"] == "06140101010019"


class TestTheTerm:
    def test_is_open_to_its_last_second(self) -> None:
        last = datetime(2027, 2, 20, 23, 59, 59, 999_999, tzinfo=ZONE)
        assert event(wish(), last)
        assert found(wish(), last + timedelta(microseconds=1)) == {("", "term_over")}

    def test_of_a_tax_credit_document_ends_on_the_tenth_business_day(self) -> None:
        assert LAW.invalidation_term(CREDITO).until == datetime(2026, 12, 14, 23, 59, 59, tzinfo=ZONE)
        [fault] = faults(wish(CREDITO), datetime(2026, 12, 15, tzinfo=ZONE))
        assert fault.text == "The document could be invalidated until 2026-12-14 23:59:59. It stays valid."

    def test_is_that_of_the_stamp_not_of_the_issue(self) -> None:
        late = replace(FACTURA, stamped_at=datetime(2026, 12, 31, 10, 0, tzinfo=ZONE))
        assert (
            event(wish(late), datetime(2027, 3, 31, 23, 59, tzinfo=ZONE))["identificacion"]["fecEmi"] == "2027-02-20"
        )


class TestWhatIsRefused:
    def test_everything_at_once(self) -> None:
        nobody = Person("", "", "")
        draft = wish(kind="wrong", reason="x" * 201, requested_by=nobody, responsible=nobody)
        assert found(draft, NOW + timedelta(days=365)) == {
            ("", "term_over"),
            ("/kind", "unknown_kind"),
            ("/reason", "too_long"),
            ("/requested_by/name", "required"),
            ("/requested_by/id_type", "required"),
            ("/requested_by/id_number", "required"),
            ("/responsible/name", "required"),
            ("/responsible/id_type", "required"),
            ("/responsible/id_number", "required"),
        }

    def test_a_document_without_a_stamp(self) -> None:
        assert found(wish(replace(FACTURA, received_stamp=""))) == {("", "not_stamped")}

    @pytest.mark.parametrize("kind", ["error", "other"])
    @pytest.mark.parametrize("type_code", sorted(invalidation.REPLACED))
    def test_an_error_without_a_replacement(self, kind: str, type_code: str) -> None:
        assert found(wish(replace(FACTURA, type_code=type_code), kind)) == {("/replacement", "replacement_required")}

    @pytest.mark.parametrize("type_code", ["05", "08", "17", "18"])
    def test_a_replacement_where_the_new_document_comes_after(self, type_code: str) -> None:
        document = replace(FACTURA, type_code=type_code)
        assert event(wish(document, "error"))
        assert found(wish(document, "error", replacement=NEWER)) == {("/replacement", "replacement_not_allowed")}

    def test_a_replacement_for_what_was_rescinded(self) -> None:
        assert found(wish(replacement=NEWER)) == {("/replacement", "replacement_not_allowed")}

    def test_a_document_in_its_own_place(self) -> None:
        assert found(wish(kind="error", replacement=FACTURA)) == {("/replacement", "replaces_itself")}

    def test_a_replacement_without_a_stamp(self) -> None:
        draft = wish(kind="error", replacement=replace(NEWER, received_stamp=""))
        assert found(draft) == {("/replacement", "replacement_not_stamped")}

    def test_a_replacement_of_another_issuer(self) -> None:
        foreign = replace(NEWER, payload=NEWER.payload.replace("06141502101015", "06142222220011"))
        assert found(wish(kind="error", replacement=foreign)) == {("/replacement", "replacement_of_another")}

    def test_a_replacement_of_another_environment(self) -> None:
        live = issued(INVOICE, 6, Environment.LIVE)
        assert found(wish(kind="error", replacement=live)) == {("/replacement", "replacement_of_another")}

    @pytest.mark.parametrize("reason", [None, "", "   "])
    def test_another_reason_that_is_not_told(self, reason: str | None) -> None:
        assert found(wish(kind="other", reason=reason, replacement=NEWER)) == {("/reason", "required")}

    @pytest.mark.parametrize(
        ("person", "field", "code"),
        [
            (Person("x" * 101, "13", "000000000"), "name", "too_long"),
            (Person("A", "99", "000000000"), "id_type", "unknown_code"),
            (Person("A", "13", "12345"), "id_number", "dui_invalid"),
            (Person("A", "36", "12345"), "id_number", "tax_id_invalid"),
            (Person("A", "03", "x" * 21), "id_number", "too_long"),
            (Person("A", "13", ""), "id_number", "required"),
            (Person("A\x07", "03", "X"), "name", "control_characters"),
        ],
    )
    @pytest.mark.parametrize("role", ["requested_by", "responsible"])
    def test_a_person_who_is_not_well_named(self, role: str, person: Person, field: str, code: str) -> None:
        assert found(wish(**{role: person})) == {(f"/{role}/{field}", code)}

"""Related and associated documents, third parties, appendix and notes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from hacienda.drafts import AppendixEntry, AssociatedDocument, Doctor, Original, Related, Taxation, ThirdParty
from tests.hacienda.drafts import INVOICE, TAX_CREDIT, body, built, found, item, rows

CODE = "3390A3A2-E692-4AA1-8DA4-89F838BF3C05"
NOTE = Related("04", CODE, True, date(2026, 11, 18))
PAPER = Related("04", "0000123", False, date(2026, 11, 18))
DOCTOR = Doctor(name="Dra. Ejemplo", tax_id="06141502101015", service=3)
THIRD_PARTY = ThirdParty("MANDANTE DE EJEMPLO, S.A. DE C.V.", "06143006991013")


def related(*documents: Related, **more: Any) -> Any:
    return replace(TAX_CREDIT, related=documents, **more)


def test_one_related_document_is_that_of_every_line() -> None:
    draft = related(NOTE, items=(item("1"), item("2", tax=Taxation.NOT_TAXED)))
    assert body(draft)["documentoRelacionado"] == [
        {"tipoDocumento": "04", "tipoGeneracion": 2, "numeroDocumento": CODE, "fechaEmision": "2026-11-18"}
    ]
    assert [row["numeroDocumento"] for row in rows(draft)] == [CODE, CODE]


def test_several_related_documents_are_named_by_the_lines() -> None:
    items = (item("1", related=CODE.lower()), item("2", related="0000123"))
    assert [row["numeroDocumento"] for row in rows(related(NOTE, PAPER, items=items))] == [CODE, "0000123"]
    unnamed = related(NOTE, PAPER, items=(item("1", related="0000124"), item("2")))
    assert found(unnamed) == {
        ("/items/0/related", "related_unknown"),
        ("/items/1/related", "related_required"),
    }


def test_a_line_names_nothing_where_nothing_is_related() -> None:
    assert found(replace(INVOICE, items=(item("1", related="77"),))) == {("/items/0/related", "related_unknown")}


@pytest.mark.parametrize(
    ("document", "pointer", "code"),
    [
        (replace(NOTE, type_code="03"), "type", "related_type_not_allowed"),
        (replace(NOTE, number="123"), "generation_code", "generation_code_invalid"),
        (replace(NOTE, number=""), "generation_code", "required"),
        (replace(PAPER, number="1" * 21), "number", "too_long"),
        (replace(NOTE, issued_on=date(2026, 11, 21)), "issued_at", "related_after_document"),
        (replace(NOTE, issued_on=date(2026, 10, 31)), "issued_at", "related_too_old"),
        (replace(NOTE, type_code="09", issued_on=date(2026, 10, 31)), "issued_at", "related_in_other_month"),
    ],
)
def test_a_related_document_is_checked(document: Related, pointer: str, code: str) -> None:
    assert found(related(document)) == {(f"/related/0/{pointer}", code)}


@pytest.mark.parametrize(
    ("day", "issued_on", "accepted"),
    [
        (3, date(2026, 10, 1), True),
        (4, date(2026, 10, 31), False),
        (3, date(2026, 9, 30), False),
        (3, date(2025, 10, 31), False),
    ],
)
def test_a_delivery_note_may_be_related_up_to_the_third_of_the_next_month(
    day: int, issued_on: date, accepted: bool
) -> None:
    at = datetime(2026, 11, day, 18, tzinfo=UTC)
    draft = related(replace(NOTE, issued_on=issued_on))
    if accepted:
        assert built(draft, at=at)
    else:
        assert found(draft, at=at) == {("/related/0/issued_at", "related_too_old")}


def test_a_settlement_may_be_related_at_any_time() -> None:
    assert built(related(replace(NOTE, type_code="08", issued_on=date(2025, 1, 1))))


def test_related_documents_are_of_one_type_each_once_and_fifty_at_most() -> None:
    named = (item("1", related=CODE),)
    mixed = related(NOTE, replace(PAPER, type_code="08"), items=named)
    assert found(mixed) == {("/related", "related_types_differ")}
    assert found(related(NOTE, NOTE, items=named)) == {("/related/1/generation_code", "duplicate")}
    many = tuple(replace(PAPER, number=str(number)) for number in range(51))
    assert found(related(*many, items=(item("1", related="0"),))) == {("/related", "too_many")}


def test_documents_of_issuer_and_customer_are_described() -> None:
    draft = replace(INVOICE, associated_documents=(AssociatedDocument(1, "Orden 77", "Orden de compra del cliente"),))
    assert body(draft)["otrosDocumentos"] == [
        {
            "codDocAsociado": 1,
            "descDocumento": "Orden 77",
            "detalleDocumento": "Orden de compra del cliente",
            "medico": None,
        }
    ]


def test_a_doctor_stands_alone() -> None:
    (row,) = body(replace(INVOICE, associated_documents=(AssociatedDocument(3, doctor=DOCTOR),)))["otrosDocumentos"]
    assert (row["descDocumento"], row["detalleDocumento"]) == (None, None)
    assert row["medico"] == {
        "nombre": "Dra. Ejemplo",
        "nit": "06141502101015",
        "docIdentificacion": None,
        "tipoServicio": 3,
    }


@pytest.mark.parametrize(
    ("document", "faults"),
    [
        (AssociatedDocument(1), {("/description", "required"), ("/detail", "required")}),
        (AssociatedDocument(2, "ab", "cd"), {("/description", "too_short"), ("/detail", "too_short")}),
        (
            AssociatedDocument(1, "x" * 101, "x" * 301),
            {("/description", "too_long"), ("/detail", "too_long")},
        ),
        (AssociatedDocument(1, "abc", "abc", DOCTOR), {("/doctor", "not_allowed")}),
        (AssociatedDocument(3), {("/doctor", "required")}),
        (
            AssociatedDocument(3, "abc", "abc", DOCTOR),
            {("/description", "not_allowed"), ("/detail", "not_allowed")},
        ),
        (AssociatedDocument(4, "abc", "abc"), {("/code", "unknown_code")}),
        (
            AssociatedDocument(3, doctor=replace(DOCTOR, id_number="P-1")),
            {("/doctor", "doctor_document_required")},
        ),
        (
            AssociatedDocument(3, doctor=Doctor()),
            {
                ("/doctor", "doctor_document_required"),
                ("/doctor/name", "required"),
                ("/doctor/service", "required"),
            },
        ),
        (AssociatedDocument(3, doctor=replace(DOCTOR, service=7)), {("/doctor/service", "unknown_code")}),
        (AssociatedDocument(3, doctor=replace(DOCTOR, tax_id="1")), {("/doctor/tax_id", "tax_id_invalid")}),
    ],
)
def test_an_associated_document_is_checked(document: AssociatedDocument, faults: set[tuple[str, str]]) -> None:
    expected = {(f"/associated_documents/0{pointer}", code) for pointer, code in faults}
    assert found(replace(INVOICE, associated_documents=(document,))) == expected
    assert found(replace(TAX_CREDIT, associated_documents=(document,))) == expected


def test_ten_associated_documents_at_most() -> None:
    draft = replace(INVOICE, associated_documents=(AssociatedDocument(1, "abc", "abc"),) * 11)
    assert found(draft) == {("/associated_documents", "too_many")}


def test_a_sale_may_be_on_behalf_of_another() -> None:
    draft = replace(TAX_CREDIT, third_party_sale=THIRD_PARTY)
    assert body(draft)["ventaTercero"] == {
        "nit": "06143006991013",
        "nombre": "MANDANTE DE EJEMPLO, S.A. DE C.V.",
        "codDomiciliado": 1,
    }
    abroad = replace(TAX_CREDIT, third_party_sale=ThirdParty("FOREIGN PRINCIPAL", None, domiciled=False))
    assert body(abroad)["ventaTercero"] == {"nit": None, "nombre": "FOREIGN PRINCIPAL", "codDomiciliado": 2}


@pytest.mark.parametrize(
    ("party", "pointer", "code"),
    [
        (replace(THIRD_PARTY, tax_id=None), "/tax_id", "required"),
        (replace(THIRD_PARTY, tax_id="77"), "/tax_id", "tax_id_invalid"),
        (replace(THIRD_PARTY, tax_id="0614-150210-101-5"), "/tax_id", "third_party_is_issuer"),
        (replace(THIRD_PARTY, name=""), "/name", "required"),
        (replace(THIRD_PARTY, tax_id="x" * 21, domiciled=False), "/tax_id", "too_long"),
    ],
)
def test_a_third_party_is_checked(party: ThirdParty, pointer: str, code: str) -> None:
    assert found(replace(INVOICE, third_party_sale=party)) == {(f"/third_party_sale{pointer}", code)}


@pytest.mark.parametrize("type_code", ["08", "09"])
def test_a_settlement_and_a_third_party_exclude_each_other(type_code: str) -> None:
    draft = related(replace(NOTE, type_code=type_code), third_party_sale=THIRD_PARTY)
    assert found(draft) == {("/third_party_sale", "third_party_with_related")}
    assert built(related(NOTE, third_party_sale=THIRD_PARTY))


def test_free_fields_and_notes_are_kept() -> None:
    draft = replace(
        INVOICE,
        appendix=(AppendixEntry("orden", "Orden de compra", "OC-77"),),
        notes="Gracias por su compra",
        electronic_payment_number="NPE-1",
    )
    made = body(draft)
    assert made["apendice"] == [{"campo": "orden", "etiqueta": "Orden de compra", "valor": "OC-77"}]
    assert made["resumen"]["observaciones"] == "Gracias por su compra"
    assert made["resumen"]["numPagoElectronico"] == "NPE-1"


def test_free_fields_and_notes_have_limits() -> None:
    entry = AppendixEntry("x" * 26, "x" * 51, "x" * 151)
    draft = replace(INVOICE, appendix=(entry,), notes="x" * 3001, electronic_payment_number="x" * 101)
    assert found(draft) == {
        ("/appendix/0/field", "too_long"),
        ("/appendix/0/label", "too_long"),
        ("/appendix/0/value", "too_long"),
        ("/notes", "too_long"),
        ("/electronic_payment_number", "too_long"),
    }
    eleven = (AppendixEntry("a", "b", "c"),) * 11
    assert found(replace(INVOICE, appendix=eleven)) == {("/appendix", "too_many")}


def test_every_fault_is_found_at_once() -> None:
    draft = replace(
        TAX_CREDIT,
        customer=None,
        items=(item("1"), item("-1"), item("1", description="", unit=60)),
        notes="x" * 3001,
        credit_balance=Decimal(-1),
        third_party_sale=replace(THIRD_PARTY, tax_id=None),
        related=(replace(NOTE, number="123"),),
    )
    assert found(draft) == {
        ("/customer", "required"),
        ("/items/1/price", "negative_price"),
        ("/items/2/description", "required"),
        ("/items/2/unit", "unknown_code"),
        ("/notes", "too_long"),
        ("/credit_balance", "must_not_be_negative"),
        ("/third_party_sale/tax_id", "required"),
        ("/related/0/generation_code", "generation_code_invalid"),
    }


@pytest.mark.parametrize(
    ("stamped", "invalidated", "code"),
    [(False, False, "related_not_stamped"), (True, True, "related_invalidated"), (True, False, None)],
)
def test_a_document_of_ours_must_be_in_force(stamped: bool, invalidated: bool, code: str | None) -> None:
    wanted = related(NOTE)
    receiver = {"receptor": {"nit": wanted.customer.tax_id if wanted.customer else None}}
    ours = replace(NOTE, original=Original(json.dumps(receiver), stamped, invalidated))
    draft = replace(wanted, related=(ours,))
    if code is None:
        assert built(draft)
    else:
        assert found(draft) == {("/related/0", code)}

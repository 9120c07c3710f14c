"""From the prepared document to the text that is signed and the file that is delivered."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from hacienda.drafts import Extension
from hacienda.elsalvador.build import control_number, delivered, finish, prepare, preview
from hacienda.elsalvador.rules import RULES
from hacienda.values import Environment, Identity, Invalid, Manner, Sealed
from tests.hacienda.accounts import liquidation, settlement, sold, withholding
from tests.hacienda.drafts import (
    AT,
    DELIVERY,
    DONATION,
    EXPORT,
    INVOICE,
    ISSUER,
    PURCHASE,
    SPECIAL,
    TAX_CREDIT,
    built,
    found,
    item,
)
from tests.hacienda.notes import note, related, signed

IDENTITY = Identity(
    Environment.SANDBOX,
    "79C4121F-C608-47DF-BEFC-74B999CC85F1",
    "DTE-01-M001P001-000000000000001",
    AT,
)


def identification(manner: Manner | None = None, **change: Any) -> dict[str, Any]:
    text = finish(built(INVOICE), replace(IDENTITY, **change), manner or Manner())
    return dict(json.loads(text)["identificacion"])


def test_the_identification_comes_first_in_salvadoran_time() -> None:
    text = finish(built(INVOICE), IDENTITY)
    assert text.startswith('{"identificacion":{"version":2,"ambiente":"00","tipoDte":"01",')
    assert identification() == {
        "version": 2,
        "ambiente": "00",
        "tipoDte": "01",
        "numeroControl": "DTE-01-M001P001-000000000000001",
        "codigoGeneracion": "79C4121F-C608-47DF-BEFC-74B999CC85F1",
        "tipoModelo": 1,
        "tipoOperacion": 1,
        "tipoContingencia": None,
        "motivoContin": None,
        "fecEmi": "2026-11-20",
        "horEmi": "10:15:30",
        "tipoMoneda": "USD",
    }


def test_midnight_in_utc_is_still_the_day_before() -> None:
    assert identification(issued_at=datetime(2026, 12, 1, 5, 59, 59, tzinfo=UTC))["fecEmi"] == "2026-11-30"


@pytest.mark.parametrize(
    ("environment", "code"),
    [(Environment.SANDBOX, "00"), (Environment.TEST, "00"), (Environment.LIVE, "01")],
)
def test_only_live_documents_are_real(environment: Environment, code: str) -> None:
    assert identification(environment=environment)["ambiente"] == code


@pytest.mark.parametrize(
    ("manner", "reason", "note"),
    [
        (Manner(1), 1, None),
        (Manner(3, "cable cortado"), 3, None),
        (Manner(5, " Inundación "), 5, "Inundación"),
    ],
)
def test_contingency_is_deferred_with_its_reason(manner: Manner, reason: int, note: str | None) -> None:
    made = identification(manner)
    assert (made["tipoModelo"], made["tipoOperacion"]) == (2, 2)
    assert (made["tipoContingencia"], made["motivoContin"]) == (reason, note)


@pytest.mark.parametrize(
    ("manner", "pointer", "code"),
    [
        (Manner(0), "/contingency/reason", "contingency_reason_unknown"),
        (Manner(6), "/contingency/reason", "contingency_reason_unknown"),
        (Manner(5), "/contingency/note", "contingency_note_required"),
        (Manner(5, "x" * 501), "/contingency/note", "too_long"),
    ],
)
def test_a_contingency_needs_a_known_reason(manner: Manner, pointer: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        finish(built(INVOICE), IDENTITY, manner)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [(pointer, code)]


def test_the_same_document_is_printed_the_same_twice_and_without_floats() -> None:
    draft = replace(
        INVOICE, items=(item("0.10", "3"), item("1234567.89"), item("1000000")), customer=TAX_CREDIT.customer
    )
    text = finish(built(draft), IDENTITY)
    assert text == finish(built(draft), IDENTITY)
    assert '"precioUni":0.1,' in text
    assert '"precioUni":1000000,' in text
    assert "E+" not in text
    assert "\n" not in text
    assert ": " not in text.replace("Venta", "")


def test_a_preview_has_neither_number_nor_code() -> None:
    made = json.loads(preview(built(TAX_CREDIT), Environment.LIVE, AT))
    assert made["identificacion"]["numeroControl"] is None
    assert made["identificacion"]["codigoGeneracion"] is None
    assert made["identificacion"]["ambiente"] == "01"
    assert made["resumen"]["totalPagar"] == 1130


def test_the_delivered_file_keeps_what_was_signed_to_the_letter() -> None:
    payload = finish(built(INVOICE), IDENTITY)
    waiting = delivered(Sealed(payload, "header.body.signature"), None)
    stamped = delivered(Sealed(payload, "header.body.signature"), "2026" + "A" * 36)
    assert waiting == payload[:-1] + ',"firmaElectronica":"header.body.signature"}'
    assert json.loads(waiting).keys() - json.loads(payload).keys() == {"firmaElectronica"}
    assert list(json.loads(stamped))[-2:] == ["firmaElectronica", "selloRecibido"]
    assert stamped.startswith(payload[:-1])


def test_control_numbers_have_haciendas_form() -> None:
    assert control_number("01", "M001", "P001", 1) == "DTE-01-M001P001-000000000000001"
    assert control_number("03", "S012", "P999", 10**15 - 1) == "DTE-03-S012P999-999999999999999"


@pytest.mark.parametrize(
    "parts",
    [
        ("1", "M001", "P001", 1),
        ("01", "X001", "P001", 1),
        ("01", "M001", "001", 1),
        ("01", "M001", "P001", 0),
        ("01", "M001", "P001", 10**15),
    ],
)
def test_a_number_of_another_form_is_not_made(parts: tuple[str, str, str, int]) -> None:
    with pytest.raises(ValueError, match="no control number"):
        control_number(*parts)


@pytest.mark.parametrize(
    ("now", "ahead", "code"),
    [
        (datetime(2026, 11, 20, 12, tzinfo=UTC), timedelta(days=5), None),
        (datetime(2026, 11, 20, 12, tzinfo=UTC), timedelta(days=6), "issued_too_far_ahead"),
        (datetime(2026, 11, 28, 12, tzinfo=UTC), timedelta(days=2), None),
        (datetime(2026, 11, 28, 12, tzinfo=UTC), timedelta(days=3), "issued_too_far_ahead"),
        (datetime(2026, 11, 30, 18, tzinfo=UTC), timedelta(minutes=30), None),
        (datetime(2026, 11, 30, 18, tzinfo=UTC), timedelta(minutes=31), "issued_after_month_end"),
        (datetime(2026, 12, 1, 5, 50, tzinfo=UTC), timedelta(minutes=20), "issued_after_month_end"),
        (datetime(2028, 2, 29, 18, tzinfo=UTC), timedelta(hours=1), "issued_after_month_end"),
        (datetime(2026, 11, 20, 12, tzinfo=UTC), timedelta(days=-366), None),
        (datetime(2026, 11, 20, 12, tzinfo=UTC), timedelta(days=-367), "issued_too_long_ago"),
        (datetime(2026, 11, 20, 12, tzinfo=UTC), timedelta(days=-700_000), "issued_too_long_ago"),
    ],
)
def test_a_document_is_dated_at_most_five_days_ahead_in_its_month_and_a_year_back(
    now: datetime, ahead: timedelta, code: str | None
) -> None:
    if code is None:
        assert built(INVOICE, at=now + ahead, now=now)
    else:
        assert found(INVOICE, at=now + ahead, now=now) == {("/issued_at", code)}


def test_a_time_without_zone_is_refused() -> None:
    naive = AT.replace(tzinfo=None)
    assert found(INVOICE, at=naive, now=AT) == {("/issued_at", "time_zone_required")}


def test_what_cannot_be_issued_is_refused_by_type_and_version() -> None:
    for draft, version, code in (
        (replace(INVOICE, type_code="99"), 2, "type_not_supported"),
        (INVOICE, 9, "version_not_supported"),
    ):
        with pytest.raises(Invalid) as refused:
            prepare(draft, ISSUER, version=version, at=AT, now=AT)
        assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/type", code)]


DRAFTS = {
    draft.type_code: draft for draft in (INVOICE, TAX_CREDIT, DELIVERY, EXPORT, SPECIAL, PURCHASE, DONATION)
} | {
    "05": note(related(signed(TAX_CREDIT))),
    "06": note(related(signed(TAX_CREDIT)), items=INVOICE.items, type_code="06"),
    "07": withholding(),
    "08": settlement(sold()),
    "09": liquidation(extension=Extension("ANA EJEMPLO", "012345678")),
    "18": note(related(signed(INVOICE)), type_code="18"),
}


def test_every_version_that_the_rules_name_can_be_prepared() -> None:
    for type_code, versions in RULES.versions.items():
        draft = DRAFTS[type_code]
        for version in versions:
            prepared = prepare(draft, ISSUER, version=version, at=AT, now=AT)
            assert (prepared.type_code, prepared.version) == (type_code, version)
    assert RULES.identification_threshold == Decimal(25000)


def test_a_type_that_only_has_a_name_is_refused() -> None:
    for type_code in set(RULES.names.values()) - set(RULES.versions):
        with pytest.raises(Invalid) as refused:
            prepare(replace(INVOICE, type_code=type_code), ISSUER, version=0, at=AT, now=AT)
        assert [fault.code for fault in refused.value.faults] == ["type_not_supported"]

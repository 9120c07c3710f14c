from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree

from hacienda.costarica import clave
from hacienda.costarica.build import finish, preview, situation
from hacienda.costarica.parties import issuer_identification
from hacienda.drafts import AppendixEntry, Draft, OwnOutage
from hacienda.values import NORMAL, Environment, Manner
from tests.hacienda.costarica.made import (
    AT,
    CUSTOMER,
    INVOICE,
    ISSUER,
    LEAST,
    element,
    identity,
    issued,
    prepared,
)


def test_a_document_is_one_text_under_its_declaration() -> None:
    text = issued(INVOICE)
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<FacturaElectronica xmlns="https://cdn.')
    assert text.endswith("</FacturaElectronica>")
    assert text.count("\n") == 1
    assert element(text, "Clave") == identity("01").generation_code
    assert element(text, "NumeroConsecutivo") == "00100001010000000001"
    assert element(text, "FechaEmision") == "2026-11-20T10:15:30-06:00"


@pytest.mark.parametrize("type_code", LEAST)
def test_the_same_draft_becomes_the_same_bytes(type_code: str) -> None:
    assert issued(LEAST[type_code]) == issued(LEAST[type_code])


def test_words_are_escaped_and_come_back() -> None:
    words = "Ñandú & <Hijos> ]]> \"S.A.\" 'x'"
    draft = replace(INVOICE, customer=replace(CUSTOMER, name=words), notes="línea 1\r\nlínea 2")
    draft = replace(draft, appendix=(AppendixEntry('a"<&', "x", "valor"),))
    text = issued(draft)
    assert element(text, "Receptor/Nombre") == words
    assert element(text, "Otros/OtroTexto") == "línea 1\nlínea 2"
    rows = etree.fromstring(text.encode()).findall("{*}Otros/{*}OtroTexto")
    assert [row.get("codigo") for row in rows] == ["obs", 'a"<&']


def test_a_preview_has_neither_key_nor_number() -> None:
    text = preview(prepared(INVOICE), Environment.TEST, AT)
    assert (element(text, "Clave"), element(text, "NumeroConsecutivo")) == (None, None)
    assert text.replace("FechaEmision", "").count("<Emisor>") == 1


def test_the_clave_must_be_of_this_very_document() -> None:
    made = prepared(INVOICE)
    right = identity("01")
    for wrong in (
        identity("04"),
        replace(right, control_number=identity("01", number=2).control_number),
        replace(right, issued_at=AT + timedelta(days=1)),
        identity("01", situation="3"),
    ):
        with pytest.raises(ValueError, match="not of this document"):
            finish(made, wrong)


@pytest.mark.parametrize(("manner", "digit"), [(NORMAL, "1"), (Manner(1), "1"), (Manner(2), "2"), (Manner(3), "3")])
def test_the_manner_is_one_digit_of_the_clave(manner: Manner, digit: str) -> None:
    assert situation(manner) == digit
    text = finish(prepared(INVOICE), identity("01", situation=digit), manner)
    key = element(text, "Clave")
    assert key is not None
    assert clave.read(key).situation == digit
    with pytest.raises(KeyError):
        situation(Manner(4))


def test_what_was_sold_offline_is_dated_then() -> None:
    draft: Draft = replace(INVOICE, contingency=OwnOutage(3, AT - timedelta(hours=1), AT))
    assert prepared(draft).body == prepared(INVOICE).body


def test_the_issuers_identification_has_a_type() -> None:
    assert issuer_identification(ISSUER) == ("02", "3101000000")
    assert issuer_identification(replace(ISSUER, tax_id="1-1234-5678")) == ("01", "112345678")
    assert issuer_identification(replace(ISSUER, tax_id="123", id_type="04")) == ("04", "123")
    with pytest.raises(ValueError, match="not known"):
        issuer_identification(replace(ISSUER, tax_id="123"))


def test_the_provider_of_the_software_is_the_issuer_unless_told() -> None:
    assert element(issued(INVOICE), "ProveedorSistemas") == "3101000000"
    told = issued(INVOICE, issuer=replace(ISSUER, system_provider="3101000009"))
    assert element(told, "ProveedorSistemas") == "3101000009"

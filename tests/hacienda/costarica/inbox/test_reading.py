"""Reading what suppliers send: what it says, whose it is, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hacienda.costarica.signature.parsing import LARGEST
from hacienda.values import Environment, Invalid
from tests.effort import examples
from tests.hacienda.costarica.inbox.supplier import TAX, TOTAL, read, signed
from tests.hacienda.costarica.made import EXPORT, INVOICE, PURCHASE, TICKET, issued

SIGNED = signed()
PAYLOAD = issued(INVOICE)


def codes(content: bytes, tax_id: str = "3102000000", environment: Environment = Environment.LIVE) -> set[str]:
    with pytest.raises(Invalid) as caught:
        read(content, tax_id=tax_id, environment=environment)
    assert {one.path for one in caught.value.faults} == {("xml",)}
    return {one.code for one in caught.value.faults}


def test_it_says_who_issued_what_to_whom() -> None:
    said = read()
    assert (said.type_code, said.issuer_tax_id, said.issuer_id_type) == ("01", "3101000000", "02")
    assert (said.receiver_id_type, said.currency) == ("02", "CRC")
    assert (said.total, said.tax) == (TOTAL, TAX)
    assert said.generation_code in PAYLOAD
    assert said.control_number == "00100001010000000001"
    assert said.issued_at.isoformat() == "2026-11-20T10:15:30-06:00"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda text: re.sub("<TotalComprobante>.*</TotalComprobante>", "", text), "part_unreadable"),
        (lambda text: re.sub("(<TotalComprobante>).*(</TotalComprobante>)", r"\1NaN\2", text), "part_unreadable"),
        (lambda text: re.sub("(<TotalImpuesto>)[^<]*(</TotalImpuesto>)", r"\g<1>-1\2", text), "part_unreadable"),
        (lambda text: re.sub("(<TotalComprobante>).*(</TotalC)", r"\g<1>1.000001\2", text), "part_unreadable"),
        (lambda text: text.replace("<Clave>506", "<Clave>507"), "part_unreadable"),
        (lambda text: text.replace(">2026-11-20T", ">2026-11-21T"), "key_differs"),
        (lambda text: text.replace("Consecutivo>00100001", "Consecutivo>00200001"), "key_differs"),
        (lambda text: text.replace(">3101000000</Numero>", ">3101000001</Numero>", 1), "signer_differs"),
        (lambda text: text.replace(">3102000000</Numero>", ">3102000001</Numero>"), "other_receiver"),
        (lambda text: re.sub("<Receptor>.*</Receptor>", "", text), "no_receiver"),
        (lambda text: text.replace("xml-schemas/v4.4/", "xml-schemas/v4.3/"), "not_a_document"),
        (lambda text: text.replace("FacturaElectronica", "Factura"), "not_a_document"),
        (lambda text: re.sub("<Nombre>[^<]*", "<Nombre>" + "A" * 101, text, count=1), "part_unreadable"),
    ],
)
def test_what_its_issuer_signed_and_does_not_fit_is_refused(change: Callable[[str], str], expected: str) -> None:
    altered = change(PAYLOAD)
    assert altered != PAYLOAD
    assert expected in codes(signed(altered))


def test_several_faults_come_at_once() -> None:
    altered = PAYLOAD.replace(">3102000000</Numero>", ">3102000001</Numero>").replace(">2026-11-20T", ">2026-11-21T")
    assert codes(signed(altered)) == {"other_receiver", "key_differs"}


@pytest.mark.parametrize("draft", [TICKET, PURCHASE, EXPORT], ids=["ticket", "purchase", "export"])
def test_types_that_nobody_here_confirms(draft: object) -> None:
    expected = {"not_confirmable"} if draft is not EXPORT else {"other_receiver"}
    assert codes(signed(issued(draft))) == expected  # type: ignore[arg-type]


def test_keys_for_tests_count_in_tests_alone() -> None:
    content = signed(issuer="CA PERSONA JURIDICA - SANDBOX")
    assert codes(content) == {"made_for_tests"}
    for environment in (Environment.TEST, Environment.SANDBOX):
        assert read(content, environment=environment).total == TOTAL


def test_it_is_bounded() -> None:
    assert codes(SIGNED + b" " * LARGEST) == {"too_large"}
    assert codes(b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>') == {"dtd_refused"}
    assert codes(b"<a>" * 5_000 + b"</a>" * 5_000) <= {"not_xml", "not_a_document"}


@settings(max_examples=examples(60))
@given(st.integers(0, len(SIGNED) - 1), st.binary(max_size=3), st.integers(0, 40))
def test_whatever_is_changed_it_is_read_the_same_or_refused(place: int, instead: bytes, removed: int) -> None:
    altered = SIGNED[:place] + instead + SIGNED[place + removed :]
    with suppress(Invalid):
        assert read(altered) == read()

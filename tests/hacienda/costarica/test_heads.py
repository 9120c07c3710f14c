"""What an envelope repeats of the document in it, and what is taken from a call from outside."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hacienda.costarica.transport.heads import Party, head_of, message_head_of
from hacienda.costarica.transport.wire import read_callback
from tests.hacienda.costarica import documents
from tests.hacienda.costarica.certificates import NOW
from tests.hacienda.costarica.documents import BUYER, COMPANY, key_of, party

CLAVE = key_of(NOW, 7)


def document(root: str, *parties: str) -> str:
    dated = "<FechaEmision>2026-11-22T06:00:00-06:00</FechaEmision>"
    return f'<{root} xmlns="urn:x"><Clave>{CLAVE}</Clave>{dated}{"".join(parties)}</{root}>'


def test_an_invoice_tells_both_sides() -> None:
    code, payload = documents.invoice()
    head = head_of(payload)
    assert head.clave == code
    assert head.issued_at in payload
    assert (head.issuer, head.receptor) == (Party("02", COMPANY), Party("02", BUYER))


def test_a_purchase_invoice_is_the_buyer_s() -> None:
    xml = document("FacturaElectronicaCompra", party("Emisor", "102340567", "01"), party("Receptor", BUYER))
    head = head_of(xml)
    assert (head.issuer, head.receptor) == (Party("02", BUYER), Party("01", "102340567"))


@pytest.mark.parametrize(
    "receptor",
    [
        "",
        "<Receptor><Nombre>X</Nombre></Receptor>",
        party("Receptor", "PASSPORT123", "05"),
        party("Receptor", "102340567", "06"),
        party("Receptor", "1234567890123"),
    ],
)
def test_a_receptor_that_the_interface_has_no_room_for_is_left_out(receptor: str) -> None:
    assert head_of(document("FacturaElectronica", party("Emisor", COMPANY), receptor)).receptor is None


@pytest.mark.parametrize("xml", ["<a/>", "text", document("FacturaElectronica"), "<!DOCTYPE a><a/>"])
def test_what_is_no_document(xml: str) -> None:
    with pytest.raises(ValueError, match="document"):
        head_of(xml)


def test_a_message_tells_its_own_number() -> None:
    consecutivo, payload = documents.message(CLAVE)
    head = message_head_of(payload)
    assert (head.clave, head.issuer_number, head.receptor_number) == (CLAVE, COMPANY, BUYER)
    assert head.consecutivo == consecutivo


def test_what_is_no_message() -> None:
    with pytest.raises(ValueError, match="message"):
        message_head_of(documents.invoice()[1])
    with pytest.raises(ValueError, match="message"):
        message_head_of(documents.message("")[1])


class TestACallFromOutside:
    @pytest.mark.parametrize(
        "body",
        [
            {"clave": CLAVE, "fecha": "x", "ind-estado": "aceptado", "respuesta-xml": "PD94"},
            {"clave": CLAVE, "fecha": "x", "indEstado": "ACEPTADO", "respuestaXml": "PD94"},
            {"clave": CLAVE},
        ],
    )
    def test_only_the_clave_is_taken(self, body: object) -> None:
        assert read_callback(json.dumps(body).encode()) == CLAVE

    def test_a_message_s_has_its_number_behind_it(self) -> None:
        told = f"{CLAVE}-00100001050000000001"
        assert read_callback(json.dumps({"clave": told}).encode()) == told

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b"\xff",
            b"{}",
            b'{"clave": 5}',
            json.dumps({"clave": CLAVE + "/../x"}).encode(),
            json.dumps({"clave": CLAVE[:-1]}).encode(),
            json.dumps({"clave": "9" * 50}).encode(),
            json.dumps({"clave": CLAVE, "x": "y" * 1024 * 1024}).encode(),
        ],
        ids=lambda body: str(body[:20]),
    )
    def test_anything_else_is_passed_over(self, body: bytes) -> None:
        assert read_callback(body) is None

    @given(st.binary(max_size=100))
    def test_nothing_harms(self, body: bytes) -> None:
        assert read_callback(body) is None

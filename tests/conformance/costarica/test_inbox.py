"""Documents received and the messages about them, against the reference's signed samples and the official schema."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from hacienda.costarica.inbox import message, reading
from hacienda.costarica.inbox.judging import complete
from hacienda.costarica.signature.signing import sign
from hacienda.inbox import Decision, Kind, Received
from hacienda.values import Environment, Invalid
from tests.conformance.costarica.official import leaves, sample
from tests.hacienda.costarica.certificates import NOW, certificate
from tests.hacienda.signing import KEY

BUYER = "3102000000"
AT = datetime.fromisoformat("2026-11-23T09:00:00-06:00")
SAID = {
    "mr-05-acepta": Decision(Kind.ACCEPT, condition="01"),
    "mr-06-acepta-parcial": Decision(
        Kind.ACCEPT_PARTLY, "Se acepta solo lo entregado", condition="01", tax_credit=Decimal(26000)
    ),
    "mr-07-rechaza": Decision(Kind.REJECT, "No corresponde a lo pactado"),
}


def received(reference: Path, name: str) -> Received:
    content = (reference / "costarica" / "samples" / "signed" / f"{name}.xml").read_bytes()
    return reading.read(content, tax_id=BUYER, environment=Environment.TEST)


def built(reference: Path, name: str) -> str:
    about = received(reference, "fe-01-simple")
    decision = complete(SAID[name], about, tax_id=BUYER, activity="4711.0")
    number = f"00100001{message.SERIES[decision.kind]}0000000001"
    return message.build(decision, about, tax_id=BUYER, consecutivo=number, at=AT)


def test_both_forms_of_signature_are_read_alike(reference: Path) -> None:
    assert received(reference, "fe-01-simple") == received(reference, "fe-01-simple.c14n10-3refs")


@pytest.mark.parametrize("name", SAID)
def test_our_messages_are_the_samples(reference: Path, name: str) -> None:
    assert leaves(etree.fromstring(built(reference, name).encode())) == leaves(sample(reference, name))


@pytest.mark.parametrize("edition", ["2024", "2026"])
@pytest.mark.parametrize("name", SAID)
def test_our_messages_fit_the_official_schema(reference: Path, name: str, edition: str) -> None:
    schema = etree.XMLSchema(
        etree.parse(reference / "costarica" / "xsd" / edition / "v4.4" / "MensajeReceptor_V4.4.xsd")
    )
    signed = sign(built(reference, name), KEY, certificate(), NOW)
    assert schema.validate(etree.fromstring(signed.encode())), schema.error_log


@pytest.mark.parametrize("path", ["signed/fec-01-regimen-especial", "signed/te-01-sin-receptor-dos-medios-pago"])
def test_what_is_not_confirmed_is_refused(reference: Path, path: str) -> None:
    with pytest.raises(Invalid, match="accepted or rejected"):
        received(reference, path.removeprefix("signed/"))


@pytest.mark.parametrize("name", ["fe-tampered-total", "fe-firmada-por-otro-contribuyente", "fe-firma-sin-politica"])
def test_invalid_samples_are_refused(reference: Path, name: str) -> None:
    content = (reference / "costarica" / "samples" / "invalid" / f"{name}.xml").read_bytes()
    with pytest.raises(Invalid):
        reading.read(content, tax_id=BUYER, environment=Environment.TEST)

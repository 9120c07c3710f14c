"""Telephones and e-mail addresses as documents tell them."""

from __future__ import annotations

import pytest

from hacienda.costarica.contacts import Telephone, check, email, telephone
from hacienda.faults import Invalid


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("22000000", "506", "22000000"),
        ("2200-0000", "506", "22000000"),
        ("+506 2200 0000", "506", "22000000"),
        ("(506) 2200.0000", "506", "22000000"),
        ("00506 22000000", "506", "22000000"),
        ("+1 (305) 555-0100", "1", "3055550100"),
        ("+34 910 000 000", "34", "910000000"),
        ("+50370000000", "503", "70000000"),
        ("5060000000", "506", "5060000000"),
        ("12345678901234567890", "506", "12345678901234567890"),
    ],
)
def test_a_telephone_is_a_country_and_a_number(text: str, country: str, number: str) -> None:
    assert telephone(text) == Telephone(country, number)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2200",
        "123456789012345678901",
        "2200-000a",
        "+506",
        "++50622000000",
        "٢٢٠٠٠٠٠٠",
        "00000000",
        "+0622000000",
    ],
)
def test_what_is_no_telephone_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="telephone"):
        telephone(text)


@pytest.mark.parametrize("text", ["a@b.cr", " facturas+cr@ejemplo.example ", "o'hara.x-y@sub.ejemplo-cr.co.cr"])
def test_an_address_has_the_form_of_the_schemas(text: str) -> None:
    assert email(text) == text.strip()
    check(phone="", email=text)


@pytest.mark.parametrize(
    "text", ["x", "a@b", "a b@c.cr", "a..b@c.cr", "@c.cr", "a@c.cr;d@e.cr", "ñ@c.cr", "a" * 157 + "@b.cr"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="e-mail"):
        email(text)


def test_a_check_tells_every_fault() -> None:
    check(phone="", email=" ")
    with pytest.raises(Invalid) as error:
        check(phone="12", email="x")
    assert [(fault.pointer, fault.code) for fault in error.value.faults] == [
        ("/phone", "phone_invalid"),
        ("/email", "email_invalid"),
    ]
    with pytest.raises(Invalid) as error:
        check(phone="22000000", email="a" * 200 + "@b.cr")
    (fault,) = error.value.faults
    assert (fault.code, "160" in fault.text) == ("too_long", True)

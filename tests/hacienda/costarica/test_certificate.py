"""Opening Costa Rica's signing file: what is good is taken, everything else is refused for its own reason."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs12,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from hacienda.certificates import Certificate, CertificateError
from hacienda.costarica.signature import certificate
from hacienda.costarica.signature.measuring import measure
from hacienda.costarica.signature.signing import sign
from hacienda.costarica.signature.verifying import verify
from tests.effort import examples
from tests.hacienda.costarica.certificates import certificate as der_of
from tests.hacienda.costarica.certificates import other_key
from tests.hacienda.costarica.test_signing import document
from tests.hacienda.costarica.times import quickest
from tests.hacienda.signing import KEY, key_of

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TAX_ID = "3101000000"
NAME = "COMERCIAL & DE PRUEBA, S.A."
PIN = "Pin.De-Prueba-ñ-26"


@cache
def made(
    tax_id: str = TAX_ID, name: str = "COMERCIAL & DE PRUEBA, S.A.", email: str = "pruebas@example.com"
) -> bytes:
    return certificate.make(tax_id=tax_id, name=name, email=email, password=PIN, now=NOW, key=KEY)


def file_of(key: Any, der: bytes | None, *more: bytes, protection: Any = None) -> bytes:
    load = x509.load_der_x509_certificate
    return pkcs12.serialize_key_and_certificates(
        b"name",
        key,
        load(der) if der else None,
        [load(one) for one in more],
        protection or BestAvailableEncryption(PIN.encode()),
    )


def opened(content: bytes, password: str = PIN, *, tax_id: str = TAX_ID, now: datetime = NOW) -> Certificate:
    return certificate.read(content, password, tax_id=tax_id, now=now)


def refused(content: bytes, password: str = PIN, **how: Any) -> CertificateError:
    with pytest.raises(CertificateError) as caught:
        opened(content, password, **how)
    error = caught.value
    assert error.message == certificate.MESSAGES[error.code]
    assert "%(" not in str(error)
    assert PIN not in str(error) + repr(error)
    return error


class TestAGoodFile:
    def test_it_is_opened_with_all_that_is_needed_to_sign(self) -> None:
        found = opened(made())
        spki = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert found.private_key.private_numbers() == KEY.private_numbers()
        assert (found.public_key_spki, found.fingerprint) == (spki, hashlib.sha256(spki).hexdigest())
        assert found.name == NAME
        assert (found.valid_from, found.valid_until) == (NOW, NOW + timedelta(days=1461))
        assert found.signing_key.certificate == found.certificate_der

    def test_what_it_signs_is_its_holder_s(self) -> None:
        key = opened(made()).signing_key
        xml = sign(document(), key.private_key, key.certificate, NOW + timedelta(days=1))
        assert verify(xml.encode(), signer=TAX_ID).signer == TAX_ID

    @pytest.mark.parametrize("tax_id", ["3101000000", "102340567", "3101A00000", "155812345678", "15581234567"])
    def test_of_each_kind_of_holder(self, tax_id: str) -> None:
        assert opened(made(tax_id), tax_id=tax_id).name

    def test_its_names_are_those_of_the_real_ones(self) -> None:
        found = x509.load_der_x509_certificate(opened(made()).certificate_der)
        assert found.subject.rfc4514_string() == (
            r"2.5.4.5=CPJ-3-101-000000,CN=COMERCIAL & DE PRUEBA\, S.A.,OU=CPJ,O=PERSONA JURIDICA,C=CR"
        )
        assert (
            found.issuer.rfc4514_string() == "CN=CA PERSONA JURIDICA - SANDBOX,OU=DGT,O=MINISTERIO DE HACIENDA,C=CR"
        )

    def test_a_name_of_any_length_and_an_address_that_a_certificate_cannot_hold(self) -> None:
        assert opened(made(name="Ñ" * 200, email="señal@example.com")).name == "Ñ" * 32
        assert opened(made(name=" ", email="")).name == "CPJ-3-101-000000"

    def test_in_the_old_encryption_with_the_authority_s_certificate_beside_it(self) -> None:
        old = (
            PrivateFormat.PKCS12.encryption_builder()
            .kdf_rounds(2048)
            .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
            .hmac_hash(SHA1())
            .build(PIN.encode())
        )
        content = file_of(KEY, der_of(), der_of(other_key(), name="CA"), protection=old)
        assert opened(content).name == "EMPRESA DE PRUEBA, S.A."

    def test_the_key_is_read_again_without_a_check(self) -> None:
        pkcs8 = KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        assert certificate.load_key(pkcs8).private_numbers() == KEY.private_numbers()

    def test_a_new_key_is_made_for_each_file(self) -> None:
        files = [
            certificate.make(tax_id=TAX_ID, name="X", email="", password=PIN, now=NOW, key=key) for key in (None, KEY)
        ]
        assert len({opened(one).fingerprint for one in files}) == 2


class TestABadFile:
    @pytest.mark.parametrize(
        "content",
        [b"", b"nothing", b"<CertificadoMH/>", b"0\x80", b"0\x03\x02\x01\x03", b"0\x03\x02\x01\x01", b"0\x84"],
    )
    def test_what_is_no_p12(self, content: bytes) -> None:
        assert refused(content).code == "not_p12"

    def test_a_file_that_broke_off(self) -> None:
        assert refused(made()[:-20]).code == "not_p12"
        assert refused(made() + b"0").code == "not_p12"

    def test_a_file_that_is_too_large(self) -> None:
        error = refused(bytes(certificate.LARGEST_FILE + 1))
        assert (error.code, error.params) == ("too_large", {"limit": 16})

    @pytest.mark.parametrize("pin", ["", "wrong", PIN + " ", "\ud800", "1234"])
    def test_a_wrong_pin(self, pin: str) -> None:
        assert refused(made(), pin).code == "wrong_password"

    def test_a_file_without_a_key(self) -> None:
        assert refused(file_of(None, der_of())).code == "no_key"

    def test_a_key_of_another_kind(self) -> None:
        assert refused(file_of(ec.generate_private_key(ec.SECP256R1()), None)).code == "no_key"
        with pytest.raises(CertificateError):
            certificate.load_key(b"nothing")

    def test_a_file_without_the_certificate_of_its_key(self) -> None:
        assert refused(file_of(KEY, None)).code == "no_certificate"
        assert refused(file_of(KEY, None, der_of(other_key()))).code == "no_certificate"

    def test_a_key_that_is_too_small(self) -> None:
        small = generate_private_key(public_exponent=65537, key_size=1024)
        error = refused(file_of(small, der_of(small)))
        assert (error.code, error.params) == ("rsa_too_small", {"bits": 1024, "minimum": 2048})

    def test_another_taxpayers_file(self) -> None:
        error = refused(made(), tax_id="3102000000")
        assert (error.code, error.params) == ("holder_differs", {"found": TAX_ID, "expected": "3102000000"})

    @pytest.mark.parametrize("serial", ["", "?", "----"])
    def test_a_certificate_of_nobody(self, serial: str) -> None:
        assert refused(file_of(KEY, der_of(serial=serial))).code == "no_holder"

    def test_an_expired_file(self) -> None:
        end = NOW + timedelta(days=1461)
        assert opened(made(), now=end).name
        error = refused(made(), now=end + timedelta(seconds=1))
        assert (error.code, error.params) == ("expired", {"date": "2030-11-22"})

    def test_a_file_of_the_future(self) -> None:
        assert refused(made(), now=NOW - timedelta(seconds=1)).code == "not_yet_valid"

    @pytest.mark.parametrize("tax_id", ["", "123", "1234567890123", "310100000-"])
    def test_no_file_is_made_for_what_is_no_identification(self, tax_id: str) -> None:
        with pytest.raises(ValueError, match="identification"):
            made(tax_id)


class TestAHostileFile:
    def test_a_key_so_large_that_checking_it_takes_long(self) -> None:
        huge = key_of(2**4423 - 1, 2**4253 - 1)  # Mersenne primes: a good key, of 8,676 bits
        content = file_of(huge, None)
        assert refused(content).code == "too_costly"
        assert quickest(lambda: refused(content), enough=0.2) < 0.2

    def test_a_pin_that_is_hashed_for_minutes(self) -> None:
        """In the protection of the file's integrity, and in that of a key; a file of usual rounds is opened."""
        for rounds, code in ((20_000, "not_p12"), (16_000_000, "too_costly")):
            number = tlv(0x02, rounds.to_bytes(4, "big"))
            salted = tlv(0x30, tlv(0x04, b"saltsalt"), number)
            for hostile in (salted, tlv(0xA0, tlv(0x04, tlv(0x30, tlv(0x30, salted))))):
                assert refused(tlv(0x30, tlv(0x02, b"\x03"), hostile)).code == code

    def test_more_than_certificates_in_what_is_encrypted_as_a_whole(self) -> None:
        """A key of the same size could be hidden in it."""
        others = [der_of(other_key(), name="CA" * 30 + str(number), issuer="X" * 64) for number in range(8)]
        assert refused(file_of(KEY, der_of(), *others)).code == "too_costly"
        assert opened(file_of(KEY, der_of(), *others[:2])).name

    def test_elements_within_elements(self) -> None:
        for content in (b"0\x80" * 5_000, b"$\x80" * 5_000, b"\x04\x80" * 8_000, b"0\x00" * 8_000):
            assert refused(content).code == "not_p12"

    @settings(max_examples=examples(60))
    @given(st.binary(max_size=300))
    def test_anything_at_all_is_refused_with_a_reason(self, data: bytes) -> None:
        assert refused(data).code in certificate.MESSAGES
        assert refused(b"0\x80\x02\x01\x03" + data + b"\x00\x00").code in certificate.MESSAGES

    @settings(max_examples=examples(40))
    @given(st.data())
    def test_a_damaged_file_is_refused_or_is_still_the_same(self, data: st.DataObject) -> None:
        content = bytearray(made())
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        try:
            found = opened(bytes(content))
        except CertificateError:
            return
        assert found.certificate_der == opened(made()).certificate_der


class TestMeasuring:
    def test_indefinite_lengths_and_strings_in_pieces(self) -> None:
        """As BER is written by old programs: the same file is measured the same."""
        pieces = b"$\x80\x04\x02\x30\x07\x04\x07\x04\x02ab\x02\x01\x05\x00\x00"
        found = measure(b"0\x80\x02\x01\x03\xa0\x80" + pieces + b"\x00\x00\x00\x00")
        assert (found.rounds, found.secret, found.hidden) == (5, 2, 0)

    def test_what_is_encrypted_as_a_whole(self) -> None:
        whole, pieces = tlv(0x80, b"secret"), tlv(0xA0, tlv(0x04, b"sec"), tlv(0x04, b"ret"))
        for part in (whole, pieces):
            assert measure(tlv(0x30, tlv(0x02, b"\x03"), part)).hidden == 6


def test_a_file_is_opened_in_a_time_that_a_request_can_wait() -> None:
    content = made()
    assert quickest(lambda: opened(content), enough=0.5) < 0.5


def tlv(tag: int, *parts: bytes) -> bytes:
    """An element of DER of less than 128 bytes."""
    content = b"".join(parts)
    return bytes((tag, len(content))) + content

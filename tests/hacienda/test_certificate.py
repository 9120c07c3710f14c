"""Opening El Salvador's signing file: what is good is taken, everything else is refused for its own reason."""

from __future__ import annotations

import hashlib
import time
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from hacienda.certificates import Certificate, CertificateError
from hacienda.elsalvador.transport import certificate
from tests.hacienda.signing import key_of

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NIT = "06140101010019"
PASSWORD = "Llave.De-Prueba-ñ-2026"


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def other_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def file(key: RSAPrivateKey) -> bytes:
    return made(key)


def made(key: RSAPrivateKey) -> bytes:
    return certificate.make(
        tax_id=NIT,
        name="COMERCIAL & DE PRUEBA, S.A. DE C.V.",
        registration="1234567",
        email="pruebas@example.com",
        password=PASSWORD,
        now=NOW,
        key=key,
    )


def opened(
    xml: bytes, password: str = PASSWORD, *, tax_id: str = NIT, now: datetime = NOW + timedelta(days=1)
) -> Certificate:
    return certificate.read(xml, password, tax_id=tax_id, now=now)


def refused(
    xml: bytes, password: str = PASSWORD, *, tax_id: str = NIT, now: datetime = NOW + timedelta(days=1)
) -> CertificateError:
    with pytest.raises(CertificateError) as caught:
        opened(xml, password, tax_id=tax_id, now=now)
    error = caught.value
    assert error.message == certificate.MESSAGES[error.code]
    assert "%(" not in str(error)
    assert PASSWORD not in str(error) + repr(error)
    return error


def changed(xml: bytes, path: str, text: str | None) -> bytes:
    """The file with another text in one element, or without the element."""
    root = etree.fromstring(xml)
    element = root.find(path)
    assert element is not None
    if text is None:
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)
    else:
        element.text = text
    return etree.tostring(root)


def pkcs8(key: RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return b64encode(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()


def spki(key: RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


class TestAGoodFile:
    def test_it_is_opened_with_all_that_is_needed_to_sign(self, file: bytes, key: RSAPrivateKey) -> None:
        found = opened(file)
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert found.private_key.private_numbers() == key.private_numbers()
        assert found.public_key_spki == public
        assert found.fingerprint == hashlib.sha256(public).hexdigest()
        assert found.name == "COMERCIAL & DE PRUEBA, S.A. DE C.V."
        assert found.valid_from == NOW
        assert found.valid_until == NOW + timedelta(days=1825)

    def test_the_number_may_be_written_with_dashes(self, file: bytes) -> None:
        assert opened(file, tax_id="0614-010101-001-9").name

    def test_the_hash_of_the_password_may_be_in_capitals(self, file: bytes) -> None:
        clave = hashlib.sha512(PASSWORD.encode()).hexdigest().upper()
        assert opened(changed(file, "privateKey/clave", clave)).name

    def test_a_key_that_was_checked_is_loaded_in_no_time(self, key: RSAPrivateKey) -> None:
        data = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        certificate.load_key(data)
        began = time.perf_counter()
        for _ in range(10):
            loaded = certificate.load_key(data)
        assert time.perf_counter() - began < 0.1  # ten full checks take four times as long
        assert loaded.private_numbers() == key.private_numbers()

    def test_its_key_is_in_no_repr(self, file: bytes) -> None:
        assert "private_key" not in repr(opened(file))

    def test_a_made_file_says_that_it_is_made_up(self, file: bytes) -> None:
        text = file.decode()
        assert "SIN VALIDEZ" in text
        assert "mh.gob.sv" not in text
        assert PASSWORD not in text

    def test_a_name_that_xml_cannot_hold_is_written_without_it(self, key: RSAPrivateKey) -> None:
        xml = certificate.make(
            tax_id=NIT, name="A\x00<b>\x0bñ", registration="", email="a@b.example", password="x", now=NOW, key=key
        )
        assert opened(xml, "x").name == "A<b>ñ"


class TestWhatIsRefused:
    def test_a_file_larger_than_any_real_one(self, file: bytes) -> None:
        assert refused(file + b" " * 65_536).code == "too_large"

    @pytest.mark.parametrize(
        "xml", [b"", b"no xml", b"<CertificadoMH>", b"\x00\x01", b"-----BEGIN CERTIFICATE-----", b"<a>&b;</a>"]
    )
    def test_what_is_no_xml(self, xml: bytes) -> None:
        assert refused(xml).code == "not_xml"

    @pytest.mark.parametrize(
        "declared",
        [
            b'<!DOCTYPE CertificadoMH [<!ENTITY a "b">]>',
            b'<!DOCTYPE CertificadoMH SYSTEM "http://127.0.0.1:1/x.dtd">',
            b'<!DOCTYPE CertificadoMH [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
            b"<!DOCTYPE other>",
        ],
    )
    def test_a_document_type(self, file: bytes, declared: bytes) -> None:
        assert refused(declared + file).code == "dtd_refused"

    def test_entities_are_not_expanded(self) -> None:
        rows = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
        declared = f'<!DOCTYPE CertificadoMH [<!ENTITY e0 "aaaaaaaaaa">{rows}]>'
        bomb = f"{declared}<CertificadoMH><nit>&e8;</nit></CertificadoMH>"
        began = time.monotonic()
        assert refused(bomb.encode()).code in ("dtd_refused", "not_xml")
        assert time.monotonic() - began < 1

    def test_another_document(self) -> None:
        assert refused(b"<Factura/>").code == "not_a_certificate"

    @pytest.mark.parametrize(
        "path",
        [
            "nit",
            "privateKey/clave",
            "privateKey/encodied",
            "publicKey/encodied",
            "activo",
            "certificado/basicEstructure/validity/notBefore",
            "certificado/basicEstructure/validity/notAfter",
            "certificado/basicEstructure/subject/organizationName",
        ],
    )
    def test_a_file_without_a_part_that_is_needed(self, file: bytes, path: str) -> None:
        error = refused(changed(file, path, None))
        assert (error.code, error.params) == ("not_a_certificate", {"element": path})

    @pytest.mark.parametrize("moment", ["yesterday", "NaN", "1e999", "-1e30"])
    def test_a_validity_that_is_no_time(self, file: bytes, moment: str) -> None:
        xml = changed(file, "certificado/basicEstructure/validity/notAfter", moment)
        assert refused(xml).code == "not_a_certificate"

    @pytest.mark.parametrize("password", ["", "wrong", PASSWORD + " ", "\ud800"])
    def test_a_wrong_password(self, file: bytes, password: str) -> None:
        assert refused(file, password).code == "wrong_password"

    @pytest.mark.parametrize("half", ["private", "public"])
    @pytest.mark.parametrize("content", ["not base64!", "AAAA", "Zm9v"])
    def test_a_key_that_is_none(self, file: bytes, half: str, content: str) -> None:
        error = refused(changed(file, f"{half}Key/encodied", content))
        assert (error.code, error.params) == ("key_unreadable", {"half": half})

    @pytest.mark.parametrize(("half", "content"), [("private", pkcs8), ("public", spki)])
    def test_a_key_of_another_kind(
        self, file: bytes, half: str, content: Callable[[ec.EllipticCurvePrivateKey], str]
    ) -> None:
        curve = ec.generate_private_key(ec.SECP256R1())
        error = refused(changed(file, f"{half}Key/encodied", content(curve)))
        assert (error.code, error.params) == ("key_unreadable", {"half": half})

    def test_a_key_whose_numbers_do_not_fit_together(self, file: bytes, key: RSAPrivateKey) -> None:
        raw = bytearray(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
        prime = key.private_numbers().p.to_bytes(128, "big")
        raw[raw.index(prime) + 100] ^= 1
        error = refused(changed(file, "privateKey/encodied", b64encode(bytes(raw)).decode()))
        assert error.code == "key_unreadable"

    def test_two_halves_that_do_not_belong_together(self, file: bytes, other_key: RSAPrivateKey) -> None:
        assert refused(changed(file, "publicKey/encodied", spki(other_key))).code == "halves_differ"

    def test_a_key_that_is_too_small(self) -> None:
        small = generate_private_key(public_exponent=65537, key_size=1024)
        error = refused(made(small))
        assert (error.code, error.params) == ("rsa_too_small", {"bits": 1024, "minimum": 2048})

    def test_a_key_so_large_that_checking_it_takes_long(self, file: bytes) -> None:
        huge = key_of(2**4423 - 1, 2**4253 - 1)  # Mersenne primes: a good key, of 8,676 bits
        xml = changed(changed(file, "privateKey/encodied", pkcs8(huge)), "publicKey/encodied", spki(huge))
        began = time.monotonic()
        assert refused(xml).code == "key_unreadable"
        assert time.monotonic() - began < 2

    def test_another_taxpayers_file(self, file: bytes) -> None:
        error = refused(file, tax_id="06142222220011")
        assert (error.code, error.params) == ("tax_id_differs", {"found": NIT, "expected": "06142222220011"})

    def test_an_expired_file(self, file: bytes) -> None:
        assert opened(file, now=NOW + timedelta(days=1825)).name
        error = refused(file, now=NOW + timedelta(days=1825, seconds=1))
        assert (error.code, error.params) == ("expired", {"date": "2031-11-21"})

    def test_a_file_of_the_future(self, file: bytes) -> None:
        assert refused(file, now=NOW - timedelta(seconds=1)).code == "not_yet_valid"

    @pytest.mark.parametrize("text", ["false", "no", "0"])
    def test_a_file_marked_as_not_active(self, file: bytes, text: str) -> None:
        assert refused(changed(file, "activo", text)).code == "inactive"

    @settings(deadline=None)
    @given(st.binary(max_size=300))
    def test_anything_at_all_is_refused_with_a_reason(self, data: bytes) -> None:
        assert refused(data).code in certificate.MESSAGES
        assert refused(b"<CertificadoMH>" + data).code in certificate.MESSAGES


def test_bytes_that_are_no_key_are_refused() -> None:
    with pytest.raises(CertificateError) as caught:
        certificate.load_key(b"nothing")
    assert caught.value.code == "key_unreadable"

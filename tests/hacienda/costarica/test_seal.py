"""Hacienda's seal: known by its names and its certificate; the sandbox's own counts in the sandbox alone."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from hacienda.costarica.signature import seal
from hacienda.costarica.signature.forms import SignatureError
from hacienda.costarica.signature.holders import distinguished
from hacienda.costarica.signature.seal import KNOWN, SANDBOX_NAME, KnownSeal
from hacienda.values import Environment
from tests.hacienda.costarica.certificates import NOW, certificate, filtered, other_key
from tests.hacienda.costarica.xmlsec_check import holds
from tests.hacienda.signing import KEY

ANSWER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<MensajeHacienda xmlns="urn:mh"><Mensaje>1</Mensaje></MensajeHacienda>'
)
SANDBOX = certificate(name=SANDBOX_NAME, serial="CPJ-2-100-000000")
SOMEBODY = certificate(name="OTRO")
REAL = Environment.TEST, Environment.LIVE


def known(der: bytes, **other: str) -> KnownSeal:
    found = x509.load_der_x509_certificate(der)
    facts = {
        "subject": distinguished(found.subject),
        "issuer": distinguished(found.issuer),
        "fingerprint": found.fingerprint(SHA256()).hex(),
    }
    return KnownSeal(**facts | other)


def refused(xml: str, environment: Environment, **how: tuple[KnownSeal, ...]) -> str:
    with pytest.raises(SignatureError) as caught:
        seal.verify(xml.encode(), environment, **how)
    return caught.value.code


def test_the_form_that_is_tested_is_good() -> None:
    assert holds(filtered(ANSWER, der=SANDBOX).encode())


class TestTheSandbox:
    def test_its_own_seal_with_any_key(self) -> None:
        for key in (KEY, other_key()):
            der = certificate(key, name=SANDBOX_NAME)
            found = seal.verify(filtered(ANSWER, key, der).encode(), Environment.SANDBOX)
            assert found.sealed_at == NOW
            assert found.root[0].text == "1"

    @pytest.mark.parametrize("name", ["OTRO", f"{SANDBOX_NAME} ", SANDBOX_NAME.lower()])
    def test_nobody_else_s(self, name: str) -> None:
        assert refused(filtered(ANSWER, der=certificate(name=name)), Environment.SANDBOX) == "seal_differs"

    def test_an_answer_that_was_changed(self) -> None:
        xml = filtered(ANSWER, der=SANDBOX)
        assert refused(xml.replace("<Mensaje>1", "<Mensaje>3"), Environment.SANDBOX) == "altered"

    def test_an_answer_without_a_seal(self) -> None:
        assert refused(ANSWER, Environment.SANDBOX) == "no_signature"

    def test_an_answer_that_is_too_long(self) -> None:
        xml = filtered(ANSWER.replace(">1<", f">{'1' * seal.LARGEST_ANSWER}<"), der=SANDBOX)
        assert refused(xml, Environment.SANDBOX) == "too_large"


class TestTheRealOnes:
    @pytest.mark.parametrize("environment", REAL)
    def test_the_sandbox_s_seal_counts_nowhere_else(self, environment: Environment) -> None:
        assert refused(filtered(ANSWER, der=SANDBOX), environment) == "seal_differs"

    @pytest.mark.parametrize("environment", REAL)
    def test_one_that_is_listed(self, environment: Environment) -> None:
        found = seal.verify(filtered(ANSWER, der=SOMEBODY).encode(), environment, known=(known(SOMEBODY),))
        assert found.sealed_at == NOW

    @pytest.mark.parametrize("environment", REAL)
    def test_one_of_the_same_names_that_is_not_listed(self, environment: Environment) -> None:
        listed = (known(SOMEBODY, fingerprint="00" * 32),)
        assert refused(filtered(ANSWER, der=SOMEBODY), environment, known=listed) == "seal_unknown"

    def test_one_of_the_same_subject_from_another_authority(self) -> None:
        listed = (known(SOMEBODY, issuer="CN=OTRA CA"),)
        assert refused(filtered(ANSWER, der=SOMEBODY), Environment.LIVE, known=listed) == "seal_differs"

    def test_the_list_is_well_formed(self) -> None:
        for one in KNOWN:
            assert len(bytes.fromhex(one.fingerprint)) == 32
            assert "MINISTERIO DE HACIENDA" in one.subject

"""Signatures that others made: both forms are read, every trick is refused for its own reason, in bounded time."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from hacienda.costarica.signature import forms
from hacienda.costarica.signature.forms import SignatureError
from hacienda.costarica.signature.parsing import LARGEST, parse
from hacienda.costarica.signature.signing import sign
from hacienda.costarica.signature.verifying import Verified, verify
from tests.effort import examples
from tests.hacienda.costarica.certificates import COMPANY, DS, NOW, b64, certificate, filtered, other_key
from tests.hacienda.costarica.test_signing import document
from tests.hacienda.costarica.times import quickest
from tests.hacienda.costarica.xmlsec_check import holds
from tests.hacienda.signing import KEY, key_of

POLICY = "https://example.com/policy"
PAYLOAD = document()
FORMS: dict[str, Callable[[], str]] = {
    "our form": lambda: sign(PAYLOAD, KEY, certificate(), NOW),
    "the annex's form": lambda: filtered(PAYLOAD, policy=POLICY),
}
EITHER = pytest.mark.parametrize("form", FORMS)


def resigned(xml: str) -> str:
    """The same with a value that holds for what its SignedInfo has become; its digests are left as they are."""
    [signed_info] = etree.fromstring(xml.encode()).iter(f"{{{DS}}}SignedInfo")
    method = signed_info[0].get("Algorithm")
    data = etree.tostring(signed_info, method="c14n", exclusive=method == forms.EXCLUSIVE_C14N)
    value = b64(KEY.sign(data, PKCS1v15(), SHA256()))
    return re.sub(r"(<ds:SignatureValue[^>]*>)[^<]*", rf"\g<1>{value}", xml)


def refused(xml: str | bytes, **how: Any) -> str:
    with pytest.raises(SignatureError) as caught:
        verify(xml.encode() if isinstance(xml, str) else xml, **how)
    assert caught.value.message == forms.MESSAGES[caught.value.code]
    assert "%(" not in str(caught.value)
    return caught.value.code


def good(xml: str, **how: Any) -> Verified:
    return verify(xml.encode(), **how)


class TestAGoodSignature:
    @EITHER
    def test_tells_who_signed_when_under_which_policy(self, form: str) -> None:
        found = good(FORMS[form]())
        assert (found.signer, found.signed_at) == (COMPANY, NOW)
        assert found.policy in (POLICY, forms.POLICY)
        assert found.root.tag.endswith("}FacturaElectronica")
        assert not list(found.root.iter(f"{{{DS}}}Signature"))

    @EITHER
    def test_xmlsec_agrees(self, form: str) -> None:
        assert holds(FORMS[form]().encode())

    @EITHER
    @pytest.mark.parametrize("signer", [COMPANY, f"00{COMPANY}"])
    def test_of_the_one_who_should_have_signed(self, form: str, signer: str) -> None:
        assert good(FORMS[form](), signer=signer).signer == COMPANY

    def test_of_a_natural_person(self) -> None:
        xml = sign(PAYLOAD, KEY, certificate(serial="CPF-01-0234-0567"), NOW)
        assert good(xml, signer="102340567").signer == "102340567"

    def test_of_a_company_with_letters(self) -> None:
        xml = sign(PAYLOAD, KEY, certificate(serial="CPJ-3-101-A00000"), NOW)
        assert good(xml, signer="3101A00000").signer == "3101A00000"

    def test_comments_are_not_covered_and_not_read(self) -> None:
        xml = FORMS["our form"]().replace("Ñandú", "Ñan<!-- -->dú")
        assert (good(xml).root[0].text or "").startswith("Ñandú &")

    def test_text_behind_the_signature_is_the_document_s(self) -> None:
        xml = FORMS["our form"]()
        assert refused(xml.replace("</ds:Signature>", "</ds:Signature>more")) == "altered"
        assert holds(xml.encode())

    def test_a_time_without_a_zone_is_costa_rica_s(self) -> None:
        xml = filtered(PAYLOAD, at=NOW.replace(tzinfo=None), policy=POLICY)
        assert good(xml).signed_at == NOW + timedelta(hours=6)


class TestABadSignature:
    @EITHER
    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            ("<Campo1>1.00000", "<Campo1>2.00000", "altered"),
            ("2026-11-22T12:00:00", "2026-11-22T12:00:01", "altered"),
            ('URI=""', 'URI="#id"', "reference_refused"),
            ('URI=""', "", "reference_refused"),
            ("xmlenc#sha256", "xmldsig-more#md5", "algorithm_refused"),
            ("more#rsa-sha256", "more#rsa-md5", "algorithm_refused"),
            ("<ds:X509Certificate>M", "<ds:X509Certificate>N", "certificate_differs"),
            ("<ds:X509Certificate>M", "<ds:X509Certificate>!", "certificate_unreadable"),
            ("ds:SignedInfo>", "ds:SignedThing>", "incomplete"),
            ("xades:SignedProperties", "xades:SignedThings", "incomplete"),
            ("xades:CertDigest>", "xades:CertThing>", "incomplete"),
        ],
    )
    def test_a_change_is_refused(self, form: str, old: str, new: str, code: str) -> None:
        xml = FORMS[form]()
        assert old in xml
        assert refused(xml.replace(old, new)) == code

    @EITHER
    def test_another_value(self, form: str) -> None:
        xml = FORMS[form]()
        start = xml.index(">", xml.index("<ds:SignatureValue")) + 1
        assert refused(xml[:start] + ("B" if xml[start] != "B" else "C") + xml[start + 1 :]) == "signature_invalid"
        assert refused(xml[:start] + "!" + xml[start + 1 :]) == "signature_invalid"

    def test_a_certificate_of_another_key(self) -> None:
        other = certificate(other_key())
        assert refused(filtered(PAYLOAD, KEY, other, policy=POLICY)) == "signature_invalid"

    def test_no_certificate_at_all(self) -> None:
        assert refused(filtered(PAYLOAD, KEY, b"nothing", policy=POLICY)) == "certificate_unreadable"

    def test_a_key_so_small_that_anybody_could_find_it(self) -> None:
        small = key_of(2**521 - 1, 2**607 - 1)
        # The certificate's own signature is never looked at.
        assert refused(filtered(PAYLOAD, small, certificate(small), policy=POLICY)) == "algorithm_refused"

    @pytest.mark.parametrize("days", [-31, 31])
    def test_a_certificate_of_another_time(self, days: int) -> None:
        xml = sign(PAYLOAD, KEY, certificate(), NOW + timedelta(days=days))
        assert refused(xml) == "not_valid_then"

    def test_somebody_else_s(self) -> None:
        xml = FORMS["our form"]()
        assert refused(xml, signer="3102000000") == "signer_differs"
        assert refused(sign(PAYLOAD, KEY, certificate(serial=""), NOW), signer=COMPANY) == "signer_differs"

    def test_without_a_policy(self) -> None:
        xml = filtered(PAYLOAD)
        assert refused(xml, sha1_fingerprint=True) == "no_policy"
        assert good(xml, sha1_fingerprint=True, policy_required=False).policy is None

    def test_a_certificate_named_by_sha1(self) -> None:
        assert refused(filtered(PAYLOAD), policy_required=False) == "algorithm_refused"

    def test_a_filter_that_leaves_out_more(self) -> None:
        signature = "not(ancestor-or-self::ds:Signature)"
        other = "not(ancestor-or-self::other:Signature)"  # bound, and to something else
        for expression in (f"{signature} and not(self::Nombre)", "true()", "not(self::Nombre)", other):
            xml = filtered(PAYLOAD, policy=POLICY, expression=expression)
            xml = resigned(xml.replace("<ds:XPath>", '<ds:XPath xmlns:other="urn:x">'))
            assert refused(xml) == "algorithm_refused"
        assert good(filtered(PAYLOAD, policy=POLICY, expression=" not( ancestor-or-self::ds:Signature )\n"))


class TestWhatIsCovered:
    """Signatures whose value holds, by a signer who leaves a door open for himself or others."""

    def test_a_value_made_anew_holds(self) -> None:
        for form in FORMS.values():
            assert good(resigned(form().replace("<ds:SignatureValue", "\n<ds:SignatureValue"))).signer == COMPANY

    def test_the_document_twice(self) -> None:
        xml = FORMS["the annex's form"]()
        [reference] = re.findall(r'<ds:Reference Id="r-id-1".*?</ds:Reference>', xml)
        assert refused(resigned(xml.replace(reference, reference * 2))) == "reference_refused"

    def test_the_document_not_at_all(self) -> None:
        xml = re.sub(r'<ds:Reference Id="r-id-1".*?</ds:Reference>', "", FORMS["the annex's form"]())
        assert refused(resigned(xml)) == "reference_refused"

    def test_the_statements_not_at_all(self) -> None:
        xml = re.sub(r'<ds:Reference Type="[^"]+Properties".*?</ds:Reference>', "", FORMS["the annex's form"]())
        assert refused(resigned(xml)) == "reference_refused"

    def test_another_part_in_the_place_of_the_statements(self) -> None:
        """Two parts of one name, and the digest is the other one's."""
        xml = FORMS["our form"]()
        name = xml.partition('<ds:KeyInfo Id="')[2].partition('"')[0]
        xml = re.sub(r'<ds:Reference Type="[^"]+Properties".*?</ds:Reference>', "", xml)
        xml = re.sub(r'<xades:SignedProperties Id="[^"]+"', f'<xades:SignedProperties Id="{name}"', xml)
        assert refused(resigned(xml)) == "reference_refused"

    def test_the_document_without_a_word_of_the_signature_in_it(self) -> None:
        xml = re.sub(
            r'<ds:Transform Algorithm="[^"]+xpath[^"]+">.*?</ds:Transform>',
            f'<ds:Transform Algorithm="{forms.C14N}"/>',
            FORMS["the annex's form"](),
        )
        assert refused(resigned(xml)) == "reference_refused"

    @pytest.mark.parametrize(
        "transform",
        [
            f'<ds:Transform Algorithm="{forms.EXCLUSIVE_C14N}"><x/></ds:Transform>',
            '<ds:Transform Algorithm="urn:x"/>',
        ],
    )
    def test_by_a_transform_of_another_kind(self, transform: str) -> None:
        plain = f'<ds:Transform Algorithm="{forms.EXCLUSIVE_C14N}"/>'
        assert refused(resigned(FORMS["the annex's form"]().replace(plain, transform))) == "algorithm_refused"


class TestWrapping:
    """Documents in which the signed one is not the one that is read."""

    def test_the_signed_document_inside_another(self) -> None:
        xml = FORMS["our form"]().partition("?>")[2]
        assert refused(f"<Otra>{xml}</Otra>") == "misplaced"

    def test_a_signature_in_a_wrapper(self) -> None:
        xml = FORMS["our form"]()
        xml = xml.replace("<ds:Signature ", "<W><ds:Signature ").replace("</ds:Signature>", "</ds:Signature></W>")
        assert refused(xml) == "misplaced"

    def test_two_signatures(self) -> None:
        xml = FORMS["our form"]()
        start, end = xml.index("<ds:Signature "), xml.index("</ds:Signature>") + len("</ds:Signature>")
        assert refused(xml[:end] + xml[start:end] + xml[end:]) == "several_signatures"

    def test_no_signature(self) -> None:
        assert refused(PAYLOAD) == "no_signature"


class TestBounds:
    def test_a_namespace_that_has_no_canonical_form(self) -> None:
        assert refused(FORMS["our form"]().replace("https://cdn.", "relative/")) == "unexpected_form"

    @pytest.mark.parametrize(
        ("xml", "code"),
        [
            (b"", "not_xml"),
            (b"<a>", "not_xml"),
            (b"<a>\xff</a>", "not_xml"),
            ("<a>é</a>".encode("utf-16"), "not_xml"),
            (b"\x00", "not_xml"),
            (b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "dtd_refused"),
            (b"<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/'><a/>", "dtd_refused"),
            (b"<a>&b;</a>", "not_xml"),
            (b"<a><?php 1?></a>", "unexpected_form"),
            (b"<a " + b" ".join(b'a%d=""' % n for n in range(50_000)) + b"/>", "unexpected_form"),
            (b"<a " + b" ".join(b'xmlns:a%d="b"' % n for n in range(50_000)) + b"/>", "unexpected_form"),
            (b"<a>" * 100_000, "not_xml"),
            (b"<a>" * 300 + b"</a>" * 300, "not_xml"),
            (b" " * (LARGEST + 1), "too_large"),
        ],
        ids=lambda value: value if isinstance(value, str) else None,
    )
    def test_what_is_hostile_is_refused_quickly(self, xml: bytes, code: str) -> None:
        assert refused(xml) == code
        assert quickest(lambda: refused(xml), enough=0.5) < 0.5

    def test_a_thousand_lines_in_the_annex_s_form(self) -> None:
        """xmlsec itself takes more than half a minute for it."""
        xml = filtered(document(1_000), policy=POLICY).encode()
        assert quickest(lambda: verify(xml), enough=0.3) < 0.3

    def test_the_largest_document_that_is_read(self) -> None:
        xml = b"<a>" + b"<b/>" * ((LARGEST - 7) // 4) + b"</a>"
        assert refused(xml) == "no_signature"
        assert quickest(lambda: refused(xml), enough=2) < 2

    @settings(max_examples=examples(50))
    @given(st.binary(max_size=200))
    def test_anything_at_all_is_refused_with_a_reason(self, data: bytes) -> None:
        assert refused(data) in forms.MESSAGES
        assert refused(b"<a>" + data + b"</a>") in forms.MESSAGES

    @settings(max_examples=examples(60))
    @given(st.data())
    def test_no_byte_of_a_signed_document_can_be_changed_unnoticed(self, data: st.DataObject) -> None:
        """Accepted is only what is canonically the same document, signed by the same key at the same time."""
        xml = bytearray(FORMS["the annex's form"]().encode())
        place = data.draw(st.integers(0, len(xml) - 1))
        xml[place] ^= 1 << data.draw(st.integers(0, 6))
        try:
            found = verify(bytes(xml))
        except SignatureError:
            return
        expected = etree.tostring(parse(PAYLOAD.encode()), method="c14n", exclusive=True)
        assert etree.tostring(found.root, method="c14n", exclusive=True) == expected
        assert found.signer == COMPANY
        assert found.signed_at == NOW

"""What we sign: held good by xmlsec and by our own reading, and the document itself is left as it stands."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from base64 import b64decode
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from hacienda.costarica.signature import forms
from hacienda.costarica.signature.signing import sign
from hacienda.costarica.signature.verifying import verify
from tests.effort import examples
from tests.hacienda.costarica.certificates import COMPANY, DS, NOW, XADES, certificate, other_key
from tests.hacienda.costarica.times import quickest
from tests.hacienda.costarica.xmlsec_check import holds
from tests.hacienda.signing import KEY

DER = certificate(issuer="CA <DE> PRUEBA & CÍA")
TEXT = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="<>&\ufffe\uffff")
NAMESPACE = "https://cdn.comprobanteselectronicos.go.cr/xml-schemas/v4.4/facturaElectronica"
LINE = "".join(f"<Campo{n}>{n}.00000</Campo{n}>" for n in range(40))


def document(lines: int = 1, name: str = "Ñandú &amp; Cía &lt;S.A.&gt;") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<FacturaElectronica xmlns="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<Nombre>{name}</Nombre>{f'<LineaDetalle>{LINE}</LineaDetalle>' * lines}\n</FacturaElectronica>\n"
    )


def signed(payload: str) -> str:
    return sign(payload, KEY, DER, NOW)


def find(xml: str, name: str) -> str:
    [element] = etree.fromstring(xml.encode()).iter(name)
    return element.text or ""


class TestWhatWeSign:
    def test_it_holds_for_us_and_for_xmlsec(self) -> None:
        xml = signed(document()).encode()
        found = verify(xml, signer=COMPANY)
        assert holds(xml)
        assert (found.signer, found.signed_at, found.policy) == (COMPANY, NOW, forms.POLICY)
        assert found.certificate == x509.load_der_x509_certificate(DER)

    def test_the_document_is_left_as_it_stands(self) -> None:
        payload = document()
        head, end, tail = payload.rpartition("</FacturaElectronica>")
        xml = signed(payload)
        assert xml.startswith(head + "<ds:Signature ")
        assert xml.endswith("</ds:Signature>" + end + tail)

    def test_the_same_input_signs_the_same(self) -> None:
        assert signed(document()) == signed(document())

    def test_it_has_no_byte_order_mark_and_no_line_breaks_of_its_own(self) -> None:
        xml = signed(document())
        assert xml.startswith('<?xml version="1.0" encoding="UTF-8"?>')
        assert "\n" not in xml[xml.index("<ds:Signature") : xml.index("</ds:Signature>")]

    def test_it_says_what_the_annex_asks_for(self) -> None:
        xml = signed(document())
        assert find(xml, f"{{{XADES}}}SigningTime") == "2026-11-22T12:00:00Z"
        assert find(xml, f"{{{DS}}}X509SerialNumber") == "12345678901234567890"
        assert find(xml, f"{{{DS}}}X509IssuerName") == r"CN=CA \<DE\> PRUEBA & CÍA"
        root = etree.fromstring(xml.encode())
        names = {"ds": DS, "xades": XADES}
        fingerprint = root.findtext(".//xades:CertDigest/ds:DigestValue", namespaces=names)
        policy_hash = root.findtext(".//xades:SigPolicyHash/ds:DigestValue", namespaces=names)
        assert b64decode(fingerprint or "") == hashlib.sha256(DER).digest()
        assert b64decode(policy_hash or "") == forms.POLICY_HASH
        assert root[-1].tag == f"{{{DS}}}Signature"
        uris = [one.get("URI") for one in root.iter(f"{{{DS}}}Reference")]
        assert uris[0] == ""
        assert len(set(uris)) == 3
        methods = {one.get("Algorithm") for one in root.iter(f"{{{DS}}}DigestMethod")}
        assert methods == {forms.SHA256_DIGEST}

    @settings(max_examples=examples(25))
    @given(
        st.text(
            st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="<>&￾￿"), max_size=40
        )
    )
    def test_any_text_can_be_signed(self, name: str) -> None:
        xml = signed(document(name=name)).encode()
        assert verify(xml).root[0].text == (name or None)
        assert holds(xml)

    @pytest.mark.parametrize(
        ("old", "new"), [("Ñandú", "Ñandu"), (".00000<", ".000000<"), ("12:00:00Z", "12:00:01Z")]
    )
    def test_xmlsec_sees_a_change(self, old: str, new: str) -> None:
        assert not holds(signed(document()).replace(old, new).encode())


class TestWhatWeDoNotSign:
    @pytest.mark.parametrize("payload", ["", "text", "<a/>", "<a>&b;</a>", "<a></b>", "<!DOCTYPE a><a></a>"])
    def test_what_is_no_document(self, payload: str) -> None:
        with pytest.raises(ValueError, match="document"):
            signed(payload)

    def test_what_is_signed_already(self) -> None:
        with pytest.raises(ValueError, match="unsigned"):
            signed(signed(document()))

    def test_with_a_certificate_of_another_key(self) -> None:
        with pytest.raises(ValueError, match="key"):
            sign(document(), other_key(), DER, NOW)

    def test_at_a_time_without_a_zone(self) -> None:
        with pytest.raises(ValueError, match="zone"):
            sign(document(), KEY, DER, NOW.replace(tzinfo=None))


def test_a_thousand_lines_are_signed_and_verified_in_three_tenths_of_a_second() -> None:
    payload = document(1_000)
    assert len(payload) > 800_000
    assert quickest(lambda: verify(signed(payload).encode()), enough=0.3) < 0.3


def test_debian_s_xmlsec1_agrees(tmp_path: Path) -> None:
    program = shutil.which("xmlsec1")
    if program is None:
        pytest.skip("xmlsec1 is not installed")
    file, pem = tmp_path / "signed.xml", tmp_path / "certificate.der"
    file.write_text(signed(document(3)), encoding="utf-8")
    pem.write_bytes(DER)
    ids = [f"--id-attr:Id={DS}:KeyInfo", f"--id-attr:Id={XADES}:SignedProperties"]
    ids = [part for one in ids for part in one.split("=", 1)]
    command = [program, "--verify", "--pubkey-cert-der", str(pem), *ids, str(file)]
    good = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert good.returncode == 0, good.stderr
    file.write_text(signed(document(3)).replace("39.00000", "39.00001"), encoding="utf-8")
    assert subprocess.run(command, capture_output=True, timeout=20, check=False).returncode != 0

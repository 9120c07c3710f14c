"""Our reading of signatures and python-xmlsec's on the signed samples, and xmlsec1's of what we sign."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from lxml import etree

from hacienda.costarica.signature import seal
from hacienda.costarica.signature.forms import SignatureError
from hacienda.costarica.signature.seal import KNOWN, KnownSeal
from hacienda.costarica.signature.signing import sign
from hacienda.costarica.signature.verifying import Verified, verify
from hacienda.values import Environment
from tests.hacienda.costarica.certificates import DS, NOW, XADES, certificate, filtered
from tests.hacienda.costarica.times import quickest
from tests.hacienda.costarica.xmlsec_check import holds
from tests.hacienda.signing import KEY

ISSUER, BUYER = "3101000000", "3102000000"
LINES = 1_000


@pytest.fixture
def samples(reference: Path) -> Path:
    return reference / "costarica" / "samples"


def read(path: Path, **how: str) -> Verified:
    answer = path.name.startswith("mh-")
    return verify(path.read_bytes(), policy_required=not answer, sha1_fingerprint=answer, **how)


def signer_of(path: Path) -> str:
    return {"mh": "2100000000", "mr": BUYER}.get(path.name[:2], ISSUER)


def test_every_signed_sample_holds_for_us_and_for_xmlsec(samples: Path) -> None:
    paths = sorted((samples / "signed").glob("*.xml"))
    assert len(paths) == 27
    for path in paths:
        found = read(path, signer=signer_of(path))
        assert holds(path.read_bytes()), path.name
        assert (found.policy is None) == path.name.startswith("mh-"), path.name


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("fe-tampered-total", "altered"),
        ("fe-firma-sin-politica", "no_policy"),
        ("fe-firmada-por-otro-contribuyente", "signer_differs"),
        # Wrong in their content: what their signatures say is true.
        ("fe-xsd-sin-baseimponible", None),
        ("fe-fecha-no-coincide-con-clave", None),
        ("fe-total-no-cuadra", None),
    ],
)
def test_invalid_samples_are_refused_for_their_signature_or_not_for_it(
    samples: Path, name: str, code: str | None
) -> None:
    path = samples / "invalid" / f"{name}.xml"
    assert holds(path.read_bytes()) == (code != "altered")
    if code is None:
        assert read(path, signer=ISSUER).signer == ISSUER
        return
    with pytest.raises(SignatureError) as caught:
        read(path, signer=ISSUER)
    assert caught.value.code == code


def test_every_invalid_sample_is_looked_at(samples: Path) -> None:
    assert len(list((samples / "invalid").glob("*.xml"))) == 6


def test_the_samples_answers_are_sealed_by_nobody_we_know(samples: Path) -> None:
    for environment in Environment:
        with pytest.raises(SignatureError) as caught:
            seal.verify((samples / "signed" / "mh-01-aceptado.xml").read_bytes(), environment)
        assert caught.value.code == "seal_differs"


def test_the_listed_seal_is_the_real_one(samples: Path) -> None:
    real = x509.load_pem_x509_certificate((samples / "hacienda-seal-2025-2029.pem").read_bytes())
    seal.check_names(real, KNOWN)
    with pytest.raises(SignatureError):
        seal.check_names(real, [KnownSeal(one.subject, one.issuer, "00" * 32) for one in KNOWN])


def test_xmlsec1_holds_what_we_sign_of_every_sample(samples: Path, tmp_path: Path) -> None:
    program = shutil.which("xmlsec1")
    if program is None:
        pytest.skip("xmlsec1 is not installed")
    der = tmp_path / "certificate.der"
    der.write_bytes(certificate())
    files = []
    for path in sorted((samples / "unsigned").glob("*.xml")):
        payload = path.read_text(encoding="utf-8")
        signed = sign(payload, KEY, certificate(), NOW)
        assert holds(signed.encode()), path.name
        files.append(tmp_path / path.name)
        files[-1].write_text(signed, encoding="utf-8")
    assert len(files) == 26
    command = [program, "--verify", "--pubkey-cert-der", str(der)]
    command += ["--id-attr:Id", f"{DS}:KeyInfo", "--id-attr:Id", f"{XADES}:SignedProperties"]
    result = subprocess.run([*command, *map(str, files)], capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stderr.count("OK\n") == len(files)


def test_a_thousand_lines(samples: Path) -> None:
    """Signed and verified, and verified in the annex's form, each in less than three tenths of a second."""
    text = (samples / "unsigned" / "fe-02-compleja-usd-credito.xml").read_text(encoding="utf-8")
    start, end = text.index("<LineaDetalle>"), text.rindex("</LineaDetalle>") + len("</LineaDetalle>")
    lines = text[start:end]
    payload = text[:start] + lines * (LINES // lines.count("<LineaDetalle>")) + text[end:]
    assert len(payload) > 800_000

    signed = sign(payload, KEY, certificate(), NOW)
    took = quickest(lambda: verify(sign(payload, KEY, certificate(), NOW).encode()), enough=0.3)
    assert took < 0.3
    assert len(etree.fromstring(signed.encode()).findall(".//{*}LineaDetalle")) == LINES

    annex = filtered(payload, policy="https://example.com/policy").encode()
    assert quickest(lambda: verify(annex), enough=0.3) < 0.3

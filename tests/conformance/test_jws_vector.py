"""Our reading of a JWS against the complete vector of the reference data, and our signature against its form."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode, urlsafe_b64decode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.serialization import load_der_public_key
from lxml import etree

from hacienda.elsalvador.transport import certificate, jws

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PASSWORD = "Llave.De-Prueba-2026"


@pytest.fixture
def samples(reference: Path) -> Path:
    return reference / "elsalvador" / "protocol-samples"


@pytest.fixture
def vector(samples: Path) -> dict[str, Any]:
    return dict(json.loads((samples / "jws-vector.json").read_text(encoding="utf-8")))


def test_the_vector_verifies_under_its_public_key(vector: dict[str, Any]) -> None:
    key = load_der_public_key(b64decode(vector["public_key_spki_der_base64"]))
    assert isinstance(key, RSAPublicKey)
    signed, _, last = vector["jws_compact"].rpartition(".")
    key.verify(urlsafe_b64decode(last + "=="), signed.encode(), PKCS1v15(), SHA512())


def test_what_we_sign_has_the_vectors_form(vector: dict[str, Any]) -> None:
    ours = jws.sign(vector["payload_utf8"], generate_private_key(public_exponent=65537, key_size=2048))
    assert ours.rpartition(".")[0] == vector["jws_compact"].rpartition(".")[0]
    assert len(ours.rpartition(".")[2]) == vector["signature_b64url_chars"]
    assert jws.payload(vector["jws_compact"]) == vector["payload_utf8"]


def test_the_password_is_hashed_as_in_the_real_files(vector: dict[str, Any]) -> None:
    assert hashlib.sha512(vector["password_example"].encode()).hexdigest() == vector["password_sha512_hex"]
    xml = made(vector["password_example"])
    assert etree.fromstring(xml).findtext("privateKey/clave") == vector["password_sha512_hex"]


def test_a_made_signing_file_has_the_elements_of_a_real_one_in_their_order(samples: Path) -> None:
    template = etree.parse(str(samples / "certificado-mh-plantilla.xml")).getroot()
    assert paths(etree.fromstring(made(PASSWORD))) == paths(template)


def made(password: str) -> bytes:
    return certificate.make(
        tax_id="06140101010019",
        name="PRUEBA",
        registration="1234567",
        email="pruebas@example.com",
        password=password,
        now=NOW,
    )


def paths(root: etree._Element) -> list[str]:
    tree = root.getroottree()
    return [tree.getelementpath(element) for element in root.iter()]

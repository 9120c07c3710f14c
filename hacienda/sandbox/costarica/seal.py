"""The seal: a key and certificate of the sandbox's own, and the form in which Hacienda signs its answers.

That form is not the taxpayers': exclusive canonical XML, an XPath transform, two references, no policy, and the
certificate's digest in SHA-1.
"""

from __future__ import annotations

import base64
import hashlib
import os
import threading
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID
from lxml import etree

from .signature import SHA1, SIGNED_PROPERTIES, XADES, XPATH
from .structure import DS

FILE_NAME = "costarica-seal.pem"
LIFE = timedelta(days=4 * 365)
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256_DIGEST = "http://www.w3.org/2001/04/xmlenc#sha256"
NAME = (
    (NameOID.COUNTRY_NAME, "CR"),
    (NameOID.ORGANIZATION_NAME, "SMARTBILL - SIN VALOR TRIBUTARIO"),
    (NameOID.COMMON_NAME, "SELLO DE LA SANDBOX"),
    (NameOID.SERIAL_NUMBER, "CPJ-2-100-000000"),
)


def _make() -> bytes:
    """Return a new key and its certificate, in one text."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(kind, value) for kind, value in NAME])
    began = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + LIFE)
        .sign(key, SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + certificate.public_bytes(Encoding.PEM)


def _digest(raw: bytes) -> str:
    return base64.b64encode(hashlib.sha256(raw).digest()).decode("ascii")


def _exclusive(element: etree._Element) -> bytes:
    return bytes(etree.tostring(element, method="c14n", exclusive=True))


class Seal:
    """The sandbox's seal, made when it is first needed and kept in a file that only its owner can read."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE_NAME
        self._lock = threading.Lock()
        self._kept: tuple[RSAPrivateKey, x509.Certificate] | None = None

    def _opened(self) -> tuple[RSAPrivateKey, x509.Certificate]:
        with self._lock:
            if self._kept is None:
                if not self._path.exists():
                    self._write(_make())
                raw = self._path.read_bytes()
                key = load_pem_private_key(raw, None)
                if not isinstance(key, RSAPrivateKey):
                    raise ValueError(f"{self._path.name} holds no RSA key")
                self._kept = key, x509.load_pem_x509_certificate(raw)
            return self._kept

    def _write(self, raw: bytes) -> None:
        """Write the file as a whole: a process that ends meanwhile leaves none."""
        beside = self._path.with_suffix(".new")
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(raw)
        beside.replace(self._path)

    def certificate(self) -> bytes:
        """Return the certificate, DER."""
        return self._opened()[1].public_bytes(Encoding.DER)

    def sign(self, root: etree._Element, at: datetime) -> str:
        """Return the answer with the seal as its last element, as text; `at` is written as the signing time."""
        key, certificate = self._opened()
        code = uuid.uuid4().hex
        # Before the signature is there, the document is what the XPath transform leaves of it.
        signed = _digest(_exclusive(root))
        signature = etree.fromstring(_unfinished(code, signed, certificate, at))
        root.append(signature)
        properties = signature.find(f".//{{{XADES}}}SignedProperties")
        info, value = signature[0], signature[1]
        info[3][-1].text = _digest(_exclusive(properties)) if properties is not None else ""
        value.text = base64.b64encode(key.sign(_exclusive(info), PKCS1v15(), SHA256())).decode("ascii")
        return "<?xml version='1.0' encoding='UTF-8'?>\n" + etree.tostring(root, encoding="unicode")


def _unfinished(code: str, signed: str, certificate: x509.Certificate, at: datetime) -> str:
    """Return the signature with its value and the digest of its own properties left empty."""
    raw = certificate.public_bytes(Encoding.DER)
    # SHA-1 is what Hacienda's own answers have here; nothing rests on it, since the certificate is beside it.
    thumbprint = base64.b64encode(hashlib.sha1(raw, usedforsecurity=False).digest()).decode("ascii")
    issuer = certificate.issuer.rfc4514_string()
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    exclusive = f'<ds:Transform Algorithm="{EXCLUSIVE}"/>'
    method = f'<ds:DigestMethod Algorithm="{SHA256_DIGEST}"/>'
    return (
        f'<ds:Signature xmlns:ds="{DS}" Id="id-{code}"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/><ds:SignatureMethod Algorithm="{RSA_SHA256}"/>'
        f'<ds:Reference Id="r-id-1" Type="" URI=""><ds:Transforms><ds:Transform Algorithm="{XPATH}">'
        f"<ds:XPath>not(ancestor-or-self::ds:Signature)</ds:XPath></ds:Transform>{exclusive}</ds:Transforms>"
        f"{method}<ds:DigestValue>{signed}</ds:DigestValue></ds:Reference>"
        f'<ds:Reference Type="{SIGNED_PROPERTIES}" URI="#xades-id-{code}"><ds:Transforms>{exclusive}</ds:Transforms>'
        f"{method}<ds:DigestValue></ds:DigestValue></ds:Reference></ds:SignedInfo>"
        f'<ds:SignatureValue Id="value-id-{code}"></ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>'
        f"{base64.b64encode(raw).decode('ascii')}</ds:X509Certificate></ds:X509Data></ds:KeyInfo><ds:Object>"
        f'<xades:QualifyingProperties xmlns:xades="{XADES}" Target="#id-{code}">'
        f'<xades:SignedProperties Id="xades-id-{code}"><xades:SignedSignatureProperties>'
        f"<xades:SigningTime>{moment}</xades:SigningTime><xades:SigningCertificate><xades:Cert><xades:CertDigest>"
        f'<ds:DigestMethod Algorithm="{SHA1}"/><ds:DigestValue>{thumbprint}</ds:DigestValue></xades:CertDigest>'
        f"<xades:IssuerSerial><ds:X509IssuerName>{issuer}</ds:X509IssuerName>"
        f"<ds:X509SerialNumber>{certificate.serial_number}</ds:X509SerialNumber></xades:IssuerSerial></xades:Cert>"
        "</xades:SigningCertificate></xades:SignedSignatureProperties><xades:SignedDataObjectProperties>"
        '<xades:DataObjectFormat ObjectReference="#r-id-1"><xades:MimeType>application/octet-stream</xades:MimeType>'
        "</xades:DataObjectFormat></xades:SignedDataObjectProperties></xades:SignedProperties>"
        "</xades:QualifyingProperties></ds:Object></ds:Signature>"
    )

"""Certificates and seals for the tests, of keys that are used nowhere else."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree

from tests.hacienda.signing import KEY

COMPANY = "3101000000"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"


@cache
def other_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def certificate(
    key: RSAPrivateKey = KEY,
    *,
    name: str = "EMPRESA DE PRUEBA, S.A.",
    serial: str = "CPJ-3-101-000000",
    issuer: str = "CA DE PRUEBA",
    since: datetime = NOW - timedelta(days=30),
    until: datetime = NOW + timedelta(days=30),
) -> bytes:
    """A certificate that nobody vouches for, as DER."""
    subject = [x509.NameAttribute(NameOID.COUNTRY_NAME, "CR"), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if serial:
        subject.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, serial))
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name(subject))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(12_345_678_901_234_567_890)
        .not_valid_before(since)
        .not_valid_after(until)
        .sign(key, SHA256())
        .public_bytes(Encoding.DER)
    )


def filtered(
    payload: str,
    key: RSAPrivateKey = KEY,
    der: bytes | None = None,
    *,
    at: datetime = NOW,
    policy: str | None = None,
    expression: str = "not(ancestor-or-self::ds:Signature)",
) -> str:
    """`payload` signed in the annex's form, with an XPath filter; without a policy as Hacienda seals its answers."""
    der = der or certificate(key)
    sha1 = policy is None
    root = etree.fromstring(payload.encode())
    exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#"
    sha256 = "http://www.w3.org/2001/04/xmlenc#sha256"
    digest = b64(hashlib.sha256(etree.tostring(root, method="c14n", exclusive=True)).digest())
    fingerprint = b64(hashlib.new("sha1" if sha1 else "sha256", der).digest())
    fingerprint_method = f"{DS}sha1" if sha1 else sha256
    named = (
        "<xades:SignaturePolicyIdentifier><xades:SignaturePolicyId><xades:SigPolicyId>"
        f"<xades:Identifier>{policy}</xades:Identifier></xades:SigPolicyId></xades:SignaturePolicyId>"
        "</xades:SignaturePolicyIdentifier>"
        if policy is not None
        else ""
    )
    text = (
        f'<ds:Signature xmlns:ds="{DS}" Id="id-1"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{exclusive}"/>'
        '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>'
        '<ds:Reference Id="r-id-1" Type="" URI=""><ds:Transforms>'
        '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116">'
        f'<ds:XPath>{expression}</ds:XPath></ds:Transform><ds:Transform Algorithm="{exclusive}"/></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{sha256}"/><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>'
        '<ds:Reference Type="http://uri.etsi.org/01903#SignedProperties" URI="#xades-id-1">'
        f'<ds:Transforms><ds:Transform Algorithm="{exclusive}"/></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{sha256}"/><ds:DigestValue>DIGEST</ds:DigestValue></ds:Reference>'
        "</ds:SignedInfo><ds:SignatureValue>VALUE</ds:SignatureValue>"
        f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{b64(der)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        f'<ds:Object><xades:QualifyingProperties xmlns:xades="{XADES}" Target="#id-1">'
        '<xades:SignedProperties Id="xades-id-1"><xades:SignedSignatureProperties>'
        f"<xades:SigningTime>{at.isoformat()}</xades:SigningTime><xades:SigningCertificate><xades:Cert>"
        f'<xades:CertDigest><ds:DigestMethod Algorithm="{fingerprint_method}"/><ds:DigestValue>{fingerprint}'
        f"</ds:DigestValue></xades:CertDigest></xades:Cert></xades:SigningCertificate>{named}"
        "</xades:SignedSignatureProperties></xades:SignedProperties></xades:QualifyingProperties></ds:Object>"
        "</ds:Signature>"
    )
    text = text.replace("DIGEST", b64(hashlib.sha256(canonical(text, f"{{{XADES}}}SignedProperties")).digest()))
    signed = key.sign(canonical(text, f"{{{DS}}}SignedInfo"), PKCS1v15(), SHA256())
    head, end, tail = payload.rpartition("</")
    return head + text.replace("VALUE", b64(signed)) + end + tail


def canonical(signature: str, name: str) -> bytes:
    [element] = etree.fromstring(signature).iter(name)
    return etree.tostring(element, method="c14n", exclusive=True)


def b64(data: bytes) -> str:
    return b64encode(data).decode()

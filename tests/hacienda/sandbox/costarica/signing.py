"""A small signer for the sandbox's tests: keys and certificates made up on the spot, and XAdES by lxml and xmlsec."""

from __future__ import annotations

import base64
import hashlib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID
from lxml import etree

DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
C14N, EXCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED, XPATH = f"{DS}enveloped-signature", "http://www.w3.org/TR/1999/REC-xpath-19991116"
POLICY = "https://example.com/politica.pdf"


@dataclass(frozen=True)
class SigningKey:
    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> str:
        return base64.b64encode(self.certificate.public_bytes(Encoding.DER)).decode()

    @property
    def spki(self) -> str:
        raw = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(raw).decode()


def serial(tax_id: str) -> str:
    """How a certificate of Hacienda's writes a tax id."""
    if len(tax_id) == 9:
        return f"CPF-0{tax_id[0]}-{tax_id[1:5]}-{tax_id[5:]}"
    return f"CPJ-{tax_id[0]}-{tax_id[1:4]}-{tax_id[4:]}"


@cache
def rsa_key(number: int = 0) -> rsa.RSAPrivateKey:
    """A throwaway key made for this run."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def signing_key(tax_id: str, number: int = 0, began_days_ago: int = 1, days: int = 365) -> SigningKey:
    key = rsa_key(number)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CR"),
            x509.NameAttribute(NameOID.COMMON_NAME, "EMPRESA DE PRUEBA"),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, serial(tax_id)),
        ]
    )
    began = datetime.now(UTC) - timedelta(days=began_days_ago)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=days))
        .sign(key, SHA256())
    )
    return SigningKey(key, certificate)


def sign(document: bytes, signer: SigningKey, *, xpath: bool = False, policy: str | None = POLICY) -> bytes:
    """The document with its signature: enveloped and C14N with three references, or, with `xpath`, Anexo 2's form."""
    root = etree.fromstring(document)
    root.append(etree.fromstring(_template(signer, xpath, policy)))
    signature = root[-1]
    xmlsec.tree.add_ids(signature, ["Id"])
    context = xmlsec.SignatureContext()
    pem = signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    context.key = xmlsec.Key.from_memory(pem, xmlsec.KeyFormat.PEM)
    context.sign(signature)
    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8")


def verifies(document: bytes) -> bool:
    """Whether xmlsec verifies a document by the certificate that is in its signature."""
    root = etree.fromstring(document)
    signature = root.find(f"{{{DS}}}Signature")
    xmlsec.tree.add_ids(signature, ["Id"])
    raw = base64.b64decode(signature.findtext(f".//{{{DS}}}X509Certificate"))
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(raw, xmlsec.KeyFormat.CERT_DER)
    try:
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True


def _template(signer: SigningKey, xpath: bool, policy: str | None) -> str:
    code = uuid.uuid4().hex
    certificate = signer.certificate
    digest = '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/>'
    method = '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
    thumbprint = base64.b64encode(hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()).decode()
    if xpath:
        form, first, part = EXCLUSIVE, "", f'<ds:Transforms><ds:Transform Algorithm="{EXCLUSIVE}"/></ds:Transforms>'
        transforms = (
            f'<ds:Transform Algorithm="{XPATH}"><ds:XPath>not(ancestor-or-self::ds:Signature)</ds:XPath>'
            f'</ds:Transform><ds:Transform Algorithm="{EXCLUSIVE}"/>'
        )
    else:
        form, part = C14N, ""
        first = f'<ds:Reference URI="#ki-{code}">{digest}</ds:Reference>'
        transforms = f'<ds:Transform Algorithm="{ENVELOPED}"/>'
    named = (
        ""
        if policy is None
        else (
            "<xades:SignaturePolicyIdentifier><xades:SignaturePolicyId><xades:SigPolicyId><xades:Identifier>"
            f"{policy}</xades:Identifier></xades:SigPolicyId><xades:SigPolicyHash>{method}<ds:DigestValue>AAAA"
            "</ds:DigestValue></xades:SigPolicyHash></xades:SignaturePolicyId></xades:SignaturePolicyIdentifier>"
        )
    )
    return (
        f'<ds:Signature xmlns:ds="{DS}" Id="id-{code}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{form}"/>'
        '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>'
        f'<ds:Reference Id="r-{code}" URI=""><ds:Transforms>{transforms}</ds:Transforms>{digest}</ds:Reference>'
        f"{first}"
        f'<ds:Reference Type="http://uri.etsi.org/01903#SignedProperties" URI="#xades-{code}">{part}{digest}'
        f'</ds:Reference></ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo Id="ki-{code}"><ds:X509Data>'
        f"<ds:X509Certificate>{signer.der}</ds:X509Certificate></ds:X509Data></ds:KeyInfo><ds:Object>"
        f'<xades:QualifyingProperties xmlns:xades="{XADES}" Target="#id-{code}"><xades:SignedProperties '
        f'Id="xades-{code}"><xades:SignedSignatureProperties><xades:SigningTime>2026-01-01T00:00:00Z'
        f"</xades:SigningTime><xades:SigningCertificate><xades:Cert><xades:CertDigest>{method}<ds:DigestValue>"
        f"{thumbprint}</ds:DigestValue></xades:CertDigest><xades:IssuerSerial><ds:X509IssuerName>"
        f"{certificate.issuer.rfc4514_string()}</ds:X509IssuerName><ds:X509SerialNumber>{certificate.serial_number}"
        f"</ds:X509SerialNumber></xades:IssuerSerial></xades:Cert></xades:SigningCertificate>{named}"
        "</xades:SignedSignatureProperties></xades:SignedProperties></xades:QualifyingProperties></ds:Object>"
        "</ds:Signature>"
    )

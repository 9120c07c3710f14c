"""Signing a document: XAdES-EPES, enveloped, C14N 1.0, three references, RSA and SHA-256 everywhere.

This is the form that most issuers send and the one whose time grows with the size alone: the form printed in the
annex, with an XPath filter, takes libxmlsec more than half a minute for a document of 1,000 lines.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from datetime import UTC, datetime
from typing import Final
from xml.sax.saxutils import escape

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree

from hacienda.costarica.signature import forms
from hacienda.costarica.signature.forms import ds, xades
from hacienda.costarica.signature.holders import distinguished
from hacienda.costarica.signature.parsing import parse

_END: Final = re.compile(r"</[^<>]+>\s*\Z")
# Outside the signature's own namespace nothing depends on where it stands.
_SIGNATURE: Final = (
    '<ds:Signature xmlns:ds="{ds}" Id="{id}"><ds:SignedInfo>'
    '<ds:CanonicalizationMethod Algorithm="{c14n}"/><ds:SignatureMethod Algorithm="{rsa}"/>'
    '<ds:Reference Id="r-{id}" URI=""><ds:Transforms><ds:Transform Algorithm="{enveloped}"/></ds:Transforms>'
    '<ds:DigestMethod Algorithm="{sha}"/><ds:DigestValue>{document}</ds:DigestValue></ds:Reference>'
    '<ds:Reference URI="#ki-{id}">'
    '<ds:DigestMethod Algorithm="{sha}"/><ds:DigestValue>{key_info}</ds:DigestValue></ds:Reference>'
    '<ds:Reference Type="{properties_type}" URI="#xades-{id}">'
    '<ds:DigestMethod Algorithm="{sha}"/><ds:DigestValue>{properties}</ds:DigestValue></ds:Reference>'
    '</ds:SignedInfo><ds:SignatureValue Id="value-{id}">{value}</ds:SignatureValue>'
    '<ds:KeyInfo Id="ki-{id}"><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>'
    "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{modulus}</ds:Modulus><ds:Exponent>{exponent}</ds:Exponent>"
    "</ds:RSAKeyValue></ds:KeyValue></ds:KeyInfo>"
    '<ds:Object><xades:QualifyingProperties xmlns:xades="{xades}" Target="#{id}">'
    '<xades:SignedProperties Id="xades-{id}"><xades:SignedSignatureProperties>'
    "<xades:SigningTime>{at}</xades:SigningTime><xades:SigningCertificate><xades:Cert><xades:CertDigest>"
    '<ds:DigestMethod Algorithm="{sha}"/><ds:DigestValue>{fingerprint}</ds:DigestValue></xades:CertDigest>'
    "<xades:IssuerSerial><ds:X509IssuerName>{issuer}</ds:X509IssuerName>"
    "<ds:X509SerialNumber>{serial}</ds:X509SerialNumber></xades:IssuerSerial></xades:Cert>"
    "</xades:SigningCertificate><xades:SignaturePolicyIdentifier><xades:SignaturePolicyId><xades:SigPolicyId>"
    "<xades:Identifier>{policy}</xades:Identifier></xades:SigPolicyId><xades:SigPolicyHash>"
    '<ds:DigestMethod Algorithm="{sha}"/><ds:DigestValue>{policy_hash}</ds:DigestValue></xades:SigPolicyHash>'
    "</xades:SignaturePolicyId></xades:SignaturePolicyIdentifier></xades:SignedSignatureProperties>"
    '<xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference="#r-{id}">'
    "<xades:MimeType>text/xml</xades:MimeType></xades:DataObjectFormat></xades:SignedDataObjectProperties>"
    "</xades:SignedProperties></xades:QualifyingProperties></ds:Object></ds:Signature>"
)


def sign(payload: str, key: RSAPrivateKey, certificate_der: bytes, at: datetime) -> str:
    """The signed document: `payload` as it stands, with the signature before its last end tag.

    `at` is aware, the signing time. The same input signs the same. Raises `ValueError` for a payload that is no
    unsigned XML document or a certificate that is not of this key.
    """
    end = _END.search(payload)
    if at.tzinfo is None:
        raise ValueError("the signing time needs a time zone")
    if end is None or forms.DS in payload:
        raise ValueError("not an unsigned document")
    fields = _fields(payload, key, certificate_der, at)
    root = parse(payload.encode(), limit=len(payload) * 4)
    filled = _filled(root, fields, key)
    return payload[: end.start()] + _SIGNATURE.format_map({**fields, **filled}) + payload[end.start() :]


def _fields(payload: str, key: RSAPrivateKey, certificate_der: bytes, at: datetime) -> dict[str, str]:
    """Everything of the signature that is known before it is made."""
    certificate = x509.load_der_x509_certificate(certificate_der)
    if certificate.public_key() != key.public_key():
        raise ValueError("the certificate is not of this key")
    numbers = key.public_key().public_numbers()
    return {
        "ds": forms.DS,
        "xades": forms.XADES,
        "c14n": forms.C14N,
        "rsa": forms.RSA_SHA256,
        "enveloped": forms.ENVELOPED,
        "sha": forms.SHA256_DIGEST,
        "properties_type": forms.SIGNED_PROPERTIES,
        "id": f"id-{hashlib.sha256(payload.encode()).hexdigest()[:32]}",
        "certificate": _base64(certificate_der),
        "modulus": _number(numbers.n),
        "exponent": _number(numbers.e),
        "at": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "fingerprint": _base64(hashlib.sha256(certificate_der).digest()),
        "issuer": escape(distinguished(certificate.issuer)),
        "serial": str(certificate.serial_number),
        "policy": forms.POLICY,
        "policy_hash": _base64(forms.POLICY_HASH),
    }


def _filled(root: etree._Element, fields: dict[str, str], key: RSAPrivateKey) -> dict[str, str]:
    """The digests and the signature's value, made in place by xmlsec; the tree is thrown away afterwards."""
    empty = dict.fromkeys(("document", "key_info", "properties", "value"), "")
    signature = etree.fromstring(_SIGNATURE.format_map({**fields, **empty}))
    root.append(signature)
    context = xmlsec.SignatureContext()
    # A key is neither hashed nor weakly referred to; exporting and reading it takes a sixth of a millisecond.
    context.key = xmlsec.Key.from_memory(
        key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
        xmlsec.constants.KeyDataFormatDer,
    )
    for one in signature.iter(ds("KeyInfo"), xades("SignedProperties")):
        context.register_id(one, "Id")
    context.sign(signature)
    digests = [value.text or "" for value in signature.findall(f"{ds('SignedInfo')}/*/{ds('DigestValue')}")]
    value = signature.findtext(ds("SignatureValue")) or ""
    return dict(zip(empty, (*digests, "".join(value.split())), strict=True))


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def _number(value: int) -> str:
    return _base64(value.to_bytes((value.bit_length() + 7) // 8, "big"))

"""The second level of the checks: the signature, its form, whose it is.

Every digest is computed here from canonical forms, in time that grows with the document's size only: the XPath form
that Hacienda's own example has makes general libraries compare every node with every other.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from lxml import etree

from .structure import DS, SIGNATURE
from .values import moment

XADES = "http://uri.etsi.org/01903/v1.3.2#"
NAMES = {"ds": DS, "xades": XADES}
SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"
ENVELOPED = f"{DS}enveloped-signature"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
WITHOUT_SIGNATURES = re.compile(r"not\(\s*ancestor-or-self::(\w+):Signature\s*\)")
# Canonical forms, each with whether it is the exclusive one. They differ from 1.1 only in xml:id and xml:base.
CANONICAL = {
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315": False,
    "http://www.w3.org/2006/12/xml-c14n11": False,
    "http://www.w3.org/2001/10/xml-exc-c14n#": True,
}
SHA1 = f"{DS}sha1"
DIGESTS = {
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
}
SIGNATURE_METHODS = {
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256": SHA256(),
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512": SHA512(),
}
SMALLEST_KEY_BITS = 2048
# The document, the signed properties, the key: each further one would be looked for in the whole signature.
MOST_REFERENCES = 5
IDENTITY = re.compile(r"C[PN][FJ]-|NITE-|DIMEX-")
INVALID_TEXT = "La firma del comprobante electrónico no es válida."
NO_POLICY_TEXT = "La firma del documento no tiene el Policy Id"
FOREIGN_TEXT = "La firma del comprobante electrónico no corresponde al obligado tributario que lo emite."
REVOKED_TEXT = "El certificado con el que se firmó el comprobante electrónico no está vigente."


class SignatureFault(Exception):
    """Why the signature is not taken, in Hacienda's words; `reason` says more, for people who look into it."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(f"{text} ({reason})")
        self.text = text
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose certificate it must be: the tax id, and the public key that it registered, SPKI in base64."""

    tax_id: str
    public_key: str | None


def check(root: etree._Element, signer: Signer, at: datetime) -> None:
    """Raise SignatureFault unless the document's one signature covers it and is the signer's at that moment."""
    signatures = root.findall(SIGNATURE)
    if len(signatures) != 1:
        # Further signatures are the receptor's and endorsers', on commercial copies that do not come here.
        raise _invalid("exactly one signature is expected")
    (signature,) = signatures
    certificate = _certificate(signature)
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < SMALLEST_KEY_BITS:
        raise _invalid("the key is not RSA of 2048 bits or more")
    _check_references(root, signature)
    _check_value(signature, key)
    _check_properties(signature, certificate)
    _check_owner(certificate, signer, at)


def _invalid(reason: str) -> SignatureFault:
    return SignatureFault(INVALID_TEXT, reason)


def _one(parent: etree._Element, path: str) -> etree._Element:
    found = parent.findall(path, NAMES)
    if len(found) != 1:
        raise _invalid(f"one {path} is expected")
    return found[0]


def _bytes(element: etree._Element) -> bytes:
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _invalid(f"{etree.QName(element).localname} is not base64") from error


def _certificate(signature: etree._Element) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(_bytes(_one(signature, "ds:KeyInfo/ds:X509Data/ds:X509Certificate")))
    except ValueError as error:
        raise _invalid("the certificate cannot be read") from error


# What was signed


def _check_references(root: etree._Element, signature: etree._Element) -> None:
    """Check the digests: one reference to the whole document, the others to parts of the signature itself."""
    references = signature.findall("ds:SignedInfo/ds:Reference", NAMES)
    if len(references) > MOST_REFERENCES:
        raise _invalid("there are too many references")
    of_the_document = [reference for reference in references if reference.get("URI") == ""]
    if len(of_the_document) != 1:
        raise _invalid("exactly one reference to the whole document is expected")
    properties = 0
    for reference in references:
        if reference.get("URI") == "":
            signed = _document(root, _document_form(reference))
        else:
            part = _referenced(signature, reference.get("URI") or "")
            properties += part.tag == f"{{{XADES}}}SignedProperties" and reference.get("Type") == SIGNED_PROPERTIES
            signed = canonical(part, exclusive=_part_form(reference))
        method = DIGESTS.get(_one(reference, "ds:DigestMethod").get("Algorithm") or "")
        if method is None:
            raise _invalid("the digest is neither SHA-256 nor SHA-512")
        if not hmac.compare_digest(hashlib.new(method, signed).digest(), _bytes(_one(reference, "ds:DigestValue"))):
            raise _invalid(f"the digest of {reference.get('URI')!r} differs")
    if properties != 1:
        raise _invalid("one reference to the signed properties is expected")


def _transforms(reference: etree._Element) -> list[etree._Element]:
    return reference.findall("ds:Transforms/ds:Transform", NAMES)


def _exclusive(transform: etree._Element) -> bool:
    exclusive = CANONICAL.get(transform.get("Algorithm") or "")
    if exclusive is None or len(transform):
        raise _invalid(f"the transform {transform.get('Algorithm')!r} is not taken")
    return exclusive


def _part_form(reference: etree._Element) -> bool:
    """Return whether a part of the signature is canonical in the exclusive form; without transforms it is not."""
    transforms = _transforms(reference)
    if len(transforms) > 1:
        raise _invalid("a part of the signature has more than one transform")
    return _exclusive(transforms[0]) if transforms else False


def _document_form(reference: etree._Element) -> bool:
    """Return whether the document is canonical in the exclusive form, once its signature is left out."""
    transforms = _transforms(reference)
    if not 1 <= len(transforms) <= 2 or not _leaves_signature_out(transforms[0]):
        raise _invalid("the document is signed with transforms that are not taken")
    return _exclusive(transforms[1]) if len(transforms) == 2 else False


def _leaves_signature_out(transform: etree._Element) -> bool:
    algorithm = transform.get("Algorithm")
    if algorithm == ENVELOPED:
        return len(transform) == 0
    if algorithm != XPATH or len(transform) != 1 or transform[0].tag != f"{{{DS}}}XPath":
        return False
    expression = WITHOUT_SIGNATURES.fullmatch((transform[0].text or "").strip())
    return expression is not None and transform[0].nsmap.get(expression[1]) == DS


def _referenced(signature: etree._Element, uri: str) -> etree._Element:
    found = [element for element in signature.iter("*") if uri.startswith("#") and element.get("Id") == uri[1:]]
    if len(found) != 1:
        raise _invalid(f"{uri!r} is not one element of the signature")
    return found[0]


def _document(root: etree._Element, exclusive: bool) -> bytes:
    """Return the canonical document without its signature, which leaves the white space around it."""
    tree = deepcopy(root.getroottree())
    copied = tree.getroot().find(SIGNATURE)
    if copied is not None:
        parent, before = tree.getroot(), copied.getprevious()
        if before is None:
            parent.text = (parent.text or "") + (copied.tail or "")
        else:
            before.tail = (before.tail or "") + (copied.tail or "")
        copied.tail = None
        parent.remove(copied)
    return bytes(etree.tostring(tree, method="c14n", exclusive=exclusive, with_comments=False))


def canonical(element: etree._Element, *, exclusive: bool) -> bytes:
    """Return the canonical form of an element in its place, with what it inherits when it is not exclusive."""
    # The default namespace has no prefix, which the types of the library do not foresee.
    names = cast("dict[str, str]", dict(element.nsmap))
    whole = etree.Element(element.tag, {str(name): str(value) for name, value in element.attrib.items()}, nsmap=names)
    whole.text = element.text
    whole.extend(deepcopy(child) for child in element)
    return bytes(etree.tostring(whole, method="c14n", exclusive=exclusive, with_comments=False))


def _check_value(signature: etree._Element, key: RSAPublicKey) -> None:
    signed = _one(signature, "ds:SignedInfo")
    method = SIGNATURE_METHODS.get(_one(signed, "ds:SignatureMethod").get("Algorithm") or "")
    if method is None:
        raise _invalid("the signature is neither RSA with SHA-256 nor with SHA-512")
    exclusive = _exclusive(_one(signed, "ds:CanonicalizationMethod"))
    value = _bytes(_one(signature, "ds:SignatureValue"))
    try:
        key.verify(value, canonical(signed, exclusive=exclusive), PKCS1v15(), method)
    except InvalidSignature as error:
        raise _invalid("the value does not verify") from error


# What the signer says about it


def _check_properties(signature: etree._Element, certificate: x509.Certificate) -> None:
    path = "ds:Object/xades:QualifyingProperties"
    qualifying = _one(signature, path)
    if not signature.get("Id") or qualifying.get("Target") != f"#{signature.get('Id')}":
        raise _invalid("the qualifying properties are of another signature")
    properties = _one(qualifying, "xades:SignedProperties/xades:SignedSignatureProperties")
    if moment(_one(properties, "xades:SigningTime").text or "") is None:
        raise _invalid("the signing time is not a moment")
    named = _one(properties, "xades:SigningCertificate/xades:Cert")
    method = _one(named, "xades:CertDigest/ds:DigestMethod").get("Algorithm") or ""
    name = "sha1" if method == SHA1 else DIGESTS.get(method)
    if name is None:
        raise _invalid("the certificate's digest is of an unknown kind")
    # Nothing rests on this digest but what the certificate beside it says already; the reference has SHA-1 in it.
    digest = hashlib.new(name, certificate.public_bytes(Encoding.DER), usedforsecurity=False).digest()
    if not hmac.compare_digest(digest, _bytes(_one(named, "xades:CertDigest/ds:DigestValue"))):
        raise _invalid("the signed properties name another certificate")
    serial = (_one(named, "xades:IssuerSerial/ds:X509SerialNumber").text or "").strip()
    if serial != str(certificate.serial_number):
        raise _invalid("the signed properties name another serial number")
    identifier = properties.find(
        "xades:SignaturePolicyIdentifier/xades:SignaturePolicyId/xades:SigPolicyId/xades:Identifier", NAMES
    )
    # Which policy it is, is not compared: real documents name the oddest ones.
    if identifier is None or not (identifier.text or "").strip():
        raise SignatureFault(NO_POLICY_TEXT, "no policy is named")


def identity_of(certificate: x509.Certificate) -> str:
    """Return the tax id in a certificate's subject, such as 3101000000 for CPJ-3-101-000000; empty without one."""
    named: Sequence[x509.NameAttribute[str | bytes]] = certificate.subject.get_attributes_for_oid(
        NameOID.SERIAL_NUMBER
    )
    text = str(named[0].value) if named else ""
    return IDENTITY.sub("", text, count=1).replace("-", "")


def same_identity(one: str, other: str) -> bool:
    """Tell whether two tax ids are the same, however many zeros they are filled with."""
    return bool(one) and one.zfill(12) == other.zfill(12)


def _check_owner(certificate: x509.Certificate, signer: Signer, at: datetime) -> None:
    if not same_identity(identity_of(certificate), signer.tax_id):
        raise SignatureFault(FOREIGN_TEXT, f"the certificate is of {identity_of(certificate)!r}")
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise SignatureFault(REVOKED_TEXT, "the certificate is out of its time")
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if signer.public_key is None or base64.b64decode(signer.public_key) != spki:
        # Making a new key in Hacienda's portal ends the one before it.
        raise SignatureFault(REVOKED_TEXT, "another key is registered")

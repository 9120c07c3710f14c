"""Checking a signature that somebody else made: what it covers, that it holds, and who made it.

Every digest is computed here, in time that grows with the size alone. libxmlsec would apply the XPath filter of the
annex's form node by node and need more than half a minute for a document of 1,000 lines; what that filter leaves is
the document without its signature, whose canonical form is the same.

A signature that holds proves which key made it, and a certificate that nobody vouched for can bear any name. Whether
the document exists for Hacienda is told by Hacienda's own sealed answer alone: see `seal`.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from dataclasses import dataclass, field
from datetime import datetime
from hmac import compare_digest
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from lxml import etree

from hacienda.costarica.facts import ZONE
from hacienda.costarica.signature import forms
from hacienda.costarica.signature.forms import SignatureError, ds, xades
from hacienda.costarica.signature.holders import plain, tax_id_of
from hacienda.costarica.signature.parsing import LARGEST, parse, text_of

_MOST_CERTIFICATES: Final = 8  # the signer's, and at most those of the authorities above
_XPATH: Final = re.compile(r"not\(ancestor-or-self::([A-Za-z_][\w.-]*):Signature\)", re.ASCII)
_REMOVERS: Final = frozenset({forms.ENVELOPED, forms.XPATH})
_FORMS: Final = {forms.C14N: False, forms.EXCLUSIVE_C14N: True}  # whether exclusive


@dataclass(frozen=True, slots=True)
class Verified:
    """A signature that holds. `signer` is the certificate's identification as documents write it, perhaps empty.

    `policy` is the identifier that the signature names, None where it names none. `root` is the document that was
    signed, without its signature.
    """

    signer: str
    certificate: x509.Certificate
    signed_at: datetime  # aware; the signer's own claim
    policy: str | None
    root: etree._Element = field(repr=False)


def verify(
    xml: bytes,
    *,
    signer: str | None = None,
    policy_required: bool = True,
    sha1_fingerprint: bool = False,
    limit: int = LARGEST,
) -> Verified:
    """Check the one signature of a document.

    `signer` is the identification of who should have signed: the issuer; the buyer of a purchase invoice; the
    receptor of its message. `sha1_fingerprint` lets the signature name its certificate by SHA-1, as Hacienda's own
    do. Raises `SignatureError` with the first thing found wrong.
    """
    root = parse(xml, limit=limit)
    signature = _signature(root)
    signed_info = _one(signature, ds("SignedInfo"))
    properties = _one(signature, *map(xades, ("QualifyingProperties", "SignedProperties")), under=ds("Object"))
    claims = _one(properties, xades("SignedSignatureProperties"))
    signed_bytes = _canonical(signed_info, _canonicalization(signed_info))
    certificate = _certificate(signature, claims, sha1_fingerprint=sha1_fingerprint)

    _check_digests(root, signature, signed_info, properties)
    _check_value(signature, signed_info, signed_bytes, certificate)

    signed_at = _moment(text_of(claims, xades("SigningTime")))
    if not certificate.not_valid_before_utc <= signed_at <= certificate.not_valid_after_utc:
        raise SignatureError("not_valid_then")
    policy = _policy(claims)
    if policy is None and policy_required:
        raise SignatureError("no_policy")
    found = tax_id_of(certificate)
    if signer is not None and found != plain(signer):
        raise SignatureError("signer_differs", found=found or "?", expected=plain(signer))
    return Verified(found, certificate, signed_at, policy, root)


# --- What is where -----------------------------------------------------------------------------------------------


def _signature(root: etree._Element) -> etree._Element:
    found = list(root.iter(ds("Signature")))
    if not found:
        raise SignatureError("no_signature")
    if len(found) > 1:
        raise SignatureError("several_signatures")
    if found[0].getparent() is not root:
        raise SignatureError("misplaced")
    return found[0]


def _one(parent: etree._Element, *names: str, under: str | None = None) -> etree._Element:
    """The only element at a place below `parent`; that there are others elsewhere is no concern."""
    path = "/".join(filter(None, (under, *names)))
    found = parent.findall(path)
    if len(found) != 1:
        raise SignatureError("incomplete", part=names[-1].rpartition("}")[2])
    return found[0]


def _canonicalization(signed_info: etree._Element) -> bool:
    """Whether the canonical form is the exclusive one."""
    method = _one(signed_info, ds("CanonicalizationMethod"))
    exclusive = _FORMS.get(method.get("Algorithm") or "")
    if exclusive is None or len(method):
        raise SignatureError("algorithm_refused")
    return exclusive


def _policy(claims: etree._Element) -> str | None:
    names = ("SignaturePolicyIdentifier", "SignaturePolicyId", "SigPolicyId", "Identifier")
    return text_of(claims, "/".join(map(xades, names))) or None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SignatureError("incomplete", part="SigningTime") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)


def _certificate(signature: etree._Element, claims: etree._Element, *, sha1_fingerprint: bool) -> x509.Certificate:
    """The certificate in the signature that its signed statements name by fingerprint."""
    texts = signature.findall("/".join(map(ds, ("KeyInfo", "X509Data", "X509Certificate"))))
    if not 1 <= len(texts) <= _MOST_CERTIFICATES:
        raise SignatureError("incomplete", part="X509Certificate")
    stated = claims.find("/".join(map(xades, ("SigningCertificate", "Cert", "CertDigest"))))
    if stated is None:
        raise SignatureError("incomplete", part="SigningCertificate")
    algorithm, expected = _digest(stated, allow_sha1=sha1_fingerprint)
    for text in texts:
        der = _decoded(text.text, "certificate_unreadable")
        if compare_digest(hashlib.new(algorithm, der).digest(), expected):
            try:
                return x509.load_der_x509_certificate(der)
            except ValueError:
                raise SignatureError("certificate_unreadable") from None
    raise SignatureError("certificate_differs")


# --- What holds --------------------------------------------------------------------------------------------------


def _check_digests(
    root: etree._Element, signature: etree._Element, signed_info: etree._Element, properties: etree._Element
) -> None:
    """Exactly the document and the statements are covered, the signer's key where the signature likes."""
    parts = {f"#{one.get('Id')}": one for one in (properties, _one(signature, ds("KeyInfo")))}
    if len(parts) != 2:  # two of one name: which of them is covered?
        raise SignatureError("reference_refused")
    document: etree._Element | None = None
    seen: set[str] = set()
    references = signed_info.findall(ds("Reference"))
    if len(references) > 1 + len(parts):
        raise SignatureError("reference_refused")
    for reference in references:
        uri = reference.get("URI")
        if uri is None or uri in seen or (uri and uri not in parts):
            raise SignatureError("reference_refused")
        seen.add(uri)
        if uri:
            _check_digest(reference, parts[uri], _transforms(reference))
        else:
            document = reference
    if document is None or f"#{properties.get('Id')}" not in seen:
        raise SignatureError("reference_refused")
    transforms = _transforms(document)
    if len(transforms) not in (1, 2) or transforms[0] not in _REMOVERS:
        raise SignatureError("reference_refused")
    _take_out(root, signature)  # last: the canonical forms of its parts depend on where they stand
    _check_digest(document, root, transforms[1:])


def _transforms(reference: etree._Element) -> list[str]:
    found = []
    for one in reference.findall("/".join(map(ds, ("Transforms", "Transform")))):
        algorithm = one.get("Algorithm") or ""
        if algorithm == forms.XPATH:
            _check_xpath(one)
        elif (algorithm not in _FORMS and algorithm != forms.ENVELOPED) or len(one):
            raise SignatureError("algorithm_refused")
        found.append(algorithm)
    return found


def _check_xpath(transform: etree._Element) -> None:
    """The one expression that is allowed: everything but signatures."""
    [*expressions] = transform
    match = _XPATH.fullmatch("".join((expressions[0].text or "").split())) if len(expressions) == 1 else None
    if match is None or expressions[0].tag != ds("XPath") or expressions[0].nsmap.get(match[1]) != forms.DS:
        raise SignatureError("algorithm_refused")


def _take_out(root: etree._Element, signature: etree._Element) -> None:
    """Remove the signature but not the text behind it, which is the document's."""
    before = signature.getprevious()
    if signature.tail:
        if before is None:
            root.text = (root.text or "") + signature.tail
        else:
            before.tail = (before.tail or "") + signature.tail
    root.remove(signature)


def _check_digest(reference: etree._Element, element: etree._Element, transforms: list[str]) -> None:
    """`transforms` is at most one canonical form; without one it is C14N 1.0 (XML-DSig, 4.4.3.2)."""
    if len(transforms) > 1 or (transforms and transforms[0] not in _FORMS):
        raise SignatureError("reference_refused")
    algorithm, expected = _digest(reference)
    data = _canonical(element, bool(transforms) and _FORMS[transforms[0]])
    if not compare_digest(hashlib.new(algorithm, data).digest(), expected):
        raise SignatureError("altered")


def _check_value(
    signature: etree._Element, signed_info: etree._Element, signed_bytes: bytes, certificate: x509.Certificate
) -> None:
    method = _one(signed_info, ds("SignatureMethod"))
    algorithm = forms.SIGNATURES.get(method.get("Algorithm") or "")
    try:
        key = certificate.public_key()
    except ValueError:
        raise SignatureError("certificate_unreadable") from None
    if algorithm is None or not isinstance(key, RSAPublicKey):
        raise SignatureError("algorithm_refused")
    if not forms.SMALLEST_KEY <= key.key_size <= forms.LARGEST_KEY:
        raise SignatureError("algorithm_refused")
    value = _decoded(_one(signature, ds("SignatureValue")).text, "signature_invalid")
    try:
        key.verify(value, signed_bytes, PKCS1v15(), algorithm)
    except InvalidSignature:
        raise SignatureError("signature_invalid") from None


def _digest(parent: etree._Element, *, allow_sha1: bool = False) -> tuple[str, bytes]:
    """The algorithm, as hashlib names it, and the digest that stand below `parent`."""
    method = _one(parent, ds("DigestMethod")).get("Algorithm") or ""
    value = _decoded(_one(parent, ds("DigestValue")).text, "altered")
    if allow_sha1 and method == forms.SHA1:
        return "sha1", value
    if method not in forms.DIGESTS:
        raise SignatureError("algorithm_refused")
    return forms.DIGESTS[method], value


def _canonical(element: etree._Element, exclusive: bool) -> bytes:
    try:
        return etree.tostring(element, method="c14n", exclusive=exclusive, with_comments=False)
    except etree.C14NError:  # a namespace of a name that has no canonical form
        raise SignatureError("unexpected_form") from None


def _decoded(text: str | None, code: str) -> bytes:
    try:
        return b64decode("".join((text or "").split()), validate=True)
    except ValueError:
        raise SignatureError(code) from None

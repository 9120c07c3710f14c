"""Names and algorithms of a signature (annex v4.4, Anexo 2; XML-DSig; XAdES v1.3.2), and the words of its errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256, SHA512, HashAlgorithm

from hacienda.messages import gettext_noop

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
XADES: Final = "http://uri.etsi.org/01903/v1.3.2#"

C14N: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
EXCLUSIVE_C14N: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
XPATH: Final = "http://www.w3.org/TR/1999/REC-xpath-19991116"
RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
RSA_SHA512: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"
SHA1: Final = "http://www.w3.org/2000/09/xmldsig#sha1"
SHA256_DIGEST: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
SHA512_DIGEST: Final = "http://www.w3.org/2001/04/xmlenc#sha512"
SIGNED_PROPERTIES: Final = "http://uri.etsi.org/01903#SignedProperties"

SIGNATURES: Final[Mapping[str, HashAlgorithm]] = {RSA_SHA256: SHA256(), RSA_SHA512: SHA512()}
DIGESTS: Final[Mapping[str, str]] = {SHA256_DIGEST: "sha256", SHA512_DIGEST: "sha512"}  # names of hashlib

# The general resolution whose rules a signature follows. Its hash is the SHA-256 of that PDF, of 163,479 bytes.
POLICY: Final = (
    "https://cdn.comprobanteselectronicos.go.cr/xml-schemas/Resoluci%C3%B3n_General_sobre_disposiciones_"
    "t%C3%A9cnicas_comprobantes_electr%C3%B3nicos_para_efectos_tributarios.pdf"
)
POLICY_HASH: Final = bytes.fromhex("0d6c629f5c5639e23c3ae5905dace1e158cb5806822c003de787a6ec3321d21f")

SMALLEST_KEY: Final = 2048  # bits
LARGEST_KEY: Final = 8192

MESSAGES: Final = {
    "too_large": gettext_noop("The document is larger than %(limit)s KB."),
    "not_xml": gettext_noop("The document cannot be read as XML in UTF-8."),
    "dtd_refused": gettext_noop("The document declares a document type, which electronic documents never do."),
    "unexpected_form": gettext_noop("The document holds something that no electronic document needs."),
    "no_signature": gettext_noop("The document is not signed."),
    "several_signatures": gettext_noop("The document has several signatures; Hacienda takes one."),
    "misplaced": gettext_noop("The signature does not stand directly in the document."),
    "incomplete": gettext_noop("The signature lacks a part that it must have: %(part)s."),
    "reference_refused": gettext_noop("The signature does not cover exactly the document and its own statements."),
    "algorithm_refused": gettext_noop("The signature uses an algorithm that Hacienda does not allow."),
    "altered": gettext_noop("The document or the statements of its signature were changed after signing."),
    "signature_invalid": gettext_noop("The signature was not made with the certificate that stands in it."),
    "certificate_unreadable": gettext_noop("The certificate of the signature cannot be read."),
    "certificate_differs": gettext_noop("The signature names another certificate than the one that stands in it."),
    "not_valid_then": gettext_noop("The certificate was not valid when the document was signed."),
    "no_policy": gettext_noop("The signature does not name the policy that it follows."),
    "signer_differs": gettext_noop("The document was signed by %(found)s, not by %(expected)s."),
    "seal_differs": gettext_noop("The answer was not sealed by Hacienda but by %(found)s."),
    "seal_unknown": gettext_noop("The answer bears a seal of Hacienda's that SmartBill does not know: %(found)s."),
}


class SignatureError(ValueError):
    """A signature that proves nothing. `code` is one of `MESSAGES`; the message is filled from `params`."""

    def __init__(self, code: str, **params: object) -> None:
        self.code = code
        self.message = MESSAGES[code]
        self.params = params
        super().__init__(self.message % params if params else self.message)


def ds(name: str) -> str:
    """An element of XML-DSig, as lxml names it."""
    return f"{{{DS}}}{name}"


def xades(name: str) -> str:
    """An element of XAdES, as lxml names it."""
    return f"{{{XADES}}}{name}"

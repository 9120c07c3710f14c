"""The signing file of El Salvador: `CertificadoMH`, XML with an RSA key pair in it.

It is no X.509 certificate. The private key in it is not encrypted: the password's hash, `clave`, only gates the
official signer. The file alone is therefore enough to sign, and is to be kept encrypted.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from textwrap import wrap
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)
from lxml import etree

from hacienda.certificates import Certificate, CertificateError
from hacienda.messages import gettext_noop

ROOT: Final = "CertificadoMH"
LARGEST_FILE: Final = 64 * 1024  # bytes; real ones have about 8 KB
SMALLEST_KEY: Final = 2048  # bits
LARGEST_KEY: Final = 8192  # bits; checking the primes of a larger one can take minutes
VALIDITY: Final = timedelta(seconds=157_680_000)  # 1,825 days, as in the real files

MESSAGES: Final = {
    "too_large": gettext_noop("The file is larger than %(limit)s KB: it is not Hacienda's certificate."),
    "not_xml": gettext_noop("The file cannot be read as XML. Upload the .crt file as Hacienda gave it."),
    "dtd_refused": gettext_noop("The file declares a document type, which Hacienda's certificates never do."),
    "not_a_certificate": gettext_noop(
        "The file is not Hacienda's certificate: %(element)s is missing or unreadable."
    ),
    "wrong_password": gettext_noop("This is not the password of the certificate's private key."),
    "key_unreadable": gettext_noop("The %(half)s key in the certificate cannot be read."),
    "halves_differ": gettext_noop("The private and the public key in the certificate do not belong together."),
    "rsa_too_small": gettext_noop("The key has %(bits)s bits; at least %(minimum)s are needed."),
    "tax_id_differs": gettext_noop("The certificate belongs to NIT %(found)s, not to %(expected)s."),
    "expired": gettext_noop("The certificate expired on %(date)s."),
    "not_yet_valid": gettext_noop("The certificate is not valid before %(date)s."),
    "inactive": gettext_noop("The certificate is marked as not active."),
}


def read(xml: bytes, password: str, *, tax_id: str, now: datetime) -> Certificate:
    """Open and check a signing file.

    Raises `CertificateError` with one of the codes of `MESSAGES`: the first thing found wrong. No text of an
    error holds the password or anything of the key.
    """
    root = _parse(xml)
    clave = _text(root, "privateKey/clave")
    # Constant time, because the comparison is with something derived from a secret.
    if not hmac.compare_digest(_password_hash(password).encode(), clave.lower().encode()):
        raise _error("wrong_password")
    private_key, spki = _keys(root)
    holder = _digits(_text(root, "nit"))
    if holder != _digits(tax_id):
        raise _error("tax_id_differs", found=holder, expected=_digits(tax_id))
    valid_from = _moment(root, "notBefore")
    valid_until = _moment(root, "notAfter")
    if now > valid_until:
        raise _error("expired", date=valid_until.date().isoformat())
    if now < valid_from:
        raise _error("not_yet_valid", date=valid_from.date().isoformat())
    if _text(root, "activo").lower() != "true":
        raise _error("inactive")
    return Certificate(
        private_key=private_key,
        public_key_spki=spki,
        name=_text(root, "certificado/basicEstructure/subject/organizationName"),
        valid_from=valid_from,
        valid_until=valid_until,
        fingerprint=hashlib.sha256(spki).hexdigest(),
    )


def load_key(pkcs8: bytes) -> RSAPrivateKey:
    """A private key that `read` has fully checked before: some microseconds instead of 40 milliseconds.

    Raises `CertificateError` where the bytes are no RSA key.
    """
    try:
        key = load_der_private_key(pkcs8, password=None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise _error("key_unreadable", half="private")
    return key


def make(
    *,
    tax_id: str,
    name: str,
    registration: str,
    email: str,
    password: str,
    now: datetime,
    key: RSAPrivateKey | None = None,
) -> bytes:
    """A self-made signing file in Hacienda's form, element for element, that says of itself that it is made up.

    Good for the sandbox, where the public key is registered; Hacienda would not know it. A new key pair is made
    unless one is given.
    """
    key = key or generate_private_key(public_exponent=65537, key_size=SMALLEST_KEY)
    private = _lines(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    public = _lines(_spki(key))
    content: _Content = (
        ("_id", secrets.token_hex(12)),
        ("nit", _digits(tax_id)),
        ("publicKey", _key_content("PUBLIC", public, "X.509", _password_hash(secrets.token_hex(16)))),
        ("privateKey", _key_content("PRIVATE", private, "PKCS#8", _password_hash(password))),
        ("activo", "true"),
        ("verificado", "true"),
        ("fechaVerificacion", now.astimezone(UTC).strftime("%Y-%m-%dY%H:%M:%S.000Z")),
        (
            "certificado",
            (
                ("basicEstructure", _structure(_digits(tax_id), name, registration, public, now)),
                ("extensions", _extensions(email)),
            ),
        ),
        ("fechaDebaja", ""),
        ("clavePub", ""),
        ("clavePri", ""),
    )
    return etree.tostring(_element(ROOT, content), encoding="UTF-8")


# --- Reading -----------------------------------------------------------------------------------------------------


def _error(code: str, **params: object) -> CertificateError:
    return CertificateError(code, MESSAGES[code], params)


def _parse(xml: bytes) -> etree._Element:
    if len(xml) > LARGEST_FILE:
        raise _error("too_large", limit=LARGEST_FILE // 1024)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        raise _error("not_xml")
    if root.getroottree().docinfo.internalDTD is not None:
        raise _error("dtd_refused")
    if root.tag != ROOT:
        raise _error("not_a_certificate", element=ROOT)
    return root


def _text(root: etree._Element, path: str) -> str:
    text = (root.findtext(path) or "").strip()
    if not text:
        raise _error("not_a_certificate", element=path)
    return text


def _keys(root: etree._Element) -> tuple[RSAPrivateKey, bytes]:
    pkcs8 = _base64(_text(root, "privateKey/encodied"), "private")
    spki = _base64(_text(root, "publicKey/encodied"), "public")
    bits = load_key(pkcs8).key_size  # first without the full check, whose time grows steeply with the size
    if bits < SMALLEST_KEY:
        raise _error("rsa_too_small", bits=bits, minimum=SMALLEST_KEY)
    if bits > LARGEST_KEY:
        raise _error("key_unreadable", half="private")
    try:
        private_key = load_der_private_key(pkcs8, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        private_key = None
    if not isinstance(private_key, RSAPrivateKey):
        raise _error("key_unreadable", half="private")
    try:
        public_key = load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm):
        public_key = None
    if not isinstance(public_key, RSAPublicKey):
        raise _error("key_unreadable", half="public")
    if public_key.public_numbers() != private_key.public_key().public_numbers():
        raise _error("halves_differ")
    return private_key, _spki(private_key)


def _base64(text: str, half: str) -> bytes:
    try:
        return b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise _error("key_unreadable", half=half) from None


def _moment(root: etree._Element, name: str) -> datetime:
    """Epoch seconds with nanoseconds, as Java's Instant is written."""
    path = f"certificado/basicEstructure/validity/{name}"
    try:
        return datetime.fromtimestamp(int(Decimal(_text(root, path))), UTC)
    except (InvalidOperation, OverflowError, ValueError, OSError):
        raise _error("not_a_certificate", element=path) from None


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text, flags=re.ASCII)


def _password_hash(password: str) -> str:
    return hashlib.sha512(password.encode(errors="surrogatepass")).hexdigest()


def _spki(key: RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


# --- Writing -----------------------------------------------------------------------------------------------------

# What XML 1.0 cannot hold, not even escaped.
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_Content = str | tuple[tuple[str, "_Content"], ...]


def _lines(data: bytes) -> str:
    return "\n".join(wrap(b64encode(data).decode("ascii"), 76))


def _element(name: str, content: _Content) -> etree._Element:
    element = etree.Element(name)
    if isinstance(content, str):
        element.text = _NOT_XML.sub("", content) or None
    else:
        element.extend(_element(child, inner) for child, inner in content)
    return element


def _key_content(kind: str, encoded: str, form: str, clave: str) -> _Content:
    return (
        ("keyType", kind),
        ("algorithm", "RSA"),
        ("encodied", encoded),
        ("format", form),
        ("clave", clave),
    )


def _structure(tax_id: str, name: str, registration: str, public: str, now: datetime) -> _Content:
    """The names are Hacienda's own, misspellings included."""
    begin = int(now.timestamp())
    end = begin + int(VALIDITY.total_seconds())
    return (
        ("version", "2"),
        ("serial", "1.2.840.113549.1.1.11"),
        ("signatureAlgorithm", (("algorithm", "Sha256WithRSAEncryption"), ("parameters", ""))),
        (
            "issuer",
            (
                ("countryName", "SV"),
                ("localilyName", "SAN SALVADOR"),
                ("organizationalUnit", "SMARTBILL"),
                ("organizationalName", "CERTIFICADO DE PRUEBA, SIN VALIDEZ"),
                ("commonName", "HECHO POR SMARTBILL, NO POR HACIENDA"),
                ("organizationIdentifier", "VATSV-0000-000000-000-0"),
            ),
        ),
        ("validity", (("notBefore", f"{begin}.000000000"), ("notAfter", f"{end}.000000000"))),
        (
            "subject",
            (
                ("countryName", "El Salvador"),
                ("organizationName", name),
                ("organizationUnitName", "Administrativa"),
                ("organizationIdentifier", f"VATSV{tax_id}"),
                ("surname", ""),
                ("givenName", ""),
                ("commonName", "CERTIFICADO DE PRUEBA"),
                ("description", registration),
            ),
        ),
        (
            "subjectPublicKeyInfo",
            (
                ("algorithmIdenitifier", (("algorithm", "RSA"), ("parameters", ""))),
                ("subjectPublicKey", public),
            ),
        ),
    )


def _extensions(email: str) -> _Content:
    usage = ("digitalSignature", "contentCommintment")
    no_usage = ("dataEncipherment", "keyAgreement", "keyCertificateSignature", "crlSignature")
    points = (
        ("distributionPoint", "http://crl.example.invalid/1"),
        ("distributionPoint", "http://crl.example.invalid/2"),
    )
    location = (("accessLocation", "https://ca.example.invalid/subordinate.crt"),)
    return (
        ("authorityKeyIdentifier", (("keyIdentifier", secrets.token_hex(12)),)),
        ("subjectKeyIdentifier", (("keyIdentifier", secrets.token_hex(12)),)),
        (
            "keyUsage",
            (
                *((name, "1") for name in usage),
                *((name, "0") for name in (*no_usage, "encipherOnly", "decipherOnly")),
            ),
        ),
        ("certificatePolicies", (("policyInformations", ""),)),
        ("subjectAlternativeNames", (("rfc822Name", email),)),
        ("extendedKeyUsage", (("clientAuth", ""), ("emailProtection", ""))),
        ("crlDistributionPoint", (("distributionPoint", points),)),
        (
            "authorityInfoAccess",
            (("accessDescription", (("accessDescription", (("accessMethod", ""), ("accessLocation", location))),)),),
        ),
        (
            "qualifiedCertificateStatements",
            (
                ("qcCompliance", ""),
                ("qcEuRetentionPeriod", "10"),
                ("qcPDS", (("pdsLocation", ""), ("url", "https://pds.example.invalid"), ("language", "ES"))),
                ("qcType", "id-etsi-qct-esign"),
            ),
        ),
        ("basicConstraints", (("ca", "false"),)),
    )

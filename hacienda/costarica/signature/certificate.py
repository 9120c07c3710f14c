"""The signing file of Costa Rica: the llave criptográfica, a PKCS #12 file (.p12) that a PIN opens.

Hacienda's portal makes it for a taxpayer: RSA 2048, four years. Where several certificates are in the file, the one
of the key counts.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PublicFormat,
    load_der_private_key,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from hacienda.certificates import Certificate, CertificateError
from hacienda.costarica.signature.holders import name_of, plain, tax_id_of
from hacienda.costarica.signature.measuring import measure
from hacienda.messages import gettext_noop

LARGEST_FILE: Final = 16 * 1024  # bytes; real ones have about 3 KB
SMALLEST_KEY: Final = 2048  # bits
LARGEST_KEY: Final = 4096
VALIDITY: Final = timedelta(days=4 * 365 + 1)
# Usual are 2,000 rounds for each of key, certificate and integrity; careful programs make some hundred thousand.
_MOST_ROUNDS: Final = 3_000_000
_LARGEST_SECRET: Final = 2_700  # bytes: an encrypted key of 4,096 bits has about 2,400
_LARGEST_PART: Final = 6_000  # bytes: three certificates, or a hidden key that takes ten seconds to check

MESSAGES: Final = {
    "too_large": gettext_noop("The file is larger than %(limit)s KB: it is not Hacienda's cryptographic key."),
    "not_p12": gettext_noop("The file is not a .p12 file. Upload it as Hacienda's portal gave it."),
    "too_costly": gettext_noop("The file is made in a way that no program of Hacienda's makes; it was not opened."),
    "wrong_password": gettext_noop("This is not the PIN of the file."),
    "no_key": gettext_noop("There is no private key in the file that Hacienda takes: it must be an RSA key."),
    "no_certificate": gettext_noop("There is no certificate in the file that belongs to its private key."),
    "rsa_too_small": gettext_noop("The key has %(bits)s bits; at least %(minimum)s are needed."),
    "rsa_too_large": gettext_noop("The key has %(bits)s bits; at most %(maximum)s are allowed."),
    "no_holder": gettext_noop("The certificate does not say whose it is."),
    "holder_differs": gettext_noop("The certificate belongs to identification %(found)s, not to %(expected)s."),
    "expired": gettext_noop("The certificate expired on %(date)s."),
    "not_yet_valid": gettext_noop("The certificate is not valid before %(date)s."),
}


def read(content: bytes, password: str, *, tax_id: str, now: datetime) -> Certificate:
    """Open and check a signing file; `password` is its PIN, `now` is aware.

    Raises `CertificateError` with one of the codes of `MESSAGES`: the first thing found wrong. No text of an error
    holds the PIN or anything of the key.
    """
    private_key, certificates = _opened(content, password)
    if private_key.key_size < SMALLEST_KEY:
        raise _error("rsa_too_small", bits=private_key.key_size, minimum=SMALLEST_KEY)
    if private_key.key_size > LARGEST_KEY:
        raise _error("rsa_too_large", bits=private_key.key_size, maximum=LARGEST_KEY)
    certificate = next((one for one in certificates if _is_of(one, private_key)), None)
    if certificate is None:
        raise _error("no_certificate")
    holder = tax_id_of(certificate)
    if not holder:
        raise _error("no_holder")
    if holder != plain(tax_id):
        raise _error("holder_differs", found=holder, expected=plain(tax_id))
    valid_from, valid_until = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now > valid_until:
        raise _error("expired", date=valid_until.date().isoformat())
    if now < valid_from:
        raise _error("not_yet_valid", date=valid_from.date().isoformat())
    spki = private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Certificate(
        private_key=private_key,
        public_key_spki=spki,
        name=name_of(certificate),
        valid_from=valid_from,
        valid_until=valid_until,
        fingerprint=hashlib.sha256(spki).hexdigest(),
        certificate_der=certificate.public_bytes(Encoding.DER),
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
        raise _error("no_key")
    return key


def make(
    *, tax_id: str, name: str, email: str, password: str, now: datetime, key: RSAPrivateKey | None = None
) -> bytes:
    """A self-made signing file in the form of the real ones, whose issuer says that it is the sandbox's.

    Nobody vouches for it: it is signed with its own key. A new key pair is made unless one is given. Raises
    `ValueError` for an identification of another length than 9 to 12.
    """
    key = key or generate_private_key(public_exponent=65537, key_size=SMALLEST_KEY)
    kind, kind_name, serial = _described(tax_id)
    begin = now.astimezone(UTC).replace(microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .subject_name(
            _name(("C", "CR"), ("O", kind_name), ("OU", kind), ("CN", name.strip() or serial), ("SERIAL", serial))
        )
        .issuer_name(
            _name(("C", "CR"), ("O", "MINISTERIO DE HACIENDA"), ("OU", "DGT"), ("CN", f"CA {kind_name} - SANDBOX"))
        )
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + VALIDITY)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    if email and email.isascii():
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.RFC822Name(email)]), critical=False)
    protection = BestAvailableEncryption(password.encode())
    return pkcs12.serialize_key_and_certificates(serial.encode(), key, builder.sign(key, SHA256()), None, protection)


# --- Reading -----------------------------------------------------------------------------------------------------


def _error(code: str, **params: object) -> CertificateError:
    return CertificateError(code, MESSAGES[code], params)


def _opened(content: bytes, password: str) -> tuple[RSAPrivateKey, list[x509.Certificate]]:
    """The key and every certificate of a file."""
    if len(content) > LARGEST_FILE:
        raise _error("too_large", limit=LARGEST_FILE // 1024)
    try:
        cost = measure(content)
    except ValueError:
        raise _error("not_p12") from None
    try:
        pin = password.encode()
    except UnicodeEncodeError:
        raise _error("wrong_password") from None
    if cost.rounds > _MOST_ROUNDS or cost.secret > _LARGEST_SECRET or cost.hidden > _LARGEST_PART:
        raise _error("too_costly")
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(content, pin)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _error("wrong_password" if "password" in str(error).lower() else "not_p12") from None
    if not isinstance(key, RSAPrivateKey):
        raise _error("no_key")
    return key, [one for one in (certificate, *others) if one is not None]


def _is_of(certificate: x509.Certificate, key: RSAPrivateKey) -> bool:
    try:
        public_key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return False
    return isinstance(public_key, RSAPublicKey) and public_key == key.public_key()


# --- Writing -----------------------------------------------------------------------------------------------------

_OIDS: Final = {
    "C": NameOID.COUNTRY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "CN": NameOID.COMMON_NAME,
    "SERIAL": NameOID.SERIAL_NUMBER,
}
_LONGEST_VALUE: Final = 64  # bytes of a common name
_COMPANY: Final = re.compile(r"([0-9])([0-9A-Za-z]{3})([0-9A-Za-z]{6})", re.ASCII)
_PERSON: Final = re.compile(r"([0-9])([0-9]{4})([0-9]{4})", re.ASCII)
_FOREIGNER: Final = re.compile(r"[0-9]{11,12}", re.ASCII)


def _described(tax_id: str) -> tuple[str, str, str]:
    """The kind of a holder, its name, and the holder's serialNumber: CPJ-3-101-000000 or CPF-01-0234-0567."""
    if company := _COMPANY.fullmatch(tax_id):
        return "CPJ", "PERSONA JURIDICA", f"CPJ-{'-'.join(company.groups())}"
    if person := _PERSON.fullmatch(tax_id):
        return "CPF", "PERSONA FISICA", f"CPF-0{'-'.join(person.groups())}"
    if _FOREIGNER.fullmatch(tax_id):
        return "CPF", "PERSONA FISICA", f"CPF-{tax_id}"
    raise ValueError(f"{tax_id!r} is not an identification")


def _name(*parts: tuple[str, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(_OIDS[name], _cut(value)) for name, value in parts])


def _cut(text: str) -> str:
    return text.encode(errors="ignore")[:_LONGEST_VALUE].decode(errors="ignore")

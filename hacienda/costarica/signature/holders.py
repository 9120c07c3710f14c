"""Whose a certificate is: the serialNumber of its subject, such as CPJ-3-101-000000, read as an identification."""

from __future__ import annotations

import re
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

_SERIAL: Final = re.compile(r"(?:[A-Z]{2,4}-)?([0-9A-Za-z-]{1,24})", re.ASCII)


def tax_id_of(certificate: x509.Certificate) -> str:
    """The holder's identification as documents write it; empty where the certificate names none.

    A natural person's has a zero in front there (CPF-01-0234-0567) that is no part of it.
    """
    return plain(_attribute(certificate.subject, NameOID.SERIAL_NUMBER))


def plain(serial_number: str) -> str:
    """An identification without its kind, dashes and zeros on the left; empty for what is none."""
    found = _SERIAL.fullmatch(serial_number.strip())
    return found[1].replace("-", "").lstrip("0") if found else ""


def name_of(certificate: x509.Certificate) -> str:
    """The common name of the holder; empty where there is none."""
    return _attribute(certificate.subject, NameOID.COMMON_NAME)


def distinguished(name: x509.Name) -> str:
    """A name as a signature states it: RFC 2253, the common name first."""
    return name.rfc4514_string({NameOID.SERIAL_NUMBER: "SERIALNUMBER"})


def _attribute(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    values = [str(one.value) for one in name.get_attributes_for_oid(oid)]
    return values[0] if len(values) == 1 else ""

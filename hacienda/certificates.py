"""What a merchant signs with, once opened and checked, whatever form its country gives the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What a document is signed with. `certificate` (DER) is empty in a country whose signatures carry none."""

    private_key: RSAPrivateKey = field(repr=False)
    certificate: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Certificate:
    """An opened signing file. `fingerprint` is the SHA-256 of the public key, in hex."""

    private_key: RSAPrivateKey = field(repr=False)
    public_key_spki: bytes
    name: str
    valid_from: datetime
    valid_until: datetime
    fingerprint: str
    certificate_der: bytes = b""  # where signatures carry it

    @property
    def signing_key(self) -> SigningKey:
        return SigningKey(self.private_key, self.certificate_der)


class CertificateError(ValueError):
    """A signing file that cannot be used; `message` is an English template filled from `params`."""

    def __init__(self, code: str, message: str, params: Mapping[str, object] | None = None) -> None:
        self.code = code
        self.message = message
        self.params = dict(params or {})
        super().__init__(self.message % self.params if self.params else message)

"""The only reader and writer of what a merchant signs and logs in with.

Stored: a signing file as it was uploaded, its private key in a form that loads fast, and the authority's
password, all encrypted under the first of `settings.VAULT_KEYS` and bound to their merchant and environment,
so that a row copied onto another opens nothing. In memory: opened RSA keys, a bounded number a process;
never their text.
"""

from __future__ import annotations

import base64
import hmac
import json
import logging
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_variables

from accounts.models import Credential, Merchant
from hacienda import values
from hacienda.certificates import Certificate, SigningKey
from hacienda.compiled import Compiled
from hacienda.errors import Refused
from hacienda.registry import authority

log = logging.getLogger(__name__)

KEYS_IN_MEMORY = 512
LONGEST_REASON = 300


class NoCredential(Refused):
    """The merchant has no signing file and password in this environment; a person must add them."""

    def __init__(self, message: str) -> None:
        super().__init__(message, lasting=False)


class Ended(Refused):
    """The signing file is past its end: nothing is signed with it. A person must add a new one."""

    def __init__(self, at: datetime) -> None:
        super().__init__(
            gettext("The signing certificate ended on %(day)s. Upload a new one of Hacienda's.")
            % {"day": f"{timezone.localtime(at):%Y-%m-%d}"},
            lasting=False,
        )
        self.at = at


class OnHold(Refused):
    """The authority refused these credentials for good: they are not tried again until a person acts."""

    def __init__(self, message: str) -> None:
        super().__init__(message, lasting=True)


class Paused(Refused):
    """The authority asked this issuer to wait, or refused even a new token a moment ago."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"sending rests until {until:%H:%M:%S}", lasting=False)
        self.until = until


class VaultError(Refused):
    """What is stored cannot be decrypted; the installation's configuration is wrong. Carries no secret."""

    def __init__(self, message: str) -> None:
        super().__init__(message, lasting=False)


@dataclass(frozen=True, slots=True)
class Rotation:
    """What `rotate_all` did; `unreadable` names the rows that no key of the installation opens."""

    rotated: int
    unreadable: tuple[str, ...]


class KeyCache:
    """Opened keys by credential, the latest used kept; a key whose stamp has changed is dropped."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._keys: OrderedDict[int, tuple[Hashable, SigningKey]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._keys)

    def get(self, credential_id: int, stamp: Hashable) -> SigningKey | None:
        with self._lock:
            kept = self._keys.get(credential_id)
            if kept is None or kept[0] != stamp:
                self._keys.pop(credential_id, None)
                return None
            self._keys.move_to_end(credential_id)
            return kept[1]

    def put(self, credential_id: int, stamp: Hashable, key: SigningKey) -> None:
        with self._lock:
            self._keys[credential_id] = (stamp, key)
            self._keys.move_to_end(credential_id)
            while len(self._keys) > self._size:
                self._keys.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._keys.clear()


keys_in_memory = KeyCache(KEYS_IN_MEMORY)


# --- Writing ------------------------------------------------------------------------------------------------
@sensitive_variables()
def store(
    *,
    merchant: Merchant,
    environment: str,
    certificate: Certificate,
    content: bytes,
    password: str,
    now: datetime,
) -> Credential:
    """Keep an opened and checked signing file (`content` is the file itself) and the authority's password.

    Replaces what the merchant had in this environment and ends a hold.
    """
    pkcs8 = certificate.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    signing = {
        "key": base64.b64encode(pkcs8).decode(),
        "certificate": base64.b64encode(certificate.certificate_der).decode(),
        "file": base64.b64encode(content).decode(),
    }
    credential, _created = Credential.objects.update_or_create(
        merchant=merchant,
        environment=environment,
        defaults={
            "password_encrypted": _encrypt(_place(merchant.pk, environment, "login"), {"password": password}),
            "certificate_encrypted": _encrypt(_place(merchant.pk, environment, "signing"), signing),
            "fingerprint": certificate.fingerprint,
            "valid_from": certificate.valid_from,
            "valid_until": certificate.valid_until,
            "updated_at": now,
            "paused_until": None,
            "refused_at": None,
            "refused_reason": "",
        },
    )
    return credential


def rotate_all() -> Rotation:
    """Encrypt everything anew under the first of `settings.VAULT_KEYS`; safe to run again, and while in use.

    Each row has a transaction of its own. Rows that no key opens are left as they are and named.
    """
    rotated, unreadable = 0, []
    for credential_id in Credential.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            row = Credential.objects.select_for_update().filter(pk=credential_id).first()
            if row is None:  # deleted since the list was read
                continue
            try:
                row.password_encrypted = _box().rotate(bytes(row.password_encrypted))
                row.certificate_encrypted = _box().rotate(bytes(row.certificate_encrypted))
            except InvalidToken:
                unreadable.append(str(row))
                continue
            row.save(update_fields=["password_encrypted", "certificate_encrypted"])
            rotated += 1
    return Rotation(rotated, tuple(unreadable))


def unreadable() -> list[str]:
    """The rows that no key of the installation opens, by merchant and environment."""
    found = []
    for row in Credential.objects.order_by("pk"):
        try:
            _box().decrypt(bytes(row.password_encrypted))
        except InvalidToken:
            found.append(str(row))
    return found


# --- Reading ------------------------------------------------------------------------------------------------
@sensitive_variables()
def signing_key(merchant_id: int, environment: str) -> SigningKey:
    """What the merchant signs with. Raises `NoCredential`, `Ended`, `VaultError`.

    The row is looked at every time, so that a new signing file counts at once in every process; it is opened
    only when it changed.
    """
    return _key(_read(merchant_id, environment))


@sensitive_variables()
def credentials(merchant: Merchant, environment: str) -> tuple[SigningKey, values.Login | None]:
    """`signing_key` and `login` in one look; no login while sending is on hold or rests.

    Raises `NoCredential`, `Ended`, `VaultError`.
    """
    row = _read(merchant.pk, environment)
    key = _key(row)
    try:
        return key, _login(merchant, row)
    except (OnHold, Paused):
        return key, None


@sensitive_variables()
def signing_file(merchant_id: int, environment: str) -> bytes:
    """The signing file as it was uploaded, byte for byte. Raises `NoCredential`, `VaultError`."""
    _country, signing = _signing(merchant_id, environment)
    return base64.b64decode(signing["file"])


@sensitive_variables()
def login(merchant: Merchant, environment: str, *, even_on_hold: bool = False) -> values.Login:
    """What to log in with at the authority. Raises `NoCredential`, `OnHold`, `Paused`, `VaultError`."""
    return _login(merchant, _read(merchant.pk, environment), even_on_hold=even_on_hold)


# All but the signing file, which is opened only when it changed.
_OF_MERCHANT = Compiled(
    Credential,
    lambda rows, merchant, environment: rows.filter(merchant_id=merchant, environment=environment),
    without="certificate_encrypted",
    merchant=-1,
    environment="an environment",
)


def _read(merchant_id: int, environment: str) -> Credential:
    """The merchant's credential; raises `NoCredential` where it has none."""
    for row in _OF_MERCHANT.rows(merchant=merchant_id, environment=environment):
        return row
    raise _nothing_for(environment)


@sensitive_variables()
def _key(row: Credential) -> SigningKey:
    if row.valid_until <= timezone.now():
        raise Ended(row.valid_until)
    stamp = (row.fingerprint, row.updated_at)
    key = keys_in_memory.get(row.pk, stamp)
    if key is None:
        country, signing = _signing(row.merchant_id, row.environment)
        key = authority(country).load_key(
            base64.b64decode(signing["key"]), base64.b64decode(signing.get("certificate", ""))
        )
        keys_in_memory.put(row.pk, stamp, key)
    return key


@sensitive_variables()
def _login(merchant: Merchant, row: Credential, *, even_on_hold: bool = False) -> values.Login:
    if row.refused_at is not None and not even_on_hold:
        raise OnHold(gettext("Sending is on hold: the authority refused the credentials."))
    if row.paused_until is not None and row.paused_until > timezone.now() and not even_on_hold:
        raise Paused(row.paused_until)
    opened = _decrypt(_place(merchant.pk, row.environment, "login"), row.password_encrypted)
    return values.Login(
        environment=values.Environment(row.environment),
        base_url=settings.AUTHORITY_URLS[merchant.country][row.environment],
        tax_id=merchant.tax_id,
        password=opened["password"],
    )


# --- Holding ------------------------------------------------------------------------------------------------
@sensitive_variables()
def hold(
    merchant: Merchant, environment: str, reason: str, now: datetime, *, refused: values.Login | None = None
) -> bool:
    """Stop sending with these credentials until a person acts; whether this call is the one that stopped it.

    With `refused`, the login that the authority turned down, newer credentials saved meanwhile are not held.
    """
    row = Credential.objects.filter(merchant=merchant, environment=environment, refused_at__isnull=True).first()
    if row is None:
        return False
    if refused is not None:
        opened = _decrypt(_place(merchant.pk, environment, "login"), row.password_encrypted)
        if not hmac.compare_digest(opened["password"].encode(), refused.password.encode()):
            return False
    # `updated_at` as it was read: what a person saved a moment ago has not been refused.
    held = Credential.objects.filter(pk=row.pk, updated_at=row.updated_at, refused_at__isnull=True).update(
        refused_at=now, refused_reason=reason[:LONGEST_REASON]
    )
    if held:
        log.warning("merchant %s, %s: credentials refused, sending is on hold", merchant.pk, environment)
    return bool(held)


def pause(merchant: Merchant, environment: str, *, until: datetime) -> None:
    """Send nothing with these credentials before `until`; a longer pause that stands already is kept."""
    rows = Credential.objects.filter(merchant=merchant, environment=environment)
    rows.filter(Q(paused_until__isnull=True) | Q(paused_until__lt=until)).update(paused_until=until)


def release(merchant: Merchant, environment: str) -> bool:
    """Let the credentials be tried again, and say whether they were held or resting; a person decided so."""
    stopped = Q(refused_at__isnull=False) | Q(paused_until__isnull=False)
    rows = Credential.objects.filter(stopped, merchant=merchant, environment=environment)
    return bool(rows.update(refused_at=None, refused_reason="", paused_until=None))


# --- The box ------------------------------------------------------------------------------------------------
@sensitive_variables()
def _signing(merchant_id: int, environment: str) -> tuple[str, dict[str, str]]:
    """The merchant's country and what is stored of the signing file."""
    rows = Credential.objects.filter(merchant_id=merchant_id, environment=environment)
    stored = rows.values_list("merchant__country", "certificate_encrypted").first()
    if stored is None:
        raise _nothing_for(environment)
    country, encrypted = stored
    return country, _decrypt(_place(merchant_id, environment, "signing"), encrypted)


def _nothing_for(environment: str) -> NoCredential:
    return NoCredential(
        gettext("There is no signing certificate and password for the environment “%(environment)s” yet.")
        % {"environment": environment}
    )


def _place(merchant_id: int, environment: str, use: str) -> str:
    return f"{merchant_id}/{environment}/{use}"


def _box() -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in settings.VAULT_KEYS])
    except ValueError:
        raise VaultError(gettext("VAULT_KEYS must be Fernet keys, separated by commas.")) from None


@sensitive_variables()
def _encrypt(place: str, content: dict[str, str]) -> bytes:
    return _box().encrypt(json.dumps(content | {"place": place}).encode())


@sensitive_variables()
def _decrypt(place: str, encrypted: bytes | memoryview) -> dict[str, str]:
    try:
        content: dict[str, str] = json.loads(_box().decrypt(bytes(encrypted)))
    except InvalidToken:
        message = gettext(
            "The stored credentials cannot be decrypted: the key that encrypted them is not in VAULT_KEYS."
        )
        raise VaultError(message) from None
    if content.pop("place", "") != place:
        raise VaultError(gettext("The stored credentials belong to another merchant or environment."))
    return content

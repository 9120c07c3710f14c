"""API keys: how a pair is made, what is kept of it, and how a pair that somebody shows is judged.

The private half has about 238 random bits, so a fast keyed hash keeps it safe: nobody can guess it, and
without `settings.API_KEY_PEPPER` a stolen database says nothing about it. A slow password hash would only
make every request slow.
"""

from __future__ import annotations

import hmac
import re
import secrets
import string

from django.conf import settings
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from accounts.models import ApiKey, Environment, Merchant
from hacienda.compiled import Compiled

# No punctuation: a double click then takes the whole key, and no shell or URL needs to quote it.
ALPHABET = string.ascii_letters + string.digits
PUBLIC_LENGTH = 32
PRIVATE_LENGTH = 40
PUBLIC_KEY = re.compile(r"pk_(?:sandbox|test|live)_[A-Za-z0-9]{32,60}")

# Looked up in place of what cannot be a key: it costs the same, and odd bytes never reach the database.
NO_KEY = "pk_none"
NO_DIGEST = bytes(32)


_BY_PUBLIC_KEY = Compiled(
    ApiKey,
    lambda keys, public_key: keys.filter(public_key=public_key).order_by(),
    related="merchant",
    public_key="a public key",
)


def new_pair(environment: str) -> tuple[str, str]:
    """A fresh (public, private) pair; both name their environment. Raises ValueError for an unknown one."""
    name = Environment(environment).value
    return f"pk_{name}_{_random(PUBLIC_LENGTH)}", f"sk_{name}_{_random(PRIVATE_LENGTH)}"


def digest(private: str) -> bytes:
    """What is kept of a private key: HMAC-SHA256 under the installation's pepper, 32 bytes."""
    # "surrogatepass": any text has a digest, so that no odd byte of a caller becomes an error.
    message = private.encode("utf-8", "surrogatepass")
    return hmac.digest(settings.API_KEY_PEPPER.encode(), message, "sha256")


@sensitive_variables("private", "shown")
def verify(public: str, private: str) -> ApiKey | None:
    """The key, its merchant loaded, if both halves fit and it is not revoked; else None.

    An unknown public key, a wrong private key and a revoked key cost the same: one look-up, one row made,
    one digest, one comparison. Nothing that a caller can send makes it raise.
    """
    shown = digest(private)
    wanted = public if PUBLIC_KEY.fullmatch(public) else NO_KEY
    rows = _BY_PUBLIC_KEY.rows(public_key=wanted)
    key = rows[0] if rows else _decoy()
    fits = hmac.compare_digest(bytes(key.private_key_digest), shown)
    return key if fits and key.revoked_at is None else None


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _decoy() -> ApiKey:
    """A revoked row that fits nothing, made only so that a miss takes as long as a hit."""
    return ApiKey(merchant=Merchant(), private_key_digest=NO_DIGEST, revoked_at=timezone.now())

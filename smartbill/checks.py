"""A bad configuration is a system check with an id, found before the first document and not by it."""

from __future__ import annotations

from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register


@register()
def secrets_are_given(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Production takes its secrets from the environment."""
    if not settings.PRODUCTION:
        return []
    return [
        Error(
            f"{name} was made up by this installation; in production it must come from the environment.",
            hint=f"Copy it from DATA_DIR/secrets/{name.lower()} or make a new one, and set {name}.",
            id="smartbill.E001",
        )
        for name in settings.GENERATED_SECRETS
    ]


@register()
def vault_keys_are_keys(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    for position, key in enumerate(settings.VAULT_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            return [Error(f"VAULT_KEYS: key number {position} is not a Fernet key.", id="smartbill.E002")]
    return []


@register()
def production_is_serious(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.PRODUCTION and settings.DEBUG:
        found.append(Error("DEBUG must be off in production.", id="smartbill.E003"))
    if settings.PRODUCTION and not settings.HTTPS:
        found.append(Error("PUBLIC_URL must begin with https:// in production.", id="smartbill.E004"))
    if settings.PRODUCTION and settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        message = "SQLite serves one machine only; PostgreSQL is the database for production."
        found.append(Warning(message, id="smartbill.W001"))
    return found

from __future__ import annotations

from accounts.models import Credential, Merchant


def is_held(merchant: Merchant, environment: str) -> bool:
    """Whether sending with the merchant's credentials stands until a person acts."""
    return Credential.objects.filter(merchant=merchant, environment=environment, refused_at__isnull=False).exists()

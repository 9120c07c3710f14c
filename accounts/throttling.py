"""How many requests a key may make: a fixed window of a minute in Django's cache.

With the cache in the process (the default) every web process counts for itself; with a shared cache the
limit is that of the whole installation.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.models import ApiKey

if TYPE_CHECKING:  # rest_framework.views itself loads this module, by the settings
    from rest_framework.views import APIView

WINDOW = 60  # seconds


class KeyThrottle(BaseThrottle):
    """At most `settings.RATE_LIMIT_PER_MINUTE` requests a minute and key; 0 sets no limit."""

    def __init__(self) -> None:
        self._remaining = float(WINDOW)

    def allow_request(self, request: Request, view: APIView) -> bool:
        key = request.auth
        limit: int = settings.RATE_LIMIT_PER_MINUTE
        if limit <= 0 or not isinstance(key, ApiKey):
            return True
        number, passed = divmod(time.time(), WINDOW)
        self._remaining = WINDOW - passed
        return count(f"requests:{key.pk}:{number:.0f}") <= limit

    def wait(self) -> float:
        """Seconds until the next window opens; it becomes Retry-After."""
        return self._remaining


def count(name: str) -> int:
    """Add one to a counter that dies with its window; the new number."""
    cache.add(name, 0, timeout=2 * WINDOW)
    try:
        return cache.incr(name)
    except ValueError:  # a full cache dropped it in between: letting a request pass beats refusing it
        return 1

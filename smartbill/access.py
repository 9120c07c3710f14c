"""What is noted of each request: one line and one observation, by route and never by path, which may be a secret."""

from __future__ import annotations

import logging
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from prometheus_client import Histogram

from accounts.models import ApiKey

log = logging.getLogger(__name__)

KEY_LENGTH: Final = 18  # of a public key's beginning: its environment and a few characters
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

requests = Histogram(
    "smartbill_request_seconds",
    "Requests by route, method and status.",
    ("route", "method", "status"),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30),
)


def note(request: HttpRequest, status: int, seconds: float) -> None:
    name = route(request)
    method = request.method if request.method in METHODS else "other"
    requests.labels(name, method, str(status)).observe(seconds)
    if not settings.ACCESS_LOG:
        return
    key = getattr(request, "auth", None)
    who = {"key": key.public_key[:KEY_LENGTH], "merchant": key.merchant_id} if isinstance(key, ApiKey) else {}
    said = {"method": method, "route": name, "status": status, "ms": round(seconds * 1000, 1)}
    log.info("%s %s %s", method, name, status, extra=said | who)


def route(request: HttpRequest) -> str:
    """The name of the address that answered; `-` where there is none."""
    match = request.resolver_match
    return (match.view_name or match.route) if match is not None else "-"

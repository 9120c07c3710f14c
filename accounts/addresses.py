"""Where on the network a request comes from."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_address(request: HttpRequest) -> str:
    """The client's address in its usual spelling; empty where it has none (a socket of the file system).

    Behind a proxy (`settings.BEHIND_PROXY`) it is what the outermost of our own proxies saw, the entry of
    `X-Forwarded-For` that is `settings.PROXY_HOPS` from the end: everything before it the client itself may have
    written. Without that header, or with nonsense in it, it is the address of the connection.
    """
    seen = _parsed(request.META.get("REMOTE_ADDR", ""))
    if settings.BEHIND_PROXY:
        hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if len(hops) >= settings.PROXY_HOPS:
            seen = _parsed(hops[-settings.PROXY_HOPS]) or seen
    return "" if seen is None else str(seen)


def household(address: str) -> str:
    """What is counted as one caller: an IPv4 address, or the /64 that one subscriber has of IPv6."""
    known = _parsed(address)
    if isinstance(known, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((known, 64), strict=False))
    return address


def is_this_machine(address: str) -> bool:
    known = _parsed(address)
    return known is None or known.is_loopback


def _parsed(text: str) -> Address | None:
    try:
        known = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    return (known.ipv4_mapped or known) if isinstance(known, ipaddress.IPv6Address) else known

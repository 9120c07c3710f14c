"""Where a request comes from: what a client writes itself is never believed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from accounts.addresses import client_address, household, is_this_machine


def seen(forwarded: str | None, peer: str = "203.0.113.9") -> str:
    more = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return client_address(RequestFactory().get("/", REMOTE_ADDR=peer, **more))


def test_without_a_proxy_the_header_is_not_believed(settings: Any) -> None:
    settings.BEHIND_PROXY = False
    assert seen("198.51.100.1") == "203.0.113.9"


@pytest.mark.parametrize(
    ("forwarded", "hops", "address"),
    [
        ("198.51.100.1", 1, "198.51.100.1"),
        ("10.9.9.9, 198.51.100.1", 1, "198.51.100.1"),  # what stands before it the client wrote
        ("10.9.9.9, 198.51.100.1, 192.0.2.5", 2, "198.51.100.1"),
        ("198.51.100.1", 2, "203.0.113.9"),  # a proxy was gone around
        ("nonsense", 1, "203.0.113.9"),
        ("198.51.100.1, ", 1, "203.0.113.9"),
        ("2001:DB8::0001", 1, "2001:db8::1"),
        ("::ffff:198.51.100.1", 1, "198.51.100.1"),
        (None, 1, "203.0.113.9"),
    ],
)
def test_behind_a_proxy_only_what_ours_saw_counts(
    settings: Any, forwarded: str | None, hops: int, address: str
) -> None:
    settings.BEHIND_PROXY, settings.PROXY_HOPS = True, hops
    assert seen(forwarded) == address


def test_a_socket_of_the_file_system_has_no_address() -> None:
    assert seen(None, peer="") == ""
    assert is_this_machine("")


def test_one_subscriber_is_one_household() -> None:
    assert household("198.51.100.1") == "198.51.100.1"
    assert household("2001:db8:1:2:3::4") == "2001:db8:1:2::/64"
    assert not is_this_machine("198.51.100.1")
    assert is_this_machine("::1")

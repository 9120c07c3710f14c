"""How many requests a key or an address may make in a minute; see `accounts.counting` for who counts."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.addresses import client_address, household, is_this_machine
from accounts.counting import counters, until_next_window
from accounts.models import ApiKey

if TYPE_CHECKING:  # rest_framework.views itself loads this module, by the settings
    from rest_framework.views import APIView

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


class KeyThrottle(BaseThrottle):
    """At most `settings.RATE_LIMIT_PER_MINUTE` requests of a key; where none is needed, as many as an address may."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        key = request.auth
        if not isinstance(key, ApiKey):
            return not is_busy(client_address(request._request))
        limit: int = settings.RATE_LIMIT_PER_MINUTE
        return limit <= 0 or counters().add(f"key:{key.pk}") <= limit

    def wait(self) -> float:
        """Seconds until the next window opens; it becomes Retry-After."""
        return until_next_window()


def is_busy(address: str) -> bool:
    """Count a request that needs no key; whether its address has made more than it may.

    This machine is never too busy: what comes from it is a person at it, a check, or a proxy that we were not told
    of, behind which everybody would be refused at once.
    """
    limit: int = settings.ADDRESS_LIMIT_PER_MINUTE
    if limit <= 0 or is_this_machine(address):
        return False
    return counters().add(f"address:{household(address)}") > limit


def is_guessing(address: str) -> bool:
    """Count a key or a link that does not exist; whether the address has tried more than it may.

    What exists is never refused for it: others at the same address may be honest.
    """
    limit: int = settings.ADDRESS_MISSES_PER_MINUTE
    return limit > 0 and counters().add(f"misses:{household(address)}") > limit


def may_sign_in(address: str) -> bool:
    """Whether so few sign-ins have failed from the address that another one is looked at."""
    limit: int = settings.SIGN_IN_FAILURES_PER_MINUTE
    return limit <= 0 or counters().read(f"sign-in:{household(address)}") < limit


def note_failed_sign_in(address: str) -> None:
    counters().add(f"sign-in:{household(address)}")


def limited(view: View[P]) -> View[P]:
    """Refuse with a page whoever asks for a public page too often, or for many that do not exist."""

    @wraps(view)
    def inner(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        address = client_address(request)
        if is_busy(address):
            return too_many(request)
        response = view(request, *args, **kwargs)
        return too_many(request) if response.status_code == 404 and is_guessing(address) else response

    return inner


def too_many(request: HttpRequest, *, wait: float | None = None, template: str = "429.html") -> HttpResponse:
    """429 for people, with the time to wait."""
    seconds = max(math.ceil(until_next_window() if wait is None else wait), 1)
    response = render(request, template, {"seconds": seconds}, status=429)
    response["Retry-After"] = str(seconds)
    response["Cache-Control"] = "no-store"
    return response

"""How the dashboard answers: for people who are signed in, as a page or as the fragment that HTMX asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from accounts.validity import ending
from accounts.workplace import Workplace, find

P = ParamSpec("P")
Door = Callable[Concatenate[HttpRequest, Workplace, P], HttpResponseBase]


def at_work(view: Door[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Call `view(request, place, ...)` for a signed-in person; send everybody else to sign in.

    Nothing of a merchant's is kept by caches between us and the person, nor shown by the back button
    after signing out.
    """

    @wraps(view)
    def inner(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            # A fragment that turned into a sign-in form would stand in the middle of the page.
            if wants_fragment(request):
                return HttpResponseClientRedirect(reverse("login"))
            return redirect_to_login(request.get_full_path())
        place = find(request)
        if place is None:
            return render(request, "accounts/no_merchant.html", status=403)
        return view(request, place, *args, **kwargs)

    return never_cache(vary_on_headers("HX-Request")(inner))


def managers_only(view: Door[P]) -> Door[P]:
    """Refuse with 403 whoever is not a manager of the merchant. Goes below `at_work`."""

    @wraps(view)
    def inner(request: HttpRequest, place: Workplace, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not place.is_manager:
            raise PermissionDenied
        return view(request, place, *args, **kwargs)

    return inner


def wants_fragment(request: HttpRequest) -> bool:
    """Whether HTMX asked for a part of the page; going back in the history needs the whole one."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    return bool(htmx) and htmx is not None and not htmx.boosted and not htmx.history_restore_request


def show(
    request: HttpRequest,
    place: Workplace,
    page: str,
    context: Mapping[str, Any],
    *,
    fragment: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, or its `fragment` if HTMX asked for one; both from the same context."""
    if fragment and wants_fragment(request):
        return render(request, fragment, {"place": place, **context}, status=status)
    around = {"place": place, "validity": ending(place, now=timezone.now())}
    return render(request, page, around | dict(context), status=status)


def sentence(message: str, params: Mapping[str, object]) -> str:
    """A message template of the lower floors in the reader's language, filled."""
    translated = gettext(message)
    return translated % params if params else translated

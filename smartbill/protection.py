"""What keeps requests and answers within bounds: the size of bodies, and what browsers may do with pages."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from smartbill import problems
from smartbill.bodies import CUT
from smartbill.middleware import Handler


def body_limit(get_response: Handler) -> Handler:
    """Refuse a body that is too large with 413, and one that ended too early with 400, before anything reads it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isascii() and length.isdigit() and int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return _refused(request, 413, "body_too_large")
        if request.META.get(CUT):
            return _refused(request, 400, "malformed_json")
        return get_response(request)

    return middleware


def no_cookies(get_response: Handler) -> Handler:
    """Neither read nor set a cookie where a link or a key says all there is to say.

    A browser that carries a cookie of ours, even one that is void, would else be sent another one.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(("/d/", "/api/")):
            request.COOKIES = {}
        return get_response(request)

    return middleware


def _refused(request: HttpRequest, status: int, code: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        response = problems.plain(request, status, code)
    else:
        response = render(request, "refused.html", {"title": problems.TITLES[code]}, status=status)
    response["Connection"] = "close"  # what is left of the body is not read
    return response


def permissions(get_response: Handler) -> Handler:
    """Tell browsers that no page of ours needs what they could lend it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return middleware

"""What belongs to no room: health, the meaning of error codes, the API's page, answers for unknown addresses."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views import defaults
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularSwaggerSplitView
from prometheus_client import CONTENT_TYPE_LATEST

from smartbill import metrics, problems, readiness


@require_safe
@never_cache
def health(request: HttpRequest) -> HttpResponse:
    """200 when this process can serve, the database included; 503 otherwise."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "database": "unreachable"}, status=503)
    return JsonResponse({"status": "ok", "database": "ok"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """200 when the whole installation is at work, part by part; 503 otherwise. Says nothing of anybody's."""
    found = readiness.kept.get()
    body = {
        "status": "ready" if found.is_ready else "not_ready",
        "parts": found.parts,
        "credentials": found.credentials,
    }
    return JsonResponse(body, status=200 if found.is_ready else 503)


@require_safe
@never_cache
def figures(request: HttpRequest) -> HttpResponse:
    """For Prometheus; anybody else finds nothing here."""
    if not metrics.is_allowed(request):
        raise Http404
    return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)


@require_safe
def icon(request: HttpRequest) -> HttpResponse:
    """Browsers ask here for pages that name no icon of their own."""
    return redirect(static("img/logo.svg"))


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    return HttpResponse("User-agent: *\nDisallow: /d/\nDisallow: /api/\n", content_type="text/plain")


@require_safe
def error(request: HttpRequest, code: str) -> HttpResponse:
    """What an error code means: the page that a problem's `type` leads to."""
    if code not in problems.TITLES:
        raise Http404
    return render(
        request, "error_code.html", {"code": code, "title": problems.TITLES[code], "codes": problems.TITLES}
    )


class ApiDocs(SpectacularSwaggerSplitView):
    """The reference, drawn from the schema by scripts that we serve ourselves, none of them inside the page."""

    url_name = "api:schema"
    url_self = "/api/docs"
    template_name = "api_docs.html"
    title = "SmartBill API"


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problems.plain(request, 404, "not_found")
    return defaults.page_not_found(request, exception)


def broken(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problems.plain(request, 500, "internal_error")
    return defaults.server_error(request)

"""The page where a merchant chooses which version of each schema it sends. Thin: parse, one service call, respond."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import selectors
from accounts import services as accounts
from accounts.pages import at_work, managers_only, show
from accounts.workplace import Workplace
from documents.version_form import VersionForm
from hacienda.values import Invalid


@require_http_methods(["GET", "HEAD", "POST"])
@at_work
@managers_only
def versions(request: HttpRequest, place: Workplace) -> HttpResponse:
    """Which version of each document and event is sent in the environment that the page is looked at in."""
    if not selectors.has_choice_of_versions(place.merchant.country):
        raise Http404
    form = VersionForm(request.POST or None, merchant=place.merchant, environment=place.environment.value)
    if form.is_valid():
        try:
            accounts.set_schema_versions(
                merchant=place.merchant,
                environment=place.environment.value,
                versions=form.chosen(),
                by=place.actor,
            )
        except Invalid as error:
            form.take(error.faults)
        else:
            messages.success(request, _("Saved. It holds for what is issued from now on."))
            return redirect("dashboard:versions")
    return show(request, place, "documents/versions.html", {"form": form}, status=422 if form.is_bound else 200)

"""The dashboard's pages about numbers: the series, what became of each number, and where a series begins."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.pages import at_work, managers_only, show
from accounts.workplace import Workplace
from documents import cursors, ledger
from documents.numbering_form import ScopeForm, StartForm
from documents.services import numbering
from hacienda.registry import authority
from hacienda.values import Invalid

LINES = 100


def _year(place: Workplace) -> int:
    rules = authority(place.merchant.country).rules
    return rules.numbering.year(timezone.now().astimezone(rules.zone))


def _nexts(place: Workplace) -> dict[str, int]:
    rows = ledger.series(place.merchant, place.environment, year=_year(place))
    return {row.scope: row.last + 1 for row in rows}


def _start_form(place: Workplace, data: Any = None) -> StartForm:
    return StartForm(data, merchant=place.merchant, nexts=_nexts(place))


def _scope_form(place: Workplace, data: Any = None) -> ScopeForm:
    return ScopeForm(data, merchant=place.merchant, initial={"number_scope": place.merchant.number_scope})


def _page(
    request: HttpRequest, place: Workplace, *, start: StartForm | None = None, scope: ScopeForm | None = None
) -> HttpResponse:
    is_wrong = start is not None or scope is not None
    context = {
        "summaries": ledger.summaries(place.merchant, place.environment),
        "year": _year(place),
        "start_form": start or _start_form(place),
        "scope_form": scope or _scope_form(place),
        "has_scopes": len(numbering.scopes(place.merchant)) > 1,
    }
    return show(request, place, "documents/numbering.html", context, status=422 if is_wrong else 200)


@require_safe
@at_work
def numbers(request: HttpRequest, place: Workplace) -> HttpResponse:
    """Every series with its counts; for managers also where one begins."""
    return _page(request, place)


@require_safe
@at_work
def one_series(request: HttpRequest, place: Workplace, reference: str) -> HttpResponse:
    """What became of each number of a series."""
    row = ledger.find(place.merchant, place.environment, reference)
    if row is None:
        raise Http404
    try:
        _direction, after = cursors.read(request.GET.get("cursor"))
    except cursors.BadCursor as error:
        raise Http404 from error
    page = ledger.page(row, now=timezone.now(), after=after, limit=LINES)
    context = {
        "summary": ledger.summary(row),
        "spans": page.spans,
        "starts": row.starts.select_related("user").order_by("-pk"),
        "next": None if page.next is None else cursors.write("n", page.next),
    }
    return show(request, place, "documents/ledger.html", context, fragment="documents/_ledger.html")


@require_POST
@at_work
@managers_only
def start_save(request: HttpRequest, place: Workplace) -> HttpResponse:
    """Let a series go on with another number."""
    form = _start_form(place, request.POST)
    if form.is_valid():
        try:
            numbering.begin_at(
                merchant=place.merchant,
                environment=place.environment,
                series=form.cleaned_data["series"],
                number=form.cleaned_data["number"],
                year=_year(place),
                by=place.actor,
                now=timezone.now(),
            )
        except Invalid as error:
            form.take(error.faults)
        else:
            messages.success(request, _("Saved. It holds for what is issued from now on."))
            return redirect("dashboard:numbering")
    return _page(request, place, start=form)


@require_POST
@at_work
@managers_only
def scope_save(request: HttpRequest, place: Workplace) -> HttpResponse:
    """Number by another scope, where there is one."""
    if len(numbering.scopes(place.merchant)) < 2:
        raise Http404
    form = _scope_form(place, request.POST)
    if form.is_valid():
        numbering.rescope(
            merchant=place.merchant,
            number_scope=form.cleaned_data["number_scope"],
            by=place.actor,
            now=timezone.now(),
        )
        messages.success(request, _("Saved. It holds for what is issued from now on."))
        return redirect("dashboard:numbering")
    return _page(request, place, scope=form)

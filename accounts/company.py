"""The dashboard's page of the company's own data: everybody sees them, managers change how it can be reached."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import contacts, facts
from accounts.forms import ContactForm, EstablishmentForm
from accounts.models import Establishment
from accounts.pages import at_work, managers_only, show
from accounts.workplace import Workplace
from hacienda.registry import authority
from hacienda.values import Invalid


def _show(
    request: HttpRequest,
    place: Workplace,
    *,
    refused: ContactForm | None = None,
    refused_place: tuple[Establishment, EstablishmentForm] | None = None,
) -> HttpResponse:
    """The page with a form for the company and one for each of its places; one of them as it was refused."""
    rows = list(place.merchant.establishments.all())
    forms = {one.pk: EstablishmentForm(establishment=one) for one in rows}
    if refused_place is not None:
        forms[refused_place[0].pk] = refused_place[1]
    context = {
        "form": refused or ContactForm(merchant=place.merchant),
        "establishments": [(one, forms[one.pk], list(facts.of_place(place.merchant, one))) for one in rows],
        "facts": list(facts.of_merchant(place.merchant)),
        "has_events": authority(place.merchant.country).rules.contingency.has_events,
        "provider": facts.provider(place.merchant),
    }
    return show(request, place, "accounts/company.html", context, status=422 if refused or refused_place else 200)


@require_safe
@at_work
def company(request: HttpRequest, place: Workplace) -> HttpResponse:
    return _show(request, place)


@require_POST
@at_work
@managers_only
def contact_save(request: HttpRequest, place: Workplace) -> HttpResponse:
    form = ContactForm(request.POST, merchant=place.merchant)
    if form.is_valid():
        try:
            contacts.set_contact(merchant=place.merchant, **form.cleaned_data, by=place.actor)
        except Invalid as error:
            form.take(error.faults)
        else:
            return _saved(request, place)
    return _show(request, place, refused=form)


@require_POST
@at_work
@managers_only
def establishment_save(request: HttpRequest, place: Workplace, code: str) -> HttpResponse:
    row = get_object_or_404(place.merchant.establishments, code=code)
    form = EstablishmentForm(request.POST, establishment=row)
    if form.is_valid():
        try:
            contacts.set_establishment_contact(establishment=row, **form.cleaned_data, by=place.actor)
        except Invalid as error:
            form.take(error.faults)
        else:
            return _saved(request, place)
    return _show(request, place, refused_place=(row, form))


def _saved(request: HttpRequest, place: Workplace) -> HttpResponse:
    if authority(place.merchant.country).rules.contingency.has_events:
        told = _("Saved. Documents and events tell it from now on; what waited for it is sent soon.")
    else:
        told = _("Saved. Documents tell it from now on.")
    messages.success(request, told)
    return redirect("dashboard:company")

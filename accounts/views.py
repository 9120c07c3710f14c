"""The dashboard's pages about people, keys and certificates. Thin: parse, one service call, respond."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from accounts import selectors, services, trade
from accounts.forms import CredentialForm, DonationForm, ExportForm, KeyForm
from accounts.models import ApiKey, Credential, Environment
from accounts.pages import at_work, managers_only, sentence, show
from accounts.workplace import Workplace, remember
from hacienda.certificates import CertificateError
from hacienda.errors import NoAnswer
from hacienda.registry import authority
from hacienda.values import Invalid

EXPIRES_SOON = timedelta(days=30)

# The field of the upload form that each refusal of a certificate is about; all others are about the file.
FIELD_OF = {"wrong_password": "certificate_password"}


sign_out = auth_views.LogoutView.as_view()


@require_POST
@at_work
def switch(request: HttpRequest, place: Workplace) -> HttpResponse:
    """Work for another merchant or in another environment from now on."""
    remember(
        request,
        place,
        merchant=request.POST.get("merchant", ""),
        environment=request.POST.get("environment", ""),
    )
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = settings.LOGIN_REDIRECT_URL
    return redirect(target)


# --- API keys ---------------------------------------------------------------------------------------------------
@require_GET
@at_work
def keys(request: HttpRequest, place: Workplace) -> HttpResponse:
    """Every key of the merchant, of all environments: a forgotten one is what matters."""
    rows = ApiKey.objects.filter(merchant=place.merchant).select_related("establishment", "point_of_sale")
    return show(request, place, "accounts/keys.html", {"keys": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@at_work
@managers_only
def key_create(request: HttpRequest, place: Workplace) -> HttpResponse:
    """Make a key pair. The private half stands in this one answer and nowhere else."""
    form = KeyForm(request.POST or None, merchant=place.merchant, initial={"environment": place.environment.value})
    new = _created(place, form) if form.is_bound and form.is_valid() else None
    if new is None:
        status = 422 if form.is_bound else 200
        return show(request, place, "accounts/key_new.html", {"form": form}, status=status)
    example = authority(place.merchant.country).rules.vocabulary.example
    context = {
        "key": new.key,
        "private_key": new.private_key,
        "api_url": f"{settings.PUBLIC_URL}/api/v1/documents",
        "what": gettext(example.what),
        "body": json.dumps(example.body, ensure_ascii=False),
    }
    return show(request, place, "accounts/key_created.html", context)


def _created(place: Workplace, form: KeyForm) -> services.NewKey | None:
    """The new key pair; None where the form now says why there is none."""
    try:
        return services.create_api_key(
            merchant=place.merchant,
            environment=form.cleaned_data["environment"],
            role=form.cleaned_data["role"],
            name=form.cleaned_data["name"],
            created_by=place.user,
            point_of_sale=form.cleaned_data["point_of_sale"],
            by=place.actor,
            now=timezone.now(),
        )
    except Invalid as error:
        form.take(error.faults)
        return None


@require_POST
@at_work
@managers_only
def key_revoke(request: HttpRequest, place: Workplace, public_key: str) -> HttpResponse:
    key = get_object_or_404(ApiKey, merchant=place.merchant, public_key=public_key)
    services.revoke_api_key(key=key, by=place.actor, now=timezone.now())
    messages.success(request, _("The key “%(name)s” was revoked. It stopped working.") % {"name": key.name})
    return redirect("dashboard:keys")


# --- Hacienda ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Desk:
    """What the page shows of one environment. `credential` was read without its secrets."""

    environment: Environment
    credential: Credential | None
    form: CredentialForm
    now: datetime

    @property
    def state(self) -> str:
        """missing, held, expired, expiring or ready."""
        if self.credential is None:
            return "missing"
        if self.credential.refused_at:
            return "held"
        if self.credential.valid_until <= self.now:
            return "expired"
        return "expiring" if self.credential.valid_until <= self.now + EXPIRES_SOON else "ready"

    @property
    def is_sandbox(self) -> bool:
        return self.environment == Environment.SANDBOX


def _desks(place: Workplace, refused: tuple[Environment, CredentialForm] | None = None) -> list[Desk]:
    """One desk for each environment, the present one first; `refused` is a form that must be shown again."""
    found = place.merchant.credentials.defer("password_encrypted", "certificate_encrypted")
    credentials = {one.environment: one for one in found}
    now = timezone.now()
    order = sorted(Environment, key=lambda one: one != place.environment)
    return [
        Desk(
            environment=one,
            credential=credentials.get(one.value),
            form=refused[1] if refused and refused[0] == one else _credential_form(place, one),
            now=now,
        )
        for one in order
    ]


def _credential_form(place: Workplace, environment: Environment, *sent: Any) -> CredentialForm:
    return CredentialForm(*sent, country=place.merchant.country, auto_id=f"{environment.value}_%s")


def _page(place: Workplace, refused: tuple[Environment, CredentialForm] | None = None) -> dict[str, object]:
    """What the Hacienda page shows."""
    merchant = place.merchant
    return {
        "desks": _desks(place, refused),
        "usual": trade.kept(merchant),
        "words": authority(merchant.country).rules.vocabulary,
        "trade": trade.offered(merchant.country),
        "has_versions": selectors.has_choice_of_versions(merchant.country),
    }


def _environment(name: str) -> Environment:
    if name not in Environment.values:
        raise Http404
    return Environment(name)


@require_GET
@at_work
def hacienda(request: HttpRequest, place: Workplace) -> HttpResponse:
    return show(request, place, "accounts/hacienda.html", _page(place))


@sensitive_post_parameters()
@sensitive_variables()
@require_POST
@at_work
@managers_only
def credential_save(request: HttpRequest, place: Workplace, name: str) -> HttpResponse:
    """Keep a certificate and the passwords that belong to it, or say at its field what is wrong with it."""
    environment = _environment(name)
    form = _credential_form(place, environment, request.POST, request.FILES)
    if form.is_valid():
        try:
            services.save_credential(
                merchant=place.merchant,
                environment=environment,
                certificate=form.cleaned_data["certificate"].read(),
                certificate_password=form.cleaned_data["certificate_password"],
                password=form.cleaned_data["password"],
                user=form.cleaned_data.get("user", ""),
                by=place.actor,
                now=timezone.now(),
            )
        except CertificateError as error:
            form.add_error(FIELD_OF.get(error.code, "certificate"), sentence(error.message, error.params))
        except Invalid as error:
            form.take(error.faults)
        else:
            messages.success(request, _("Saved. New documents are signed with this certificate."))
            return redirect("dashboard:hacienda")
    return show(request, place, "accounts/hacienda.html", _page(place, (environment, form)), status=422)


@require_POST
@at_work
@managers_only
def credential_release(request: HttpRequest, place: Workplace, name: str) -> HttpResponse:
    """Let Hacienda be asked again with the credentials that it refused."""
    services.release_hold(merchant=place.merchant, environment=_environment(name), by=place.actor)
    messages.success(request, _("SmartBill is trying again."))
    return redirect("dashboard:hacienda")


@require_POST
@at_work
@managers_only
def sandbox_open(request: HttpRequest, place: Workplace) -> HttpResponse:
    """Make the sandbox ready for the merchant: a made-up certificate, known to the sandbox."""
    services.open_sandbox(merchant=place.merchant, by=place.actor, now=timezone.now())
    try:
        services.register_in_sandbox(merchant=place.merchant, by=place.actor)
    except NoAnswer:
        messages.error(request, _("The sandbox does not answer. Is it running?"))
    else:
        messages.success(request, _("The sandbox is ready."))
    return redirect("dashboard:hacienda")


# --- Exports and donations --------------------------------------------------------------------------------------
def _show_trade(
    request: HttpRequest,
    place: Workplace,
    *,
    export: ExportForm | None = None,
    donation: DonationForm | None = None,
) -> HttpResponse:
    """The page with both forms; one of them as it was refused."""
    offered = trade.offered(place.merchant.country)
    context = {
        "trade": offered,
        "export_form": export or ExportForm(merchant=place.merchant),
        "donation_form": donation or DonationForm(merchant=place.merchant),
    }
    return show(request, place, "accounts/trade.html", context, status=422 if export or donation else 200)


@require_safe
@at_work
@managers_only
def trade_page(request: HttpRequest, place: Workplace) -> HttpResponse:
    """What exports and donation receipts need of the company itself, in a country where they need something."""
    if not trade.offered(place.merchant.country):
        raise Http404
    return _show_trade(request, place)


@require_POST
@at_work
@managers_only
def export_save(request: HttpRequest, place: Workplace) -> HttpResponse:
    if not trade.offered(place.merchant.country).exports:
        raise Http404
    form = ExportForm(request.POST, merchant=place.merchant)
    if form.is_valid():
        try:
            services.set_export_defaults(merchant=place.merchant, defaults=form.defaults(), by=place.actor)
        except Invalid as error:
            form.take(error.faults)
        else:
            messages.success(request, _("Saved."))
            return redirect("dashboard:hacienda")
    return _show_trade(request, place, export=form)


@require_POST
@at_work
@managers_only
def donation_save(request: HttpRequest, place: Workplace) -> HttpResponse:
    if not trade.offered(place.merchant.country).donations:
        raise Http404
    form = DonationForm(request.POST, merchant=place.merchant)
    if form.is_valid():
        try:
            services.set_donation_resolution(merchant=place.merchant, resolution=form.resolution(), by=place.actor)
        except Invalid as error:
            form.take(error.faults)
        else:
            messages.success(request, _("Saved."))
            return redirect("dashboard:hacienda")
    return _show_trade(request, place, donation=form)

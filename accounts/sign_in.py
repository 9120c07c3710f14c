"""Signing in: who may try, what is written down of it, and what somebody sees who tried too often.

The limit of one name at one address is django-axes'; the limit of an address over all names is ours. Neither tells
whether a name exists, and a name that does not costs the same work as a wrong password.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import views
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from accounts.addresses import client_address
from accounts.audit import Action, Actor, record_of_person, record_unknown
from accounts.forms import SignInForm
from accounts.models import User
from accounts.throttling import may_sign_in, note_failed_sign_in, too_many


class SignIn(views.LoginView):
    authentication_form = SignInForm
    template_name = "accounts/login.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_sign_in(client_address(request)):
            return too_many(request)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.get_user()
        with transaction.atomic():
            answer = super().form_valid(form)
            record_of_person(Action.SIGNED_IN, user, by=Actor(user, address=client_address(self.request)))
        return answer

    def form_invalid(self, form: Any) -> HttpResponse:
        by = Actor(address=client_address(self.request))
        note_failed_sign_in(by.address)
        person = User.objects.filter(email=name_of(self.request)).first()
        with transaction.atomic():
            if person is None:
                # The name is not kept: it may be somebody's password, typed into the wrong field.
                record_unknown(Action.SIGN_IN_FAILED, by=by)
            else:
                record_of_person(Action.SIGN_IN_FAILED, person, by=by)
        return super().form_invalid(form)


def name_of(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The name that somebody signs in under, as it is looked up: one person has one spelling, and one count."""
    given = (credentials or {}).get("username") or request.POST.get("username", "")
    return str(given).strip().lower()[:254]


def locked_out(request: HttpRequest, *_given: Any, **_more: Any) -> HttpResponse:
    """429 for a name that failed too often from this address."""
    wait: float = settings.AXES_COOLOFF_TIME.total_seconds()
    return too_many(request, wait=wait, template=settings.AXES_LOCKOUT_TEMPLATE)

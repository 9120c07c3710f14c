"""Addresses of the dashboard: its documents, and the pages of `accounts` that stand beside them."""

from __future__ import annotations

from django.urls import path

from accounts.urls import dashboard as accounts
from documents import correcting, dashboard, numbering_page
from documents.versions import versions

app_name = "dashboard"

urlpatterns = [
    path("documents", dashboard.documents, name="documents"),
    path("documents/<str:public_id>", dashboard.document, name="document"),
    path("documents/<str:public_id>/correct", correcting.correct, name="correct"),
    path("documents/<str:public_id>/invalidate", dashboard.invalidate, name="invalidate"),
    path("numbering", numbering_page.numbers, name="numbering"),
    path("numbering/start", numbering_page.start_save, name="number_start"),
    path("numbering/scope", numbering_page.scope_save, name="number_scope"),
    path("numbering/<str:reference>", numbering_page.one_series, name="series"),
    path("hacienda/versions", versions, name="versions"),  # before the environments of `accounts`
    *accounts,
]

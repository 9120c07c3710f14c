"""Addresses of the dashboard: its documents, and the pages of `accounts` that stand beside them."""

from __future__ import annotations

from django.urls import path

from accounts.urls import dashboard as accounts
from documents import correcting, dashboard, numbering_page
from documents.received import pages as received
from documents.versions import versions

app_name = "dashboard"

urlpatterns = [
    path("documents", dashboard.documents, name="documents"),
    path("documents/<str:public_id>", dashboard.document, name="document"),
    path("documents/<str:public_id>/correct", correcting.correct, name="correct"),
    path("documents/<str:public_id>/invalidate", dashboard.invalidate, name="invalidate"),
    path("received", received.received, name="received"),
    path("received/upload", received.upload, name="received_upload"),
    path("received/<str:public_id>", received.one, name="received_one"),
    path("received/<str:public_id>/decision", received.decision, name="received_decision"),
    path("received/<str:public_id>/<str:what>.xml", received.text, name="received_text"),
    path("numbering", numbering_page.numbers, name="numbering"),
    path("numbering/start", numbering_page.start_save, name="number_start"),
    path("numbering/scope", numbering_page.scope_save, name="number_scope"),
    path("numbering/<str:reference>", numbering_page.one_series, name="series"),
    path("hacienda/versions", versions, name="versions"),  # before the environments of `accounts`
    *accounts,
]

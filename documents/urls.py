"""Addresses of the dashboard: its documents, and the pages of `accounts` that stand beside them."""

from __future__ import annotations

from django.urls import path

from accounts.urls import dashboard as accounts
from documents import correcting, dashboard
from documents.versions import versions

app_name = "dashboard"

urlpatterns = [
    path("documents", dashboard.documents, name="documents"),
    path("documents/<str:public_id>", dashboard.document, name="document"),
    path("documents/<str:public_id>/correct", correcting.correct, name="correct"),
    path("documents/<str:public_id>/invalidate", dashboard.invalidate, name="invalidate"),
    path("hacienda/versions", versions, name="versions"),  # before the environments of `accounts`
    *accounts,
]

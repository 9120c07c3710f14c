"""Addresses of signing in, and of the dashboard's pages that need no document (included by documents.urls)."""

from __future__ import annotations

from django.urls import path

from accounts import audit_views, company, views
from accounts.sign_in import SignIn

urlpatterns = [
    path("login", SignIn.as_view(), name="login"),
    path("logout", views.sign_out, name="logout"),
]

dashboard = [
    path("switch", views.switch, name="switch"),
    path("audit", audit_views.audit_log, name="audit"),
    path("keys", views.keys, name="keys"),
    path("keys/new", views.key_create, name="key_create"),
    path("keys/<str:public_key>/revoke", views.key_revoke, name="key_revoke"),
    path("hacienda", views.hacienda, name="hacienda"),
    path("hacienda/trade", views.trade_page, name="trade"),
    path("hacienda/trade/exports", views.export_save, name="export_save"),
    path("hacienda/trade/donations", views.donation_save, name="donation_save"),
    path("hacienda/company", company.company, name="company"),
    path("hacienda/company/contact", company.contact_save, name="contact_save"),
    path("hacienda/company/places/<str:code>", company.establishment_save, name="establishment_save"),
    path("hacienda/sandbox/open", views.sandbox_open, name="sandbox_open"),
    path("hacienda/<str:name>", views.credential_save, name="credential_save"),
    path("hacienda/<str:name>/release", views.credential_release, name="credential_release"),
]

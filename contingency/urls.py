"""Addresses of the board."""

from __future__ import annotations

from django.urls import path

from contingency import evidence_api, views

app_name = "contingency"

urlpatterns = [
    path("", views.board, name="board"),
    path("/badge", views.badge, name="badge"),
    path("/runs", views.runs, name="runs"),
    path("/runs/<str:public_id>", views.run, name="run"),
    path("/events/<str:generation_code>/correct", views.event_correct, name="event_correct"),
    path("/events/<str:generation_code>/evidence", evidence_api.event_file, name="event_evidence"),
    path("/evidence/<str:public_id>", evidence_api.document_file, name="evidence"),
    path("/sending", views.sending, name="sending"),
    path("/responsible", views.responsible, name="responsible"),
]

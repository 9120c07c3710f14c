"""Every address of the installation."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView

from accounts.api import Me
from accounts.audit_api import Audit
from contingency import api as contingency
from contingency import evidence_api
from documents import api, callbacks, catalogs_api, notices_api, numbering_api
from documents.received import api as received
from smartbill import views

v1 = [
    path("me", Me.as_view(), name="me"),
    path("documents", api.Documents.as_view(), name="documents"),
    path("documents/preview", api.Preview.as_view(), name="preview"),
    path("documents/<str:reference>", api.OneDocument.as_view(), name="document"),
    path("documents/<str:reference>/evidence", evidence_api.DocumentEvidence.as_view(), name="evidence"),
    path("documents/<str:reference>/correct", api.Correct.as_view(), name="correct"),
    path("documents/<str:reference>/invalidate", api.Invalidate.as_view(), name="invalidate"),
    path("received", received.ReceivedDocuments.as_view(), name="received"),
    path("received/<str:reference>", received.OneReceived.as_view(), name="received_one"),
    path("received/<str:reference>/decision", received.Decide.as_view(), name="decision"),
    path("contingency", contingency.Contingency.as_view(), name="contingency"),
    path("contingency/runs", contingency.Runs.as_view(), name="runs"),
    path("contingency/runs/<str:public_id>", contingency.OneRun.as_view(), name="run"),
    path(
        "contingency/events/<str:generation_code>/evidence",
        evidence_api.EventEvidence.as_view(),
        name="event_evidence",
    ),
    path("catalogs", catalogs_api.CatalogList.as_view(), name="catalogs"),
    path("catalogs/<str:name>", catalogs_api.OneCatalog.as_view(), name="catalog"),
    path("events", notices_api.Notices.as_view(), name="events"),
    path("numbering", numbering_api.Numbering.as_view(), name="numbering"),
    path("numbering/<str:reference>", numbering_api.OneSeries.as_view(), name="series"),
    path("audit", Audit.as_view(), name="audit"),
    path("schema", SpectacularAPIView.as_view(), name="schema"),
]

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="dashboard:documents"), name="home"),
    path("health", views.health, name="health"),
    path("ready", views.ready, name="ready"),
    path("metrics", views.figures, name="metrics"),
    path("favicon.ico", views.icon, name="icon"),
    path("robots.txt", views.robots, name="robots"),
    path("errors/<slug:code>", views.error, name="error"),
    path("api/v1/", include((v1, "api"))),
    path("api/docs", views.ApiDocs.as_view(), name="api-docs"),
    path("d/", include("documents.public")),
    path("hacienda/judged/<str:token>", callbacks.judged, name="judged"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("accounts.urls")),
    path("", include("documents.urls")),
    path("contingency", include("contingency.urls")),
]


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    return views.not_found(request, exception)


def handler500(request: HttpRequest) -> HttpResponse:
    return views.broken(request)

"""Evidence as a file, in the public API and on the dashboard: parse, one call, answer."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from drf_spectacular.utils import OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request

from accounts.audit import Action, Actor, record
from accounts.models import Merchant
from accounts.pages import at_work
from accounts.workplace import Workplace
from contingency import evidence
from contingency.models import Event
from documents import selectors as documents
from documents.api import KeyView
from documents.models import Document
from documents.schema import nullable, problems

EvidenceFile = inline_serializer(
    "EvidenceFile",
    {
        "format": serializers.CharField(),
        "made_at": serializers.DateTimeField(),
        "read_me": serializers.DictField(child=serializers.CharField(), help_text="In English and Spanish"),
        "check": serializers.CharField(help_text="Ten lines of Python that verify the file without a network"),
        "document": serializers.DictField(required=False),
        "delivered": nullable(serializers.CharField, required=False, help_text="Digest of the customer's file"),
        "sealings": serializers.ListField(child=serializers.DictField(), required=False),
        "timeline": serializers.ListField(child=serializers.DictField(), required=False),
        "invalidations": serializers.ListField(child=serializers.DictField(), required=False),
        "outage": nullable(serializers.DictField, required=False),
        "events": serializers.ListField(child=serializers.DictField(), required=False),
        "batches": serializers.ListField(child=serializers.DictField(), required=False),
        "event": serializers.DictField(required=False, help_text="Of the file of an event"),
        "documents": serializers.ListField(
            child=serializers.DictField(), required=False, help_text="Of the file of an event: what it reports"
        ),
        "texts": serializers.DictField(
            child=serializers.CharField(allow_blank=True), help_text="What was signed and answered, by SHA-256"
        ),
        "chains": serializers.DictField(child=serializers.ListField(child=serializers.DictField())),
        "anchors": serializers.ListField(child=serializers.DictField()),
        "digest": serializers.CharField(help_text="SHA-256 of the canonical JSON of everything else"),
    },
)
_FILE = OpenApiResponse(EvidenceFile, "A file to keep: it explains and verifies itself")
DOCUMENT: dict[str, Any] = {
    "operation_id": "documents_evidence",
    "summary": "Everything that proves what happened to a document",
    "description": (
        "What was signed, every request and answer, its contingency with event and batches, its history and its "
        "invalidation, with the chain of digests that was written as it happened."
    ),
    "tags": ["Evidence"],
    "responses": {200: _FILE, **problems(401, 404, 429)},
}
EVENT: dict[str, Any] = {
    "operation_id": "contingency_events_evidence",
    "summary": "Everything that proves what happened to a contingency event",
    "description": "By the event's generation code; with the documents that it reports, the end of each one's chain.",
    "tags": ["Evidence"],
    "responses": {200: _FILE, **problems(401, 404, 429)},
}


def _answer(text: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="evidence-{name}.json"', "Cache-Control": "no-store"}
    return HttpResponse(text, content_type="application/json", headers=headers)


def _document(merchant: Merchant, environment: str, reference: str) -> Document:
    mine = documents.documents(merchant, environment).select_related("outage", "replaced_by", "current_sealing")
    found = documents.find(mine, reference)
    if found is None:
        raise Http404
    return found


def _event(merchant: Merchant, environment: str, generation_code: str) -> Event:
    mine = Event.objects.filter(merchant=merchant, environment=environment).select_related("merchant", "outage")
    found = mine.filter(generation_code=generation_code.upper()).first()
    if found is None:
        raise Http404
    return found


def _file_of_document(found: Document, by: Actor) -> HttpResponse:
    return _handed_out(found, evidence.of_document(found, now=timezone.now()), by)


def _file_of_event(found: Event, by: Actor) -> HttpResponse:
    return _handed_out(found, evidence.of_event(found, now=timezone.now()), by)


def _handed_out(found: Document | Event, text: str, by: Actor) -> HttpResponse:
    """The file as an answer, once it is written down who has got it."""
    with transaction.atomic():
        record(
            Action.EVIDENCE_EXPORTED,
            by=by,
            merchant=found.merchant,
            environment=found.environment,
            subject=found.generation_code,
        )
    return _answer(text, found.generation_code)


class DocumentEvidence(KeyView):
    @extend_schema(**DOCUMENT)
    def get(self, request: Request, reference: str) -> HttpResponse:
        return _file_of_document(_document(self.key.merchant, self.key.environment, reference), self.actor)


class EventEvidence(KeyView):
    @extend_schema(**EVENT)
    def get(self, request: Request, generation_code: str) -> HttpResponse:
        return _file_of_event(_event(self.key.merchant, self.key.environment, generation_code), self.actor)


@require_safe
@at_work
def document_file(request: HttpRequest, place: Workplace, public_id: str) -> HttpResponse:
    """The same for people, from the page of the document."""
    return _file_of_document(_document(place.merchant, place.environment, public_id), place.actor)


@require_safe
@at_work
def event_file(request: HttpRequest, place: Workplace, generation_code: str) -> HttpResponse:
    """The file of an event, from the board and the page of a run."""
    return _file_of_event(_event(place.merchant, place.environment, generation_code), place.actor)

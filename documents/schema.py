"""What OpenAPI says of the documents' operations: answers, errors, examples."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema_field
from rest_framework import serializers

from accounts.models import Environment
from accounts.problem_schema import ProblemError
from accounts.problem_schema import nullable as nullable
from accounts.problem_schema import problems as problems
from documents.line_bodies import Unit
from documents.models import Invalidation, Status
from documents.serializers import DraftBody, InvalidateBody, ListQuery, PreviewQuery
from hacienda.clocks import CLOCKS, Whose
from hacienda.verdicts import Mender


class Totals(serializers.Serializer[Any]):
    taxed = serializers.CharField()
    exempt = serializers.CharField()
    not_subject = serializers.CharField()
    not_taxed = serializers.CharField()
    discount = serializers.CharField()
    tax = serializers.CharField(
        help_text="IVA, inside or on top of `taxed` as the type has it; Costa Rica: what the customer pays of it"
    )
    other_taxes = serializers.CharField()
    withheld = serializers.CharField()
    perceived = serializers.CharField()
    total = serializers.CharField()
    payable = serializers.CharField()
    in_words = serializers.CharField()


class ShownItem(serializers.Serializer[Any]):
    description = serializers.CharField()
    quantity = serializers.CharField()
    price = serializers.CharField()
    discount = serializers.CharField()
    amount = serializers.CharField()
    tax = serializers.CharField()
    kind = serializers.CharField()
    code = nullable(serializers.CharField)
    unit = nullable(Unit, help_text="El Salvador: a number; Costa Rica: letters, none on a receipt of payment")


class ShownInvalidation(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["transmitting", "accepted"])
    stamp = nullable(serializers.CharField)
    note = nullable(serializers.CharField, help_text="The document that takes this one back, where one does")
    kind = serializers.ChoiceField(choices=Invalidation.Kind.values)
    reason = nullable(serializers.CharField)
    at = serializers.DateTimeField()
    replacement = nullable(serializers.CharField)


class ShownContingency(serializers.Serializer[Any]):
    reason = serializers.IntegerField(
        help_text="1 is Hacienda's own outage. El Salvador: CAT-005; Costa Rica: 2 and 3 are situations of the clave"
    )
    note = nullable(serializers.CharField)
    since = serializers.DateTimeField()
    uncertain = serializers.BooleanField(help_text="An earlier sending may have arrived; it is asked about")
    event_stamp = nullable(serializers.CharField)
    event_due = nullable(
        serializers.DateTimeField,
        help_text=(
            "Until when the event is sent; while the outage lasts, the earliest that it can be. Costa Rica: null, "
            "there are no events"
        ),
    )
    documents_due = serializers.DateTimeField(
        help_text="Until when the document is sent; before its event is accepted, the earliest that it can be"
    )


class ShownRefusal(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="Hacienda's own")
    message = serializers.CharField(allow_blank=True, help_text="Hacienda's own words")
    observations = serializers.ListField(child=serializers.CharField())
    at = serializers.DateTimeField()
    # Not as an attribute: `errors` is something else in a serializer.
    cause = serializers.CharField(help_text="What it means, in the language of the request")
    remedy = serializers.CharField(help_text="What to do about it")
    who = serializers.ChoiceField(choices=[who.value for who in Mender], help_text="Who can mend it")

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"errors": ProblemError(many=True)}


class ShownRejection(ShownRefusal):
    correctable_until = nullable(
        serializers.DateTimeField, help_text="Until when a correction keeps code and number; null where it cannot"
    )


class ShownInvalidationRejection(ShownRefusal):
    """`errors` point into the body that asked for the invalidation."""

    kind = serializers.ChoiceField(choices=Invalidation.Kind.values)


class HistoryItem(serializers.Serializer[Any]):
    status = serializers.CharField()
    at = serializers.DateTimeField()
    detail = serializers.CharField(allow_blank=True)


class ShownDeadline(serializers.Serializer[Any]):
    name = serializers.ChoiceField(
        choices=[clock.name for clock in CLOCKS.values() if clock.whose is Whose.DOCUMENT],
        help_text=(
            "`contingency_event` and `contingency_document`: it must be reported, and sent; `correction`: a "
            "correction keeps code and number; `invalidation`: it can be invalidated"
        ),
    )
    until = serializers.DateTimeField()
    is_late = serializers.BooleanField()
    demand = nullable(serializers.CharField, help_text="What the law demands now that it is late")


class ShownDocument(serializers.Serializer[Any]):
    id = serializers.CharField()
    type = serializers.CharField()
    type_code = serializers.CharField()
    status = serializers.ChoiceField(choices=Status.values)
    environment = serializers.ChoiceField(choices=Environment.values)
    generation_code = serializers.CharField(help_text="El Salvador: a UUID; Costa Rica: the clave of 50 characters")
    control_number = serializers.CharField(
        allow_null=True, help_text="Costa Rica: the consecutivo of 20 digits. Null for the events, which have none"
    )
    received_stamp = nullable(
        serializers.CharField,
        help_text="El Salvador: the stamp; Costa Rica: SHA-256, in hex, of the message that Hacienda signed",
    )
    stamped_at = nullable(serializers.DateTimeField)
    issued_at = serializers.DateTimeField()
    customer = nullable(serializers.DictField)
    items = ShownItem(many=True)
    totals = Totals()
    url = serializers.URLField()
    pdf_url = serializers.URLField()
    json_url = serializers.URLField(
        help_text="The delivered file; Costa Rica: both XML documents as `comprobanteXml` and `respuestaXml`"
    )
    xml_url = nullable(
        serializers.URLField,
        help_text="What was signed, where documents are XML; null where they are not",
    )
    receipt_url = nullable(
        serializers.URLField,
        help_text="What Hacienda signed about it (XML), where it signs an answer; null until it has accepted",
    )
    contingency = nullable(ShownContingency, help_text="Of a document that was issued in contingency")
    invalidation = nullable(ShownInvalidation)
    invalidation_rejection = nullable(
        ShownInvalidationRejection,
        help_text="Of the latest invalidation, where Hacienda refused it; another one can be asked for",
    )
    rejection = nullable(ShownRejection)
    replaced_by = nullable(serializers.CharField, help_text="The document that took its place")
    observations = serializers.ListField(
        child=serializers.CharField(), help_text="What Hacienda remarked on what it accepted"
    )
    external_id = nullable(serializers.CharField)
    deadlines = ShownDeadline(many=True)
    history = HistoryItem(many=True)


class DocumentPage(serializers.Serializer[Any]):
    next = nullable(serializers.CharField)
    previous = nullable(serializers.CharField)
    results = ShownDocument(many=True)


class ShownStep(serializers.Serializer[Any]):
    """One figure: `pointer` leads into the body that was sent, `field` into Hacienda's document."""

    pointer = serializers.CharField(allow_blank=True)
    field = serializers.CharField()
    formula = serializers.CharField()
    numbers = serializers.CharField(help_text="The formula with figures put in")
    exact = serializers.CharField(help_text="Before rounding, at up to 12 decimals")
    value = serializers.CharField()
    places = serializers.IntegerField(help_text="Decimals that it was rounded to, half up")


class ShownRule(serializers.Serializer[Any]):
    code = serializers.CharField()
    applies = serializers.BooleanField(help_text="Whether it changed anything")
    text = serializers.CharField()


class ShownExplanation(serializers.Serializer[Any]):
    steps = ShownStep(many=True)
    rules = ShownRule(many=True)


@extend_schema_field({"oneOf": [{"type": "object"}, {"type": "string"}]})
class PreviewedDocument(serializers.Field[Any, Any, Any, Any]):
    """A document in the form of its country."""


class ShownPreview(serializers.Serializer[Any]):
    type = serializers.CharField()
    type_code = serializers.CharField()
    environment = serializers.ChoiceField(choices=Environment.values)
    customer = nullable(serializers.DictField)
    items = ShownItem(many=True)
    totals = Totals()
    explanation = ShownExplanation(required=False, help_text="Only with `explain=1`")
    document = PreviewedDocument(
        help_text="Hacienda's document, without number and signature. El Salvador: an object; Costa Rica: XML as text"
    )


_SEND_HEADERS = [
    OpenApiParameter(
        "Idempotency-Key",
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        description="Makes a repeat harmless for 24 h",
    ),
    OpenApiParameter(
        "Prefer",
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        description="`wait=N`: how many seconds to wait for Hacienda",
    ),
]
_SMALLEST = OpenApiExample(
    "El Salvador: the smallest invoice",
    {"type": "invoice", "items": [{"description": "Café", "quantity": 2, "price": "3.50"}]},
    request_only=True,
)
_COSTA_RICAN = (
    OpenApiExample(
        "Costa Rica: the smallest ticket",
        {
            "type": "ticket",
            "items": [{"description": "Almuerzo", "quantity": 2, "price": "4500", "cabys": "6331000000000"}],
        },
        request_only=True,
    ),
    OpenApiExample(
        "Costa Rica: an invoice on credit, in dollars",
        {
            "type": "invoice",
            "customer": {"name": "CLIENTE DE EJEMPLO LIMITADA", "tax_id": "3-102-000001", "activity": "4711.0"},
            "currency": "USD",
            "exchange_rate": "505.12",
            "payment": {"condition": "credit", "days": 30},
            "items": [{"description": "Desarrollo de software", "price": "1000", "cabys": "8314300000000"}],
            "expected_total": "1130",
        },
        request_only=True,
    ),
    OpenApiExample(
        "Costa Rica: two units of a line come back",
        {
            "type": "credit_note",
            "related": [{"id": "doc_892b5179f37a9c611da506d9", "reference_code": "06", "reason": "Producto dañado"}],
            "items": [{"line": 1, "quantity": 2}],
        },
        request_only=True,
    ),
)

SEND: dict[str, Any] = {
    "operation_id": "documents_send",
    "summary": "Send a document",
    "tags": ["Documents"],
    "parameters": _SEND_HEADERS,
    "request": DraftBody,
    "examples": [_SMALLEST, *_COSTA_RICAN],
    "responses": {201: ShownDocument, 202: ShownDocument, **problems(400, 401, 409, 413, 415, 422, 429)},
}
CORRECT: dict[str, Any] = {
    "operation_id": "documents_correct",
    "summary": "Correct a rejected document",
    "description": (
        "With the whole body. Within 24 h of the rejection it stays the same document: generation code, number and "
        "link; its type, its place and its year stay too, and its time of issue where the body gives none. "
        "Afterwards, or where Hacienda refused the code or the number itself, a new document takes its place and its "
        "external_id. So it always is in Costa Rica, and the new document refers to the rejected one."
    ),
    "tags": ["Documents"],
    "parameters": _SEND_HEADERS,
    "request": DraftBody,
    "responses": {200: ShownDocument, 202: ShownDocument, **problems(400, 401, 404, 409, 413, 415, 422, 429)},
}
LIST: dict[str, Any] = {
    "operation_id": "documents_list",
    "summary": "Documents, newest first",
    "tags": ["Documents"],
    "parameters": [ListQuery],
    "responses": {200: DocumentPage, **problems(401, 422, 429)},
}
PREVIEW: dict[str, Any] = {
    "operation_id": "documents_preview",
    "summary": "What a document would be, without a trace",
    "tags": ["Documents"],
    "parameters": [PreviewQuery],
    "request": DraftBody,
    "examples": [_SMALLEST, *_COSTA_RICAN],
    "responses": {200: ShownPreview, **problems(400, 401, 413, 415, 422, 429)},
}
DETAIL: dict[str, Any] = {
    "operation_id": "documents_get",
    "summary": "One document, by id or generation code (Costa Rica: the clave)",
    "tags": ["Documents"],
    "responses": {200: ShownDocument, **problems(401, 404, 429)},
}
INVALIDATE: dict[str, Any] = {
    "operation_id": "documents_invalidate",
    "summary": "Invalidate a stamped document (managers only)",
    "description": (
        "El Salvador: by an event of Hacienda's. Costa Rica: by a credit note of all that is left, which is issued "
        "here; the document is invalidated when Hacienda has accepted the note."
    ),
    "tags": ["Documents"],
    "request": InvalidateBody,
    "responses": {
        200: ShownDocument,
        202: ShownDocument,
        **problems(400, 401, 403, 404, 409, 413, 415, 422, 429),
    },
}

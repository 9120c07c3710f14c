"""What OpenAPI says of the operations with received documents."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework import serializers

from accounts.models import Environment
from documents.models import Decision
from documents.received.selectors import UNDECIDED
from documents.received.serializers import DecisionBody, ReceivedBody, ReceivedQuery
from documents.schema import nullable, problems


class ShownIssuer(serializers.Serializer[Any]):
    name = serializers.CharField()
    id_type = serializers.CharField()
    tax_id = serializers.CharField()


class ShownMessageRejection(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="Hacienda's own")
    message = serializers.CharField(allow_blank=True, help_text="Hacienda's own words")
    observations = serializers.ListField(child=serializers.CharField())
    at = serializers.DateTimeField()


class ShownDecision(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=Decision.Kind.values)
    status = serializers.ChoiceField(choices=Decision.Status.values, help_text="What Hacienda says of the message")
    reason = nullable(serializers.CharField)
    condition = nullable(serializers.CharField)
    tax_credit = nullable(serializers.CharField)
    expense = nullable(serializers.CharField)
    activity = nullable(serializers.CharField)
    control_number = serializers.CharField(help_text="The message's own")
    at = serializers.DateTimeField()
    stamp = nullable(serializers.CharField)
    stamped_at = nullable(serializers.DateTimeField)
    observations = serializers.ListField(child=serializers.CharField())
    rejection = nullable(ShownMessageRejection)


class ShownReceived(serializers.Serializer[Any]):
    id = serializers.CharField()
    type = serializers.CharField()
    type_code = serializers.CharField()
    environment = serializers.ChoiceField(choices=Environment.values)
    status = serializers.ChoiceField(choices=[UNDECIDED, *Decision.Status.values])
    generation_code = serializers.CharField(help_text="The document's key, given by its issuer")
    control_number = serializers.CharField()
    issuer = ShownIssuer()
    issued_at = serializers.DateTimeField()
    currency = serializers.CharField()
    total = serializers.CharField()
    tax = nullable(serializers.CharField)
    due = serializers.DateTimeField(help_text="Until when something can be said; silence then counts as acceptance")
    is_late = serializers.BooleanField(help_text="Undecided, and the time is over")
    received_at = serializers.DateTimeField()
    decision = nullable(ShownDecision, help_text="The latest; after a rejected one another may follow")


class ShownTexts(serializers.Serializer[Any]):
    document = serializers.CharField()
    message = nullable(serializers.CharField, help_text="What was signed and sent")
    answer = nullable(serializers.CharField, help_text="What Hacienda signed about it")


class ShownReceivedWithTexts(ShownReceived):
    texts = ShownTexts(help_text="Every signed text, word for word")


class ReceivedPage(serializers.Serializer[Any]):
    next = nullable(serializers.CharField)
    previous = nullable(serializers.CharField)
    results = ShownReceived(many=True)


_WAIT = [
    OpenApiParameter(
        "Prefer",
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        description="`wait=N`: how many seconds to wait for Hacienda",
    )
]
_ACCEPTANCE = OpenApiExample(
    "Accept, and credit all of the tax", {"kind": "accept", "condition": "01"}, request_only=True
)
_REJECTION = OpenApiExample("Reject", {"kind": "reject", "reason": "No corresponde a lo pactado"}, request_only=True)
_WHERE = "Only in countries where the receiver tells Hacienda (Costa Rica); elsewhere 404. "
_WHO = "Keys of both roles may: a decision is sent, as a document is. "

RECEIVE: dict[str, Any] = {
    "operation_id": "received_add",
    "summary": "Take in a supplier's document",
    "description": _WHERE
    + "Its signature is checked, and that it was issued to this merchant. The same document again is the one that is "
    "there (200). With `decision` something is said about it at once. " + _WHO,
    "tags": ["Received documents"],
    "parameters": _WAIT,
    "request": ReceivedBody,
    "responses": {
        200: ShownReceived,
        201: ShownReceived,
        202: ShownReceived,
        **problems(400, 401, 404, 409, 413, 415, 422, 429),
    },
}
LIST: dict[str, Any] = {
    "operation_id": "received_list",
    "summary": "Received documents, newest first",
    "description": _WHERE,
    "tags": ["Received documents"],
    "parameters": [ReceivedQuery],
    "responses": {200: ReceivedPage, **problems(401, 404, 422, 429)},
}
DETAIL: dict[str, Any] = {
    "operation_id": "received_get",
    "summary": "One received document, by id or key, with its texts",
    "description": _WHERE,
    "tags": ["Received documents"],
    "responses": {200: ShownReceivedWithTexts, **problems(401, 404, 429)},
}
DECIDE: dict[str, Any] = {
    "operation_id": "received_decide",
    "summary": "Accept or reject a received document",
    "description": _WHERE
    + _WHO
    + "What follows from the document may be left out. Asked for the same thing again it changes nothing, so a "
    "repeat is harmless; something else is refused (409) unless Hacienda has rejected the first message.",
    "tags": ["Received documents"],
    "parameters": _WAIT,
    "request": DecisionBody,
    "examples": [_ACCEPTANCE, _REJECTION],
    "responses": {
        200: ShownReceived,
        202: ShownReceived,
        **problems(400, 401, 404, 409, 413, 415, 422, 429),
    },
}

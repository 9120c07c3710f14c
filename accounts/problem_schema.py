"""What OpenAPI says of the answers that every operation can give: problems, as RFC 9457 has them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse, inline_serializer
from rest_framework import serializers


def nullable(field: type[Any], **kwargs: Any) -> Any:
    return field(allow_null=True, **kwargs)


class ProblemError(serializers.Serializer[Any]):
    pointer = serializers.CharField(help_text="JSON pointer into the body that was sent; empty for the whole")
    code = serializers.CharField()
    message = serializers.CharField()


# RFC 9457. Not a class: `errors` is something else in one.
Problem = inline_serializer(
    "Problem",
    {
        "type": serializers.URLField(),
        "title": serializers.CharField(),
        "status": serializers.IntegerField(),
        "code": serializers.CharField(),
        "detail": serializers.CharField(),
        "request_id": serializers.CharField(),
        "errors": ProblemError(many=True, required=False),
        "document": serializers.DictField(required=False, help_text="The document as it is stored"),
        "cause": serializers.CharField(required=False, help_text="Of a rejection: what it means"),
        "remedy": serializers.CharField(required=False, help_text="Of a rejection: what to do about it"),
        "who": serializers.CharField(required=False, help_text="Of a rejection: who can mend it"),
    },
)


def problems(*statuses: int) -> dict[Any, Any]:
    """The problem answers that an operation can give."""
    meaning = {
        400: "The body is not valid JSON",
        401: "The key pair is missing or wrong",
        403: "The role of the key does not allow it",
        404: "Not yours, not in this environment, or not there",
        405: "This address does not know that method",
        409: "The present state does not allow it",
        413: "The body is too large",
        415: "Not application/json",
        422: "The body breaks rules, or Hacienda refused it",
        429: "Too many requests",
    }
    return {(status, "application/problem+json"): OpenApiResponse(Problem, meaning[status]) for status in statuses}

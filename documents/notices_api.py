"""What happened, for programs that follow along: parse, one reading, answer."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Environment
from documents.api import KeyView
from documents.drafting import parsed
from documents.models import Notice
from documents.schema import nullable, problems
from hacienda.registry import authority

# Where several transactions write at once a smaller id may become visible after a larger one. What is younger than
# this is held back, so that nobody who follows passes it by; no transaction that writes notices lasts as long.
SETTLED = timedelta(seconds=2)


class NoticesQuery(serializers.Serializer[Any]):
    """The query of what happened."""

    after = serializers.CharField(
        max_length=40, required=False, help_text="The id of the last one that you have; it is not repeated"
    )
    limit = serializers.IntegerField(min_value=1, max_value=500, default=100)
    type = serializers.ChoiceField(choices=Notice.Type.values, required=False)


class ShownNotice(serializers.Serializer[Any]):
    id = serializers.CharField()
    type = serializers.ChoiceField(choices=Notice.Type.values)
    at = serializers.DateTimeField()
    environment = serializers.ChoiceField(choices=Environment.values)

    def get_fields(self) -> dict[str, Any]:
        # Not as an attribute: every serializer has a `data` of its own.
        words = serializers.DictField(help_text="The document as it was then, in a few words")
        return super().get_fields() | {"data": words}


NoticePage = inline_serializer(
    "EventPage",
    {
        "results": ShownNotice(many=True),
        "next": nullable(serializers.CharField, help_text="The id of the last result; null when there is none"),
    },
)
_EXAMPLE = OpenApiExample(
    "One event",
    {
        "results": [
            {
                "id": "evt_00000000002a",
                "type": "document.accepted",
                "at": "2026-11-22T09:15:01-06:00",
                "environment": "sandbox",
                "data": {"id": "doc_5b1f8a110c6b0b4e0e9d635e", "status": "accepted", "external_id": "A-100"},
            }
        ],
        "next": "evt_00000000002a",
    },
    response_only=True,
)
FOLLOW: dict[str, Any] = {
    "operation_id": "events_list",
    "summary": "What happened, oldest first",
    "description": (
        "To follow along, ask without `after` once, do what is to be done with the results, keep `next`, and ask "
        "again with `after` set to it: at once while the page is full, else every few seconds. When `next` is null "
        "nothing has happened since: keep the `after` that you have. Each event is told once, in the order in which "
        "it was written down; keep what you have done by its `id`. `deadline.approaching` and `deadline.missed` "
        "name the legal term in `data.deadline` and its end in `data.until`; those of an event, of the certificate "
        "and of the report on a long outage belong to no document."
    ),
    "tags": ["Events"],
    "parameters": [NoticesQuery],
    "examples": [_EXAMPLE],
    "responses": {200: NoticePage, **problems(401, 422, 429)},
}


class Notices(KeyView):
    @extend_schema(**FOLLOW)
    def get(self, request: Request) -> Response:
        query = parsed(NoticesQuery, request.query_params)
        rows = self._settled()
        if "after" in query:
            rows = rows.filter(pk__gt=self._known(query["after"]))
        if "type" in query:
            rows = rows.filter(type=query["type"])
        found = list(rows.order_by("pk")[: query["limit"]])
        zone = authority(self.key.merchant.country).rules.zone
        results = [
            {
                "id": notice_id(one.pk),
                "type": one.type,
                "at": one.at.astimezone(zone).isoformat(timespec="seconds"),
                "environment": one.environment,
                "data": one.data,
            }
            for one in found
        ]
        return Response({"results": results, "next": results[-1]["id"] if results else None})

    def _mine(self) -> QuerySet[Notice]:
        return Notice.objects.filter(merchant=self.key.merchant, environment=self.key.environment)

    def _settled(self) -> QuerySet[Notice]:
        if connection.vendor == "sqlite":  # one writer at a time: ids become visible in their order
            return self._mine()
        return self._mine().filter(at__lt=timezone.now() - SETTLED)

    def _known(self, reference: str) -> int:
        match = re.fullmatch(r"evt_([0-9a-f]{12})", reference, re.ASCII)
        key = int(match[1], 16) if match else 0
        if not key or not self._mine().filter(pk=key).exists():
            message = _("There is no such event of yours in this environment.")
            raise ValidationError({"after": [ErrorDetail(message, "unknown_event")]})
        return key


def notice_id(key: int) -> str:
    """The public name of a notice's row."""
    return f"evt_{key:012x}"

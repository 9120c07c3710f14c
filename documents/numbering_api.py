"""The numbers in the public API: every series with its counts, and what became of each number of one."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Environment
from documents import cursors, ledger
from documents.api import KeyView
from documents.drafting import parsed
from documents.ledger import Fate, Span, Summary
from documents.models import Status
from documents.schema import nullable, problems
from documents.services import numbering
from hacienda.registry import authority


class SeriesQuery(serializers.Serializer[Any]):
    """The query of the series."""

    year = serializers.IntegerField(min_value=2000, max_value=9999, required=False, help_text="Default: this year")


class LedgerQuery(serializers.Serializer[Any]):
    """The query of one series."""

    limit = serializers.IntegerField(min_value=1, max_value=500, default=100)
    cursor = serializers.CharField(max_length=100, required=False)


class SeriesCounts(serializers.Serializer[Any]):
    """How many documents of each state have a number of the series."""

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {state: serializers.IntegerField() for state in Status.values}


class ShownSeries(serializers.Serializer[Any]):
    id = serializers.CharField()
    environment = serializers.ChoiceField(choices=Environment.values)
    year = serializers.IntegerField()
    establishment = serializers.CharField()
    point_of_sale = nullable(serializers.CharField, help_text="Null: of all points of sale")
    type_code = nullable(serializers.CharField, help_text="Null: of all types")
    last_number = serializers.IntegerField()
    documents = SeriesCounts()
    unexplained = serializers.IntegerField(help_text="Numbers that nothing explains; it must be 0")


class SeriesList(serializers.Serializer[Any]):
    results = ShownSeries(many=True)


class LedgerLine(serializers.Serializer[Any]):
    """Numbers, from the first to the last, that have the same fate."""

    first = serializers.IntegerField()
    last = serializers.IntegerField()
    fate = serializers.ChoiceField(
        choices=[fate.value for fate in Fate],
        help_text=(
            "`correctable`: rejected, and a correction brings the number back until `until`. `abandoned`: rejected "
            "for good, see `reason`. `not_used`: before the number that the series was set to start from. "
            "`missing` and `ahead` are what nothing explains."
        ),
    )
    reason = nullable(
        serializers.CharField,
        help_text=(
            "`term_ended`, `replaced`, `refused` (the number or code itself), `spent` (no correction brings a number "
            "back there) or `message` (what was said about a received document); `merchant` or `overlap`"
        ),
    )
    until = nullable(serializers.DateTimeField)
    document = nullable(serializers.CharField, help_text="Of a number that was rejected")
    replaced_by = nullable(serializers.CharField)


class LedgerPage(serializers.Serializer[Any]):
    series = ShownSeries()
    next = nullable(serializers.CharField)
    results = LedgerLine(many=True)


_EXAMPLE = OpenApiExample(
    "A series with a rejection that was never corrected",
    {
        "series": {
            "id": "M001-2026",
            "environment": "live",
            "year": 2026,
            "establishment": "M001",
            "point_of_sale": None,
            "type_code": None,
            "last_number": 120,
            "documents": {"transmitting": 0, "accepted": 119, "rejected": 1, "contingency": 0, "invalidated": 0},
            "unexplained": 0,
        },
        "next": None,
        "results": [
            {
                "first": first,
                "last": last,
                "fate": fate,
                "reason": reason,
                "until": until,
                "document": document,
                "replaced_by": None,
            }
            for first, last, fate, reason, until, document in (
                (1, 70, "accepted", None, None, None),
                (71, 71, "abandoned", "term_ended", "2026-11-22T09:15:00-06:00", "doc_5b1f8a110c6b0b4e0e9d635e"),
                (72, 120, "accepted", None, None, None),
            )
        ],
    },
    response_only=True,
)
LIST: dict[str, Any] = {
    "operation_id": "numbering_list",
    "summary": "Every series of numbers with its counts",
    "tags": ["Numbering"],
    "parameters": [SeriesQuery],
    "responses": {200: SeriesList, **problems(401, 422, 429)},
}
LEDGER: dict[str, Any] = {
    "operation_id": "numbering_get",
    "summary": "What became of every number of a series",
    "description": (
        "In the order of the numbers; those that follow each other with the same fate are one line. A line may go "
        "on on the next page."
    ),
    "tags": ["Numbering"],
    "parameters": [LedgerQuery],
    "examples": [_EXAMPLE],
    "responses": {200: LedgerPage, **problems(401, 404, 422, 429)},
}


def shown_series(found: Summary) -> dict[str, Any]:
    row = found.series
    parts = numbering.parts(row.scope)
    return {
        "id": str(row),
        "environment": row.environment,
        "year": row.year,
        "establishment": parts.establishment,
        "point_of_sale": parts.point_of_sale or None,
        "type_code": parts.type_code or None,
        "last_number": row.last,
        "documents": {state: found.states.get(state, 0) for state in Status.values},
        "unexplained": found.unexplained,
    }


def _shown_line(span: Span, zone: Any) -> dict[str, Any]:
    return {
        "first": span.first,
        "last": span.last,
        "fate": span.fate.value,
        "reason": span.reason or None,
        "until": span.until.astimezone(zone).isoformat(timespec="seconds") if span.until else None,
        "document": span.document or None,
        "replaced_by": span.replaced_by or None,
    }


class Numbering(KeyView):
    @extend_schema(**LIST)
    def get(self, request: Request) -> Response:
        merchant = self.key.merchant
        query = parsed(SeriesQuery, request.query_params)
        rules = authority(merchant.country).rules
        year = query.get("year") or rules.numbering.year(timezone.now().astimezone(rules.zone))
        found = ledger.summaries(merchant, self.key.environment, year=year)
        return Response({"results": [shown_series(one) for one in found]})


class OneSeries(KeyView):
    @extend_schema(**LEDGER)
    def get(self, request: Request, reference: str) -> Response:
        merchant = self.key.merchant
        query = parsed(LedgerQuery, request.query_params)
        row = ledger.find(merchant, self.key.environment, reference)
        if row is None:
            raise Http404
        try:
            _direction, after = cursors.read(query.get("cursor"))
        except cursors.BadCursor:
            raise ValidationError(
                {"cursor": [ErrorDetail(_("This is not one of our cursors."), "invalid")]}
            ) from None
        page = ledger.page(row, now=timezone.now(), after=after, limit=query["limit"])
        zone = authority(merchant.country).rules.zone
        return Response(
            {
                "series": shown_series(ledger.summary(row)),
                "next": None if page.next is None else cursors.write("n", page.next),
                "results": [_shown_line(span, zone) for span in page.spans],
            }
        )

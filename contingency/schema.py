"""What OpenAPI says of contingency's operations: answers, errors, examples."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, inline_serializer
from rest_framework import serializers

from accounts.models import Merchant
from contingency.models import Batch, Event, Run
from contingency.serializers import RunsQuery, StartBody
from documents.schema import nullable, problems


class ShownOutage(serializers.Serializer[Any]):
    began_at = serializers.DateTimeField(help_text="When the first request failed")
    ended_at = nullable(serializers.DateTimeField, help_text="null while it lasts")
    scope = serializers.ChoiceField(
        choices=["emitter", "everybody"], help_text="Whether only this company or everybody is concerned"
    )
    report_due = nullable(
        serializers.DateTimeField,
        help_text="Until when whoever issued in it owes a technical report, where it lasted more than four days",
    )


class HaciendaNow(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["up", "down"])
    outage = nullable(ShownOutage, help_text="The open outage")
    last_outage = nullable(ShownOutage, help_text="The outage that ended last")


class EstablishmentWaiting(serializers.Serializer[Any]):
    establishment = serializers.CharField()
    waiting = serializers.IntegerField()
    amount = serializers.CharField(help_text="Sum of the totals of the documents in the country's own currency")
    amounts = serializers.DictField(child=serializers.CharField(), help_text="The sums by currency (ISO 4217)")
    oldest_issued_at = serializers.DateTimeField()
    since = nullable(serializers.DateTimeField, help_text="When the first of them came into contingency")
    uncertain = serializers.IntegerField(
        help_text="Documents of which an earlier sending may have arrived; Hacienda is asked before anything is sent"
    )
    event_due = nullable(serializers.DateTimeField, help_text="Nearest term of an event not accepted yet")
    documents_due = nullable(serializers.DateTimeField, help_text="Nearest term of documents already reported")


class ContingencyDeadline(serializers.Serializer[Any]):
    name = serializers.ChoiceField(
        choices=["event", "documents"],
        help_text="`event`: the event must be sent, in a country that has events; `documents`: the documents must be",
    )
    until = serializers.DateTimeField()
    is_late = serializers.BooleanField()
    demand = nullable(serializers.CharField, help_text="What the law demands now that it is late")
    waiting = serializers.IntegerField()
    establishments = serializers.ListField(child=serializers.CharField())


class ShownEvent(serializers.Serializer[Any]):
    generation_code = serializers.CharField()
    state = serializers.ChoiceField(choices=Event.State.values)
    establishment = serializers.CharField()
    reason = serializers.IntegerField(help_text="The authority's code; El Salvador: CAT-005")
    documents = serializers.IntegerField()
    began_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    correction_due = nullable(
        serializers.DateTimeField, help_text="Until when a refused event may be corrected under its own code"
    )
    stamp = nullable(serializers.CharField)
    stamped_at = nullable(serializers.DateTimeField)
    refusal = nullable(
        serializers.DictField,
        help_text=(
            "What Hacienda refused, or what of the merchant's is missing before the event can be sent: code, "
            "message, observations, errors, at; with its cause, its remedy and who can mend it"
        ),
    )


class RunSummary(serializers.Serializer[Any]):
    id = serializers.CharField()
    state = serializers.ChoiceField(choices=Run.State.values)
    trigger = serializers.ChoiceField(choices=Run.Trigger.values)
    total = serializers.IntegerField(help_text="Fixed when the run is made")
    accepted = serializers.IntegerField()
    rejected = serializers.IntegerField()
    remaining = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    finished_at = nullable(serializers.DateTimeField)


class ShownBatch(serializers.Serializer[Any]):
    sending_id = serializers.CharField()
    code = nullable(serializers.CharField, help_text="Hacienda's own, once it has received the batch")
    state = serializers.ChoiceField(choices=Batch.State.values)
    size = serializers.IntegerField()
    accepted = serializers.IntegerField()
    rejected = serializers.IntegerField()
    refusal = nullable(serializers.DictField)
    created_at = serializers.DateTimeField()
    sent_at = nullable(serializers.DateTimeField)
    finished_at = nullable(serializers.DateTimeField)


class ShownRun(RunSummary):
    events = ShownEvent(many=True, help_text="Empty in a country without contingency events")
    batches = ShownBatch(many=True, help_text="Empty in a country where each document goes by itself")


Situation = inline_serializer(
    "Contingency",
    {
        "hacienda": HaciendaNow(),
        "outage": nullable(ShownOutage, help_text="The open outage"),
        "waiting": serializers.IntegerField(),
        "amount": serializers.CharField(help_text="Of the documents in the country's own currency"),
        "amounts": serializers.DictField(child=serializers.CharField(), help_text="By currency (ISO 4217)"),
        "uncertain": serializers.IntegerField(),
        "oldest": nullable(serializers.DateTimeField, help_text="The earliest time of issue of what waits"),
        "establishments": EstablishmentWaiting(many=True),
        "deadlines": ContingencyDeadline(many=True, help_text="The nearest first"),
        "sending": serializers.ChoiceField(
            choices=Merchant.ContingencySending.values, help_text="What sends when nobody asks for it"
        ),
        "events": ShownEvent(
            many=True, help_text="Those not accepted first, then the newest; empty in a country without events"
        ),
        "runs": RunSummary(many=True, help_text="The latest five"),
        "next_run_at": nullable(serializers.DateTimeField, help_text="When the month's end sends by itself"),
    },
)
RunPage = inline_serializer(
    "RunPage",
    {
        "next": nullable(serializers.CharField, help_text="Pass it as `cursor` for the older ones"),
        "results": RunSummary(many=True),
    },
)

_OUTAGE = {
    "began_at": "2026-11-22T09:02:11-06:00",
    "ended_at": "2026-11-22T10:40:03-06:00",
    "scope": "everybody",
    "report_due": None,
}
_EVENT = {
    "generation_code": "0B7B2A0C-6B0B-4E0E-9D63-5E0C3B1F8A11",
    "state": "accepted",
    "establishment": "M001",
    "reason": 1,
    "documents": 120,
    "began_at": "2026-11-22T09:02:11-06:00",
    "ended_at": "2026-11-22T10:40:03-06:00",
    "due_at": "2026-11-23T10:40:03-06:00",
    "correction_due": None,
    "stamp": "202600000000000000000000000000000000ABCD",
    "stamped_at": "2026-11-22T10:40:05-06:00",
    "refusal": None,
}
_SUMMARY = {
    "id": "run_5b1f8a110c6b0b4e0e9d635e",
    "state": "running",
    "trigger": "api",
    "total": 120,
    "accepted": 97,
    "rejected": 3,
    "remaining": 20,
    "created_at": "2026-11-22T11:00:00-06:00",
    "finished_at": None,
}
_BATCH = {
    "sending_id": "5D0C3B1F-8A11-4E0E-9D63-0B7B2A0C6B0B",
    "code": "E2A1C0DE-0000-4000-8000-000000000001",
    "state": "done",
    "size": 100,
    "accepted": 97,
    "rejected": 3,
    "refusal": None,
    "created_at": "2026-11-22T11:00:00-06:00",
    "sent_at": "2026-11-22T11:00:01-06:00",
    "finished_at": "2026-11-22T11:00:04-06:00",
}
_WAITING = OpenApiExample(
    "After an outage",
    {
        "hacienda": {"status": "up", "outage": None, "last_outage": _OUTAGE},
        "outage": None,
        "waiting": 120,
        "amount": "2345.60",
        "amounts": {"USD": "2345.60"},
        "uncertain": 1,
        "oldest": "2026-11-22T09:02:15-06:00",
        "establishments": [
            {
                "establishment": "M001",
                "waiting": 120,
                "amount": "2345.60",
                "amounts": {"USD": "2345.60"},
                "oldest_issued_at": "2026-11-22T09:02:15-06:00",
                "since": "2026-11-22T09:02:16-06:00",
                "uncertain": 1,
                "event_due": "2026-11-23T10:40:03-06:00",
                "documents_due": "2026-11-25T10:40:05-06:00",
            }
        ],
        "deadlines": [
            {
                "name": "documents",
                "until": "2026-11-25T10:40:05-06:00",
                "is_late": False,
                "demand": None,
                "waiting": 119,
                "establishments": ["M001"],
            }
        ],
        "sending": "by_deadline",
        "events": [_EVENT],
        "runs": [],
        "next_run_at": "2026-11-30T23:45:00-06:00",
    },
    response_only=True,
)
_RUNNING = OpenApiExample("A run under way", _SUMMARY | {"events": [_EVENT], "batches": [_BATCH]}, response_only=True)

SITUATION: dict[str, Any] = {
    "operation_id": "contingency_get",
    "summary": "What waits for Hacienda, the legal terms, the latest events and runs",
    "tags": ["Contingency"],
    "examples": [_WAITING],
    "responses": {200: Situation, **problems(401, 429)},
}
START: dict[str, Any] = {
    "operation_id": "contingency_runs_start",
    "summary": "Send every waiting document now",
    "description": (
        "Starts a run over the documents that wait now. While one is not done, that one is returned and none is "
        "made. With nothing to send the run is `done` at once, with a `total` of 0. While Hacienda is down the run "
        "waits for it and then goes on by itself."
    ),
    "tags": ["Contingency"],
    "request": StartBody,
    "examples": [_RUNNING],
    "responses": {202: ShownRun, **problems(400, 401, 403, 413, 415, 422, 429)},
}
RUNS: dict[str, Any] = {
    "operation_id": "contingency_runs_list",
    "summary": "Runs, newest first",
    "tags": ["Contingency"],
    "parameters": [RunsQuery],
    "responses": {200: RunPage, **problems(401, 422, 429)},
}
RUN: dict[str, Any] = {
    "operation_id": "contingency_runs_get",
    "summary": "One run with its events and batches",
    "tags": ["Contingency"],
    "examples": [_RUNNING],
    "responses": {200: ShownRun, **problems(401, 404, 429)},
}

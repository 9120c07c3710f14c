"""The audit log in the public API, for managers."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import audit
from accounts.audit import Action
from accounts.authentication import HasKey, key_of, requires
from accounts.models import AuditEntry, Environment, Role
from accounts.problem_schema import nullable, problems
from hacienda.registry import authority


class AuditQuery(serializers.Serializer[Any]):
    """The query of the audit log."""

    action = serializers.ChoiceField(choices=Action.values, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=500, default=100)
    cursor = serializers.CharField(max_length=40, required=False, help_text="`next` of the page before")


ShownEntry = inline_serializer(
    "AuditEntry",
    {
        "id": serializers.CharField(),
        "action": serializers.ChoiceField(choices=Action.values),
        "at": serializers.DateTimeField(),
        "environment": nullable(
            serializers.ChoiceField, choices=Environment.values, help_text="null for what concerns all of them"
        ),
        "actor": inline_serializer(
            "AuditActor",
            {
                "kind": serializers.ChoiceField(choices=["person", "key", "smartbill", "unknown"]),
                "name": nullable(serializers.CharField, help_text="E-mail address or public key, as it was then"),
                "address": nullable(serializers.CharField, help_text="Where on the network it came from"),
            },
        ),
        "subject": nullable(serializers.CharField, help_text="The name of the thing that it was done to"),
        "details": serializers.DictField(),
        "request_id": nullable(serializers.CharField),
    },
    many=True,
)
AuditPage = inline_serializer(
    "AuditPage",
    {"results": ShownEntry, "next": nullable(serializers.CharField, help_text="The cursor of what is older")},
)


class Audit(APIView):
    permission_classes = (HasKey, requires(Role.MANAGER))

    @extend_schema(
        operation_id="audit_list",
        summary="Who did what, newest first",
        description=(
            "What concerns the key's environment, and what concerns all of them. Nothing in the log is ever changed "
            "or deleted, and no secret is in it. For managers."
        ),
        tags=["Audit"],
        parameters=[AuditQuery],
        responses={200: AuditPage, **problems(401, 403, 422, 429)},
    )
    def get(self, request: Request) -> Response:
        key = key_of(request)
        query = AuditQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        before = None if "cursor" not in wanted else audit.key_in(wanted["cursor"])
        if "cursor" in wanted and before is None:
            raise ValidationError({"cursor": [ErrorDetail(_("This is not one of our cursors."), "invalid")]})
        found = audit.entries(key.merchant, action=wanted.get("action"), before=before)
        rows = list(found.filter(Q(environment=key.environment) | Q(environment=""))[: wanted["limit"] + 1])
        page = rows[: wanted["limit"]]
        zone = authority(key.merchant.country).rules.zone
        return Response(
            {
                "results": [_shown(one) | {"at": one.at.astimezone(zone).isoformat()} for one in page],
                "next": audit.public_id(page[-1]) if len(rows) > len(page) else None,
            }
        )


def _shown(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": audit.public_id(entry),
        "action": entry.action,
        "environment": entry.environment or None,
        "actor": {"kind": audit.kind_of_actor(entry), "name": entry.actor or None, "address": entry.address},
        "subject": entry.subject or None,
        "details": entry.details,
        "request_id": entry.request_id or None,
    }

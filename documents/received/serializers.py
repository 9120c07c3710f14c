"""The shape of bodies about received documents. What Hacienda's rules say is judged in `hacienda`."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from documents.fields import Amount, Body, Choice, optional, text
from documents.models import Decision
from documents.received.selectors import UNDECIDED
from hacienda.inbox import Kind

LONGEST_XML = 3_000_000  # characters; what Hacienda takes is smaller, and base64 makes more of it


class SignedXml(serializers.CharField):
    """A JSON string that is kept as it is, space and line ends included."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class DecisionBody(Body):
    kind = Choice(choices=[kind.value for kind in Kind])
    reason = text(500, help_text="At most 160 characters; with anything but `accept` at least 5")
    condition = text(2, help_text="What becomes of the tax: 01 to 05")
    tax_credit = optional(Amount, places=5, help_text="Which part of the tax is credited")
    expense = optional(Amount, places=5)
    activity = text(6, help_text="Of the receiver; as a rule the company's own")
    establishment = text(4)
    point_of_sale = text(8)


class ReceivedBody(Body):
    xml = SignedXml(
        max_length=LONGEST_XML,
        trim_whitespace=False,
        help_text="The supplier's signed document: its text, or its bytes in base64",
    )
    decision = optional(DecisionBody)


class ReceivedQuery(serializers.Serializer[Any]):
    """The query of the list; times are compared with the time of issue, `to` excluded."""

    status = serializers.ChoiceField(choices=[UNDECIDED, *Decision.Status.values], required=False)
    issuer = serializers.CharField(max_length=25, required=False, help_text="The identification of a supplier")
    limit = serializers.IntegerField(min_value=1, max_value=100, default=25)
    cursor = serializers.CharField(max_length=100, required=False)

    def get_fields(self) -> dict[str, Any]:
        moments = {
            "from": serializers.DateTimeField(required=False),
            "to": serializers.DateTimeField(required=False),
        }
        return super().get_fields() | moments

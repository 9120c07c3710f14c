"""The shape of what callers send about contingency."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from documents.fields import Body


class StartBody(Body):
    """Nothing can be said: a run takes all that waits."""


class RunsQuery(serializers.Serializer[Any]):
    """The query of the list of runs."""

    limit = serializers.IntegerField(min_value=1, max_value=100, default=25)
    cursor = serializers.CharField(
        max_length=40, required=False, help_text="`next` of the page before: the runs older than that one"
    )

"""Contingency in the public API: parse, one call of a service or selector, answer."""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import HasKey, requires
from accounts.models import Role
from contingency import representation, schema, selectors
from contingency.models import Run
from contingency.serializers import RunsQuery, StartBody
from contingency.services import runs
from documents.api import KeyView
from documents.drafting import parsed


class ContingencyView(KeyView):
    """A view of the key's merchant's contingency, in the key's environment."""

    @property
    def runs(self) -> QuerySet[Run]:
        return selectors.runs(self.key.merchant, self.key.environment)

    def shown(self, run: Run) -> dict[str, object]:
        return representation.run(
            selectors.progress(run), events=selectors.events_of(run), batches=selectors.batches_of(run)
        )


class Contingency(ContingencyView):
    @extend_schema(**schema.SITUATION)
    def get(self, request: Request) -> Response:
        merchant = self.key.merchant
        board = selectors.board(merchant, self.key.environment)
        return Response(representation.situation(board, merchant=merchant, now=timezone.now()))


class Runs(ContingencyView):
    permission_classes = (HasKey, requires(Role.MANAGER, Role.TRANSMITTER))

    @extend_schema(**schema.RUNS)
    def get(self, request: Request) -> Response:
        query = parsed(RunsQuery, request.query_params)
        limit: int = query["limit"]
        rows = list(self._older_than(query.get("cursor"))[: limit + 1])
        results = [representation.summary(one) for one in selectors.measured(rows[:limit])]
        return Response({"next": results[-1]["id"] if len(rows) > limit else None, "results": results})

    def _older_than(self, cursor: str | None) -> QuerySet[Run]:
        if cursor is None:
            return self.runs
        last = self.runs.filter(public_id=cursor).first()
        if last is None:
            raise ValidationError({"cursor": [ErrorDetail(_("This is not one of our cursors."), "invalid")]})
        return self.runs.filter(pk__lt=last.pk)

    @extend_schema(**schema.START)
    def post(self, request: Request) -> Response:
        parsed(StartBody, request.data or {})
        run, _is_new = runs.start(
            merchant=self.key.merchant,
            environment=self.key.environment,
            trigger=Run.Trigger.API.value,
            now=timezone.now(),
            api_key=self.key,
            by=self.actor,
        )
        location = f"{settings.PUBLIC_URL}/api/v1/contingency/runs/{run.public_id}"
        return Response(self.shown(run), status=202, headers={"Location": location})


class OneRun(ContingencyView):
    @extend_schema(**schema.RUN)
    def get(self, request: Request, public_id: str) -> Response:
        run = self.runs.filter(public_id=public_id).first()
        if run is None:
            raise Http404
        return Response(self.shown(run))

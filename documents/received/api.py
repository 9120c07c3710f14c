"""Received documents in the public API: parse, one call of a service, answer."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from documents.api import KeyView, wanted_wait
from documents.cursors import BadCursor
from documents.drafting import parsed
from documents.models import Decision, ReceivedDocument
from documents.received import desk, reading, schema, selectors
from documents.received.errors import DecisionRejected
from documents.received.representation import represent, with_texts
from documents.received.serializers import DecisionBody, ReceivedBody, ReceivedQuery
from documents.received.services.deciding import Deciding, decide, judge
from documents.received.services.receiving import opened, receive
from documents.services import dispatch
from hacienda.values import Invalid


class InboxView(KeyView):
    """A view of what the key's merchant has received; in a country without an inbox there is no such thing."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not desk.has_inbox(self.key.merchant):
            raise Http404

    @property
    def mine(self) -> QuerySet[ReceivedDocument]:
        return selectors.received(self.key.merchant, self.key.environment)

    def one(self, reference: str) -> ReceivedDocument:
        found = selectors.find(self.mine, reference)
        if found is None:
            raise Http404
        return found

    def bring(self, request: Request, going: Deciding, *, done: int) -> Response:
        """Send what was decided, wait for the authority, and answer with `done`, or 202 while there is no word."""
        if going.is_new:
            dispatch.send_and_wait(going.errand, going.owner, wait=wanted_wait(request))
        row = self.mine.get(pk=going.decision.received_id)
        decision = selectors.latest(row)
        if decision is not None and decision.status == Decision.Status.REJECTED:
            raise DecisionRejected(row, decision)
        is_moving = decision is not None and decision.status == Decision.Status.TRANSMITTING
        headers = {} if going.is_new else {"Idempotent-Replayed": "true"}
        return self.shown(row, status=202 if is_moving else done, headers=headers)

    def shown(self, row: ReceivedDocument, *, status: int, headers: dict[str, str] | None = None) -> Response:
        location = f"{settings.PUBLIC_URL}/api/v1/received/{row.public_id}"
        return Response(represent(row), status=status, headers={"Location": location, **(headers or {})})


class ReceivedDocuments(InboxView):
    @extend_schema(**schema.LIST)
    def get(self, request: Request) -> Response:
        query = parsed(ReceivedQuery, request.query_params)
        found = selectors.search(
            self.mine,
            status=query.get("status"),
            issuer=query.get("issuer"),
            start=query.get("from"),
            end=query.get("to"),
        )
        try:
            page = selectors.page(found, cursor=query.get("cursor"), limit=query["limit"])
        except BadCursor:
            raise ValidationError(
                {"cursor": [ErrorDetail(_("This is not one of our cursors."), "invalid")]}
            ) from None
        results = [represent(row) for row in page.results]
        return Response({"next": page.next, "previous": page.previous, "results": results})

    @extend_schema(**schema.RECEIVE)
    def post(self, request: Request) -> Response:
        body = parsed(ReceivedBody, request.data)
        merchant, environment, now = self.key.merchant, self.key.environment, timezone.now()
        xml = reading.document(body["xml"])
        said = opened(xml, merchant=merchant, environment=environment)
        given = body.get("decision")
        if given is not None:
            try:
                judge(reading.decision(given), said, merchant=merchant, place=reading.place(given, self.key))
            except Invalid as error:
                raise reading.below("decision", error) from error
        row, is_new = receive(xml, said, merchant=merchant, environment=environment, api_key=self.key, now=now)
        done = 201 if is_new else 200
        if given is None:
            return self.shown(self.mine.get(pk=row.pk), status=done)
        going = decide(
            received=row,
            decision=reading.decision(given),
            place=reading.place(given, self.key),
            by=self.actor,
            now=now,
        )
        return self.bring(request, going, done=done)


class OneReceived(InboxView):
    @extend_schema(**schema.DETAIL)
    def get(self, request: Request, reference: str) -> Response:
        row = selectors.find(selectors.with_signed_texts(self.key.merchant, self.key.environment), reference)
        if row is None:
            raise Http404
        return Response(with_texts(row))


class Decide(InboxView):
    @extend_schema(**schema.DECIDE)
    def post(self, request: Request, reference: str) -> Response:
        row = self.one(reference)
        body = parsed(DecisionBody, request.data)
        going = decide(
            received=row,
            decision=reading.decision(body),
            place=reading.place(body, self.key),
            by=self.actor,
            now=timezone.now(),
        )
        return self.bring(request, going, done=200)

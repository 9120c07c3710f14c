"""The documents of the public API: parse, one call of a service, answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.addresses import client_address
from accounts.audit import Actor
from accounts.authentication import HasKey, key_of, requires
from accounts.models import ApiKey, Role
from documents import drafting, explained, mapping, schema, selectors
from documents.drafting import parsed
from documents.errors import InvalidationRejected, RejectedByAuthority
from documents.models import Document, IdempotencyKey
from documents.representation import represent
from documents.serializers import InvalidateBody, ListQuery, PreviewQuery
from documents.services import dispatch, idempotency
from documents.services.correct import Wanted, correct, issue_or_correct
from documents.services.errands import SendDocument
from documents.services.invalidate import invalidate
from documents.services.issue import Issued, prepare
from documents.states import State
from hacienda.registry import authority
from hacienda.values import Environment


def wanted_wait(request: Request) -> timedelta:
    """How long the caller is ready to wait for Hacienda: `Prefer: wait=N`, within our bounds."""
    match = re.search(r"(?:^|[,;\s])wait=(\d{1,5})(?:$|[,;\s])", request.headers.get("Prefer", ""))
    if match is None:
        return settings.DEFAULT_WAIT
    return min(timedelta(seconds=int(match[1])), settings.LONGEST_WAIT)


def fresh(document: Document) -> Document:
    """The document as it is stored now, with its story."""
    return selectors.with_story(Document.objects.filter(pk=document.pk)).get()


class KeyView(APIView):
    """A view for holders of a key; everything in it is the key's merchant's, in the key's environment."""

    @property
    def key(self) -> ApiKey:
        return key_of(self.request)

    @property
    def actor(self) -> Actor:
        """The key, for the audit log."""
        return Actor(api_key=self.key, address=client_address(self.request._request))

    def document(self, reference: str) -> Document:
        mine = selectors.with_story(selectors.documents(self.key.merchant, self.key.environment))
        found = selectors.find(mine, reference)
        if found is None:
            raise Http404
        return found

    def respond(
        self, document: Document, *, is_new: bool = False, status: int = 201, replayed: bool = False
    ) -> Response:
        """The document as it is now, with `status`, or 202 while Hacienda has not answered."""
        if document.state == State.REJECTED:
            raise RejectedByAuthority(document, replayed=replayed)
        headers = {"Idempotent-Replayed": "true"} if replayed else {}
        body = represent(document, is_new=is_new)
        if document.state == State.TRANSMITTING:
            status = 202
        location = f"{settings.PUBLIC_URL}/api/v1/documents/{document.public_id}"
        return Response(body, status=status, headers={"Location": location, **headers})


Make = Callable[[Wanted, IdempotencyKey | None, datetime], Issued]


class SendingView(KeyView):
    """A view that takes the body of a document, once for each Idempotency-Key, and sends what is made of it."""

    def take(self, request: Request, make: Make, *, about: str = "") -> Response:
        """Read the body, `make` the document and wait for the authority; `about` tells equal bodies apart."""
        opened = self._open(request, about)
        # A correction is of something that is there already.
        done = 200 if about else 201
        if isinstance(opened, Document):
            return self.respond(fresh(opened), status=done, replayed=True)
        try:
            now = timezone.now()
            issued = make(drafting.read(request.data, api_key=self.key, now=now), opened, now)
            if issued.first is None:
                return self._answer(issued, over=True, status=done)
            wait = wanted_wait(request)
            if issued.first.is_trial:
                wait = min(wait, settings.TRIAL_WAIT)
            going = SendDocument(issued.document)
            over = dispatch.send_and_wait(going, issued.owner, wait=wait, first=issued.first)
            return self._answer(issued, over=over, status=done)
        finally:
            if opened is not None:
                idempotency.close(opened)

    def _answer(self, issued: Issued, *, over: bool, status: int) -> Response:
        """What is over is in memory as it is stored; reading it again would cost more than the seal."""
        known = over and issued.is_new
        return self.respond(issued.document if known else fresh(issued.document), is_new=known, status=status)

    def _open(self, request: Request, about: str) -> IdempotencyKey | Document | None:
        name = request.headers.get("Idempotency-Key")
        if name is None:
            return None
        if not 1 <= len(name) <= 255 or not name.isprintable():
            message = _("An Idempotency-Key has 1 to 255 printable characters.")
            raise ValidationError({"non_field_errors": [ErrorDetail(message, "invalid_idempotency_key")]})
        return idempotency.begin(
            merchant=self.key.merchant,
            environment=self.key.environment,
            key=name,
            body=about.encode() + request._request.body,
            now=timezone.now(),
        )


class Documents(SendingView):
    @extend_schema(**schema.LIST)
    def get(self, request: Request) -> Response:
        query = parsed(ListQuery, request.query_params)
        merchant = self.key.merchant
        found = selectors.search(
            merchant,
            self.key.environment,
            status=query.get("status"),
            type_code=self._type_code(query.get("type")),
            start=query.get("from"),
            end=query.get("to"),
            q=query.get("q"),
            external_id=query.get("external_id"),
        )
        try:
            page = selectors.page(selectors.with_story(found), cursor=query.get("cursor"), limit=query["limit"])
        except selectors.BadCursor:
            raise ValidationError(
                {"cursor": [ErrorDetail(_("This is not one of our cursors."), "invalid")]}
            ) from None
        results = [represent(document) for document in page.results]
        return Response({"next": page.next, "previous": page.previous, "results": results})

    def _type_code(self, name: str | None) -> str | None:
        if name is None:
            return None
        country = self.key.merchant.country
        code = mapping.type_code(country, name)
        if code not in authority(country).rules.names.values():
            raise ValidationError({"type": [ErrorDetail(_("There is no such type."), "unknown_type")]})
        return code

    @extend_schema(**schema.SEND)
    def post(self, request: Request) -> Response:
        def made(wanted: Wanted, opened: IdempotencyKey | None, now: datetime) -> Issued:
            return issue_or_correct(
                merchant=self.key.merchant,
                environment=self.key.environment,
                wanted=wanted,
                api_key=self.key,
                idempotency=opened,
                by=self.actor,
                now=now,
            )

        return self.take(request, made)


class Correct(SendingView):
    @extend_schema(**schema.CORRECT)
    def post(self, request: Request, reference: str) -> Response:
        document = self.document(reference)

        def made(wanted: Wanted, opened: IdempotencyKey | None, now: datetime) -> Issued:
            return correct(
                document=document, wanted=wanted, api_key=self.key, idempotency=opened, by=self.actor, now=now
            )

        return self.take(request, made, about=document.public_id)


class Preview(KeyView):
    @extend_schema(**schema.PREVIEW)
    def post(self, request: Request) -> HttpResponse:
        now = timezone.now()
        wanted = drafting.read(request.data, api_key=self.key, now=now)
        merchant, environment, draft = self.key.merchant, self.key.environment, wanted.draft
        ready = prepare(
            merchant=merchant,
            environment=environment,
            draft=draft,
            api_key=self.key,
            establishment=wanted.establishment,
            point_of_sale=wanted.point_of_sale,
            issued_at=wanted.issued_at,
            now=now,
        )
        law = authority(merchant.country)
        text = law.preview(ready.prepared, Environment(environment), ready.issued_at)
        shown: dict[str, Any] = {
            "type": law.rules.type_name(draft.type_code),
            "type_code": draft.type_code,
            "environment": environment,
        }
        if parsed(PreviewQuery, request.query_params).get("explain"):
            shown["explanation"] = explained.shown(law.explain(ready.draft, text))
        # Joined as text: no figure of Hacienda's document passes through anything that could change it.
        head = json.dumps(shown | mapping.shown(ready.prepared), ensure_ascii=False)
        return HttpResponse(f'{head[:-1]},"document":{text}}}', content_type="application/json")


class OneDocument(KeyView):
    @extend_schema(**schema.DETAIL)
    def get(self, request: Request, reference: str) -> Response:
        return Response(represent(self.document(reference)))


class Invalidate(KeyView):
    permission_classes = (HasKey, requires(Role.MANAGER))

    @extend_schema(**schema.INVALIDATE)
    def post(self, request: Request, reference: str) -> Response:
        document = self.document(reference)
        body = parsed(InvalidateBody, request.data)
        going = invalidate(
            document=document,
            kind=body["kind"],
            reason=body.get("reason"),
            replacement=self._replacement(body.get("replacement")),
            requested_by=mapping.person(body.get("requested_by")),
            responsible=mapping.person(body.get("responsible")),
            by=self.actor,
            now=timezone.now(),
        )
        if going.first is not None:
            dispatch.send_and_wait(going.errand, going.owner, wait=wanted_wait(request), first=going.first)
        document = fresh(document)
        going.invalidation.refresh_from_db()
        if going.invalidation.rejection is not None:
            raise InvalidationRejected(document, going.invalidation)
        return Response(represent(document), status=200 if document.state == State.INVALIDATED else 202)

    def _replacement(self, reference: str | None) -> Document | None:
        if reference is None:
            return None
        mine = selectors.documents(self.key.merchant, self.key.environment).select_related("current_sealing")
        found = selectors.find(mine, reference)
        if found is None:
            message = _("There is no such document of yours in this environment.")
            raise ValidationError({"replacement": [ErrorDetail(message, "unknown_document")]})
        return found

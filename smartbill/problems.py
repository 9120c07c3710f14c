"""Errors as RFC 9457 problems: one shape, one list of codes, one place where exceptions become answers."""

from __future__ import annotations

import logging
import math
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response

from accounts.correlation import request_id
from documents import errors as refusals
from documents import rejections
from documents.models import Document, ReceivedDocument
from documents.received.errors import DecisionRejected
from documents.received.representation import represent as represent_received
from documents.rejections import Diagnosis
from documents.representation import represent
from documents.salvage import faults_of_shape
from hacienda.errors import Refused
from hacienda.values import Fault, Invalid

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
CHALLENGE = 'Basic realm="SmartBill", charset="UTF-8"'

# Every code that an answer can carry at its top, with its title. Codes never change their meaning.
TITLES: dict[str, Promise | str] = {
    "malformed_json": _("The body is not valid JSON"),
    "unauthorized": _("The key pair is missing or wrong"),
    "role_not_allowed": _("The role of this key does not allow it"),
    "not_found": _("There is no such thing here"),
    "method_not_allowed": _("This address does not know that method"),
    "not_acceptable": _("The answer cannot be given in that form"),
    "conflict": _("The present state does not allow it"),
    "idempotency_key_in_use": _("A request with this Idempotency-Key is still in flight"),
    "idempotency_key_reused": _("This Idempotency-Key came before with another body"),
    "external_id_taken": _("A document with this external_id exists"),
    "not_rejected": _("Only a rejected document can be corrected"),
    "already_replaced": _("Another document has taken its place already"),
    "not_stamped_yet": _("Hacienda has not stamped the document yet"),
    "already_invalidated": _("The document is invalidated already"),
    "invalidation_in_progress": _("An invalidation of this document is on its way"),
    "adjusted": _("Another document adjusts this one"),
    "takes_back": _("The document takes another one back"),
    "not_invalidable": _("A rejected document cannot be invalidated"),
    "another_received": _("Another document with this key was received before"),
    "already_decided": _("Something else was said about this document already"),
    "decision_too_late": _("The time to say something about this document is over"),
    "body_too_large": _("The body is too large"),
    "unsupported_media_type": _("Send the body as application/json"),
    "validation_failed": _("The document breaks rules"),
    "hacienda_rejected": _("Hacienda rejected it"),
    "merchant_not_ready": _("The merchant cannot issue in this environment yet"),
    "certificate_ended": _("The certificate that the merchant signs with has ended"),
    "numbering_held": _("Numbers wait for an operator after a restored backup"),
    "rate_limited": _("Too many requests"),
    "internal_error": _("Something broke on our side"),
    "unavailable": _("The service is not available now"),
}


def problem(
    status: int,
    code: str,
    *,
    detail: str | Promise = "",
    errors: list[dict[str, str]] | None = None,
    **more: object,
) -> dict[str, Any]:
    """The body of a problem answer. `errors` are pointer, code and message each."""
    body: dict[str, Any] = {
        "type": f"{settings.PUBLIC_URL}/errors/{code}",
        "title": str(TITLES[code]),
        "status": status,
        "code": code,
        "detail": str(detail) or str(TITLES[code]),
        "request_id": request_id.get(),
    }
    if errors is not None:
        body["errors"] = errors
    return body | more


def answer(status: int, code: str, *, headers: dict[str, str] | None = None, **more: Any) -> Response:
    return Response(problem(status, code, **more), status=status, content_type=CONTENT_TYPE, headers=headers or {})


def describe(fault: Fault) -> dict[str, str]:
    """A fault as the caller sees it, in the caller's language."""
    message = gettext(fault.message)
    return {
        "pointer": fault.pointer,
        "code": fault.code,
        "message": message % fault.params if fault.params else message,
    }


def _rejected(
    document: Document, rejection: dict[str, Any], found: Diagnosis | None, *, replayed: bool = False
) -> Response:
    """422: the authority's own refusal and what to do about it, with the document as it is stored."""
    advice = {} if found is None else {"cause": found.cause, "remedy": found.remedy, "who": found.who.value}
    return answer(
        422,
        "hacienda_rejected",
        detail=f"{rejection.get('code', '')} {rejection.get('message', '')}".strip(),
        errors=rejection.get("errors", []),
        headers={"Idempotent-Replayed": "true"} if replayed else {},
        document=represent(document),
        **advice,
    )


def _message_rejected(received: ReceivedDocument, rejection: dict[str, Any]) -> Response:
    """422: the authority's own refusal of what was said, with the received document as it is stored."""
    return answer(
        422,
        "hacienda_rejected",
        detail=f"{rejection.get('code', '')} {rejection.get('message', '')}".strip(),
        errors=rejection.get("errors", []),
        document=represent_received(received),
    )


def handle(exc: Exception, context: dict[str, Any]) -> Response:
    """REST framework's exception handler: every way to fail has one shape."""
    made = _of_ours(exc) or _of_the_protocol(exc, context)
    if made is None:
        log.error("unexpected error", exc_info=exc)
        made = answer(500, "internal_error")
    return made


def _of_ours(exc: Exception) -> Response | None:
    """Refusals that our own floors raise."""
    match exc:
        case Invalid():
            return _invalid([describe(fault) for fault in exc.faults])
        case exceptions.ValidationError():
            return _invalid([describe(fault) for fault in faults_of_shape(exc.detail)])
        case refusals.Conflict():
            more = {"document": represent(exc.document)} if exc.document else {}
            return answer(409, exc.code, detail=gettext(exc.message) % exc.params, **more)
        case refusals.RejectedByAuthority():
            found = rejections.diagnosis(exc.document)
            return _rejected(exc.document, exc.document.rejection or {}, found, replayed=exc.replayed)
        case refusals.InvalidationRejected(document=document, invalidation=event):
            return _rejected(document, event.rejection or {}, rejections.of_invalidation(event))
        case DecisionRejected(received=received, decision=decision):
            return _message_rejected(received, decision.rejection or {})
        case refusals.ReusedKey():
            return answer(422, "idempotency_key_reused")
        case refusals.NumbersHeld():
            return answer(503, exc.code, detail=gettext(exc.message), headers={"Retry-After": "60"})
        case refusals.NotReady():
            return answer(409, exc.code, detail=gettext(exc.message))
    return None


def _invalid(errors: list[dict[str, str]]) -> Response:
    detail = _("What is wrong is listed: %(count)s.") % {"count": len(errors)}
    return answer(422, "validation_failed", detail=detail, errors=errors)


def _of_the_protocol(exc: Exception, context: dict[str, Any]) -> Response | None:
    """What goes wrong before a service is reached."""
    match exc:
        case OperationalError() | InterfaceError() | Refused():
            # The database is away, or what is stored cannot be opened: ours to mend, the caller's to try again.
            log.error("unavailable", exc_info=exc)
            return answer(503, "unavailable", headers={"Retry-After": "5"})
        case exceptions.ParseError():
            return answer(400, "malformed_json", detail=str(exc.detail))
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return answer(401, "unauthorized", headers={"WWW-Authenticate": CHALLENGE})
        case exceptions.PermissionDenied() | PermissionDenied():
            return answer(403, "role_not_allowed")
        case Http404() | exceptions.NotFound():
            return answer(404, "not_found")
        case exceptions.MethodNotAllowed():
            return answer(405, "method_not_allowed", headers={"Allow": ", ".join(context["view"].allowed_methods)})
        case exceptions.NotAcceptable():
            return answer(406, "not_acceptable")
        case RequestDataTooBig():
            limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
            return answer(413, "body_too_large", detail=_("At most %(limit)s bytes.") % {"limit": limit})
        case exceptions.UnsupportedMediaType():
            return answer(415, "unsupported_media_type")
        case exceptions.Throttled():
            return answer(
                429, "rate_limited", headers={"Retry-After": str(max(math.ceil(getattr(exc, "wait", None) or 1), 1))}
            )
    return None


def plain(request: HttpRequest, status: int, code: str) -> HttpResponse:
    """A problem for addresses below /api/ that no view answers."""
    return JsonResponse(problem(status, code), status=status, content_type=CONTENT_TYPE)

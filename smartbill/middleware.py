"""One id for each request, in the answer and in every log line that it causes; and what is noted of the request."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bound_contextvars

from smartbill import access

current: ContextVar[str] = ContextVar("request_id", default="-")


def request_id(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Give the request an id of ours (a caller's own is not trusted) and put it into `Request-Id`."""

    def middleware(request: HttpRequest) -> HttpResponse:
        name = "req_" + secrets.token_hex(12)
        token = current.set(name)
        began = time.perf_counter()
        try:
            with bound_contextvars(request_id=name):
                response = get_response(request)
                response["Request-Id"] = name
                access.note(request, response.status_code, time.perf_counter() - began)
                return response
        finally:
            current.reset(token)

    return middleware

"""One id for each request, in the answer and in every log line that it causes; and what is noted of the request."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bound_contextvars

from accounts import correlation
from smartbill import access

Handler = Callable[[HttpRequest], HttpResponse]


def request_id(get_response: Handler) -> Handler:
    """Give the request an id of ours (a caller's own is not trusted) and put it into `Request-Id`."""

    def middleware(request: HttpRequest) -> HttpResponse:
        name = "req_" + secrets.token_hex(12)
        token = correlation.request_id.set(name)
        began = time.perf_counter()
        try:
            with bound_contextvars(request_id=name):
                response = get_response(request)
                response["Request-Id"] = name
                access.note(request, response.status_code, time.perf_counter() - began)
                return response
        finally:
            correlation.request_id.reset(token)

    return middleware

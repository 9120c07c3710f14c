"""One id for each request, in the answer and in every log line that it causes."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

current: ContextVar[str] = ContextVar("request_id", default="-")


def request_id(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Give the request an id of ours (a caller's own is not trusted) and put it into `Request-Id`."""

    def middleware(request: HttpRequest) -> HttpResponse:
        token = current.set("req_" + secrets.token_hex(12))
        try:
            response = get_response(request)
            response["Request-Id"] = current.get()
            return response
        finally:
            current.reset(token)

    return middleware


class RequestIdFilter(logging.Filter):
    """Adds `request_id` to each log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current.get()
        return True

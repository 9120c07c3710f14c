"""One id for each request, in the answer and in every log line that it causes."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts import correlation

Handler = Callable[[HttpRequest], HttpResponse]


def request_id(get_response: Handler) -> Handler:
    """Give the request an id of ours (a caller's own is not trusted) and put it into `Request-Id`."""

    def middleware(request: HttpRequest) -> HttpResponse:
        token = correlation.request_id.set("req_" + secrets.token_hex(12))
        try:
            response = get_response(request)
            response["Request-Id"] = correlation.request_id.get()
            return response
        finally:
            correlation.request_id.reset(token)

    return middleware


class RequestIdFilter(logging.Filter):
    """Adds `request_id` to each log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = correlation.request_id.get()
        return True

"""The body of a request, whole and no larger than it may be, before anything looks at it.

Django reads a body by its `Content-Length` and takes one that comes in chunks for empty. Here both are read to the
end first, one byte more than allowed at most; what was cut off is marked, and refused by `protection.body_limit`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, MutableMapping
from io import BytesIO
from typing import Any, Final

from django.conf import settings

ARRIVED: Final = "smartbill.arrived"  # called once the body is read
CUT: Final = "smartbill.cut"  # set where the body ended before it should have

Application = Callable[[MutableMapping[str, Any], Any], Iterable[bytes]]


def whole(application: Application) -> Application:
    """`application`, given bodies that are in memory."""

    def inner(wsgi: MutableMapping[str, Any], start_response: Any) -> Iterable[bytes]:
        most: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if "chunked" in wsgi.get("HTTP_TRANSFER_ENCODING", "").lower():
            _read(wsgi, most + 1)
        else:
            declared = _declared(wsgi)
            if 0 < declared <= most:
                _read(wsgi, declared)
                if int(wsgi["CONTENT_LENGTH"]) < declared:
                    wsgi[CUT] = True
        wsgi.get(ARRIVED, lambda: None)()
        return application(wsgi, start_response)

    return inner


def _read(wsgi: MutableMapping[str, Any], size: int) -> None:
    try:
        body = wsgi["wsgi.input"].read(size)
    except OSError:  # malformed chunks, a connection that broke
        body, wsgi[CUT] = b"", True
    wsgi["wsgi.input"] = BytesIO(body)
    wsgi["CONTENT_LENGTH"] = str(len(body))


def _declared(wsgi: MutableMapping[str, Any]) -> int:
    length = wsgi.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isascii() and length.isdigit() else 0

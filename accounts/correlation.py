"""The id of the request that is being answered, for logs and for the audit log."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

NONE: Final = "-"  # outside of any request

request_id: ContextVar[str] = ContextVar("request_id", default=NONE)

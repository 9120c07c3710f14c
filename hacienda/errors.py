"""No answer is an exception: what can go wrong between us and an authority, as one small tree."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class Cause(StrEnum):
    """How far a request got. It decides what may be tried next."""

    NOT_WRITTEN = "not_written"  # refused, no name, no route: the authority cannot have seen it
    CLOSED = "closed"  # bytes were written, then the connection ended
    SILENT = "silent"  # bytes were written, nothing came back in time


class NoAnswer(Exception):
    """The authority did not answer; the text is safe for logs."""


class Unreachable(NoAnswer):
    """Try again later, after asking unless nothing was written."""

    def __init__(self, cause: Cause, message: str, milliseconds: int = 0) -> None:
        super().__init__(message)
        self.cause = cause
        self.milliseconds = milliseconds


class Throttled(NoAnswer):
    """The authority asks for a pause."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__(f"asked to wait {retry_after.total_seconds():.0f} s")
        self.retry_after = retry_after


class Refused(NoAnswer):
    """Credentials or configuration are wrong: a person must act.

    `lasting` tells a refused password, which must not be tried in a loop, from a refused token.
    """

    def __init__(self, message: str, *, lasting: bool) -> None:
        super().__init__(message)
        self.lasting = lasting

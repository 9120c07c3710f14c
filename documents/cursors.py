"""The cursors of our lists: opaque to callers, inside a direction and a number."""

from __future__ import annotations

import base64
import binascii
import re


class BadCursor(ValueError):
    """A cursor that we never gave out."""


def write(direction: str, number: int) -> str:
    """The cursor that goes on after ("n") or before ("p") what has this number."""
    return base64.urlsafe_b64encode(f"{direction}{number}".encode()).decode().rstrip("=")


def read(cursor: str | None) -> tuple[str, int]:
    """Direction and number; ("n", 0), the beginning, without a cursor. Raises `BadCursor`."""
    if not cursor:
        return "n", 0
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError) as error:
        raise BadCursor(cursor) from error
    match = re.fullmatch(r"([np])(\d{1,18})", text, re.ASCII)
    if match is None:
        raise BadCursor(cursor)
    return match[1], int(match[2])

"""The cursors of our lists: opaque to callers, inside a direction and a number, and a moment where lists go by it."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadCursor(ValueError):
    """A cursor that we never gave out."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list goes on: after ("n") or before ("p") what has this key and moment; key 0 is the beginning."""

    direction: str
    key: int
    moment: datetime | None = None


def write(direction: str, number: int, moment: datetime | None = None) -> str:
    """The cursor that goes on after ("n") or before ("p") what has this number, at this moment."""
    dated = "" if moment is None else f"@{(moment - _EPOCH) // timedelta(microseconds=1)}"
    return base64.urlsafe_b64encode(f"{direction}{number}{dated}".encode()).decode().rstrip("=")


def read(cursor: str | None) -> tuple[str, int]:
    """Direction and number; ("n", 0), the beginning, without a cursor. Raises `BadCursor`."""
    place = read_place(cursor)
    if place.moment is not None:
        raise BadCursor(cursor)
    return place.direction, place.key


def read_place(cursor: str | None) -> Place:
    """The place of a cursor; the beginning without one. Raises `BadCursor`."""
    if not cursor:
        return Place("n", 0)
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError) as error:
        raise BadCursor(cursor) from error
    match = re.fullmatch(r"([np])(\d{1,18})(?:@(\d{1,17}))?", text, re.ASCII)
    if match is None:
        raise BadCursor(cursor)
    moment = None
    if match[3] is not None:
        try:
            moment = _EPOCH + timedelta(microseconds=int(match[3]))
        except OverflowError as error:
            raise BadCursor(cursor) from error
    return Place(match[1], int(match[2]), moment)

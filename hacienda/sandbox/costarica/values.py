"""The simple values of the documents: what is written, what is allowed, and how a value that is not is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal

# Costa Rica keeps UTC-6 all year round.
COSTA_RICA = timezone(timedelta(hours=-6), "America/Costa_Rica")
DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
INTEGER = re.compile(r"[+-]?[0-9]+")
MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-]([0-9]{2}):([0-9]{2}))?"
)
FARTHEST_ZONE_MINUTES = 14 * 60
LARGEST = Decimal("9999999999999.99999")
# Returns what is wrong with a value, or None.
Form = Callable[[str], str | None]


def _wrong(facet: str, value: str, rest: str) -> str:
    return f"cvc-{facet}-valid: Value '{value}' is not facet-valid with respect to {rest}."


def _type(value: str, name: str) -> str:
    return f"cvc-datatype-valid.1.2.1: '{value}' is not a valid value for '{name}'."


def text(least: int, most: int) -> Form:
    """Return the form of a text of so many characters."""

    def check(value: str) -> str | None:
        if len(value) < least:
            return _wrong("minLength", value, f"minLength '{least}'")
        return _wrong("maxLength", value, f"maxLength '{most}'") if len(value) > most else None

    return check


def shaped(pattern: str) -> Form:
    """Return the form of a text that a pattern fits as a whole."""
    fitting = re.compile(pattern)

    def check(value: str) -> str | None:
        return None if fitting.fullmatch(value) else _wrong("pattern", value, f"pattern '{pattern}'")

    return check


def one_of(codes: frozenset[str]) -> Form:
    """Return the form of a code of a closed list."""

    def check(value: str) -> str | None:
        if value in codes:
            return None
        return _wrong("enumeration", value, f"enumeration '[{', '.join(sorted(codes))}]'")

    return check


def decimal(digits: int, fraction: int, least: Decimal | None = None, most: Decimal | None = None) -> Form:
    """Return the form of a number of so many digits in all, so many of them behind the point."""

    def check(value: str) -> str | None:
        stripped = value.strip(" \t\r\n")
        if not DECIMAL.fullmatch(stripped):
            return _type(value, "decimal")
        whole, _, part = stripped.lstrip("+-").partition(".")
        whole, part = whole.lstrip("0"), part.rstrip("0")
        if len(part) > fraction:
            return _wrong("fractionDigits", value, f"fractionDigits '{fraction}'")
        if len(whole) + len(part) > digits:
            return _wrong("totalDigits", value, f"totalDigits '{digits}'")
        return _out_of_bounds(value, Decimal(stripped), least, most)

    return check


def integer(digits: int | None = None, least: int | None = None, most: int | None = None) -> Form:
    """Return the form of a whole number."""

    def check(value: str) -> str | None:
        stripped = value.strip(" \t\r\n")
        if not INTEGER.fullmatch(stripped):
            return _type(value, "integer")
        if digits is not None and len(stripped.lstrip("+-").lstrip("0")) > digits:
            return _wrong("totalDigits", value, f"totalDigits '{digits}'")
        lower, upper = (None if bound is None else Decimal(bound) for bound in (least, most))
        return _out_of_bounds(value, Decimal(stripped), lower, upper)

    return check


def _out_of_bounds(value: str, number: Decimal, least: Decimal | None, most: Decimal | None) -> str | None:
    if least is not None and number < least:
        return _wrong("minInclusive", value, f"minInclusive '{least}'")
    return _wrong("maxInclusive", value, f"maxInclusive '{most}'") if most is not None and number > most else None


def moment(value: str) -> datetime | None:
    """Return the moment that is written, without a zone where none is written; None when it is none."""
    stripped = value.strip(" \t\r\n")
    fitting = MOMENT.fullmatch(stripped)
    if fitting is None:
        return None
    hours, minutes = (int(part or 0) for part in fitting.groups())
    if minutes > 59 or hours * 60 + minutes > FARTHEST_ZONE_MINUTES:
        return None
    try:
        return datetime.fromisoformat(stripped)
    except ValueError:
        return None


def date_time(value: str) -> str | None:
    """Return what is wrong with a moment."""
    return _type(value, "dateTime") if moment(value) is None else None


AMOUNT = decimal(18, 5, Decimal(0), LARGEST)

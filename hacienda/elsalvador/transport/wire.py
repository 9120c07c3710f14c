"""The form of what goes to and fro: JSON with exact numbers, read tolerantly of everything that is no answer."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from hacienda.http import storable
from hacienda.values import Environment


def environment_code(environment: Environment) -> str:
    """`ambiente` (CAT-001): 01 in production, 00 everywhere else."""
    return "01" if environment is Environment.LIVE else "00"


def read_object(text: str) -> dict[str, Any] | None:
    """The JSON object that `text` is, or None where it is anything else: HTML, a list, cut off, nested to death."""
    try:
        value = json.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def text_of(value: object) -> str:
    """A member as text fit to be stored; empty for null and for what is no scalar."""
    if isinstance(value, str):
        return storable(value).strip()
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else ""

"""The form of what goes to and fro: JSON read tolerantly of everything that is no answer, and texts of headers."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from decimal import Decimal
from typing import Any, Final

from hacienda import http
from hacienda.costarica.clave import is_clave
from hacienda.http import storable

_KEY: Final = re.compile(r"([0-9A-Za-z]{50})(?:-[0-9]{20})?", re.ASCII)
_LONGEST_CALLBACK: Final = 1024 * 1024  # bytes


def read_object(text: str) -> dict[str, Any] | None:
    """The JSON object that `text` is, or None where it is anything else: HTML, a list, cut off, nested to death."""
    try:
        value = json.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def text_of(value: object) -> str:
    """A member as text fit to be stored; empty for what is no text."""
    return storable(value).strip() if isinstance(value, str) else ""


def member(answer: dict[str, Any], name: str) -> str:
    """A member by its name, with a dash between the words or with a capital: Hacienda writes it both ways."""
    first, *others = name.split("-")
    return text_of(answer.get(name)) or text_of(answer.get(first + "".join(map(str.capitalize, others))))


def cause_of(reply: http.Reply) -> str:
    """What Hacienda's own header says is wrong; empty where it says nothing. UTF-8 in headers occurs."""
    told = reply.headers.get("x-error-cause") or reply.headers.get("validation-exception") or ""
    with suppress(UnicodeError):
        told = told.encode("latin-1").decode("utf-8")
    return text_of(told)[:1000]


def is_page(reply: http.Reply) -> bool:
    """Whether a page of something in front of Hacienda came back."""
    return reply.text.lstrip().startswith("<")


def read_callback(body: bytes) -> str | None:
    """The clave that a call from outside names, with the receptor's number behind a dash for its message; or None.

    Nothing else of it counts: anybody can make such a call. What became of the document is to be asked.
    """
    if len(body) > _LONGEST_CALLBACK:
        return None
    answer = read_object(body.decode("utf-8", "replace"))
    told = text_of(answer.get("clave")) if answer else ""
    match = _KEY.fullmatch(told)
    return told if match and is_clave(match[1]) else None

"""Requests and responses as plain values, and strict JSON with exact decimals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NoReturn

JSON = "application/json"
HTML = "text/html; charset=utf-8"


class MalformedError(ValueError):
    """The text is not JSON as the standard has it."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; header names are lower case, `path` has no query and no final slash."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def media_type(self) -> str:
        """Return the content type without its parameters, in lower case; empty when there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response, its body ready to be written."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedError(f"{name} is not JSON")


def read_json(raw: bytes | str) -> Any:
    """Return the JSON value with every fraction as a Decimal.

    NaN, Infinity, numbers beyond any bound, texts that are not UTF-8 (lone surrogates included) and nesting
    too deep to read are refused with MalformedError.
    """
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        value = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
        if "\\u" in text:
            # An escaped half of a surrogate pair parses, and would fail only when it is written again.
            json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise MalformedError("the body is not well-formed JSON") from error
    return value


def dump_json(value: Any) -> str:
    """Return the compact JSON text of plain values (no Decimal is ever answered)."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def json_response(status: int, value: Any, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """Return a JSON response."""
    return Response(status, dump_json(value).encode("utf-8"), JSON, headers)

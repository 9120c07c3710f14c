"""JSON as it is signed: compact, exact, without floats.

`json.dumps` cannot print a `Decimal` as a number, and a float would not be what was computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from json.encoder import encode_basestring
from types import NoneType
from typing import Any, Final


def plain(amount: Decimal) -> str:
    """`amount` in digits: no exponent, no trailing zeros, no negative zero."""
    if not amount:
        return "0"
    text = str(amount)
    if "E" in text:
        text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def dumps(value: object) -> str:
    """`value` as one line of JSON, characters beyond ASCII as they are.

    Knows dict with text keys, list, tuple, str, Decimal, int, bool and None; raises `TypeError` for anything
    else, floats above all.
    """
    write = _WRITERS.get(type(value))
    if write is None:
        raise TypeError(f"{type(value).__name__} has no exact JSON form")
    return write(value)


def _object(members: dict[str, object]) -> str:
    return "{" + ",".join([f"{encode_basestring(key)}:{dumps(value)}" for key, value in members.items()]) + "}"


def _array(values: list[object] | tuple[object, ...]) -> str:
    return "[" + ",".join([dumps(value) for value in values]) + "]"


_WRITERS: Final[Mapping[type, Callable[[Any], str]]] = {
    Decimal: plain,
    str: encode_basestring,
    NoneType: lambda _: "null",
    dict: _object,
    list: _array,
    tuple: _array,
    bool: lambda value: "true" if value else "false",
    int: str,
}

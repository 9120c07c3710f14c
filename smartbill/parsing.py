"""JSON in, with money exact: numbers become Decimal, and what JSON does not know is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

MOST_MEMBERS = 1000  # of one object; the largest that we know has about fifty
LONGEST_NAME = 200
HALF = re.compile(r"[\ud800-\udfff]")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _whole(digits: str) -> int | Decimal:
    """Python will not read thousands of digits as an int; as a Decimal they are just too large."""
    return int(digits) if len(digits) <= 64 else Decimal(digits)


def _refuse_oddities(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are none twice, no monsters, and text: they stand in our answers, as pointers."""
    made = dict(pairs)
    if len(made) > MOST_MEMBERS:
        raise ValueError(f"an object has more than {MOST_MEMBERS} members")
    for name in made:
        if len(name) > LONGEST_NAME:
            raise ValueError(f"a name is longer than {LONGEST_NAME} characters")
        if not name.isascii() and HALF.search(name):
            raise ValueError("a name holds half of a surrogate pair")
    if len(made) != len(pairs):
        seen: set[str] = set()
        for name, _value in pairs:
            if name in seen:
                raise ValueError(f"{name[:100]!r} is given twice in one object")
            seen.add(name)
    return made


def loads(text: str) -> Any:
    """Parse strictly: Decimal for every number with a point or an exponent, no NaN, no odd objects."""
    return json.loads(
        text,
        parse_float=Decimal,
        parse_int=_whole,
        parse_constant=_refuse_constant,
        object_pairs_hook=_refuse_oddities,
    )


class DecimalJSONParser(BaseParser):
    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        # `body` and not `stream.read()`: only the former keeps to DATA_UPLOAD_MAX_MEMORY_SIZE.
        body = parser_context["request"]._request.body if parser_context else stream.read()
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            raise ParseError(_("The body is not UTF-8.")) from None
        try:
            return loads(text)
        except RecursionError:
            raise ParseError(_("The body is nested too deeply.")) from None
        except ArithmeticError:  # an exponent beyond what any number needs
            raise ParseError(_("The body holds a number that is beyond all bounds.")) from None
        except ValueError as error:
            raise ParseError(_("The body is not valid JSON: %(reason)s") % {"reason": error}) from None

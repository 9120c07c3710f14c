"""Fields of request bodies: strict about types, exact about numbers, careful about characters."""

from __future__ import annotations

import re
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

# C0 and C1 controls, and what changes the direction or order of the text around it. Line breaks and tabs are
# allowed only where a text may have several lines.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_CONTROL_BUT_LINES = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


MOST_UNKNOWN = 20  # names that are told of one object


class Text(serializers.CharField):
    """A JSON string, trimmed, without control characters."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": _("A text is expected."),
        "control_character": _("Control characters are not allowed."),
    }

    def __init__(self, *, multiline: bool = False, **kwargs: Any) -> None:
        self._forbidden = _CONTROL_BUT_LINES if multiline else _CONTROL
        super().__init__(**kwargs)
        # The base class has validators of its own for NUL and surrogates, which would say the same twice.
        self.validators = [one for one in self.validators if "Prohibit" not in type(one).__name__]

    def run_validation(self, data: Any = empty) -> Any:
        if data is not empty and data is not None:
            if not isinstance(data, str):
                self.fail("invalid")
            if self._forbidden.search(data.strip()):
                self.fail("control_character")
        return super().run_validation(data)


@extend_schema_field({"oneOf": [{"type": "string", "examples": ["3.50"]}, {"type": "number"}]})
class Amount(serializers.Field[Decimal, Any, str, Any]):
    """A JSON number or a string holding one, as Decimal; `places` decimals at most, below `limit`."""

    LIMIT = Decimal(100_000_000_000)  # every amount of the official schemas is below this
    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": _("A number is expected."),
        "too_many_decimals": _("At most {places} decimals are allowed."),
        "too_large": _("The number is too large."),
        "negative": _("The number must not be negative."),
        "not_positive": _("The number must be greater than zero."),
    }
    _FORM = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d{1,4})?", re.ASCII)

    def __init__(self, *, places: int, negative: bool = False, positive: bool = False, **kwargs: Any) -> None:
        self.places = places
        self.negative = negative
        self.positive = positive
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        amount = self._parse(data)
        if amount < 0 and not self.negative:
            raise self._error("negative")
        if amount <= 0 and self.positive:
            raise self._error("not_positive")
        if not amount:
            return Decimal(0)
        if not -self.LIMIT < amount < self.LIMIT:
            raise self._error("too_large")
        # Counted, not computed: arithmetic would round what has more than 28 digits. Trailing zeros say nothing.
        _sign, digits, exponent = amount.as_tuple()
        kept = len("".join(map(str, digits)).rstrip("0"))
        decimals = -int(exponent) - (len(digits) - kept)
        if decimals > self.places:
            raise self._error("too_many_decimals", places=self.places)
        return amount

    def _parse(self, data: Any) -> Decimal:
        if isinstance(data, Decimal) and data.is_finite():
            return data
        if isinstance(data, int) and not isinstance(data, bool):
            return Decimal(data)
        if isinstance(data, str) and len(data) <= 64 and self._FORM.fullmatch(data.strip()):
            with suppress(InvalidOperation):
                return Decimal(data.strip())
        raise self._error("invalid")

    def _error(self, code: str, **places: int) -> serializers.ValidationError:
        return serializers.ValidationError(self.error_messages[code].format(**places), code=code)

    def to_representation(self, value: Any) -> str:
        return f"{value:f}"


class WholeNumber(serializers.IntegerField):
    """A JSON integer; neither a text nor a boolean nor 1.5."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class YesNo(serializers.BooleanField):
    """JSON true or false, nothing that looks like it."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Choice(serializers.ChoiceField):
    """One of a few words."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)


class Body(serializers.Serializer[Any]):
    """An object without members that we do not know: a misspelt name must not pass in silence."""

    def to_internal_value(self, data: Any) -> Any:
        problems: dict[str, Any] = {}
        value: Any = None
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if not isinstance(data, dict):
                raise
            problems.update(error.detail if isinstance(error.detail, dict) else {})
        # One made-up body may hold a million of them, and each costs as much as a line of a document.
        unknown = [name for name in data if name not in self.fields][:MOST_UNKNOWN]
        if unknown:
            message = gettext("There is no field of this name here.")
            problems |= {name: [serializers.ErrorDetail(message, code="unknown_field")] for name in unknown}
        if problems:
            raise serializers.ValidationError(problems)
        return value


def optional(field: type[Any], **kwargs: Any) -> Any:
    """A field that may be left out or null."""
    return field(required=False, allow_null=True, **kwargs)


def text(longest: int, **kwargs: Any) -> Any:
    """An optional text that is not empty when it is given."""
    return optional(Text, max_length=longest, **kwargs)


def several(body: type[Body], most: int, **kwargs: Any) -> Any:
    """An optional list of objects; null in place of one of them is none."""
    return optional(serializers.ListSerializer, child=body(), max_length=most, **kwargs)

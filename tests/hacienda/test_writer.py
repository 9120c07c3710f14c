from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hacienda.elsalvador.writer import dumps, plain

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS | st.decimals(allow_nan=False, allow_infinity=False, places=8),
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("amount", "text"),
    [("1.50", "1.5"), ("100", "100"), ("1E+3", "1000"), ("0E-8", "0"), ("-0.00", "0"), ("1E-8", "0.00000001")],
)
def test_amounts_are_plain_digits(amount: str, text: str) -> None:
    assert plain(Decimal(amount)) == text
    assert dumps(Decimal(amount)) == text


@given(VALUES)
def test_what_is_written_reads_back_exactly(value: object) -> None:
    assert json.loads(dumps(value), parse_float=Decimal) == value


def test_it_is_compact_and_keeps_spanish_letters() -> None:
    assert dumps({"a": ["ñ", None, True, 1], "b": {}}) == '{"a":["ñ",null,true,1],"b":{}}'


@pytest.mark.parametrize("value", [1.5, {"a": 0.1}, {1, 2}, object()])
def test_floats_and_strangers_are_refused(value: object) -> None:
    with pytest.raises(TypeError, match="exact"):
        dumps(value)

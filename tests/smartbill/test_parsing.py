"""JSON in: exact numbers, and nothing that JSON does not know."""

from decimal import Decimal

import pytest

from smartbill import parsing


def test_numbers_are_exact() -> None:
    assert parsing.loads('{"a": 0.1, "b": 3, "c": 1e-8}') == {
        "a": Decimal("0.1"),
        "b": 3,
        "c": Decimal("1E-8"),
    }


@pytest.mark.parametrize("text", ["NaN", "-Infinity", '{"a": 1, "a": 2}', "{'a': 1}", ""])
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parsing.loads(text)

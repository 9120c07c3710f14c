from __future__ import annotations

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hacienda.money import allocate, quantise

AMOUNTS = st.decimals(min_value=-(10**11), max_value=10**11, places=10)
WEIGHTS = st.lists(st.decimals(min_value=0, max_value=10**6, places=4), min_size=1, max_size=30).filter(any)


@pytest.mark.parametrize(
    ("amount", "places", "expected"),
    [
        ("0.005", 2, "0.01"),
        ("-0.005", 2, "-0.01"),
        ("0.0049999999", 2, "0.00"),
        ("90.675", 2, "90.68"),
        ("6.975", 2, "6.98"),
        ("1.123456785", 8, "1.12345679"),
        ("7", 2, "7.00"),
        ("2.5", 0, "3"),
    ],
)
def test_it_rounds_half_up(amount: str, places: int, expected: str) -> None:
    assert str(quantise(Decimal(amount), places)) == expected


def test_a_rounded_zero_has_no_sign() -> None:
    assert str(quantise(Decimal("-0.001"), 2)) == "0.00"


@given(AMOUNTS)
def test_rounding_moves_an_amount_by_at_most_half_a_unit(amount: Decimal) -> None:
    rounded = quantise(amount, 2)
    assert rounded.as_tuple().exponent == -2
    assert abs(rounded - amount) <= Decimal("0.005")
    assert quantise(rounded, 2) == rounded


@given(AMOUNTS)
def test_rounding_does_not_depend_on_the_context_of_the_caller(amount: Decimal) -> None:
    with localcontext(prec=3):
        inside = quantise(amount, 8)
    assert inside == quantise(amount, 8)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2), WEIGHTS)
def test_parts_add_up_and_stay_within_a_cent_of_their_share(total: Decimal, weights: list[Decimal]) -> None:
    parts = allocate(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - total * weight / whole) < Decimal("0.0100001")


@given(WEIGHTS)
def test_a_weight_of_zero_gets_nothing(weights: list[Decimal]) -> None:
    parts = allocate(Decimal("99.99"), [*weights, Decimal(0)])
    assert parts[-1] == 0


def test_the_cent_left_over_goes_to_the_largest_remainder_then_to_the_first() -> None:
    third = Decimal(1)
    assert allocate(Decimal("10.00"), [third, third, third]) == tuple(map(Decimal, ("3.34", "3.33", "3.33")))
    assert allocate(Decimal("0.01"), [Decimal(1), Decimal(2)]) == (Decimal("0.00"), Decimal("0.01"))
    assert allocate(Decimal("-10.00"), [third, third, third]) == tuple(map(Decimal, ("-3.34", "-3.33", "-3.33")))


@pytest.mark.parametrize(("total", "weights"), [("1.001", ["1"]), ("1", ["0", "0"]), ("1", []), ("1", ["2", "-1"])])
def test_it_refuses_what_cannot_be_split(total: str, weights: list[str]) -> None:
    with pytest.raises(ValueError, match=r"decimals|weights"):
        allocate(Decimal(total), [Decimal(weight) for weight in weights])

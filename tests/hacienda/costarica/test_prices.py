from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hacienda.costarica.prices import without_tax
from hacienda.drafts import Discount, Draft, Item
from hacienda.money import quantise
from tests.effort import examples
from tests.hacienda.costarica.made import CUSTOMER, SOFTWARE, prepared

D = Decimal
STEP = D("0.00001")


def line_total(quantity: Decimal, price: Decimal, discounts: tuple[Discount, ...], percent: Decimal) -> Decimal:
    net = quantise(quantity * price, 5) - sum((one.amount for one in discounts), D(0))
    return net + quantise(net * percent / 100, 5)


@settings(max_examples=examples(100))
@given(
    quantity=st.decimals("0.001", "9999.999", places=3),
    price=st.decimals("0.01", "999999.99", places=2),
    percent=st.sampled_from([D("0.5"), D(1), D(2), D(4), D(8), D(13)]),
)
def test_the_line_comes_back_as_near_as_the_unit_price_allows(
    quantity: Decimal, price: Decimal, percent: Decimal
) -> None:
    net, _ = without_tax(quantity, price, (), percent)
    off = abs(line_total(quantity, net, (), percent) - quantity * price)
    assert net == quantise(net, 5)
    assert off <= quantity * STEP / 2 * (1 + percent / 100) + 2 * STEP
    for other in (net - STEP, net + STEP):
        assert off <= abs(line_total(quantity, other, (), percent) - quantity * price)


@settings(max_examples=examples(100))
@given(
    quantity=st.integers(1, 500).map(Decimal),
    price=st.decimals("1", "9999.99", places=2),
    shares=st.lists(st.integers(1, 30), min_size=1, max_size=3),
    percent=st.sampled_from([D(1), D(4), D(13)]),
)
def test_a_discount_takes_up_what_rounding_left_over(
    quantity: Decimal, price: Decimal, shares: list[int], percent: Decimal
) -> None:
    discounts = tuple(Discount(quantise(quantity * price * share / 100, 2)) for share in shares)
    net, made = without_tax(quantity, price, discounts, percent)
    whole = quantity * price - sum((one.amount for one in discounts), D(0))
    assert abs(line_total(quantity, net, made, percent) - whole) <= STEP
    assert all(one.amount > 0 for one in made)


@pytest.mark.parametrize("price", ["1130", "113", "56.50", "1.13", "99.95", "100"])
def test_an_everyday_price_comes_back_to_the_cent(price: str) -> None:
    item = Item("Servicio", D(price), cabys=SOFTWARE)
    made = prepared(Draft("01", (item,), CUSTOMER, prices_include_tax=True))
    assert quantise(made.totals.payable, 2) == D(price)


def test_a_price_is_without_tax_unless_said() -> None:
    made = prepared(Draft("01", (Item("Servicio", D(100), cabys=SOFTWARE),), CUSTOMER))
    assert made.totals.payable == D(113)

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hacienda.elsalvador.blocks.words import in_words


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "CERO DÓLARES CON 00/100"),
        ("0.25", "CERO DÓLARES CON 25/100"),
        ("1.50", "UN DÓLAR CON 50/100"),
        ("7", "SIETE DÓLARES CON 00/100"),
        ("16.01", "DIECISÉIS DÓLARES CON 01/100"),
        ("21", "VEINTIÚN DÓLARES CON 00/100"),
        ("22", "VEINTIDÓS DÓLARES CON 00/100"),
        ("30", "TREINTA DÓLARES CON 00/100"),
        ("31", "TREINTA Y UN DÓLARES CON 00/100"),
        ("99.99", "NOVENTA Y NUEVE DÓLARES CON 99/100"),
        ("100", "CIEN DÓLARES CON 00/100"),
        ("101", "CIENTO UN DÓLARES CON 00/100"),
        ("500", "QUINIENTOS DÓLARES CON 00/100"),
        ("761.20", "SETECIENTOS SESENTA Y UN DÓLARES CON 20/100"),
        ("1000", "MIL DÓLARES CON 00/100"),
        ("1001", "MIL UN DÓLARES CON 00/100"),
        ("1130", "MIL CIENTO TREINTA DÓLARES CON 00/100"),
        ("2100", "DOS MIL CIEN DÓLARES CON 00/100"),
        ("21000", "VEINTIÚN MIL DÓLARES CON 00/100"),
        ("100000", "CIEN MIL DÓLARES CON 00/100"),
        ("701901", "SETECIENTOS UN MIL NOVECIENTOS UN DÓLARES CON 00/100"),
        ("1000000", "UN MILLÓN DE DÓLARES CON 00/100"),
        ("1000001", "UN MILLÓN UN DÓLARES CON 00/100"),
        ("2000000.05", "DOS MILLONES DE DÓLARES CON 05/100"),
        ("21000000", "VEINTIÚN MILLONES DE DÓLARES CON 00/100"),
        ("1000000000", "MIL MILLONES DE DÓLARES CON 00/100"),
        ("1000001000", "MIL MILLONES MIL DÓLARES CON 00/100"),
        ("31001000000", "TREINTA Y UN MIL UN MILLONES DE DÓLARES CON 00/100"),
    ],
)
def test_amounts_are_spelled_as_a_cheque_would(amount: str, words: str) -> None:
    assert in_words(Decimal(amount)) == words


def test_the_longest_amount_fits_the_field() -> None:
    longest = in_words(Decimal("54454454454.99"))
    assert len(longest) <= 200
    assert longest.startswith("CINCUENTA Y CUATRO MIL CUATROCIENTOS CINCUENTA Y CUATRO MILLONES")


@given(st.decimals(min_value=0, max_value=Decimal("99999999999.99"), places=2))
def test_every_amount_has_words_of_its_own_that_fit(amount: Decimal) -> None:
    words = in_words(amount)
    assert 8 <= len(words) <= 200
    assert "  " not in words
    assert words != in_words(amount + Decimal("0.01") if amount < 99_999_999_999 else amount - 1)


@pytest.mark.parametrize("amount", ["-0.01", "100000000000"])
def test_amounts_out_of_range_have_no_words(amount: str) -> None:
    with pytest.raises(ValueError, match="no words"):
        in_words(Decimal(amount))

"""What a rejection means and what to do about it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hacienda.costarica.rejections import meanings
from hacienda.costarica.rejections.remedies import advice
from hacienda.verdicts import Advice, Mender


def of(*observations: str, message: str = "Tiene errores", code: str = "3") -> Advice:
    return advice("01", 44, code, message, observations)


def test_a_number_that_is_taken() -> None:
    found = of("-99: El consecutivo ya existe")
    assert found.causes == (meanings.BY_CODE["-99"].cause,)
    assert found.who is Mender.MERCHANT


def test_several_codes_have_each_their_meaning_once() -> None:
    found = of("-110: a", "-111: b", "-400: c (fila 1, columna 2)")
    assert found.causes == (meanings.BY_CODE["-110"].cause, meanings.BY_CODE["-400"].cause)
    assert found.who is Mender.MERCHANT


def test_what_nobody_gave_is_the_operator_s() -> None:
    assert of("-45: x").who is Mender.OPERATOR
    assert of("-1: x").who is Mender.OPERATOR


@pytest.mark.parametrize("observation", ["-7777: x", "-125: x", "something", "9: x"])
def test_what_is_not_known_is_said_to_be(observation: str) -> None:
    assert of(observation).causes == (meanings.UNKNOWN.cause,)


def test_words_without_a_code() -> None:
    assert of(message="La firma del comprobante electrónico no es válida.").causes == (meanings.SIGNATURE.cause,)
    policy = of(message="La firma del documento no  tiene el Policy Id")
    assert policy.causes == (meanings.BY_WORDING["no tiene el policy id"].cause,)


def test_a_request_that_was_not_taken() -> None:
    found = of(code="400", message="La clave no es válida")
    assert (found.causes, found.who) == ((meanings.NOT_TAKEN.cause,), Mender.OPERATOR)


@given(st.text(max_size=40), st.text(max_size=40), st.lists(st.text(max_size=40), max_size=3))
def test_there_is_always_an_advice_and_never_for_the_same_document(code: str, message: str, rows: list[str]) -> None:
    found = advice("01", 44, code, message, rows)
    assert found.causes
    assert found.remedies
    assert not found.same_document
    assert found.other_version is None

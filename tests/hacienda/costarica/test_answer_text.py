"""What Hacienda says about a document, taken apart."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hacienda.costarica.answer_text import Remark, read

HEADING = "codigo, mensaje, fila, columna\r\n"


def test_a_sentence_alone_is_the_message() -> None:
    said = read("  El comprobante\n se aceptó.  ")
    assert (said.message, said.observations, said.code) == ("El comprobante se aceptó.", (), "")


def test_an_acceptance_may_carry_notices() -> None:
    said = read(f'.\n\n{HEADING}-37, ""El cantón no es el registrado."", 0, 0\r\n')
    assert said.message == ""
    assert said.observations == ("-37: El cantón no es el registrado.",)


def test_a_rejection_has_its_rows_in_brackets() -> None:
    said = read(
        "Prueba sin validez tributaria\n\nHay errores: \n\n[\n"
        f'{HEADING}-99, ""El número, ya usado, se repite."", 0, 0\r\n-1, ""Sobra ""Detalle""."", 31, 18\r\n\n]'
    )
    assert said.message == "Prueba sin validez tributaria Hay errores:"
    assert said.remarks == (
        Remark("-99", "El número, ya usado, se repite."),
        Remark("-1", 'Sobra "Detalle".', 31, 18),
    )
    assert said.observations[1] == '-1: Sobra "Detalle". (fila 31, columna 18)'
    assert said.code == "-99"


@pytest.mark.parametrize(
    ("text", "remarks"),
    [
        ("[-45, total del impuesto, 0, 0]", (Remark("-45", "total del impuesto"),)),
        ('-45, "total\ndel impuesto", 2, 0', (Remark("-45", "total del impuesto", 2),)),
        ('-45, ""sin lugar""', (Remark("-45", "sin lugar"),)),
        ("-45,", (Remark("-45", ""),)),
        ("", ()),
        ("[]", ()),
    ],
)
def test_what_is_not_quite_in_form_is_told_all_the_same(text: str, remarks: tuple[Remark, ...]) -> None:
    assert read(text).remarks == remarks
    assert read(text).message == ""


CODES = st.integers(-999, -1).map(str)
TEXTS = st.text("abc ñ,.:;()-", min_size=1).map(lambda text: " ".join(text.split())).filter(bool)
ROWS = st.lists(st.tuples(CODES, TEXTS, st.integers(0, 9999), st.integers(0, 999)), max_size=6)


@given(ROWS)
def test_every_row_comes_back(rows: list[tuple[str, str, int, int]]) -> None:
    text = "".join(f'{code}, ""{said}"", {line}, {column}\r\n' for code, said, line, column in rows)
    assert read(f"Hay errores:\n[\n{HEADING}{text}\n]").remarks == tuple(Remark(*row) for row in rows)


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    said = read(text)
    assert all(said.observations)


@pytest.mark.parametrize("piece", ["-1, a\n", "-1, 0, 0,", '-1, ""', ", 0", "[", "\n", "codigo, "])
def test_a_hostile_text_takes_no_time(piece: str) -> None:
    started = time.thread_time()
    read(piece * 50_000)
    assert time.thread_time() - started < 1

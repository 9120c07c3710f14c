"""The answers among the samples, taken apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from hacienda.costarica.answer_text import AnswerText, read


def said(reference: Path, name: str) -> AnswerText:
    (path,) = (reference / "costarica" / "samples" / "unsigned").glob(f"{name}-*.xml")
    return read(etree.parse(str(path)).getroot().findtext("{*}DetalleMensaje"))


@pytest.mark.parametrize("name", ["mh-01", "mh-05", "mh-06"])
def test_a_sentence_alone(reference: Path, name: str) -> None:
    assert said(reference, name).message
    assert said(reference, name).remarks == ()


@pytest.mark.parametrize(
    ("name", "code", "place"), [("mh-02", "-37", (0, 0)), ("mh-03", "-99", (0, 0)), ("mh-04", "-1", (31, 18))]
)
def test_rows(reference: Path, name: str, code: str, place: tuple[int, int]) -> None:
    answer = said(reference, name)
    (remark,) = answer.remarks
    assert (remark.code, remark.line, remark.column) == (code, *place)
    assert remark.text.startswith("Texto de ejemplo: ")
    assert not set('"[]') & set(remark.text + answer.message)
    assert bool(answer.message) is (name != "mh-02")

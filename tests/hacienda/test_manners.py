"""The same document in another manner: four members change, and not a byte besides."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from hacienda.drafts import Draft
from hacienda.elsalvador.authority import ElSalvador
from hacienda.elsalvador.build import finish, prepare
from hacienda.elsalvador.transport import jws
from hacienda.values import NORMAL, Environment, Identity, Invalid, Manner
from tests.effort import examples
from tests.hacienda.drafts import AT, INVOICE, ISSUER, TAX_CREDIT, VERSIONS, built
from tests.hacienda.signing import KEY, SIGNING_KEY
from tests.hacienda.strategies import drafts

LAW = ElSalvador()
CHANGING = ("tipoModelo", "tipoOperacion", "tipoContingencia", "motivoContin")
MANNERS = st.one_of(
    st.integers(1, 4).map(Manner),
    st.text('abc ñ«"\\', min_size=1, max_size=40).filter(str.strip).map(lambda note: Manner(5, note)),
)


def identity(draft: Draft) -> Identity:
    number = f"DTE-{draft.type_code}-M001P001-000000000000001"
    return Identity(Environment.TEST, "79C4121F-C608-47DF-BEFC-74B999CC85F1", number, AT)


def resealed(payload: str, manner: Manner) -> str:
    return LAW.reseal(payload, SIGNING_KEY, manner).payload


def exact(text: str) -> dict[str, Any]:
    return dict(json.loads(text, parse_float=Decimal))


@pytest.mark.parametrize("draft", [INVOICE, TAX_CREDIT], ids=["invoice", "tax credit"])
@pytest.mark.parametrize("manner", [Manner(1), Manner(4, "apagón"), Manner(5, " Inundación ")])
def test_it_is_what_would_have_been_sealed_in_that_manner(draft: Draft, manner: Manner) -> None:
    prepared = built(draft)
    normal, deferred = finish(prepared, identity(draft)), finish(prepared, identity(draft), manner)
    made = LAW.reseal(normal, SIGNING_KEY, manner)
    assert made.payload == deferred
    assert made.signature == jws.sign(deferred, KEY)


def test_only_the_manner_changes() -> None:
    normal = finish(built(INVOICE), identity(INVOICE))
    before, after = exact(normal), exact(resealed(normal, Manner(5, "Inundación")))
    assert [after["identificacion"].pop(name) for name in CHANGING] == [2, 2, 5, "Inundación"]
    assert [before["identificacion"].pop(name) for name in CHANGING] == [1, 1, None, None]
    assert before == after
    assert list(after) == list(before)


@settings(
    max_examples=examples(60),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(drafts(), MANNERS, MANNERS)
def test_it_comes_back_byte_for_byte(draft: Draft, manner: Manner, other: Manner) -> None:
    try:
        prepared = prepare(draft, ISSUER, version=VERSIONS[draft.type_code], at=AT, now=AT)
    except Invalid:
        assume(False)
    normal = finish(prepared, identity(draft))
    deferred = resealed(normal, manner)
    assert deferred != normal
    assert deferred[deferred.index(',"emisor":') :] == normal[normal.index(',"emisor":') :]
    assert resealed(deferred, NORMAL) == normal
    assert resealed(deferred, other) == resealed(normal, other)
    assert LAW.read(deferred, Environment.SANDBOX).payable == LAW.read(normal, Environment.SANDBOX).payable


def test_figures_that_we_would_write_otherwise_are_left_alone() -> None:
    normal = finish(built(INVOICE), identity(INVOICE)).replace('"totalPagar":7', '"totalPagar": 7.000')
    assert '"totalPagar": 7.000' in resealed(normal, Manner(1))


@pytest.mark.parametrize(
    ("manner", "pointer", "code"),
    [
        (Manner(0), "/contingency/reason", "contingency_reason_unknown"),
        (Manner(5), "/contingency/note", "contingency_note_required"),
        (Manner(5, "x" * 501), "/contingency/note", "too_long"),
    ],
)
def test_a_manner_that_hacienda_does_not_know_is_refused(manner: Manner, pointer: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        resealed(finish(built(INVOICE), identity(INVOICE)), manner)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [(pointer, code)]


@pytest.mark.parametrize("type_code", ["08", "09", "15"])
def test_a_type_that_knows_no_contingency_is_refused(type_code: str) -> None:
    text = finish(built(INVOICE), identity(INVOICE)).replace('"tipoDte":"01"', f'"tipoDte":"{type_code}"')
    with pytest.raises(Invalid) as refused:
        resealed(text, Manner(1))
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [
        ("/type", "contingency_type_not_allowed")
    ]


@pytest.mark.parametrize("text", ["", "{}", '{"emisor":{}}', "[]"])
def test_a_text_that_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="identification"):
        resealed(text, Manner(1))

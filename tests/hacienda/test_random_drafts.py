"""Random drafts against the sandbox's rules, which were written a second time from the reference."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal, localcontext
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from hacienda.drafts import Draft, Item
from hacienda.elsalvador.build import finish, prepare
from hacienda.elsalvador.readable import read
from hacienda.elsalvador.rules import ZONE
from hacienda.sandbox.elsalvador.kinds import KINDS
from hacienda.sandbox.elsalvador.rules import document_fault
from hacienda.sandbox.elsalvador.schema import schema_faults
from hacienda.values import Environment, Identity, Invalid, Prepared
from tests.effort import examples
from tests.hacienda.drafts import AT, INVOICE, ISSUER, TAX_CREDIT, TAXPAYER, VERSIONS, item
from tests.hacienda.strategies import drafts

THRESHOLD = Decimal(25000)


def prepared_or_none(draft: Draft) -> Prepared | None:
    try:
        return prepare(draft, ISSUER, version=VERSIONS[draft.type_code], at=AT, now=AT)
    except Invalid as refused:
        reasons = [fault.text for fault in refused.faults]
    assert reasons
    assert not [reason for reason in reasons if "%(" in reason]
    return None


def payload(prepared: Prepared) -> str:
    number = f"DTE-{prepared.type_code}-M001P001-000000000000001"
    code = "79C4121F-C608-47DF-BEFC-74B999CC85F1"
    return finish(prepared, Identity(Environment.TEST, code, number, AT))


def objection(text: str) -> object:
    """What the sandbox would say to a document, None for nothing."""
    document = json.loads(text, parse_float=Decimal)
    identification = document["identificacion"]
    kind = KINDS[identification["tipoDte"], identification["version"]]
    return (
        schema_faults(kind.form, document)
        or document_fault(document, kind, at=AT.astimezone(ZONE), threshold=THRESHOLD)
        or None
    )


@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.too_slow])
@given(drafts())
def test_a_draft_is_refused_with_reasons_or_becomes_a_document_that_stands(draft: Draft) -> None:
    prepared = prepared_or_none(draft)
    event("refused" if prepared is None else "prepared")
    if prepared is None:
        return
    text = payload(prepared)
    assert objection(text) is None
    readable = read(text)
    assert readable.payable == prepared.totals.payable
    labels = [column.label for column in readable.table.columns]
    assert len(readable.table.rows) == len(prepared.items)
    with localcontext(prec=60):
        for row in readable.table.rows:
            line: dict[str, Any] = dict(zip(labels, row, strict=True))
            if not line["Other amounts"]:
                apart = line["Quantity"] * line["Unit price"] - line["Discount"] - line["Amount"]
                assert abs(apart) <= Decimal("0.000000005")


GOOD_LINES = st.lists(
    st.builds(
        item,
        st.decimals(min_value=Decimal("0.01"), max_value=999, places=2).map(str),
        st.integers(1, 50).map(str),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=examples(100))
@given(GOOD_LINES, st.sampled_from([None, True, False]), st.booleans())
def test_ordinary_sales_are_never_refused(lines: list[Item], included: bool | None, withheld: bool) -> None:
    for draft in (INVOICE, TAX_CREDIT):
        sale = replace(
            draft, items=tuple(lines), customer=TAXPAYER, prices_include_tax=included, vat_withheld=withheld
        )
        prepared = prepared_or_none(sale)
        assert prepared is not None
        assert objection(payload(prepared)) is None

"""What may be decided, what follows from the document, and the message that comes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from hacienda.costarica.facts import ZONE
from hacienda.costarica.inbox import message, window
from hacienda.costarica.inbox.judging import complete
from hacienda.costarica.transport.heads import message_head_of
from hacienda.inbox import Decision, Kind, Received
from hacienda.values import Invalid
from tests.hacienda.costarica.inbox.supplier import BUYER, TAX, TOTAL, read

RECEIVED = read()
AT = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)
MONEY = st.decimals(Decimal("-0.00001"), Decimal("9999999999999.99999"), places=5)


def judged(received: Received = RECEIVED, tax_id: str = BUYER, own: str = "4711.0", **parts: Any) -> Decision:
    """`own` is the receiver's usual activity, the rest what it says."""
    return complete(Decision(**({"kind": Kind.ACCEPT} | parts)), received, tax_id=tax_id, activity=own)


def faults(**parts: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        judged(**parts)
    return {one.pointer: one.code for one in caught.value.faults}


@pytest.mark.parametrize(
    ("condition", "credit", "expense", "activity"),
    [
        (None, None, None, None),
        ("01", TAX, 0, "4711.0"),
        ("03", TAX, 0, "4711.0"),
        ("04", 0, TOTAL, "4711.0"),
        ("05", None, None, None),
    ],
)
def test_what_follows_from_the_document_need_not_be_said(
    condition: str | None, credit: Any, expense: Any, activity: str | None
) -> None:
    made = judged(condition=condition)
    assert (made.tax_credit, made.expense, made.activity) == (credit, expense, activity)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"kind": Kind.REJECT}, {"/reason": "reason_required"}),
        ({"kind": Kind.REJECT, "reason": "  No  "}, {"/reason": "reason_required"}),
        ({"kind": Kind.ACCEPT_PARTLY, "reason": "x" * 161}, {"/reason": "reason_required"}),
        ({"reason": "x" * 161}, {"/reason": "reason_too_long"}),
        (
            {"kind": Kind.REJECT, "reason": "Motivo", "condition": "01", "expense": Decimal(1)},
            {"/condition": "not_with_rejection", "/expense": "not_with_rejection"},
        ),
        ({"tax_credit": Decimal(1)}, {"/condition": "condition_required"}),
        ({"condition": "06"}, {"/condition": "unknown_condition"}),
        ({"condition": "02"}, {"/tax_credit": "credit_required"}),
        ({"condition": "04", "tax_credit": Decimal(1)}, {"/tax_credit": "no_credit"}),
        ({"condition": "01", "tax_credit": TAX + Decimal("0.00001")}, {"/tax_credit": "credit_too_high"}),
        ({"condition": "01", "expense": TOTAL + Decimal("0.00001")}, {"/expense": "expense_too_high"}),
        ({"condition": "01", "expense": Decimal(-1)}, {"/expense": "must_not_be_negative"}),
        ({"condition": "01", "tax_credit": Decimal("0.000001")}, {"/tax_credit": "too_many_decimals"}),
        ({"condition": "05", "activity": "4711.0"}, {"/activity": "activity_not_taken"}),
        ({"condition": "01", "activity": "47"}, {"/activity": "activity_invalid"}),
        (
            {"condition": "01", "received": replace(RECEIVED, tax=None), "tax_credit": TAX},
            {"/tax_credit": "credit_too_high"},
        ),
        ({"tax_id": "3101A00001"}, {"": "receiver_not_digits"}),
    ],
)
def test_what_may_not_be_said(parts: dict[str, Any], expected: dict[str, str]) -> None:
    assert faults(**parts) == expected


def test_a_company_without_an_activity_must_say_one() -> None:
    assert faults(condition="01", own="") == {"/activity": "activity_invalid"}
    assert judged(condition="01", own="", activity="6201.0").activity == "6201.0"


def written(decision: Decision, received: Received = RECEIVED) -> Any:
    consecutivo = f"00100001{message.SERIES[decision.kind]}0000000001"
    text = message.build(decision, received, tax_id=BUYER, consecutivo=consecutivo, at=AT)
    assert message_head_of(text).consecutivo == consecutivo
    return etree.fromstring(text.encode())


@given(
    st.sampled_from(Kind), MONEY, MONEY, st.sampled_from([None, "01", "02", "03", "04", "05"]), st.text(max_size=170)
)
def test_whatever_may_be_said_is_written_in_order_and_form(
    kind: Kind, credit: Decimal, expense: Decimal, condition: str | None, reason: str
) -> None:
    reason = "".join(letter for letter in reason if letter.isprintable())
    decision = Decision(kind, reason, condition, credit if condition else None, expense if condition else None)
    try:
        made = complete(decision, RECEIVED, tax_id=BUYER, activity="4711.0")
    except Invalid:
        return
    root = written(made)
    names = [etree.QName(one).localname for one in root]
    order = [name for name, _form, _required in message.ELEMENTS]
    assert names == [name for name in order if name in names]
    assert Decimal(root.findtext("{*}TotalFactura")) == TOTAL
    assert (root.findtext("{*}DetalleMensaje") or "") == made.reason
    told = root.findtext("{*}MontoTotalImpuestoAcreditar")
    assert (None if told is None else Decimal(told)) == made.tax_credit


def test_a_message_out_of_form_is_never_written() -> None:
    with pytest.raises(ValueError, match="DetalleMensaje"):
        written(Decision(Kind.REJECT, "x" * 161))
    with pytest.raises(ValueError, match="TotalFactura"):
        written(Decision(Kind.ACCEPT), replace(RECEIVED, total=Decimal(10) ** 14))


@pytest.mark.parametrize(
    ("issued", "last"),
    [
        (date(2026, 10, 1), date(2026, 11, 11)),
        (date(2026, 11, 30), date(2026, 12, 11)),  # the first of December is a holiday
        (date(2026, 12, 31), date(2027, 1, 13)),  # and so is that of January
        (date(2027, 2, 28), date(2027, 3, 10)),
    ],
)
def test_the_time_ends_with_the_eighth_business_day_of_the_next_month(issued: date, last: date) -> None:
    assert window.last_day(issued) == last


@given(st.dates(date(2026, 1, 1), date(2040, 12, 31)))
def test_the_time_is_that_of_the_whole_month(day: date) -> None:
    last = window.last_day(day)
    assert last == window.last_day(day.replace(day=1))
    assert (last.year * 12 + last.month) - (day.year * 12 + day.month) == 1
    assert 10 <= last.day <= 18
    assert window.due(datetime.combine(day, datetime.min.time(), ZONE)) - datetime.combine(
        last, datetime.max.time(), ZONE
    ) > timedelta(seconds=-1)

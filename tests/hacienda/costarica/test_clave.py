from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hacienda.costarica import clave
from hacienda.costarica.facts import ZONE

NOON = datetime(2026, 11, 20, 12, tzinfo=ZONE)
NAIVE = NOON.replace(tzinfo=None)


def test_a_consecutivo_is_establishment_terminal_type_and_sequence() -> None:
    assert clave.consecutivo("001", "00001", "01", 101) == "00100001010000000101"


@pytest.mark.parametrize(
    ("establishment", "point_of_sale", "type_code", "number"),
    [
        ("1", "00001", "01", 1),
        ("000", "00001", "01", 1),
        ("M01", "00001", "01", 1),
        ("٠٠١", "00001", "01", 1),
        ("001", "00000", "01", 1),
        ("001", "1", "01", 1),
        ("001", "00001", "1", 1),
        ("001", "00001", "01", 0),
        ("001", "00001", "01", 10**10),
    ],
)
def test_ill_formed_parts_make_no_consecutivo(
    establishment: str, point_of_sale: str, type_code: str, number: int
) -> None:
    with pytest.raises(ValueError, match="no consecutivo"):
        clave.consecutivo(establishment, point_of_sale, type_code, number)


def test_a_clave_is_fifty_characters_in_the_order_of_the_law() -> None:
    made = clave.make(
        issued_at=NOON,
        tax_id="3101000000",
        consecutivo="00100001010000000101",
        situation="1",
        security="48151623",
    )
    assert made == "50620112600310100000000100001010000000101148151623"


def test_the_day_is_that_of_costa_rica() -> None:
    late = datetime(2026, 11, 21, 5, 59, tzinfo=UTC)
    parts = {"tax_id": "3101000000", "consecutivo": "00100001010000000101", "situation": "1", "security": "00000000"}
    assert clave.read(clave.make(issued_at=late, **parts)).issued_on == date(2026, 11, 20)
    assert clave.read(clave.make(issued_at=late + timedelta(minutes=1), **parts)).issued_on == date(2026, 11, 21)


@given(
    day=st.datetimes(NAIVE, NAIVE.replace(year=2099)),
    tax_id=st.from_regex(r"[1-9A-Za-z][0-9A-Za-z]{8,11}", fullmatch=True),
    establishment=st.integers(1, 999),
    terminal=st.integers(1, 99999),
    type_code=st.sampled_from(["01", "02", "03", "04", "08", "09", "10"]),
    number=st.integers(1, 10**10 - 1),
    situation=st.sampled_from("123"),
    security=st.integers(0, 10**8 - 1),
)
def test_what_is_made_reads_back(
    day: datetime,
    tax_id: str,
    establishment: int,
    terminal: int,
    type_code: str,
    number: int,
    situation: str,
    security: int,
) -> None:
    printed = clave.consecutivo(f"{establishment:03d}", f"{terminal:05d}", type_code, number)
    made = clave.make(
        issued_at=day.replace(tzinfo=ZONE),
        tax_id=tax_id,
        consecutivo=printed,
        situation=situation,
        security=f"{security:08d}",
    )
    read = clave.read(made)
    assert len(made) == clave.LENGTH
    assert (read.issued_on, read.consecutivo, read.situation) == (day.date(), printed, situation)
    assert (read.number, read.type_code, int(read.security)) == (number, type_code, security)
    assert read.is_of(tax_id)
    assert (int(read.establishment), int(read.point_of_sale)) == (establishment, terminal)


@pytest.mark.parametrize(
    "change",
    [
        {"tax_id": "3-101-000000"},
        {"tax_id": ""},
        {"tax_id": "1234567890123"},
        {"consecutivo": "00100001010000000000"},
        {"consecutivo": "0010000101000000010"},
        {"situation": "4"},
        {"security": "123"},
        {"issued_at": NAIVE},
    ],
)
def test_ill_formed_parts_make_no_clave(change: dict[str, object]) -> None:
    parts: dict[str, object] = {
        "issued_at": NOON,
        "tax_id": "3101000000",
        "consecutivo": "00100001010000000101",
        "situation": "1",
        "security": "48151623",
    }
    with pytest.raises(ValueError, match=r"no clave|time zone"):
        clave.make(**(parts | change))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "50620112600310100000000100001010000000101148151623 ",
        "50720112600310100000000100001010000000101148151623",
        "50631022600310100000000100001010000000101148151623",  # 31 February
        "50620112600310100000000100001010000000101948151623",
    ],
)
def test_what_is_no_clave_is_refused(text: str) -> None:
    assert not clave.is_clave(text)

"""Random documents that account for others: withholdings, settlements, accounting settlements."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from hacienda.drafts import Draft, Related
from hacienda.values import Person
from tests.hacienda.accounts import PRINCIPAL, liquidation, settlement, sold, sold_on_credit, supplied, withholding
from tests.hacienda.drafts import CONSUMER, ISSUER, TAXPAYER

ACQUIRER = replace(ISSUER, activity="64199", responsible=Person("ANA RESPONSABLE DE EJEMPLO", "13", "012345678"))


def settled(type_code: str, number: str, day: date, taxable: str, **more: Any) -> Related:
    return replace(Related(type_code, number, True, day, taxable=Decimal(taxable)), **more)


CENTS = st.integers(1000, 9_999_999_999).map(lambda units: Decimal(units).scaleb(-2))
PARTIES = st.sampled_from([TAXPAYER, replace(TAXPAYER, registration=None), replace(CONSUMER, activity="10001")])
WITHHELD = st.builds(
    lambda base, code, paper: replace(
        supplied(None, withholding=code, description="Compra" if paper else None),
        taxable=base,
        electronic=not paper,
        number="0000077" if paper else supplied().number,
    ),
    CENTS,
    st.sampled_from([None, "22", "C4"]),
    st.booleans(),
)
OF_OTHERS = st.builds(
    lambda type_code, taxable, exempt, invalidated: replace(
        settled(type_code, "A58BF1F7-6B02-43E9-B302-ECC5C61DBCEB", date(2026, 11, 3), "0", invalidated=invalidated),
        taxable=taxable,
        exempt=exempt,
    ),
    st.sampled_from(["01", "03", "05", "06", "18"]),
    st.integers(1, 10**15).map(lambda units: Decimal(units).scaleb(-8)),
    st.none() | CENTS,
    st.booleans(),
)
OWN = st.builds(
    lambda make, price, gone: make(str(price), is_invalidated=gone, customer=TAXPAYER),
    st.sampled_from([sold, sold_on_credit]),
    CENTS,
    st.booleans(),
)
LIQUIDATIONS = st.builds(
    lambda gross, tips, rate: liquidation(
        str(gross),
        not_perceived=Decimal(tips),
        not_perceived_description="Propinas" if tips else None,
        fee_percentage=rate,
        fee=None if rate else Decimal(0),
    ),
    CENTS,
    st.sampled_from([0, 1, 5]),
    st.integers(0, 900).map(lambda units: Decimal(units).scaleb(-2)),
)


def drafts() -> st.SearchStrategy[Draft]:
    """Documents that account for others, right in every field."""
    return st.one_of(
        st.builds(lambda one, party: withholding(one, customer=party), WITHHELD, PARTIES),
        st.builds(
            lambda other, own: settlement(other, *own, customer=PRINCIPAL), OF_OTHERS, st.lists(OWN, max_size=3)
        ),
        LIQUIDATIONS,
    )

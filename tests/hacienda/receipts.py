"""Random purchases (14) and donations (15): mostly right, now and then wrong in any field."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from hacienda.drafts import (
    AppendixEntry,
    AssociatedDocument,
    Draft,
    GlobalDiscount,
    Item,
    ItemKind,
    Party,
    Payment,
    PaymentMethod,
)
from tests.hacienda.drafts import CONSUMER, SELLER, TAXPAYER
from tests.hacienda.strategies import ADDRESSES, METHODS, PAYMENTS, amounts, rarely, texts

_ZERO = st.just(Decimal(0))
_PRICES = st.one_of(amounts(1, 9900, 2), amounts(1, 999_900_000_000, 8), amounts(1, 99_999_999, 0))
_QUANTITIES = st.one_of(st.none(), amounts(1, 50, 0), amounts(1_000_000, 9_900_000_000, 8))
_UNITS = rarely(st.integers(-1, 100), st.none())
_APPENDIX = rarely(st.tuples(st.builds(AppendixEntry, texts("a"), texts("b"), texts("c"))), st.just(()))

_BOUGHT = st.builds(
    Item,
    description=texts("Tomate", "Flete «largo»"),
    price=_PRICES,
    quantity=_QUANTITIES,
    code=texts(None, "SKU-1"),
    unit=_UNITS,
    kind=st.sampled_from([None, *ItemKind]),
    discount=st.one_of(st.none(), _ZERO, amounts(0, 500_000, 8)),
)
_SELLERS = st.builds(
    Party,
    name=texts("Ana Ejemplo"),
    tax_id=texts("012345678", "0614-220305-102-8"),
    id_type=rarely(texts("13", "36", "03"), st.none()),
    activity=texts(None, "46900"),
    address=ADDRESSES,
    phone=texts(None, "7000-1122"),
    email=texts(None, "ana@example.com"),
    person=st.sampled_from([None, None, "natural", "company"]),
)


@st.composite
def purchases(draw: st.DrawFn) -> Draft:
    """A draft of a purchase from somebody who is not registered."""
    discount = st.builds(GlobalDiscount, not_subject=amounts(0, 900, 2))
    return Draft(
        type_code="14",
        items=tuple(draw(st.lists(_BOUGHT, min_size=draw(rarely(st.just(0), st.just(1))), max_size=5))),
        customer=draw(st.one_of(st.just(SELLER), _SELLERS, rarely(st.none(), st.just(SELLER)))),
        payment=draw(PAYMENTS),
        global_discount=draw(st.just(GlobalDiscount()) | discount),
        income_tax_withheld=draw(st.sampled_from([None, None, None, True, False])),
        expected_total=draw(rarely(amounts(0, 900, 2), st.none())),
        notes=draw(texts(None, "Gracias")),
        appendix=draw(_APPENDIX),
    )


def _given(donation: str) -> st.SearchStrategy[Item]:
    is_cash, is_goods = donation == "cash", donation == "goods"
    return st.builds(
        Item,
        description=texts("Donativo"),
        price=_PRICES,
        quantity=rarely(amounts(1, 50, 0), st.none()) if is_cash else _QUANTITIES,
        code=texts(None, "SKU-1"),
        unit=st.sampled_from([None, 59, 36, 99])
        if is_goods
        else rarely(st.integers(-1, 100), st.sampled_from([None, 99])),
        donation=rarely(st.sampled_from([None, "love", "cash", "goods"]), st.just(donation)),
        depreciation=amounts(0, 100, 2) if is_goods else rarely(amounts(0, 100, 2), _ZERO),
    )


_DONORS = st.builds(
    Party,
    name=texts("Ana Ejemplo"),
    tax_id=texts("012345678", "0614-220305-102-8"),
    address=st.none() | ADDRESSES,
    country=texts(None, "SV", "US"),
    domiciled=st.sampled_from([None, None, True, False]),
    email=texts(None, "ana@example.com"),
)
_FOREIGNER = Party(name="Foreign Donor", tax_id="X1234567", id_type="03", country="US")
_PAPERS = rarely(
    st.tuples(st.builds(AssociatedDocument, st.integers(0, 5), texts("Acta 77"), texts("Del donante"))), st.just(())
)


@st.composite
def donations(draw: st.DrawFn) -> Draft:
    """A draft of a donation receipt; services and goods may be mixed, cash stays alone but for once in a while."""
    is_cash = draw(st.booleans())
    one = _given("cash") if is_cash else st.sampled_from(["goods", "service"]).flatmap(_given)
    one = rarely(st.sampled_from(["cash", "goods"]).flatmap(_given), one)
    payments = st.builds(Payment, methods=st.tuples(st.builds(PaymentMethod, st.just("05"))))
    odd_payments = st.builds(Payment, methods=st.tuples(METHODS))
    return Draft(
        type_code="15",
        items=tuple(draw(st.lists(one, min_size=draw(rarely(st.just(0), st.just(1))), max_size=4))),
        customer=draw(st.sampled_from([CONSUMER, TAXPAYER, _FOREIGNER]) | _DONORS),
        payment=draw(rarely(odd_payments, (st.just(Payment()) | payments) if is_cash else st.just(Payment()))),
        associated_documents=draw(_PAPERS),
        expected_total=draw(rarely(amounts(0, 900, 2), st.none())),
        notes=draw(rarely(texts("Gracias"), st.none())),
        appendix=draw(_APPENDIX),
    )

"""Random drafts: mostly right, now and then wrong in any field."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from hacienda.drafts import (
    Address,
    AppendixEntry,
    AssociatedDocument,
    Condition,
    Doctor,
    Draft,
    ExtraTax,
    GlobalDiscount,
    Item,
    ItemKind,
    Party,
    Payment,
    PaymentMethod,
    Related,
    Taxation,
    ThirdParty,
)
from tests.hacienda.drafts import CONSUMER, SANTA_TECLA, TAXPAYER

CODE = "3390A3A2-E692-4AA1-8DA4-89F838BF3C05"
ODD_TEXTS = ("", " ", "x", "x" * 40, "x" * 4000, "a\x00b", "\ud800", "ñandú", '"\\', "00", "99")
ODD_AMOUNTS = [
    Decimal(text) for text in ("0", "-1", "-0.00", "NaN", "Infinity", "1E+11", "1E+400000", "1E-400000", "0E-99")
]
# How many right values a field gets for each odd one.
ODDS = 60


def rarely(odd: st.SearchStrategy, usual: st.SearchStrategy) -> st.SearchStrategy:
    """`odd` once in a while."""
    return st.integers(0, ODDS).flatmap(lambda die: odd if die == ODDS else usual)


def texts(*usual: str | None) -> st.SearchStrategy:
    """One of the usual texts, once in a while an odd one."""
    often = usual * (ODDS * len(ODD_TEXTS) // len(usual))
    return st.sampled_from([*often, *ODD_TEXTS])


def amounts(low: int, high: int, places: int) -> st.SearchStrategy[Decimal]:
    """An amount between two integers of its smallest unit, once in a while an odd one."""
    usual = st.integers(low, high).map(lambda units: Decimal(units).scaleb(-places))
    return rarely(st.sampled_from(ODD_AMOUNTS), usual)


EXTRA_TAXES = rarely(
    st.builds(ExtraTax, texts("20", "C3", "D4", "ZZ"), st.none() | amounts(0, 900, 2)),
    st.one_of(
        st.builds(ExtraTax, st.sampled_from(["59", "71", "D1", "C8"])),
        st.builds(
            ExtraTax,
            st.sampled_from(["D5", "57", "A8", "90", "A6", "C5", "C6", "39"]),
            amounts(1, 9_900_000_000, 8),
        ),
    ),
)


@st.composite
def items(draw: st.DrawFn) -> Item:
    tax = draw(st.sampled_from([Taxation.TAXED] * 5 + list(Taxation)))
    price = draw(st.one_of(amounts(1, 9900, 2), amounts(1, 999_900_000_000, 8), amounts(1, 99_999_999, 0)))
    quantity = draw(st.one_of(st.just(Decimal(1)), amounts(1, 50, 0), amounts(1_000_000, 9_900_000_000, 8)))
    gallons = draw(st.integers(0, 9)) == 0
    taxes: tuple[ExtraTax, ...] = ()
    if tax is Taxation.TAXED and gallons:
        taxes = tuple(draw(st.lists(EXTRA_TAXES, max_size=3, unique_by=lambda extra: extra.code)))
    unit = 22 if gallons else draw(rarely(st.integers(-1, 100), st.sampled_from([None, 59, 36, 99])))
    charge = tax is Taxation.NOT_TAXED
    if charge and draw(st.booleans()) and price.is_finite():
        price = -price
    return Item(
        description=draw(texts("Café", "Tornillo 1/2", "Servicio «especial»")),
        price=price,
        quantity=quantity,
        code=draw(texts(None, "SKU-1")),
        unit=unit,
        kind=draw(st.sampled_from(list(ItemKind))),
        discount=draw(rarely(amounts(0, 500_000_000, 8), st.just(Decimal(0)))),
        tax=tax,
        extra_taxes=taxes,
        suggested_price=draw(rarely(amounts(0, 500_000_000, 8), st.just(Decimal(0)))),
        related=draw(rarely(texts(CODE, "77"), st.none())),
    )


ADDRESSES = rarely(
    st.builds(Address, texts("06", "09"), texts("23", "10"), texts("14", "03"), texts("Calle 1")),
    st.just(SANTA_TECLA),
)
PARTIES = st.builds(
    Party,
    name=texts("Ana Ejemplo"),
    tax_id=texts("012345678", "0614-220305-102-8"),
    id_type=rarely(texts("13", "36", "03"), st.none()),
    registration=texts("765-432"),
    activity=texts("46900"),
    address=ADDRESSES,
    phone=texts(None, "7000-1122"),
    email=texts(None, "ana@example.com"),
)
METHODS = st.builds(
    PaymentMethod,
    code=texts(None, "01", "03", "99"),
    amount=rarely(amounts(0, 9900, 2), st.none()),
    reference=texts(None, None, "AUT-1"),
    term=texts(None, "01"),
    period=st.none() | amounts(1, 90, 0),
)
ON_CREDIT = st.builds(PaymentMethod, term=st.just("02"), period=amounts(1, 12, 0))
PAYMENTS = st.one_of(
    st.just(Payment()),
    st.builds(Payment, st.just(Condition.CREDIT), st.tuples(ON_CREDIT)),
    rarely(st.builds(Payment, st.sampled_from(list(Condition)), st.tuples(METHODS)), st.just(Payment())),
)
RELATED = st.builds(
    Related,
    type_code=texts("04", "08", "09"),
    number=texts(CODE),
    electronic=rarely(st.just(False), st.just(True)),
    issued_on=st.dates(date(2026, 11, 1), date(2026, 11, 20)),
)
ASSOCIATED = st.one_of(
    st.builds(AssociatedDocument, st.integers(0, 5), texts("Orden 77"), texts("Orden de compra")),
    st.builds(
        AssociatedDocument,
        st.just(3),
        doctor=st.builds(Doctor, texts("Dra. Ejemplo"), texts("012345678"), st.none(), st.integers(0, 7)),
    ),
)


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """A draft of an invoice or a tax credit."""
    type_code = draw(st.sampled_from(["01", "03"]))
    usual = TAXPAYER if type_code == "03" else CONSUMER
    nothing = st.just(())
    discounts = st.builds(
        GlobalDiscount,
        taxed=amounts(0, 500, 2),
        exempt=rarely(amounts(0, 100, 2), st.just(Decimal(0))),
        not_subject=rarely(amounts(0, 100, 2), st.just(Decimal(0))),
        percentage=amounts(0, 10_000, 2),
    )
    return Draft(
        type_code=type_code,
        items=tuple(draw(st.lists(items(), min_size=draw(rarely(st.just(0), st.just(1))), max_size=5))),
        customer=draw(st.one_of(st.just(usual), PARTIES, rarely(st.none(), st.just(usual)))),
        payment=draw(PAYMENTS),
        related=draw(st.one_of(nothing, nothing, st.tuples(RELATED), rarely(st.tuples(RELATED, RELATED), nothing))),
        associated_documents=draw(rarely(st.tuples(ASSOCIATED), nothing)),
        third_party_sale=draw(
            rarely(st.builds(ThirdParty, texts("MANDANTE"), texts("06143006991013", None), st.booleans()), st.none())
        ),
        prices_include_tax=draw(st.sampled_from([None, None, True, False])),
        global_discount=draw(st.just(GlobalDiscount()) | st.just(GlobalDiscount()) | discounts),
        vat_withheld=draw(st.booleans()),
        vat_perceived=type_code == "03" and draw(st.booleans()),
        credit_balance=draw(rarely(amounts(0, 900, 2), st.just(Decimal(0)))),
        electronic_payment_number=draw(texts(None, "NPE-1")),
        expected_total=draw(rarely(amounts(0, 900, 2), st.none())),
        notes=draw(texts(None, "Gracias")),
        appendix=draw(rarely(st.tuples(st.builds(AppendixEntry, texts("a"), texts("b"), texts("c"))), nothing)),
    )

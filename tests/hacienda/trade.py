"""Random delivery notes, exports and special operations: mostly right, now and then wrong in any field."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from hacienda.drafts import (
    Address,
    AssociatedDocument,
    Draft,
    Export,
    ExtraTax,
    GlobalDiscount,
    Item,
    ItemKind,
    PaperRange,
    Party,
    Related,
    Taxation,
    ThirdParty,
    ThirdPartyPurchase,
    Transport,
)
from hacienda.values import ExportDefaults
from tests.hacienda.drafts import BUYER_ABROAD, CONSUMER, ISSUER, TAXPAYER
from tests.hacienda.strategies import ADDRESSES, CODE, PAYMENTS, amounts, items, rarely, texts

EXPORTER = replace(ISSUER, export=ExportDefaults("02", "EX-1", "1000.000", "09"))
NOTHING = st.just(())


def global_discounts(*names: str) -> st.SearchStrategy[GlobalDiscount]:
    given = st.builds(GlobalDiscount, percentage=amounts(0, 10_000, 2), **{name: amounts(0, 50, 2) for name in names})
    return st.just(GlobalDiscount()) | given


def related(*types: str) -> st.SearchStrategy[tuple[Related, ...]]:
    days = st.dates(date(2026, 11, 1), date(2026, 11, 20))
    one = st.builds(Related, texts(*types), texts(CODE), rarely(st.just(False), st.just(True)), days)
    return st.one_of(NOTHING, NOTHING, st.tuples(one))


THIRD_PARTIES = rarely(
    st.builds(ThirdParty, texts("MANDANTE"), texts("06143006991013", None), st.booleans()), st.none()
)
# --- Delivery notes -------------------------------------------------------------------------------------------------
RECEIVERS = st.one_of(
    st.builds(
        Party,
        name=texts("Ana Ejemplo"),
        tax_id=texts("0614-220305-102-8", "012345678"),
        registration=texts(None, "765-432"),
        activity=texts("46900"),
        address=st.none() | ADDRESSES,
        goods_title=texts("01", "02", "03", "04", "05"),
    ),
    st.builds(Party, goods_title=st.just("04"), address=st.none() | ADDRESSES),
    st.builds(replace, st.sampled_from([CONSUMER, TAXPAYER]), goods_title=texts("02"), activity=texts("10001")),
)
DELIVERED = items().map(
    lambda item: replace(
        item, suggested_price=Decimal(0), tax=Taxation.TAXED if item.tax is Taxation.NOT_TAXED else item.tax
    )
)


@st.composite
def delivery_notes(draw: st.DrawFn) -> Draft:
    shown = draw(st.sampled_from([None, None, True, False]))
    customer = draw(RECEIVERS)
    lines = draw(st.lists(DELIVERED, min_size=1, max_size=5))
    if shown is False or (shown is None and customer.name is None):
        lines = [replace(line, extra_taxes=()) for line in lines]
    return Draft(
        "04",
        tuple(lines),
        customer=customer,
        related=draw(related("01", "03", "11")),
        third_party_sale=draw(THIRD_PARTIES),
        prices_include_tax=draw(st.sampled_from([None, True, False])),
        global_discount=draw(global_discounts("taxed", "exempt", "not_subject")),
        taxes_shown=shown,
        notes=draw(texts(None, "Entrega en bodega")),
    )


# --- Exports --------------------------------------------------------------------------------------------------------
BUYERS = st.builds(
    Party,
    name=texts("FOREIGN BUYER INC."),
    tax_id=texts("US-98-7654321", "123456789", "12345678000195"),
    id_type=rarely(texts("36", "13", "03"), st.none()),
    activity=texts(None, "Importador de artesanías", "46900"),
    trade_name=texts(None, "Foreign"),
    country=texts("US", "gt", "BR"),
    person=st.sampled_from(["natural", "company"]),
    address=rarely(st.none(), st.builds(Address, line=texts("100 Example Ave"))),
    phone=texts(None, "+1 555 010 0000"),
    email=texts(None, "buyer@example.com"),
)
EXPORTS = st.builds(
    Export,
    customs_post=texts(None, "02", "15"),
    regime_type=rarely(texts("EX-1", "EX-2"), st.none()),
    regime=texts(None, "1000.000", "1400.011"),
    incoterm=texts(None, "11"),
    freight=amounts(0, 90_000, 2),
    insurance=amounts(0, 9000, 2),
    free_of_charge=amounts(0, 9000, 2),
)
CARRIERS = st.builds(
    AssociatedDocument,
    code=rarely(st.integers(0, 5), st.just(4)),
    transport=st.builds(
        Transport,
        rarely(st.integers(0, 7), st.integers(1, 6)),
        texts("C-123456"),
        texts("JUAN EJEMPLO"),
        texts("012345678"),
    ),
)


BY_PERMIT = rarely(
    st.builds(ExtraTax, texts("20", "C3", "59", "D5", "C5"), st.none() | amounts(1, 900, 2)),
    st.one_of(
        st.builds(ExtraTax, st.sampled_from(["D1", "C8"])),
        st.builds(ExtraTax, st.sampled_from(["57", "A8", "90", "A6"]), amounts(1, 9_900_000_000, 8)),
    ),
)


@st.composite
def exports(draw: st.DrawFn) -> Draft:
    kind = draw(st.sampled_from([ItemKind.GOODS, ItemKind.SERVICE]))
    kinds = rarely(st.sampled_from(list(ItemKind)), st.just(kind))
    lines = []
    for line in draw(st.lists(items(), min_size=1, max_size=5)):
        tax = draw(st.sampled_from([Taxation.TAXED] * 4 + [Taxation.NOT_TAXED]))
        line = replace(line, extra_taxes=(), suggested_price=Decimal(0), kind=draw(kinds), tax=tax)
        match draw(st.integers(0, 9)) if tax is Taxation.TAXED else None:
            case 0 if kind is ItemKind.GOODS:
                line = replace(line, free_of_charge=True, discount=draw(rarely(st.just(Decimal(1)), st.just(None))))
            case 1 | 2:
                taxes = draw(st.lists(BY_PERMIT, min_size=1, max_size=3, unique_by=lambda extra: extra.code))
                line = replace(line, unit=22, extra_taxes=tuple(taxes))
        lines.append(line)
    return Draft(
        "11",
        tuple(lines),
        customer=draw(st.just(BUYER_ABROAD) | BUYERS),
        payment=draw(PAYMENTS),
        related=draw(related("04")),
        associated_documents=draw(st.one_of(NOTHING, st.tuples(CARRIERS))),
        third_party_sale=draw(THIRD_PARTIES),
        third_party_purchase=draw(rarely(st.builds(ThirdPartyPurchase, texts("OTRO"), texts("77")), st.none())),
        export=draw(st.none() | EXPORTS) if kind is ItemKind.GOODS else None,
        global_discount=draw(global_discounts("taxed")),
        credit_balance=draw(rarely(amounts(0, 900, 2), st.just(Decimal(0)))),
    )


# --- Special operations ---------------------------------------------------------------------------------------------
DAYS = rarely(st.none() | st.just(date(2026, 11, 21)), st.dates(date(2026, 10, 1), date(2026, 11, 20)))
CORRECTED = rarely(texts(CODE), st.none())
RANGES = st.builds(
    lambda first, more, day, corrects: PaperRange("02", str(first), str(first + more), None, day, corrects),
    st.integers(1, 99_999),
    rarely(st.just(-1), st.integers(0, 500)),
    DAYS,
    CORRECTED,
)
VOUCHERS = st.builds(PaperRange, texts("97"), number=texts("V-1", "0000077"), issued_on=DAYS, corrects=CORRECTED)
REPORTED = st.builds(
    Item,
    description=texts(None, "Ventas del día"),
    price=st.one_of(amounts(1, 9900, 2), amounts(1, 999_900_000_000, 8)),
    quantity=rarely(amounts(0, 90, 1), st.none()),
    tax=rarely(st.just(Taxation.NOT_TAXED), st.sampled_from([None, Taxation.EXEMPT, Taxation.NOT_SUBJECT])),
    paper=rarely(st.none(), RANGES | VOUCHERS),
)
SPECIAL_OPERATIONS = st.builds(
    lambda lines, included: Draft("17", tuple(lines), prices_include_tax=included),
    st.lists(REPORTED, min_size=1, max_size=5),
    st.sampled_from([None, True, False]),
)


def any_of_them() -> st.SearchStrategy[Draft]:
    return st.one_of(delivery_notes(), exports(), SPECIAL_OPERATIONS)

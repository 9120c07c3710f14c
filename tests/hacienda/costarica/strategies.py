"""Random drafts that Costa Rica takes, of every type that needs no document of the issuer's own."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from hacienda.costarica.codes import EXEMPT, RATES
from hacienda.drafts import (
    AppendixEntry,
    CommercialCode,
    Discount,
    Draft,
    Exemption,
    ExtraTax,
    Item,
    OtherCharge,
    Party,
    Payment,
    PaymentMethod,
)
from tests.hacienda.costarica.made import ABROAD, AT, BOOK, BOUGHT, CUSTOMER, LEAST, RICE, SOFTWARE

D = Decimal
HEALTH = "9310100000100"
WORDS = st.text("aZñé<&>\"' 9", min_size=5, max_size=60).filter(lambda text: len(text.strip()) >= 5)
PRICES = st.decimals("0.00001", "99999.99999", places=5)
QUANTITIES = st.decimals("0.001", "999.999", places=3)
SALE_RATES = ("01", "02", "03", "04", "08", "09", "10", "11")


@st.composite
def discounts(draw: st.DrawFn, gross: Decimal, type_code: str) -> tuple[Discount, ...]:
    """At most five, together less than the line; no gifts to the buyer who issues the document himself."""
    gifts = [] if type_code == "08" else ["01", "03"]
    made = []
    left = gross
    for _ in range(draw(st.integers(0, 3))):
        amount = draw(st.decimals("0.00001", "5000", places=5))
        if amount >= left:
            break
        left -= amount
        code = draw(st.sampled_from([*gifts, "02", "04", "07", "99", None]))
        made.append(Discount(amount, code, "Descuento pactado" if code == "99" else None))
    return tuple(made)


@st.composite
def exemptions(draw: st.DrawFn, percent: Decimal) -> Exemption:
    kind = draw(st.sampled_from(["02", "04", "08", "99"]))
    points = draw(st.none() | st.decimals("0.01", percent, places=2))
    return Exemption(
        kind,
        "AL-0001",
        draw(st.sampled_from(["01", "12"])),
        AT,
        points,
        article=draw(st.none() | st.integers(0, 999999)),
        description="Otro documento" if kind == "99" else None,
    )


def extra_taxes() -> st.SearchStrategy[ExtraTax]:
    units = st.decimals("0.01", "99999.99", places=2)
    each = st.decimals("0.00001", "999", places=5)
    rates = st.decimals("0", "99.99", places=2)
    return st.one_of(
        st.builds(lambda rate: ExtraTax("02", rate=rate), rates),
        st.just(ExtraTax("12")),
        st.builds(lambda amount: ExtraTax("99", amount, description="Otro impuesto"), each),
        st.builds(lambda q, u: ExtraTax("03", quantity=q, unit_amount=u), units, each),
        st.builds(lambda q, u: ExtraTax("06", quantity=q, unit_amount=u), units, each),
        st.builds(lambda q, v, u: ExtraTax("05", quantity=q, volume=v, unit_amount=u), units, units, each),
        st.builds(lambda v, u: ExtraTax("05", volume=v, unit_amount=u), units, each),
        st.builds(lambda q, p, u: ExtraTax("04", quantity=q, percentage=p, unit_amount=u), units, rates, each).filter(
            lambda tax: bool(tax.percentage)
        ),
    )


@st.composite
def items(draw: st.DrawFn, type_code: str, *, with_tax: bool = False) -> Item:
    """A line of a document of that type."""
    price, quantity = draw(PRICES), draw(QUANTITIES)
    is_export = type_code == "09"
    cabys = draw(st.sampled_from([SOFTWARE, BOOK, RICE, HEALTH]))
    rate = EXEMPT if is_export else draw(st.sampled_from(SALE_RATES))
    item = Item(
        description=draw(WORDS),
        price=price,
        quantity=quantity,
        code=draw(st.none() | st.just("A-1")),
        cabys=cabys,
        measure=draw(st.none() | st.sampled_from(["Kg", "Unid", "m²", "Sp"])),
        tax_rate=rate,
        tariff_heading="490199000000" if is_export and cabys < "5" else None,
        discounts=draw(discounts((price * quantity) / 2, type_code)),
        commercial_codes=draw(st.sampled_from([(), (CommercialCode("03", "F-77"),)])),
        serials=draw(st.sampled_from([(), ("1HGCM82633A004352",)])),
    )
    percent = RATES[rate]
    gift = {one.code for one in item.discounts} & {"01", "03"}
    if percent and not gift and price * quantity > 100 and draw(st.booleans()):
        item = replace(item, exemption=draw(exemptions(percent)))
    if not with_tax and type_code in ("01", "04") and draw(st.integers(0, 3)) == 0:
        item = replace(item, extra_taxes=tuple(draw(st.lists(extra_taxes(), min_size=1, max_size=2))))
    return item


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """A draft of a type that stands on its own."""
    type_code = draw(st.sampled_from(sorted(LEAST)))
    with_tax = draw(st.booleans())
    lines = tuple(draw(st.lists(items(type_code, with_tax=with_tax), min_size=1, max_size=6)))
    in_dollars = draw(st.booleans())
    return replace(
        LEAST[type_code],
        items=lines,
        customer=draw(_customers(type_code)),
        payment=draw(_payments()),
        prices_include_tax=with_tax,
        currency="USD" if in_dollars else None,
        exchange_rate=draw(st.decimals("0.00001", "900", places=5)) if in_dollars else None,
        other_charges=tuple(draw(st.lists(_charges(), max_size=2))),
        related=(BOUGHT,) if type_code == "08" else (),
        notes=draw(st.none() | WORDS),
        appendix=draw(st.sampled_from([(), (AppendixEntry("pedido", "Pedido", "4500012"),)])),
    )


def _customers(type_code: str) -> st.SearchStrategy[Party | None]:
    if type_code == "04":
        return st.sampled_from([None, CUSTOMER, ABROAD, Party(name="Doña Ana")])
    return st.just(LEAST[type_code].customer)


def _payments() -> st.SearchStrategy[Payment]:
    return st.sampled_from(
        [
            Payment(),
            Payment(code="02", days=30),
            Payment(code="08"),
            Payment(code="10", days=90),
            Payment(code="99", description="Permuta de bienes"),
            Payment(methods=(PaymentMethod("02"),)),
            Payment(methods=(PaymentMethod("99", reference="Vale de compra"),)),
        ]
    )


def _charges() -> st.SearchStrategy[OtherCharge]:
    amounts = st.decimals("0.00001", "5000", places=5)
    third = Party("TRANSPORTES DE PRUEBA", "3101000777")
    return st.one_of(
        st.builds(lambda amount: OtherCharge("06", "Servicio", amount), amounts),
        st.builds(lambda amount: OtherCharge("04", "Flete", amount, third_party=third), amounts),
        st.builds(lambda amount: OtherCharge("99", "Otro", amount, type_description="Otro cargo"), amounts),
    )

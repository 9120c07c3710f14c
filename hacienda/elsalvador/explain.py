"""Every rounding step and every rule behind a document, told to the caller in the caller's own terms."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, localcontext
from math import prod
from typing import Any

from hacienda.drafts import Draft, Taxation
from hacienda.elsalvador import formulas, kinds
from hacienda.elsalvador.blocks.lines import includes_vat
from hacienda.elsalvador.earlier.conversion import as_newest
from hacienda.elsalvador.kinds import Kind
from hacienda.elsalvador.rejections import origins, pointers
from hacienda.elsalvador.rules import (
    ADVANCE_FROM,
    ITEM_PLACES,
    PAYMENT_TOLERANCE,
    TOTAL_PLACES,
    VAT_FACTOR,
    identification_threshold,
)
from hacienda.elsalvador.writer import plain
from hacienda.explanation import AppliedRule, Explanation, Step
from hacienda.faults import Path
from hacienda.messages import gettext_noop
from hacienda.money import CONTEXT, ZERO, quantise

Block = Mapping[str, Any]

ROUNDING = gettext_noop(
    "Lines have up to 8 decimals, sums 2, rounded half up. A sum is made of the lines as they are, and rounded once."
)
BASIS_WITH = gettext_noop("The lines of this document include VAT; your prices are taken as %(given)s.")
BASIS_WITHOUT = gettext_noop("The lines of this document do not include VAT; your prices are taken as %(given)s.")
GIVEN_WITH = gettext_noop("including it")
GIVEN_WITHOUT = gettext_noop("not including it")
IDENTIFICATION = gettext_noop(
    "From a total of %(threshold)s the customer is identified by name and document; this one comes to %(total)s."
)
WITHHOLDING = gettext_noop(
    "The customer withholds 1%% VAT of a net amount from %(minimum)s on; here it is %(amount)s."
)
PERCEPTION = gettext_noop("The issuer perceives 1%% VAT of a net amount from %(minimum)s on; here it is %(amount)s.")
EXPECTED = gettext_noop(
    "The total that you expect, %(expected)s, may differ by %(tolerance)s from the amount to pay, %(payable)s."
)
GLOBAL_DISCOUNT = gettext_noop(
    "A global discount of taxed sales lowers the base of VAT, withholding and perception, and of nothing else."
)


def explain(draft: Draft, payload: str) -> Explanation:
    """How the figures of a document came about. `payload` is its text, a preview's too."""
    document: Block = json.loads(payload, parse_float=Decimal, parse_int=Decimal)
    kind = kinds.KINDS[draft.type_code]
    with localcontext(CONTEXT):
        return Explanation(
            steps=(*_converted(draft, document, kind), *_computed(draft, document), *_given(draft, document)),
            rules=tuple(_rules(draft, as_newest(document), kind)),
        )


def _lines(document: Block) -> tuple[list[Block], tuple[int, ...]]:
    body = document[formulas.LINES]
    rows = body if isinstance(body, list) else [body]
    return rows, tuple(int(row.get("tipoItem") or 0) for row in rows)


def _computed(draft: Draft, document: Block) -> Iterator[Step]:
    _rows, types = _lines(document)
    names = origins.of(draft.type_code)
    is_credit = draft.type_code == kinds.CREDIT_NOTE
    for one in formulas.steps(document):
        # The last credit of a document takes the cents of VAT that those before have left over.
        residue = one.printed - one.value if is_credit and one.path[1:2] == ("tributos",) else ZERO
        yield Step(
            place=one.path,
            path=pointers.in_names(one.path, names, types),
            formula=f"{one.formula} + RESIDUE" if residue else one.formula,
            numbers=f"{one.numbers} {'+' if residue > ZERO else '-'} {plain(residue.copy_abs())}"
            if residue
            else one.numbers,
            exact=one.exact + residue,
            value=one.value + residue,
            places=one.places,
        )


def _converted(draft: Draft, document: Block, kind: Kind) -> Iterator[Step]:
    """Prices and discounts that were given on the other tax basis."""
    if "prices_include_tax" not in kind.takes or includes_vat(draft, kind) == kind.prices_include_vat:
        return
    sign = "*" if kind.prices_include_vat else "/"
    _rows, types = _lines(document)
    for number, (index, is_tax) in enumerate(pointers.items_of(types)):
        item = draft.items[index] if 0 <= index < len(draft.items) else None
        if item is None or is_tax or item.tax not in (None, Taxation.TAXED):
            continue
        for name, field, given in (("price", "precioUni", item.price), ("discount", "montoDescu", item.discount)):
            if not given:
                continue
            exact = given * VAT_FACTOR if kind.prices_include_vat else given / VAT_FACTOR
            yield Step(
                place=(formulas.LINES, number, field),
                path=("items", index, name),
                formula=f"{name} {sign} WITH_VAT",
                numbers=f"{plain(given)} {sign} {plain(VAT_FACTOR)}",
                exact=exact,
                value=quantise(exact, ITEM_PLACES),
                places=ITEM_PLACES,
            )


def _given(draft: Draft, document: Block) -> Iterator[Step]:
    """The sums of what the caller says line by line and the lines do not print."""
    rows = (document.get(formulas.SUMMARY) or {}).get("tributos") or ()
    for index, row in enumerate(rows):
        code = row["codigo"]
        given = [
            tax.amount
            for item in draft.items
            for tax in item.extra_taxes
            if tax.code.strip() == code and tax.amount is not None
        ]
        if given:
            yield _summed(("tributos", index, "valor"), f"total(extra_taxes.{code})", [(one,) for one in given])
    gifts = [(item.quantity or Decimal(1), item.price or ZERO) for item in draft.items if item.free_of_charge]
    if gifts:
        yield _summed(("totalNoOnerosas",), "total(quantity * price)", gifts)


def _summed(place: Path, formula: str, products: Sequence[tuple[Decimal, ...]]) -> Step:
    exact = sum((prod(factors, start=Decimal(1)) for factors in products), ZERO)
    return Step(
        place=(formulas.SUMMARY, *place),
        path=("items",),
        formula=formula,
        numbers=" + ".join(" * ".join(map(plain, factors)) for factors in products),
        exact=exact,
        value=quantise(exact, TOTAL_PLACES),
        places=TOTAL_PLACES,
    )


def _rules(draft: Draft, document: Block, kind: Kind) -> Iterator[AppliedRule]:
    yield AppliedRule("rounding", applies=True, text=ROUNDING)
    summary: Block = document.get(formulas.SUMMARY) or {}
    if "prices_include_tax" in kind.takes:
        with_vat = includes_vat(draft, kind)
        yield AppliedRule(
            "tax_basis",
            applies=with_vat != kind.prices_include_vat,
            text=BASIS_WITH if kind.prices_include_vat else BASIS_WITHOUT,
            params={"given": GIVEN_WITH if with_vat else GIVEN_WITHOUT},
        )
    if kind.code == kinds.INVOICE:
        on = _day(document)
        threshold, total = identification_threshold(on), summary["montoTotalOperacion"]
        yield AppliedRule(
            "identification",
            applies=total >= threshold,
            text=IDENTIFICATION,
            params={"threshold": plain(threshold), "total": plain(total)},
        )
    yield from _advances(draft, summary, kind)
    if summary.get("descuGravada"):
        yield AppliedRule("global_discount", applies=True, text=GLOBAL_DISCOUNT)
    payable = summary.get("totalPagar")
    if draft.expected_total is not None and payable is not None:
        yield AppliedRule(
            "expected_total",
            applies=draft.expected_total != payable,
            text=EXPECTED,
            params={
                "expected": plain(draft.expected_total),
                "tolerance": plain(PAYMENT_TOLERANCE),
                "payable": plain(payable),
            },
        )


def _advances(draft: Draft, summary: Block, kind: Kind) -> Iterator[AppliedRule]:
    if "totalGravada" not in summary:
        return
    net = summary["totalGravada"] - (summary.get("descuGravada") or 0)
    if kind.prices_include_vat:
        net = quantise(net / VAT_FACTOR, ITEM_PLACES)
    params = {"minimum": plain(ADVANCE_FROM), "amount": plain(net)}
    if draft.vat_withheld:
        yield AppliedRule("withholding", applies=bool(summary.get("ivaRete")), text=WITHHOLDING, params=params)
    if draft.vat_perceived:
        yield AppliedRule("perception", applies=bool(summary.get("ivaPerci")), text=PERCEPTION, params=params)


def _day(document: Block) -> date:
    return date.fromisoformat(document["identificacion"]["fecEmi"])

"""The rules that were looked at for a document, and what each of them found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from hacienda.costarica import catalogs, codes, figures
from hacienda.costarica.facts import CURRENCY, PLACES
from hacienda.costarica.faults import plain
from hacienda.costarica.figures import SUMMARY, Line
from hacienda.costarica.xml_tree import Node
from hacienda.drafts import Draft, Item
from hacienda.explanation import AppliedRule
from hacienda.messages import gettext_noop
from hacienda.money import ZERO, quantise

ROUNDING = gettext_noop(
    "Every amount of a line has up to 5 decimals, rounded half up; sums are sums of the rounded lines."
)
BASIS = gettext_noop("The lines of a document do not include VAT; your prices are taken as %(given)s.")
GIVEN_WITH = gettext_noop("including it")
GIVEN_WITHOUT = gettext_noop("not including it")
RATE = gettext_noop("On line %(lines)s: VAT of %(percent)s%% (code %(rate)s), because %(why)s.")
RATE_GIVEN = gettext_noop("you give the code of the rate")
RATE_BY_CLASS = gettext_noop("you say how the line is taxed")
RATE_OF_ORIGINAL = gettext_noop("the document referred to has it")
RATE_OF_EXPORTS = gettext_noop("an export bears none")
RATE_AT_FACTORY = gettext_noop("it was charged at the factory")
RATE_GENERAL = gettext_noop("it is the general rate and you say nothing else")
SUGGESTED = gettext_noop("On line %(lines)s: for CABYS %(cabys)s the catalogue suggests a VAT of %(suggested)s%%.")
SERVICES = gettext_noop("On line %(lines)s: a service, because the CABYS code begins with 5 to 9.")
GOODS = gettext_noop("On line %(lines)s: goods, because the CABYS code begins with 0 to 4.")
WITHOUT_CABYS = gettext_noop("On line %(lines)s: no CABYS code, so kind or unit tells goods from services.")
IN_BASE = gettext_noop("On line %(lines)s: VAT is laid on the specific taxes 02, 04, 05 and 12 too.")
FULL_VAT = gettext_noop("On line %(lines)s: a discount of code 01, 02 or 03 does not lessen the base of VAT.")
ASSUMED = gettext_noop("On line %(lines)s: of a gift or bonus (discount code 01 or 03) the issuer bears the VAT.")
OWN_BASE = gettext_noop("On line %(lines)s: you give the taxable base, as this tax asks for.")
EXEMPTION = gettext_noop(
    "On line %(lines)s: %(points)s of %(percent)s points are exempted by document %(number)s; the same part of the "
    "sale counts as exonerated."
)
REFUND = gettext_noop("The VAT of health services that a card pays is given back: %(refund)s.")
CHARGES = gettext_noop("Other charges of %(charges)s stand outside the tax base.")
EXCHANGE = gettext_noop("At %(rate)s colones for one %(currency)s the document comes to %(colones)s colones.")
UNPAID = gettext_noop("With condition of sale %(condition)s no means of payment is told unless you name one.")
REFERENCE = gettext_noop("The document refers to %(number)s with code %(code)s: %(reason)s.")
EXPECTED = gettext_noop(
    "The total that you expect, %(expected)s, is compared with the amount to pay, %(payable)s, in cents, or in as "
    "many decimals as you give."
)

_HUNDRED: Final = Decimal(100)


def rules(draft: Draft, document: Node, lines: Sequence[Line]) -> Iterator[AppliedRule]:
    """What was looked at, in the order in which a document is computed."""
    yield AppliedRule("rounding", applies=True, text=ROUNDING)
    with_tax = bool(draft.prices_include_tax)
    yield AppliedRule(
        "tax_basis", applies=with_tax, text=BASIS, params={"given": GIVEN_WITH if with_tax else GIVEN_WITHOUT}
    )
    yield from _rates(draft, lines)
    yield from _suggested(lines)
    yield from _kinds(lines)
    yield from _bases(lines)
    yield from _exemptions(lines)
    yield from _summary(draft, document, lines)
    for row in document.all("InformacionReferencia"):
        params = {"number": row.said("Numero"), "code": row.said("Codigo"), "reason": row.said("Razon")}
        if params["code"]:
            yield AppliedRule("reference", applies=True, text=REFERENCE, params=params)


def _rates(draft: Draft, lines: Sequence[Line]) -> Iterator[AppliedRule]:
    found: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        if line.rate:
            found.setdefault((line.rate, _why(draft, line)), []).append(line)
    for (rate, why), those in found.items():
        params = {"lines": _named(those), "percent": plain(codes.RATES[rate]), "rate": rate, "why": why}
        yield AppliedRule("vat_rate", applies=True, text=RATE, params=params)


def _why(draft: Draft, line: Line) -> str:
    given = draft.items[line.index] if line.index < len(draft.items) else Item()
    if given.tax_rate:
        return RATE_GIVEN
    if given.tax:
        return RATE_BY_CLASS
    if any(one.original for one in draft.related) and (given.line or not draft.items):
        return RATE_OF_ORIGINAL
    if draft.type_code == codes.EXPORT_INVOICE:
        return RATE_OF_EXPORTS
    if given.factory_vat == codes.FACTORY_EXEMPT:
        return RATE_AT_FACTORY
    return RATE_OF_ORIGINAL if line.rate != codes.GENERAL else RATE_GENERAL


def _suggested(lines: Sequence[Line]) -> Iterator[AppliedRule]:
    """What the catalogue says of the rate, where the line has another one: it is a hint and binds nobody."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.row.said("CodigoCABYS"), []).append(line)
    for cabys, those in found.items():
        suggested = catalogs.suggested_rate(cabys)
        others = [line for line in those if line.rate and codes.RATES[line.rate] != suggested]
        if suggested is not None and others:
            params = {"lines": _named(others), "cabys": cabys, "suggested": plain(suggested)}
            yield AppliedRule("suggested_rate", applies=False, text=SUGGESTED, params=params)


def _kinds(lines: Sequence[Line]) -> Iterator[AppliedRule]:
    named = [line for line in lines if line.row.said("CodigoCABYS")]
    groups = (
        (SERVICES, [line for line in named if line.is_service]),
        (GOODS, [line for line in named if not line.is_service]),
        (WITHOUT_CABYS, [line for line in lines if line.row.at("Cantidad") and line not in named]),
    )
    yield from _of_lines("kind", groups)


def _bases(lines: Sequence[Line]) -> Iterator[AppliedRule]:
    in_base = [
        line for line in lines if any(tax.said("Codigo") in codes.IN_TAX_BASE for tax in line.taxes) and line.rate
    ]
    yield from _of_lines("tax_base", ((IN_BASE, in_base), (OWN_BASE, [one for one in lines if one.has_own_base])))
    yield from _of_lines(
        "discount",
        (
            (FULL_VAT, [line for line in lines if line.discount_codes & codes.FULL_VAT_DISCOUNTS]),
            (ASSUMED, [line for line in lines if line.assumed]),
        ),
    )


def _of_lines(code: str, groups: Sequence[tuple[str, list[Line]]]) -> Iterator[AppliedRule]:
    for text, those in groups:
        if those:
            yield AppliedRule(code, applies=True, text=text, params={"lines": _named(those)})


def _exemptions(lines: Sequence[Line]) -> Iterator[AppliedRule]:
    for line in lines:
        row = line.vat.at("Exoneracion") if line.vat else None
        if row is None:
            continue
        params = {
            "lines": _named([line]),
            "points": plain(row.amount("TarifaExonerada") or ZERO),
            "percent": plain(codes.RATES.get(line.rate, ZERO)),
            "number": row.said("NumeroDocumento"),
        }
        yield AppliedRule("exemption", applies=True, text=EXEMPTION, params=params)


def _summary(draft: Draft, document: Node, lines: Sequence[Line]) -> Iterator[AppliedRule]:
    summary = document.at(SUMMARY)
    if summary is None:
        return
    total = summary.amount("TotalComprobante") or ZERO
    if any(figures.is_health(line) for line in lines) and summary.at("TotalIVADevuelto"):
        refund = summary.amount("TotalIVADevuelto") or ZERO
        yield AppliedRule("health_refund", applies=bool(refund), text=REFUND, params={"refund": plain(refund)})
    charges = summary.amount("TotalOtrosCargos")
    if charges:
        yield AppliedRule("other_charges", applies=True, text=CHARGES, params={"charges": plain(charges)})
    if not summary.all("MedioPago"):
        condition = document.said("CondicionVenta")
        yield AppliedRule("payment", applies=True, text=UNPAID, params={"condition": condition})
    currency = summary.said("CodigoTipoMoneda", "CodigoMoneda")
    if currency != CURRENCY:
        rate = summary.amount("CodigoTipoMoneda", "TipoCambio") or ZERO
        params = {"rate": plain(rate), "currency": currency, "colones": plain(quantise(total * rate, PLACES))}
        yield AppliedRule("exchange", applies=True, text=EXCHANGE, params=params)
    expected = draft.expected_total
    if expected is not None:
        params = {"expected": plain(expected), "payable": plain(total)}
        yield AppliedRule("expected_total", applies=expected != total, text=EXPECTED, params=params)


def _named(lines: Sequence[Line]) -> str:
    """Their numbers, those in a row together: "1, 3-5"."""
    runs: list[list[int]] = []
    for number in (line.index + 1 for line in lines):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)

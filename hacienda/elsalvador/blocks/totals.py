"""The sums of a document (DTE v2.0, 5.2 to 5.5): every figure rounded once, from lines that are not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from hacienda.drafts import Draft, GlobalDiscount, Taxation
from hacienda.elsalvador import catalogs
from hacienda.elsalvador.blocks import fields, taxes
from hacienda.elsalvador.blocks.lines import Line, includes_vat, lists_vat, on_basis, vat_inside, without_vat
from hacienda.elsalvador.blocks.words import in_words
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.kinds import VAT, Kind
from hacienda.elsalvador.rules import (
    ADVANCE_FROM,
    ADVANCE_RATE,
    AMOUNT_LIMIT,
    PAYMENT_TOLERANCE,
    TOTAL_PLACES,
    VAT_FACTOR,
    VAT_RATE,
)
from hacienda.money import ZERO, quantise
from hacienda.values import PreparedItem, Totals


@dataclass(frozen=True, slots=True)
class TaxRow:
    """A row of `resumen.tributos`."""

    code: str
    name: str
    amount: Decimal
    added: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """What `resumen` prints, at two decimals. `discounts` are the global ones on the document's basis."""

    not_subject: Decimal
    exempt: Decimal
    taxed: Decimal
    sales: Decimal
    discounts: GlobalDiscount
    discount: Decimal
    rows: tuple[TaxRow, ...]
    vat: Decimal
    other_taxes: Decimal
    subtotal: Decimal
    withheld: Decimal
    perceived: Decimal
    total: Decimal
    not_taxed: Decimal
    payable: Decimal

    def totals(self) -> Totals:
        """The sums as other floors know them. Informative taxes are in none of them."""
        return Totals(
            taxed=self.taxed,
            exempt=self.exempt,
            not_subject=self.not_subject,
            not_taxed=self.not_taxed,
            discount=self.discount,
            tax=self.vat,
            other_taxes=self.other_taxes,
            withheld=self.withheld,
            perceived=self.perceived,
            total=self.total,
            payable=self.payable,
            in_words=in_words(self.payable),
        )


def compute(
    lines: tuple[Line, ...], draft: Draft, kind: Kind, faults: Faults, *, carriage: Decimal = ZERO
) -> Summary | None:
    """The sums of these lines; None where a sum or a global discount is impossible.

    The rates that are laid down apply to the lines; a global discount lowers the base of VAT, withholding
    and perception, and of nothing else. Withholding leaves `total` alone and lowers what is to be paid.
    `carriage` is what the total has beside the lines: freight and insurance of an export, at two decimals.
    """
    not_subject = _sum(_amounts(lines, Taxation.NOT_SUBJECT))
    exempt = _sum(_amounts(lines, Taxation.EXEMPT))
    taxed = _sum(_amounts(lines, Taxation.TAXED))
    not_taxed = _sum(_amounts(lines, Taxation.NOT_TAXED))
    discounts = _global_discount(draft, kind, not_subject, exempt, taxed, faults)
    if draft.vat_perceived and not kind.may_perceive and "vat_perceived" in kind.takes:
        faults.add(("vat_perceived",), "vat_perceived_not_allowed")
    if discounts is None:
        return None
    vat = _vat(lines, discounts.taxed, kind)
    rows = _tax_rows(lines, vat, kind)
    net_base = without_vat(taxed - discounts.taxed, kind)
    sales = not_subject + exempt + taxed
    globally = discounts.not_subject + discounts.exempt + discounts.taxed
    subtotal = sales - globally
    other_taxes = sum((row.amount for row in rows if row.added and row.code != kind.vat_code), ZERO)
    total = subtotal + other_taxes + carriage + (ZERO if kind.prices_include_vat else vat)
    advance = quantise(net_base * ADVANCE_RATE, TOTAL_PLACES) if net_base >= ADVANCE_FROM else ZERO
    withheld = advance if draft.vat_withheld else ZERO
    perceived = advance if draft.vat_perceived and kind.may_perceive else ZERO
    summary = Summary(
        not_subject=not_subject,
        exempt=exempt,
        taxed=taxed,
        sales=sales,
        discounts=discounts,
        discount=quantise(sum((line.item.discount for line in lines), globally), TOTAL_PLACES),
        rows=rows,
        vat=vat,
        other_taxes=quantise(other_taxes, TOTAL_PLACES),
        subtotal=subtotal,
        withheld=quantise(withheld, TOTAL_PLACES),
        perceived=quantise(perceived, TOTAL_PLACES),
        total=total,
        not_taxed=not_taxed,
        payable=max(total - withheld + perceived + not_taxed, quantise(ZERO, TOTAL_PLACES)),
    )
    return summary if _in_range(summary, faults) else None


def check_expected(
    expected: Decimal | None, payable: Decimal, faults: Faults, lines: tuple[PreparedItem, ...], kind: Kind
) -> None:
    """The caller's own total against the amount to pay; a cent apart is let pass, as Hacienda does.

    Where one of the printed `lines` accounts for the difference it is named.
    """
    if expected is None:
        return
    if not fields.amount(expected, ("expected_total",), faults, places=TOTAL_PLACES):
        return
    if (expected - payable).copy_abs() <= PAYMENT_TOLERANCE:
        return
    code, told = _difference(
        expected - payable, lines, vat_on_top=kind.vat_code == VAT and not kind.prices_include_vat
    )
    faults.add(("expected_total",), code, expected=expected, payable=payable, **told)


def _difference(
    difference: Decimal, lines: tuple[PreparedItem, ...], *, vat_on_top: bool
) -> tuple[str, dict[str, object]]:
    """What the caller may have done: left a line out or counted it twice, or rounded every line to cents."""
    for number, line in enumerate(lines, 1):
        for amount in (line.amount, line.amount * VAT_FACTOR) if vat_on_top else (line.amount,):
            if line.amount and quantise(amount, TOTAL_PLACES) == difference.copy_abs():
                return "expected_total_differs_by_line", {"line": number, "amount": line.amount}
    cents = [quantise(line.amount, TOTAL_PLACES) - line.amount for line in lines]
    if quantise(sum(cents, ZERO), TOTAL_PLACES) == difference:
        number, _most = max(enumerate(cents, 1), key=lambda one: one[1].copy_abs())
        return "expected_total_rounds_lines", {"line": number, "amount": lines[number - 1].amount}
    return "expected_total_differs", {}


def _amounts(lines: tuple[Line, ...], tax: Taxation) -> Iterable[Decimal]:
    return (line.item.amount for line in lines if line.item.tax is tax)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return quantise(sum(amounts, ZERO), TOTAL_PLACES)


def _global_discount(
    draft: Draft, kind: Kind, not_subject: Decimal, exempt: Decimal, taxed: Decimal, faults: Faults
) -> GlobalDiscount | None:
    given = draft.global_discount
    before = len(faults)
    for name in ("taxed", "exempt", "not_subject", "percentage"):
        fields.amount(getattr(given, name), ("global_discount", name), faults, places=TOTAL_PLACES)
    if given.percentage.is_finite() and given.percentage > 100:
        faults.add(("global_discount", "percentage"), "percentage_too_large")
    if len(faults) > before:
        return None
    on_taxed = on_basis(given.taxed, with_vat=includes_vat(draft, kind), kind=kind, places=TOTAL_PLACES)
    if on_taxed != given.taxed and ZERO < on_taxed - taxed <= PAYMENT_TOLERANCE:
        on_taxed = taxed  # a discount of everything may come out a cent high on the other basis
    for name, discount, sales in (
        ("taxed", on_taxed, taxed),
        ("exempt", given.exempt, exempt),
        ("not_subject", given.not_subject, not_subject),
    ):
        if discount > sales:
            faults.add(("global_discount", name), "discount_exceeds_sales", discount=discount, sales=sales)
    if len(faults) > before:
        return None
    return GlobalDiscount(
        taxed=on_taxed,
        exempt=given.exempt,
        not_subject=given.not_subject,
        percentage=given.percentage,
    )


def _tax_rows(lines: tuple[Line, ...], vat: Decimal, kind: Kind) -> tuple[TaxRow, ...]:
    """One row for each code that the lines list, VAT first; a rate that is laid down is applied to their sum."""
    amounts: dict[str, Decimal] = {}
    if kind.vat_code is not None and any(lists_vat(line, kind) for line in lines):
        amounts[kind.vat_code] = vat
    for line in lines:
        for code, amount in line.listed_taxes:
            amounts[code] = amounts.get(code, ZERO) + amount
    for code in amounts:
        computed = _by_law(code, [line for line in lines if code in dict(line.listed_taxes)], kind)
        amounts[code] = amounts[code] if computed is None else computed
    return tuple(
        TaxRow(
            code,
            catalogs.name(catalogs.TAXES, code) or code,
            quantise(amount, TOTAL_PLACES),
            taxes.section(code) != taxes.INFORMATIVE,
        )
        for code, amount in amounts.items()
    )


def _by_law(code: str, bearing: list[Line], kind: Kind) -> Decimal | None:
    quantity = sum((line.item.quantity for line in bearing), ZERO)
    amount = sum((line.item.amount for line in bearing), ZERO)
    return taxes.laid_down(code, quantity, without_vat(amount, kind))


def _vat(lines: tuple[Line, ...], discount: Decimal, kind: Kind) -> Decimal:
    """The VAT of the document less that of the global discount: inside the prices (01) or on top (03); none abroad.

    Rounded once, from the lines as they are and not from their rounded sum. So a crédito fiscal made of shelf
    prices comes to exactly those, and Hacienda's own figure is never more than a cent away.
    """
    if kind.prices_include_vat:
        vat = sum((line.vat for line in lines), ZERO) - vat_inside(discount)
    else:
        vat = (sum(_amounts(lines, Taxation.TAXED), ZERO) - discount) * (VAT_RATE if kind.vat_code == VAT else ZERO)
    return quantise(max(vat, ZERO), TOTAL_PLACES)


def _in_range(summary: Summary, faults: Faults) -> bool:
    amounts = (
        summary.sales,
        summary.discount,
        summary.total,
        summary.payable,
        summary.not_taxed.copy_abs(),
        *(row.amount for row in summary.rows),
    )
    if max(amounts) < AMOUNT_LIMIT:
        return True
    faults.add(("items",), "too_large", limit=AMOUNT_LIMIT)
    return False

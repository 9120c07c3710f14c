"""The sums of a document: every line from its quantity and price, every total from its lines, at five decimals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from . import kinds
from .answers import Finding
from .kinds import Kind
from .structure import Record

UNIT = Decimal("0.00001")
ZERO = Decimal(0)
HUNDRED = Decimal(100)
VALUE_ADDED, SPECIAL_BASE, USED_GOODS = "01", "07", "08"
OF_VALUE_ADDED = (VALUE_ADDED, SPECIAL_BASE, USED_GOODS)
SELECTIVE, FUEL, ALCOHOL, DRINKS, TOBACCO, CEMENT = "02", "03", "04", "05", "06", "12"
IN_THE_BASE = (SELECTIVE, ALCOHOL, DRINKS, CEMENT)
# Gifts and bonuses: the tax is on the whole amount. With the first two kinds it is the issuer who bears it.
BORNE_BY_ISSUER, ON_THE_WHOLE = ("01", "03"), ("01", "02", "03")
EXEMPT, NOT_SUBJECT = "10", ("01", "11")
LINE_TOTAL, TAX, BASE, EXONERATED, NO_TAX, DISCOUNT, OTHER = -478, -45, -454, -190, -513, -41, -312


def money(value: Decimal) -> Decimal:
    """Return an amount at five decimals, half up."""
    return value.quantize(UNIT, rounding=ROUND_HALF_UP)


def amount(record: Record, name: str) -> Decimal:
    """Return what an element holds, zero where it is not there."""
    return Decimal(record.get(name, "0").strip())


@dataclass(slots=True)
class Line:
    """What a line comes to, as far as the totals need it.

    `tax_before` is what the taxes that are exonerated would be; other taxes of the line have no part in it.
    """

    record: Record
    is_service: bool
    total: Decimal
    discounts: Decimal
    net_taxes: dict[tuple[str, str], Decimal]
    assumed: Decimal
    exonerated: Decimal
    tax_before: Decimal
    rate_code: str
    findings: list[Finding] = field(default_factory=list)

    @property
    def net(self) -> Decimal:
        """Return the tax that the customer pays."""
        return sum(self.net_taxes.values(), ZERO)


class _Checked:
    """Collects the amounts of one line that are not what they should be."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.findings: list[Finding] = []
        self._number = record["NumeroLinea"].strip()

    def equal(self, code: int, name: str, right: Decimal, holder: Record | None = None) -> None:
        """Check that an element of the line, or of one of its parts, holds an amount."""
        found = amount(self.record if holder is None else holder, name)
        if found != right:
            self.say(code, f"El campo {name} de la línea {self._number} es {found} y debe ser {right}")

    def say(self, code: int, text: str) -> None:
        """Tell what is wrong."""
        self.findings.append(Finding(code, f"{text}."))

    @property
    def where(self) -> str:
        """Return the line's name in a text."""
        return f"de la línea {self._number}"


def read_line(record: Record, kind: Kind) -> Line:
    """Return a line with what is wrong with its amounts."""
    checked = _Checked(record)
    total = amount(record, "MontoTotal")
    if kind != kinds.PAYMENT_RECEIPT:
        checked.equal(LINE_TOTAL, "MontoTotal", money(amount(record, "Cantidad") * amount(record, "PrecioUnitario")))
        if amount(record, "Cantidad") <= 0 or amount(record, "PrecioUnitario") <= 0:
            checked.say(LINE_TOTAL, f"La cantidad y el precio unitario {checked.where} deben ser mayores que cero")
    discounts = _check_discounts(checked, total)
    subtotal = total - discounts
    checked.equal(LINE_TOTAL, "SubTotal", subtotal)
    taxes: Sequence[Record] = record.get("Impuesto", [])
    _check_taxes(checked, taxes, kind, subtotal)
    assumed = _check_assumed(checked, taxes)
    tax = sum((amount(one, "Monto") for one in taxes), ZERO)
    exonerated = sum((amount(one.get("Exoneracion", {}), "MontoExoneracion") for one in taxes), ZERO)
    if kind != kinds.EXPORT:
        checked.equal(TAX, "ImpuestoNeto", tax - exonerated - assumed)
    checked.equal(LINE_TOTAL, "MontoTotalLinea", subtotal + tax - exonerated - assumed)
    return Line(
        record,
        _is_service(record),
        total,
        discounts,
        _net_taxes(taxes, assumed),
        assumed,
        exonerated,
        sum((amount(one, "Monto") for one in taxes if "Exoneracion" in one), ZERO),
        next((one.get("CodigoTarifaIVA", "") for one in taxes if one["Codigo"] in OF_VALUE_ADDED), ""),
        checked.findings,
    )


def _is_service(record: Record) -> bool:
    """Tell a service from goods: by the first digit of its CABYS code, by its unit where a note has no code."""
    code = record.get("CodigoCABYS", "")
    return code[:1] in "56789" if code else record.get("UnidadMedida") in ("Sp", "Spe", "St", "Os", "Al", "Alc", "h")


def _check_discounts(checked: _Checked, total: Decimal) -> Decimal:
    left = total
    for discount in checked.record.get("Descuento", []):
        taken = amount(discount, "MontoDescuento")
        if taken <= 0 or taken > left:
            checked.say(DISCOUNT, f"El descuento {checked.where} debe ser mayor que cero y no exceder {left}")
        left -= taken
    return total - left


def _discount_codes(record: Record) -> set[str]:
    return {discount["CodigoDescuento"] for discount in record.get("Descuento", [])}


# Taxes of a line


def _check_taxes(checked: _Checked, taxes: Sequence[Record], kind: Kind, subtotal: Decimal) -> None:
    record = checked.record
    added = sum((amount(one, "Monto") for one in taxes if one["Codigo"] in IN_THE_BASE), ZERO)
    base = subtotal
    if "BaseImponible" in record:
        base = amount(record, "BaseImponible")
        free = record.get("IVACobradoFabrica") == "01" or any(one["Codigo"] == SPECIAL_BASE for one in taxes)
        whole = amount(record, "MontoTotal") + added
        if free and base <= 0:
            checked.say(BASE, f"La base imponible {checked.where} debe ser mayor que cero")
        elif not free and not (_discount_codes(record) & set(ON_THE_WHOLE) and base == whole):
            checked.equal(BASE, "BaseImponible", subtotal + added)
    for tax in taxes:
        _check_tax(checked, tax, base, subtotal)
        _check_exoneration(checked, tax, base)
    codes = {one["Codigo"] for one in taxes}
    if kind != kinds.PAYMENT_RECEIPT and not codes & {*OF_VALUE_ADDED, FUEL}:
        checked.say(NO_TAX, f"Falta el impuesto al valor agregado {checked.where}")


def _check_tax(checked: _Checked, tax: Record, base: Decimal, subtotal: Decimal) -> None:
    code, rate = tax["Codigo"], amount(tax, "Tarifa") / HUNDRED
    whole = _discount_codes(checked.record) & set(ON_THE_WHOLE)
    match code:
        case "01":
            of = amount(checked.record, "MontoTotal") if whole else base
            checked.equal(TAX, "Monto", money(of * rate), tax)
        case "07":
            checked.equal(TAX, "Monto", money(base * rate), tax)
        case "08":
            checked.equal(TAX, "Monto", money(subtotal * amount(tax, "FactorCalculoIVA")), tax)
        case "02" | "12":
            checked.equal(TAX, "Monto", money(subtotal * rate), tax)
        case "03" | "04" | "05" | "06":
            data: Record = tax.get("DatosImpuestoEspecifico", {})
            if "Proporcion" in data:
                share = amount(data, "CantidadUnidadMedida") * amount(data, "Porcentaje") / HUNDRED
                checked.equal(TAX, "Proporcion", money(share), data)
            right = [money(value) for value in _specific(checked.record, tax)]
            if amount(tax, "Monto") not in right:
                checked.say(
                    TAX, f"El impuesto específico {code} {checked.where} debe ser {' o '.join(map(str, right))}"
                )


def _specific(record: Record, tax: Record) -> list[Decimal]:
    """Return what a tax by quantity may come to: drinks and soap have one code and two formulas."""
    data: Record = tax.get("DatosImpuestoEspecifico", {})
    quantity, units = amount(record, "Cantidad"), amount(data, "CantidadUnidadMedida")
    each, volume = amount(data, "ImpuestoUnidad"), amount(data, "VolumenUnidadConsumo")
    match tax["Codigo"]:
        case "03":
            return [units * each]
        case "04":
            return [quantity * money(units * amount(data, "Porcentaje") / HUNDRED) * each]
        case "05":
            drinks = [quantity * units * each / volume] if volume else []
            return [*drinks, quantity * volume * each]
        case _:
            return [quantity * units * each]


def _check_exoneration(checked: _Checked, tax: Record, base: Decimal) -> None:
    given: Record | None = tax.get("Exoneracion")
    if given is None:
        return
    points = amount(given, "TarifaExonerada")
    if points <= 0 or points > amount(tax, "Tarifa"):
        checked.say(EXONERATED, f"La tarifa exonerada {checked.where} no puede exceder la tarifa del impuesto")
    checked.equal(EXONERATED, "MontoExoneracion", min(money(base * points / HUNDRED), amount(tax, "Monto")), given)


def _check_assumed(checked: _Checked, taxes: Sequence[Record]) -> Decimal:
    """Return the tax that the issuer bears: all of it for gifts and bonuses, what is said where it is a factory."""
    assumed = amount(checked.record, "ImpuestoAsumidoEmisorFabrica")
    payable = sum(
        (
            amount(one, "Monto") - amount(one.get("Exoneracion", {}), "MontoExoneracion")
            for one in taxes
            if one["Codigo"] in OF_VALUE_ADDED
        ),
        ZERO,
    )
    if _discount_codes(checked.record) & set(BORNE_BY_ISSUER):
        checked.equal(TAX, "ImpuestoAsumidoEmisorFabrica", payable)
    elif "IVACobradoFabrica" not in checked.record:
        checked.equal(TAX, "ImpuestoAsumidoEmisorFabrica", ZERO)
    elif assumed > payable:
        checked.say(TAX, f"El impuesto asumido {checked.where} excede el impuesto")
    return assumed


def _net_taxes(taxes: Sequence[Record], assumed: Decimal) -> dict[tuple[str, str], Decimal]:
    """Return the net tax by code and rate code; what the issuer bears is taken from the value added tax."""
    net: dict[tuple[str, str], Decimal] = {}
    left = assumed
    for tax in taxes:
        key = tax["Codigo"], tax.get("CodigoTarifaIVA", "")
        of_it = amount(tax, "Monto") - amount(tax.get("Exoneracion", {}), "MontoExoneracion")
        borne = min(left, of_it) if tax["Codigo"] in OF_VALUE_ADDED else ZERO
        left -= borne
        net[key] = net.get(key, ZERO) + of_it - borne
    return net

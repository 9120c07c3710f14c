"""Every rounding step and every rule behind a document, told to the caller in the caller's own terms."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext
from typing import Final

from hacienda.costarica import applied, codes, figures, origins, writer, xml_tree
from hacienda.costarica.facts import CURRENCY, PLACES
from hacienda.costarica.faults import plain
from hacienda.costarica.figures import LINES, SUMMARY, Line
from hacienda.costarica.formulas import Figures, evaluate
from hacienda.costarica.xml_tree import Node
from hacienda.drafts import Draft, Item, ItemKind
from hacienda.explanation import Explanation, Step
from hacienda.faults import Path
from hacienda.money import CONTEXT, ZERO, quantise

_TYPES: Final = {root: type_code for type_code, root in writer.ROOTS.items()}
_WITHOUT_TAX: Final = "{} / (1 + Tarifa / 100)"
_ORIGINAL: Final = "original.{}"  # of the document referred to


def explain(draft: Draft, payload: str) -> Explanation:
    """How the figures of a document came about.

    `payload` is its XML, signed or not, or the JSON text of it that a preview is. Raises `ValueError` for neither.
    """
    text = json.loads(payload, parse_float=Decimal) if payload.lstrip().startswith('"') else payload
    document = xml_tree.read(text).root
    if document.name not in _TYPES:
        raise ValueError(f"{document.name} is not a document")
    with localcontext(CONTEXT):
        lines = figures.lines(document, lambda index, row: _is_service(draft, index, row))
        steps = tuple(_pointed(draft, one) for one in _steps(draft, document, lines))
        return Explanation(steps, tuple(applied.rules(draft, document, lines)))


def _is_service(draft: Draft, index: int, row: Node) -> bool:
    """By the CABYS code; without one by what the caller says of the line, else by its unit."""
    cabys = row.said("CodigoCABYS")
    if cabys:
        return cabys >= codes.FIRST_OF_SERVICES
    item = draft.items[index] if index < len(draft.items) else Item()
    if item.kind is None:
        return row.said("UnidadMedida") in codes.SERVICE_UNITS
    return item.kind is not ItemKind.GOODS


def _steps(draft: Draft, document: Node, lines: Sequence[Line]) -> Iterator[Step]:
    for line in lines:
        yield from _told_of_line(draft, line)
        yield from line.steps
    yield from _charges(draft, document, lines)
    summary = document.at(SUMMARY)
    if summary is None:
        return
    yield _exchange(draft, summary)
    yield from figures.of_summary(document, lines)
    yield from _payment(draft, summary)


def _told_of_line(draft: Draft, line: Line) -> Iterator[Step]:
    """The amounts of a line that the caller gave, or the document that it refers to has."""
    place: Path = (*LINES, line.index)
    given = draft.items[line.index] if line.index < len(draft.items) else None
    price = None if given is None else given.price
    name = "PrecioUnitario" if line.row.at("PrecioUnitario") else "MontoTotal"
    yield _told(draft, line, (*place, name), "price", price)
    discounts: list[tuple[str, Decimal | None]] = [
        (f"discounts[{index}].amount", one.amount) for index, one in enumerate(given.discounts if given else ())
    ]
    if given is not None and given.discount:
        discounts = [("discount", given.discount)]
    for index, row in enumerate(line.row.all("Descuento")):
        named, amount = discounts[index] if index < len(discounts) else ("", None)
        yield _told(draft, line, (*place, row.name, index, "MontoDescuento"), named, amount)
    if line.has_own_base:
        yield _plainly(line.row, (*place, "BaseImponible"), "taxable_base", given.taxable_base if given else None)
    for index, tax in enumerate(line.taxes):
        if tax.said("Codigo") in codes.VATS:
            continue
        extra = given.extra_taxes[index - 1] if given and index <= len(given.extra_taxes) else None
        here, named = (*place, "Impuesto", index), f"extra_taxes[{index - 1}]"
        data = tax.at("DatosImpuestoEspecifico")
        if data is not None:
            unit = extra.unit_amount if extra else None
            yield _plainly(data, (*here, data.name, "ImpuestoUnidad"), f"{named}.unit_amount", unit)
        elif not tax.at("Tarifa"):
            yield _plainly(tax, (*here, "Monto"), f"{named}.amount", extra.amount if extra else None)


def _told(draft: Draft, line: Line, place: Path, name: str, given: Decimal | None) -> Step:
    """A price or discount of a line, without the tax that is inside it where the caller gave it so."""
    holder = line.row if len(place) == len(LINES) + 2 else line.row.all("Descuento")[int(place[-2])]
    percent = line.vat.amount("Tarifa") if line.vat else None
    is_special = line.vat is not None and line.vat.said("Codigo") != codes.VAT
    if given is None or not draft.prices_include_tax or is_special or not percent:
        return _plainly(holder, place, name, given)
    numbers, exact = evaluate(_WITHOUT_TAX.format("price"), {"price": given, "Tarifa": percent})
    made = Step(place, (), _WITHOUT_TAX.format(name), numbers, exact, quantise(exact, PLACES), PLACES)
    return figures.with_residue(made, holder.amount(str(place[-1])) or ZERO)


def _plainly(holder: Node, place: Path, name: str, given: Decimal | None) -> Step:
    """A figure as it was told: by the caller under that name, or by the document referred to."""
    element = str(place[-1])
    printed = holder.amount(element) or ZERO
    formula = name if given is not None else _ORIGINAL.format(element)
    return Step(place, (), formula, plain(printed), printed, printed, PLACES)


def _charges(draft: Draft, document: Node, lines: Sequence[Line]) -> Iterator[Step]:
    net = [line.row.amount("SubTotal") or ZERO for line in lines]
    for index, row in enumerate(document.all("OtrosCargos")):
        place: Path = ("OtrosCargos", index, "MontoCargo")
        given = draft.other_charges[index] if index < len(draft.other_charges) else None
        if given is not None and given.amount is None:
            known: Figures = {"total(SubTotal)": net, "PorcentajeOC": row.amount("PorcentajeOC") or ZERO}
            yield figures.step(place, "total(SubTotal) * PorcentajeOC / 100", known)
        else:
            yield _plainly(row, place, f"other_charges[{index}].amount", given.amount if given else None)


def _exchange(draft: Draft, summary: Node) -> Step:
    money = summary.at("CodigoTipoMoneda") or summary
    place: Path = (SUMMARY, "CodigoTipoMoneda", "TipoCambio")
    if money.said("CodigoMoneda") == CURRENCY:
        return figures.step(place, "1", {})
    return _plainly(money, place, "exchange_rate", draft.exchange_rate)


def _payment(draft: Draft, summary: Node) -> Iterator[Step]:
    """What each means pays: as told, or all that the others leave."""
    rows = summary.all("MedioPago")
    total = summary.amount("TotalComprobante") or ZERO
    methods = draft.payment.methods
    for index, row in enumerate(rows):
        place: Path = (SUMMARY, "MedioPago", index, "TotalMedioPago")
        told = methods[index].amount if index < len(methods) else None
        if told is not None:
            name = f"payment.methods[{index}].amount"
            given = Step(place, (), name, plain(told), told, quantise(told, PLACES), PLACES)
            yield figures.with_residue(given, row.amount("TotalMedioPago") or ZERO)
            continue
        others = [one.amount("TotalMedioPago") or ZERO for one in rows if one is not row]
        less = " - others" if others else ""
        yield figures.step(place, f"TotalComprobante{less}", {"TotalComprobante": total, "others": others})


def _pointed(draft: Draft, one: Step) -> Step:
    """The same with its place in the caller's body; in the reference where all follows from that."""
    path = origins.place(one.place, draft)
    if path[-1] == "taxable_base" and one.formula != "taxable_base":
        path = (*path[:-1], "price")
    if path == ("exchange_rate",) and draft.exchange_rate is None:
        path = ("currency",) if draft.currency else ("items",)
    if path[0] == "items" and not draft.items and draft.related:
        path = ("related",)
    elif path[0] == "payment" and not draft.payment.methods:
        path = ("items",) if draft.items else ("related",)
    return Step(one.place, path, one.formula, one.numbers, one.exact, one.value, one.places)

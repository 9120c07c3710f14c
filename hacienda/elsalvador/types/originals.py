"""What a document of ours says that another one adjusts, and what earlier adjustments have left of it. Pure.

Everything is on the original's own tax basis. The global discount of the original is in the discounts of its lines,
because what adjusts it has none (functional manual 2.0, its example of a note of credit).

An adjustment does not say which line of the original one of its lines takes from; Hacienda's form has no place for
it. It is told by what both print: kind, class, code, unit and price, the same text before another one. A line that
fits none (an amount and a text, units at another price) takes from the amount of its class alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from hacienda.drafts import Address, Original, Party, Related, Taxation, ThirdParty, ThirdPartyPurchase
from hacienda.elsalvador.blocks import fields, taxes
from hacienda.elsalvador.blocks.lines import ITEM_TYPES, OTHER_UNIT
from hacienda.elsalvador.earlier.conversion import as_newest
from hacienda.elsalvador.kinds import CREDIT_NOTE, RETURN, VAT, WITHHOLDING
from hacienda.elsalvador.rules import ITEM_PLACES, TOTAL_PLACES, VAT_FACTOR, VAT_RATE
from hacienda.money import ZERO, allocate, quantise
from hacienda.values import PreparedItem

Row = Mapping[str, Any]
Taken = Sequence[Sequence[Row]]  # by adjustment, its lines for the document

# Column of a line; total and global discount in the summary; class.
_CLASSES: Final = (
    ("ventaGravada", "totalGravada", "descuGravada", Taxation.TAXED),
    ("ventaExenta", "totalExenta", "descuExenta", Taxation.EXEMPT),
    ("ventaNoSuj", "totalNoSuj", "descuNoSuj", Taxation.NOT_SUBJECT),
    # What was bought from an excluded subject bears no tax at all.
    ("compra", "totalCompra", "descu", Taxation.NOT_SUBJECT),
)
_CHARGE: Final = "noGravado"
# What a summary has beside sales, and the lines of adjustments under the same names.
_SUMS: Final = ("ivaRete", "ivaPerci", "reteRenta", "seguro", "flete")
_TAKING: Final = frozenset({CREDIT_NOTE, RETURN})  # a debit note adds, and what it adds cannot be credited
_KINDS: Final = {code: kind for kind, code in ITEM_TYPES.items()}


@dataclass(frozen=True, slots=True)
class LeftLine:
    """A line of the original as far as nothing has taken it.

    `item` is the line as it was, its discount with its share of the global one, its amount less both. `quantity` and
    `discount` of a sale, `amount` of what is none, are what is left; `listed` are the whole line's taxes beside VAT.
    """

    number: int
    item: PreparedItem
    quantity: Decimal
    discount: Decimal
    amount: Decimal
    suggested_price: Decimal = ZERO
    listed: tuple[tuple[str, Decimal], ...] = ()
    own_tax: str | None = None
    withholding: str | None = None  # of a document of withholding: the code under which was withheld

    @property
    def is_sale(self) -> bool:
        """Whether it is counted in units; a charge or a withholding is an amount."""
        return self.item.tax is not Taxation.NOT_TAXED

    @property
    def worth(self) -> Decimal:
        """What is left of it, at 8 decimals."""
        if not self.is_sale:
            return self.amount
        return quantise(self.quantity * self.item.price - self.discount, ITEM_PLACES)

    @property
    def is_used_up(self) -> bool:
        """Whether nothing is left of it that could be taken."""
        return self.worth <= ZERO if self.is_sale else not self.worth

    def without(self, item: PreparedItem) -> LeftLine:
        """What is left after another document took `item` of it."""
        return replace(
            self,
            quantity=self.quantity - item.quantity if self.is_sale else self.quantity,
            discount=max(self.discount - item.discount, ZERO),
            amount=self.amount - item.amount,
        )


@dataclass(frozen=True, slots=True)
class Sum:
    """An amount of the original's summary and what is left of it."""

    whole: Decimal
    left: Decimal


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A document that is adjusted. `left` is what may still be credited, by class: totals less global discounts.

    `charges` are those above zero, then, as positive, the credits below. `adjustments` is how many took from it. Of
    `vat`, that on top of the prices, more may have been credited than there was: each credit was rounded.
    """

    type_code: str
    number: str
    lines: tuple[LeftLine, ...]
    left: Mapping[Taxation, Decimal]
    charges: tuple[Decimal, Decimal]
    sums: Mapping[str, Sum]
    vat: Sum
    adjustments: int
    customer: Party | None
    third_party: ThirdParty | None
    third_party_purchase: ThirdPartyPurchase | None
    issuer: Row = field(repr=False)  # `emisor`, as it was


def read(related: Related, original: Original) -> Adjusted:
    """The issuer's own document `related`, as it stands."""
    document = _parsed(original.payload)
    number = related.number.strip().upper()
    lines = _withheld_lines(document) if related.type_code == WITHHOLDING else _sold_lines(document)
    taken: list[list[Row]] = []
    vat = _vat(document)
    left = vat
    for payload in original.adjustments.values():
        other = _parsed(payload)
        head = other["identificacion"]
        if (head.get("tipoDte") or head.get("tipoEvento")) in _TAKING:
            rows = other["cuerpoDocumento"]
            taken.append([row for row in rows if number in (row.get("numeroDocumento"), row.get("codigoGeneracion"))])
            left -= _vat(other) if len(taken[-1]) == len(rows) else _vat_of(taken[-1])
    for row in _flat(taken):
        lines = _after(lines, row)
    return Adjusted(
        type_code=related.type_code,
        number=number,
        lines=tuple(lines),
        left=_left(document, taken),
        charges=_charges(document, taken),
        sums=_sums(document, taken),
        vat=Sum(vat, left),
        adjustments=len(taken),
        customer=_party(document.get("receptor"), original.customer_address),
        third_party=_third_party(document.get("ventaTercero")),
        third_party_purchase=_purchase(document.get("compraTercero")),
        issuer=document["emisor"],
    )


def _parsed(payload: str) -> dict[str, Any]:
    document: dict[str, Any] = as_newest(json.loads(payload, parse_float=Decimal))
    return document


def _amount(row: Row, name: str) -> Decimal:
    return Decimal(row.get(name) or 0)


def _class_of(row: Row) -> tuple[str, Taxation] | None:
    """The column in which a line's amount stands, and its class; None for a line without an amount."""
    for column, _total, _discount, tax in _CLASSES:
        if _amount(row, column):
            return column, tax
    return (_CHARGE, Taxation.NOT_TAXED) if _amount(row, _CHARGE) else None


def _sold_lines(document: Row) -> list[LeftLine]:
    rows = [(row, found) for row in document["cuerpoDocumento"] if (found := _class_of(row)) is not None]
    shares = _global_shares(document, rows)
    lines = [_line(row, column, tax, share) for (row, (column, tax)), share in zip(rows, shares, strict=True)]
    listed = _listed(document, rows, lines)
    return [replace(line, listed=listed.get(line.number, ())) for line in lines]


def _line(row: Row, column: str, tax: Taxation, share: Decimal) -> LeftLine:
    is_sale = tax is not Taxation.NOT_TAXED
    discount = _amount(row, "montoDescu") + share
    amount = _amount(row, column) - share
    item = PreparedItem(
        description=row["descripcion"],
        quantity=_amount(row, "cantidad"),
        price=_amount(row, "precioUni"),
        discount=discount,
        amount=amount,
        tax=tax,
        kind=_KINDS[int(row["tipoItem"])],
        code=row.get("codigo"),
        unit=int(row.get("uniMedida") or OTHER_UNIT),
    )
    return LeftLine(
        number=int(row["numItem"]),
        item=item,
        quantity=item.quantity,
        discount=discount if is_sale else ZERO,
        amount=amount,
        suggested_price=_amount(row, "psv"),
        own_tax=row.get("codTributo"),
    )


def _global_shares(document: Row, rows: Sequence[tuple[Row, tuple[str, Taxation]]]) -> list[Decimal]:
    """What each line bears of the global discount of its class: cents in proportion, never more than its amount."""
    shares = [ZERO] * len(rows)
    for column, _total, discount, _tax in _CLASSES:
        globally = _amount(document["resumen"], discount)
        places = [place for place, (_row, (name, _)) in enumerate(rows) if name == column]
        if not globally or not places:
            continue
        amounts = [_amount(rows[place][0], column) for place in places]
        parts = allocate(globally, amounts, TOTAL_PLACES)
        if any(part > amount for part, amount in zip(parts, amounts, strict=True)):
            # Lines of less than a cent: the cents of one would exceed it.
            parts = allocate(globally, amounts, ITEM_PLACES)
        for place, part, amount in zip(places, parts, amounts, strict=True):
            shares[place] = min(part, amount)
    return shares


def _listed(
    document: Row, rows: Sequence[tuple[Row, tuple[str, Taxation]]], lines: Sequence[LeftLine]
) -> dict[int, tuple[tuple[str, Decimal], ...]]:
    """By line number, its taxes beside VAT. What the law lays down is computed, the rest is split by amount."""
    codes = [[code for code in row.get("tributos") or () if code != VAT] for row, _class in rows]
    values = {row["codigo"]: _amount(row, "valor") for row in document["resumen"].get("tributos") or ()}
    has_vat = any("ivaItem" in row for row, _class in rows)
    found: dict[int, list[tuple[str, Decimal]]] = {}
    for code in dict.fromkeys(code for each in codes for code in each):
        bearing = [line for line, listing in zip(lines, codes, strict=True) if code in listing]
        weights = [line.item.amount for line in bearing]
        parts = [
            taxes.by_law(code, line.item.quantity, line.item.amount / (VAT_FACTOR if has_vat else 1))
            for line in bearing
        ]
        if any(part is None for part in parts):
            total = values.get(code, ZERO)
            parts = list(allocate(total, weights, ITEM_PLACES)) if any(weights) else [ZERO] * len(bearing)
        for line, part in zip(bearing, parts, strict=True):
            found.setdefault(line.number, []).append((code, part or ZERO))
    return {number: tuple(each) for number, each in found.items()}


def _withheld_lines(document: Row) -> list[LeftLine]:
    """The lines of a document of withholding: amounts under the code by which each was withheld."""
    lines = []
    for row in document["cuerpoDocumento"]:
        withheld = _amount(row, "ivaRetenido")
        item = PreparedItem(
            # The form lets it be empty; an adjustment has to say something.
            description=row.get("descripcion") or f"AJUSTE DE LA RETENCIÓN DEL DOCUMENTO {row['numeroDocumento']}",
            quantity=Decimal(1),
            price=withheld,
            discount=ZERO,
            amount=withheld,
            tax=Taxation.NOT_TAXED,
            kind="service",
            code=None,
            unit=OTHER_UNIT,
        )
        lines.append(
            LeftLine(int(row["numItem"]), item, item.quantity, ZERO, withheld, withholding=row["codigoRetencionMH"])
        )
    return lines


def _taken(row: Row) -> Decimal:
    """What a line of an adjustment takes, in whatever column it stands."""
    found = _class_of(row)
    if found is not None:
        return _amount(row, found[0])
    return _amount(row, "ivaRete") + _amount(row, "totalIva")  # of a withholding: it sells nothing


def _after(lines: list[LeftLine], row: Row) -> list[LeftLine]:
    """What is left of the lines after that of an adjustment."""
    amount = _taken(row)
    fitting = [index for index, line in enumerate(lines) if _fits(line, row, amount)]
    if not fitting:
        return lines
    same_text = [index for index in fitting if lines[index].item.description == row["descripcion"]]
    index = (same_text or fitting)[0]
    line = lines[index]
    item = replace(line.item, quantity=_amount(row, "cantidad"), discount=_amount(row, "montoDescu"), amount=amount)
    return [*lines[:index], line.without(item), *lines[index + 1 :]]


def _fits(line: LeftLine, row: Row, amount: Decimal) -> bool:
    found = _class_of(row)
    item = line.item
    if line.withholding is not None:
        return found is None and amount <= line.amount
    if found is None or found[1] is not item.tax or _KINDS[int(row["tipoItem"])] != item.kind:
        return False
    if row.get("codigo") != item.code or row.get("codTributo") != line.own_tax:
        return False
    if not line.is_sale:
        return amount * line.amount > 0 and amount.copy_abs() <= line.amount.copy_abs()
    same = _amount(row, "precioUni") == item.price and int(row.get("uniMedida") or OTHER_UNIT) == item.unit
    return same and _amount(row, "cantidad") <= line.quantity


def _flat(taken: Taken) -> list[Row]:
    return [row for rows in taken for row in rows]


def _credited(taken: Taken, *names: str) -> Decimal:
    """What earlier adjustments took, each as it prints it: in cents."""
    return sum(
        (quantise(sum((_amount(row, name) for row in rows for name in names), ZERO), TOTAL_PLACES) for rows in taken),
        ZERO,
    )


def _left(document: Row, taken: Taken) -> dict[Taxation, Decimal]:
    summary = document["resumen"]
    left = dict.fromkeys((Taxation.TAXED, Taxation.EXEMPT, Taxation.NOT_SUBJECT), ZERO)
    for column, total, discount, tax in _CLASSES:
        left[tax] += _amount(summary, total) - _amount(summary, discount) - _credited(taken, column)
    return {tax: max(amount, ZERO) for tax, amount in left.items()}


def _charges(document: Row, taken: Taken) -> tuple[Decimal, Decimal]:
    above = below = ZERO
    for sign, rows in ((1, document["cuerpoDocumento"]), (-1, _flat(taken))):
        for row in rows:
            amount = _amount(row, _CHARGE)
            above += sign * max(amount, ZERO)
            below -= sign * min(amount, ZERO)
    return max(above, ZERO), max(below, ZERO)


def _sums(document: Row, taken: Taken) -> dict[str, Sum]:
    summary = document["resumen"]
    found = {}
    for name in _SUMS:
        whole = _amount(summary, name)
        found[name] = Sum(whole, max(whole - _credited(taken, name), ZERO))
    withheld = _amount(summary, "totalIvaRetenido")
    left = max(withheld - _credited(taken, "ivaRete", "totalIva"), ZERO)
    return found | {"totalIvaRetenido": Sum(withheld, left)}


def _vat(document: Row) -> Decimal:
    """The VAT on top of the prices, as printed; that inside of them is no row of the taxes."""
    rows = document["resumen"].get("tributos") or ()
    return sum((_amount(row, "valor") for row in rows if row["codigo"] == VAT), ZERO)


def _vat_of(rows: Sequence[Row]) -> Decimal:
    """That of some lines of an adjustment, which prints one figure for all its originals."""
    return quantise(sum((_amount(row, "ventaGravada") for row in rows), ZERO) * VAT_RATE, TOTAL_PLACES)


def _party(block: Row | None, given: Address | None) -> Party | None:
    """`receptor` as a party, None for the consumer who gave no data.

    A document of an earlier version names no district: it is the one that was given then.
    """
    if block is None:
        return None
    nit = block.get("nit")
    place = block.get("direccion")
    address = None
    if place is not None:
        district = place["distrito"] or (given.district if given else "")
        address = Address(place["departamento"], place["municipio"], district, place["complemento"])
    elif block.get("complemento"):
        address = Address(line=block["complemento"])
    return Party(
        name=block.get("nombre"),
        tax_id=nit or block.get("numDocumento"),
        id_type=fields.NIT if nit else block.get("tipoDocumento"),
        registration=block.get("nrc"),
        # Abroad there is no code, only a text.
        activity=block.get("codActividad") or block.get("descActividad"),
        trade_name=block.get("nombreComercial"),
        address=address,
        phone=block.get("telefono"),
        email=block.get("correo"),
        country=block.get("codPais"),
    )


def _third_party(block: Row | None) -> ThirdParty | None:
    if block is None:
        return None
    return ThirdParty(name=block["nombre"], tax_id=block["nit"], domiciled=block["codDomiciliado"] != 2)


def _purchase(block: Row | None) -> ThirdPartyPurchase | None:
    return None if block is None else ThirdPartyPurchase(name=block["nombre"], id_number=block["numDocumento"])

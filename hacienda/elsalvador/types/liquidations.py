"""Accounting settlement (09): a card acquirer settles the takings of an affiliate, less its fee (schema 09 v2)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from hacienda.drafts import Liquidation, Taxation
from hacienda.elsalvador.blocks import fields, parties, references
from hacienda.elsalvador.blocks.words import in_words
from hacienda.elsalvador.case import Block, Case, Composed
from hacienda.elsalvador.rules import CARD_RATE, TOTAL_PLACES, VAT_FACTOR, VAT_RATE
from hacienda.elsalvador.types import receivers
from hacienda.money import ZERO, quantise
from hacienda.values import Path, PreparedItem, Totals

_HERE: Final = "liquidation"
_EXTENSION: Final = "extension"
_MOST_DOCUMENTS: Final = 1_000_000_000  # exclusive, schema 09 v2
_NO_UNIT: Final = 99  # CAT-014 "Otra"
_ISSUER_KEYS: Final = (
    *("nit", "nrc", "nombre", "codActividad", "descActividad", "nombreComercial", "telefono", "correo"),
    *("direccion", "codEstable", "codPuntoVenta"),
)


@dataclass(frozen=True, slots=True)
class _Figures:
    """What is printed, each rounded once; sums and differences are of printed figures."""

    gross: Decimal
    not_perceived: Decimal
    base: Decimal  # of the perception, without VAT
    vat: Decimal
    perceived: Decimal
    fee: Decimal
    fee_vat: Decimal

    @property
    def subtotal(self) -> Decimal:
        return self.gross - self.not_perceived

    @property
    def kept(self) -> Decimal:
        return self.fee + self.perceived + self.fee_vat

    @property
    def payable(self) -> Decimal:
        return self.gross - self.kept

    def totals(self) -> Totals:
        nothing = quantise(ZERO, TOTAL_PLACES)
        return Totals(
            taxed=self.base,
            exempt=nothing,
            not_subject=self.not_perceived,
            not_taxed=nothing,
            discount=nothing,
            tax=self.vat,
            other_taxes=nothing,
            withheld=self.kept,
            perceived=nothing,
            total=self.gross,
            payable=self.payable,
            in_words=in_words(self.payable),
        )


def compose(case: Case) -> Composed | None:
    """The document without its identification; None where its amounts cannot be computed.

    In `Totals`, `total` is the gross amount, `withheld` all that the acquirer keeps of it (fee, VAT of the fee and
    the perception), `payable` what the affiliate gets; `taxed` and `tax` are the base of the perception and its VAT,
    `not_subject` the part outside of it.
    """
    draft, faults = case.draft, case.faults
    issuer = parties.issuer_block(case.issuer, faults)
    receiver = receivers.affiliate(draft.customer, case.issuer, faults)
    given = draft.liquidation
    if given is None:
        faults.add((_HERE,), "required")
    figures = None if given is None else _figures(given, case)
    texts = {} if given is None else _texts(given, case)
    extension = _extension(case)
    notes = fields.text(draft.notes, ("notes",), faults, longest=1000, required=False)
    appendix = references.appendix_rows(draft.appendix, faults, shortest=(2, 3))
    if given is None or figures is None:
        return None
    sums = figures.totals()
    body: Block = {
        "emisor": {name: issuer[name] for name in _ISSUER_KEYS},
        "receptor": receiver,
        "cuerpoDocumento": {
            "periodoLiquidacionFechaInicio": given.period.first.isoformat(),
            "periodoLiquidacionFechaFin": given.period.last.isoformat(),
            "codLiquidacion": texts["code"],
            "cantidadDoc": given.count,
            "valorOperaciones": figures.gross,
            "montoSinPercepcion": figures.not_perceived,
            "descripSinPercepcion": texts["not_perceived_description"],
            "subTotal": figures.subtotal,
            "iva": figures.vat,
            "montoSujetoPercepcion": figures.base,
            "ivaPercibido": figures.perceived,
            "comision": figures.fee,
            "porcentComision": given.fee_percentage,
            "ivaComision": figures.fee_vat,
            "liquidoApagar": figures.payable,
            "totalLetras": sums.in_words,
            "observaciones": notes,
        },
        "extension": extension,
        "apendice": appendix,
    }
    return Composed(body=body, totals=sums, items=(_item(given),), customer=draft.customer)


def _figures(given: Liquidation, case: Case) -> _Figures | None:
    """Every equation of the type; None after a fault."""
    faults = case.faults
    before = len(faults)
    for name, positive in (("gross", True), ("not_perceived", False), ("fee_percentage", False), ("fee", False)):
        amount = getattr(given, name)
        if amount is not None:
            fields.amount(amount, (_HERE, name), faults, places=TOTAL_PLACES, positive=positive)
    if given.fee is None and not given.fee_percentage:
        faults.add((_HERE, "fee"), "fee_required")
    if given.fee_percentage.is_finite() and given.fee_percentage > 100:
        faults.add((_HERE, "fee_percentage"), "percentage_too_large")
    if len(faults) > before:
        return None
    if given.not_perceived >= given.gross:
        faults.add((_HERE, "not_perceived"), "not_perceived_too_large", gross=given.gross)
        return None
    subtotal = given.gross - given.not_perceived
    net = subtotal / VAT_FACTOR
    # A percentage is taken of what bears perception, VAT included: so are the figures of the reference's own example.
    fee = given.fee if given.fee is not None else quantise(subtotal * given.fee_percentage / 100, TOTAL_PLACES)
    base = quantise(net, TOTAL_PLACES)
    figures = _Figures(
        gross=quantise(given.gross, TOTAL_PLACES),
        not_perceived=quantise(given.not_perceived, TOTAL_PLACES),
        base=base,
        # The same as 13 % of the unrounded base: two parts of a whole cent cannot both end on half a cent here.
        vat=subtotal - base,
        perceived=quantise(net * CARD_RATE, TOTAL_PLACES),
        fee=quantise(fee, TOTAL_PLACES),
        fee_vat=quantise(fee * VAT_RATE, TOTAL_PLACES),
    )
    if min(figures.base, figures.vat, figures.perceived) <= ZERO:
        faults.add((_HERE, "gross"), "liquidation_too_small")
    elif figures.payable <= ZERO:
        faults.add((_HERE, "fee"), "nothing_left_to_pay", kept=figures.kept, gross=figures.gross)
    return figures if len(faults) == before else None


def _texts(given: Liquidation, case: Case) -> dict[str, str | None]:
    faults = case.faults
    if given.period.last < given.period.first:
        faults.add((_HERE, "to"), "period_reversed")
    if given.count is not None and not 0 < given.count < _MOST_DOCUMENTS:
        too_many = given.count > 0
        faults.add((_HERE, "count"), "too_large" if too_many else "must_be_positive", limit=Decimal(_MOST_DOCUMENTS))
    here: Path = (_HERE, "not_perceived_description")
    description = fields.text(given.not_perceived_description, here, faults, longest=100, required=False)
    if given.not_perceived and fields.blank(given.not_perceived_description):
        faults.add(here, "not_perceived_unexplained")
    elif not given.not_perceived and description is not None:
        faults.add(here, "not_allowed")
    return {
        "code": fields.text(given.code, (_HERE, "code"), faults, longest=30, required=False),
        "not_perceived_description": description,
    }


def _extension(case: Case) -> Block:
    """`extension`: who issues the document; the merchant's responsible person unless somebody is named."""
    given, responsible, faults = case.draft.extension, case.issuer.responsible, case.faults
    name = given.name if given is not None else None
    number = given.id_number if given is not None else None
    if fields.blank(name) and fields.blank(number):
        if responsible is None:
            faults.add((_EXTENSION,), "responsible_required")
        else:
            name, number = responsible.name, responsible.id_number
    named = not (fields.blank(name) and fields.blank(number))
    employee = given.employee_code if given is not None else None
    return {
        "nombEntrega": fields.text(name, (_EXTENSION, "name"), faults, longest=100, required=named),
        "docuEntrega": fields.text(number, (_EXTENSION, "id_number"), faults, longest=25, required=named),
        "codEmpleado": fields.text(employee, (_EXTENSION, "employee_code"), faults, longest=15, required=False),
    }


def _item(given: Liquidation) -> PreparedItem:
    """The takings as the one line of the document."""
    first, last = given.period.first, given.period.last
    return PreparedItem(
        description=f"Operaciones del {first:%d/%m/%Y} al {last:%d/%m/%Y}",
        quantity=Decimal(1),
        price=given.gross,
        discount=ZERO,
        amount=given.gross,
        tax=Taxation.TAXED,
        kind="service",
        code=given.code,
        unit=_NO_UNIT,
    )

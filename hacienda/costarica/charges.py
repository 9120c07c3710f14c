"""What is charged beside the lines: stamps, service, what a third party collects (annex v4.4, note 16)."""

from __future__ import annotations

from decimal import Decimal

from hacienda.costarica import codes, fields
from hacienda.costarica.case import Block, Case
from hacienda.costarica.facts import PLACES
from hacienda.costarica.parties import third_party_block
from hacienda.drafts import OtherCharge
from hacienda.money import ZERO, quantise
from hacienda.values import Path

_SHORTEST = 5
_HUNDRED = Decimal(100)


def rows(case: Case, net: Decimal) -> list[Block]:
    """The charges of a document; percentages are of `net`, what its lines come to without tax."""
    return [
        _row(case, charge, ("other_charges", index), net) for index, charge in enumerate(case.draft.other_charges)
    ]


def total(made: list[Block]) -> Decimal:
    """What the charges come to."""
    return sum((row["MontoCargo"] for row in made if isinstance(row["MontoCargo"], Decimal)), ZERO)


def _row(case: Case, charge: OtherCharge, path: Path, net: Decimal) -> Block:
    faults = case.faults
    other = fields.text(charge.type_description)
    if charge.type == codes.OTHER and other is None:
        faults.add((*path, "type_description"), "description_required", minimum=_SHORTEST)
    elif charge.type != codes.OTHER and other is not None:
        faults.add((*path, "type_description"), "not_allowed")
    identification, name = third_party_block(case, charge.third_party, (*path, "third_party"))
    if charge.type == codes.THIRD_PARTY_CHARGE and (identification is None or name is None):
        faults.add((*path, "third_party"), "third_party_required")
    percentage = charge.percentage
    if percentage is not None and not fields.amount(percentage, (*path, "percentage"), faults, positive=True):
        percentage = None
    return {
        "TipoDocumentoOC": charge.type,
        "TipoDocumentoOTROS": other,
        "IdentificacionTercero": identification,
        "NombreTercero": name,
        "Detalle": fields.text(charge.description),
        "PorcentajeOC": None if percentage is None else quantise(percentage, PLACES),
        "MontoCargo": _amount(case, charge, percentage, path, net),
    }


def _amount(case: Case, charge: OtherCharge, percentage: Decimal | None, path: Path, net: Decimal) -> Decimal:
    if charge.amount is not None:
        is_sound = fields.amount(charge.amount, (*path, "amount"), case.faults, positive=True)
        return quantise(charge.amount, PLACES) if is_sound else ZERO
    if charge.percentage is None:
        case.faults.add((*path, "amount"), "charge_amount_required")
    amount = quantise(net * (percentage or ZERO) / _HUNDRED, PLACES)
    if percentage is not None and not amount:
        case.faults.add((*path, "amount"), "must_be_positive")
    return amount

"""What a line says beside its amounts: codes, words, and what the law asks of some goods."""

from __future__ import annotations

from typing import Final

from hacienda.costarica import catalogs, codes, fields, origins, structure
from hacienda.costarica.case import Block, Case
from hacienda.costarica.facts import PLACES
from hacienda.drafts import Discount, Item, ItemKind
from hacienda.money import quantise

_CABYS_LENGTH: Final = 13
_SHORTEST_DISCOUNT: Final = 5
_LINE: Final = "DetalleServicio/LineaDetalle"


def is_service(item: Item, index: int, cabys: str | None, case: Case) -> bool:
    """Whether a line is a service: its CABYS code tells, else the caller or the unit."""
    if cabys is None or len(cabys) != _CABYS_LENGTH:
        return (item.measure in codes.SERVICE_UNITS) if item.kind is None else item.kind is not ItemKind.GOODS
    is_it = cabys >= codes.FIRST_OF_SERVICES
    told = {ItemKind.GOODS: False, ItemKind.SERVICE: True}.get(item.kind) if item.kind else None
    if told is not None and told != is_it:
        kind = (ItemKind.SERVICE if is_it else ItemKind.GOODS).value
        case.faults.add(("items", index, "kind"), "kind_against_cabys", kind=kind)
    return is_it


def naming(item: Item, index: int, case: Case, *, is_service: bool) -> Block:
    """By which codes a line is known."""
    cabys = fields.text(item.cabys)
    heading = fields.text(item.tariff_heading)
    if heading is None and not is_service and case.type_code == codes.EXPORT_INVOICE:
        case.faults.add(("items", index, "tariff_heading"), "tariff_heading_required")
    if cabys is not None and not catalogs.has(catalogs.CABYS, cabys):
        case.faults.add(("items", index, "cabys"), "cabys_unknown", value=cabys)
    own = fields.text(item.code)
    known: list[object] = [] if own is None else [{"Tipo": codes.OWN_CODE, "Codigo": own}]
    known += [{"Tipo": one.type, "Codigo": fields.text(one.code)} for one in item.commercial_codes]
    return {"PartidaArancelaria": heading, "CodigoCABYS": cabys, "CodigoComercial": known or None}


def describing(item: Item, index: int, case: Case) -> Block:
    """What a line says in words, and what the law asks of some goods."""
    medicine = item.medicine
    form = fields.text(medicine.form) if medicine else None
    if form is not None and not catalogs.has(catalogs.PHARMA_FORMS, form):
        path = ("items", index, "medicine", "form")
        case.faults.add(path, "unknown_code", value=form, catalog=catalogs.PHARMA_FORMS)
    has_transaction = case.has(f"{_LINE}/TipoTransaccion")
    return {
        "TipoTransaccion": fields.text(item.transaction) or (codes.NORMAL_SALE if has_transaction else None),
        "UnidadMedidaComercial": fields.text(item.commercial_unit),
        "Detalle": fields.text(item.description),
        "NumeroVINoSerie": [fields.text(one) or "" for one in item.serials] or None,
        "RegistroMedicamento": fields.text(medicine.registration) if medicine else None,
        "FormaFarmaceutica": form,
    }


def discount_row(discount: Discount, place: int, index: int, case: Case) -> Block:
    """A discount as it is printed."""
    code = fields.text(discount.code) or codes.COMMERCIAL_DISCOUNT
    words = fields.text(discount.description)
    if code == codes.OTHER and (words is None or len(words) < _SHORTEST_DISCOUNT):
        path = ("items", index, "discounts", place, "description")
        case.faults.add(path, "description_required", minimum=_SHORTEST_DISCOUNT)
    return {
        "MontoDescuento": quantise(discount.amount, PLACES),
        "CodigoDescuento": code,
        "CodigoDescuentoOTRO": words if code == codes.OTHER else None,
        "NaturalezaDescuento": words,
    }


def check(item: Item, index: int, case: Case) -> None:
    """What is told of a line is judged even where its amounts cannot be."""
    block = naming(item, index, case, is_service=True) | describing(item, index, case)
    for name, value in block.items():
        problem = structure.problem(case.type_code, f"{_LINE}/{name}", value)
        if problem is not None:
            code, params = problem
            case.faults.add(
                origins.place(("DetalleServicio", "LineaDetalle", index, name), case.draft), code, **params
            )

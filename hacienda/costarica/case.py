"""A draft being judged, and what its type takes of what a caller can say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from hacienda.costarica import codes, structure
from hacienda.costarica.faults import Faults
from hacienda.drafts import Draft, Item, Related
from hacienda.values import Issuer

Block = dict[str, object]

_TAKEN: Final = frozenset(
    {
        *("type_code", "items", "customer", "payment", "related", "prices_include_tax", "expected_total"),
        *("contingency", "activity", "currency", "exchange_rate", "unread"),
    }
)
_LINE_TAKEN: Final = frozenset(
    {
        *("description", "price", "quantity", "code", "kind", "tax", "tax_rate", "cabys", "measure"),
        *("commercial_unit", "vat_code", "vat_factor", "extra_taxes", "discount", "discounts", "commercial_codes"),
        *("serials", "medicine"),
    }
)
_RECEIPT_LINE_TAKEN: Final = frozenset({"description", "price", "tax", "tax_rate"})
_RELATED_TAKEN: Final = frozenset(
    {"original", "selected", "description", "issued_at", "reference_code", "reference_description", "reason"}
)
_NAMES: Final = {"measure": "unit"}  # what the caller's body calls otherwise
# What a type takes where it has the element for it.
_BY_ELEMENT: Final[Mapping[str, str]] = MappingProxyType(
    {"other_charges": "OtrosCargos", "notes": "Otros", "appendix": "Otros"}
)
_LINE: Final = "DetalleServicio/LineaDetalle"
_LINE_BY_ELEMENT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "taxable_base": f"{_LINE}/BaseImponible",
        "factory_vat": f"{_LINE}/IVACobradoFabrica",
        "exemption": f"{_LINE}/Impuesto/Exoneracion",
        "tariff_heading": f"{_LINE}/PartidaArancelaria",
        "transaction": f"{_LINE}/TipoTransaccion",
    }
)


@dataclass(frozen=True, slots=True)
class Case:
    """A draft judged at a moment of Costa Rica; what is wrong goes to `faults`."""

    draft: Draft
    issuer: Issuer
    issued_at: datetime
    faults: Faults

    @property
    def type_code(self) -> str:
        return self.draft.type_code

    def has(self, place: str) -> bool:
        """Whether documents of this type have that element."""
        return structure.has(self.type_code, place)

    def of(self, draft: Draft) -> Case:
        """The same with a completed draft."""
        return replace(self, draft=draft)


def refuse_foreign(case: Case) -> None:
    """What this type does not take is refused: it would be lost without a word."""
    type_code, draft = case.type_code, case.draft
    taken = _TAKEN | {name for name, place in _BY_ELEMENT.items() if structure.has(type_code, place)}
    for name in _given(draft, Draft, taken):
        case.faults.add((name,), "not_taken", type=type_code)
    lines = _LINE_TAKEN | {name for name, place in _LINE_BY_ELEMENT.items() if structure.has(type_code, place)}
    if type_code == codes.PAYMENT_RECEIPT:
        lines = _RECEIPT_LINE_TAKEN
    elif type_code in codes.NOTES:
        lines = lines | {"line"}
    for index, item in enumerate(draft.items):
        for name in _given(item, Item, lines):
            path = ("items", index, _NAMES.get(name, name))
            code = "unit_in_letters" if name == "unit" and "measure" in lines else "not_taken"
            case.faults.add(path, code, type=type_code)
    for index, related in enumerate(draft.related):
        for name in _given(related, Related, _RELATED_TAKEN):
            case.faults.add(("related", index, name), "not_taken", type=type_code)


def _given(value: Draft | Item | Related, of: type[Any], taken: frozenset[str] | set[str]) -> Iterator[str]:
    """The members beside `taken` that have another value than their default."""
    for name, default in _DEFAULTS[of]:
        if name not in taken and getattr(value, name) != default:
            yield name


_DEFAULTS: Final = {
    of: [(member.name, member.default) for member in fields(of) if member.default is not MISSING]
    for of in (Draft, Item, Related)
}

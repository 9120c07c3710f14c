"""One document on its way from a draft to what is signed: what every family of types composes from, and to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from typing import Any, Final

from hacienda.drafts import Draft, Item, Party, Related, ThirdParty
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.kinds import Kind
from hacienda.values import Issuer, PreparedItem, Reference, Totals

Block = dict[str, object]

# What every type takes.
_ALL_TAKE: Final = frozenset(
    {"type_code", "items", "customer", "expected_total", "notes", "appendix", "contingency", "unread"}
)
_NEVER_GIVEN: Final = frozenset({"original", "selected", "issued_at"})  # of a related document: found, not said
_ALL_ITEMS_TAKE: Final = frozenset({"description", "price", "quantity", "code", "unit", "kind", "discount"})


@dataclass(frozen=True, slots=True)
class Case:
    """A draft of a kind, judged at a moment in El Salvador; what is wrong goes to `faults`."""

    draft: Draft
    issuer: Issuer
    kind: Kind
    issued_at: datetime
    faults: Faults

    @property
    def day(self) -> date:
        return self.issued_at.date()


@dataclass(frozen=True, slots=True)
class Composed:
    """The blocks of the document after its identification, in the schema's order, and what others need to know.

    `customer` is the other side as it was completed, `third_party` on whose behalf the sale is made.
    """

    body: Block
    totals: Totals
    items: tuple[PreparedItem, ...]
    customer: Party | None = None
    references: tuple[Reference, ...] = ()
    third_party: ThirdParty | None = None


def refuse_foreign(case: Case) -> None:
    """What this type does not take is refused: it would be lost without a word."""
    taken = (_ALL_TAKE - case.kind.lacks) | case.kind.takes
    if case.kind.merges:
        taken |= {"merged_company"}
    for name in _given(case.draft, Draft, taken):
        case.faults.add((name,), "not_taken", type=case.kind.code)
    taken = (_ALL_ITEMS_TAKE - case.kind.item_lacks) | case.kind.item_takes
    for index, item in enumerate(case.draft.items):
        for name in _given(item, Item, taken):
            case.faults.add(("items", index, name), "not_taken", type=case.kind.code)
    for index, document in enumerate(case.draft.related):
        for name in _given(document, Related, case.kind.related_takes | _NEVER_GIVEN):
            case.faults.add(("related", index, name), "not_taken", type=case.kind.code)


def _given(value: Draft | Item | Related, of: type[Any], taken: frozenset[str]) -> Iterator[str]:
    """The members beside `taken` that have another value than their default."""
    for name, default in _DEFAULTS[of]:
        if name not in taken and getattr(value, name) != default:
            yield name


_DEFAULTS: Final = {
    of: [(field.name, field.default) for field in fields(of) if field.default is not MISSING]
    for of in (Draft, Item, Related)
}
